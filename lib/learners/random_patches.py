"""Random training patches as filters: a baseline without learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.training.result import Recorder, Training

NATURAL = "triangle"  # as for k-means
FILTERS_ARE_PATCHES = True


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Draw one training patch per unit, without replacement.

    Raises ValueError if there are fewer patches than units.
    """
    units = settings["hidden"][0]
    if units > len(patches):
        raise ValueError(f"hidden is {units}, expected at most {len(patches)}: each unit is a different training patch")
    chosen = patches[rng.choice(len(patches), units, replace=False)]
    return Training(np.asarray(chosen, dtype=np.float64).ravel(), np.nan, "not trained", 0, 0, 0.0)


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the patches (units, D)."""
    return theta.reshape(settings["hidden"][0], visible_size)
