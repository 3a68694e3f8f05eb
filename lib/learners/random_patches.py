"""Training patches drawn at random as filters: what the data give without any learning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lib.feature_encodings import filter_encoder
from lib.normalisation import Statistics
from lib.training import Training


def fit(
    patches: np.ndarray,
    settings: dict[str, Any],
    rng: np.random.Generator,
    device: str,
    workers: int = 1,
    report: Callable[[int, float, float], None] | None = None,
) -> Training:
    """As many different patches as there are units.

    Raises ValueError if there are fewer patches than units.
    """
    units = settings["hidden"][0]
    if units > len(patches):
        raise ValueError(f"hidden is {units}, expected at most {len(patches)}: each unit is another training patch")
    chosen = patches[rng.choice(len(patches), units, replace=False)]
    return Training(np.asarray(chosen, dtype=np.float64).ravel(), np.nan, "not trained", 0, 0.0)


def encoder(
    theta: np.ndarray, settings: dict[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Function from normalised patches (M, D), float32, to activations (M, units), float32: as for k-means."""
    return filter_encoder(theta.reshape(settings["hidden"][0], -1), statistics, "triangle", device)


def filters(theta: np.ndarray, settings: dict[str, Any], visible_size: int) -> np.ndarray:
    """The patches (units, D)."""
    return theta.reshape(settings["hidden"][0], visible_size)
