"""A restricted Boltzmann machine, or a stack of them that is trained greedily, as a deep belief network is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, cast

import numpy as np

from lib.base.devices import Compute
from lib.patches.normalisation import LARGEST, Statistics, channels_of, middle_of, normalise
from lib.sample_patches import CLIP, Normaliser
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


def levels(statistics: Statistics, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the normalised values that binary visible units of 0 and of 1 stand for, each (D,) float32.

    They are those of black and of white patches. Where the mean of a patch is removed, such patches have no contrast:
    then they are one standard deviation below and above the mean.
    """
    if statistics["centre"] == "none":
        dark, bright = normalise(np.array([[0] * width, [LARGEST] * width], np.uint8), statistics, "float32")
        return dark, bright
    clipped = cast(Normaliser, statistics)
    deviation = (clipped["high"] - clipped["low"]) / (2 * CLIP)
    middle = np.full(width, middle_of(statistics), np.float32)
    return middle - np.float32(deviation), middle + np.float32(deviation)


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to reconstructions (M, D), up and down all layers.

    They are p(x = 1 | y). Where the visible units are binary, 0 and 1 stand for two values of patches, see `levels`.
    """
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    machines = machines_of(theta.astype(np.float32), settings, width)
    encode = encoder(theta, settings, statistics, len(machines), device)
    dark, bright = levels(statistics, width)

    def reconstructed(patches: np.ndarray) -> np.ndarray:
        y = encode(patches)
        for machine in reversed(machines):
            y = visible_probabilities(machine, y)
        return dark + y * (bright - dark) if settings["binarise"] else y

    return reconstructed
