"""Centroids of k-means as filters (Coates, Lee, Ng, AISTATS 2011)."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute, to_device, to_host
from lib.base.endings import DUPLICATES, STOPPED
from lib.learners.random_patches import filters
from lib.training.lloyd import Clusters, lloyd
from lib.training.result import Recorder, Training

__all__ = ["FILTERS_ARE_PATCHES", "NATURAL", "ON_GPU", "filters", "fit"]

NATURAL = "triangle"
FILTERS_ARE_PATCHES = ON_GPU = True
ITERATIONS = 100  # at most; few patches still change their centroid by then


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Run Lloyd's algorithm from random patches; the loss is half the mean squared distance to the centroids.

    On a GPU it starts from other random patches than on the CPU.

    The message says if centroids are equal, because there are fewer different patches than units. Raises ValueError
    if there are fewer patches than units.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    units = settings["hidden"][0]
    if units > len(patches):
        raise ValueError(f"hidden is {units}, expected at most {len(patches)}: each unit is the mean of some patches")
    start = time.process_time()
    if compute.device == "gpu":
        data = to_device(np.asarray(patches), compute.device)
        chosen = data[rng.choice(len(patches), units, replace=False), :]
        return _training(lloyd(data, chosen, ITERATIONS), time.process_time() - start)
    seed = int(rng.integers(2**31))
    # One thread, because the order of sums, and so the last bits, would depend on the number of threads.
    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of equal centroids: the message says so
        found = KMeans(units, init="random", n_init=1, max_iter=ITERATIONS, random_state=seed).fit(patches)
    different, loss = len(np.unique(found.labels_)), float(found.inertia_) / (2 * len(patches))
    clusters = Clusters(found.cluster_centers_, loss, found.n_iter_, different)
    return _training(clusters, time.process_time() - start)


def _training(found: Clusters, seconds: float) -> Training:
    """Return the result of a training from that of an algorithm, on any device."""
    message = "converged" if found.iterations < ITERATIONS else STOPPED.format(ITERATIONS)
    if found.different < found.centroids.shape[0]:
        message = DUPLICATES.format(found.different)
    theta = to_host(found.centroids).astype(np.float64).ravel()
    return Training(theta, found.loss, message, found.iterations, 0, seconds)
