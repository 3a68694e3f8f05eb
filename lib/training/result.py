"""What every training returns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

HISTORY_COLUMNS = ("iteration", "evaluations", "loss", "gradient_norm", "seconds")
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
Progress = Callable[[int, float, float], None]  # called with iteration, loss and norm of the gradient


@dataclass
class Training:
    """Result of a training: parameters, last loss, and a row of `HISTORY_COLUMNS` for each iteration.

    Evaluations and seconds include earlier stages of the same `Recorder`.
    """

    theta: np.ndarray
    loss: float
    message: str
    evaluations: int
    seconds: float
    history: list[tuple[int, int, float, float, float]] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return max(0, len(self.history) - 1)  # row 0 is the start


class Recorder:
    """Collects the history of a training, and reports its progress.

    A training may have stages. The history is that of the last stage: its iterations count from 0, but evaluations,
    seconds and the iterations that are reported include the earlier stages.

    report: called after each iteration with its number, the loss and the gradient's Euclidean norm.
    """

    def __init__(self, report: Progress | None = None) -> None:
        self.history: list[tuple[int, int, float, float, float]] = []
        self.evaluations = 0  # an optimiser counts its evaluations here
        self._report = report
        self._earlier = 0  # iterations of earlier stages
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the recorder was made."""
        return time.perf_counter() - self._start

    def start_stage(self) -> None:
        """Begin the history of another stage; counts and seconds go on."""
        self._earlier += max(0, len(self.history) - 1)
        self.history = []

    def record(self, loss: float, gradient_norm: float) -> None:
        """Add the row of an iteration; the first row of a stage is its start, which is not reported."""
        iteration = len(self.history)
        self.history.append((iteration, self.evaluations, loss, gradient_norm, self.seconds))
        if self._report and iteration:
            self._report(self._earlier + iteration, loss, gradient_norm)

    def training(self, theta: np.ndarray, loss: float, message: str) -> Training:
        """The result of a training that ends with theta, loss and message."""
        return Training(theta, loss, message, self.evaluations, self.seconds, self.history)
