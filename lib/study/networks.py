"""The networks that a configuration describes: found by name, with numbers in the place of names, checked.

Data alone: this module imports no PyTorch. `lib.networks.reading` says what a description of layers is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.networks.description import AutoEncoder, Description, Step, require_means, require_tied, require_variational
from lib.networks.reading import read_autoencoder
from lib.networks.steps import BatchNormalisation, Convolution, Dense
from lib.networks.values import Shape

# Settings of learners that a description can name in the place of a number, so that experiments can vary it. It can
# also name the channels, the values and the shape of the images and the classes, which are known when data are.
NUMBERS = ("maps", "kernel", "blocks")
CHANNELS = 3  # of images whose number of channels is not known yet; behind the first layer it makes no difference
BATCH_SIZE, EPOCHS = 64, 20  # of a network that classifies, where its parameters do not state them
OF_LEARNERS = ("encoder", "decoder")  # parts of a network that a learner trains
OF_CLASSIFIERS = ("layers",)  # the part that a classifier trains


@dataclass(frozen=True)
class Sizes:
    """Sizes of an autoencoder: filters of the first layer, values of the code, multiply-adds for an image."""

    units: int
    code: int
    multiply_adds: int


def described(name: str, networks: Mapping[str, Any], needed: Collection[str]) -> dict[str, Any]:
    """Return the description of a network. needed: the parts that it has to have.

    Raises StudyError for an unknown network, and for one that lacks a part.
    """
    known = [one for one, network in networks.items() if network]
    if name not in known:
        raise StudyError(
            f"network is {name}{hint_of_name(name, known)}, expected a key of networks: {', '.join(known) or 'none'}"
        )
    found: dict[str, Any] = networks[name]
    if missing := [part for part in needed if part not in found]:
        raise StudyError(f"network is {name}, expected one with {' and '.join(needed)}: it has no {missing[0]}")
    return {part: found[part] for part in needed}


def numbers_of(description: Any) -> set[str]:
    """Return the settings of `NUMBERS` that a description names."""
    if isinstance(description, Mapping):
        return set().union(*map(numbers_of, description.values()))
    if isinstance(description, (list, tuple)):
        return set().union(*map(numbers_of, description))
    return {description} & set(NUMBERS) if isinstance(description, str) else set()


def autoencoder_of(settings: Mapping[str, Any], channels: int, name: str = "") -> AutoEncoder:
    """Return encoder and decoder for square images with a number of channels.

    settings: of a learner, with the description of its network as ``network``; see `Model.arguments`. name: of the
    network, for errors. Raises StudyError for layers that do not fit together.
    """
    shape: Shape = (channels, settings["patch_size"], settings["patch_size"])
    names = {key: settings[key] for key in NUMBERS} | {"channels": channels, "values": prod(shape), "shape": shape}
    network = settings["network"]
    keys = f"networks.{name}.encoder", f"networks.{name}.decoder"
    return read_autoencoder(network["encoder"], network["decoder"], shape, names, keys)


def stages_of(found: AutoEncoder) -> list[tuple[list[Any], list[Any]]]:
    """Return the steps of encoder and decoder of each stage of a greedy training, outermost first, as plain data.

    A stage has one layer with weights on either side, with the activation and pooling behind it, and in the decoder
    with the unpooling before it. Raises StudyError unless both sides have equally many layers with weights.
    """
    encoder, decoder = (_cut(part, before) for part, before in ((found.encoder, False), (found.decoder, True)))
    if len(encoder) != len(decoder):
        raise StudyError(
            f"start is greedy with {len(encoder)} layers in the encoder and {len(decoder)} in the decoder, expected "
            "equally many: each stage trains one of either"
        )
    return list(zip(encoder, reversed(decoder), strict=True))


def _cut(description: Description, before: bool) -> list[list[Any]]:
    """Return the steps in parts with one layer with weights each.

    before: whether steps that change the size, such as an unpooling, belong to the layer that follows them.
    """
    parts: list[list[Any]] = [[]]
    has_weights = False
    for step in description.steps:
        weighs = step.parameters > 0 and not isinstance(step.layer, BatchNormalisation)
        resizes = before and not weighs and step.output_shape != step.input_shape
        if has_weights and (weighs or resizes):
            parts.append([])
            has_weights = False
        parts[-1].append(step.layer.plain())
        has_weights |= weighs
    if len(parts) > 1 and not has_weights:  # steps behind the last weights, such as a reshape
        last = parts.pop()
        parts[-1] += last
    return parts


def with_description(classifier: Mapping[str, Any], networks: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of a classifier with the description of the network that its parameters name, if they name one.

    Raises StudyError for an unknown network, and for one without layers of a classifier.
    """
    parameters = classifier["parameters"]
    if not isinstance(parameters.get("network"), str):
        return dict(classifier)
    network = described(parameters["network"], networks, OF_CLASSIFIERS)
    return {**classifier, "parameters": {**parameters, "network": network["layers"]}}


def first_layer(description: Description) -> Step:
    """Return the first step with weights, whose rows are the filters.

    Raises StudyError if these are no filters of square patches of the images: if it is neither a convolution nor a
    dense layer, if it sees other values than those of the images, or if a convolution is not square.
    """
    step = next((step for step in description.steps if step.parameters), None)
    if step is None or type(step.layer) not in (Convolution, Dense):
        found = f"{step.place} comes first" if step else "no layer has any"
        raise StudyError(f"the weights of an encoder begin with a convolution or a dense layer, but {found}")
    shape, seen = description.input_shape, step.input_shape
    if isinstance(step.layer, Convolution):
        if len(set(step.layer.kernel)) > 1:
            rows, columns = step.layer.kernel
            raise StudyError(
                f"{step.place} has filters of {rows}×{columns} pixels, expected square ones in a first layer"
            )
        if seen[0] != shape[0]:
            raise StudyError(f"{step.place} sees {seen[0]} channels, expected {shape[0]}, as in images: it comes first")
    elif seen != (prod(shape),):
        found = " × ".join(map(str, seen))
        raise StudyError(f"{step.place} sees {found} values, expected the {prod(shape)} of an image: it comes first")
    return step


def has_whole_filters(settings: Mapping[str, Any], name: str) -> bool:
    """Return whether each filter of a network covers a whole patch, so that encodings can use it.

    settings, name: see `autoencoder_of`. Raises StudyError as `sizes_of` does.
    """
    found = autoencoder_of(settings, CHANNELS, name)
    step, (_, *sides) = first_layer(found.encoder), found.encoder.input_shape
    if isinstance(step.layer, Convolution):
        return step.layer.kernel == tuple(sides) and step.layer.dilation == (1, 1)
    return step.input_shape == (prod(found.encoder.input_shape),)


def sizes_of(settings: Mapping[str, Any], name: str) -> Sizes:
    """Return the sizes of the network of a learner. settings, name: see `autoencoder_of`.

    Raises StudyError for layers that do not fit together, and for an encoder without filters.
    """
    found = autoencoder_of(settings, CHANNELS, name)
    try:
        if "batch_size" in settings:
            require_means(found.encoder, settings["batch_size"])
            require_means(found.decoder, settings["batch_size"])
        if settings.get("start") == "greedy":
            stages_of(found)
        if settings.get("tied"):
            require_tied(found)
        if "divergence_weight" in settings:
            require_variational(found)
        units = first_layer(found.encoder).output_shape[0]
    except StudyError as error:
        raise StudyError(f"networks.{name}: {error}") from None
    return Sizes(units, prod(found.encoder.output_shape), found.encoder.multiply_adds + found.decoder.multiply_adds)
