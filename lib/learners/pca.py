"""Leading principal components of the patches as filters: the linear codes with the smallest squared error.

Parameters: the components (units, D), row by row, and the mean patch (D,).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.patches.normalisation import Statistics, channels_of
from lib.training.result import Recorder, Training

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
    theta = np.concatenate([model.components_.ravel(), model.mean_])
    return Training(theta, max(lost, 0.0) / 2, "exact", 0, 0, time.process_time() - start)


def filters(theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
    """Return the components (units, D)."""
    return theta[:-visible_size].reshape(settings["hidden"][0], visible_size)


def reconstruction(
    theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics, device: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from normalised patches (M, D), float32, to their projections on the components (M, D)."""
    width = settings["patch_size"] ** 2 * channels_of(statistics)
    numbers = theta.astype(np.float32)
    components, mean = filters(numbers, settings, width), numbers[-width:]
    return lambda patches: (patches - mean) @ components.T @ components + mean
