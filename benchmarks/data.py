"""Real images and patches for the measurements: crops of photographs that the dependencies include."""

from __future__ import annotations

import numpy as np

from lib.datasets.photographs import make_splits
from lib.datasets.splits import SPLITS
from lib.patches.normalisation import normalise
from lib.sample_patches import fit_normaliser, sample_patches_raw

CLASSES = 10


def photographs(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return crops (count, 96*96*3), uint8, in equal shares from 10 photographs, and their photographs (count,)."""
    crops = dict.fromkeys(SPLITS, 1) | {"train": count // CLASSES}
    split = make_splits(crops, np.random.default_rng(0))["train"]
    return split["X"], split["y"].ravel()


def patches(count: int, precision: str) -> np.ndarray:
    """Return normalised patches (count, 192) of the photographs, as in the default study."""
    raw = sample_patches_raw(photographs(1000)[0], count, rng=0)
    return normalise(raw, fit_normaliser(raw, centre="patch"), precision)
