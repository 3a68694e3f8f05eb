"""Validation: the contents of raw files become splits, or a sentence for each of their faults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isqrt
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.base.randomness import generator
from lib.datasets.classes import (
    Numbering,
    as_vector,
    draw_split,
    fault_of_names,
    labels_of,
    names_by_label,
    names_of,
    number_classes,
)
from lib.datasets.conversion import Composited, Range, convert, range_of
from lib.datasets.images import Images, Subset, as_rows, images_of
from lib.datasets.notes import N_, Note
from lib.datasets.splits import LABELLED, WHOLE, Split

MAX_FOLDS = 1000
MAX_REPEATS = 100  # row numbers in all folds together, in multiples of the training images
TEST_SHARE = 0.2  # of the labelled images, where the data set has no test images
_EXAMINED = 200  # images that show whether rows have four channels


@dataclass
class Raw:
    """The contents of the files of one split, before any check.

    file: its name for sentences. images: a source as in lib.datasets.images. layout: of the rows, a key of
    lib.datasets.images.LAYOUTS. first_label: the label of the first class, None if only the labels show it. groups: a
    number for each image, equal for images that are not independent; None if all are.
    """

    file: str
    images: Any
    labels: Any = None
    class_names: Any = None
    fold_indices: Any = None
    layout: str = "interleaved"
    first_label: int | None = None
    groups: Any = None
    notes: list[Note] = field(default_factory=list)


@dataclass
class Raws:
    """What could be read, by split, and a sentence for each fault."""

    splits: dict[str, Raw]
    faults: list[str] = field(default_factory=list)


def _checked_folds(folds: Any, count: int) -> list[np.ndarray] | None:
    """Return folds as vectors of int64 row numbers from 0; None if the files have none.

    count: number of training images. Row numbers that start at 1, as in MATLAB, are recognised by the number ``count``.
    Raises ValueError for row numbers outside the training images, and for an image twice in one fold.
    """
    if folds is None:
        return None
    if isinstance(folds, np.ndarray) and folds.dtype == object and folds.size <= MAX_FOLDS:
        folds = folds.ravel().tolist()
    is_list = isinstance(folds, list | tuple) or (isinstance(folds, np.ndarray) and folds.ndim > 0)
    if not is_list or not 0 < len(folds) <= MAX_FOLDS:
        raise ValueError("fold_indices are not a list of folds, expected one vector of row numbers for each fold")
    result = []
    for number, fold in enumerate(folds, start=1):
        try:
            rows = as_vector(fold)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"fold {number} of fold_indices holds {error}, expected row numbers") from None
        if not 0 < rows.size <= count:
            raise ValueError(f"fold {number} of fold_indices holds {rows.size} images, expected 1 to {count}")
        result.append(rows)
        if sum(rows.size for rows in result) > MAX_REPEATS * count:  # a pickle may refer to one vector many times
            raise ValueError(f"fold_indices hold more than {MAX_REPEATS} times the {count} images, expected fewer")
    low, high = min(rows.min() for rows in result), max(rows.max() for rows in result)
    first = int(low >= 1 and high == count)
    if low < 0 or high - first >= count:
        raise ValueError(f"fold_indices hold {high if low >= 0 else low:g}, expected 0 to {count - 1}: training images")
    for number, rows in enumerate(result, start=1):
        if np.unique(rows).size < rows.size:
            raise ValueError(f"fold {number} of fold_indices holds an image twice, expected different ones")
    return [rows.astype(np.int64) - first for rows in result]


def _checked_groups(groups: Any, count: int) -> np.ndarray | None:
    """Return the group of each image as int64, counted from 0; None if the files have none.

    count: number of images. Raises ValueError unless there is one whole number for each image.
    """
    if groups is None:
        return None
    try:
        numbers = as_vector(groups)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"groups hold {error}, expected whole numbers") from None
    if numbers.size != count:
        raise ValueError(f"groups hold {numbers.size} numbers, expected {count}: one for each image")
    return np.unique(numbers, return_inverse=True)[1].ravel().astype(np.int64)


class _Checks:
    """Collects the sentences of the checks that fail."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)

    def run(self, file: str, check: Any, *arguments: Any) -> Any:
        """Return the result of a check, None if it raises ValueError."""
        try:
            return check(*arguments)
        except ValueError as error:
            self.faults.append(f"{file}: {error}")
        return None


