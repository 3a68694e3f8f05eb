"""The sparse autoencoder as a learner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lib.autoencoder import ARRAY_KERNELS, initialize, transformer, unpack
from lib.base.devices import to_device, to_host
from lib.base.rows import RowFile
from lib.patches.normalisation import Statistics, channels_of
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.pretraining import counted_on, pretrain, shares
from lib.training.result import Training


def fit(
    patches: np.ndarray | RowFile,
    settings: dict[str, Any],
    rng: np.random.Generator,
    device: str,
    workers: int = 1,
    report: Callable[[int, float, float], None] | None = None,
) -> Training:
    """Train on normalised patches (N, D), whose dtype is the precision.

    The greedy start takes its part of the iterations: the history is that of the whole network after it, with
    the evaluations and seconds of all. Both starts draw the same random weights.
    """
    theta = initialize(settings["hidden"], patches.shape[1], rng=rng)
    iterations = settings["iterations"]
    stages: list[Training] = []
    if settings["start"] == "greedy":
        theta, stages = pretrain(theta, np.asarray(patches), settings, device, workers, report)
        iterations = shares(settings["hidden"], iterations)[-1]
    objective = autoencoder_objective(patches, settings, device, workers)
    training = train(objective, theta, iterations, counted_on(report, stages))
    for stage in stages:
        training.evaluations += stage.evaluations
        training.seconds += stage.seconds
        training.history = [
            (number, evaluations + stage.evaluations, loss, norm, seconds + stage.seconds)
            for number, evaluations, loss, norm, seconds in training.history
        ]
    return training


def encoder(
    theta: np.ndarray, settings: dict[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to activations (M, units), both on the host."""
    from lib.training.kernels import COMPILED_KERNELS  # slow to import

    transform = transformer(
        *(to_device(theta.astype(np.float32), device), settings["patch_size"] ** 2 * channels_of(statistics)),
        *(settings["hidden"], layer),
        activation=settings["activation"],
        decoder=settings["decoder"],
        kernels=COMPILED_KERNELS if device == "cpu" else ARRAY_KERNELS,
    )
    return lambda patches: to_host(transform(to_device(patches, device)))


def reconstruction(
    theta: np.ndarray, settings: dict[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their reconstructions (M, D), on the host."""
    return encoder(theta, settings, statistics, len(settings["hidden"]) + 1, device)


def filters(theta: np.ndarray, settings: dict[str, Any], visible_size: int) -> np.ndarray:
    """Return the first weight matrix (units, D): row j is the filter of hidden unit j."""
    return unpack(theta, visible_size, settings["hidden"])[0][0]
