"""Labels and names of classes of all splits, as one numbering from 0 of the classes that have training images."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.notes import N_, Note
from lib.datasets.splits import LABELLED, Split

MAX_CLASSES = 10_000
MAX_NAME = 200  # characters
SMALLEST = 3  # training images of a class: cross-validation has so many parts
_SHOWN = 10  # names shown in one sentence


def vector(values: Any) -> np.ndarray:
    """Numbers (N,) of an array or a list of numbers. Raises ValueError for anything else."""
    if isinstance(values, list | tuple):
        # no nested lists: a few hundred bytes of references can stand for terabytes
        if not all(isinstance(value, int | float | np.number) for value in values):
            raise ValueError("a list of other things than numbers")
        values = np.array(values, dtype=np.float64)
    if not isinstance(values, np.ndarray):
        raise ValueError(f"a {type(values).__name__}")
    if values.dtype.kind not in "biuf":
        raise ValueError(f"values of dtype {values.dtype}")
    values = values.ravel()
    if values.dtype.kind == "f" and not (values == np.floor(values)).all():
        raise ValueError("fractions or values that are no numbers")
    return values


def labels_of(values: Any, count: int | None) -> np.ndarray:
    """Labels (N,) of ``count`` images as the file has them: whole numbers, or names of classes as text.

    Rows of N x K zeros with a single one each stand for the numbers of the ones. Raises ValueError.
    """
    expected = "the labels" if count is None else f"{count} labels"
    if values is None:
        raise ValueError(f"has no y, expected {expected}")
    if isinstance(values, list | tuple) and values and all(isinstance(value, str | bytes) for value in values):
        values = np.array([_text(value) for value in values])
    if isinstance(values, np.ndarray) and values.dtype == object and values.size <= 100 * MAX_CLASSES:
        values = np.array(_flat(values.tolist()))
    if isinstance(values, np.ndarray) and values.dtype.kind in "SU":
        names = np.char.decode(values.ravel(), "latin-1") if values.dtype.kind == "S" else values.ravel()
        return _as_many(names, count)
    if isinstance(values, np.ndarray) and values.ndim == 2 and min(values.shape) > 1 and values.dtype.kind in "biuf":
        ones = values == 1
        if len(values) != count or not (ones.sum(axis=1) == 1).all() or np.count_nonzero(values) != count:
            raise ValueError(f"y has shape {values.shape}, expected {expected}: one for each image")
        return ones.argmax(axis=1).astype(np.int64)
    try:
        labels = vector(values)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"y holds {error}, expected whole numbers") from None
    _as_many(labels, count)
    if labels.size and not (labels.min() >= 0 and labels.max() <= MAX_CLASSES):
        wrong = labels[(labels < 0) | (labels > MAX_CLASSES)][0]
        raise ValueError(f"y holds the label {wrong:g}, expected 0 to {MAX_CLASSES}")
    return labels.astype(np.int64)


def _as_many(labels: np.ndarray, count: int | None) -> np.ndarray:
    if count is not None and labels.size != count:
        raise ValueError(f"y holds {labels.size} labels, expected {count}: one for each image")
    return labels


def _text(name: str | bytes) -> str:
    return name.decode("latin-1") if isinstance(name, bytes) else str(name)


def _flat(values: Any) -> list[Any]:
    """The values of nested lists of one value each, as MATLAB's cells become. Raises ValueError for others."""
    found = []
    for value in values if isinstance(values, list | tuple) else [values]:
        depth = 0
        while isinstance(value, np.ndarray | list | tuple) and len(value) == 1 and depth < 8:
            value, depth = value[0], depth + 1
        if isinstance(value, np.ndarray) and value.size == 1:
            value = value.item()
        if not isinstance(value, str | bytes | int | float | np.number):
            raise ValueError(f"holds a {type(value).__name__} where a name or a number is expected")
        found.append(_text(value) if isinstance(value, str | bytes) else value)
    return found


def names_of(names: Any) -> list[str]:
    """Names of the classes in the order of their labels, none where the file has none. Raises ValueError."""
    if names is None:
        return []
    if isinstance(names, np.ndarray):
        names = names.ravel().tolist() if names.size <= MAX_CLASSES else [""] * names.size
    if not isinstance(names, list | tuple):
        raise ValueError("class_names are not a list of text, expected a name for each class")
    if len(names) > MAX_CLASSES:
        raise ValueError(f"class_names are more than {MAX_CLASSES}, expected fewer")
    try:
        flat = _flat(list(names))
    except ValueError:
        flat = [None]
    if not all(isinstance(name, str) for name in flat):
        raise ValueError("class_names are not a list of text, expected a name for each class")
    if any(len(name) > MAX_NAME for name in flat):
        raise ValueError(f"class_names are longer than {MAX_NAME} characters, expected shorter ones")
    flat = [unicodedata.normalize("NFC", name) for name in flat]
    name, count = Counter(flat).most_common(1)[0] if flat else ("", 0)
    if count > 1:
        raise ValueError(f"class_names hold {name!r} {count} times, expected different names")
    return flat


