"""Statistics of the images of a split, and notes on images that look wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.datasets.images import Images
from lib.datasets.moments import ConstantImages, Moments
from lib.datasets.notes import N_, Note
from lib.datasets.order import check_order
from lib.datasets.splits import Split

DARK = 64  # images whose largest value is smaller may have been read on the wrong scale


@dataclass(frozen=True)
class SplitFacts:
    """What facts.json says about the images of one split.

    count: number of images. side: in pixels. mean, std: one value per channel, in intensities from 0 to 255.
    images_of: the split whose images are used because this one has none. groups: number of groups of images that are
    not independent, None if every image is its own. images_by_class: number of images by class
    name, None for unlabelled images.
    """

    count: int
    side: int
    channels: int
    mean: list[float]
    std: list[float]
    notes: list[Note]
    images_of: str | None = None
    groups: int | None = None
    images_by_class: dict[str, int] | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the facts as plain values for a JSON file, without those that are None."""
        values = vars(self) | {"notes": [note.as_json() for note in self.notes]}
        return {name: value for name, value in values.items() if value is not None}


def facts(split: Split, name: str = "train", copy: Callable[[np.ndarray], object] | None = None) -> SplitFacts:
    """Return the statistics of a split in one pass over its images.

    name: the split's name, for the notes. copy: called with every block of rows (n, D) uint8 in order, so that
    the images are read only once. Raises StudyError for damaged images in a stream, for rows of colour images in
    another order than they are read, and what ``copy`` raises.
    """
    images = split.images
    moments, constants, largest = Moments(images.channels), ConstantImages(images.channels), 0
    for number, rows in enumerate(images.blocks()):
        if not number and isinstance(images, Images):
            check_order(images, rows)
        if copy:
            copy(rows)
        moments.add(rows)
        constants.add(rows)
        largest = max(largest, int(rows.max(initial=0)))
    std = moments.std().tolist()
    by_class = None
    if split.labels is not None:
        counts = np.bincount(split.labels, minlength=len(split.class_names)).tolist()
        by_class = dict(zip(split.class_names, counts, strict=True))
    return SplitFacts(
        count=images.shape[0],
        side=images.side,
        channels=images.channels,
        mean=moments.mean().tolist(),
        std=std,
        notes=[*split.notes, *_notes_on_images(name, split, std, constants, largest)],
        images_of=split.source,
        groups=None if split.groups is None else len(np.unique(split.groups)),
        images_by_class=by_class,
    )


def _notes_on_images(name: str, split: Split, std: list[float], constants: ConstantImages, largest: int) -> list[Note]:
    """Return notes on dark images, on images of one colour and on constant channels: often a sign of damaged data."""
    if split.source:
        return []  # the split that the images come from has these notes
    names = [N_("red"), N_("green"), N_("blue")] if len(std) == 3 else [N_("grey")]
    constant = [channel for channel, value in zip(names, std, strict=True) if value == 0]
    if len(constant) == len(names):
        return [Note(N_("All images of {split} have one and the same colour."), {"split": name})]
    notes = []
    if largest < DARK:
        text = N_("The images of {split} are dark: no value is above {largest} of 255. Is this the scale of the data?")
        notes.append(Note(text, {"split": name, "largest": largest}))
    if constant:
        text = N_("Channels with one and the same value in all images of {split}: {channels}.")
        notes.append(Note(text, {"split": name, "channels": ", ".join(constant)}))
    if constants.count:
        text = N_("Images of a single colour in {split}: {count} of {images}; the first is number {first}.")
        counts = {"count": constants.count, "images": split.images.shape[0], "first": constants.first}
        notes.append(Note(text, {"split": name} | counts))
    return notes
