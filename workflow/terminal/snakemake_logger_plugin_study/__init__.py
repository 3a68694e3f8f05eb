"""A logger plugin of Snakemake for the studies: progress with the time left, and the main result at the end.

The Snakefile attaches it (`attach`), so that it is there without an installation. Snakemake's own text appears instead
for dry runs, for what runs no job such as --list, and wherever the user chose --quiet, --verbose or another logger.
The log file of Snakemake always has the full text.
"""

import logging
import sys
from pathlib import Path
from typing import Any

from snakemake.logging import ColorizingTextHandler, DefaultFilter, DefaultFormatter, logger
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent

if (root := str(Path(__file__).parents[3])) not in sys.path:
    sys.path.insert(0, root)

from . import interruption
from .facts import Facts, facts_of
from .failures import Deaths, silence_threads, system_fault
from .handler import STOPPING, Display
from .screen import Screen

SUBMITTING = "SLURM run ID: "  # the executor for Slurm then says the name of all its jobs
EXPECTED = "Config file "  # is extended by that of the study: how every study works


class LogHandler(LogHandlerBase):
    """Shows a run on the terminal. After an error of its own it leaves the terminal to Snakemake's text."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        settings = self.common_settings
        self.workflow: Any = None
        self.display: Display | None = None
        self._deaths = Deaths()
        self._as_snakemake = bool(settings.dryrun or settings.quiet or settings.verbose or settings.debug_dag)
        self._own = ColorizingTextHandler(
            nocolor=settings.nocolor, stream=sys.stdout if settings.stdout else sys.stderr
        )
        options = (settings.debug_dag, settings.verbose, settings.dryrun, settings.printshellcmds)
        self._own.addFilter(DefaultFilter(settings.quiet, *options))
        self._own.setFormatter(DefaultFormatter(settings.quiet, settings.show_failed_logs))

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record. Nothing that goes wrong here reaches the run."""
        starts = getattr(record, "event", None) == LogEvent.WORKFLOW_STARTED
        try:
            self._deaths.note(record)
            message = record.getMessage()
            if message.startswith(STOPPING):
                interruption.kill_later()
            if message.startswith(SUBMITTING) and self.workflow is not None:
                self.workflow.globals["RUN_LOCK"].submits(message.removeprefix(SUBMITTING).strip())
            if starts and not self._as_snakemake:
                silence_threads()
                self.display = Display(Screen(sys.stderr, colours=not self.common_settings.nocolor), self._know)
                self.display.start_ticking(self._tick)
            elif self.display:
                self.display.show(record)
            elif getattr(record, "event", None) == LogEvent.ERROR and (fault := system_fault()):
                print(f"error: {fault}", file=sys.stderr)
            elif self._as_snakemake or not message.startswith(EXPECTED):
                self._own.handle(record)
        except Exception as error:
            self._give_up(error, record)

    def close(self) -> None:
        """Show how the run ended."""
        display, self.display = self.display, None  # logging.shutdown closes every handler again
        try:
            if display:
                display.close()
        except Exception as error:
            self._give_up(error, None)
        super().close()

    def _know(self) -> Facts:
        return facts_of(self.workflow) if self.workflow is not None else Facts()

    def _tick(self) -> None:
        with self.lock:
            try:
                if self.display:
                    self.display.tick()
            except Exception as error:
                self._give_up(error, None)

    def _give_up(self, error: Exception, record: logging.LogRecord | None) -> None:
        """Leave the terminal to Snakemake's own text from now on."""
        display, self.display, self._as_snakemake = self.display, None, True
        try:
            if display:
                display.screen.release()
            print(f"warning: the progress display stopped ({type(error).__name__}: {error})", file=sys.stderr)
            if record:
                self._own.handle(record)
        except Exception:  # the terminal itself is gone
            return


def attach(workflow: Any) -> None:
    """Let the plugin show a workflow of Snakemake, unless the user chose another logger.

    It replaces the handler that writes Snakemake's text to the terminal, in the process that the user started alone.
    """
    if workflow.is_main_process:
        interruption.explain()
    # Snakemake's log file on a full disk: every line would be a traceback, and the errors of jobs tell the cause.
    logging.raiseExceptions = not workflow.is_main_process
    manager = workflow.logger_manager
    plugins = [handler for handler in manager.plugin_handlers if isinstance(handler, LogHandler)]
    if plugins:  # Snakemake was started with --logger study
        plugins[0].workflow = workflow
    elif workflow.is_main_process and not manager.plugin_handlers:
        own = [handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"]
        plugin = LogHandler(manager.settings, None)
        plugin.workflow = workflow
        for handler in own:
            logger.removeHandler(handler)
            logger.addHandler(plugin)
