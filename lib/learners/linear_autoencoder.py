"""A linear autoencoder with separate encoder and decoder, trained by Adam on all patches at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.patches.normalisation import Statistics, channels_of
from lib.training.linear import LinearAutoencoder, initial, train
from lib.training.result import Recorder, Training


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on normalised patches (N, D); the loss is half the mean squared error, as that of other learners.

    The lecture's mean is also over the D values of a patch, which multiplies loss and gradient by 2 / D. Adam's steps
    do not depend on such a factor.
    """
    data, recorder = np.asarray(patches), recorder or Recorder()
    scale = data.shape[1] / 2
    model = initial(data.shape[1], settings["hidden"][0], rng, str(data.dtype))

    def report(error: float, gradients: list[np.ndarray]) -> None:
        recorder.evaluations += 1
        recorder.record(scale * error, scale * float(np.sqrt(sum(np.sum(g**2) for g in gradients))))

    loss = scale * train(model, data, settings["learning_rate"], settings["iterations"], report)
    recorder.record(loss, np.nan)
    theta = np.concatenate([array.ravel() for array in model.arrays]).astype(np.float64)
    return recorder.training(theta, loss, "stopped by its limit")


def _model(theta: np.ndarray, settings: Mapping[str, Any], width: int) -> LinearAutoencoder:
    units = settings["hidden"][0]
    W, b, V, c = np.split(theta, np.cumsum([units * width, units, width * units]))
    return LinearAutoencoder(W.reshape(units, width), b, V.reshape(width, units), c)


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the weights of the encoder (units, D)."""
    return _model(theta, settings, visible_size).W


def encoder(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to codings (M, units), float32."""
    return _model(theta.astype(np.float32), settings, settings["patch_size"] ** 2 * channels_of(statistics)).encode


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their reconstructions (M, D)."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    model = _model(theta.astype(np.float32), settings, width)
    return lambda patches: model.decode(model.encode(patches))
