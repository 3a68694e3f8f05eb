"""Data sets: whatever the raw files' form, one validated form in memory.

Images are rows (N, side * side * channels) of uint8, row-major, channels last. Labels count the classes
from 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lib.errors import StudyError
from lib.sample_patches import side_of

LABELLED = ("train", "test")
SPLITS = (*LABELLED, "unlabeled")
CHANNELS = 3


@dataclass
class Split:
    """Images of one split and, but for unlabelled images, their labels (N,) from 0."""

    images: np.ndarray
    labels: np.ndarray | None = None
    class_names: list[str] = field(default_factory=list)


def checked_split(contents: dict[str, Any], file: str, labelled: bool) -> Split:
    """The validated split of one raw file's contents: X, and y and class_names where labelled.

    ``y`` counts the classes from 1. Raises StudyError with a sentence for each fault of the file.
    """
    if "X" not in contents:
        raise StudyError(f"{file}: has the keys {', '.join(sorted(contents)) or 'none'}, expected X with the images")
    images = np.asarray(contents["X"])
    faults = []
    if images.dtype != np.uint8:
        faults.append(f"{file}: X has dtype {images.dtype}, expected uint8")
    if images.ndim != 2 or images.shape[0] == 0:
        raise StudyError(*faults, f"{file}: X has shape {images.shape}, expected (N, 3*d*d): one image a row")
    try:
        side_of(images.shape[1], CHANNELS)
    except ValueError as error:
        faults.append(f"{file}: {error}")
    split = Split(images)
    if labelled:
        found, split.class_names, label_faults = _checked_labels(contents, file, images.shape[0])
        split.labels = found
        faults += label_faults
    if faults:
        raise StudyError(*faults)
    return split


def _checked_labels(contents: dict[str, Any], file: str, count: int) -> tuple[np.ndarray | None, list[str], list[str]]:
    """Labels from 0, names of the classes, and a sentence for each fault."""
    if "y" not in contents:
        return None, [], [f"{file}: has no y, expected {count} labels"]
    labels = np.asarray(contents["y"]).ravel()
    if labels.size != count:
        return None, [], [f"{file}: y holds {labels.size} labels, expected {count}: one for each image"]
    if labels.dtype.kind not in "iuf" or (labels != np.floor(labels)).any():
        return None, [], [f"{file}: y holds values of dtype {labels.dtype}, expected whole numbers"]
    names = [str(name) for name in np.ravel(contents.get("class_names", []))]
    classes = len(names) or 10
    outside = np.unique(labels[(labels < 1) | (labels > classes)])
    if outside.size:
        return None, [], [f"{file}: y holds the label {outside[0]:g}, expected 1 to {classes}"]
    return labels.astype(np.int64) - 1, names or [str(k) for k in range(1, classes + 1)], []


def check_together(splits: dict[str, Split], files: dict[str, str]) -> None:
    """Raises StudyError if the splits do not fit together: image sizes or class names that differ."""
    first = splits["train"]
    for name, split in splits.items():
        if split.images.shape[1] != first.images.shape[1]:
            raise StudyError(
                f"{files[name]}: images have rows of {split.images.shape[1]} values, "
                f"expected {first.images.shape[1]} as in {files['train']}"
            )
        if split.labels is not None and split.class_names != first.class_names:
            raise StudyError(
                f"{files[name]}: class_names are {split.class_names}, "
                f"expected {first.class_names} as in {files['train']}"
            )


def facts(split: Split) -> dict[str, Any]:
    """Count, side in pixels, channels, mean and standard deviation per channel, and images a class."""
    count, width = split.images.shape
    side = side_of(width, CHANNELS)
    total, squares = np.zeros(CHANNELS), np.zeros(CHANNELS)
    for start in range(0, count, 1000):
        block = split.images[start : start + 1000].reshape(-1, CHANNELS).astype(np.float64)
        total += block.sum(axis=0)
        squares += (block**2).sum(axis=0)
    pixels = count * side * side
    mean = total / pixels
    result: dict[str, Any] = {
        "count": count,
        "side": side,
        "channels": CHANNELS,
        "mean": mean.tolist(),
        "std": np.sqrt(np.maximum(squares / pixels - mean**2, 0)).tolist(),
    }
    if split.labels is not None:
        balance = np.bincount(split.labels, minlength=len(split.class_names))
        result["images_by_class"] = dict(zip(split.class_names, balance.tolist(), strict=True))
    return result