def assemble(raws: Raws, seed: int, classes: Sequence[str] = ()) -> dict[str, Split]:
    """Return the validated splits of what was read. Without unlabelled images the training images are used for them.

    seed: the study's seed, which splits labelled images into training and test images if the data set has no split.
    classes: names of the classes in the order of their labels, for files that hold numbers alone.
    Raises StudyError with a sentence for each fault.
    """
    checks = _Checks(raws.faults)
    images = _images(raws.splits, checks)
    found = _number_classes(raws.splits, images, checks, classes)
    groups = {
        split: checks.run(raws.splits[split].file, _checked_groups, raws.splits[split].groups, images[split].shape[0])
        for split in images
    }
    folds = None
    if "train" in images:
        raw = raws.splits["train"]
        folds = checks.run(raw.file, _checked_folds, raw.fold_indices, images["train"].shape[0])
    _check_sizes(raws.splits, images, checks)
    if checks.faults or not {"train", WHOLE} & set(images):
        raise StudyError(*(checks.faults or ["dataset: has no images for training, expected at least one"]))
    splits = {}
    for split in images:
        labels = found.labels.get(split)
        classes = found.classes if labels is not None else []
        splits[split] = Split(images[split], labels, classes, groups=groups[split])
        splits[split].notes += raws.splits[split].notes
    if WHOLE in splits:
        splits = _split_labelled(splits, seed)
    splits["train"].fold_indices = folds
    splits["train"].notes += found.notes
    splits.setdefault("unlabeled", Split(splits["train"].images, source="train"))
    return splits


def _images(raws: dict[str, Raw], checks: _Checks) -> dict[str, Images]:
    """Return the images of each split as uint8. Whole numbers of all splits share one scale, and so do fractions."""
    sources: dict[str, tuple[Any, str]] = {}
    ranges: dict[str, Range] = {}
    for split, raw in raws.items():
        if (one := checks.run(raw.file, _numbers, raw)) is None:
            continue
        sources[split] = one
        if one[0].dtype != np.uint8 and (values := checks.run(raw.file, range_of, one[0])):
            ranges[split] = values
    images: dict[str, Images] = {}
    for split, (source, layout) in sources.items():
        raw = raws[split]
        if source.dtype != np.uint8:
            if split not in ranges:
                continue
            same_kind = [s for s in ranges if (sources[s][0].dtype.kind == "f") == (source.dtype.kind == "f")]
            largest = max(ranges[s].high for s in same_kind)
            if (one := checks.run(raw.file, convert, source, split, ranges[split], largest)) is None:
                continue
            source, note = one
            raw.notes.append(note)
        if len(source.shape) == 4 and source.shape[3 if layout == "interleaved" else 1] == 4:
            source = Composited(source, first=layout != "interleaved")
            text = N_("The fourth channel of {split} is read as transparency, on a white background.")
            raw.notes.append(Note(text, {"split": split}))
        if found := checks.run(raw.file, images_of, source, layout, raw.file):
            images[split] = found
            raw.notes += _four_channel_notes(split, source, found)
    return images


def _numbers(raw: Raw) -> tuple[Any, str]:
    """Return the source of a split with one image per row, and the layout. Raises ValueError for other than numbers."""
    if raw.images.dtype.kind not in "biuf":
        raise ValueError(f"X has dtype {raw.images.dtype}, expected uint8")
    return as_rows(raw.images, raw.layout)


