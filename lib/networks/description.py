"""Layer descriptions: the steps of a network that fit together, as data. Nothing here needs PyTorch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from lib.base.errors import StudyError
from lib.networks.layer import Layer, MisfitError, spelt
from lib.networks.steps import Activation, BatchNormalisation, Dense, KLSparsity, MaxPooling, Sampling, Unpooling
from lib.networks.values import Shape

LEAST_SPARSE_BATCH = 500  # objects; the mean activations of a smaller batch say little about all objects


@dataclass(frozen=True)
class Step:
    """One step of a network.

    Attributes
    ----------
    place : where it is in the description, as text.
    layer : what it does.
    input_shape, output_shape : (features,) or (channels, height, width), without the number of objects.
    parameters : number of learned parameters, those of branches included.
    multiply_adds : multiplications with weights for one object.
    """

    place: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape
    parameters: int
    multiply_adds: int


@dataclass(frozen=True)
class Description:
    """A list of steps that fit together, and the shape of their input."""

    steps: tuple[Step, ...]
    input_shape: Shape

    @property
    def output_shape(self) -> Shape:
        """Shape of what the last step puts out."""
        return self.steps[-1].output_shape if self.steps else self.input_shape

    @property
    def parameters(self) -> int:
        """Number of learned parameters."""
        return sum(step.parameters for step in self.steps)

    @property
    def multiply_adds(self) -> int:
        """Multiplications with weights for one object."""
        return sum(step.multiply_adds for step in self.steps)

    @property
    def layers(self) -> list[Layer]:
        """The layers of the steps, which can be compared with each other."""
        return [step.layer for step in self.steps]

    @property
    def poolings(self) -> list[Step]:
        """Max poolings that no unpooling of this description has undone, the last one last."""
        open_ones: list[Step] = []
        for step in self.steps:
            if isinstance(step.layer, MaxPooling):
                open_ones.append(step)
            elif isinstance(step.layer, Unpooling) and open_ones:
                open_ones.pop()
        return open_ones

    @property
    def unpoolings(self) -> int:
        """Number of unpoolings outside branches that undo poolings of another description."""
        missing = depth = 0
        for step in self.steps:
            depth += isinstance(step.layer, MaxPooling)
            if isinstance(step.layer, Unpooling):
                depth, missing = (depth - 1, missing) if depth else (0, missing + 1)
        return missing

    def plain(self) -> list[Any]:
        """Return the steps as plain data, from which `lib.networks.reading.read` makes an equal description."""
        return [layer.plain() for layer in self.layers]

    def all_steps(self) -> Iterator[Step]:
        """Yield each step, and before a step with branches the steps of its branches."""
        for step in self.steps:
            if isinstance(step.layer, Branches):
                for branch in step.layer.branches:
                    yield from branch.all_steps()
            yield step


@dataclass(frozen=True)
class Branches(Layer):
    """Parallel descriptions of one input; an empty one passes the input on.

    join: "concatenate" puts their outputs one after another along the channels, or features; "add" adds them.
    """

    word = "branches"
    branches: tuple[Description, ...]
    join: str

    def output(self, shape: Shape) -> Shape:
        shapes = [branch.output_shape for branch in self.branches]
        first = shapes[0]
        for number, other in enumerate(shapes[1:], start=2):
            found = f"branch 1 has the output shape {spelt(first)}, branch {number} has {spelt(other)}"
            if self.join == "add" and other != first:
                raise MisfitError(f"{found}, expected equal shapes to add")
            if len(other) != len(first) or other[1:] != first[1:]:
                raise MisfitError(f"{found}, expected equal height and width to concatenate")
        return first if self.join == "add" else (sum(each[0] for each in shapes), *first[1:])

    def parameters(self, shape: Shape) -> int:
        return sum(branch.parameters for branch in self.branches)

    def multiply_adds(self, shape: Shape) -> int:
        return sum(branch.multiply_adds for branch in self.branches)

    def plain(self) -> Any:
        return {"branches": [branch.plain() for branch in self.branches], "join": self.join}


@dataclass(frozen=True)
class AutoEncoder:
    """The two descriptions of an autoencoder, whose output has the shape of its input."""

    encoder: Description
    decoder: Description


def require_tied(found: AutoEncoder) -> None:
    """Raise StudyError unless the decoder has the dense layers of the encoder in reverse order, which it can share."""
    encoder, decoder = ([step for step in part.steps if step.parameters] for part in (found.encoder, found.decoder))
    turned = [(step.output_shape, step.input_shape) for step in reversed(decoder)]
    dense = all(type(step.layer) is Dense and not step.layer.drop_connect for step in (*encoder, *decoder))
    if not dense or turned != [(step.input_shape, step.output_shape) for step in encoder]:
        raise StudyError("tied is true, expected dense layers alone, whose sizes in the decoder mirror the encoder's")


def require_means(found: Description, batch_size: int, before: Layer | None = None) -> None:
    """Raise StudyError unless batches are large enough for each step that computes means over them.

    The activations before a step kl_sparsity must lie within [0, 1]. Batch normalisation needs two values per channel.

    before: the layer whose output the description takes, None if it takes the objects themselves.
    """
    for step in found.steps:
        if isinstance(step.layer, Branches):
            for branch in step.layer.branches:
                require_means(branch, batch_size, before)
        if isinstance(step.layer, KLSparsity):
            if before not in (Activation("sigmoid"), Activation("softmax")):
                raise StudyError(f"{step.place} follows no sigmoid or softmax, expected activations within [0, 1]")
            if batch_size < LEAST_SPARSE_BATCH:
                least = f"expected at least {LEAST_SPARSE_BATCH} for {step.place}"
                raise StudyError(f"batch_size is {batch_size}, {least}: mean activations come from the batch")
        if isinstance(step.layer, BatchNormalisation) and batch_size * prod(step.input_shape[1:]) < 2:
            raise StudyError(f"batch_size is 1, expected at least 2 for {step.place}: one value has no variance")
        before = step.layer


def require_variational(found: AutoEncoder) -> None:
    """Raise StudyError unless an autoencoder is variational: its code is sampled, its outputs are probabilities."""
    encoder, decoder = found.encoder.layers, found.decoder.layers
    if not encoder or not isinstance(encoder[-1], Sampling):
        raise StudyError("the learner is variational, expected an encoder that ends with sampling")
    if any(isinstance(step.layer, KLSparsity) for part in (found.encoder, found.decoder) for step in part.all_steps()):
        raise StudyError("the learner is variational, expected no kl_sparsity: the prior already has a divergence")
    if not decoder or decoder[-1] != Activation("sigmoid") or found.decoder.unpoolings:
        raise StudyError("the learner is variational, expected a decoder without unpooling that ends with sigmoid")
