"""Steps of gradient descent for NumPy arrays, and the rules that end it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Arrays = Sequence[np.ndarray]


class Adam:
    """Adam with the constants of its authors (Kingma and Ba, ICLR 2015)."""

    def __init__(self, learning_rate: float) -> None:
        self.learning_rate, self._step = learning_rate, 0
        self._means: list[np.ndarray] = []
        self._squares: list[np.ndarray] = []

    def update(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place against the gradients of a loss; both are lists of equal shapes."""
        if not self._means:
            self._means, self._squares = ([np.zeros_like(p) for p in parameters] for _ in range(2))
        self._step += 1
        rate = self.learning_rate * np.sqrt(1 - 0.999**self._step) / (1 - 0.9**self._step)
        for p, g, mean, square in zip(parameters, gradients, self._means, self._squares, strict=True):
            mean += 0.1 * (g - mean)
            square += 0.001 * (g**2 - square)
            p -= rate * mean / (np.sqrt(square) + 1e-8)


@dataclass(frozen=True)
class Gains:
    """Factors of the learning rate, one per parameter (Hinton's adaptive rates, Coursera lecture 6d, 2012).

    Attributes
    ----------
    low, high : limits of a gain.
    bonus : added to a gain while the gradient of its parameter keeps its sign.
    penalty : a gain is multiplied by it when the sign changes.
    """

    low: float
    high: float
    bonus: float
    penalty: float

    def updated(self, gain: np.ndarray, gradient: np.ndarray, previous: np.ndarray) -> np.ndarray:
        """Return the gains after two gradients, all of one shape. A gain whose gradient is 0 stays."""
        product = gradient * previous
        changed = np.where(product > 0, gain + self.bonus, np.where(product < 0, gain * self.penalty, gain))
        return np.clip(changed, self.low, self.high)


class Momentum:
    """Gradient descent with momentum and, if given, a gain per parameter."""

    def __init__(self, learning_rate: float, momentum: float = 0.0, gains: Gains | None = None) -> None:
        self.learning_rate, self.momentum, self.gains = learning_rate, momentum, gains
        self._steps: list[np.ndarray] = []
        self._gain: list[np.ndarray] = []
        self._previous: list[np.ndarray] = []

    def update(self, parameters: Arrays, gradients: Arrays) -> None:
        """Change the parameters in place against the gradients of a loss; both are lists of equal shapes."""
        if not self.momentum and not self.gains:  # nothing to keep from step to step
            for p, g in zip(parameters, gradients, strict=True):
                p -= self.learning_rate * g
            return
        if not self._steps:
            self._steps, self._previous = ([np.zeros_like(p) for p in parameters] for _ in range(2))
            self._gain = [np.ones_like(p) for p in parameters]
        for place, (p, g, step) in enumerate(zip(parameters, gradients, self._steps, strict=True)):
            step *= self.momentum
            if self.gains:
                self._gain[place] = self.gains.updated(self._gain[place], g, self._previous[place])
                self._previous[place] = g.copy()
                step -= self.learning_rate * self._gain[place] * g
            else:
                step -= self.learning_rate * g
            p += step


@dataclass(frozen=True)
class StopRule:
    """When a training ends.

    Attributes
    ----------
    epochs : most epochs.
    factor : the training ends when the validation error exceeds its minimum by more than this share of it.
    error : the training ends when the training error is at most this.
    change : the training ends when the training error changes by less than this in an epoch; 0 for never.
    """

    epochs: int
    factor: float = np.inf
    error: float = -np.inf
    change: float = 0.0

    def reason(self, training: Sequence[float], validation: Sequence[float]) -> str | None:
        """Return why a training ends, None if it goes on. Both are the errors after each epoch, the latest last."""
        if validation and validation[-1] > min(validation) * (1 + self.factor):
            return "the validation error grew"
        if training and training[-1] <= self.error:
            return "the error is small enough"
        if len(training) > 1 and abs(training[-1] - training[-2]) < self.change:
            return "the error hardly changed"
        return "stopped by its limit" if len(training) >= self.epochs else None
