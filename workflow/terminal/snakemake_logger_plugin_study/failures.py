"""Why a job failed, from its log."""

import re
from collections.abc import Iterable
from pathlib import Path

from lib.words.language import _

# Lines that lib.base.jobs.log_to writes.
_LINE = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (?P<level>[A-Z]+) (?P<text>.*)$")
INTERRUPTED = "interrupted; run the same command to resume"
# What Slurm writes into its own log of a job that it ends.
_ENDED_BY_SLURM = re.compile(
    r"^slurmstepd[^:]*: error: (.*(?:memory|oom_kill|TIME LIMIT|NODE FAILURE|PREEMPTION).*)$", re.M
)
_SIGNAL = re.compile(r"died with <Signals\.(SIG[A-Z]+)")


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


def unexplained(message: str) -> str:
    """Return a sentence on a job whose log has no error, given Snakemake's message on its end."""
    if signal := _SIGNAL.search(message):
        return _("killed by {signal}; SIGKILL often means that memory ran out").format(signal=signal[1])
    return _("ended without a message")
