"""Convolutional networks and autoencoders, as PyTorch modules built from layer descriptions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lib.base.errors import StudyError
from lib.networks.description import Description, require_tied
from lib.networks.modules import Layers, TiedLinear, start_he
from lib.networks.reading import read, read_autoencoder


class Code(NamedTuple):
    """What an encoder puts out: values ``(N, *code_shape)``, and where its max poolings found their maxima."""

    values: Tensor
    places: tuple[Tensor, ...] = ()


class ConvNet(nn.Module):
    """A network of the layers of a description.

    Called with images ``(N, *input_shape)``, float, it returns ``(N, *output_shape)``: for a classifier the logits of
    each class. They are not probabilities: the loss, `torch.nn.CrossEntropyLoss`, contains the softmax.

    Parameters
    ----------
    layers : a list of steps, see `lib.networks.reading`, or a `Description`.
    input_shape : shape of one object, (channels, height, width) or (features,).
    seed : of the initial weights, which are PyTorch's: uniform within 1 / sqrt(inputs of a unit). None draws them from
        PyTorch's global generator.

    Raises StudyError if the layers do not fit together.

    Examples
    --------
    >>> network = ConvNet(
    ...     [{"convolution": 8, "kernel": 3}, "relu", {"max_pooling": 2}, "flatten", {"dense": 10}],
    ...     input_shape=(1, 28, 28), seed=0,
    ... )
    >>> logits = network(torch.zeros(5, 1, 28, 28))
    >>> tuple(logits.shape), network.description.parameters
    ((5, 10), 13610)
    >>> loss = torch.nn.functional.cross_entropy(logits, torch.tensor([0, 1, 2, 3, 4]))
    """

    def __init__(self, layers: Any, input_shape: Sequence[int], seed: int | None = None) -> None:
        super().__init__()
        self.description = layers if isinstance(layers, Description) else read(layers, input_shape)
        self.layers = _seeded(seed, self.description)

    def forward(self, images: Tensor) -> Tensor:
        return self.layers(images)

    def described(self) -> dict[str, Any]:
        """Return the arguments from which an equal network is made, as plain data."""
        return {"layers": self.description.plain(), "input_shape": list(self.description.input_shape)}


class ConvAutoEncoder(nn.Module):
    """An autoencoder of any number of layers: an encoder and a decoder, each given by a description.

    Called with images ``(N, *input_shape)``, float, it returns their reconstructions, of the same shape. Encoder and
    decoder need not mirror each other.

    Parameters
    ----------
    encoder, decoder : lists of steps, see `lib.networks.reading`, or `Description`. An unpooling of the decoder
        undoes the encoder's last max pooling that is not undone yet.
    input_shape : shape of one object, (channels, height, width) or (features,).
    seed : of the initial weights, see `ConvNet`.
    tied : whether the decoder has the transposed weights of the encoder, and biases alone as parameters.
    start : "uniform" for PyTorch's initial weights, or "he", see `lib.networks.modules.start_he`.

    Raises StudyError if the layers do not fit together or cannot be tied, or if the output has not the shape of the
    input.

    Examples
    --------
    >>> autoencoder = ConvAutoEncoder(
    ...     encoder=[{"convolution": 16, "kernel": 3, "padding": 1}, "relu", {"max_pooling": 2}],
    ...     decoder=["unpooling", {"transposed_convolution": 3, "kernel": 3, "padding": 1}, "tanh"],
    ...     input_shape=(3, 32, 32), seed=0,
    ... )
    >>> images = torch.zeros(5, 3, 32, 32)
    >>> code, places = autoencoder.encode(images)
    >>> tuple(code.shape), tuple(autoencoder.decode(code, places).shape)
    ((5, 16, 16, 16), (5, 3, 32, 32))
    >>> bool(torch.equal(autoencoder(images), autoencoder.decode(code, places)))
    True
    """

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        input_shape: Sequence[int],
        seed: int | None = None,
        tied: bool = False,
        start: str = "uniform",
    ) -> None:
        super().__init__()
        steps, decoding = (part.plain() if isinstance(part, Description) else part for part in (encoder, decoder))
        described = read_autoencoder(steps, decoding, input_shape)
        self.tied, self.start = tied, start
        self.encoder, self.decoder = _seeded(seed, described.encoder, described.decoder, start=start)
        if tied:
            require_tied(described)
            layers = [module for module in self.encoder.steps if isinstance(module, nn.Linear)]
            for number, module in enumerate(self.decoder.steps):
                if isinstance(module, nn.Linear):
                    self.decoder.steps[number] = TiedLinear(layers.pop())

    @property
    def code_shape(self) -> tuple[int, ...]:
        """Shape of the code of one object."""
        return self.encoder.description.output_shape

    def encode(self, images: Tensor) -> Code:
        """Return the code of images ``(N, *input_shape)``, and the places of maxima if the decoder needs them."""
        places: list[Tensor] | None = [] if self.decoder.description.unpoolings else None
        values = self.encoder(images, places)
        return Code(values, tuple(places or ()))

    def decode(self, values: Tensor, places: Sequence[Tensor] = ()) -> Tensor:
        """Return the reconstructions ``(N, *input_shape)`` of a code ``(N, *code_shape)``.

        places: those of `encode`. Raises ValueError if the decoder has an unpooling and there are none.
        """
        needed = self.decoder.description.unpoolings
        if len(places) < needed:
            found = f"{len(places)} places of maxima, expected {needed} from encode"
            raise ValueError(f"the decoder has unpooling but decode got {found}")
        return self.decoder(values, list(places))

    def forward(self, images: Tensor) -> Tensor:
        return self.decode(*self.encode(images))

    def described(self) -> dict[str, Any]:
        """Return the arguments from which an equal autoencoder is made, as plain data."""
        encoder, decoder = self.encoder.description, self.decoder.description
        described = {"encoder": encoder.plain(), "decoder": decoder.plain(), "input_shape": list(encoder.input_shape)}
        return {**described, **({"tied": True} if self.tied else {})}


Network = ConvNet | ConvAutoEncoder
_KINDS: dict[str, type[Network]] = {"ConvNet": ConvNet, "ConvAutoEncoder": ConvAutoEncoder}


def _seeded(seed: int | None, *descriptions: Description, start: str = "uniform") -> Any:
    """Return the layers of each description; a seed leaves PyTorch's global generator as it was."""
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        made = [Layers(description) for description in descriptions]
        if start == "he":
            for layers in made:
                start_he(layers)
    return made[0] if len(made) == 1 else made


def save(network: Network, path: str | Path) -> None:
    """Write the weights of a network to a safetensors file, with its description in the metadata."""
    weights = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    described = {"network": type(network).__name__, **network.described()}
    # One key only: safetensors writes several in random order.
    save_file(weights, path, metadata={"description": json.dumps(described, sort_keys=True)})


def load(path: str | Path) -> Network:
    """Return the network in a file that `save` has written, on the CPU and in the mode of inference.

    Raises StudyError if the file is damaged or was not written by `save`.
    """
    try:
        with safe_open(path, framework="pt") as file:
            described = json.loads((file.metadata() or {})["description"])
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        network = _KINDS[described.pop("network")](**described, seed=0)
        network.load_state_dict(weights)
    except (StudyError, SafetensorError, KeyError, TypeError, ValueError, RuntimeError) as error:
        first = str(error).partition("\n")[0]
        raise StudyError(f"{path}: {first}; expected a network with its description; remove the file") from error
    return network.eval()
