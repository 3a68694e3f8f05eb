"""Tables of results of the experiments of the lecture in LaTeX: means over seeds with their intervals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.evaluation.repetitions import mean_of
from lib.evaluation.scores import wilson_interval
from lib.report.family_claims import relative_norms
from lib.report.phrases import repeated
from lib.words import lecture
from lib.words.language import _
from lib.words.latex import fixed, integer, number, scientific, table


@dataclass(frozen=True)
class ResultTable:
    """A table of the chapter.

    Attributes
    ----------
    name : its label in LaTeX is ``tab:lecture-`` and this name.
    caption, tabular : LaTeX.
    """

    name: str
    caption: str
    tabular: str


def between(text: str, ends: Sequence[str]) -> str:
    """Return a printed number with its printed interval, without it where its ends are printed like the number."""
    return text if set(ends) <= {text} else f"{text} " + _("[{low}, {high}]").format(low=ends[0], high=ends[1])


def with_interval(values: pd.Series, shown: Callable[[float], str], most: float = np.inf) -> str:
    """Return the mean of values (R,) of R seeds, none below 0, with the interval of Student's t within [0, most]."""
    mean = mean_of(values.to_numpy())
    ends = [] if np.isnan(mean.low) else [shown(float(end)) for end in np.clip([mean.low, mean.high], 0, most)]
    return between(shown(mean.value), ends)


def geometric(values: pd.Series) -> str:
    """Return the geometric mean of positive values (R,) with the interval of Student's t for their logarithms."""
    mean = mean_of(np.log(values.to_numpy()))
    ends = [] if np.isnan(mean.low) else [_two_digits(np.exp(end)) for end in (mean.low, mean.high)]
    return between(_two_digits(np.exp(mean.value)), ends)


def _two_digits(value: float) -> str:
    return scientific(value) if value < 0.1 else fixed(value, 2 if value < 1 else 1)


def _decimals(digits: int) -> Callable[[float], str]:
    return lambda value: fixed(value, digits)


def _percentage(fraction: float) -> str:
    return fixed(100 * fraction, 1)


def _intervals(seeds: int) -> str:
    """Return over how many seeds the numbers of a table are means, and which intervals it has."""
    if seeds == 1:
        return repeated(1)
    return _("{repetitions}, 95\\,\\% $t$ intervals").format(repetitions=repeated(seeds))


def points(results: pd.DataFrame, curves: pd.DataFrame) -> list[ResultTable]:
    """Return one row per way to two codings.

    results: columns way, seed, training_error, test_error, angle (radians) and cosine.
    """
    names, rows = lecture.ways(), []
    for way, found in results.groupby("way", sort=False):
        rows.append(
            {
                _("way"): names[str(way)],
                _("training error"): with_interval(found["training_error"], _decimals(4)),
                _("test error"): with_interval(found["test_error"], _decimals(4)),
                _("angle (degrees)"): with_interval(np.degrees(found["angle"]), _decimals(2), 90),
                _("cosine"): with_interval(found["cosine"], _decimals(3), 1),
            }
        )
    caption = _(
        "Two codings of points in space: mean squared errors, the largest angle between the plane that was found and "
        "the principal plane, and the smallest cosine between a unit’s weights and the component of its number, which "
        "is 1 where units are ordered components ({intervals})."
    ).format(intervals=_intervals(results["seed"].nunique()))
    return [ResultTable("points", caption, table(pd.DataFrame(rows), "lllll"))]


def wide_table(results: pd.DataFrame, curves: pd.DataFrame) -> list[ResultTable]:
    """Return one row for the linear autoencoder and one for the principal components.

    results: columns seed, training_error, test_error, pca_training_error and pca_test_error.
    """
    rows = [
        {
            _("way"): name,
            _("training error"): with_interval(results[f"{prefix}training_error"], _decimals(4)),
            _("test error"): with_interval(results[f"{prefix}test_error"], _decimals(4)),
        }
        for prefix, name in (("", lecture.ways()["adam"]), ("pca_", lecture.ways()["pca"]))
    ]
    caption = _(
        "A wide table: mean squared errors of the linear autoencoder after {steps} steps of Adam, and of as many "
        "principal components ({intervals})."
    ).format(steps=integer(curves["step"].max()), intervals=_intervals(results["seed"].nunique()))
    return [ResultTable("table", caption, table(pd.DataFrame(rows), "lll"))]


