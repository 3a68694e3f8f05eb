"""Metrics of predictions, intervals, and paired comparisons on the same test images.

The bootstrap resamples both the test images and the repetitions (seeds) of a setting, independently of each
other and with replacement (Owen, The pigeonhole bootstrap, Annals of Applied Statistics 1, 2007). Images that are
not independent of each other are resampled as whole groups (Field and Welsh, Bootstrapping clustered data, Journal
of the Royal Statistical Society B 69, 2007). All settings that are compared share the resampled images and repetitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import ndtri, stdtrit

from lib.evaluation.thresholds import LEVEL

REPLICATES = 10_000
F1_REPLICATES = 2000  # of macro F1: enough for an interval
SMALLEST_P = 2 / (REPLICATES + 1)  # no two-sided p-value of the bootstrap is smaller
_BLOCK = 500  # replicates drawn at once
_ROUNDING = 1e-6  # of the sum of the weights: contrasts that are smaller count as 0, as accuracies are float32


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


def wilson_interval(share: float, trials: float) -> tuple[float, float]:
    """Return Wilson's score interval for a proportion at `LEVEL` (Wilson, JASA 22, 1927).

    share: of the successes. trials: their number, or an `effective_size`, which need not be whole.
    """
    from scipy.stats import norm  # importing it takes longer than most jobs run

    square = float(norm.ppf((1 + LEVEL) / 2)) ** 2 / trials
    middle = (share + square / 2) / (1 + square)
    half = np.sqrt(square * share * (1 - share) + square**2 / 4) / (1 + square)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def effective_size(right: np.ndarray, groups: np.ndarray) -> float:
    """Return how many independent test images give an accuracy as precisely as test images in groups.

    right: (N,) bool, whether each image is classified correctly. groups: (N,) int64, equal for images that are not
    independent. It is N if every image is its own group. Otherwise N is divided by the design effect, the variance of
    the accuracy as that of a ratio of sums over groups, relative to its variance for independent images, if it is
    larger than 1, and multiplied by the squared ratio of Student's t for N - 1 and for one less than the number of
    groups, as the variance is estimated (Korn and Graubard, Confidence intervals for proportions with small expected
    number of positive counts estimated from survey data, Survey Methodology 24, 1998). Where all or no images are
    right, the design effect is unknown, and the result is the number of groups. Raises ValueError for a single group.
    """
    from scipy.stats import t

    _, members = np.unique(groups, return_inverse=True)
    sizes, images = np.bincount(members.ravel()), len(right)
    count = len(sizes)
    if count == images:
        return float(images)
    if count < 2:
        raise ValueError(f"{images} test images form a single group, expected at least 2 groups")
    share = float(np.mean(right))
    if share in (0.0, 1.0):
        return float(count)
    residuals = np.bincount(members.ravel(), weights=right) - share * sizes
    variance = count / (count - 1) * float(np.sum(residuals**2)) / images**2
    design = max(1.0, variance / (share * (1 - share) / (images - 1)))
    upper = (1 + LEVEL) / 2
    return images / design * float(t.ppf(upper, images - 1) / t.ppf(upper, count - 1)) ** 2


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
class Contrast:
    """A weighted sum of the mean accuracies of several settings on the same test images and repetitions."""

    value: float
    low: float  # interval at `LEVEL`
    high: float
    p_value: float  # two-sided, that the sum is 0, not corrected


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


def _spread(repetitions: float, total: float, count: int) -> float:
    """Return Student's quantile at `LEVEL` over the normal one, for a variance that is in part from few repetitions.

    repetitions: variance of the mean that ``count`` repetitions show. total: variance of the replicates, at least that.
    """
    if not repetitions > 0:
        return 1.0
    freedom = (count - 1) * max(1.0, total / repetitions) ** 2
    upper = (1 + LEVEL) / 2
    return float(stdtrit(freedom, upper) / ndtri(upper))


def _interval(replicates: np.ndarray) -> tuple[float, float]:
    """Return the interval at `LEVEL` of replicates (B,)."""
    low, high = np.quantile(replicates, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def _over_repetitions(resampled: np.ndarray, single: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Return the replicates (B,) of a mean over R repetitions, as `Bootstrap` describes.

    resampled: (B, R) of each repetition on the resampled test images. single: (R,) on all test images. draws: (B, R)
    numbers of the repetitions of each replicate.
    """
    count = resampled.shape[1]
    if count == 1:
        return resampled[:, 0]
    centres = resampled.mean(axis=1)
    drawn = np.take_along_axis(resampled, draws, axis=1).mean(axis=1)
    replicates = centres + sqrt(count / (count - 1)) * (drawn - centres)
    spread = _spread(np.var(single, ddof=1) / count, np.var(replicates), count)
    return single.mean() + spread * (replicates - single.mean())


