"""Rates of this machine: CPU seconds per unit of work, measured on real images with the code of the jobs.

CPU time is measured rather than wall-clock time, because other processes hardly change it.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import sha256
from itertools import combinations
from math import log, prod
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute
from lib.classifiers.classify import Task, classify
from lib.classifiers.network import NetworkClassifier
from lib.costs.amounts import kind_of, steps_of, weights_of
from lib.costs.estimates import Power
from lib.costs.networks import TrainedNetwork
from lib.datasets.facts import facts
from lib.datasets.images import Images
from lib.datasets.splits import Split
from lib.features.encodings import filter_encoder
from lib.features.extraction import Grid, extract_features
from lib.learners.registry import load
from lib.patches.normalisation import normalise
from lib.sample_patches import fit_normaliser, sample_patches_raw, side_of
from lib.study.learners import LEARNERS, model_of
from lib.study.settings import STEPS as STEP_SETTINGS
from lib.study.settings import Classifier, Model

OPERATIONS = 1.0e10  # upper bound for the longer measured training
UNITS = 250  # upper bound for each hidden layer of a measured training
STEPS = 20  # iterations of a measured training; it has one epoch
SLOW = 1.0e-6  # learning rate of a measured training: with the rate of a study, its weights may diverge
CLASSES = 10  # classes of the images on which classifiers are measured
# Objects, features and classes of the problems on which a classifier is measured, as far as the budget allows.
PROBLEMS = ((60, 500, 10), (60, 500, 5), (100, 2000, 10), (100, 8000, 10), (200, 8000, 10), (400, 8000, 10))
SEEN = 200  # images of a measured training of a network, at most
FEW = 100  # training objects at most where prediction is measured
REPEATS = 3  # runs of a short measurement; the shortest counts, because compilation and other processes lengthen runs
BUDGET = 5.0  # CPU seconds per classifier; a problem is skipped if three times the last one would exceed them


def seconds_of(action: Callable[[], Any]) -> float:
    """Return the CPU seconds of this process and its threads for one call."""
    start = time.process_time()
    action()
    return time.process_time() - start


def least_seconds(action: Callable[[], Any]) -> float:
    """Return the least CPU seconds of a few calls of an action that takes well below a second."""
    return min(seconds_of(action) for _ in range(REPEATS))


def byte_rate(images: np.ndarray) -> float:
    """Return the seconds per byte of images (N, D), uint8, that are checked, counted and digested."""

    def ingest() -> None:
        facts(Split(Images(images, side_of(images.shape[1]), 3)))
        sha256(images.tobytes()).hexdigest()

    return least_seconds(ingest) / images.nbytes


def encoding_rates(images: np.ndarray, settings: Mapping[str, Any]) -> dict[str, float]:
    """Return the seconds per operation of a float32 matrix product, and per value of a patch or activation."""
    raw = sample_patches_raw(images, 5000, settings["patch_size"], rng=0)
    statistics = fit_normaliser(raw, centre=settings["centre"])
    units, width = settings["hidden"][0], raw.shape[1]
    rng = np.random.default_rng(0)
    left, right = rng.random((5000, width), np.float32), rng.random((width, units), np.float32)
    left @ right
    product = least_seconds(lambda: [left @ right for _ in range(10)]) / (10 * 2 * left.shape[0] * right.size)
    encode = filter_encoder(rng.random((units, width)), statistics, "linear")
    grid = Grid(settings["patch_size"], settings["patch_size"], units)
    seconds = least_seconds(lambda: list(extract_features(images, statistics, encode, grid)))
    patches = len(images) * (side_of(images.shape[1]) // settings["patch_size"]) ** 2
    rest = seconds - product * 2 * patches * right.size
    return {"product": product, "value": max(rest, seconds / 10) / (patches * (width + units))}


def training_rates(images: np.ndarray, model: Model, threads: int) -> dict[str, float]:
    """Return the seconds per patch, weight and iteration, and the fixed seconds per weight and iteration.

    They come from two short trainings of the learner. Raises ValueError if the learner refuses the settings.
    """
    settings = dict(model.settings)
    for key in LEARNERS[model.learner].layers:
        sizes = settings[key]
        settings[key] = [min(size, UNITS) for size in sizes] if isinstance(sizes, list) else min(sizes, UNITS)
    settings |= {key: STEPS if key == "iterations" else 1 for key in STEP_SETTINGS if key in settings}
    settings |= {"learning_rate": SLOW} if "learning_rate" in settings else {}
    described = {settings["network"]: model.description} if model.description else {}
    short, patch_size = model_of(model.learner, settings, described), settings["patch_size"]
    weights, steps = weights_of(short, 3 * patch_size**2), steps_of(short, 1)
    # A quarter of the patches still has to vary in more directions than there are units, or some learners refuse it.
    most = int(np.clip(OPERATIONS / (6 * weights * STEPS), 8 * UNITS, 8000))
    counts = [most // 4, most]
    raw = sample_patches_raw(images, most, patch_size, rng=0)
    data = normalise(raw, fit_normaliser(raw, centre="patch"), settings.get("precision", "float64"))
    fit = load(model.learner).fit
    taken = []
    for count in [counts[0], *counts]:  # the first run warms up: libraries are loaded, pages are touched
        rng = np.random.default_rng(0)
        taken.append(seconds_of(partial(fit, data[:count], short.arguments, rng, Compute(threads=threads))))
    slope = max(taken[2] - taken[1], 0.0) / (counts[1] - counts[0])
    kind = kind_of(model)
    return {kind: slope / (weights * steps), f"{kind}, fixed": max(taken[1] - slope * counts[0], 0) / (weights * steps)}


def powers_of(measured: Sequence[tuple[tuple[int, ...], float]]) -> list[float]:
    """Return the power by which seconds grow with each size of a problem, given problems and their seconds.

    The power of a size comes from the last two problems that differ only in this size, because fixed costs hide the
    growth in small problems. It is 1 if there are no such problems, and it is clipped to [0, 3].
    """
    powers = []
    for axis in range(len(measured[0][0])):
        power = 1.0
        for (first, before), (second, after) in combinations(measured, 2):
            if [i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b] == [axis]:
                power = log(after / before) / log(second[axis] / first[axis])
        powers.append(min(max(power, 0.0), 3.0))
    return powers


def classifier_power(images: np.ndarray, labels: np.ndarray, classifier: Classifier, budget: float) -> Power:
    """Return the cost of a classifier, fitted on growing parts of images (N, D) with labels 0 ... `CLASSES` - 1.

    budget: CPU seconds. At least one problem is measured.
    """
    rng = np.random.default_rng(0)
    measured: list[tuple[tuple[int, int, int], float]] = []
    spent = 0.0

    def run(objects: int, features: int, classes: int, predicted: int) -> float:
        rows = np.concatenate([np.flatnonzero(labels == k)[: objects // classes] for k in range(classes)])
        columns = rng.choice(images.shape[1], features, replace=False)
        train, test = images[rows][:, columns], images[:predicted][:, columns]
        return seconds_of(lambda: classify(Task(train, labels[rows], test, classes), classifier, 0))

    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")
        run(60, 20, CLASSES, 1)  # loads the libraries
        for problem in PROBLEMS:
            if measured and spent + 3 * measured[-1][1] > budget:
                break
            measured.append((problem, max(run(*problem, 1), 1e-4)))
            spent += measured[-1][1]
        # A fit on few objects is short compared with the prediction of many.
        few, fitted = next(row for row in reversed(measured) if row[0][0] <= FEW)
        prediction = max(run(*few, len(images)) - fitted, 0.0) / (len(images) * few[1])
    (objects, features, classes), seconds = measured[-1]
    return Power(seconds, objects, features, classes, powers_of(measured), prediction)


def network_rate(images: np.ndarray, labels: np.ndarray, network: TrainedNetwork) -> float:
    """Return the CPU seconds of a training of a network per multiplication, from epochs on some images (N, D).

    labels: (N,), 0 ... `CLASSES` - 1. A training of two epochs is compared with one of a single epoch.
    """
    count = min(len(images), int(np.clip(OPERATIONS / (6 * network.multiply_adds), network.batch_size, SEEN)))
    seen = np.resize(images[:count], (count, prod(network.shape)))
    whole = {"channels": network.shape[0], "start": None}
    taken = []
    with threadpool_limits(limits=1):
        for epochs in (1, 1, 2):  # the first run warms up
            layers = NetworkClassifier(
                network.steps, batch_size=network.batch_size, epochs=epochs, images=whole, learning_rate=SLOW
            )
            taken.append(seconds_of(partial(layers.fit, seen, labels[:count] % network.classes)))
    return max(taken[2] - taken[1], taken[1] / 10) / network.operations(count, 1)


def corrected(predicted: float, least: float, most: float) -> float:
    """Return the factor that brings a prediction within the bounds given by past jobs.

    least: their sampled CPU seconds, which miss the end of each job. most: their wall-clock seconds times
    threads, which other processes lengthen.
    """
    return min(max(predicted, least), max(most, least)) / predicted if predicted > 0 else 1.0