def gradients(results: pd.DataFrame, curves: pd.DataFrame) -> list[ResultTable]:
    """Return the chain of neurons, and one row per number of layers with the relative norms of each activation.

    results: columns neuron, weight, output and gradient. curves: columns activation, depth, seed, layer and norm.
    """
    chain = pd.DataFrame(
        {
            _("neuron"): [integer(n) for n in results["neuron"]],
            _("weight"): [number(weight) for weight in results["weight"]],
            _("output"): [fixed(output, 4) for output in results["output"]],
            _("gradient"): [scientific(gradient, 3) for gradient in results["gradient"]],
        }
    )
    names, rows = lecture.activations(), []
    for depth, found in relative_norms(curves).groupby("depth"):
        ratios = dict(list(found.groupby("activation")["ratio"]))
        rows.append({_("layers"): integer(depth)} | {word: geometric(ratios[key]) for key, word in names.items()})
    norms = _(
        "Norm of the first layer’s gradient relative to the last layer’s in random networks: geometric means, for "
        "which the intervals are those of the logarithms ({intervals})."
    ).format(intervals=_intervals(curves["seed"].nunique()))
    return [
        ResultTable("chain", _("The chain of neurons, from the input on."), table(chain, "rrrr")),
        ResultTable("gradients", norms, table(pd.DataFrame(rows), "rlll")),
    ]


def letters(results: pd.DataFrame, curves: pd.DataFrame) -> list[ResultTable]:
    """Return one row per network.

    results: columns seed, network, start, settings, epochs, training_error, test_error, test_accuracy and seconds.
    """
    starts, trainings, rows = lecture.starts(), lecture.trainings(), []
    for (network, start, settings), found in results.groupby(["network", "start", "settings"], sort=False):
        rows.append(
            {
                _("hidden layers"): integer(str(network).count("-") - 1),
                _("start"): starts[start],
                _("settings"): trainings[settings],
                _("epochs"): integer(found["epochs"].mean()),
                _("cross-entropy"): with_interval(found["training_error"], _decimals(2)),
                _("accuracy (%)"): with_interval(found["test_accuracy"], _percentage, 1),
                _("time (s)"): integer(found["seconds"].mean()),
            }
        )
    caption = _(
        "Networks on letters: epochs, cross-entropy of the training letters, accuracy on {count} test letters, and "
        "the CPU time of the training without that of the machines ({intervals})."
    ).format(count=integer(results["test_letters"].iloc[0]), intervals=_intervals(results["seed"].nunique()))
    return [ResultTable("letters", caption, table(pd.DataFrame(rows), "rllrllr"))]


def digits(results: pd.DataFrame, curves: pd.DataFrame) -> list[ResultTable]:
    """Return one row per setting. With one seed the interval of an accuracy is Wilson's, over test digits.

    results: columns settings, seed, gibbs_steps, learning_rate, epochs, test_hamming, test_loss, test_accuracy and
    test_digits.
    """
    names, rows = lecture.beliefs(), []
    seeds, count = results["seed"].nunique(), results["test_digits"].iloc[0]
    for name, found in results.groupby("settings", sort=False):
        first, accuracy = found.iloc[0], found["test_accuracy"]
        over_digits = [_percentage(end) for end in wilson_interval(float(accuracy.iloc[0]), float(count))]
        rows.append(
            {
                _("settings"): names.get(str(name), str(name)),
                "k": integer(first["gibbs_steps"]),
                _("learning rate"): number(first["learning_rate"]),
                _("epochs"): integer(first["epochs"]),
                _("Hamming distance"): with_interval(found["test_hamming"], _decimals(1)),
                _("cross-entropy"): with_interval(found["test_loss"], _decimals(3)),
                _("accuracy (%)"): between(_percentage(float(accuracy.iloc[0])), over_digits)
                if seeds == 1
                else with_interval(accuracy, _percentage, 1),
            }
        )
    intervals = _("one repetition, 95\\,\\% intervals over test digits") if seeds == 1 else _intervals(seeds)
    caption = _(
        "Deep belief networks on {count} test digits: pixels that differ in the reconstruction, cross-entropy and "
        "accuracy ({intervals})."
    ).format(count=integer(count), intervals=intervals)
    return [ResultTable("digits", caption, table(pd.DataFrame(rows), "lrrrlll"))]


TABLES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], list[ResultTable]]] = {
    "points": points,
    "table": wide_table,
    "gradients": gradients,
    "letters": letters,
    "digits": digits,
}
