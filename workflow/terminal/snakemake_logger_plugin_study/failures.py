"""Why a job failed, from its log, or from how its process ended."""

import re
import signal
import sys
import threading
import time
from collections.abc import Collection, Iterable
from contextlib import suppress
from logging import LogRecord
from pathlib import Path
from typing import Any

from snakemake_interface_logger_plugins.common import LogEvent

from lib.base.system_faults import full_disk, no_space, sentence_of
from lib.words.language import _

# Lines that lib.base.jobs.log_to writes.
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?P<level>[A-Z]+) (?P<text>.*)$")
INTERRUPTED = "interrupted; run the same command to resume"
# The words of Python on the end of a process; a shell in between adds 128 to the number of the signal.
_ENDED = re.compile(r"died with <Signals\.(?P<name>SIG[A-Z]+)|returned non-zero exit status (?P<status>\d+)")
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL")
# What Slurm writes into its own log of a job that it ends.
_ENDED_BY_SLURM = re.compile(
    r"^slurmstepd[^:]*: error: (.*(?:memory|oom_kill|TIME LIMIT|NODE FAILURE|PREEMPTION).*)$", re.M
)


# What the executor for Slurm says of a job that sbatch refuses.
_REFUSED_BY_SLURM = re.compile(
    r"sbatch failed.*?The error message was '(?:sbatch: error: )?(.*?)'\.?$", re.DOTALL | re.MULTILINE
)


def _records(text: str) -> list[tuple[str, list[str]]]:
    """Return the level and the lines of every record of a log."""
    records: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if found := _LINE.match(line):
            records.append((found["level"], [found["text"]]))
        elif records:
            records[-1][1].append(line)
    return records


def sentences_of(logs: Iterable[str]) -> list[str]:
    """Return the errors in the logs of a job, one sentence each; of an unexpected error, its kind and message."""
    found = []
    for log in logs:
        try:
            text = Path(log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for level, lines in _records(text):
            if level == "CRITICAL":
                last = next((line for line in reversed(lines) if line.strip()), "")
                found.append(_("unexpected error: {error}").format(error=last))
            elif level == "ERROR":
                found.append(lines[0])
    return list(dict.fromkeys(found))


def refused_by_slurm(message: str | None) -> list[str]:
    """Return a sentence with Slurm's reason to refuse a job, from the message on it; none for another message."""
    if found := _REFUSED_BY_SLURM.search(message or ""):
        return [_("refused by Slurm: {reason}").format(reason=" ".join(found[1].split()))]
    return []


def ended_by_slurm(logs: Iterable[str]) -> list[str]:
    """Return a sentence with Slurm's reason to end a job, from Slurm's log of it; none without a reason."""
    for log in logs:
        try:
            text = Path(log).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if reason := _ENDED_BY_SLURM.search(text):
            return [_("ended by Slurm: {reason}").format(reason=reason[1])]
    return []


def signal_of(message: str) -> str | None:
    """Return the name of the signal that has ended a process, from Snakemake's message on its end."""
    found = _ENDED.search(message)
    if not found:
        return None
    if found["name"]:
        return found["name"]
    with suppress(ValueError):
        return signal.Signals(int(found["status"]) - 128).name
    return None


def unexplained(message: str, logs: Collection[str] = ()) -> str:
    """Return a sentence on a job whose logs have no error, given Snakemake's message on its end."""
    name = signal_of(message)
    if name == "SIGKILL":
        return _(
            "killed (SIGKILL), most likely because memory ran out: free memory or run fewer jobs at once; "
            "the same command then goes on"
        )
    if name in _CRASHES:
        return _(
            "crashed ({signal}), as lack of memory can cause: free memory or run fewer jobs at once; "
            "the same command then goes on"
        ).format(signal=name)
    if name:
        return _("ended by {signal}; the same command goes on").format(signal=name)
    if folder := full_disk([str(Path(log).parent) for log in logs]):
        return no_space(folder)
    words = last_words(logs)
    if sentence := sentence_of(RuntimeError(words)):
        return sentence
    return _("ended by itself: {words}").format(words=words) if words else _("ended without a message")


def last_words(logs: Iterable[str]) -> str:
    """Return the line that a compiled library has printed into a log before it ended the process, empty for none."""
    for log in logs:
        with suppress(OSError):
            records = _records(Path(log).read_text(encoding="utf-8", errors="replace"))
            level, lines = records[-1] if records else ("", [])
            if level == "INFO" and (printed := [line.strip() for line in lines[1:] if line.strip()]):
                return printed[-1]
    return ""


def system_fault() -> str | None:
    """Return a sentence on the exception that is being handled if the system has caused it, None otherwise."""
    error = sys.exc_info()[1]
    return sentence_of(error, outputs=[".snakemake/locks"]) if error else None  # its own files are in .snakemake


def silence_threads() -> None:
    """Let threads without memory end without a traceback: those that measure jobs, whose own errors are shown."""
    usual = threading.excepthook

    def hook(caught: threading.ExceptHookArgs) -> None:
        if caught.exc_value is None or sentence_of(caught.exc_value) is None:
            usual(caught)

    threading.excepthook = hook


class Deaths:
    """Writes how a job was killed into its log, where the job itself cannot write any more."""

    def __init__(self) -> None:
        self._messages: dict[int | None, str] = {}  # Snakemake's last message of each of its threads

    def note(self, record: LogRecord) -> None:
        """Note a record of Snakemake."""
        facts: Any = record
        event = getattr(record, "event", None)
        if event == LogEvent.ERROR:
            self._messages[record.thread] = record.getMessage()
        elif event == LogEvent.JOB_ERROR:
            message = self._messages.pop(record.thread, "")
            logs = list(map(str, facts.log))
            if logs and signal_of(message) not in (None, "SIGINT") and not sentences_of(logs):
                now = time.strftime("%Y-%m-%d %H:%M:%S")
                with suppress(OSError), open(logs[0], "a", encoding="utf-8") as log:
                    log.write(f"{now},000 ERROR {unexplained(message)}\n")
