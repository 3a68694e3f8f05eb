"""Folds of the training images: small training sets, each evaluated on all test images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

SMALLEST = 3  # images of each class in a drawn fold: cross-validation within the fold needs them


def check_count(count: int, smallest: int) -> None:
    """Raise ValueError if the smallest class, with ``smallest`` training images, is too small for ``count`` folds."""
    most = smallest // SMALLEST
    allowed = "0" if most < 2 else "0 or 2" if most == 2 else f"0 or 2 to {most}"
    if count and not 2 <= count <= most:
        raise ValueError(
            f"{count} folds asked for, expected {allowed}: "
            f"the smallest class has {smallest} training images and each fold needs {SMALLEST}"
        )


def check_predefined(folds: Sequence[Sequence[int]], labels: np.ndarray, names: Sequence[str]) -> None:
    """Raise ValueError unless each fold has `SMALLEST` training images of every class, as drawn folds have.

    folds: row numbers of the training images. labels: (N,) int64 from 0. names: of the classes. A classifier that is
    trained without a class gives it the probability 0, and the log loss would be arbitrary.
    """
    for number, fold in enumerate(folds, start=1):
        counts = np.bincount(labels[np.asarray(fold)], minlength=len(names))
        if counts.min() < SMALLEST:
            raise ValueError(
                f"fold {number} of the data set has {counts.min()} training images of the class "
                f"{names[int(counts.argmin())]}, expected at least {SMALLEST} of each class, or folds 0 to use no folds"
            )


def draw_folds(labels: np.ndarray, count: int, seed: int) -> list[np.ndarray]:
    """Return ``count`` disjoint folds, each with the same share of every class.

    labels: (N,) int64 from 0. A fold is a vector of increasing indices into the labels. Raises ValueError if a class
    has too few images for that many folds.
    """
    from sklearn.model_selection import StratifiedKFold

    if count == 0:
        return []
    check_count(count, int(np.bincount(labels).min()))
    parts = StratifiedKFold(count, shuffle=True, random_state=seed).split(labels[:, None], labels)
    return [np.sort(part) for _, part in parts]


def training_sets(
    folds: Sequence[Sequence[int]], labels: np.ndarray, each: int, rng: np.random.Generator
) -> dict[str | int, slice | np.ndarray]:
    """Return the training images of every evaluation by the name of its fold: "all" first, then the folds' numbers.

    labels: classes (N,) of the training images. each: images of each class to draw, 0 for all; a class with fewer has
    all of its images. Equal generators draw the same images first, so that a smaller set is part of a larger one.
    """
    sets: dict[str | int, Any] = {"all": slice(None)} | dict(enumerate(map(np.array, folds)))
    if each == 0:
        return sets
    order = rng.permutation(len(labels))
    drawn: dict[str | int, slice | np.ndarray] = {}
    for name, rows in sets.items():
        known = order[np.isin(order, np.arange(len(labels))[rows])]
        chosen = [known[labels[known] == label][:each] for label in np.unique(labels[known])]
        drawn[name] = np.sort(np.concatenate(chosen))
    return drawn