def tested(replicates: np.ndarray, value: float, weights: Sequence[float]) -> Contrast:
    """Return a weighted sum of shares with its interval and p-value; the interval holds only possible sums.

    replicates: (B,) of the sum; those that are 0 but for rounding become 0.
    """
    replicates[np.abs(replicates) < _ROUNDING * np.sum(np.abs(weights))] = 0
    tail = min(np.sum(replicates <= 0), np.sum(replicates >= 0))
    p_value = min(1, 2 * (tail + 1) / (len(replicates) + 1))
    low, high = np.clip(_interval(replicates), np.minimum(weights, 0).sum(), np.maximum(weights, 0).sum())
    return Contrast(float(value), float(low), float(high), float(p_value))


class MacroF1:
    """Intervals of macro F1, the mean F1 score of the classes, over test images and repetitions, as in `Bootstrap`.

    truth: (N,) classes of the test images. groups: (N,) int64, equal for images that are not independent.
    """

    def __init__(
        self, truth: np.ndarray, groups: np.ndarray, rng: np.random.Generator, replicates: int = F1_REPLICATES
    ) -> None:
        self._truth = truth
        _, self._members = np.unique(groups, return_inverse=True)
        count = int(self._members.max()) + 1
        self._times = rng.multinomial(count, np.full(count, 1 / count), size=replicates).astype(np.float32)
        self._rng = rng

    def of(self, labels: np.ndarray) -> Estimate:
        """Return the mean macro F1 of predicted labels (R, N) of R repetitions, with its interval at `LEVEL`."""
        classes = np.unique(np.concatenate([self._truth, labels.ravel()]))
        once = np.ones((1, self._times.shape[1]), np.float32)
        resampled = np.stack([self._scores(self._times, one, classes) for one in labels], axis=1)
        whole = np.array([self._scores(once, one, classes)[0] for one in labels])
        draws = self._rng.integers(len(labels), size=resampled.shape)
        low, high = np.clip(_interval(_over_repetitions(resampled, whole, draws)), 0, 1)
        return Estimate(float(whole.mean()), float(low), float(high))

    def difference(self, first: np.ndarray, second: np.ndarray) -> Contrast:
        """Return the mean macro F1 of predicted labels (R, N) minus that of others, paired by image and repetition."""
        classes = np.unique(np.concatenate([self._truth, first.ravel(), second.ravel()]))
        once = np.ones((1, self._times.shape[1]), np.float32)
        pairs = list(zip(first, second, strict=True))
        resampled, whole = (
            np.stack([self._scores(times, a, classes) - self._scores(times, b, classes) for a, b in pairs], axis=1)
            for times in (self._times, once)
        )
        draws = self._rng.integers(len(pairs), size=resampled.shape)
        replicates = _over_repetitions(resampled, whole[0], draws)
        return tested(replicates, float(whole.mean()), [1, -1])

    def _scores(self, times: np.ndarray, labels: np.ndarray, classes: np.ndarray) -> np.ndarray:
        """Return macro F1 (B,) of labels (N,) where each group occurs so many times (B, groups)."""
        truth, found = (values[:, None] == classes for values in (self._truth, labels))
        counts = np.zeros((times.shape[1], 2 * len(classes)), np.float32)
        np.add.at(counts, self._members.ravel(), np.hstack([truth & found, truth.astype(np.int8) + found]))
        right, both = np.split(times @ counts, 2, axis=1)
        return np.divide(2 * right, both, out=np.zeros_like(right), where=both > 0).astype(np.float64).mean(axis=1)


