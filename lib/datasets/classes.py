"""Labels and class names of all splits: classes that have training images are numbered from 0."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.notes import N_, Note
from lib.datasets.splits import LABELLED, Split

MAX_CLASSES = 10_000
MAX_NAME = 200  # characters
SMALLEST = 3  # training images per class: cross-validation divides them into as many parts
_SHOWN = 10  # names in one sentence


@dataclass(frozen=True)
class Numbering:
    """Labels as numbers of the classes.

    labels: (N,) int64 from 0, by split; empty if there are faults. classes: names in the order of the labels. notes:
    what was left out. faults: sentences about labels that cannot be used.
    """

    labels: dict[str, np.ndarray]
    classes: list[str]
    notes: list[Note]
    faults: list[str]


def as_vector(values: Any) -> np.ndarray:
    """Return an array or a list of whole numbers as a vector (N,). Raises ValueError for anything else."""
    if isinstance(values, list | tuple):
        # nested lists are refused: a few hundred bytes of references can expand to terabytes
        if not all(isinstance(value, int | float | np.number) for value in values):
            raise ValueError("a list of values other than numbers")
        values = np.array(values, dtype=np.float64)
    if not isinstance(values, np.ndarray):
        raise ValueError(f"a {type(values).__name__}")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"values of dtype {values.dtype}")
    values = values.ravel()
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        raise ValueError("fractions or NaN")
    return values


def labels_of(values: Any, count: int | None) -> np.ndarray:
    """Return the labels (N,) of a file: whole numbers as int64, or class names as text.

    values: numbers, names, or a one-hot matrix (N, K), whose labels are the columns of the ones. count: number of
    images, None if unknown. Raises ValueError for anything else, and if there is not one label for each image.
    """
    expected = "the labels" if count is None else f"{count} labels"
    if values is None:
        raise ValueError(f"has no y, expected {expected}")
    if isinstance(values, list | tuple) and values and all(isinstance(value, str | bytes) for value in values):
        values = np.array([as_text(value) for value in values])
    if isinstance(values, np.ndarray) and values.dtype == object and values.size <= 100 * MAX_CLASSES:
        values = np.array(_flat(values.tolist()))
    if isinstance(values, np.ndarray) and values.dtype.kind in "SU":
        names = np.char.decode(values.ravel(), "latin-1") if values.dtype.kind == "S" else values.ravel()
        _check_count(names, count)
        return names
    if isinstance(values, np.ndarray) and values.ndim == 2 and min(values.shape) > 1 and values.dtype.kind in "biuf":
        ones = values == 1
        if len(values) != count or not (ones.sum(axis=1) == 1).all() or np.count_nonzero(values) != count:
            raise ValueError(f"y has shape {values.shape}, expected {expected}: one for each image")
        return ones.argmax(axis=1).astype(np.int64)
    try:
        labels = as_vector(values)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"y holds {error}, expected whole numbers") from None
    _check_count(labels, count)
    if labels.size and not (labels.min() >= 0 and labels.max() <= MAX_CLASSES):
        wrong = labels[(labels < 0) | (labels > MAX_CLASSES)][0]
        raise ValueError(f"y holds the label {wrong:g}, expected 0 to {MAX_CLASSES}")
    return labels.astype(np.int64)


def _check_count(labels: np.ndarray, count: int | None) -> None:
    if count is not None and labels.size != count:
        raise ValueError(f"y holds {labels.size} labels, expected {count}: one for each image")


def as_text(value: Any) -> str:
    """Return a name or a key as text; Python 2 and NumPy write some as bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _flat(values: Any) -> list[Any]:
    """Return the values of a list whose items may be nested lists of one value, as loadmat reads MATLAB's cells.

    Raises ValueError for items that are not a single name or number.
    """
    found = []
    for value in values if isinstance(values, list | tuple) else [values]:
        depth = 0
        while isinstance(value, np.ndarray | list | tuple) and len(value) == 1 and depth < 8:
            value, depth = value[0], depth + 1
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.item()
        if not isinstance(value, str | bytes | int | float | np.number):
            raise ValueError(f"holds a {type(value).__name__} where a name or a number is expected")
        found.append(as_text(value) if isinstance(value, str | bytes) else value)
    return found


