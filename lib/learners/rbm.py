"""A restricted Boltzmann machine, or a stack of them that is trained greedily, as a deep belief network is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.patches.normalisation import Statistics, channels_of
from lib.training.boltzmann import (
    Machine,
    Schedule,
    hidden_probabilities,
    initial,
    reconstruct,
    train,
    unflatten,
    visible_probabilities,
)
from lib.training.hebbian import squared_error
from lib.training.result import Recorder, Training


def _visible(patches: np.ndarray, settings: Mapping[str, Any]) -> np.ndarray:
    """Return the visible units of normalised patches, whose values between 0 and 1 are probabilities."""
    return (patches > 0.5).astype(patches.dtype) if settings["binarise"] else patches


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on normalised patches (N, D) within [0, 1]; an iteration of the history is an epoch of the last machine.

    Contrastive divergence minimises no function that can be computed. The loss of the history is half the mean squared
    error of the reconstruction of the machine's visible units.
    """
    x, recorder = _visible(np.asarray(patches), settings), recorder or Recorder()
    schedule = Schedule(
        **{key: settings[key] for key in ("learning_rate", "momentum", "batch_size", "epochs")},
        steps=settings["gibbs_steps"],
    )
    machines: list[Machine] = []
    for units in settings["hidden"]:
        recorder.start_stage()
        layer, machine = x, initial(x.shape[1], units, rng, dtype=str(x.dtype))

        def record(machine: Machine, epoch: int, layer: np.ndarray = layer) -> None:
            recorder.evaluations += 1
            recorder.record(squared_error(layer, reconstruct(machine, layer)), np.nan)

        record(machine, 0)
        machines.append(train(machine, layer, schedule, rng, record))
        x = hidden_probabilities(machines[-1], layer)
    theta = np.concatenate([machine.flat for machine in machines]).astype(np.float64)
    return recorder.training(theta, recorder.history[-1].loss, "stopped by its limit")


def machines_of(theta: np.ndarray, settings: Mapping[str, Any], width: int) -> list[Machine]:
    """Return the machines of parameters (P,), from the patches of ``width`` values on."""
    sizes = [width, *settings["hidden"]]
    lengths = [visible * units + visible + units for visible, units in pairwise(sizes)]
    parts = np.split(theta, np.cumsum(lengths)[:-1])
    return [unflatten(part, *shape) for part, shape in zip(parts, pairwise(sizes), strict=True)]


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the weights of the first machine (units, D)."""
    return machines_of(theta, settings, visible_size)[0].W


def encoder(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to p(y = 1 | x) (M, units) of a layer, float32."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    machines = machines_of(theta.astype(np.float32), settings, width)[:layer]

    def encode(patches: np.ndarray) -> np.ndarray:
        x = _visible(patches, settings)
        for machine in machines:
            x = hidden_probabilities(machine, x)
        return x

    return encode


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to p(x = 1 | y) (M, D), up and down all layers."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    machines = machines_of(theta.astype(np.float32), settings, width)
    encode = encoder(theta, settings, statistics, len(machines), device)

    def reconstructed(patches: np.ndarray) -> np.ndarray:
        y = encode(patches)
        for machine in reversed(machines):
            y = visible_probabilities(machine, y)
        return y

    return reconstructed
