"""The share of a variance that is explained."""

from __future__ import annotations

import numpy as np


def explained_variance(data: np.ndarray, reconstruction: np.ndarray) -> float:
    """Return 1 - sum ||x - h(x)||^2 / sum ||x - mean||^2 of data (N, D): 1 is perfect, 0 equals the mean.

    The result is NaN for data without variance. Raises ValueError for values that are not finite.
    """
    for name, values in (("data", data), ("reconstructions", reconstruction)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} hold NaN or infinite values, expected finite numbers")
    data = np.asarray(data, dtype=np.float64)
    total = float(np.sum((data - data.mean(axis=0)) ** 2))
    return 1 - float(np.sum((data - reconstruction) ** 2)) / total if total > 0 else float("nan")