def names_of(names: Any) -> list[str]:
    """Return the class names in the order of the labels, an empty list for None.

    Raises ValueError unless the names are different texts.
    """
    if names is None:
        return []
    if isinstance(names, np.ndarray):
        names = names.ravel().tolist() if names.size <= MAX_CLASSES else [""] * names.size
    if not isinstance(names, list | tuple):
        raise ValueError("class_names are not a list of text, expected a name for each class")
    if len(names) > MAX_CLASSES:
        raise ValueError(f"class_names hold {len(names)} names, expected at most {MAX_CLASSES}")
    try:
        flat = _flat(list(names))
    except ValueError:
        flat = [None]
    if not all(isinstance(name, str) for name in flat):
        raise ValueError("class_names are not a list of text, expected a name for each class")
    if (longest := max(map(len, flat), default=0)) > MAX_NAME:
        raise ValueError(f"class_names hold a name of {longest} characters, expected at most {MAX_NAME}")
    flat = [unicodedata.normalize("NFC", name) for name in flat]
    name, count = Counter(flat).most_common(1)[0] if flat else ("", 0)
    if count > 1:
        raise ValueError(f"class_names hold {name!r} {count} times, expected different names")
    return flat


def fault_of_names(names: Sequence[str], found: Sequence[str], own: bool) -> list[str]:
    """Return a sentence if the names in the configuration do not fit the classes of the data, in a list.

    found: names of the classes in the data. own: whether they are names, and not the numbers of the labels.
    """
    held = _listed(list(found))
    if own:
        return [f"configuration: classes is given, but the data set names its classes itself: {held}; leave it out"]
    if len(names) != len(found):
        return [
            f"configuration: classes has {len(names)} names, expected {len(found)}: the data set has the labels {held}"
        ]
    return []


def _listed(names: list[str]) -> str:
    """Return the first names as a list in a sentence."""
    return f"{names[:_SHOWN]}"[:-1] + (", ...]" if len(names) > _SHOWN else "]")


def names_by_label(
    files: dict[str, str], labels: dict[str, np.ndarray], names: dict[str, list[str]], first: int | None
) -> tuple[dict[Any, str], list[str]]:
    """Return the class names by label, and a sentence for each split whose labels and names do not fit.

    files: the file of each split. labels: as `labels_of` returns them. names: as `names_of` returns them. first: the
    label of the first class, None if only the labels show it: 0 if the label 0 occurs, 1 if the number of names occurs
    as a label. Labels that show neither are a fault. Without names, every label that occurs is a class and is its name.
    """
    faults: list[str] = []
    with_names = [split for split in names if names[split]]
    for split in with_names[1:]:
        if names[split] != names[with_names[0]]:
            faults.append(
                f"{files[split]}: class_names are {_listed(names[split])}, "
                f"expected {_listed(names[with_names[0]])} as in {files[with_names[0]]}"
            )
    as_text = {split: found.dtype.kind == "U" for split, found in labels.items()}
    if len(set(as_text.values())) > 1:
        one = next(split for split, text in as_text.items() if text)
        faults.append(f"{files[one]}: y holds text, expected numbers as in the other split")
        return {}, faults
    if not with_names:
        values = np.unique(np.concatenate(list(labels.values()))).tolist() if labels else []
        return {value: unicodedata.normalize("NFC", str(value)) for value in values}, faults
    classes = names[with_names[0]]
    if any(as_text.values()):
        known: dict[Any, str] = {name: name for name in classes}
        expected = _listed(classes)
    else:
        zero = [split for split, found in labels.items() if (found == 0).any()]
        if first is None:
            values = np.unique(np.concatenate(list(labels.values()))).tolist() if labels else []
            if values and not zero and values[0] > 0 and values[-1] < len(classes):
                faults.append(
                    f"{files[with_names[0]]}: y holds labels from {values[0]} to {values[-1]} for {len(classes)} "
                    f"class_names, which may count from 0 or from 1, expected the label 0 or {len(classes)} as well, "
                    "or class_names without the classes that do not occur"
                )
                return {}, faults
            first = 0 if zero else 1
        known = dict(enumerate(classes, start=first))
        expected = f"{first} to {first + len(classes) - 1}"
        if zero and first == 0:
            expected += f", from 0 as in {files[zero[0]]}"
    for split, found in labels.items():
        outside = [label for label in np.unique(found).tolist() if label not in known]
        if outside:
            faults.append(f"{files[split]}: y holds the label {outside[0]}, expected {expected}")
    return known, faults


