"""Centroids of k-means as filters (Coates, Lee, Ng, AISTATS 2011)."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute
from lib.base.endings import DUPLICATES, STOPPED
from lib.learners.random_patches import filters
from lib.training.result import Recorder, Training

__all__ = ["FILTERS_ARE_PATCHES", "NATURAL", "filters", "fit"]

NATURAL = "triangle"
FILTERS_ARE_PATCHES = True
ITERATIONS = 100  # at most; few patches still change their centroid by then


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Run Lloyd's algorithm from random patches; the loss is half the mean squared distance to the centroids.

    The message says if centroids are equal, because there are fewer different patches than units. Raises ValueError
    if there are fewer patches than units.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    units = settings["hidden"][0]
    if units > len(patches):
        raise ValueError(f"hidden is {units}, expected at most {len(patches)}: each unit is the mean of some patches")
    start = time.process_time()
    seed = int(rng.integers(2**31))
    # One thread, because the order of sums, and so the last bits, would depend on the number of threads.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of equal centroids: the message says so
        found = KMeans(units, init="random", n_init=1, max_iter=ITERATIONS, random_state=seed).fit(patches)
    message = "converged" if found.n_iter_ < ITERATIONS else STOPPED.format(ITERATIONS)
    if (different := len(np.unique(found.labels_))) < units:
        message = DUPLICATES.format(different)
    theta = np.asarray(found.cluster_centers_, dtype=np.float64).ravel()
    loss = float(found.inertia_) / (2 * len(patches))
    return Training(theta, loss, message, found.n_iter_, 0, time.process_time() - start)