def _four_channel_notes(split: str, source: Any, images: Images) -> list[Note]:
    """Return a note if rows with the length of grey images look like RGBA images.

    They do if the last quarter of each row is a constant alpha plane, or if values differ less from the fourth next
    value than from the next one, as they do in interleaved channels.
    """
    width = images.shape[1]
    side = isqrt(width // 4)
    if len(source.shape) != 2 or images.channels != 1 or 4 * side * side != width or side < 2:
        return []
    rows = np.asarray(source[0:_EXAMINED]).astype(np.int16)

    def difference(distance: int) -> float:
        return float(np.abs(rows[:, distance:] - rows[:, :-distance]).mean())

    quarter = rows[:, -width // 4 :]
    constant = (quarter == quarter[:, :1]).all() and (quarter[:, 0] != 0).all() and rows.std() > 0
    if not constant and difference(4) >= difference(1):
        return []
    text = N_(
        "The rows of {split} are read as grey images of {side} pixels a side, but look like red, green, blue and alpha "
        "of {other} pixels a side: give three channels."
    )
    return [Note(text, {"split": split, "side": images.side, "other": side})]


def _number_classes(
    raws: dict[str, Raw], images: dict[str, Images], checks: _Checks, classes: Sequence[str]
) -> Numbering:
    """Return the labels of all splits as numbers of the classes; faults go to the checks."""
    nothing = Numbering({}, [], [], [])
    labels: dict[str, np.ndarray] = {}
    names: dict[str, list[str]] = {}
    files = {split: raw.file for split, raw in raws.items() if split in (*LABELLED, WHOLE)}
    for split, file in files.items():
        shape = getattr(raws[split].images, "shape", ())
        count = images[split].shape[0] if split in images else int(shape[0]) if shape else None
        labels[split] = checks.run(file, labels_of, raws[split].labels, count)
        names[split] = checks.run(file, names_of, raws[split].class_names)
    if not files or any(found is None for found in (*labels.values(), *names.values())):
        return nothing
    first = next((raw.first_label for raw in raws.values() if raw.first_label is not None), None)
    known, faults = names_by_label(files, labels, names, first)
    checks.faults += faults
    if faults:
        return nothing
    # images that are not split yet define the classes, as training images do
    split_of = {"train" if split == WHOLE else split: split for split in labels}
    found = number_classes(
        {role: files[split] for role, split in split_of.items()},
        {role: labels[split] for role, split in split_of.items()},
        known,
    )
    checks.faults += found.faults
    given = checks.run("configuration: classes", names_of, list(classes))
    if given and not found.faults:
        own = any(names.values()) or any(values.dtype.kind == "U" for values in labels.values())
        checks.faults += fault_of_names(given, found.classes, own)
        found = replace(found, classes=given)
    return replace(found, labels={split_of[role]: values for role, values in found.labels.items()})


def _split_labelled(splits: dict[str, Split], seed: int) -> dict[str, Split]:
    """Return the splits with the labelled images divided into training and test images."""
    whole = splits.pop(WHOLE)
    assert whole.labels is not None
    assert whole.groups is None, "a form of data that states groups states test images as well"
    parts = draw_split(whole.labels, TEST_SHARE, generator(seed, "split of the labelled images"))
    if not len(parts["test"]):
        raise StudyError("dataset: every class has a single image, expected images for training and for test")
    values = {"train": len(parts["train"]), "test": len(parts["test"]), "seed": seed}
    text = N_(
        "The data set has no test images: {test} of its labelled images, the same share of every class, were drawn as "
        "test images with the seed {seed}; the other {train} are training images."
    )
    found = {}
    for name, rows in parts.items():
        found[name] = Split(_subset(whole.images, rows), whole.labels[rows], whole.class_names)
    found["train"].notes += [Note(text, values), *whole.notes]
    return found | splits


def _subset(images: Any, rows: np.ndarray) -> Images:
    return Images(Subset(images.source, rows), images.side, images.channels, images.layout, images.unclear)


def _check_sizes(raws: dict[str, Raw], images: dict[str, Images], checks: _Checks) -> None:
    first = "train" if "train" in images else WHOLE
    for split, found in images.items() if first in images else ():
        if found.shape[1] != images[first].shape[1]:
            checks.faults.append(
                f"{raws[split].file}: images have rows of {found.shape[1]} values, "
                f"expected {images[first].shape[1]} as in {raws[first].file}"
            )