def number_classes(files: dict[str, str], labels: dict[str, np.ndarray], known: dict[Any, str]) -> Numbering:
    """Number the classes that have training images from 0, in the order of ``known``.

    files: the file of each split, for sentences. labels: of each split. known: names of all classes by label. Classes
    without images are left out. Test images of a class without training images are a fault: no classifier can learn it.
    """
    train = labels.get("train")
    if train is None:
        return Numbering({}, [], [], [])
    trained = dict.fromkeys(np.unique(train).tolist())  # an ordered set
    faults, notes = [], []
    for split, found in labels.items():
        for label in np.unique(found).tolist() if split != "train" else ():
            if label not in trained:
                count = int((found == label).sum())
                faults.append(
                    f"{files[split]}: {count} images are of the class {known[label]}, which has no training images, "
                    "expected classes of the training images"
                )
    absent = [name for label, name in known.items() if not any((found == label).any() for found in labels.values())]
    if absent:
        values = {"count": len(absent), "classes": ", ".join(absent[:_SHOWN])}
        notes.append(Note(N_("Named classes without images are left out ({count}): {classes}."), values))
    untested = [known[label] for label in trained if "test" in labels and not (labels["test"] == label).any()]
    if untested:
        values = {"count": len(untested), "classes": ", ".join(untested[:_SHOWN])}
        notes.append(Note(N_("Classes without test images ({count}): {classes}."), values))
    if faults:
        return Numbering({}, [], notes, faults)
    order = [label for label in known if label in trained]
    number_of = {label: number for number, label in enumerate(order)}
    renumbered = {split: _renumbered(found, number_of) for split, found in labels.items()}
    return Numbering(renumbered, [known[label] for label in order], notes, [])


def _renumbered(labels: np.ndarray, number_of: dict[Any, int]) -> np.ndarray:
    values, inverse = np.unique(labels, return_inverse=True)
    return np.array([number_of[value] for value in values.tolist()], dtype=np.int64)[inverse.ravel()]


def check_classes(splits: dict[str, Split]) -> None:
    """Raise StudyError unless there are two classes, enough training images of each, and two independent test images.

    Cross-validation needs the training images, and intervals the test images.
    """
    train, names = splits["train"], splits["train"].class_names
    if len(names) < 2:
        raise StudyError(f"dataset: all training images are of the class {names[0]}, expected at least 2 classes")
    balance = np.bincount(train.labels, minlength=len(names)) if train.labels is not None else np.zeros(0)
    few = [f"{name} ({count})" for name, count in zip(names, balance.tolist(), strict=True) if count < SMALLEST]
    if few:
        more = f" and {len(few) - _SHOWN} more" if len(few) > _SHOWN else ""
        raise StudyError(
            f"dataset: the classes {', '.join(few[:_SHOWN])}{more} have fewer than {SMALLEST} training images, "
            f"expected at least {SMALLEST} of each: cross-validation divides the training images into {SMALLEST} parts"
        )
    test = splits["test"]
    if (count := test.images.shape[0] if test.groups is None else len(np.unique(test.groups))) < 2:
        what = "a single image" if test.groups is None else "a single group of images"
        raise StudyError(f"dataset: test has {what} ({count}), expected at least 2 to compute an interval")


def draw_split(labels: np.ndarray, share: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Draw training and test images with the same share of every class; return their increasing row numbers by split.

    labels: (N,) int64 from 0. share: of test images, from 0 to 1. Every class with two images or more has at least one
    test image and one training image.
    """
    test = []
    for label in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == label)
        count = min(max(1, round(share * len(rows))), len(rows) - 1)
        test.append(rng.permutation(rows)[: max(0, count)])
    chosen = np.sort(np.concatenate(test)) if test else np.zeros(0, np.int64)
    return dict(zip(LABELLED, (np.setdiff1d(np.arange(len(labels)), chosen), chosen), strict=True))
