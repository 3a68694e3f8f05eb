"""PyTorch modules from descriptions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from lib.networks.description import Branches, Description, Step
from lib.networks.steps import (
    LEAKY_SLOPE,
    Activation,
    AveragePooling,
    BatchNormalisation,
    Convolution,
    Dense,
    Dropout,
    Flatten,
    GlobalPooling,
    KLSparsity,
    KSparse,
    LifetimeSparsity,
    LocallyConnected,
    MaxPooling,
    Reshape,
    Sampling,
    SeparableConvolution,
    SpatialSparsity,
    TransposedConvolution,
    Unpooling,
    Upsampling,
)
from lib.networks.values import Shape

ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "leaky_relu": lambda: nn.LeakyReLU(LEAKY_SLOPE),
    "elu": nn.ELU,
    "softmax": lambda: nn.Softmax(dim=1),
}

_SMALLEST_MEAN = 1e-6  # of an activation, in logarithms


class DropConnectLinear(nn.Linear):
    """A dense layer that drops each weight with a probability in training, and divides the others by its complement.

    Every batch gets one mask (Wan et al., "Regularization of neural networks using DropConnect", ICML 2013, draw one
    for each object, which takes a copy of the weights for each).
    """

    def __init__(self, inputs: int, outputs: int, bias: bool, rate: float) -> None:
        super().__init__(inputs, outputs, bias)
        self.rate = rate

    def forward(self, values: Tensor) -> Tensor:
        return functional.linear(values, functional.dropout(self.weight, self.rate, self.training), self.bias)


class Posterior(NamedTuple):
    """A normal law of codes for each object: means, log variances and deviations of samples, each (N, codings)."""

    mean: Tensor
    log_variance: Tensor
    deviation: Tensor

    def sample(self) -> Tensor:
        """Return one code (N, codings) of each object, z = μ + σ ε with ε ~ N(0, I)."""
        return self.mean + self.deviation * torch.randn_like(self.mean)


class GaussianSampling(nn.Module):
    """Codes of a variational autoencoder: samples in training, means in inference."""

    def __init__(self, inputs: int, layer: Sampling) -> None:
        super().__init__()
        self.mean = nn.Linear(inputs, layer.codings)
        self.log_variance = nn.Linear(inputs, layer.codings)
        self.factor = 0.5 if layer.halved else 1.0

    def posterior(self, values: Tensor) -> Posterior:
        """Return the law of the codes for values (N, inputs)."""
        log_variance = self.log_variance(values)
        return Posterior(self.mean(values), log_variance, (self.factor * log_variance).exp())

    def forward(self, values: Tensor) -> Tensor:
        return self.posterior(values).sample() if self.training else self.mean(values)


class TiedLinear(nn.Module):
    """A dense layer whose weights are the transposed ones of another; only the biases belong to it."""

    def __init__(self, other: nn.Linear) -> None:
        super().__init__()
        self._other = (other,)  # in a tuple, which PyTorch does not search for parameters
        self.bias = nn.Parameter(torch.zeros(other.in_features))

    def forward(self, values: Tensor) -> Tensor:
        return functional.linear(values, self._other[0].weight.T, self.bias)


class LocallyConnected2d(nn.Module):
    """A convolution with separate filters and biases at every position.

    Its weights have the shape (filters, positions, channels · rows · columns of the window), its biases (filters,
    positions).
    """

    def __init__(self, layer: LocallyConnected, shape: Shape) -> None:
        super().__init__()
        self.layer, self.output_shape = layer, layer.output(shape)
        positions, inputs = math.prod(self.output_shape[1:]), shape[0] * math.prod(layer.kernel)
        bound = 1 / math.sqrt(inputs)  # as in PyTorch's convolutions
        self.weight = nn.Parameter(torch.empty(layer.filters, positions, inputs).uniform_(-bound, bound))
        biases = torch.empty(layer.filters, positions).uniform_(-bound, bound) if layer.bias else None
        self.bias = nn.Parameter(biases) if biases is not None else None

    def forward(self, images: Tensor) -> Tensor:
        layer = self.layer
        windows = functional.unfold(
            images, layer.kernel, padding=layer.padding, stride=layer.stride
        )  # (N, inputs, positions)
        values = torch.einsum("fpi,nip->nfp", self.weight, windows)
        return (values if self.bias is None else values + self.bias).unflatten(2, self.output_shape[1:])


class GlobalMax(nn.Module):
    """The largest value of each channel; its gradient goes to one pixel, also among equal ones."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(2).max(dim=2).values


