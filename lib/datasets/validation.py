"""What raw files hold becomes validated splits; all faults are told together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.datasets import LABELLED, Split
from lib.datasets.images import Images, images_of
from lib.errors import StudyError

MAX_CLASSES = 10_000
MAX_NAME = 200  # characters
MAX_FOLDS = 1000
MAX_REPEATS = 100  # times that an image may be in a fold
_TOLD = 10  # names told in one sentence


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


def _vector(values: Any) -> np.ndarray:
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


def _checked_labels(raw: Raw, count: int | None) -> np.ndarray:
    """Labels (N,) as the file counts them. Raises ValueError."""
    expected = "the labels" if count is None else f"{count} labels"
    if raw.labels is None:
        raise ValueError(f"has no y, expected {expected}")
    try:
        labels = _vector(raw.labels)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"y holds {error}, expected whole numbers") from None
    if count is not None and labels.size != count:
        raise ValueError(f"y holds {labels.size} labels, expected {count}: one for each image")
    if labels.size and not (labels.min() >= 0 and labels.max() <= MAX_CLASSES):
        wrong = labels[(labels < 0) | (labels > MAX_CLASSES)][0]
        raise ValueError(f"y holds the label {wrong:g}, expected 0 to {MAX_CLASSES}")
    return labels.astype(np.int64)


def _checked_names(names: Any) -> list[str]:
    """Names of the classes, none where the file has none. Raises ValueError."""
    if names is None:
        return []
    if isinstance(names, np.ndarray):
        names = names.ravel().tolist()
    if not isinstance(names, list | tuple) or not all(isinstance(name, str | bytes) for name in names):
        raise ValueError("class_names are no list of text, expected a name for each class")
    if len(names) > MAX_CLASSES or any(len(name) > MAX_NAME for name in names):
        raise ValueError(f"class_names are longer than {MAX_CLASSES} names of {MAX_NAME} characters, expected fewer")
    names = [name.decode("latin-1") if isinstance(name, bytes) else str(name) for name in names]
    name, count = Counter(names).most_common(1)[0] if names else ("", 0)
    if count > 1:
        raise ValueError(f"class_names hold {name!r} {count} times, expected different names")
    return names


def _checked_folds(folds: Any, count: int) -> list[np.ndarray] | None:
    """Folds as vectors of row numbers from 0 of a training set of ``count`` images. Raises ValueError."""
    if folds is None:
        return None
    if not isinstance(folds, list | tuple | np.ndarray) or not 0 < len(folds) <= MAX_FOLDS:
        raise ValueError("fold_indices are no list of folds, expected one vector of row numbers for each fold")
    result = []
    for number, fold in enumerate(folds, start=1):
        try:
            rows = _vector(fold)
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


def _told(names: list[str]) -> str:
    return f"{names[:_TOLD]}"[:-1] + (", ...]" if len(names) > _TOLD else "]")


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


def assemble(raws: dict[str, Raw], faults: list[str] | None = None) -> dict[str, Split]:
    """Validated splits of what was read; without unlabelled images the training images serve as such.

    raws: by split, those that could be read. faults: sentences about the others. Raises StudyError with
    a sentence for each fault.
    """
    checks = _Checks(faults or [])
    images: dict[str, Images] = {}
    labels: dict[str, np.ndarray] = {}
    names: dict[str, list[str]] = {}
    for split, raw in raws.items():
        found = checks.of(raw.file, images_of, raw.images, raw.layout)
        if found:
            images[split] = found
        if split in LABELLED:
            shape = getattr(raw.images, "shape", ())
            labels[split] = checks.of(raw.file, _checked_labels, raw, int(shape[0]) if shape else None)
            names[split] = checks.of(raw.file, _checked_names, raw.class_names)
    if all(found is not None for found in (*labels.values(), *names.values())):
        classes = _same_classes(raws, labels, names, checks)
    folds = None
    if "train" in images:
        folds = checks.of(raws["train"].file, _checked_folds, raws["train"].fold_indices, images["train"].shape[0])
    if "train" in images:
        _same_sizes(raws, images, checks)
    if checks.faults or "train" not in images:
        raise StudyError(*(checks.faults or ["no images for training, expected some"]))
    splits = {split: Split(images[split], labels.get(split), classes if split in LABELLED else []) for split in images}
    splits["train"].fold_indices = folds
    splits.setdefault("unlabeled", Split(images["train"], source="train"))
    return splits


def _same_classes(
    raws: dict[str, Raw], labels: dict[str, np.ndarray], names: dict[str, list[str]], checks: _Checks
) -> list[str]:
    """Names of the classes of all splits; their labels, changed in place, count from 0."""
    with_names = [split for split in names if names[split]]
    for split in with_names[1:]:
        if names[split] != names[with_names[0]]:
            checks.faults.append(
                f"{raws[split].file}: class_names are {_told(names[split])}, "
                f"expected {_told(names[with_names[0]])} as in {raws[with_names[0]].file}"
            )
    first = next((raw.first_label for raw in raws.values() if raw.first_label is not None), None)
    zero = [split for split, found in labels.items() if (found == 0).any()]
    if first is None:
        first = 0 if zero else 1
    highest = max((int(found.max()) for found in labels.values() if found.size), default=first)
    classes = names[with_names[0]] if with_names else [str(k) for k in range(first, max(highest, first) + 1)]
    last = first + len(classes) - 1
    for split, found in labels.items():
        outside = found[(found < first) | (found > last)]
        if outside.size:
            reason = f", from 0 as in {raws[zero[0]].file}" if zero and split not in zero else ""
            checks.faults.append(
                f"{raws[split].file}: y holds the label {outside[0]}, expected {first} to {last}{reason}"
            )
        labels[split] = found - first
    return classes


def _same_sizes(raws: dict[str, Raw], images: dict[str, Images], checks: _Checks) -> None:
    for split, found in images.items():
        if found.shape[1] != images["train"].shape[1]:
            checks.faults.append(
                f"{raws[split].file}: images have rows of {found.shape[1]} values, "
                f"expected {images['train'].shape[1]} as in {raws['train'].file}"
            )
