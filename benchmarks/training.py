"""Training: the optimiser compared with its evaluations alone, and memory and time as the data grow."""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.data import patches
from benchmarks.loss import BETA, LAMBDA, RHO, VISIBLE
from lib.autoencoder import initialize
from lib.base.devices import Compute
from lib.base.rows import IN_MEMORY, RowFile, write_rows
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import Network, Penalties

ROOT = Path(__file__).parents[1]
ITERATIONS, EVALUATIONS = 400, 410  # of the default study; L-BFGS makes a few more evaluations than iterations
SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
NETWORK, PENALTIES = Network((75,)), Penalties(LAMBDA, RHO, BETA)
MB = 1e6


def optimiser(objects: int, cores: int, dtype: str) -> pd.DataFrame:
    """Seconds of a training and of its evaluations alone, which are measured before and after it.

    They are those of the clock: a training itself records CPU seconds, summed over its threads.
    """
    data = patches(objects, dtype)
    theta = initialize(NETWORK.hidden, VISIBLE, rng=0)
    objective = autoencoder_objective(data, NETWORK, PENALTIES, Compute(threads=cores))

    def seconds_of_evaluations(count: int) -> float:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(limits=1, user_api="blas"):
            start = time.perf_counter()
            for _ in range(count):
                objective(theta)
            return time.perf_counter() - start

    seconds_of_evaluations(3)
    before = seconds_of_evaluations(EVALUATIONS // 2)
    start = time.perf_counter()
    training = train(objective, theta, ITERATIONS)
    seconds = time.perf_counter() - start
    alone = before + seconds_of_evaluations(EVALUATIONS - EVALUATIONS // 2)
    rows = [("evaluations alone", EVALUATIONS, alone), ("training", training.evaluations, seconds)]
    table = pd.DataFrame(rows, columns=["way", "evaluations", "seconds"])
    return table.assign(ratio=table["seconds"] / alone, objects=objects, dtype=dtype, threads=cores)


def resident(field: str = "VmRSS") -> int:
    """Bytes of this process's memory, shared pages and mapped files included."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return 1024 * int(found.group(1)) if found else 0


def growth_of(objects: int, cores: int, folder: Path) -> dict[str, float]:
    """Seconds of training per evaluation, and its peak memory; data beyond `IN_MEMORY` come from a file."""
    rng = np.random.default_rng(0)

    class Random:
        """Rows that are made when they are read."""

        shape = (objects, VISIBLE)

        def __len__(self) -> int:
            return objects

        def __getitem__(self, rows: slice) -> np.ndarray:
            start, stop, _ = rows.indices(objects)
            return rng.uniform(0.1, 0.9, size=(stop - start, VISIBLE)).astype(np.float32)

    data: np.ndarray | RowFile = Random()[:0]
    if objects * VISIBLE * 4 > IN_MEMORY:
        data = write_rows(folder / "rows.npy", Random(), np.asarray, "float32")
        os.sync()  # otherwise the disk would still write while evaluations are timed
    else:
        data = Random()[:objects]
    objective = autoencoder_objective(data, NETWORK, PENALTIES, Compute(threads=cores))
    theta = initialize(NETWORK.hidden, VISIBLE, rng=0)
    most, done = 0, threading.Event()

    def watch() -> None:
        nonlocal most
        while not done.wait(0.01):
            most = max(most, resident())

    watcher = threading.Thread(target=watch)
    watcher.start()
    autoencoder_objective(data[:1_000], NETWORK, PENALTIES, Compute(threads=cores))(theta)  # loads the compiled code
    training = train(objective, theta, iterations=max(1, min(20, 10**6 // objects)))
    done.set()
    watcher.join()
    return {
        "objects": objects,
        "seconds": training.seconds / training.evaluations,
        "memory MB": max(most, resident()) / MB,
        "data MB": objects * VISIBLE * 4 / MB,
    }


def growth(cores: int, folder: Path, sizes: tuple[int, ...] = SIZES) -> Iterator[dict[str, float]]:
    """One row for each number of objects, each measured in its own process."""
    for objects in sizes:
        with tempfile.TemporaryDirectory(dir=folder) as rows:
            command = [sys.executable, "-m", "benchmarks.training", str(objects), str(cores), rows]
            process = subprocess.run(
                command, cwd=ROOT, capture_output=True, text=True, check=True, env=dict(os.environ)
            )
        yield json.loads(process.stdout)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Time and memory of one evaluation, as JSON.")
    parser.add_argument("objects", type=int)
    parser.add_argument("cores", type=int)
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    print(json.dumps(growth_of(arguments.objects, arguments.cores, arguments.folder)))