class GlobalAverage(nn.Module):
    """The mean value of each channel."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


class Unpool(nn.Module):
    """Put each value where a max pooling found its maximum, and zeros elsewhere.

    PyTorch's MaxUnpool2d does the same but has no deterministic form, as its places may be equal; here they differ.
    """

    def __init__(self, output_shape: Shape) -> None:
        super().__init__()
        self.output_shape = output_shape

    def forward(self, values: Tensor, places: Tensor) -> Tensor:
        channels, *sides = self.output_shape
        empty = values.new_zeros(len(values), channels, math.prod(sides))
        return empty.scatter(2, places.flatten(2), values.flatten(2)).unflatten(2, sides)


def _largest(values: Tensor, count: int, dim: int) -> Tensor:
    """Return a mask of the count largest values along an axis; of equal values it chooses as many as are needed.

    A gather of the largest values would have a gradient that is not deterministic on a GPU.
    """
    places = values.detach().topk(count, dim).indices
    return torch.zeros_like(values, dtype=torch.bool).scatter_(dim, places, True)


class KeepLargest(nn.Module):
    """The k largest values of each object, and zeros for the others."""

    def __init__(self, layer: KSparse) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, values: Tensor) -> Tensor:
        rows = values.flatten(1)
        count = self.layer.kept(rows.shape[1], self.training)
        return rows.masked_fill(~_largest(rows, count, 1), 0).view_as(values)


class MeanPenalty(nn.Module):
    """Passes values (N, units) or (N, maps, height, width) on and keeps the penalty of their means for the loss."""

    def __init__(self, layer: KLSparsity) -> None:
        super().__init__()
        self.layer = layer
        self.penalty: Tensor | None = None

    def forward(self, values: Tensor) -> Tensor:
        axes = [axis for axis in range(values.ndim) if axis != 1]
        mean = values.mean(dim=axes).clamp(_SMALLEST_MEAN, 1 - _SMALLEST_MEAN)
        rho = torch.as_tensor(self.layer.rho, dtype=mean.dtype, device=mean.device)
        divergence = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
        self.penalty = self.layer.beta * divergence.sum()
        return values


def penalty_of(network: nn.Module) -> Tensor | None:
    """Return the sum of the penalties of a network's last pass, a tensor without dimensions, and forget them.

    It is None for a network without a layer that has a penalty.
    """
    found = None
    for module in network.modules():
        if isinstance(module, MeanPenalty) and module.penalty is not None:
            found = module.penalty if found is None else found + module.penalty
            module.penalty = None
    return found


class LifetimeWinners(nn.Module):
    """In training, the values of each unit or map for those objects of the batch where it is largest."""

    def __init__(self, layer: LifetimeSparsity) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, values: Tensor) -> Tensor:
        if not self.training:
            return values
        units = values.flatten(2).amax(dim=2) if values.ndim == 4 else values
        kept = _largest(units, self.layer.kept(len(units)), 0)
        return values.masked_fill(~kept.reshape(*units.shape, *[1] * (values.ndim - 2)), 0)


class SpatialWinners(nn.Module):
    """In training, the largest value of each map, and zeros elsewhere."""

    def forward(self, images: Tensor) -> Tensor:
        if not self.training:
            return images
        maps = images.flatten(2)
        return maps.masked_fill(~_largest(maps, 1, 2), 0).view_as(images)


class Parallel(nn.Module):
    """Branches of one input, joined by concatenation or addition."""

    def __init__(self, layer: Branches) -> None:
        super().__init__()
        self.branches = nn.ModuleList(Layers(branch) for branch in layer.branches)
        self.join = layer.join

    def forward(self, values: Tensor) -> Tensor:
        outputs = [branch(values) for branch in self.branches]
        if self.join == "concatenate":
            return torch.cat(outputs, dim=1)
        total = outputs[0]
        for output in outputs[1:]:
            total = total + output
        return total


def _separable(layer: SeparableConvolution, channels: int) -> nn.Module:
    planes = channels * layer.multiplier
    options: dict[str, Any] = {"stride": layer.stride, "padding": layer.padding, "dilation": layer.dilation}
    depthwise = nn.Conv2d(channels, planes, layer.kernel, groups=channels, bias=False, **options)
    between = [ACTIVATIONS[layer.between]()] if layer.between else []
    return nn.Sequential(depthwise, *between, nn.Conv2d(planes, layer.filters, 1, bias=layer.bias))


def module_of(step: Step) -> nn.Module:
    """Return the PyTorch module of a step, with its initial weights."""
    layer, size = step.layer, step.input_shape[0]
    match layer:
        case SeparableConvolution():
            return _separable(layer, size)
        case Convolution(filters, kernel, stride, padding, dilation, bias):
            return nn.Conv2d(size, filters, kernel, stride, padding, dilation, bias=bias)
        case LocallyConnected():
            return LocallyConnected2d(layer, step.input_shape)
        case TransposedConvolution(filters, kernel, stride, padding, extra, bias):
            return nn.ConvTranspose2d(size, filters, kernel, stride, padding, extra, bias=bias)
        case MaxPooling():
            return nn.MaxPool2d(layer.kernel, layer.step, layer.padding)
        case AveragePooling():
            return nn.AvgPool2d(layer.kernel, layer.step, layer.padding)
        case GlobalPooling(kind):
            return GlobalMax() if kind == "max" else GlobalAverage()
        case Unpooling():
            return Unpool(step.output_shape)
        case Upsampling(factor):
            return nn.Upsample(scale_factor=tuple(map(float, factor)), mode="nearest")
        case Dense(units, bias, rate):
            return DropConnectLinear(size, units, bias, rate) if rate else nn.Linear(size, units, bias)
        case Sampling():
            return GaussianSampling(size, layer)
        case Dropout(rate):
            return nn.Dropout(rate)
        case BatchNormalisation():
            return nn.BatchNorm2d(size) if len(step.input_shape) == 3 else nn.BatchNorm1d(size)
        case KSparse():
            return KeepLargest(layer)
        case KLSparsity():
            return MeanPenalty(layer)
        case LifetimeSparsity():
            return LifetimeWinners(layer)
        case SpatialSparsity():
            return SpatialWinners()
        case Flatten():
            return nn.Flatten()
        case Reshape(shape):
            return nn.Sequential(nn.Flatten(), nn.Unflatten(1, shape))
        case Branches():
            return Parallel(layer)
        case Activation(function):
            return ACTIVATIONS[function]()
    raise TypeError(f"{step.place} is a {type(layer).__name__}, which has no module")


class Layers(nn.Module):
    """The modules of a description, in their order.

    Called with objects ``(N, *input_shape)``, float, it returns ``(N, *output_shape)``. places: a list to which max
    poolings append where they found their maxima, and from whose end unpoolings take them.
    """

    def __init__(self, description: Description) -> None:
        super().__init__()
        self.description = description
        self.steps = nn.ModuleList(module_of(step) for step in description.steps)
        self._keeps = any(isinstance(step.layer, Unpooling) for step in description.steps)

    def forward(self, values: Tensor, places: list[Tensor] | None = None) -> Tensor:
        if places is None and self._keeps:
            places = []
        for module in self.steps:
            if isinstance(module, Unpool):
                assert places is not None
                values = module(values, places.pop())
            elif isinstance(module, nn.MaxPool2d) and places is not None:
                values, found = functional.max_pool2d(
                    values, module.kernel_size, module.stride, module.padding, return_indices=True
                )
                places.append(found)
            else:
                values = module(values)
        return values


def decayed(network: nn.Module) -> Iterator[nn.Parameter]:
    """Yield the parameters that weight decay shrinks: all weights, but neither biases nor those of normalisations."""
    for module in network.modules():
        if not isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            yield from (value for name, value in module.named_parameters(recurse=False) if name != "bias")


def start_he(network: nn.Module) -> None:
    """Draw all weights from N(0, 2 / inputs of a unit), with PyTorch's global generator, and set all biases to 0.

    He et al., "Delving deep into rectifiers", ICCV 2015.
    """
    for module in network.modules():
        if isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)):
            # The weights of a transposed convolution have inputs and outputs exchanged.
            turned = isinstance(module, nn.ConvTranspose2d)
            nn.init.kaiming_normal_(module.weight, mode="fan_out" if turned else "fan_in")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, LocallyConnected2d):
            nn.init.normal_(module.weight, std=math.sqrt(2 / module.weight.shape[2]))
            if module.bias is not None:
                nn.init.zeros_(module.bias)
