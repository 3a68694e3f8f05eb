"""What a stochastic training minimises and measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.base.errors import StudyError, hint_of_name
from lib.networks.modules import penalty_of

RECONSTRUCTION_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "binary_cross_entropy": functional.binary_cross_entropy,
}


class Terms(NamedTuple):
    """Terms of the loss of a batch, and a measure of it: each a mean over its objects, a tensor without dimensions.

    The loss is the sum of error and sparsity.
    """

    error: Tensor
    measure: Tensor
    sparsity: Tensor | None = None


# Called with a network, its inputs (N, ...) and targets (N, ...).
Objective = Callable[[nn.Module, Tensor, Tensor], Terms]


def classification(network: nn.Module, images: Tensor, classes: Tensor) -> Terms:
    """Return the cross-entropy of the network's logits with classes (N,), int64, and the accuracy."""
    logits = network(images)
    right = (logits.detach().argmax(dim=1) == classes).float().mean()
    return Terms(functional.cross_entropy(logits, classes), right, penalty_of(network))


@dataclass(frozen=True)
class Corruption:
    """Noise that the inputs of a denoising autoencoder get in training; its targets stay clean.

    kind: "gaussian" adds N(0, level²); "dropout" drops values with the probability `level` and divides the others by
    its complement; "zeros" makes a share `level` of the pixels black, and "random" gives them random intensities. A
    pixel changes in all channels. black, white: the range of intensities (Vincent et al., JMLR 11, 2010).
    """

    kind: str
    level: float
    black: float = 0.0
    white: float = 1.0

    def __call__(self, inputs: Tensor) -> Tensor:
        """Return inputs (N, features) or (N, channels, height, width) with noise from PyTorch's global generator."""
        if self.kind == "gaussian":
            return inputs + self.level * torch.randn_like(inputs)
        if self.kind == "dropout":
            return functional.dropout(inputs, self.level)
        noise = torch.full_like(inputs, self.black)
        if self.kind == "random":
            noise = self.black + (self.white - self.black) * torch.rand_like(inputs)
        pixels = inputs[:, :1] if inputs.ndim == 4 else inputs
        return torch.where(torch.rand_like(pixels) < self.level, noise, inputs)


@dataclass(frozen=True)
class Reconstruction:
    """The error of an autoencoder's output, a mean over all values; the measure is the mean squared error.

    loss: a name in `RECONSTRUCTION_LOSSES`; binary_cross_entropy takes outputs and targets within [0, 1].
    corruption: of the inputs in training. Raises StudyError for an unknown loss.
    """

    loss: str = "mse"
    corruption: Corruption | None = None

    def __post_init__(self) -> None:
        if self.loss not in RECONSTRUCTION_LOSSES:
            known = ", ".join(RECONSTRUCTION_LOSSES)
            hint = hint_of_name(self.loss, RECONSTRUCTION_LOSSES)
            raise StudyError(f"loss is {self.loss}{hint}, expected one of {known}")

    def __call__(self, network: nn.Module, inputs: Tensor, targets: Tensor) -> Terms:
        if self.corruption and network.training:
            inputs = self.corruption(inputs)
        outputs = network(inputs)
        error = RECONSTRUCTION_LOSSES[self.loss](outputs, targets)
        measure = error if self.loss == "mse" else functional.mse_loss(outputs, targets)
        return Terms(error, measure.detach(), penalty_of(network))
