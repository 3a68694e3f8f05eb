"""Leading principal components of the patches as filters."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.learners.random_patches import filters
from lib.training.result import Recorder, Training

__all__ = ["NATURAL", "filters", "fit"]

NATURAL = "linear"


def check_directions(patches: np.ndarray, units: int) -> None:
    """Raise ValueError unless patches (N, D), float64, vary in as many directions as there are units.

    Further components would be directions of rounding errors.
    """
    most = int(np.linalg.matrix_rank(np.cov(patches.T), hermitian=True))
    if units > most:
        raise ValueError(f"hidden is {units}, expected at most {most}: patches have no more independent directions")


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Find orthonormal components by decreasing variance; the loss is half the mean squared reconstruction error.

    Raises ValueError if more are asked for than the patches have directions.
    """
    from sklearn.decomposition import PCA

    data, units = np.asarray(patches, dtype=np.float64), settings["hidden"][0]
    check_directions(data, units)
    start = time.process_time()
    model = PCA(units, svd_solver="covariance_eigh").fit(data)
    lost = float(np.sum(np.var(patches, axis=0, dtype=np.float64, ddof=1)) - np.sum(model.explained_variance_))
    return Training(model.components_.ravel(), max(lost, 0.0) / 2, "exact", 0, 0, time.process_time() - start)
