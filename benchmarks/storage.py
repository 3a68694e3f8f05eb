"""What it costs that nothing is lost: the evaluations of a training on the disk, and the checksums of files."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import numpy as np
import pandas as pd

from benchmarks import features, training
from benchmarks.data import patches
from benchmarks.loss import VISIBLE
from benchmarks.workflow import ROOT
from lib.autoencoder import initialize
from lib.base.checksums import checksums_of, keep, verify
from lib.base.devices import Compute
from lib.features.encodings import encoder_for
from lib.features.extraction import Grid, extract_features
from lib.sample_patches import fit_normaliser, sample_patches_raw
from lib.study.settings import View
from lib.training.evaluations import EvaluationLog
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.result import Evaluation, Recorder

ROUNDS = 5
IMAGES, STRIDE = (2_000, 13_000), 8  # of the default study, and of STL-10
OBJECTS, ITERATIONS = 10_000, 50
TRAINING, JOB = "training", "extraction of features, with the start of its process"


def compared(rows: dict[str, list[float]], reference: str, **facts: object) -> pd.DataFrame:
    """Return one row per way: the median of its CPU seconds, and of their ratio to the reference in the same round."""
    found = []
    for way, seconds in rows.items():
        low, middle, high = np.percentile(np.divide(seconds, rows[reference]), [25, 50, 75])
        found.append({"way": way, "seconds": np.median(seconds), "ratio": middle, "low": low, "high": high} | facts)
    return pd.DataFrame(found)


def timed(function: Callable[[], object]) -> float:
    """Return the CPU seconds of a call, with all its threads: what waits for the disk does not count."""
    start = time.process_time()
    function()
    return time.process_time() - start


def evaluations(folder: Path) -> pd.DataFrame:
    """Return CPU seconds of a training, of writing its evaluations to the disk, and of a training that reads them."""
    objective = autoencoder_objective(patches(OBJECTS, "float64"), training.NETWORK, training.PENALTIES, Compute())
    start = initialize(training.NETWORK.hidden, VISIBLE, rng=0)
    loss, gradient = objective(start)  # loads the compiled code

    def write(path: Path, count: int) -> None:
        log = EvaluationLog(path, "another")
        for _ in range(count):
            log.append(start, Evaluation(loss, gradient, 0.0))
        log.close()

    def run(path: Path | None) -> int:
        log = EvaluationLog(path, "this") if path else None
        made = train(objective, start, ITERATIONS, Recorder(log=log))
        if log:
            log.close()
        return made.evaluations

    count = run(folder / "stored")
    rows: dict[str, list[float]] = {TRAINING: [], "writing of its evaluations": [], "training that reads them": []}
    for number in range(ROUNDS):
        for function, way in zip(
            (lambda: run(None), lambda: write(folder / f"log{number}", count), lambda: run(folder / "stored")),  # noqa: B023
            rows,
            strict=True,
        ):
            rows[way].append(timed(function))
    return compared(rows, TRAINING, objects=OBJECTS, evaluations=count)


def checksums(folder: Path, images: int) -> pd.DataFrame:
    """Return CPU seconds of a job that extracts features, in a new process, and of checking its large files."""
    rng = np.random.default_rng(0)
    shape = images, features.SIDE**2 * features.CHANNELS
    np.save(folder / "images.npy", rng.integers(0, 256, size=shape, dtype=np.uint8))
    keep(checksums_of(folder / "images.npy"), folder / "images.npy")

    def check() -> None:
        verify(folder / "images.npy")
        keep(checksums_of(folder / "features.npy"), folder / "features.npy")

    rows: dict[str, list[float]] = {JOB: [], "its checksums": []}
    for _ in range(ROUNDS):
        rows[JOB].append(cpu_seconds_of([sys.executable, "-m", "benchmarks.storage", str(folder)]))
        rows["its checksums"].append(timed(check))
    return compared(rows, JOB, images=images)


def cpu_seconds_of(command: list[str]) -> float:
    """Return the CPU seconds of a command."""
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, check=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def extract(folder: Path) -> None:
    """Extract features of the images in a folder, as a job does."""
    images = np.load(folder / "images.npy", mmap_mode="r")
    statistics = fit_normaliser(sample_patches_raw(images[:100], 1000, features.PATCH, rng=0), centre="patch")
    theta = initialize([features.UNITS], features.PATCH**2 * features.CHANNELS, rng=0)
    encode = encoder_for(theta, features.MODEL, statistics, View(1, STRIDE), "cpu")
    grid = Grid(features.PATCH, STRIDE, features.UNITS, features.CHANNELS)
    shape = len(images), grid.length(features.SIDE)
    output = np.lib.format.open_memmap(folder / "features.npy", "w+", np.float32, shape)
    for rows, block in extract_features(images, statistics, encode, grid, Compute()):
        output[rows] = block


def measure() -> Iterator[pd.DataFrame]:
    """Yield a table on the training, and one on the features for each number of images."""
    with tempfile.TemporaryDirectory() as name:
        yield evaluations(Path(name))
        for images in IMAGES:
            yield checksums(Path(name), images)


if __name__ == "__main__":
    extract(Path(sys.argv[1]))
