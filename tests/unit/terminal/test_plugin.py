"""The plugin leaves the terminal to Snakemake where the user asks for its text, and after an error of its own."""

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from tests.unit.terminal.conftest import ROOT, ends, record, starts


class TestInterface(TestLogHandlerBase):
    """Snakemake's own tests of logger plugins."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _package(self, plugin):
        self.plugin = plugin

    def get_log_handler_cls(self):
        return self.plugin.LogHandler

    def get_log_handler_settings(self):
        return None


def handler(plugin, **settings):
    common = MockOutputSettings()
    vars(common).update({"quiet": set()} | settings)
    return plugin.LogHandler(common, None)


BEGIN = record(LogEvent.WORKFLOW_STARTED, level=logging.DEBUG)


@pytest.mark.parametrize("settings", [{"dryrun": True}, {"verbose": True}, {"quiet": {Quietness.PROGRESS}}])
def test_snakemakes_own_text_is_kept_where_the_user_asks_for_it(plugin, settings, capsys):
    own = handler(plugin, **settings)
    own._own.setFormatter(logging.Formatter())
    own.handle(BEGIN)
    own.handle(record(message="Building DAG of jobs..."))
    assert own.display is None
    assert "Building DAG of jobs..." in capsys.readouterr().err


def test_text_before_the_run_is_snakemakes(plugin, capsys):
    own = handler(plugin)
    own.handle(record(message="Congratulations, your workflow is in a good condition!"))
    assert "Congratulations" in capsys.readouterr().err


def test_an_error_in_the_plugin_stops_no_run_and_hides_nothing(plugin, capsys, monkeypatch):
    own = handler(plugin)
    own.handle(BEGIN)
    monkeypatch.setattr(own, "_know", lambda: 1 / 0)
    own.display._know = own._know
    own.handle(record(LogEvent.RUN_INFO, "Job stats: many"))
    own.handle(record(message="a later message"))
    own.handle(ends(1))
    own.close()
    shown = capsys.readouterr().err
    assert "warning: the progress display stopped (ZeroDivisionError: division by zero)" in shown
    assert "Job stats: many" in shown
    assert "a later message" in shown


class Closed:
    """A stream whose reader has gone."""

    encoding = "utf-8"

    def isatty(self):
        return False

    def write(self, text):
        raise BrokenPipeError

    flush = write


def test_a_closed_pipe_stops_no_run(plugin, monkeypatch):
    own = handler(plugin)
    monkeypatch.setattr(sys, "stderr", Closed())
    own.handle(BEGIN)
    own.handle(record(message="careful", level=logging.WARNING))
    own.handle(starts(1))
    own.close()


def test_the_end_is_shown_once(plugin, capsys):
    own = handler(plugin)
    own.handle(BEGIN)
    own.handle(record(message="Nothing to be done (all requested files are present and up to date)."))
    own.close()
    own.close()
    assert capsys.readouterr().err.count("Nothing to be done") == 1


def failure(plugin, tmp_path, message, text=""):
    """What the log of a job holds after Snakemake has said how its process ended."""
    log = tmp_path / "job.log"
    log.write_text(text)
    deaths = plugin.Deaths()
    deaths.note(record(LogEvent.ERROR, message, logging.ERROR))
    deaths.note(record(LogEvent.JOB_ERROR, level=logging.ERROR, log=[str(log)]))
    return log.read_text()


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("Command 'x' died with <Signals.SIGKILL: 9>.", "killed (SIGKILL), most likely because memory ran out"),
        ("Command 'x' returned non-zero exit status 137.", "killed (SIGKILL), most likely because memory ran out"),
        ("Command 'x' died with <Signals.SIGSEGV: 11>.", "crashed (SIGSEGV), as lack of memory can cause"),
        ("Command 'x' died with <Signals.SIGTERM: 15>.", "ended by SIGTERM"),
    ],
)
def test_the_log_of_a_killed_job_says_so(plugin, tmp_path, message, sentence):
    assert f" ERROR {sentence}" in failure(plugin, tmp_path, message, "2026-01-01 00:00:00,000 INFO begins\n")


def test_the_log_of_a_job_that_has_explained_itself_or_was_interrupted_stays(plugin, tmp_path):
    said = "2026-01-01 00:00:00,000 ERROR x is 3, expected 2\n"
    assert failure(plugin, tmp_path, "Command 'x' died with <Signals.SIGKILL: 9>.", said) == said
    for message in ("Command 'x' returned non-zero exit status 1.", "Command 'x' died with <Signals.SIGINT: 2>."):
        assert failure(plugin, tmp_path, message) == ""


def test_a_fault_of_the_system_in_snakemake_is_a_sentence(plugin, capsys):
    own = handler(plugin)
    try:
        Path("/proc/sys/kernel/ostype").write_text("x")
    except OSError:
        own.handle(record(LogEvent.ERROR, "Traceback (most recent call last): …", logging.ERROR, exception="OSError"))
    shown = capsys.readouterr().err
    assert "error: /proc/sys/kernel/ostype: permission denied: make it writable and readable" in shown
    assert "Traceback" not in shown


DEAF = """
import signal, subprocess, sys
from snakemake_logger_plugin_study import interruption
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
child.send_signal(signal.SIGSTOP)
interruption.kill_later(0.1)
print(child.wait())
"""


def test_processes_that_do_not_answer_an_interruption_are_killed():
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "terminal")}
    run = subprocess.run(
        [sys.executable, "-c", DEAF], env=environment, capture_output=True, text=True, timeout=300, check=True
    )
    assert run.stdout == f"{-signal.SIGKILL}\n"


@pytest.mark.parametrize(
    ("error", "shown"), [("KeyboardInterrupt", "interrupted before the first job"), ("OSError", "Traceback")]
)
def test_an_interruption_before_the_first_job_is_a_sentence(error, shown):
    code = f"from snakemake_logger_plugin_study import interruption\ninterruption.explain()\nraise {error}"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "workflow" / "terminal")}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode != 0
    assert run.stderr.startswith(shown)
