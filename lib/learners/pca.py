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


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Find orthonormal components by decreasing variance; the loss is half the mean squared reconstruction error.

    Raises ValueError if there are more units than patches or values per patch.
    """
    from sklearn.decomposition import PCA

    units, most = settings["hidden"][0], min(patches.shape)
    if units > most:
        raise ValueError(f"hidden is {units}, expected at most {most}: the patches have {most} principal components")
    start = time.process_time()
    model = PCA(units, svd_solver="covariance_eigh").fit(np.asarray(patches, dtype=np.float64))
    lost = float(np.sum(np.var(patches, axis=0, dtype=np.float64, ddof=1)) - np.sum(model.explained_variance_))
    return Training(model.components_.ravel(), max(lost, 0.0) / 2, "exact", 0, 0, time.process_time() - start)