class Bootstrap:
    """Resampled mean accuracies of many settings on the same test images.

    right: one matrix (R, N) bool per setting, True where a prediction is right, with one row per repetition and one
    column per test image. Settings may differ in R, but only settings with equal R can be compared. groups: (N,)
    int64, equal for images that are not independent, which are resampled together; None if every image is its own
    group. A replicate has as many groups as there are, and its accuracy is that of all its images.

    R repetitions that are drawn with replacement vary by (R - 1) / R of what repetitions do. So the deviations from
    the mean over the repetitions are multiplied by sqrt(R / (R - 1)), which makes the variance of the replicates
    unbiased (Rao and Wu, Resampling inference with complex survey data, J. American Statistical Association 83, 1988).
    As few repetitions estimate it, the replicates are then spread about the mean by the ratio of Student's t to the
    normal quantile, for the degrees of freedom of a sum of variances of which one is estimated from R repetitions
    (Satterthwaite, An approximate distribution of estimates of variance components, Biometrics Bulletin 2, 1946). One
    repetition shows nothing of how repetitions vary: its intervals are about the test images alone.
    """

    def __init__(
        self,
        right: Sequence[np.ndarray],
        rng: np.random.Generator,
        groups: np.ndarray | None = None,
        replicates: int = REPLICATES,
    ) -> None:
        self._right = [np.atleast_2d(matrix) for matrix in right]
        answers = np.concatenate(self._right).T  # (N, all repetitions of all settings)
        names, members = np.unique(np.arange(len(answers)) if groups is None else groups, return_inverse=True)
        count = len(names)
        # images of each group, and how many of them are right; exact in float32, as they are less than 2**24
        sums = np.zeros((count, 1 + answers.shape[1]), dtype=np.float32)
        np.add.at(sums, members.ravel(), np.insert(answers.astype(np.float32), 0, 1, axis=1))
        share = np.full(count, 1 / count)
        resampled = np.concatenate(
            [rng.multinomial(count, share, size=_BLOCK).astype(np.float32) @ sums for _ in range(0, replicates, _BLOCK)]
        )
        ends = np.cumsum([len(matrix) for matrix in self._right])
        means = resampled[:, 1:] / resampled[:, :1]
        self._means = np.split(means, ends[:-1], axis=1)  # (replicates, R) of each setting
        # one draw for each number of repetitions, shared by all settings that have this number
        self._draws = {
            count: rng.integers(count, size=(len(resampled), count)) for count in sorted(set(map(len, self._right)))
        }

    def _replicates(self, settings: Sequence[int], weights: Sequence[float]) -> np.ndarray:
        """Return the replicates (float64) of a weighted sum of the mean accuracies of settings with equal R."""
        pairs = list(zip(settings, weights, strict=True))
        resampled = np.sum([weight * self._means[one].astype(np.float64) for one, weight in pairs], axis=0)
        resampled[np.abs(resampled) < _ROUNDING * np.sum(np.abs(weights))] = 0
        single = np.sum([weight * self._right[one].mean(axis=1) for one, weight in pairs], axis=0)
        return _over_repetitions(resampled, single, self._draws[resampled.shape[1]])

    def mean(self, setting: int) -> Estimate:
        """Return the mean accuracy of a setting with its interval at `LEVEL`, which is within [0, 1]."""
        low, high = np.clip(_interval(self._replicates([setting], [1])), 0, 1)
        return Estimate(float(self._right[setting].mean()), float(low), float(high))

    def contrast(self, settings: Sequence[int], weights: Sequence[float]) -> Contrast:
        """Return a weighted sum of mean accuracies, with its interval at `LEVEL` and its two-sided p-value.

        Raises ValueError if the settings have different numbers of repetitions.
        """
        counts = sorted({len(self._right[setting]) for setting in settings})
        if len(counts) > 1:
            raise ValueError(f"settings have {' and '.join(map(str, counts))} repetitions, expected equal numbers")
        replicates = self._replicates(settings, weights)
        value = sum(weight * self._right[setting].mean() for setting, weight in zip(settings, weights, strict=True))
        return tested(replicates, value, weights)

    def difference(self, first: int, second: int) -> Contrast:
        """Return the mean accuracy of a setting minus that of another, which may have another number of repetitions.

        The test images are the same for both; their repetitions are resampled independently if the numbers differ.
        """
        if len(self._right[first]) == len(self._right[second]):
            return self.contrast([first, second], [1, -1])
        replicates = self._replicates([first], [1]) - self._replicates([second], [1])
        return tested(replicates, self._right[first].mean() - self._right[second].mean(), [1, -1])

    def compare(self, first: int, second: int) -> PairedComparison:
        """Return the difference of two settings, with its interval at `LEVEL` and its two-sided p-value.

        Raises ValueError if the settings have different numbers of repetitions.
        """
        found = self.contrast([first, second], [1, -1])
        a, b = self._right[first], self._right[second]
        only_first, only_second = int(np.sum(a & ~b)), int(np.sum(~a & b))
        return PairedComparison(found.value, found.low, found.high, found.p_value, only_first, only_second)
