"""Measure speed and memory on this machine: make bench, or .venv/bin/python -m benchmarks [PART ...].

Every figure is a ratio to something measured in the same run: the matrix products alone, a peer, or a bare
interpreter. Tables and plots are written to results/bench/.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd
from threadpoolctl import threadpool_info

from benchmarks import (
    boltzmann,
    classifiers,
    data,
    features,
    loss,
    plots,
    stochastic,
    storage,
    training,
    workflow,
)
from lib.study.settings import VALIDATION_SPLITS

ROOT = Path(__file__).parents[1]


def growth(cores: int, folder: Path) -> Iterator[pd.DataFrame]:
    """Yield the rows of `training.growth` as tables, with the seconds per object relative to 10,000 objects."""
    reference = None
    for row in training.growth(cores, folder):
        each = row["seconds"] / row["objects"]
        reference = each if row["objects"] == 10_000 else reference
        yield pd.DataFrame([row | {"ratio": each / reference if reference else None}])


def machine() -> pd.DataFrame:
    """Return a table of the machine: processor, cores, versions of libraries."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    pools = {f"{pool['internal_api']} {pool['version']}" for pool in threadpool_info() if pool["version"]}
    found = {"processor": cpu.group(1) if cpu else platform.machine(), "cores": len(os.sched_getaffinity(0))}
    found |= {"python": platform.python_version(), "blas": ", ".join(sorted(pools))}
    for name in ("numpy", "scipy", "numba", "scikit-learn", "torch"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return pd.DataFrame([found])


def parts(
    cores: int, folder: Path, objects: int = classifiers.OBJECTS, splits: int = VALIDATION_SPLITS
) -> dict[str, Callable[[], Iterator[pd.DataFrame]]]:
    """Return the benchmarks by the name of their table. objects and splits apply to the classifiers."""
    return {
        "loss": partial(loss.measure, cores),
        "training": lambda: (training.optimiser(10_000, cores, dtype) for dtype in ("float64", "float32")),
        "growth": partial(growth, cores, folder),
        "stochastic": stochastic.measure,
        "features": partial(features.measure, cores),
        "classifiers": partial(classifiers.measure, objects, splits),
        "boltzmann": boltzmann.measure,
        "workflow": workflow.measure,
        "storage": storage.measure,
    }


def main() -> None:
    cores = len(os.sched_getaffinity(0))
    parser = argparse.ArgumentParser("python -m benchmarks", description=__doc__.splitlines()[0])
    known = list(parts(cores, ROOT, 0))
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(known)}; all by default")
    parser.add_argument("--output", type=Path, default=ROOT / "results" / "bench", help="folder of tables and plots")
    parser.add_argument(
        "--objects",
        type=int,
        default=classifiers.OBJECTS,
        help="training images of the classifiers; with thousands, the direct route takes long",
    )
    parser.add_argument(
        "--splits",
        type=int,
        choices=range(1, VALIDATION_SPLITS + 1),
        default=VALIDATION_SPLITS,
        help="number of splits of the classifiers' cross-validation that are timed",
    )
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.parts) - set(known)):
        parser.error(f"no part {', '.join(unknown)}, expected some of {', '.join(known)}")
    if arguments.objects < 3 * data.CLASSES:
        parser.error(f"--objects is {arguments.objects}, expected at least {3 * data.CLASSES}: 3 of each class")
    try:
        arguments.output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        parser.error(f"--output {arguments.output}: {error.strerror}, expected a folder that can be created")
    machine().to_csv(arguments.output / "machine.csv", index=False)
    started = time.perf_counter()
    for name, measure in parts(cores, arguments.output, arguments.objects, arguments.splits).items():
        if arguments.parts and name not in arguments.parts:
            continue
        print(f"\n{name} ({time.perf_counter() - started:.0f} s so far)", flush=True)
        tables = []
        for table in measure():
            print(table.to_string(index=False, float_format=lambda value: f"{value:.3g}"), flush=True)
            tables.append(table)
        if not tables:  # it needs a package that is not installed
            continue
        pd.concat(tables).to_csv(arguments.output / f"{name}.csv", index=False)
    plots.draw(arguments.output)
    print(f"\nTables and plots: {arguments.output}, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
