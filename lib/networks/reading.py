"""Reads networks from plain data, as a configuration holds them. Nothing here needs PyTorch.

A description is a list of steps. A step is a word, or a mapping that begins with the word of a layer:

    - {convolution: 32, kernel: 3, padding: 1}
    - relu
    - {max_pooling: 2}
    - {branches: [[], [{convolution: 32, kernel: 3, padding: 1}, batch_normalisation]], join: add}
    - flatten
    - {dense: 10}

`read` checks it and computes, for an input shape, what each step puts out, how many parameters it has and how many
multiply-adds it takes. docs/reference/layers.md lists all steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, fields
from typing import Any

from lib.base.errors import StudyError, hint_of_name, hint_of_number
from lib.networks.description import AutoEncoder, Branches, Description, Step
from lib.networks.layer import Layer, MisfitError, spelt
from lib.networks.steps import LAYERS, Activation, MaxPooling, Unpooling
from lib.networks.values import ACTIVATIONS, REFUSED, Shape, Value

JOINS = ("concatenate", "add")
MOST_STEPS = 10_000  # of a description with its branches and repetitions


def read(
    steps: Any,
    input_shape: Sequence[int],
    name: str = "layers",
    names: Mapping[str, Any] | None = None,
    poolings: Sequence[Step] = (),
) -> Description:
    """Return the description of a network that takes objects of a shape.

    Parameters
    ----------
    steps : the list of steps, plain data.
    input_shape : (features,) or (channels, height, width).
    name : what the list is called in errors, such as the key of the configuration.
    names : values by name. A name can take the place of a value or of a step, as in ``{dense: classes}``.
    poolings : max poolings that unpoolings of this description may undo, the last one first to be undone.

    Raises StudyError for the first fault: it names the step and says what was found and what is expected.
    """
    reader = _Reader(dict(names or {}))
    return reader.description(steps, tuple(int(size) for size in input_shape), name, list(poolings))


def read_classifier(
    steps: Any, input_shape: Sequence[int], classes: int, name: str = "layers", names: Mapping[str, Any] | None = None
) -> Description:
    """Return the description of a network whose output is one logit per class; see `read`.

    The name ``classes`` stands for the number of classes. Raises StudyError also for another output shape, and for
    softmax as the last step: the loss contains it.
    """
    description = read(steps, input_shape, name, {**(names or {}), "classes": classes})
    if description.layers and description.layers[-1] == Activation("softmax"):
        raise StudyError(f"{description.steps[-1].place}: the loss contains softmax; remove this step")
    if description.output_shape != (classes,):
        found = f"the output has the shape {spelt(description.output_shape)}"
        raise StudyError(f"{name}: {found}, expected {classes}: one number per class")
    return description


def read_autoencoder(
    encoder: Any,
    decoder: Any,
    input_shape: Sequence[int],
    names: Mapping[str, Any] | None = None,
    keys: tuple[str, str] = ("encoder", "decoder"),
) -> AutoEncoder:
    """Return the descriptions of encoder and decoder; see `read`. keys: what errors call the two lists.

    An unpooling of the decoder undoes the encoder's last max pooling that is not undone yet. Raises StudyError also if
    the output of the decoder has not the shape of the encoder's input.
    """
    encoding = read(encoder, input_shape, keys[0], names)
    decoding = read(decoder, encoding.output_shape, keys[1], names, encoding.poolings)
    if decoding.output_shape != encoding.input_shape:
        found = f"the output has the shape {spelt(decoding.output_shape)}"
        raise StudyError(f"{keys[1]}: {found}, expected {spelt(encoding.input_shape)}, the shape of the input")
    return AutoEncoder(encoding, decoding)


def _written(value: Any) -> str:
    """Return a value of the user, shortened if it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _unclear(step: Mapping[Any, Any], words: list[str]) -> str:
    """Return what is wrong with a step that names no layer, or several (words)."""
    if words:
        return f"names the layers {' and '.join(words)}, expected one layer for each step"
    if len(step) == 1 and (word := next(iter(step))) in ACTIVATIONS:
        return f"is {_written(step)}, expected the word {word} alone"
    known = [*LAYERS, "branches", "repeat", *ACTIVATIONS]
    options = {item.name for layer in LAYERS.values() for item in fields(layer)[1:]}
    found = ", ".join(f"{_written(key)}{hint_of_name(key, known)}" for key in step if key not in options)
    what = f"names the unknown layer {found}" if found else f"is {_written(step)}, which names no layer"
    return f"{what}; the layers are {', '.join(known)}"


