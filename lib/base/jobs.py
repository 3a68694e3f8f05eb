"""What every job shares: its log with its uncaught errors and its use of the machine, its JSON files."""

from __future__ import annotations

import atexit
import faulthandler
import json
import logging
import os
import re
import signal
import sys
import time
from contextlib import suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from types import TracebackType
from typing import Any

from lib.base.errors import StudyError, first
from lib.base.system_faults import sentence_of

logger = logging.getLogger("study")
MOST_NAMED = 8  # files that the log of a job names
# A job that takes so many times the `runtime` of its rule hangs. A cluster ends it after the runtime itself.
TIMES_RUNTIME = 10
SECONDS_TO_ANSWER = 60  # after which a job that does not react to the end of its time is ended by force


@dataclass(frozen=True)
class Usage:
    """What a job used.

    Attributes
    ----------
    seconds : wall-clock seconds since it opened its log, right after the interpreter's start-up.
    cpu_seconds : CPU seconds of its process from its very start, with all threads, and of its child processes that have
        ended.
    memory : peak resident memory in MB (2^20 bytes) of its process, or of a child process if that is larger.
    """

    seconds: float
    cpu_seconds: float
    memory: float


_USAGE_LINE = "used %.3f s after its start-up, %.3f s of CPU time in all, %.1f MB of memory"
_USAGE_PATTERN = re.compile(
    r" INFO used ([\d.]+) s after its start-up, ([\d.]+) s of CPU time in all, ([\d.]+) MB of memory$"
)


def _used_since(start: float) -> Usage:
    """Return what this process has used. start: value of time.monotonic() from which its seconds count."""
    own, children = getrusage(RUSAGE_SELF), getrusage(RUSAGE_CHILDREN)
    kilobytes = max(_peak_kilobytes() or own.ru_maxrss, children.ru_maxrss)
    cpu_seconds = own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime
    return Usage(time.monotonic() - start, cpu_seconds, kilobytes / 1024)


def _peak_kilobytes() -> int | None:
    """Return the peak resident memory of this process in kB, None on a system that does not state it.

    The peak of getrusage includes that of the process from which this one was started.
    """
    try:
        found = re.search(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None


class _LogFile(logging.FileHandler):
    """A log file; what cannot be written to it, because the disk is full, goes to the terminal."""

    def take_words_of_libraries(self) -> None:
        """Let what compiled libraries print lead into the log: there they explain why they end the process.

        They print to file 2 of the process. Standard error of Python stays what it is, such as a terminal.
        """
        assert self.stream is not None
        sys.stderr = os.fdopen(os.dup(2), "w", buffering=1, errors="backslashreplace")
        os.dup2(self.stream.fileno(), 2)

    def handleError(self, record: logging.LogRecord) -> None:
        print(self.format(record), file=sys.stderr)

    def close(self) -> None:
        with suppress(OSError):
            super().close()


def _written(output: list[str]) -> str:
    """Return a sentence on the files of a job: how large they are together, and where they are."""
    files = [file for file in map(Path, output) if file.is_file()]
    if not files:
        return "wrote no file"
    folder = Path(os.path.commonpath([file.parent for file in files]))
    names = [file.relative_to(folder).as_posix() for file in files]
    more = f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
    size = sum(file.stat().st_size for file in files) / 1e6
    return f"wrote {size:.1f} MB to {folder}: {', '.join(names[:MOST_NAMED])}{more}"


def _end_after(minutes: float, log: logging.FileHandler) -> None:
    """End this process by a StudyError after so many minutes, or by force if it does not react.

    A process that waits for itself inside compiled code does not see a signal: the watchdog of faulthandler then writes
    into the log where it hangs.
    """

    def end(*_: Any) -> None:
        raise StudyError(
            f"no end after {minutes:g} minutes, {TIMES_RUNTIME} times the runtime of its rule: the job hangs, or the "
            "machine is very slow; the same command tries again, with more time by --set-resources RULE:runtime=MINUTES"
        )

    assert log.stream is not None
    signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, 60 * minutes)
    faulthandler.dump_traceback_later(60 * minutes + SECONDS_TO_ANSWER, exit=True, file=log.stream)


def log_to(path: str, job: Any = None) -> None:
    """Send log lines, warnings and uncaught exceptions of this process to a file.

    A StudyError is logged as its sentences, an interruption as one sentence, any other exception with its traceback.
    Each ends the process with a non-zero status. The last line, also of a job that fails, states what the job used;
    `usage_of` reads it. Given ``job``, the object `snakemake` of a script, the log also states what is to be done, and
    what was written, and the process ends after `TIMES_RUNTIME` times the runtime of its rule.
    """
    start = time.monotonic()
    handler = _LogFile(path, mode="w")
    logging.basicConfig(handlers=[handler], level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.captureWarnings(True)
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it reports every search for fonts
    files: list[list[str]] = [[], []]
    if job is not None:
        files = [list(map(str, job.input)), list(map(str, job.output))]
        handler.take_words_of_libraries()
        _end_after(TIMES_RUNTIME * job.resources.get("runtime", 1440), handler)
        logger.info("%s", " ".join([job.rule, *(f"{name}={value}" for name, value in job.wildcards.items())]))

    def end() -> None:
        if job is not None:
            logger.info("%s", _written(list(map(str, job.output))))
        logger.info(_USAGE_LINE, *astuple(_used_since(start)))

    atexit.register(end)

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, StudyError):
            for sentence in first(error.sentences):
                logger.error(sentence)
        elif isinstance(error, KeyboardInterrupt):
            logger.error("interrupted; run the same command to resume")
        elif fault := sentence_of(error, *files):
            logger.error(fault)
        else:
            logger.critical("unexpected error", exc_info=(kind, error, trace))

    sys.excepthook = hook
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # an interruption that was held back arrives now


def usage_of(path: str | Path) -> Usage | None:
    """Return what the job with this log used, None if there is no such log or if it does not end with a usage line."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    found = _USAGE_PATTERN.search(lines[-1]) if lines else None
    return Usage(*map(float, found.groups())) if found else None


def write_json(path: str, value: Any) -> None:
    """Write a value as JSON with sorted keys, so that equal values give equal bytes."""
    Path(path).write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_json(path: str) -> Any:
    """Return the contents of a JSON file."""
    return json.loads(Path(path).read_text(encoding="utf-8"))
