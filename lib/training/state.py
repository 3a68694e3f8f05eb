"""All that changes while a network is trained on mini-batches. A training that was interrupted goes on from it."""

from __future__ import annotations

import math
import time
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from lib.base.errors import StudyError
from lib.networks.modules import decayed
from lib.training.inference import Means
from lib.training.objectives import Terms
from lib.training.optimisation import Epoch, Optimisation
from lib.training.optimisers import optimiser_of, schedule_of


class State:
    """All that changes during a training: it can be stored and restored."""

    def __init__(self, network: nn.Module, settings: Optimisation, updates: int, device: torch.device) -> None:
        self.network = network
        self.settings = settings
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

    def end_batch(self, terms: Terms, objects: int, last: bool) -> None:
        """Update the weights along their gradient, and add the terms of a batch to those of its epoch.

        last: whether this is the last update of the training, after which no schedule changes the learning rate.
        """
        self.optimiser.step()
        if self.schedule and self.settings.schedule == "one_cycle" and not last:
            self.schedule.step()
        self.update += 1
        sparsity = torch.zeros_like(terms.error) if terms.sparsity is None else terms.sparsity
        self.sums.add_(torch.stack([terms.error, sparsity, terms.measure]).detach(), alpha=objects)

    def average(self) -> nn.Module:
        """Add the weights of an epoch to their mean if it is one of the last ones; return the network to validate."""
        if self.mean and len(self.history) >= self.settings.epochs - self.settings.averaged_epochs:
            self.mean.update_parameters(self.network)
            return self.mean.module
        return self.network

    def end_epoch(self, objects: int, validated: Means | None) -> None:
        """Add the row of an epoch to the history, and keep the weights if an early stop may return to them.

        objects: those of the epoch. validated: terms on the validation objects, None without any.

        Raises StudyError if a loss is not finite.
        """
        rate = self.optimiser.param_groups[0]["lr"]
        if self.schedule and self.settings.schedule != "one_cycle":
            self.schedule.step()
        error, sparsity, measure = (self.sums / objects).tolist()
        self.sums.zero_()
        number, decay = len(self.history) + 1, self._decay()
        on_validation = validated[:2] if validated else (math.nan, math.nan)
        losses = error, decay, sparsity, measure
        row = Epoch(number, self.update, rate, error + decay + sparsity, *losses, *on_validation, self.seconds)
        for name, found in (("loss", row.loss), ("validation loss", row.validation_loss if validated else 0.0)):
            if not math.isfinite(found):
                advice = f"learning_rate is {self.settings.learning_rate:g}: try a lower one"
                raise StudyError(f"the {name} is {found} in epoch {number}, expected a finite number; {advice}")
        self.history.append(row)
        if self.settings.patience and row.validation_loss < self.lowest:
            self.best, self.lowest = number, row.validation_loss
            self.best_weights = {name: value.clone() for name, value in self.network.state_dict().items()}

    @torch.no_grad()
    def _decay(self) -> float:
        """Return the L2 penalty on the weights."""
        if self.settings.optimiser == "adamw":  # which shrinks weights apart from the loss
            return 0.0
        return self.settings.weight_decay / 2 * sum(float((w.double() ** 2).sum()) for w in decayed(self.network))

    def finish(self) -> None:
        """Give the network the weights of its result: the best, the averaged or the last ones."""
        if self.best_weights:
            self.network.load_state_dict(self.best_weights)
        if self.mean:
            self.network.load_state_dict(self.mean.module.state_dict())
