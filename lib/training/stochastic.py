"""One loop for everything that is trained on mini-batches with PyTorch.

Wrappers such as skorch and Lightning have loops, too, but do work for every batch. For a small network the batch itself
is not much more: for 192-75-10 units, skorch 1.4 takes 2.1 times the CPU time of a bare loop, and this one 0.9
times, because the steps of its optimisers are compiled. `benchmarks.stochastic` compares it with a bare loop.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.base.jobs import logger
from lib.networks.modules import decayed
from lib.networks.state import move
from lib.training.checkpoints import Checkpoint
from lib.training.examples import Examples, batches
from lib.training.objectives import Objective
from lib.training.optimisation import Epoch, Optimisation
from lib.training.optimisers import optimiser_of, schedule_of
from lib.training.reproducibility import reproducible

SECONDS_BETWEEN_REPORTS = 0.5
EVALUATED = 1_000  # objects of a batch without gradients

Report = Callable[[int, float], None]  # called with the number of updates and the loss of the last batch


@dataclass(frozen=True)
class Run:
    """Where and how a training runs; nothing here but the seed and the device changes its result.

    Attributes
    ----------
    seed : of the order of objects and of all that is random in the network.
    compute : the device and the number of threads. Several threads may add in another order than one thread.
    report : shows the progress, see `lib.training.progress.stochastic_progress`.
    checkpoint : keeps the state, so that a killed training goes on.
    """

    seed: int = 0
    compute: Compute = field(default_factory=Compute)
    report: Report | None = None
    checkpoint: Checkpoint | None = None


@dataclass(frozen=True)
class Fitted:
    """Result of a training. The network itself has the trained weights.

    Attributes
    ----------
    history : one row per epoch.
    best : epoch whose weights the network has.
    message : why the training ended.
    """

    history: list[Epoch]
    best: int
    message: str


class Means(NamedTuple):
    """Terms of an objective, see `lib.training.objectives.Terms`, means over all objects."""

    error: float
    measure: float
    sparsity: float


class _State:
    """All that changes during a training: it can be stored and restored."""

    def __init__(self, network: nn.Module, settings: Optimisation, updates: int, device: torch.device) -> None:
        self.network = network
        self.optimiser = optimiser_of(network, settings)
        self.schedule = schedule_of(self.optimiser, settings, updates)
        self.history: list[Epoch] = []
        self.update = 0  # in all epochs
        self.sums = torch.zeros(3, dtype=torch.float64, device=device)  # of error, sparsity, measure
        self.best, self.lowest = 0, math.inf
        self.best_weights: dict[str, Tensor] = {}
        self.mean = AveragedModel(network, use_buffers=True) if settings.averaged_epochs else None
        self._start = time.process_time()

    @property
    def seconds(self) -> float:
        """CPU seconds of the training, those before an interruption included."""
        return time.process_time() - self._start

    def stored(self) -> dict[str, Any]:
        """Return the state as nested lists and dictionaries of tensors and numbers."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict() if self.schedule else {},
            "generators": [torch.get_rng_state(), *torch.cuda.get_rng_state_all()],
            "history": [list(epoch) for epoch in self.history],
            "progress": [self.update, self.best, self.lowest, self.seconds],
            "sums": self.sums,
            "best_weights": self.best_weights,
            "mean": self.mean.state_dict() if self.mean else {},
        }

    def restore(self, stored: dict[str, Any]) -> None:
        """Continue from a stored state."""
        self.network.load_state_dict(stored["network"])
        self.optimiser.load_state_dict(stored["optimiser"])
        if self.schedule:
            self.schedule.load_state_dict(stored["schedule"])
        torch.set_rng_state(stored["generators"][0])
        if len(stored["generators"]) > 1:
            torch.cuda.set_rng_state_all(stored["generators"][1:])
        self.history = [Epoch(*row) for row in stored["history"]]
        self.update, self.best, self.lowest, seconds = stored["progress"]
        self.sums.copy_(stored["sums"])
        self.best_weights = stored["best_weights"]
        if self.mean:
            self.mean.load_state_dict(stored["mean"])
        self._start = time.process_time() - seconds


def train(
    network: nn.Module,
    objective: Objective,
    training: Examples,
    validation: Examples | None,
    settings: Optimisation,
    run: Run | None = None,
) -> Fitted:
    """Train a network on mini-batches and leave it on the CPU, in the mode of inference.

    Parameters
    ----------
    network : is changed in place.
    objective : what is minimised and measured, such as `lib.training.objectives.classification`.
    training : what to learn from.
    validation : objects for the early stop and the history, which the training never sees; None for none.
    settings, run : how and where to train. A checkpoint is removed by the caller, once the result is on the disk.

    Raises StudyError if there is nothing to learn from, or if the loss is not finite.
    """
    run = run or Run()
    if len(training) == 0 or (validation is not None and len(validation) == 0):
        raise StudyError("there is no object to learn from or to validate with, expected at least 1")
    if settings.patience and validation is None:
        raise StudyError(f"patience is {settings.patience} without validation objects, expected 0 or some of them")
    with reproducible(run.compute, run.seed) as device:
        move(network, device, torch.channels_last)
        state = _State(network, settings, len(batches(len(training), settings.batch_size, run.seed)), device)
        stored = run.checkpoint.load() if run.checkpoint else None
        if stored is not None:
            state.restore(stored)
            logger.info("continuing after %d updates of an interrupted run", state.update)
        message = f"ran all {settings.epochs} epochs"
        while len(state.history) < settings.epochs:
            if settings.patience and len(state.history) - state.best >= settings.patience:
                message = f"stopped early: no lower validation loss in {settings.patience} epochs"
                break
            _run_epoch(state, objective, training, settings, run, device)
            _end_epoch(state, objective, validation, settings, device, len(training))
        if state.best_weights:
            network.load_state_dict(state.best_weights)
        if state.mean:
            network.load_state_dict(state.mean.module.state_dict())
        move(network.eval(), "cpu", torch.contiguous_format)
    return Fitted(state.history, state.best or len(state.history), message)


