"""What all layers of a description have in common: options, output shape, parameters and multiply-adds."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, get_type_hints

from lib.networks.values import Shape, Value


class MisfitError(ValueError):
    """A layer and the shape of its input do not fit together."""


def spelt(shape: Shape) -> str:
    """Return a shape as text, such as 3 × 32 × 32."""
    return " × ".join(map(str, shape))


@dataclass(frozen=True)
class Layer:
    """One layer. By default it keeps the shape of its input and has no parameters."""

    word: ClassVar[str]

    def output(self, shape: Shape) -> Shape:
        """Return the shape of the output. Raises MisfitError if the input has a shape that the layer cannot take."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """Return the number of learned parameters for an input of this shape."""
        return 0

    def multiply_adds(self, shape: Shape) -> int:
        """Return the multiplications with weights of one input of this shape; sums of biases are not counted."""
        return 0

    @classmethod
    def values(cls) -> dict[str, Value]:
        """Return what the fields of the layer accept, by name."""
        return {
            name: hint.__metadata__[0]
            for name, hint in get_type_hints(cls, include_extras=True).items()
            if hasattr(hint, "__metadata__")
        }

    def plain(self) -> Any:
        """Return the layer as a step of a description. Options at their defaults are left out."""
        named = {item.name: getattr(self, item.name) for item in fields(self)}
        shown = {
            self.word if number == 0 else item.name: shortest(named[item.name])
            for number, item in enumerate(fields(self))
            if number == 0 or named[item.name] != item.default
        }
        return shown or self.word


def shortest(value: Any) -> Any:
    """Return a pair of equal numbers as one number, a tuple as a list, anything else unchanged."""
    if isinstance(value, tuple):
        return value[0] if len(value) == 2 and value[0] == value[1] else list(value)
    return value
