"""Means over the repetitions of a setting, and differences between the repetitions of two settings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lib.evaluation.thresholds import LEVEL

_EQUAL = 1e-9  # relative: differences that are as close to each other count as equal


@dataclass(frozen=True)
class Mean:
    """A mean over repetitions.

    Attributes
    ----------
    value : the mean.
    low, high : interval at `LEVEL`, NaN for one repetition.
    p_value : two-sided, that the mean is 0; NaN for one repetition, and for equal values other than 0.
    """

    value: float
    low: float
    high: float
    p_value: float


def mean_of(values: np.ndarray) -> Mean:
    """Return the mean of values (R,) of R repetitions with the interval and the p-value of Student's t.

    Values that are all 0 have p = 1. Equal values have an interval of length 0; their p-value is unknown, as nothing
    shows how much they vary (Student, The probable error of a mean, Biometrika 6, 1908).
    """
    from scipy.stats import ttest_1samp  # importing it takes longer than most jobs run

    values = np.asarray(values, dtype=np.float64)
    mean = float(values.mean())
    if len(values) < 2:
        return Mean(mean, np.nan, np.nan, np.nan)
    if np.ptp(values) <= _EQUAL * np.abs(values).max():
        return Mean(mean, mean, mean, np.nan if mean else 1.0)
    found = ttest_1samp(values, 0)
    interval = found.confidence_interval(LEVEL)
    return Mean(mean, float(interval.low), float(interval.high), float(found.pvalue))
