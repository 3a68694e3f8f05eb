"""The table of contrasts: the differences that the questions of experiments ask about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.repetitions import Mean, mean_of
from lib.evaluation.scores import holm
from lib.study.comparisons import ACCURACY, ERROR, EXACT, GAP, LOSS, MACRO_F1, Cell, Pair, pairs
from lib.study.study import Combination, Study, single_models
from lib.tabulation.predictions import Compared, Evaluation, EvaluationResult, Resampled

CONTRAST_COLUMNS = [
    *("experiment", "comparison", "measure", "judged", "setting", "label", "classifier"),
    *("against_setting", "against", "against_classifier", "repetitions", "value", "value_against"),
    *("difference", "low", "high", "p_value", "p_corrected", "comparisons"),
]


def contrast_table(
    predictions: Mapping[Evaluation, EvaluationResult],
    study: Study,
    truth: np.ndarray,
    resampled: Resampled,
    errors: pd.Series,
) -> pd.DataFrame:
    """Return one row per comparison of an experiment and pair of settings and classifiers that it is about.

    Accuracies are compared by `lib.evaluation.scores.Bootstrap.contrast`, and macro F1 by `MacroF1.difference` there,
    on the same test images and repetitions.
    Gaps are compared by Student's paired t over the repetitions, and seconds and errors of reconstruction in the same
    way by their logarithms: their difference is a ratio minus 1, as it is for numbers of parameters and
    multiplications. p-values are corrected by Holm's method: those of the comparisons that answer the question of an
    experiment, which the configuration names before any result is known, for each other, and so are the others.

    truth: (N,) integers, classes of the test images. errors: the held_out_error of each model, by its name.
    """
    rows = []
    for name, experiment in study.experiments.items():
        for number, comparison in enumerate(experiment.comparisons):
            if comparison.measure == LOSS:
                continue
            for pair in pairs(comparison, experiment.cells(comparison.measure)):
                row = _about(study, name, pair) | {"comparison": number, "measure": comparison.measure}
                row["answers"] = comparison.answers(pair.judged)
                values, others = (
                    _errors(study, experiment.combinations[cell.setting], errors)
                    if comparison.measure == ERROR
                    else _values(comparison.measure, _found(predictions, resampled, name, cell), truth)
                    for cell in (pair.cell, pair.reference)
                )
                row |= {"repetitions": len(values), "value": values.mean(), "value_against": others.mean()}
                if comparison.measure == ACCURACY:
                    places = [
                        resampled.places[Compared(name, cell.setting, cell.classifier)]
                        for cell in (pair.cell, pair.reference)
                    ]
                    tested = resampled.bootstrap.contrast(places, [1, -1])
                    found = Mean(tested.value, tested.low, tested.high, tested.p_value)
                elif comparison.measure == MACRO_F1:
                    labels = [
                        np.stack([one.labels[0] for one in _found(predictions, resampled, name, cell)])
                        for cell in (pair.cell, pair.reference)
                    ]
                    tested = resampled.f1.difference(*labels)
                    found = Mean(tested.value, tested.low, tested.high, tested.p_value)
                else:
                    found = _difference(comparison.measure, values, others)
                rows.append(
                    row | {"difference": found.value, "low": found.low, "high": found.high, "p_value": found.p_value}
                )
    table = pd.DataFrame(rows, columns=[*CONTRAST_COLUMNS, "answers"])
    families = table.groupby(["experiment", "answers"], sort=False)["p_value"]
    table = table.assign(
        p_corrected=families.transform(_corrected), comparisons=families.transform("count").astype("int64")
    )
    return table[CONTRAST_COLUMNS]


def _about(study: Study, name: str, pair: Pair) -> dict[str, Any]:
    cell, reference = pair.cell, pair.reference
    return {
        **{"experiment": name, "judged": pair.judged},
        **{"setting": cell.setting, "label": str(study.label(name, cell.setting)), "classifier": cell.classifier},
        **{"against_setting": reference.setting, "against": str(study.label(name, reference.setting))},
        "against_classifier": reference.classifier,
    }


def _found(
    predictions: Mapping[Evaluation, EvaluationResult], resampled: Resampled, name: str, cell: Cell
) -> list[EvaluationResult]:
    """Return the predictions of a cell, one per repetition."""
    evaluations = resampled.evaluations[Compared(name, cell.setting, cell.classifier)]
    return [predictions[evaluation] for evaluation in evaluations]


def _errors(study: Study, combination: Combination, errors: pd.Series) -> np.ndarray:
    """Return the error of reconstructed test images (R,) float64 of the models of R repetitions."""
    return errors[list(single_models(study, combination) or ())].to_numpy(dtype=np.float64)


def _values(measure: str, found: list[EvaluationResult], truth: np.ndarray) -> np.ndarray:
    """Return a measure (R,) float64 of R repetitions, after training on all training images."""
    from sklearn.metrics import f1_score  # importing it takes longer than most jobs run

    accuracies = np.array([np.mean(one.labels[0] == truth) for one in found])
    if measure == ACCURACY:
        return accuracies
    if measure == MACRO_F1:
        return np.array([f1_score(truth, one.labels[0], average="macro", zero_division=0) for one in found])
    records = [one.facts[0]["network"] for one in found]
    if measure == GAP:
        return np.array([record["training_accuracy"] for record in records]) - accuracies
    if measure == "seconds":
        return np.array([record["history"][-1]["seconds"] for record in records], dtype=np.float64)
    return np.array([record[measure] for record in records], dtype=np.float64)


def _difference(measure: str, values: np.ndarray, others: np.ndarray) -> Mean:
    """Return the mean difference of paired values (R,), as a share of the other values for all measures but the gap."""
    if measure == GAP:
        return mean_of(values - others)
    if measure in EXACT:
        ratio = float(values.mean() / others.mean()) - 1
        return Mean(ratio, ratio, ratio, np.nan)
    found = mean_of(np.log(values / others))
    return replace(found, value=np.expm1(found.value), low=np.expm1(found.low), high=np.expm1(found.high))


def _corrected(p_values: pd.Series) -> pd.Series:
    """Return p-values corrected by Holm's method; missing ones stay missing and do not count."""
    known = p_values.dropna()
    return pd.Series(holm(known.to_numpy()), index=known.index, dtype=np.float64).reindex(p_values.index)
