"""Tables of the report on the models of one experiment: networks, bounds of the likelihood, learners."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from math import inf
from typing import Any

import pandas as pd

from lib.report.phrases import accuracy_interval, f1_interval
from lib.study.study import Study
from lib.words.labels import Form, label_text
from lib.words.language import _
from lib.words.latex import LEFT, escape, fixed, integer, signed, significant_digits, table

_THREE_DIGITS, _ONE_DECIMAL = partial(significant_digits, digits=3), partial(fixed, digits=1)
_TWO_DECIMALS = partial(fixed, digits=2)


def network_table(rows: pd.DataFrame, study: Study, classifiers: Mapping[str, str]) -> str:
    """Return one row per setting and network of an experiment: size, accuracies, gap, macro F1 and CPU seconds.

    rows: of the table of networks, with this experiment; networks on pixels are left out. A dagger marks the network
    that the validation images choose.
    """
    (experiment,) = rows["experiment"].unique()
    validated = rows["validation_accuracy"].notna().all()
    rows = rows[rows["setting"] >= 0]
    marks = ["\\textsuperscript{†}" if validated and one else "" for one in rows["chosen"]]
    columns: dict[str, list[str]] = {}
    if rows["setting"].nunique() > 1:
        columns[_("setting")] = [label_text(study.label(experiment, one), Form.LATEX) for one in rows["setting"]]
    if rows["classifier"].nunique() > 1 or not columns:
        columns[_("trained with")] = [escape(_(classifiers[name])) for name in rows["classifier"]]
    texts = len(columns)
    width = 0.25 / texts
    columns[_("parameters")] = [integer(count) for count in rows["parameters"]]
    columns[_("multiply-adds")] = [integer(count) for count in rows["multiply_adds"]]
    columns[_("training")] = [fixed(100 * value, 1) for value in rows["training_accuracy"]]
    if validated:
        columns[_("validation")] = [fixed(100 * value, 1) for value in rows["validation_accuracy"]]
    columns[_("test")] = [f"{fixed(100 * value, 1)}{mark}" for value, mark in zip(rows["accuracy"], marks, strict=True)]
    columns[_("gap")] = [signed(100 * value, 1) for value in rows["gap"]]
    columns[_("macro F1")] = [f1_interval(row) for row in rows.to_dict("records")]
    columns[_("CPU time (s)")] = [fixed(value, 1) for value in rows["seconds"]]
    return table(pd.DataFrame(columns), f"{LEFT}{{{width:g}\\linewidth}}" * texts + "r" * (len(columns) - texts))


def loss_table(accuracy: pd.DataFrame, study: Study, classifiers: Mapping[str, str]) -> str:
    """Return one row per setting of an experiment, pixels first: its log loss on the test images by classifier.

    accuracy: rows of the table of accuracies, with this experiment. A classifier without probabilities has dashes.
    """
    (experiment,) = accuracy["experiment"].unique()
    losses = accuracy.pivot(index="setting", columns="classifier", values="log_loss")
    settings = [one for one in (-1, *study.ordered(experiment)) if one in losses.index]
    columns = {_("setting"): [label_text(study.label(experiment, one), Form.LATEX) for one in settings]} | {
        escape(_(classifiers[name])): [
            _TWO_DECIMALS(value) if value == value else "–" for value in losses.loc[settings, name]
        ]
        for name in dict.fromkeys(accuracy["classifier"])
    }
    return table(pd.DataFrame(columns), f"{LEFT}{{0.3\\linewidth}}" + "r" * (len(columns) - 1))


def bound_table(rows: pd.DataFrame, study: Study, experiment: str) -> str:
    """Return one row per setting of an experiment that gives images a likelihood: its bounds and their terms, in nats.

    rows: of the table of bounds, with this experiment.
    """
    names = {
        "elbo": _("ELBO"),
        "importance_bound": _("importance-weighted bound"),
        "cross_entropy": _("cross-entropy"),
        "divergence": _("divergence"),
    }
    labels = [label_text(study.label(experiment, number), Form.LATEX) for number in rows["setting"]]
    columns = {_("setting"): labels} | {
        name: [fixed(value, 2) for value in rows[column]] for column, name in names.items()
    }
    return table(pd.DataFrame(columns), f"{LEFT}{{0.3\\linewidth}}rrrr")


def learner_table(accuracy: pd.DataFrame, measures: pd.DataFrame, study: Study, classifiers: Mapping[str, str]) -> str:
    """Return one row per setting: accuracy with its first classifier, error of reconstructed test images, CPU time.

    accuracy, measures: rows of one experiment. A setting without a reconstruction, or with joined features, has dashes.
    """
    (experiment,) = accuracy["experiment"].unique()
    classifier = accuracy["classifier"].iloc[0]
    judged = accuracy[(accuracy["classifier"] == classifier) & (accuracy["setting"] >= 0)].set_index("setting")
    judged = judged.loc[[setting for setting in study.ordered(experiment) if setting in judged.index]]
    sizes = {} if classifier in study.fine_tuning else {_("features"): [integer(n) for n in judged["n_features"]]}
    columns = {
        _("setting"): [label_text(study.label(experiment, setting), Form.LATEX) for setting in judged.index],
        **sizes,
        _("accuracy (%), {classifier}").format(classifier=_(classifiers[classifier])): [
            accuracy_interval(row) for row in judged.itertuples()
        ],
        **_errors(measures, study, experiment, list(judged.index)),
        _("CPU time (s)"): _means(measures, "seconds", judged.index, _ONE_DECIMAL),
    }
    return table(pd.DataFrame(columns), f"{LEFT}{{0.32\\linewidth}}" + "r" * len(sizes) + "lll")


def error_table(measures: pd.DataFrame, study: Study, experiment: str) -> str:
    """Return one row per setting of an experiment: error of reconstructed test images, explained variance, CPU time.

    measures: rows of the experiment. A setting without a reconstruction, or with joined features, has dashes.
    """
    settings = study.ordered(experiment)
    columns = {
        _("setting"): [label_text(study.label(experiment, setting), Form.LATEX) for setting in settings],
        **_errors(measures, study, experiment, settings),
        _("explained variance (%)"): _means(measures, "explained_variance", settings, _percent, least=-inf),
        _("CPU time (s)"): _means(measures, "seconds", settings, _ONE_DECIMAL),
    }
    return table(pd.DataFrame(columns), f"{LEFT}{{0.32\\linewidth}}lll")


def _errors(measures: pd.DataFrame, study: Study, experiment: str, settings: Sequence[int]) -> dict[str, list[str]]:
    """Return the column of errors on test images: dashes where the settings normalise to values of different units."""
    known = study.has_one_unit(experiment)
    cells = _means(measures, "held_out_error", settings, _THREE_DIGITS) if known else ["–"] * len(settings)
    return {_("error on test images"): cells}


def _percent(value: float) -> str:
    return fixed(100 * value, 1)


def _means(
    measures: pd.DataFrame, measure: str, settings: Iterable[int], shown: Callable[[float], str], least: float = 0.0
) -> list[str]:
    """Return the mean of a measure with its interval for each setting, a dash where a setting has none.

    least: the smallest value that the measure can have.
    """
    known = measures[measures["measure"] == measure].set_index("setting")
    return [_mean_with_interval(known.loc[one], shown, least) if one in known.index else "–" for one in settings]


def _mean_with_interval(row: Any, shown: Callable[[float], str], least: float) -> str:
    """Return the mean of a measure with its interval, where it has several repetitions; no value is below the least."""
    if pd.isna(row["low"]):
        return shown(row["mean"])
    return f"{shown(row['mean'])} " + _("[{low}, {high}]").format(
        low=shown(max(row["low"], least)), high=shown(row["high"])
    )
