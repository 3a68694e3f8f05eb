"""What raw files hold becomes validated splits, with a sentence for each fault of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isqrt
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.base.randomness import generator
from lib.datasets.classes import drawn, labels_of, named_values, names_of, numbered, vector
from lib.datasets.conversion import Composited, Range, converted, range_of
from lib.datasets.images import Images, Picked, arranged, images_of
from lib.datasets.notes import N_, Note
from lib.datasets.splits import LABELLED, WHOLE, Split

MAX_FOLDS = 1000
MAX_REPEATS = 100  # times that an image may be in a fold
TEST_SHARE = 0.2  # of such images that become test images
_LOOKED_AT = 200  # images that tell whether rows have four channels


@dataclass
class Raw:
    """What the files of one split hold, before any check.

    images: a source as in lib.datasets.images, or None if the files hold none. first_label: what the
    first class is counted as, None where that shows only from the labels.
    """

    file: str
    images: Any
    labels: Any = None
    class_names: Any = None
    fold_indices: Any = None
    layout: str = "interleaved"
    first_label: int | None = None
    notes: list[Note] = field(default_factory=list)


@dataclass
class Raws:
    """What could be read, by split, and sentences about what could not."""

    splits: dict[str, Raw]
    faults: list[str] = field(default_factory=list)


def _checked_folds(folds: Any, count: int) -> list[np.ndarray] | None:
    """Folds as vectors of row numbers from 0 of a training set of ``count`` images. Raises ValueError."""
    if folds is None:
        return None
    if isinstance(folds, np.ndarray) and folds.dtype == object and folds.size <= MAX_FOLDS:
        folds = folds.ravel().tolist()
    if not isinstance(folds, list | tuple | np.ndarray) or not 0 < len(folds) <= MAX_FOLDS:
        raise ValueError("fold_indices are not a list of folds, expected one vector of row numbers for each fold")
    result = []
    for number, fold in enumerate(folds, start=1):
        try:
            rows = vector(fold)
        except (ValueError, OverflowError) as error:
            raise ValueError(f"fold {number} of fold_indices holds {error}, expected row numbers") from None
        if not 0 < rows.size <= count:
            raise ValueError(f"fold {number} of fold_indices holds {rows.size} images, expected 1 to {count}")
        result.append(rows)
        if sum(rows.size for rows in result) > MAX_REPEATS * count:  # one vector may be meant many times
            raise ValueError(f"fold_indices hold more than {MAX_REPEATS} times the {count} images, expected fewer")
    low, high = min(rows.min() for rows in result), max(rows.max() for rows in result)
    first = int(low >= 1 and high == count)  # rows counted from 1, as MATLAB does
    if low < 0 or high - first >= count:
        raise ValueError(f"fold_indices hold {high if low >= 0 else low:g}, expected 0 to {count - 1}: training images")
    for number, rows in enumerate(result, start=1):
        if np.unique(rows).size < rows.size:
            raise ValueError(f"fold {number} of fold_indices holds an image twice, expected different ones")
    return [rows.astype(np.int64) - first for rows in result]


class _Checks:
    """Collects the sentences of the checks that fail."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = list(faults)

    def of(self, file: str, check: Any, *arguments: Any) -> Any:
        """Result of a check, None if it raises ValueError."""
        try:
            return check(*arguments)
        except ValueError as error:
            self.faults.append(f"{file}: {error}")
        return None


def assemble(raws: Raws, seed: int) -> dict[str, Split]:
    """Validated splits of what was read; without unlabelled images the training images serve as such.

    seed: of the study, by which labelled images without a split are split into training and test images. Raises
    StudyError with a sentence for each fault.
    """
    checks = _Checks(raws.faults)
    images = _images(raws.splits, checks)
    found = _labelled(raws.splits, images, checks)
    folds = None
    if "train" in images:
        raw = raws.splits["train"]
        folds = checks.of(raw.file, _checked_folds, raw.fold_indices, images["train"].shape[0])
    _same_sizes(raws.splits, images, checks)
    if checks.faults or not {"train", WHOLE} & set(images):
        raise StudyError(*(checks.faults or ["no images for training, expected some"]))
    splits = {}
    for split in images:
        labels = found.labels.get(split)
        splits[split] = Split(images[split], labels, found.classes if labels is not None else [])
        splits[split].notes += raws.splits[split].notes
    if WHOLE in splits:
        splits = _split(splits, seed)
    splits["train"].fold_indices = folds
    splits["train"].notes += found.notes
    splits.setdefault("unlabeled", Split(splits["train"].images, source="train"))
    return splits


