"""Settings of a stochastic training and its history: plain data, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import Any, NamedTuple

from lib.base.errors import StudyError, hint_of_name

OPTIMISERS = ("sgd", "adam", "adamw", "adagrad", "adadelta", "rmsprop")
SCHEDULES = ("constant", "step", "cosine", "one_cycle")


@dataclass(frozen=True)
class Optimisation:
    """How a network is trained on mini-batches.

    Attributes
    ----------
    optimiser : one of `OPTIMISERS`.
    learning_rate : of the optimiser; the highest one of a schedule.
    momentum : of sgd; 0 for none.
    nesterov : whether sgd looks ahead along its momentum (Nesterov) instead of the classical form.
    weight_decay : strength of the L2 penalty ``weight_decay / 2 · Σ w²`` on weights, not on biases; adamw shrinks the
        weights by ``learning_rate · weight_decay`` instead (Loshchilov and Hutter, ICLR 2019).
    schedule : "constant"; "step", which multiplies the learning rate by `step_factor` after every `step_epochs`
        epochs; "cosine", which lowers it to 0 over all epochs; "one_cycle", which raises it to `learning_rate` in the
        first 30 % of all updates and then lowers it to almost 0 (Smith and Topin, 2017).
    step_epochs, step_factor : of the schedule "step".
    batch_size : objects of an update.
    epochs : times that all objects are seen, at most.
    patience : epochs without a lower validation loss after which the training ends. The result then has the weights of
        the lowest one. 0: all epochs are run, and the last weights are kept.
    averaged_epochs : last epochs whose weights are averaged (stochastic weight averaging, Izmailov et al., UAI 2018).
        The result has the mean of the weights after each of them, and of the statistics of batch normalisation; the
        validation after these epochs is that of the mean so far. 0: the last weights.

    Raises StudyError if a value has no meaning.
    """

    optimiser: str = "adam"
    learning_rate: float = 0.001
    momentum: float = 0.0
    nesterov: bool = False
    weight_decay: float = 1e-4
    schedule: str = "constant"
    step_epochs: int = 10
    step_factor: float = 0.1
    batch_size: int = 128
    epochs: int = 20
    patience: int = 0
    averaged_epochs: int = 0

    def __post_init__(self) -> None:
        def expect(right: bool, key: str, expected: str, hint: str = "") -> None:
            if not right:
                raise StudyError(f"{key} is {getattr(self, key)}{hint}, expected {expected}")

        for key, known in (("optimiser", OPTIMISERS), ("schedule", SCHEDULES)):
            found = getattr(self, key)
            expect(found in known, key, f"one of {', '.join(known)}", hint_of_name(found, known))
        for key in ("learning_rate", "step_factor"):
            expect(0 < getattr(self, key) < float("inf"), key, "a number above 0")
        expect(0 <= self.weight_decay < float("inf"), "weight_decay", "a number of at least 0")
        for least, keys in ((1, ("step_epochs", "batch_size", "epochs")), (0, ("patience", "averaged_epochs"))):
            for key in keys:
                expect(getattr(self, key) >= least, key, f"a whole number of at least {least}")
        expect(0 <= self.momentum < 1, "momentum", "a number of at least 0 and below 1")
        expect(self.momentum == 0 or self.optimiser == "sgd", "momentum", f"0: optimiser is {self.optimiser}, not sgd")
        most = 0 if self.patience else self.epochs
        reason = f"patience is {self.patience}" if self.patience else f"epochs is {self.epochs}"
        expect(self.averaged_epochs <= most, "averaged_epochs", f"at most {most}: {reason}")
        expect(not self.nesterov or self.momentum > 0, "nesterov", "false: momentum is 0")


class Epoch(NamedTuple):
    """One row of the history of a stochastic training.

    Attributes
    ----------
    epoch : its number, from 1.
    updates : updates of the weights until its end.
    learning_rate : at its end.
    loss : mean over its batches, the sum of the next three.
    error, sparsity : the terms of the objective.
    decay : the L2 penalty at the end of the epoch.
    training : the measure on the training objects, as they were seen during the epoch.
    validation_loss, validation : error and measure on the validation objects after the epoch, NaN without any.
    seconds : CPU seconds of the process until its end, the sum over all threads.
    """

    epoch: int
    updates: int
    learning_rate: float
    loss: float
    error: float
    decay: float
    sparsity: float
    training: float
    validation_loss: float
    validation: float
    seconds: float


@dataclass(frozen=True)
class NetworkRecord:
    """What is known about a network that a classifier has trained.

    Attributes
    ----------
    parameters : number of learned parameters, the first layers included.
    multiply_adds : multiplications with weights for one object.
    training_accuracy : of the trained network on the objects that it learned from, without dropout and distortions.
    best : epoch whose weights the network has.
    history : one row per epoch.
    """

    parameters: int
    multiply_adds: int
    training_accuracy: float
    best: int
    history: list[Epoch]

    def plain(self) -> dict[str, Any]:
        """Return the record as JSON can hold it, None for what was not measured."""
        rows = [
            {key: None if isinstance(value, float) and isnan(value) else value for key, value in row._asdict().items()}
            for row in self.history
        ]
        named = {key: getattr(self, key) for key in ("parameters", "multiply_adds", "training_accuracy", "best")}
        return {**named, "history": rows}
