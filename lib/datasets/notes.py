"""Notes on a data set: facts that its user should know but that are not faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(text: str) -> str:
    """Mark a message for the catalogue of translations and return it unchanged: the report translates it."""
    return text


@dataclass(frozen=True)
class Note:
    """A sentence and its values, stored separately so that the report can translate the sentence.

    text: a message of the catalogue with a named placeholder for each value. values: text and numbers.
    """

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text.format(**self.values)

    def as_json(self) -> dict[str, Any]:
        """Return the note as plain values for a JSON file."""
        return {"text": self.text, "values": dict(self.values)}