def shown_names(names: list[str]) -> str:
    """The first names as part of a sentence."""
    return f"{names[:_SHOWN]}"[:-1] + (", ...]" if len(names) > _SHOWN else "]")


def named_values(
    files: dict[str, str], labels: dict[str, np.ndarray], names: dict[str, list[str]], first: int | None
) -> tuple[dict[Any, str], list[str]]:
    """Names of the classes by the label that stands for each, and sentences about labels and names that do not fit.

    files: where the labels of each split are from. first: what the first class is counted as, None where that shows
    only from the labels. Without names every label that occurs is a class, named by itself.
    """
    faults: list[str] = []
    with_names = [split for split in names if names[split]]
    for split in with_names[1:]:
        if names[split] != names[with_names[0]]:
            faults.append(
                f"{files[split]}: class_names are {shown_names(names[split])}, "
                f"expected {shown_names(names[with_names[0]])} as in {files[with_names[0]]}"
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
        expected = shown_names(classes)
    else:
        zero = [split for split, found in labels.items() if (found == 0).any()]
        first = (0 if zero else 1) if first is None else first
        known = dict(enumerate(classes, start=first))
        expected = f"{first} to {first + len(classes) - 1}"
        if zero and first == 0:
            expected += f", from 0 as in {files[zero[0]]}"
    for split, found in labels.items():
        outside = [label for label in np.unique(found).tolist() if label not in known]
        if outside:
            faults.append(f"{files[split]}: y holds the label {outside[0]}, expected {expected}")
    return known, faults


def numbered(
    files: dict[str, str], labels: dict[str, np.ndarray], known: dict[Any, str]
) -> tuple[dict[str, np.ndarray], list[str], list[Note], list[str]]:
    """Labels of each split from 0, the names of the classes that have training images, notes, and sentences of fault.

    known: names of all classes by label. A class without any image is not one; a class with test images and no
    training image is a fault, for no classifier can learn it.
    """
    train = labels.get("train")
    if train is None:
        return {}, [], [], []
    there = np.unique(train)
    wanted = set(there.tolist())
    faults, notes = [], []
    for split, found in labels.items():
        for label in np.unique(found).tolist() if split != "train" else ():
            if label not in wanted:
                count = int((found == label).sum())
                faults.append(
                    f"{files[split]}: {count} images are of the class {known[label]}, which no training image is of, "
                    "expected the classes of the training images"
                )
    absent = [name for label, name in known.items() if not any((found == label).any() for found in labels.values())]
    if absent:
        values = {"count": len(absent), "classes": ", ".join(absent[:_SHOWN])}
        notes.append(Note(N_("Named classes without images are left out ({count}): {classes}."), values))
    untested = [known[label] for label in there.tolist() if "test" in labels and not (labels["test"] == label).any()]
    if untested:
        values = {"count": len(untested), "classes": ", ".join(untested[:_SHOWN])}
        notes.append(Note(N_("Classes without test images ({count}): {classes}."), values))
    if faults:
        return {}, [], notes, faults
    order = [label for label in known if label in wanted]  # that of the names, or of the labels
    place = {label: number for number, label in enumerate(order)}
    counted = {split: _replaced(found, place) for split, found in labels.items()}
    return counted, [known[label] for label in order], notes, faults


def _replaced(labels: np.ndarray, place: dict[Any, int]) -> np.ndarray:
    values, inverse = np.unique(labels, return_inverse=True)
    return np.array([place[value] for value in values.tolist()], dtype=np.int64)[inverse.ravel()]


def check_classes(splits: dict[str, Split]) -> None:
    """Raises StudyError for classes that classifiers cannot be trained on: one alone, or one of too few images."""
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


def drawn(labels: np.ndarray, share: float, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Increasing numbers of the images that are drawn for training and for test, with the same share of every class.

    labels: (N,) from 0. share: of test images, at least one of each class that has two images.
    """
    test = []
    for label in range(int(labels.max(initial=-1)) + 1):
        rows = np.flatnonzero(labels == label)
        count = min(max(1, round(share * len(rows))), len(rows) - 1)
        test.append(rng.permutation(rows)[: max(0, count)])
    chosen = np.sort(np.concatenate(test)) if test else np.zeros(0, np.int64)
    return dict(zip(LABELLED, (np.setdiff1d(np.arange(len(labels)), chosen), chosen), strict=True))
