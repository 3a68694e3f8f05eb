"""What is done to objects before a classifier sees them, by the classifier's entry in the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PREPARATIONS = {"rotated": False, "standardised_rotated": True}  # whether each standardises; both rotate


def rotates(classifier: Mapping[str, Any]) -> bool:
    """Whether objects are rotated: principal components of rotated objects are the same, and cheaper to find."""
    return bool(classifier["rotate"] or classifier.get("components"))


def preparation_of(classifier: Mapping[str, Any]) -> str | None:
    """The one of `PREPARATIONS` that a classifier may share with others, None if it does not rotate."""
    if not rotates(classifier):
        return None
    return "standardised_rotated" if classifier["standardise"] else "rotated"
