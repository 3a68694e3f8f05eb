"""Facts of a split: sizes, statistics, images per class, what is remarkable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lib.datasets.moments import Constants, Moments
from lib.datasets.notes import N_, Note
from lib.datasets.splits import Split

DARK = 64  # images whose largest value is below a quarter of the scale may be read on the wrong one


def facts(split: Split, name: str = "train", copy: Callable[[np.ndarray], object] | None = None) -> dict[str, Any]:
    """Count, side in pixels, channels, mean and standard deviation per channel, images per class, and notes.

    name: the split's own, for the notes. copy: is given every block of rows in order, so that copying and describing
    read the images once. Raises StudyError where images that come out of a stream are damaged, and what copy raises.
    """
    images = split.images
    moments, constants, largest = Moments(images.channels), Constants(images.channels), 0
    for rows in images.blocks():
        if copy:
            copy(rows)
        moments.add(rows)
        constants.add(rows)
        largest = max(largest, int(rows.max(initial=0)))
    std = moments.std().tolist()
    result: dict[str, Any] = {
        "count": images.shape[0],
        "side": images.side,
        "channels": images.channels,
        "mean": moments.mean().tolist(),
        "std": std,
        "notes": [note.as_json() for note in [*split.notes, *_remarkable(name, split, std, constants, largest)]],
    }
    if split.source:
        result["images_of"] = split.source
    if split.labels is not None:
        balance = np.bincount(split.labels, minlength=len(split.class_names))
        result["images_by_class"] = dict(zip(split.class_names, balance.tolist(), strict=True))
    return result


def _remarkable(name: str, split: Split, std: list[float], constants: Constants, largest: int) -> list[Note]:
    """Notes on images without contrast, which are black or blank more often than meant."""
    if split.source:
        return []  # said of the split whose images they are
    names = [N_("red"), N_("green"), N_("blue")] if len(std) == 3 else [N_("grey")]
    still = [channel for channel, value in zip(names, std, strict=True) if value == 0]
    if len(still) == len(names):
        return [Note(N_("All images of {split} are of one and the same colour."), {"split": name})]
    notes = []
    if largest < DARK:
        text = N_("The images of {split} are dark: no value is above {largest} of 255. Is this the scale of the data?")
        notes.append(Note(text, {"split": name, "largest": largest}))
    if still:
        text = N_("A channel is the same in all images of {split}: {channels}.")
        notes.append(Note(text, {"split": name, "channels": ", ".join(still)}))
    if constants.count:
        text = N_("Images of one colour throughout in {split}: {count} of {images}; the first is number {first}.")
        counts = {"count": constants.count, "images": split.images.shape[0], "first": constants.first}
        notes.append(Note(text, {"split": name} | counts))
    return notes
