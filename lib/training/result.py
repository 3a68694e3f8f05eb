"""What every training returns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from lib.base.endings import ending_of
from lib.base.errors import StudyError
from lib.base.jobs import logger

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
Progress = Callable[[int, float, float], None]  # called with iteration, loss and norm of the gradient


class Evaluation(NamedTuple):
    """Loss, gradient (P,) float64 of an evaluation, and the CPU seconds of the training until its end."""

    loss: float
    gradient: np.ndarray
    seconds: float


class Evaluations(Protocol):
    """Keeps the evaluations of a training, as `lib.training.evaluations.EvaluationLog` does."""

    def next(self, theta: np.ndarray) -> Evaluation | None:
        """Return the stored evaluation at theta (P,), None if it has to be computed."""

    def append(self, theta: np.ndarray, evaluation: Evaluation) -> None:
        """Store an evaluation at theta (P,)."""


class Removable(Protocol):
    """What a training has kept in case that it is killed."""

    def remove(self) -> None:
        """Remove it: the training is complete."""


class Unfinished(NamedTuple):
    """Folder of a model, next to whose parent a training keeps its state, and all that determines its bits."""

    model: Path
    facts: Sequence[Any]


class Iteration(NamedTuple):
    """One row of the history of a training.

    Attributes
    ----------
    iteration : its number; 0 is the start.
    evaluations : evaluations of loss and gradient until its end.
    loss : the sum of the next three, which are NaN if the objective does not state them.
    reconstruction, decay, sparsity : the terms of the loss, as `lib.autoencoder.Loss` defines them.
    gradient_norm : Euclidean norm of the gradient.
    seconds : CPU seconds of the process until its end, the sum over all threads.
    """

    iteration: int
    evaluations: int
    loss: float
    reconstruction: float
    decay: float
    sparsity: float
    gradient_norm: float
    seconds: float


HISTORY_COLUMNS = Iteration._fields


@dataclass
class Training:
    """Result of a training.

    Attributes
    ----------
    theta : parameters (P,), float64.
    loss : last loss, NaN for a learner that minimises none.
    message : why the training ended.
    iterations : iterations of the algorithm, in its last stage.
    evaluations : evaluations of loss and gradient, in all stages of the `Recorder`.
    seconds : CPU seconds of the process in all stages, the sum over all threads.
    history : the start and every iteration of the last stage; empty for a learner that records none.
    """

    theta: np.ndarray
    loss: float
    message: str
    iterations: int
    evaluations: int
    seconds: float
    history: list[Iteration] = field(default_factory=list)


def check_ending(training: Training) -> None:
    """Log how a training ended if that was abnormal. Raises StudyError for parameters that are not finite."""
    if not np.isfinite(training.theta).all():
        raise StudyError(f"training: ended with NaN or infinite parameters ({training.message}), expected finite ones")
    if ending := ending_of(training.message):
        logger.warning("training ended abnormally: %s (%s)", ending.value, training.message)
    if len(training.history) > 1 and training.history[-1].loss > training.history[0].loss:
        first, last = training.history[0].loss, training.history[-1].loss
        logger.warning("training ended with the loss %.6g, which is larger than %.6g at the start", last, first)


class Recorder:
    """Collects the history of a training, and reports its progress.

    A training may have stages. The history is that of the last stage: its iterations count from 0, but evaluations,
    seconds and the iterations that are reported include the earlier stages.

    report: called after each iteration with its number, the loss and the gradient's Euclidean norm.
    log: keeps the evaluations, so that a training that was killed goes on with them.
    unfinished: where a learner keeps the state of a training that makes no such evaluations.
    """

    def __init__(
        self, report: Progress | None = None, log: Evaluations | None = None, unfinished: Unfinished | None = None
    ) -> None:
        self.history: list[Iteration] = []
        self.evaluations = 0
        self.unfinished = unfinished
        self.kept: list[Removable] = []  # what the learner keeps, which is removed once the result is on the disk
        self._report, self._log = report, log
        self._earlier = 0  # iterations of earlier stages
        self._start = time.process_time()

    def evaluate(self, objective: Objective, theta: np.ndarray) -> tuple[float, np.ndarray]:
        """Return loss and gradient at theta (P,), and count the evaluation. One that the log holds is not computed."""
        stored = self._log.next(theta) if self._log else None
        if stored is not None:
            loss, gradient, seconds = stored
            self._start = time.process_time() - seconds
        else:
            loss, gradient = objective(theta)
            if self._log:
                self._log.append(theta, Evaluation(loss, gradient, self.seconds))
        self.evaluations += 1
        return loss, gradient

    @property
    def seconds(self) -> float:
        """CPU seconds of this process and its threads since the recorder was made."""
        return time.process_time() - self._start

    @property
    def iterations(self) -> int:
        """Iterations of the last stage."""
        return max(0, len(self.history) - 1)  # row 0 is the start

    def start_stage(self) -> None:
        """Begin the history of another stage; counts and seconds go on."""
        self._earlier += self.iterations
        self.history = []

    def record(self, loss: float, gradient_norm: float) -> None:
        """Add the row of an iteration; the first row of a stage is its start, which is not reported.

        loss: a number; the terms that it has as a `lib.autoencoder.Loss` are recorded with it.
        """
        iteration = len(self.history)
        row = Iteration(
            iteration,
            self.evaluations,
            float(loss),
            **{term: getattr(loss, term, np.nan) for term in ("reconstruction", "decay", "sparsity")},
            gradient_norm=gradient_norm,
            seconds=self.seconds,
        )
        self.history.append(row)
        if self._report and iteration:
            self._report(self._earlier + iteration, row.loss, gradient_norm)

    def training(self, theta: np.ndarray, loss: float, message: str) -> Training:
        """The result of a training that ends with theta, loss and message."""
        counts = self.iterations, self.evaluations, self.seconds
        return Training(theta, float(loss), message, *counts, self.history)
