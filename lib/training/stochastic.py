"""One loop for everything that is trained on mini-batches with PyTorch.

Wrappers such as skorch and Lightning have loops, too, but do work for every batch. For a small network the batch itself
is not much more: for 192-75-10 units, skorch 1.4 takes 2.1 times the CPU time of a bare loop, and this one 0.9
times, because the steps of its optimisers are compiled. `benchmarks.stochastic` compares it with a bare loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import nn

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.base.jobs import logger
from lib.networks.state import move
from lib.training.checkpoints import Checkpoint
from lib.training.examples import Examples, batches
from lib.training.inference import measured
from lib.training.objectives import Objective
from lib.training.optimisation import Epoch, Optimisation
from lib.training.reproducibility import reproducible
from lib.training.state import State

SECONDS_BETWEEN_REPORTS = 0.5

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
        state = State(network, settings, len(batches(len(training), settings.batch_size, run.seed)), device)
        stored = run.checkpoint.load() if run.checkpoint else None
        if stored is not None:
            state.restore(stored)
            logger.info("continuing after %d updates of an interrupted run", state.update)
        message = f"ran all {settings.epochs} epochs"
        while len(state.history) < settings.epochs:
            if settings.patience and len(state.history) - state.best >= settings.patience:
                message = f"stopped early: no lower validation loss in {settings.patience} epochs"
                break
            _run_epoch(state, objective, training, run, device)
            network_so_far = state.average()
            validated = measured(network_so_far, objective, validation, device) if validation else None
            state.end_epoch(len(training), validated)
        state.finish()
        move(network.eval(), "cpu", torch.contiguous_format)
    return Fitted(state.history, state.best or len(state.history), message)


def _run_epoch(state: State, objective: Objective, training: Examples, run: Run, device: torch.device) -> None:
    """Make the updates of an epoch, from the one on at which the state is."""
    order = batches(len(training), state.settings.batch_size, run.seed, "batches", len(state.history))
    reported = time.monotonic()
    state.network.train()
    for rows in order[state.update - len(state.history) * len(order) :]:
        inputs, targets = training.batch(rows, device)
        state.optimiser.zero_grad()
        terms = objective(state.network, inputs, targets)
        loss = terms.error if terms.sparsity is None else terms.error + terms.sparsity
        loss.backward()
        state.end_batch(terms, len(rows), last=state.update + 1 == len(order) * state.settings.epochs)
        if run.checkpoint and run.checkpoint.due():
            run.checkpoint.save(state.stored())
        now = time.monotonic()
        if run.report and (now - reported >= SECONDS_BETWEEN_REPORTS or state.update % len(order) == 0):
            run.report(state.update, float(loss.detach()))
            reported = now
