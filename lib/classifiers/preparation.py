"""What is done to objects before a classifier sees them: scaling and rotation, shared by several classifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from zipfile import ZipFile

import numpy as np
from sklearn.pipeline import Pipeline

from lib.base.linear_algebra import take_working_memory
from lib.classifiers.rotation import Rotation
from lib.study.settings import VALIDATION_SPLITS, Classifier

_MOST_FOLDS = 20  # in which a held-out share is a whole number of folds

Splits = list[tuple[np.ndarray, np.ndarray]]
# Given the number of a split, its training and held-out objects, prepared; given None, all training and test objects.
Parts = Callable[[int | None], tuple[np.ndarray, np.ndarray]]


def preparation_from(classifier: Classifier) -> Pipeline:
    """Return the scaling and rotation of a classifier, not fitted yet."""
    from sklearn.preprocessing import StandardScaler

    steps = {
        "scale": StandardScaler() if classifier.standardise else "passthrough",
        "rotate": Rotation() if classifier.rotates else "passthrough",
    }
    return Pipeline(list(steps.items()))


def splits_of(labels: np.ndarray, seed: int, copies: int = 1, groups: np.ndarray | None = None) -> Splits:
    """Return training and held-out objects of each split of a stratified cross-validation of labels (N,).

    With several copies of every object, the copies of object i, which are i, N + i, 2 N + i and so on, are on one side.
    groups: (N,) equal for objects that are not independent, which are on one side, too, as far as each class still has
    training objects in every split; otherwise the objects are split without regard to groups. None for no groups.
    """
    from sklearn.model_selection import StratifiedKFold

    offsets = len(labels) * np.arange(copies)[:, None]
    folds = _grouped_folds(labels, seed, groups)
    folds = folds or list(StratifiedKFold(VALIDATION_SPLITS, shuffle=True, random_state=seed).split(labels, labels))
    return [((rest + offsets).ravel(), (held_out + offsets).ravel()) for rest, held_out in folds]


def _grouped_folds(labels: np.ndarray, seed: int, groups: np.ndarray | None) -> Splits:
    """Return the folds of whole groups; none where every object is its own group, or where a fold would lack a class.

    A model that is fitted to a part of a group knows the rest of it, so that held-out objects of the same groups would
    make the best penalty look weaker than it is.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    count = 0 if groups is None else len(np.unique(groups))
    if count < VALIDATION_SPLITS or count == len(labels):
        return []
    folds = list(StratifiedGroupKFold(VALIDATION_SPLITS, shuffle=True, random_state=seed).split(labels, labels, groups))
    classes = len(np.unique(labels))
    return folds if all(len(np.unique(labels[rest])) == classes for rest, _held_out in folds) else []


def held_out_part(
    labels: np.ndarray, share: float, seed: int, groups: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the objects to learn from and a share of them to hold out, about the same share of each class.

    labels: (N,). groups: (N,) equal for objects that are on one side, such as copies of an image or crops of a picture,
    as far as each class still has objects to learn from; None if all objects are independent.
    """
    from sklearn.model_selection import StratifiedGroupKFold, train_test_split

    rows, count = np.arange(len(labels)), len(labels) if groups is None else len(np.unique(groups))
    most = min(count, int(np.unique(labels, return_counts=True)[1].max()))
    if count < len(labels) and most > 1:
        part = Fraction(share).limit_denominator(_MOST_FOLDS)
        folds = min(max(2, part.denominator), most)
        folding = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        parts = [found for _learnt, found in folding.split(rows, labels, groups)]
        chosen = np.isin(rows, np.concatenate(_nearest(parts, max(1, round(share * folds)), share, labels, seed)))
        if chosen.any() and len(np.unique(labels[~chosen])) == len(np.unique(labels)):
            return rows[~chosen], rows[chosen]
    learnt, held_out = train_test_split(rows, test_size=share, stratify=labels, random_state=seed)
    return np.sort(learnt), np.sort(held_out)


def _nearest(parts: list[np.ndarray], count: int, share: float, labels: np.ndarray, seed: int) -> list[np.ndarray]:
    """Return `count` parts that together hold about the share of each class; chance decides between equal choices.

    A large group makes one part large, and scikit-learn puts that part first: it would be held out in every repetition.
    """
    order = np.random.default_rng(seed).permutation(len(parts))
    candidates = [[parts[number] for number in np.roll(order, -first)[:count]] for first in range(len(parts))]
    total = np.bincount(labels)
    known = total > 0

    def distance(held: list[np.ndarray]) -> float:
        found = np.bincount(labels[np.concatenate(held)], minlength=len(total))
        return float(np.abs(found[known] / total[known] - share).sum())

    return min(candidates, key=distance)


def parts_of(classifier: Classifier, train: np.ndarray, test: np.ndarray, splits: Splits) -> Parts:
    """Return scaled and rotated objects, float32; they are equal for all classifiers with the same preparation.

    Scaling and rotation are fitted on the training objects of a split, or on all of them, alone. The returned function
    raises ValueError for objects that are not finite.
    """

    take_working_memory()

    def part(number: int | None) -> tuple[np.ndarray, np.ndarray]:
        rest, held_out = (train, test) if number is None else (train[rows] for rows in splits[number])
        preparation = preparation_from(classifier)
        fitted = preparation.fit_transform(_finite(rest))
        return fitted, preparation.transform(_finite(held_out))

    return part


def _finite(objects: np.ndarray) -> np.ndarray:
    """Return objects as float32. Raises ValueError unless they are finite: trees would take NaN for missing values."""
    objects = np.asarray(objects, dtype=np.float32)
    if not np.isfinite(objects).all():
        raise ValueError("objects hold NaN or infinite values, expected finite features")
    return objects


def _names(fold: str | int, number: int | None) -> list[str]:
    """Names of prepared objects in an archive: the fitted ones and the others of a split, or of the whole fold."""
    return [f"{fold}_{'all' if number is None else f'split{number}'}_{side}" for side in ("fitted", "others")]


def store_parts(path: Path, parts: Iterable[tuple[str | int, Parts]]) -> None:
    """Write the prepared objects of every split and of the whole of each fold as an .npz file, one after the other."""
    with ZipFile(path, "w") as archive:
        for fold, part in parts:
            for number in (*range(VALIDATION_SPLITS), None):
                for name, objects in zip(_names(fold, number), part(number), strict=True):
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                        np.lib.format.write_array(file, objects)


def stored_parts(path: Path, fold: str | int) -> Parts:
    """Return the prepared objects of a fold that `store_parts` has written."""

    def part(number: int | None) -> tuple[np.ndarray, np.ndarray]:
        with np.load(path) as arrays:
            fitted, others = (arrays[name] for name in _names(fold, number))
        return fitted, others

    return part
