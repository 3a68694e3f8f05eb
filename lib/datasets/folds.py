"""Folds of the training images: small training sets, each of which is evaluated on all test images."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SMALLEST = 3  # images of each class that a drawn fold must hold: cross-validation inside it needs them


def check_count(count: int, smallest: int) -> None:
    """Raises ValueError if a class with as few as ``smallest`` training images cannot have ``count`` drawn folds."""
    most = smallest // SMALLEST
    allowed = "0" if most < 2 else "0 or 2" if most == 2 else f"0 or 2 to {most}"
    if count and not 2 <= count <= most:
        raise ValueError(
            f"{count} folds asked for, expected {allowed}: "
            f"the smallest class has {smallest} training images and each fold needs {SMALLEST}"
        )


def draw_folds(labels: np.ndarray, count: int, seed: int) -> list[np.ndarray]:
    """``count`` disjoint folds, each with the same share of every class, as increasing indices into the labels (N,).

    Raises ValueError if a class has too few images for so many folds.
    """
    from sklearn.model_selection import StratifiedKFold

    if count == 0:
        return []
    check_count(count, int(np.bincount(labels).min()))
    parts = StratifiedKFold(count, shuffle=True, random_state=seed).split(labels[:, None], labels)
    return [np.sort(part) for _, part in parts]


def training_sets(folds: Sequence[Sequence[int]]) -> dict[str | int, slice | np.ndarray]:
    """Training images of every evaluation, by the name of its fold: all of them, then each of the folds."""
    return {"all": slice(None)} | dict(enumerate(map(np.array, folds)))
