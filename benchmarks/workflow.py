"""What the workflow costs beside the science: the start of a job, the graph of jobs, a run with nothing to do."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[1]
ROUNDS = 2
BARE = "python -c pass"
LIBRARIES = ("numpy", "pandas", "sklearn", "matplotlib.pyplot", "snakemake.cli")  # no start can be sooner than theirs


def imports_of(script: Path) -> str:
    """The import statements of a script, which are all that it does before its work."""
    lines = re.findall(r"^(?:from [\w.]+ import (?:\([^)]*\)|.*)|import .*)$", script.read_text(), re.MULTILINE)
    return "\n".join(lines)


def commands() -> dict[str, list[str]]:
    """What is timed: a bare interpreter, libraries alone, the start of every script, dry runs of whole studies."""
    libraries = {f"import of {name} alone": [sys.executable, "-c", f"import {name}"] for name in LIBRARIES}
    scripts = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
    starts = {f"start of {script.stem}": [sys.executable, "-c", imports_of(script)] for script in scripts}
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--quiet", "all"]
    studies = {
        f"graph of {name}": [*snakemake, "--forceall", "--configfile", f"config/{name}.yaml"]
        for name in ("smoke", "config", "full")
    }
    return {BARE: [sys.executable, "-c", "pass"]} | libraries | starts | studies


def measure() -> Iterator[pd.DataFrame]:
    """A table with a row for each command: median seconds, and how many starts of a bare interpreter that is."""
    rows = []
    bare = np.nan
    for name, command in commands().items():
        taken = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
            taken.append(time.perf_counter() - start)
        seconds = float(np.median(taken))
        bare = seconds if name == BARE else bare
        rows.append({"way": name, "seconds": seconds, "ratio": seconds / bare})
    yield pd.DataFrame(rows)
