"""What the fields of layers accept in a description: types with the values that they allow, in words."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Annotated, Any, NamedTuple, get_args

Shape = tuple[int, ...]
Pair = tuple[int, int]  # of rows and of columns

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softmax")


class Value(NamedTuple):
    """What a field of a layer accepts: in words, and a function that returns the value to use or `REFUSED`."""

    expected: str
    read: Callable[[Any], Any]


REFUSED = object()


def _is_whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _whole(least: int) -> Callable[[Any], Any]:
    return lambda value: value if _is_whole(value, least) else REFUSED


def _pair(least: int) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        both = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
        return both if len(both) == 2 and all(_is_whole(side, least) for side in both) else REFUSED

    return read


def _shape(value: Any) -> Any:
    sizes = tuple(value) if isinstance(value, (list, tuple)) else ()
    return sizes if len(sizes) in (1, 3) and all(_is_whole(size, 1) for size in sizes) else REFUSED


def _rate(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and 0 <= value < 1 else REFUSED


def _share(value: Any) -> Any:
    return _rate(value) if value != 0 else REFUSED


def _positive(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and 0 < value < inf else REFUSED


def _at_least_one(value: Any) -> Any:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return float(value) if number and 1 <= value < inf else REFUSED


def _choice(*options: str | None) -> Value:
    words = "one of " + ", ".join("null" if option is None else option for option in options)
    return Value(words, lambda value: value if value in options and not isinstance(value, bool) else REFUSED)


# Types of the fields of layers, with what a description may give for them.
Count = Annotated[int, Value("a whole number of at least 1", _whole(1))]
Window = Annotated[Pair, Value("a whole number of at least 1, or two of them: [rows, columns]", _pair(1))]
OptionalWindow = Annotated[Pair | None, *get_args(Window)[1:]]
Margin = Annotated[Pair, Value("a whole number of at least 0, or two of them: [rows, columns]", _pair(0))]
Rate = Annotated[float, Value("a number of at least 0 and below 1", _rate)]
Share = Annotated[float, Value("a number above 0 and below 1", _share)]
Weight = Annotated[float, Value("a number above 0", _positive)]
Factor = Annotated[float, Value("a number of at least 1", _at_least_one)]
Sizes = Annotated[Shape, Value("a list of one or three whole numbers of at least 1", _shape)]
Flag = Annotated[bool, Value("true or false", lambda value: value if isinstance(value, bool) else REFUSED)]
Pooled = Annotated[str, _choice("max", "average")]
Between = Annotated[str | None, _choice(None, *ACTIVATIONS)]
