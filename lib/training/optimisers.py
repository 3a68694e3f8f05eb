"""Optimisers and schedules of PyTorch for the settings of a training."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, OneCycleLR, StepLR

from lib.base.errors import StudyError
from lib.networks.modules import decayed
from lib.training.optimisation import Optimisation

FEWEST_IN_CYCLE = 10  # updates; fewer leave no room for its two phases


def optimiser_of(network: nn.Module, settings: Optimisation) -> torch.optim.Optimizer:
    """Return the optimiser of a network's parameters, with weight decay on its weights."""
    weights = list(decayed(network))
    known = {id(weight) for weight in weights}
    others = [value for value in network.parameters() if id(value) not in known]
    groups = [{"params": weights, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    groups, rate = [group for group in groups if group["params"]], settings.learning_rate
    # One compiled step for all parameters: of the updates of a small network, Python's steps take half of the time.
    fused = all(value.device.type == "cpu" for value in network.parameters())
    match settings.optimiser:
        case "sgd":
            momentum, ahead = settings.momentum, settings.nesterov
            return torch.optim.SGD(groups, rate, momentum=momentum, nesterov=ahead, fused=fused)
        case "adam":
            return torch.optim.Adam(groups, rate, fused=fused)
        case "adamw":
            return torch.optim.AdamW(groups, rate, fused=fused)
        case "adagrad":
            return torch.optim.Adagrad(groups, rate, fused=fused)
        case "adadelta":
            return torch.optim.Adadelta(groups, rate, rho=0.95)  # of the paper (Zeiler, 2012) and of Keras
        case _:
            return torch.optim.RMSprop(groups, rate, alpha=0.9)  # of its first description (Hinton, 2012) and of Keras


def schedule_of(optimiser: torch.optim.Optimizer, settings: Optimisation, updates: int) -> Any:
    """Return the schedule of the learning rate, None for a constant one. updates: of an epoch.

    "one_cycle" makes its steps after each update, every other schedule after each epoch. Raises StudyError if there are
    too few updates for one cycle.
    """
    if settings.schedule == "step":
        return StepLR(optimiser, settings.step_epochs, settings.step_factor)
    if settings.schedule == "cosine":
        return CosineAnnealingLR(optimiser, settings.epochs)
    if settings.schedule == "one_cycle":
        if updates * settings.epochs < FEWEST_IN_CYCLE:
            found = f"schedule is one_cycle with {updates * settings.epochs} updates in all"
            raise StudyError(f"{found}, expected at least {FEWEST_IN_CYCLE}")
        return OneCycleLR(optimiser, settings.learning_rate, updates * settings.epochs, cycle_momentum=False)
    return None
