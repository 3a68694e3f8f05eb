"""The sparse autoencoder as a learner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from lib.autoencoder import autoencoder_transform, initialize, unpack
from lib.base.devices import Compute
from lib.base.endings import ending_of
from lib.base.rows import RowFile
from lib.patches.normalisation import Statistics, channels_of
from lib.study.settings import View
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import Network, Penalties, prepared_transform
from lib.training.pretraining import pretrain, shares
from lib.training.result import Recorder, Training

ON_GPU = BLOCKWISE = True


def fit(
    patches: np.ndarray | RowFile,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on normalised patches (N, D), whose dtype is the precision.

    The greedy start takes its share of the iterations: the history is that of the whole network after it, with
    the evaluations and seconds of all stages, and the message is that of the first stage that ended abnormally, if any
    did. Both starts draw the same random weights.
    """
    network = Network.of(settings)
    penalties = Penalties(settings["lambda"], settings["rho"], settings["beta"])
    recorder, iterations = recorder or Recorder(), settings["iterations"]
    theta = initialize(network.hidden, patches.shape[1], rng=rng)
    stages: list[Training] = []
    if settings["start"] == "greedy":
        theta, stages = pretrain(theta, np.asarray(patches), network, penalties, iterations, compute, recorder)
        iterations = shares(network.hidden, iterations)[-1]
    training = train(autoencoder_objective(patches, network, penalties, compute), theta, iterations, recorder)
    return replace(training, message=_message([*stages, training]))


def _message(stages: Sequence[Training]) -> str:
    """Return the message of the last stage, or that of the first one that ended abnormally."""
    for number, stage in enumerate(stages[:-1], start=1):
        if ending_of(stage.message):
            return f"{stage.message} (stage {number} of the greedy start)"
    return stages[-1].message


def encoder(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to activations (M, units), both on the host."""
    theta, visible_size = theta.astype(np.float32), settings["patch_size"] ** 2 * channels_of(statistics)
    hidden, functions = tuple(settings["hidden"]), {key: settings[key] for key in ("activation", "decoder")}
    return prepared_transform(theta, visible_size, Network(hidden, **functions), layer)


def array_encoder(theta: np.ndarray, settings: Mapping[str, Any], layer: int) -> Callable[[Any], Any]:
    """Return a function from normalised patches (M, D), float32, to activations (M, units), in the patches' library."""
    functions = {key: settings[key] for key in ("activation", "decoder")}
    return lambda patches: autoencoder_transform(
        theta, patches.shape[1], settings["hidden"], layer, patches, **functions
    )


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their reconstructions (M, D), on the host."""
    return encoder(theta, settings, statistics, len(settings["hidden"]) + 1, device)


def first_layers(
    theta: np.ndarray, settings: Mapping[str, Any], view: View, channels: int, side: int
) -> tuple[list[Any], list[np.ndarray]]:
    """Return the first layer on a grid of patches as a convolution: its steps, and the arrays of its state.

    view: with the stride of the grid and its cells, whose means are an average pooling. side: of the images, in pixels.
    Raises ValueError if the cells are not equal, or if patches are not normalised pixel by pixel.
    """
    patch_size, units = settings["patch_size"], settings["hidden"][0]
    if settings["centre"] != "none" or settings["whiten"]:
        raise ValueError("centre or whiten changes pixels by their patch, expected scaling range or centre none")
    weights, biases = (part[0] for part in unpack(theta, channels * patch_size**2, settings["hidden"]))
    steps: list[Any] = [{"convolution": units, "kernel": patch_size, "stride": view.stride}, settings["activation"]]
    line = (side - patch_size) // view.stride + 1
    if view.pooling:
        if line % view.pooling:
            raise ValueError(f"pooling is {view.pooling}, expected a divisor of {line}, the patches along a side")
        steps.append({"average_pooling": line // view.pooling})
    images = weights.reshape(units, patch_size, patch_size, channels).transpose(0, 3, 1, 2)
    return steps, [images.astype(np.float32), biases.astype(np.float32)]


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the first weight matrix (units, D): row j is the filter of hidden unit j."""
    return unpack(theta, visible_size, settings["hidden"])[0][0]
