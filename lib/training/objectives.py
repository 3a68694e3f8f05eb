"""What a stochastic training minimises and measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.base.errors import StudyError, hint_of_name
from lib.networks.convolutional import ConvAutoEncoder
from lib.networks.description import Description
from lib.networks.steps import Activation

RECONSTRUCTION_LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mse": functional.mse_loss,
    "l1": functional.l1_loss,
    "binary_cross_entropy": functional.binary_cross_entropy,
}
LEAST_SPARSE_BATCH = 500  # the mean activations of a smaller batch say little about all objects
_SMALLEST_MEAN = 1e-6  # of an activation, in the logarithms


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
    return Terms(functional.cross_entropy(logits, classes), (logits.detach().argmax(dim=1) == classes).float().mean())


@dataclass(frozen=True)
class Sparsity:
    """A penalty ``beta · Σ_j KL(rho ‖ ρ_j)``, where ρ_j is the mean activation of unit or map j over a batch.

    KL(ρ ‖ ρ_j) = ρ log(ρ / ρ_j) + (1 − ρ) log((1 − ρ) / (1 − ρ_j)); activations are within [0, 1].
    """

    rho: float = 0.05
    beta: float = 1.0

    def __call__(self, activations: Tensor) -> Tensor:
        """Return the penalty of activations (N, units) or (N, maps, height, width)."""
        axes = [axis for axis in range(activations.ndim) if axis != 1]
        mean = activations.mean(dim=axes).clamp(_SMALLEST_MEAN, 1 - _SMALLEST_MEAN)
        rho = torch.as_tensor(self.rho, dtype=mean.dtype, device=mean.device)
        divergence = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
        return self.beta * divergence.sum()


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

    loss: a name in `RECONSTRUCTION_LOSSES`. sparsity: a penalty of the code. corruption: of the inputs in training.
    """

    loss: str = "mse"
    sparsity: Sparsity | None = None
    corruption: Corruption | None = None

    def __call__(self, network: nn.Module, inputs: Tensor, targets: Tensor) -> Terms:
        if self.corruption and network.training:
            inputs = self.corruption(inputs)
        if self.sparsity is None:
            outputs, sparsity = network(inputs), None
        else:
            assert isinstance(network, ConvAutoEncoder)
            code = network.encode(inputs)
            outputs, sparsity = network.decode(*code), self.sparsity(code.values)
        error = RECONSTRUCTION_LOSSES[self.loss](outputs, targets)
        measure = error if self.loss == "mse" else functional.mse_loss(outputs, targets)
        return Terms(error, measure.detach(), sparsity)

    def require_fits(self, encoder: Description, decoder: Description, batch_size: int) -> None:
        """Raise StudyError if the loss or the penalty is undefined for an autoencoder, or the batch is too small."""
        if self.loss not in RECONSTRUCTION_LOSSES:
            known = ", ".join(RECONSTRUCTION_LOSSES)
            hint = hint_of_name(self.loss, RECONSTRUCTION_LOSSES)
            raise StudyError(f"loss is {self.loss}{hint}, expected one of {known}")
        ends = decoder.layers[-1] if decoder.layers else None
        if self.loss == "binary_cross_entropy" and ends != Activation("sigmoid"):
            raise StudyError("loss is binary_cross_entropy, expected a decoder that ends with sigmoid for it")
        if self.sparsity is None:
            return
        if not encoder.layers or encoder.layers[-1] not in (Activation("sigmoid"), Activation("softmax")):
            raise StudyError("there is a sparsity term, expected an encoder that ends with sigmoid for it")
        if batch_size < LEAST_SPARSE_BATCH:
            least = f"expected at least {LEAST_SPARSE_BATCH} with a sparsity term"
            raise StudyError(f"batch_size is {batch_size}, {least}: mean activations come from the batch")
