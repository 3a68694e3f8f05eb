"""Lloyd's algorithm of k-means for a GPU, on arrays of any library of the array API; the CPU uses scikit-learn's."""

from __future__ import annotations

from typing import Any, NamedTuple

from lib.sample_patches import namespace

BLOCK = 2**28  # distances of a block of objects to all centroids


class Clusters(NamedTuple):
    """Result of `lloyd`: centroids (K, D), half the mean squared distance to them, iterations, and clusters in use."""

    centroids: Any
    loss: float
    iterations: int
    different: int


def _sweep(data: Any, centroids: Any) -> tuple[Any, Any, float]:
    """Assign each object (N, D) to its nearest centroid (K, D).

    Returns the sum (K, D) and the number (K,) of the objects of each centroid, and half the sum of all squared
    distances.
    """
    xp, (count, _), units = namespace(data), data.shape, centroids.shape[0]
    squares, names = xp.sum(centroids * centroids, axis=1), xp.arange(units)
    sums, counts, halves = xp.zeros_like(centroids), xp.zeros(units, dtype=data.dtype), 0.0
    step = max(1, BLOCK // units)
    for start in range(0, count, step):
        rows = data[start : min(start + step, count), :]
        distances = squares - 2 * (rows @ centroids.T)  # without the square of the object, which decides nothing
        nearest = xp.astype(xp.argmin(distances, axis=1)[:, None] == names, data.dtype)
        sums, counts = sums + nearest.T @ rows, counts + xp.sum(nearest, axis=0)
        halves += float(xp.sum(xp.min(distances, axis=1)) + xp.sum(rows * rows)) / 2
    return sums, counts, halves


def lloyd(data: Any, centroids: Any, iterations: int, tolerance: float = 1e-4) -> Clusters:
    """Move centroids (K, D) to the mean of the objects (N, D) that are nearest to them, until they hardly move.

    It ends after a number of iterations at most, and where the squares of all moves add up to at most the tolerance
    times the mean variance of the values, as scikit-learn's does. A centroid without objects stays where it is.
    """
    xp, count = namespace(data), data.shape[0]
    bound = tolerance * float(xp.mean(xp.var(data, axis=0)))
    number, change = 0, float("inf")
    while number < iterations and change > bound:
        number += 1
        sums, counts, _ = _sweep(data, centroids)
        moved = xp.where((counts > 0)[:, None], sums / xp.maximum(counts, xp.ones_like(counts))[:, None], centroids)
        change = float(xp.sum((moved - centroids) ** 2))
        centroids = moved
    _, counts, halves = _sweep(data, centroids)
    return Clusters(centroids, max(0.0, halves / count), number, int(xp.sum(xp.astype(counts > 0, xp.int64))))
