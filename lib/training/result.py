"""What every training returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

HISTORY_COLUMNS = ("iteration", "evaluations", "loss", "gradient_norm", "seconds")
Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
Progress = Callable[[int, float, float], None]  # called with iteration, loss and norm of the gradient


@dataclass
class Training:
    """Result of a training: parameters, last loss, and a row of `HISTORY_COLUMNS` for each iteration."""

    theta: np.ndarray
    loss: float
    message: str
    evaluations: int
    seconds: float
    history: list[tuple[int, int, float, float, float]] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return max(0, len(self.history) - 1)  # row 0 is the start
