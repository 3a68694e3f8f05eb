"""Data sets: whatever the raw files' form, one validated form in memory.

Images are rows (N, side * side * channels) of uint8, row-major, channels last, given block by block.
Labels count the classes from 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

LABELLED = ("train", "test")
SPLITS = (*LABELLED, "unlabeled")


class Rows(Protocol):
    """Square images as rows (N, side * side * channels) of uint8, row-major, channels last."""

    shape: tuple[int, int]
    side: int
    channels: int

    def blocks(self) -> Iterator[np.ndarray]:
        """All rows in order, a few MB at a time."""


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


def facts(split: Split) -> dict[str, Any]:
    """Count, side in pixels, channels, mean and standard deviation per channel, and images a class."""
    images = split.images
    count, channels = images.shape[0], images.channels
    total, squares = np.zeros(channels), np.zeros(channels)
    for rows in images.blocks():
        # sums of whole numbers below 2**53: exact, whatever the size of the blocks
        block = rows.reshape(-1, channels)
        values = np.stack([np.bincount(block[:, channel], minlength=256) for channel in range(channels)])
        total += values @ np.arange(256)
        squares += values @ np.arange(256) ** 2
    pixels = count * images.side**2
    mean = total / pixels
    result: dict[str, Any] = {
        "count": count,
        "side": images.side,
        "channels": channels,
        "mean": mean.tolist(),
        "std": np.sqrt(np.maximum(squares / pixels - mean**2, 0)).tolist(),
    }
    if split.source:
        result["images_of"] = split.source
    if split.labels is not None:
        balance = np.bincount(split.labels, minlength=len(split.class_names))
        result["images_by_class"] = dict(zip(split.class_names, balance.tolist(), strict=True))
    return result
