"""Metrics of predictions, intervals, and paired comparisons on the same test images.

The bootstrap resamples both the test images and the repetitions (seeds) of a setting, independently of each
other and with replacement (Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007). All settings
that are compared share the resampled images and repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lib.evaluation.thresholds import LEVEL

REPLICATES = 10_000
_BLOCK = 500  # replicates drawn at once


def metrics(truth: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """Return accuracy, log_loss (natural logarithm) and f1_macro of predictions of the classes 0 ... K - 1.

    truth and labels: (N,) integers. probabilities: (N, K). f1_macro is the mean over the classes that occur in truth
    or labels.
    """
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    classes = np.arange(probabilities.shape[1])
    return {
        "accuracy": float(accuracy_score(truth, labels)),
        "log_loss": float(log_loss(truth, probabilities, labels=classes)),
        "f1_macro": float(f1_score(truth, labels, average="macro", zero_division=0)),
    }


def confusion(truth: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Return counts (classes, classes), int64, of objects by true class (row) and predicted class (column)."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(truth, labels, labels=np.arange(classes)).astype(np.int64)


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Return Wilson's score interval for a proportion at `LEVEL` (Wilson, JASA 22, 1927)."""
    from scipy.stats import binomtest  # importing it takes longer than most jobs run

    interval = binomtest(successes, trials).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Return p-values corrected for multiple testing by the step-down method (Holm, Scand. J. Statistics 6, 1979)."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return corrected


@dataclass
class Estimate:
    """A mean over repetitions and test images, with its interval at `LEVEL`."""

    value: float
    low: float
    high: float


@dataclass
class PairedComparison:
    """Two settings on the same test images and repetitions."""

    difference: float  # mean accuracy of the first minus that of the second
    low: float  # interval of the difference
    high: float
    p_value: float  # two-sided, not corrected
    only_first: int  # predictions that only the first gets right, over all repetitions
    only_second: int

    @property
    def effect_size(self) -> float:
        """Cohen's g: the share of the first among the predictions that only one setting gets right, minus 1/2.

        0 is no effect; 0.05, 0.15 and 0.25 are small, medium and large effects (Cohen, Statistical Power Analysis
        for the Behavioral Sciences, 1988).
        """
        discordant = self.only_first + self.only_second
        return self.only_first / discordant - 0.5 if discordant else 0.0


class Bootstrap:
    """Resampled mean accuracies of many settings on the same test images.

    right: one matrix (R, N) bool per setting, True where a prediction is right, with one row per repetition and one
    column per test image. Settings may differ in R, but only settings with equal R can be compared.
    """

    def __init__(self, right: Sequence[np.ndarray], rng: np.random.Generator, replicates: int = REPLICATES) -> None:
        self._right = [np.atleast_2d(matrix) for matrix in right]
        images = self._right[0].shape[1]
        columns = np.concatenate(self._right).T.astype(np.float32)  # (N, all repetitions of all settings)
        share = np.full(images, 1 / images)
        resampled = np.concatenate(
            [
                rng.multinomial(images, share, size=_BLOCK).astype(np.float32) @ columns
                for _ in range(0, replicates, _BLOCK)
            ]
        )
        ends = np.cumsum([len(matrix) for matrix in self._right])
        self._means = np.split(resampled / images, ends[:-1], axis=1)  # (replicates, R) of each setting
        # one draw for each number of repetitions, shared by all settings that have this number
        self._draws = {
            count: rng.integers(count, size=(len(resampled), count)) for count in sorted(set(map(len, self._right)))
        }

    def _replicates(self, setting: int) -> np.ndarray:
        means = self._means[setting]
        return np.take_along_axis(means, self._draws[means.shape[1]], axis=1).mean(axis=1)

    @staticmethod
    def _interval(replicates: np.ndarray) -> tuple[float, float]:
        low, high = np.quantile(replicates.astype(np.float64), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(low), float(high)

    def mean(self, setting: int) -> Estimate:
        """Return the mean accuracy of a setting with its percentile interval at `LEVEL`."""
        return Estimate(float(self._right[setting].mean()), *self._interval(self._replicates(setting)))

    def compare(self, first: int, second: int) -> PairedComparison:
        """Return the difference of two settings, with its percentile interval at `LEVEL` and two-sided p-value.

        Raises ValueError if the settings have different numbers of repetitions.
        """
        a, b = self._right[first], self._right[second]
        if len(a) != len(b):
            raise ValueError(f"settings have {len(a)} and {len(b)} repetitions, expected equal numbers")
        replicates = self._replicates(first) - self._replicates(second)
        tail = min(np.sum(replicates <= 0), np.sum(replicates >= 0))
        return PairedComparison(
            float(a.mean() - b.mean()),
            *self._interval(replicates),
            float(min(1, 2 * (tail + 1) / (len(replicates) + 1))),
            int(np.sum(a & ~b)),
            int(np.sum(~a & b)),
        )
