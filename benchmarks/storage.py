"""What it costs that nothing is lost: the evaluations of a training on the disk, and the checksums of files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks import features, training
from benchmarks.data import patches
from benchmarks.loss import VISIBLE
from lib.autoencoder import initialize
from lib.base.checksums import checksums_of, keep, verify
from lib.base.devices import Compute
from lib.features.encodings import encoder_for
from lib.features.extraction import Grid, extract_features
from lib.sample_patches import fit_normaliser, sample_patches_raw
from lib.study.settings import View
from lib.training.evaluations import EvaluationLog
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.result import Recorder

ROUNDS = 5
IMAGES = 600
OBJECTS, ITERATIONS = 10_000, 100


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
    """Return CPU seconds of a training without and with its evaluations on the disk, and with all of them read."""
    objective = autoencoder_objective(patches(OBJECTS, "float64"), training.NETWORK, training.PENALTIES, Compute())
    theta = initialize(training.NETWORK.hidden, VISIBLE, rng=0)
    objective(theta)  # loads the compiled code

    def run(log: EvaluationLog | None) -> None:
        train(objective, theta, ITERATIONS, Recorder(log=log))
        if log:
            log.close()

    rows: dict[str, list[float]] = {"without": [], "with": [], "continued": []}
    for number in range(ROUNDS):
        path = folder / f"log{number}"
        rows["without"].append(timed(lambda: run(None)))
        rows["with"].append(timed(lambda path=path: run(EvaluationLog(path, "a"))))
        rows["continued"].append(timed(lambda path=path: run(EvaluationLog(path, "a"))))
        path.unlink()
    return compared(rows, "without", what="training", objects=OBJECTS, iterations=ITERATIONS)


def checksums(folder: Path, stride: int) -> pd.DataFrame:
    """Return CPU seconds of the extraction of features into a file without and with checksums of images and features."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(IMAGES, features.SIDE**2 * features.CHANNELS), dtype=np.uint8)
    np.save(folder / "images.npy", images)
    keep(checksums_of(folder / "images.npy"), folder / "images.npy")
    statistics = fit_normaliser(sample_patches_raw(images, 1000, features.PATCH, rng=0), centre="patch")
    theta = initialize([features.UNITS], features.PATCH**2 * features.CHANNELS, rng=0)
    encode = encoder_for(theta, features.MODEL, statistics, View(1, stride), "cpu")
    grid = Grid(features.PATCH, stride, features.UNITS, features.CHANNELS)
    target = folder / "features.npy"

    def run(checked: bool) -> None:
        if checked:
            verify(folder / "images.npy")
        stored = np.load(folder / "images.npy", mmap_mode="r")
        shape = IMAGES, grid.length(features.SIDE)
        output = np.lib.format.open_memmap(target, "w+", np.float32, shape)
        for rows, block in extract_features(stored, statistics, encode, grid, Compute()):
            output[rows] = block
        if checked:
            keep(checksums_of(target), target)

    run(False)
    rows: dict[str, list[float]] = {"without": [], "with": []}
    for _ in range(ROUNDS):
        rows["without"].append(timed(lambda: run(False)))
        rows["with"].append(timed(lambda: run(True)))
    return compared(rows, "without", what=f"features, stride {stride}", objects=IMAGES)


def measure() -> Iterator[pd.DataFrame]:
    """Yield a table on the training, and one on the features for each of two strides."""
    with tempfile.TemporaryDirectory() as name:
        yield evaluations(Path(name))
        for stride in (8, 4):
            yield checksums(Path(name), stride)
