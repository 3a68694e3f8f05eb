"""Leading principal components of the patches as filters."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lib.feature_encodings import filter_encoder
from lib.learners.random_patches import filters
from lib.normalisation import Statistics
from lib.training import Training

__all__ = ["encoder", "filters", "fit"]


def fit(
    patches: np.ndarray,
    settings: dict[str, Any],
    rng: np.random.Generator,
    device: str,
    workers: int = 1,
    report: Callable[[int, float, float], None] | None = None,
) -> Training:
    """Orthonormal components, by falling variance; the loss is half the mean squared error of reconstruction.

    Raises ValueError if more are asked for than patches have values.
    """
    from sklearn.decomposition import PCA

    units, most = settings["hidden"][0], min(patches.shape)
    if units > most:
        raise ValueError(f"hidden is {units}, expected at most {most}: patches have no more principal components")
    start = time.perf_counter()
    model = PCA(units, svd_solver="covariance_eigh").fit(np.asarray(patches, dtype=np.float64))
    lost = float(np.sum(np.var(patches, axis=0, dtype=np.float64, ddof=1)) - np.sum(model.explained_variance_))
    return Training(model.components_.ravel(), max(lost, 0.0) / 2, "exact", 0, time.perf_counter() - start)


def encoder(
    theta: np.ndarray, settings: dict[str, Any], statistics: Statistics, layer: int, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Function from normalised patches (M, D), float32, to projections (M, units), float32, on the host."""
    return filter_encoder(theta.reshape(settings["hidden"][0], -1), statistics, "linear", device)
