"""Independent components of the patches as filters, by FastICA (Hyvarinen, IEEE Trans. Neural Networks 10, 1999)."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.base.endings import STOPPED
from lib.learners.pca import check_directions
from lib.learners.random_patches import filters
from lib.training.result import Recorder, Training

__all__ = ["NATURAL", "filters", "fit"]

NATURAL = "linear"
ITERATIONS = 200  # at most


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Find projections that are as independent as possible; the loss is half the mean squared reconstruction error.

    Raises ValueError if more are asked for than the patches have directions.
    """
    from sklearn.decomposition import FastICA
    from sklearn.exceptions import ConvergenceWarning

    data, units = np.asarray(patches, dtype=np.float64), settings["hidden"][0]
    check_directions(data, units)
    start = time.process_time()
    model = FastICA(units, whiten="unit-variance", max_iter=ITERATIONS, random_state=int(rng.integers(2**31)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the message says so
        sources = model.fit_transform(data)
    lost = float(np.mean(np.sum((data - model.inverse_transform(sources)) ** 2, axis=1))) / 2
    message = "converged" if model.n_iter_ < ITERATIONS else STOPPED.format(ITERATIONS)
    return Training(model.components_.ravel(), lost, message, model.n_iter_, 0, time.process_time() - start)
