"""Overhead of the workflow: the start of each script, and the graph of jobs of whole studies."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).parents[1]
ROUNDS = 2
TRAININGS = 2000  # of the largest study
SEEDS = 10
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


def many(folder: Path) -> Path:
    """Write changes of the default study that train `TRAININGS` small models; return the file."""
    values = [round(1e-5 * (number + 1), 5) for number in range(TRAININGS // SEEDS)]
    experiment = {"task": 7, "vary": {"lambda": values}, "seeds": SEEDS, "classifiers": []}
    study = {"study": "many", "only": ["many"], "defaults": {"hidden": [10]}, "experiments": {"many": experiment}}
    file = folder / "many.yaml"
    file.write_text(yaml.safe_dump(study))
    return file


def commands(folder: Path) -> dict[str, list[str]]:
    """Return the commands to time: a bare interpreter, libraries, the start of every script, dry runs of studies.

    folder: for the configuration of the largest study.
    """
    libraries = {f"import of {name} alone": [sys.executable, "-c", f"import {name}"] for name in LIBRARIES}
    scripts = sorted((ROOT / "workflow" / "scripts").glob("*.py"))
    starts = {f"start of {script.stem}": [sys.executable, "-c", imports_of(script)] for script in scripts}
    snakemake = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--quiet", "all"]
    files = {name: [f"config/{name}.yaml"] for name in ("smoke", "config", "full")}
    files[f"{TRAININGS} trainings"] = ["config/config.yaml", str(many(folder))]
    studies = {f"graph of {name}": [*snakemake, "--forceall", "--configfile", *found] for name, found in files.items()}
    return {BARE: [sys.executable, "-c", "pass"]} | libraries | starts | studies


def measure() -> Iterator[pd.DataFrame]:
    """Yield a table with one row per command: median seconds, and their ratio to the start of a bare interpreter."""
    rows = []
    bare = np.nan
    with tempfile.TemporaryDirectory() as folder:
        for name, command in commands(Path(folder)).items():
            taken = []
            for _ in range(ROUNDS):
                start = time.perf_counter()
                subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
                taken.append(time.perf_counter() - start)
            seconds = float(np.median(taken))
            bare = seconds if name == BARE else bare
            rows.append({"way": name, "seconds": seconds, "ratio": seconds / bare})
    yield pd.DataFrame(rows)
