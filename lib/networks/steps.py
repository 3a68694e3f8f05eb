"""The layers that a description can name: their options, output shapes, parameters and multiply-adds, without PyTorch.

A shape is (features,) or (channels, height, width). The first field of a layer is the value that follows its word in a
description, the others are its options.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from lib.networks.layer import Layer, MisfitError, shortest, spelt
from lib.networks.values import (
    Between,
    Count,
    Factor,
    Flag,
    Margin,
    OptionalWindow,
    Pair,
    Pooled,
    Rate,
    Shape,
    Share,
    Sizes,
    Weight,
    Window,
)

LEAKY_SLOPE = 0.01


def _image(shape: Shape) -> Shape:
    """Return the shape of an image. Raises MisfitError for any other shape."""
    if len(shape) != 3:
        example = "channels × height × width, such as 3 × 32 × 32"
        raise MisfitError(f"the input has the shape {spelt(shape)}, expected {example}")
    return shape


def _features(shape: Shape) -> int:
    """Return the number of features of a flat input. Raises MisfitError for an image."""
    if len(shape) != 1:
        count = f"one number, such as {prod(shape)}: put flatten or global_pooling before this step"
        raise MisfitError(f"the input has the shape {spelt(shape)}, expected {count}")
    return shape[0]


def _slid(shape: Shape, kernel: Pair, stride: Pair, padding: Pair, dilation: Pair = (1, 1)) -> Pair:
    """Return the positions (rows, columns) of a window that slides over an image.

    ``(in + 2 padding − dilation (kernel − 1) − 1) // stride + 1``, as PyTorch's Conv2d.
    """
    _, *sides = _image(shape)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    room = [size + 2 * p for size, p in zip(sides, padding, strict=True)]
    if room[0] < reach[0] or room[1] < reach[1]:
        padded = f", with its padding {spelt(tuple(room))}" if any(padding) else ""
        window = f"expected at least the {spelt(tuple(reach))} of the window"
        raise MisfitError(f"the input has the shape {spelt(shape)}{padded}, {window}")
    rows, columns = ((r - w) // s + 1 for r, w, s in zip(room, reach, stride, strict=True))
    return rows, columns


@dataclass(frozen=True)
class Convolution(Layer):
    """Cross-correlation with learned filters."""

    word = "convolution"
    filters: Count
    kernel: Window
    stride: Window = (1, 1)
    padding: Margin = (0, 0)
    dilation: Window = (1, 1)
    bias: Flag = True

    def output(self, shape: Shape) -> Shape:
        return self.filters, *_slid(shape, self.kernel, self.stride, self.padding, self.dilation)

    def parameters(self, shape: Shape) -> int:
        return self.filters * (shape[0] * prod(self.kernel) + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return prod(self.output(shape)) * shape[0] * prod(self.kernel)


@dataclass(frozen=True)
class SeparableConvolution(Convolution):
    """A depthwise convolution without biases, then a pointwise one (1 × 1): fewer parameters than a convolution.

    multiplier: depthwise filters per channel. between: an activation between the two, none by default.
    """

    word = "separable_convolution"
    multiplier: Count = 1
    between: Between = None

    def parameters(self, shape: Shape) -> int:
        planes = shape[0] * self.multiplier
        return planes * prod(self.kernel) + self.filters * (planes + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        planes, (filters, *sides) = shape[0] * self.multiplier, self.output(shape)
        return prod(sides) * planes * (prod(self.kernel) + filters)


@dataclass(frozen=True)
class LocallyConnected(Layer):
    """A convolution with separate filters and biases at every position."""

    word = "locally_connected"
    filters: Count
    kernel: Window
    stride: Window = (1, 1)
    padding: Margin = (0, 0)
    bias: Flag = True

    def output(self, shape: Shape) -> Shape:
        return self.filters, *_slid(shape, self.kernel, self.stride, self.padding)

    def parameters(self, shape: Shape) -> int:
        return prod(self.output(shape)) * (shape[0] * prod(self.kernel) + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return prod(self.output(shape)) * shape[0] * prod(self.kernel)


@dataclass(frozen=True)
class TransposedConvolution(Layer):
    """The transpose of a convolution: its stride enlarges the image, its padding cuts the margin off.

    output_padding: rows and columns that are added below and to the right.
    """

    word = "transposed_convolution"
    filters: Count
    kernel: Window
    stride: Window = (1, 1)
    padding: Margin = (0, 0)
    output_padding: Margin = (0, 0)
    bias: Flag = True

    def output(self, shape: Shape) -> Shape:
        if self.output_padding[0] >= self.stride[0] or self.output_padding[1] >= self.stride[1]:
            bound = f"below the stride {shortest(self.stride)}"
            raise MisfitError(f"output_padding is {shortest(self.output_padding)}, expected numbers {bound}")
        _, *sides = _image(shape)
        options = zip(sides, self.kernel, self.stride, self.padding, self.output_padding, strict=True)
        grown = tuple((size - 1) * s - 2 * p + k + extra for size, k, s, p, extra in options)
        if min(grown) < 1:
            cut = f"padding {shortest(self.padding)} leaves {spelt(grown)}, expected at least 1 × 1"
            raise MisfitError(f"the input has the shape {spelt(shape)}, of which {cut}")
        return self.filters, *grown

    def parameters(self, shape: Shape) -> int:
        return self.filters * (shape[0] * prod(self.kernel) + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return prod(shape) * self.filters * prod(self.kernel)


@dataclass(frozen=True)
class _Pooling(Layer):
    kernel: Window
    stride: OptionalWindow = None  # None: the size of the window
    padding: Margin = (0, 0)

    @property
    def step(self) -> Pair:
        """The stride, which is the size of the window unless it is set."""
        return self.stride or self.kernel

    def output(self, shape: Shape) -> Shape:
        if 2 * self.padding[0] > self.kernel[0] or 2 * self.padding[1] > self.kernel[1]:
            half = f"at most half of the window {shortest(self.kernel)}"
            raise MisfitError(f"padding is {shortest(self.padding)}, expected {half}")
        return shape[0], *_slid(shape, self.kernel, self.step, self.padding)


@dataclass(frozen=True)
class MaxPooling(_Pooling):
    """The largest value of each window; the padding never is the largest."""

    word = "max_pooling"

    @property
    def overlaps(self) -> bool:
        """Whether two windows share a pixel."""
        return self.step[0] < self.kernel[0] or self.step[1] < self.kernel[1]


@dataclass(frozen=True)
class AveragePooling(_Pooling):
    """The mean of each window; the padding counts as zeros."""

    word = "average_pooling"


@dataclass(frozen=True)
class GlobalPooling(Layer):
    """The largest or the mean value of each channel."""

    word = "global_pooling"
    kind: Pooled

    def output(self, shape: Shape) -> Shape:
        return _image(shape)[:1]


@dataclass(frozen=True)
class Unpooling(Layer):
    """Put each value where the matching max pooling found its maximum, and zeros elsewhere."""

    word = "unpooling"


@dataclass(frozen=True)
class Upsampling(Layer):
    """Repeat each pixel."""

    word = "upsampling"
    factor: Window

    def output(self, shape: Shape) -> Shape:
        channels, *sides = _image(shape)
        return channels, *(size * factor for size, factor in zip(sides, self.factor, strict=True))


@dataclass(frozen=True)
class Dense(Layer):
    """Weighted sums of all inputs. drop_connect: probability of dropping each weight in training."""

    word = "dense"
    units: Count
    bias: Flag = True
    drop_connect: Rate = 0.0

    def output(self, shape: Shape) -> Shape:
        _features(shape)
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        return self.units * (_features(shape) + self.bias)

    def multiply_adds(self, shape: Shape) -> int:
        return self.units * _features(shape)


@dataclass(frozen=True)
class Sampling(Layer):
    """The code of a variational autoencoder: two dense layers, for the mean μ and the log variance of a normal law.

    It puts out μ + exp(½ log σ²) · ε in training, ε ~ N(0, I), and μ in inference. halved: false leaves the ½ out, a
    form in which the deviation contradicts the variance exp(log σ²) of the divergence.
    """

    word = "sampling"
    codings: Count
    halved: Flag = True

    def output(self, shape: Shape) -> Shape:
        _features(shape)
        return (self.codings,)

    def parameters(self, shape: Shape) -> int:
        return 2 * self.codings * (_features(shape) + 1)

    def multiply_adds(self, shape: Shape) -> int:
        return 2 * self.codings * _features(shape)


@dataclass(frozen=True)
class Dropout(Layer):
    """Drop each value with this probability in training, and divide the others by its complement."""

    word = "dropout"
    rate: Rate


@dataclass(frozen=True)
class BatchNormalisation(Layer):
    """Normalise each channel, or each feature, by mean and variance of the batch; then scale and shift it."""

    word = "batch_normalisation"

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[0]

    def multiply_adds(self, shape: Shape) -> int:
        return prod(shape)


@dataclass(frozen=True)
class KSparse(Layer):
    """Keep the k largest values of each object and set the others to 0, in training and in inference.

    factor: α, inference keeps the α k largest values, rounded, or all if there are fewer (Makhzani and Frey, "k-Sparse
    autoencoders", ICLR 2014).
    """

    word = "k_sparse"
    k: Count
    factor: Factor = 1.0

    def output(self, shape: Shape) -> Shape:
        if self.k > prod(shape):
            raise MisfitError(f"k is {self.k}, expected at most {prod(shape)}, the values of the input {spelt(shape)}")
        return shape

    def kept(self, values: int, training: bool) -> int:
        """Return how many values of an object are kept."""
        return self.k if training else min(round(self.factor * self.k), values)


@dataclass(frozen=True)
class LifetimeSparsity(Layer):
    """Keep each unit for the share of the batch where it is largest, and set it to 0 for the others, in training.

    The unit of an image is a map, which counts by its largest value and is kept as a whole. Inference keeps everything
    (Makhzani and Frey, "Winner-take-all autoencoders", NIPS 2015).
    """

    word = "lifetime_sparsity"
    share: Share

    def kept(self, objects: int) -> int:
        """Return for how many objects of a batch a unit is kept: the rounded share, at least one."""
        return max(1, round(self.share * objects))


@dataclass(frozen=True)
class SpatialSparsity(Layer):
    """Keep the largest value of each map of each image and set the others to 0, in training.

    Inference keeps everything (Makhzani and Frey, "Winner-take-all autoencoders", NIPS 2015).
    """

    word = "spatial_sparsity"

    def output(self, shape: Shape) -> Shape:
        return _image(shape)


@dataclass(frozen=True)
class KLSparsity(Layer):
    """Pass values on, and add β Σ_j KL(ρ ‖ ρ_j) to the loss, where ρ_j is the mean of unit or map j over the batch.

    KL(ρ ‖ ρ_j) = ρ log(ρ / ρ_j) + (1 − ρ) log((1 − ρ) / (1 − ρ_j)).
    """

    word = "kl_sparsity"
    rho: Share
    beta: Weight = 1.0


@dataclass(frozen=True)
class Flatten(Layer):
    """Turn an image into a list of features, channel by channel and row by row."""

    word = "flatten"

    def output(self, shape: Shape) -> Shape:
        return (prod(shape),)


@dataclass(frozen=True)
class Reshape(Layer):
    """Give the same values another shape, channel by channel and row by row."""

    word = "reshape"
    shape: Sizes

    def output(self, shape: Shape) -> Shape:
        if prod(shape) != prod(self.shape):
            values = f"{prod(shape)} values, expected {prod(self.shape)} for the shape {spelt(self.shape)}"
            raise MisfitError(f"the input has the shape {spelt(shape)} with {values}")
        return self.shape

    def plain(self) -> Any:
        return {self.word: list(self.shape)}


@dataclass(frozen=True)
class Activation(Layer):
    """A function of each value; softmax is one of all channels, or of all features."""

    function: str

    def plain(self) -> str:
        return self.function


LAYERS: dict[str, type[Layer]] = {
    layer.word: layer
    for layer in (
        *(Convolution, SeparableConvolution, LocallyConnected, TransposedConvolution, MaxPooling, AveragePooling),
        *(GlobalPooling, Unpooling, Upsampling, Dense, Sampling, Dropout, BatchNormalisation, KSparse),
        *(LifetimeSparsity, SpatialSparsity, KLSparsity, Flatten, Reshape),
    )
}
