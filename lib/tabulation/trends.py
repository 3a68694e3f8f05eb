"""The table of trends: how the accuracy follows the number that an experiment varies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from lib.evaluation.scores import holm
from lib.study.study import Axis, Study
from lib.tabulation.predictions import Compared, Resampled

LOGARITHMIC = 8  # the largest value divided by the smallest from which on a number is compared by its logarithm
TREND_COLUMNS = [
    *("experiment", "key", "classifier", "scale", "slope", "low", "high"),
    *("p_value", "p_corrected", "comparisons"),
]


def scale_of(values: Sequence[float]) -> str:
    """Return the scale on which numbers are compared: "log10" for positive ones of different sizes, else "linear"."""
    return "log10" if min(values) > 0 and max(values) >= LOGARITHMIC * min(values) else "linear"


def slope_weights(values: Sequence[float], scale: str) -> np.ndarray:
    """Return the weights (S,) float64 with which S accuracies sum to the slope of their least-squares line.

    values: of the number that varies, one per accuracy, at least two different ones. The slope is per unit, or per
    tenfold on the scale "log10".
    """
    x = np.log10(values) if scale == "log10" else np.asarray(values, dtype=np.float64)
    x = x - x.mean()
    return x / np.sum(x**2)


def trend_table(study: Study, resampled: Resampled) -> pd.DataFrame:
    """Return one row per experiment that varies one number and nothing else, and classifier: the slope of the accuracy.

    Experiments have a row if more than two values vary and every setting has equally many repetitions. Intervals and
    p-values are those of `lib.evaluation.scores.Bootstrap.contrast`; p-values are corrected by Holm's method for the
    number of ``comparisons``, the classifiers of one experiment.
    """
    rows = []
    for name, experiment in study.experiments.items():
        axis = study.axis(name)
        if axis is None or not _has_trend(axis, [len(one.members) for one in experiment.combinations]):
            continue
        scale = scale_of(axis.values)
        weights = slope_weights(axis.values, scale).tolist()
        for classifier in experiment.classifiers:
            places = [resampled.places[Compared(name, setting, classifier)] for setting in range(len(weights))]
            found = resampled.bootstrap.contrast(places, weights)
            rows.append(
                {"experiment": name, "key": axis.key, "classifier": classifier, "scale": scale, "slope": found.value}
                | {"low": found.low, "high": found.high, "p_value": found.p_value}
            )
    table = pd.DataFrame(rows, columns=TREND_COLUMNS)
    families = table.groupby("experiment", sort=False)["p_value"]
    return table.assign(
        p_corrected=families.transform(lambda values: holm(values.to_numpy())), comparisons=families.transform("size")
    )


def _has_trend(axis: Axis, repetitions: Sequence[int]) -> bool:
    """Return whether a number varies alone, over more than two values with equally many repetitions.

    Without pooling, the number of cells is 0 but every patch has features: no small number, so there is no trend.
    """
    counts = axis.key != "pooling" or 0 not in axis.values
    return counts and not any(axis.series) and len(set(axis.values)) > 2 and len(set(repetitions)) == 1
