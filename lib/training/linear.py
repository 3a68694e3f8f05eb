"""A linear autoencoder with biases, trained by Adam on all objects at once, and its optimum in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lib.training.descent import Adam


@dataclass(frozen=True)
class LinearAutoencoder:
    """Codings x W^T + b (N, units) of objects x (N, D), and reconstructions codings V^T + c (N, D).

    W: (units, D). b: (units,). V: (D, units). c: (D,).
    """

    W: np.ndarray
    b: np.ndarray
    V: np.ndarray
    c: np.ndarray

    @property
    def arrays(self) -> list[np.ndarray]:
        """The parameters themselves."""
        return [self.W, self.b, self.V, self.c]

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Return the codings (N, units) of x (N, D)."""
        return x @ self.W.T + self.b

    def decode(self, codings: np.ndarray) -> np.ndarray:
        """Return the reconstructions (N, D) of codings (N, units)."""
        return codings @ self.V.T + self.c

    def error(self, x: np.ndarray) -> float:
        """Return the mean squared error over objects and values of x (N, D)."""
        return float(np.mean((self.decode(self.encode(x)) - x) ** 2))


def initial(visible: int, units: int, rng: np.random.Generator, dtype: str = "float64") -> LinearAutoencoder:
    """Return uniform weights in [-r, r], r = sqrt(6 / (visible + units)), as tf.layers.dense starts; no biases."""
    r = np.sqrt(6 / (visible + units))
    W, V = (rng.uniform(-r, r, size=shape).astype(dtype) for shape in ((units, visible), (visible, units)))
    return LinearAutoencoder(W, np.zeros(units, dtype), V, np.zeros(visible, dtype))


def gradient(model: LinearAutoencoder, x: np.ndarray) -> tuple[float, list[np.ndarray]]:
    """Return the mean squared error of x (N, D) and its gradients in the order of `LinearAutoencoder.arrays`."""
    codings = model.encode(x)
    difference = model.decode(codings)
    difference -= x
    error = float(np.mean(difference**2))
    difference *= 2 / x.size
    back = difference @ model.V
    return error, [back.T @ x, back.sum(axis=0), difference.T @ codings, difference.sum(axis=0)]


def train(
    model: LinearAutoencoder,
    x: np.ndarray,
    learning_rate: float,
    iterations: int,
    report: Callable[[float, list[np.ndarray]], None] | None = None,
) -> float:
    """Train in place by Adam on all of x (N, D), whose dtype is the precision; return the error after the last step.

    report: called with the error and the gradients before each step.
    """
    adam = Adam(learning_rate)
    for _ in range(iterations):
        error, gradients = gradient(model, x)
        if report:
            report(error, gradients)
        adam.update(model.arrays, gradients)
    return model.error(x)


def principal(x: np.ndarray, units: int) -> LinearAutoencoder:
    """Return the linear autoencoder with the least error on x (N, D): its codings are the principal components.

    (Baldi and Hornik, Neural Networks 2, 1989)
    """
    from sklearn.decomposition import PCA

    found = PCA(units, svd_solver="full").fit(x)
    W, mean = found.components_, found.mean_
    return LinearAutoencoder(W, -W @ mean, W.T, mean)