def _images(raws: dict[str, Raw], checks: _Checks) -> dict[str, Images]:
    """The images of each split. Numbers of all splits are converted on one scale for each kind of number."""
    sources: dict[str, tuple[Any, str]] = {}
    ranges: dict[str, Range] = {}
    for split, raw in raws.items():
        if (one := checks.of(raw.file, _numbers, raw)) is None:
            continue
        sources[split] = one
        if one[0].dtype != np.uint8 and (values := checks.of(raw.file, range_of, one[0])):
            ranges[split] = values
    images: dict[str, Images] = {}
    for split, (source, layout) in sources.items():
        raw = raws[split]
        if source.dtype != np.uint8:
            if split not in ranges:
                continue
            alike = [s for s in ranges if (sources[s][0].dtype.kind == "f") == (source.dtype.kind == "f")]
            largest = max(ranges[s].high for s in alike)
            if (one := checks.of(raw.file, converted, source, split, ranges[split], largest)) is None:
                continue
            source, note = one
            raw.notes.append(note)
        if len(source.shape) == 4 and source.shape[3 if layout == "interleaved" else 1] == 4:
            source = Composited(source, first=layout != "interleaved")
            text = N_("The fourth channel of {split} is read as transparency, on a white background.")
            raw.notes.append(Note(text, {"split": split}))
        if found := checks.of(raw.file, images_of, source, layout):
            images[split] = found
            raw.notes += _of_four_channels(split, source, found)
    return images


def _numbers(raw: Raw) -> tuple[Any, str]:
    """The source of a split with one image per row, and its layout. Raises ValueError for what is not numbers."""
    if raw.images.dtype.kind not in "biuf":
        raise ValueError(f"X has dtype {raw.images.dtype}, expected uint8")
    return arranged(raw.images, raw.layout)


def _of_four_channels(split: str, source: Any, images: Images) -> list[Note]:
    """A note if rows that have the length of grey images look as if they were red, green, blue and alpha."""
    width = images.shape[1]
    side = isqrt(width // 4)
    if len(source.shape) != 2 or images.channels != 1 or 4 * side * side != width or side < 2:
        return []
    rows = np.asarray(source[0:_LOOKED_AT]).astype(np.int16)

    def step(pixels: int) -> float:
        return float(np.abs(rows[:, pixels:] - rows[:, :-pixels]).mean())

    quarter = rows[:, -width // 4 :]
    opaque = (quarter == quarter[:, :1]).all() and (quarter[:, 0] != 0).all() and rows.std() > 0
    if not opaque and step(4) >= step(1):
        return []
    text = N_(
        "The rows of {split} are read as grey images of {side} pixels a side, but look like red, green, blue and alpha "
        "of {other} pixels a side: give three channels."
    )
    return [Note(text, {"split": split, "side": images.side, "other": side})]


@dataclass
class _Labelled:
    """Labels of each split from 0, the classes that they number, and notes."""

    labels: dict[str, np.ndarray]
    classes: list[str]
    notes: list[Note]


def _labelled(raws: dict[str, Raw], images: dict[str, Images], checks: _Checks) -> _Labelled:
    labels: dict[str, np.ndarray] = {}
    names: dict[str, list[str]] = {}
    files = {split: raw.file for split, raw in raws.items() if split in (*LABELLED, WHOLE)}
    for split, file in files.items():
        shape = getattr(raws[split].images, "shape", ())
        count = images[split].shape[0] if split in images else int(shape[0]) if shape else None
        labels[split] = checks.of(file, labels_of, raws[split].labels, count)
        names[split] = checks.of(file, names_of, raws[split].class_names)
    if not files or any(found is None for found in (*labels.values(), *names.values())):
        return _Labelled({}, [], [])
    first = next((raw.first_label for raw in raws.values() if raw.first_label is not None), None)
    known, faults = named_values(files, labels, names, first)
    checks.faults += faults
    if faults:
        return _Labelled({}, [], [])
    as_train = {"train" if split == WHOLE else split: split for split in labels}
    counted, classes, notes, faults = numbered(
        {role: files[split] for role, split in as_train.items()},
        {role: labels[split] for role, split in as_train.items()},
        known,
    )
    checks.faults += faults
    return _Labelled({as_train[role]: found for role, found in counted.items()}, classes, notes)


def _split(splits: dict[str, Split], seed: int) -> dict[str, Split]:
    """Labelled images without a split as training and test images."""
    whole = splits.pop(WHOLE)
    assert whole.labels is not None
    parts = drawn(whole.labels, TEST_SHARE, generator(seed, "split of the labelled images"))
    if not len(parts["test"]):
        raise StudyError("dataset: every class has a single image, expected some for training and some for test")
    values = {"train": len(parts["train"]), "test": len(parts["test"]), "seed": seed}
    text = N_(
        "The data set has no test images of its own: {test} of its labelled images were drawn as such by the seed "
        "{seed}, the same share of every class; {train} are left for training."
    )
    found = {
        name: Split(_picked(whole.images, rows), whole.labels[rows], whole.class_names) for name, rows in parts.items()
    }
    found["train"].notes += [Note(text, values), *whole.notes]
    return found | splits


def _picked(images: Any, rows: np.ndarray) -> Images:
    return Images(Picked(images.source, rows), images.side, images.channels, images.layout)


def _same_sizes(raws: dict[str, Raw], images: dict[str, Images], checks: _Checks) -> None:
    first = "train" if "train" in images else WHOLE
    for split, found in images.items() if first in images else ():
        if found.shape[1] != images[first].shape[1]:
            checks.faults.append(
                f"{raws[split].file}: images have rows of {found.shape[1]} values, "
                f"expected {images[first].shape[1]} as in {raws[first].file}"
            )
