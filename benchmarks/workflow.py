"""Overhead of the workflow: the start of each script, and the graph of jobs of whole studies."""

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
LIBRARIES = (
    "numpy",
    "pandas",
    "sklearn",
    "matplotlib.pyplot",
    "snakemake.cli",
)  # lower bounds for the start of a script


def imports_of(script: Path) -> str:
    """Return the import statements of a script, which are all that it executes before its work."""
    lines = re.findall(r"^(?:from [\w.]+ import (?:\([^)]*\)|.*)|import .*)$", script.read_text(), re.MULTILINE)
    return "\n".join(lines)


def commands() -> dict[str, list[str]]:
    """Return the commands to time: a bare interpreter, libraries, the start of every script, dry runs of studies."""
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
    """Yield a table with one row per command: median seconds, and their ratio to the start of a bare interpreter."""
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
