"""Notes: what a reader of a data set should know, though it is no fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(text: str) -> str:
    """A message that is marked for the catalogue and stays as it is: the report translates it."""
    return text


@dataclass(frozen=True)
class Note:
    """A sentence with values, kept apart so that the report can translate the sentence.

    text: a message of the catalogue with named places for the values, which are text and numbers.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)

    def as_json(self) -> dict[str, Any]:
        """The note as plain values for a JSON file."""
        return {"text": self.text, "values": dict(self.values)}