def _run_epoch(
    state: _State, objective: Objective, training: Examples, settings: Optimisation, run: Run, device: torch.device
) -> None:
    """Make the updates of an epoch, from the one on at which the state is."""
    order = batches(len(training), settings.batch_size, run.seed, "batches", len(state.history))
    reported = time.monotonic()
    state.network.train()
    for rows in order[state.update - len(state.history) * len(order) :]:
        inputs, targets = training.batch(rows, device)
        state.optimiser.zero_grad()
        terms = objective(state.network, inputs, targets)
        loss = terms.error if terms.sparsity is None else terms.error + terms.sparsity
        loss.backward()
        state.optimiser.step()
        if state.schedule and settings.schedule == "one_cycle" and state.update + 1 < len(order) * settings.epochs:
            state.schedule.step()
        state.update += 1
        sparsity = torch.zeros_like(loss) if terms.sparsity is None else terms.sparsity
        state.sums.add_(torch.stack([terms.error, sparsity, terms.measure]).detach(), alpha=len(rows))
        if run.checkpoint and run.checkpoint.due():
            run.checkpoint.save(state.stored())
        now = time.monotonic()
        if run.report and (now - reported >= SECONDS_BETWEEN_REPORTS or state.update % len(order) == 0):
            run.report(state.update, float(loss.detach()))
            reported = now


def _end_epoch(
    state: _State,
    objective: Objective,
    validation: Examples | None,
    settings: Optimisation,
    device: torch.device,
    objects: int,
) -> None:
    """Validate, add the row of the epoch to the history, and keep the weights if they are the best or averaged ones."""
    number, network = len(state.history) + 1, state.network
    if state.mean and number > settings.epochs - settings.averaged_epochs:
        state.mean.update_parameters(network)
        network = state.mean.module
    rate = state.optimiser.param_groups[0]["lr"]
    if state.schedule and settings.schedule != "one_cycle":
        state.schedule.step()
    error, sparsity, measure = (state.sums / objects).tolist()
    decay = 0.0
    if settings.optimiser != "adamw":  # which shrinks weights apart from the loss
        with torch.no_grad():
            decay = settings.weight_decay / 2 * sum(float((w.double() ** 2).sum()) for w in decayed(state.network))
    validated: tuple[float, float] = (math.nan, math.nan)
    if validation:
        validated = measured(network, objective, validation, device)[:2]
    row = Epoch(
        number, state.update, rate, error + decay + sparsity, error, decay, sparsity, measure, *validated, state.seconds
    )
    for name, found in (("loss", row.loss), ("validation loss", row.validation_loss if validation else 0.0)):
        if not math.isfinite(found):
            advice = f"learning_rate is {settings.learning_rate:g}: try a lower one"
            raise StudyError(f"the {name} is {found} in epoch {number}, expected a finite number; {advice}")
    state.history.append(row)
    state.sums.zero_()
    if settings.patience and row.validation_loss < state.lowest:
        state.best, state.lowest = number, row.validation_loss
        state.best_weights = {name: value.clone() for name, value in state.network.state_dict().items()}


@torch.no_grad()
def measured(network: nn.Module, objective: Objective, examples: Examples, device: torch.device) -> Means:
    """Return the terms of an objective, means over all objects, in the mode of inference."""
    network.eval()
    error = measure = sparsity = 0.0
    for start in range(0, len(examples), EVALUATED):
        rows = slice(start, min(start + EVALUATED, len(examples)))
        terms = objective(network, *examples.batch(rows, device))
        error += (rows.stop - start) * float(terms.error)
        measure += (rows.stop - start) * float(terms.measure)
        sparsity += (rows.stop - start) * float(terms.sparsity or 0)
    return Means(error / len(examples), measure / len(examples), sparsity / len(examples))


def outputs(
    function: Callable[[Tensor], Tensor], examples: Examples, compute: Compute, size: int = EVALUATED
) -> Iterator[np.ndarray]:
    """Yield what a function makes of all objects, batch by batch, such as a network in the mode of inference.

    function: takes prepared inputs (size, ...) on the device of `compute`, and returns one row for each.
    """
    with reproducible(compute, 0) as device, torch.no_grad():
        for start in range(0, len(examples), size):
            yield function(examples.batch(slice(start, start + size), device)[0]).cpu().numpy()
