"""An autoencoder with one hidden layer, trained by a Hebbian rule: Oja's, Sanger's, or gradient descent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.patches.normalisation import Statistics, channels_of
from lib.training.hebbian import RULES, decoder_rule, encoder_gradient, squared_error
from lib.training.result import Recorder, Training

DEVIATION = 0.1  # of the initial weights


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on normalised patches (N, D), batch by batch; an iteration of the history is an epoch.

    With the rule "gradient", the decoder follows (18.2) and the encoder the gradient; every other rule is one of
    `lib.training.hebbian.RULES`, and the decoder is the transposed encoder. The learning rate falls linearly to 0,
    without which the weights would not settle. The loss is half the mean squared error (18.1).

    Raises ValueError if the weights become infinite.
    """
    data, recorder, rate = np.asarray(patches), recorder or Recorder(), settings["learning_rate"]
    W = rng.normal(0, DEVIATION, size=(settings["hidden"][0], data.shape[1])).astype(data.dtype)
    V, size = W.T.copy(), settings["batch_size"]
    rule, nonlinear = RULES.get(settings["rule"]), settings["rule"] == "nonlinear_oja"
    starts = range(0, len(data), size)
    updates, done = settings["epochs"] * len(starts), 0

    def record() -> float:
        loss = squared_error(data, decode(encode(data, W, nonlinear), V, nonlinear))
        recorder.evaluations += 1
        recorder.record(loss, np.nan)  # the rules follow no gradient
        return loss

    loss = record()
    for _ in range(settings["epochs"]):
        order = rng.permutation(len(data))
        for start in starts:
            X, step = data[order[start : start + size]], rate * (1 - done / updates)
            with np.errstate(over="ignore", invalid="ignore"):  # the check below says so
                if rule:
                    W += step * rule(W, X)
                    V = W.T
                else:
                    change = encoder_gradient(W, V, X)
                    V += step * decoder_rule(V, X, X @ W.T)
                    W += step * change
            done += 1
        if not np.isfinite(W).all() or np.abs(W).max() > 1e6:
            raise ValueError(f"learning_rate is {rate:g}, expected a smaller one: the weights grow without bound")
        loss = record()
    theta = np.concatenate([W.ravel(), V.ravel()]).astype(np.float64)
    return recorder.training(theta, loss, "stopped by its limit")


def encode(X: np.ndarray, W: np.ndarray, nonlinear: bool) -> np.ndarray:
    """Return the activations (N, units) of patches (N, D)."""
    return np.tanh(X @ W.T) if nonlinear else X @ W.T


def decode(Y: np.ndarray, V: np.ndarray, nonlinear: bool) -> np.ndarray:
    """Return the patches (N, D) that activations (N, units) stand for."""
    return np.tanh(Y @ V.T) if nonlinear else Y @ V.T


def _parts(theta: np.ndarray, settings: Mapping[str, Any], width: int) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return W (units, D), V (D, units) and whether the network is not linear."""
    units = settings["hidden"][0]
    W, V = theta.reshape(2, -1)
    return W.reshape(units, width), V.reshape(width, units), settings["rule"] == "nonlinear_oja"


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the weights of the encoder (units, D)."""
    return _parts(theta, settings, visible_size)[0]


def encoder(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to activations (M, units), float32."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    W, _, nonlinear = _parts(theta.astype(np.float32), settings, width)
    return lambda patches: encode(patches, W, nonlinear)


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their reconstructions (M, D)."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    W, V, nonlinear = _parts(theta.astype(np.float32), settings, width)
    return lambda patches: decode(encode(patches, W, nonlinear), V, nonlinear)
