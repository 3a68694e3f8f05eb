"""Data sets: whatever the raw files' form, one validated form in memory.

Images are rows (N, side * side * channels) of uint8, row-major, channels last, given block by block.
Labels count the classes from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from lib.datasets.moments import Moments

LABELLED = ("train", "test")
SPLITS = (*LABELLED, "unlabeled")


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
    files hold them. source: the split whose images serve where a data set has none for this one.
    """

    images: Rows
    labels: np.ndarray | None = None
    class_names: list[str] = field(default_factory=list)
    fold_indices: list[np.ndarray] | None = None
    source: str | None = None


def facts(split: Split, copy: Callable[[np.ndarray], object] | None = None) -> dict[str, Any]:
    """Count, side in pixels, channels, mean and standard deviation per channel, and images a class.

    copy: is given every block of rows in order, so that copying and describing read the images once.
    Raises StudyError where images that come out of a stream are damaged, and whatever copy raises.
    """
    images = split.images
    moments = Moments(images.channels)
    for rows in images.blocks():
        if copy:
            copy(rows)
        moments.add(rows)
    result: dict[str, Any] = {
        "count": images.shape[0],
        "side": images.side,
        "channels": images.channels,
        "mean": moments.mean().tolist(),
        "std": moments.std().tolist(),
    }
    if split.source:
        result["images_of"] = split.source
    if split.labels is not None:
        balance = np.bincount(split.labels, minlength=len(split.class_names))
        result["images_by_class"] = dict(zip(split.class_names, balance.tolist(), strict=True))
    return result
