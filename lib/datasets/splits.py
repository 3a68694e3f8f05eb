"""Splits of a data set in memory: images, given block by block, with labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lib.datasets.notes import Note

LABELLED = ("train", "test")
SPLITS = (*LABELLED, "unlabeled")
WHOLE = "all"  # labelled images that are not split yet


class Rows(Protocol):
    """Square images as rows (N, side * side * channels) of uint8, row-major, channels last."""

    shape: tuple[int, int]
    side: int
    channels: int

    def blocks(self) -> Iterator[np.ndarray]:
        """All rows in order, a MB or so at a time."""


@dataclass
class Split:
    """Images of one split and, but for unlabelled images, their labels (N,) int64 from 0.

    fold_indices: predefined folds of the training images, each a vector of row numbers, where the raw
    files hold them. source: the split whose images serve where a data set has none for this one. notes: what
    was converted, left out or is remarkable.
    """

    images: Rows
    labels: np.ndarray | None = None
    class_names: list[str] = field(default_factory=list)
    fold_indices: list[np.ndarray] | None = None
    source: str | None = None
    notes: list[Note] = field(default_factory=list)
