"""Metrics of predictions, intervals, and paired tests on the same test images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest, norm

LEVEL = 0.95  # of every interval; tests call a difference shown where p < 1 - LEVEL


def metrics(truth: np.ndarray, labels: np.ndarray, probabilities: np.ndarray) -> dict[str, float]:
    """accuracy, log_loss (natural logarithm) and f1_macro of predictions of classes 0 ... K - 1."""
    from sklearn.metrics import accuracy_score, f1_score, log_loss

    classes = np.arange(probabilities.shape[1])
    return {
        "accuracy": float(accuracy_score(truth, labels)),
        "log_loss": float(log_loss(truth, probabilities, labels=classes)),
        "f1_macro": float(f1_score(truth, labels, labels=classes, average="macro", zero_division=0)),
    }


def confusion(truth: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Number of objects of each true class (row) predicted as each class (column), (classes, classes) int64."""
    from sklearn.metrics import confusion_matrix

    return confusion_matrix(truth, labels, labels=np.arange(classes)).astype(np.int64)


def recalls(truth: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Share of the objects of each class that are predicted right, (classes,); nan where a class has none."""
    from sklearn.metrics import recall_score

    found = recall_score(truth, labels, labels=np.arange(classes), average=None, zero_division=np.nan)
    return np.asarray(found, dtype=np.float64)


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's score interval for a proportion (Wilson, JASA 22, 1927), at `LEVEL`."""
    interval = binomtest(successes, trials).proportion_ci(LEVEL, method="wilson")
    return float(interval.low), float(interval.high)


@dataclass
class PairedComparison:
    """Two classifiers on the same test images."""

    difference: float  # accuracy of the first less that of the second
    low: float  # interval of the difference
    high: float
    p_value: float
    only_first: int  # images that only the first gets right
    only_second: int

    @property
    def shown(self) -> bool:
        """Whether the test shows a difference."""
        return self.p_value < 1 - LEVEL


def compare_paired(first: np.ndarray, second: np.ndarray) -> PairedComparison:
    """Exact McNemar test (Psychometrika 12, 1947) of two vectors of right (True) and wrong answers.

    The interval of the difference is the adjusted Wald interval for paired data (Bonett and Price, Journal
    of Educational and Behavioral Statistics 37, 2012).
    """
    only_first, only_second = int(np.sum(first & ~second)), int(np.sum(~first & second))
    n, discordant = len(first), only_first + only_second
    p_value = float(binomtest(only_first, discordant).pvalue) if discordant else 1.0
    share_first, share_second = (only_first + 1) / (n + 2), (only_second + 1) / (n + 2)
    middle = share_first - share_second
    half = norm.ppf((1 + LEVEL) / 2) * np.sqrt((share_first + share_second - middle**2) / (n + 2))
    return PairedComparison(
        (only_first - only_second) / n, float(middle - half), float(middle + half), p_value, only_first, only_second
    )
