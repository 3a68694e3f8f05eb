"""docs/reliability.md: what the study did under each fault, as the tests saw it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from tests.faults.faults import FAULTS, MODEL
from tests.workflow.conftest import ROOT

PAGE = ROOT / "docs" / "reliability.md"
HEAD = """# What happens when things break

`make test-faults` injects each of these faults into a real run of the smoke study, and writes this page. “not tried”
marks a fault that no run has tried yet. A fault passes if the command prints one sentence with the file and the cause,
nothing that was finished is lost or changed, and once the cause is gone the same command completes the study with the
same bytes (but for measured times). `make test-kill` kills the study at 70 random moments, with the same demands.

The columns are the fault, what the command printed (`…` stands for names of files and of processes), its exit status,
and the results after the same command has run again.
"""
TABLE = "| fault | what is printed | status | afterwards |\n| --- | --- | --- | --- |\n"
ROW = re.compile(
    r"^\| (?P<name>.*?) \| (?P<printed>.*) \| (?P<status>-?\d+|–) \| (?P<afterwards>.*?) \|$", re.MULTILINE
)


@dataclass(frozen=True)
class Outcome:
    """What a command printed, its exit status, and the results afterwards."""

    printed: str
    status: str
    afterwards: str


def shortened(line: str) -> str:
    """Return a line without what differs from run to run, such as numbers of processes."""
    line = line.replace(MODEL, "…").replace("|", "¦")
    line = re.sub(r"^\s*\d+ %, .*? left\s+", "", line)
    line = re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ [A-Z]+ ", "", line)
    line = re.sub(r"process \d+ on \S+ since [\d-]+ [\d:]+", "process …", line)
    line = re.sub(r"/\S*/(?=(?:results|\.snakemake)\b)", "", line)
    line = re.sub(r"/\S*/(?=site-packages/)|/\S*/tmp\w{8}/", "…/", line)
    line = re.sub(r"\b\d+(?:\.\d+)? (?:s|min|KiB|MiB|GiB|bytes)\b", "…", line)
    return " ".join(re.sub(r"/tmp/\S+", "…", line).split())


def outcomes_of(page: str) -> dict[str, Outcome]:
    """Return the outcomes on a page, by the name of the fault."""
    rows = ROW.finditer(page)
    return {row["name"]: Outcome(row["printed"], row["status"], row["afterwards"]) for row in rows}


def written(outcomes: Mapping[str, Outcome]) -> str:
    """Return the page; a fault without an outcome was not tried."""
    tried = sum(fault.name in outcomes and outcomes[fault.name].printed != "not tried" for fault in FAULTS)
    parts = [HEAD, f"\nOf {len(FAULTS)} faults, {tried} were tried in the runs that this page is from.\n"]
    for group in dict.fromkeys(fault.group for fault in FAULTS):
        rows = []
        for fault in FAULTS:
            if fault.group == group:
                one = outcomes.get(fault.name, Outcome("not tried", "–", "–"))
                rows.append(f"| {fault.name} | {one.printed} | {one.status} | {one.afterwards} |\n")
        parts.append(f"\n## {group}\n\n{TABLE}{''.join(rows)}")
    return "".join(parts)