class _Reader:
    """Reads descriptions in which names stand for values."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._steps = 0

    def description(self, steps: Any, shape: Shape, place: str, poolings: list[Step]) -> Description:
        """Return a description; unpoolings take their poolings from the end of the list."""
        read: list[Step] = []
        for where, step in self._unrolled(steps, place):
            self._count(place)
            found = self._step(where, step, read[-1].output_shape if read else shape, poolings)
            if isinstance(found.layer, MaxPooling):
                poolings.append(found)
            read.append(found)
        return Description(tuple(read), shape)

    def _count(self, place: str) -> None:
        """Count one more step, or one more repetition."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise StudyError(f"{place}: with it there are more than {MOST_STEPS} steps and repetitions, expected fewer")

    def _unrolled(self, steps: Any, place: str) -> Iterator[tuple[str, Any]]:
        """Yield each step with its place; repeated steps are yielded as often as they are repeated."""
        if not isinstance(steps, (list, tuple)):
            raise StudyError(f"{place} is {_written(steps)}, expected a list of steps")
        for number, step in enumerate(steps, start=1):
            where = f"{place}, step {number}"
            if not isinstance(step, dict) or "repeat" not in step:
                yield where, step
                continue
            if set(step) != {"repeat", "steps"}:
                raise StudyError(f"{where} has the keys {', '.join(map(str, step))}, expected repeat and steps")
            times = self._value(f"{where} (repeat)", "repeat", step["repeat"], _TIMES)
            for turn in range(1, times + 1):
                self._count(where)
                yield from self._unrolled(step["steps"], f"{where}, repetition {turn}")

    def _step(self, place: str, step: Any, shape: Shape, poolings: list[Step]) -> Step:
        layer = self._layer(place, step, shape)
        place = f"{place} ({layer.plain() if isinstance(layer, Activation) else layer.word})"
        try:
            output = _undone(poolings, shape) if isinstance(layer, Unpooling) else layer.output(shape)
            return Step(place, layer, shape, output, layer.parameters(shape), layer.multiply_adds(shape))
        except MisfitError as error:
            raise StudyError(f"{place}: {error}") from None

    def _layer(self, place: str, step: Any, shape: Shape) -> Layer:
        if isinstance(step, str):
            step = self._names.get(step, step)
        if isinstance(step, str):
            if step in ACTIVATIONS:
                return Activation(step)
            step = {step: None}
        if not isinstance(step, dict) or not step:
            raise StudyError(f"{place} is {_written(step)}, expected the name of a layer or a mapping with it")
        words = [word for word in step if word in LAYERS or word == "branches"]
        if len(words) != 1:
            raise StudyError(f"{place} {_unclear(step, words)}")
        if words[0] == "branches":
            return self._branches(place, step, shape)
        return self._made(f"{place} ({words[0]})", LAYERS[words[0]], step)

    def _made(self, place: str, kind: type[Layer], step: Mapping[str, Any]) -> Layer:
        """Return a layer from its step, a mapping of its word and its options."""
        items = fields(kind)
        keys = [kind.word, *(item.name for item in items[1:])]
        if not items and step[kind.word] is not None:
            raise StudyError(f"{place} is {_written(step[kind.word])}, expected the word {kind.word} alone")
        for key in step:
            if key not in keys:
                options = f"the keys are {', '.join(keys)}" if items else "it has no options"
                raise StudyError(f"{place} has the unknown key {_written(key)}{hint_of_name(key, keys)}; {options}")
        accepted, values = kind.values(), {}
        for key, item in zip(keys, items, strict=False):
            if step.get(key) is not None:
                values[item.name] = self._value(place, key, step[key], accepted[item.name])
            elif item.default is MISSING:
                raise StudyError(f"{place} lacks the key {key}, expected {accepted[item.name].expected}")
        return kind(**values)

    def _value(self, place: str, key: str, found: Any, value: Value) -> Any:
        """Return the value of a key, which may be given by a name."""
        given = self._names.get(found, found) if isinstance(found, str) else found
        read = value.read(given)
        if read is REFUSED:
            names = f" or a name: {', '.join(self._names)}" if self._names else ""
            unknown = isinstance(found, str) and found not in self._names
            hint = f"{hint_of_name(found, self._names) if unknown else ''}{hint_of_number(found)}"
            stands = "" if given is found else f", which is {_written(given)}"
            raise StudyError(f"{place}: {key} is {_written(found)}{stands}{hint}, expected {value.expected}{names}")
        return read

    def _branches(self, place: str, step: Mapping[str, Any], shape: Shape) -> Branches:
        if set(step) != {"branches", "join"}:
            raise StudyError(f"{place} (branches) has the keys {', '.join(map(str, step))}, expected branches and join")
        lists, join = step["branches"], step["join"]
        if not isinstance(lists, (list, tuple)) or len(lists) < 2:
            raise StudyError(f"{place} (branches): branches is {_written(lists)}, expected two or more lists of steps")
        if join not in JOINS:
            hint = hint_of_name(join, JOINS)
            raise StudyError(f"{place} (branches): join is {_written(join)}{hint}, expected one of {', '.join(JOINS)}")
        # An unpooling undoes a pooling of its own branch: others have other shapes, or may run later.
        read = (self.description(each, shape, f"{place}, branch {n}", []) for n, each in enumerate(lists, start=1))
        return Branches(tuple(read), join)


def _undone(poolings: list[Step], shape: Shape) -> Shape:
    """Take the last pooling from the list and return the shape that unpooling restores."""
    if not poolings:
        raise MisfitError(
            f"the input has the shape {spelt(shape)} and no max_pooling is left, expected one for each unpooling"
        )
    pooling = poolings.pop()
    assert isinstance(pooling.layer, MaxPooling)
    if pooling.layer.overlaps:
        raise MisfitError(
            f"the windows of {pooling.place} overlap, expected a stride of at least the window: "
            "a pixel can be the maximum of one window only"
        )
    if shape != pooling.output_shape:
        expected = f"expected {spelt(pooling.output_shape)}, the output of {pooling.place}"
        raise MisfitError(f"the input has the shape {spelt(shape)}, {expected}")
    return pooling.input_shape


_TIMES = LAYERS["dense"].values()["units"]
