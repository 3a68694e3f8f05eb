"""The splits of a data set: square images with labels, class names and folds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from lib.datasets.notes import Note

LABELLED = ("train", "test")
SPLITS = (*LABELLED, "unlabeled")
WHOLE = "all"  # labelled images that are not yet split into training and test images


class Rows(Protocol):
    """Square images as rows (N, side * side * channels) of uint8, row-major, channels last."""

    shape: tuple[int, int]
    side: int
    channels: int

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all rows in order, about 1 MB at a time."""


@dataclass
class Split:
    """Images of one split with their labels.

    labels: (N,) int64, counted from 0; None for unlabelled images. class_names: names in the order of the labels.
    fold_indices: predefined folds of the training images, each a vector of row numbers; None if the raw files have
    none. groups: (N,) int64, counted from 0, equal for images that are not independent of each other; None if every
    image is its own group. source: the split whose images are used because the data set has none for this split.
    notes: what was converted or left out, and what is unusual.
    """

    images: Rows
    labels: np.ndarray | None = None
    class_names: list[str] = field(default_factory=list)
    fold_indices: list[np.ndarray] | None = None
    groups: np.ndarray | None = None
    source: str | None = None
    notes: list[Note] = field(default_factory=list)
