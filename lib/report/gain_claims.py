"""Sentences on what features gain over pixels, and where the gain comes from."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report.accuracy_claims import classifiers_of, outcome_of, split, starts_from_default
from lib.report.answers import Answer
from lib.report.phrases import corrected_p, listed, named, points, significant
from lib.report.results import Results
from lib.words.language import _
from lib.words.latex import percent


def gain(results: Results, experiment: str) -> Answer:
    """Return with which classifiers the first setting of an experiment is more accurate than pixels, and by how much.

    The outcome refers to the hypothesis that features are better than pixels.
    """
    rows = results.rivals(experiment, "pixels")
    rows = rows[rows["setting"] == 0]
    if rows.empty:
        return Answer("")
    largest: dict[str, Any] = rows.loc[rows["difference"].abs().idxmax()].to_dict()
    text = (
        _("The features of the default model are {verdicts}; the largest difference is {points} ({classifier}, {p}).")
        if starts_from_default(results, experiment)
        else _("The features of {label} are {verdicts}; the largest difference is {points} ({classifier}, {p}).")
    )
    return Answer(
        text.format(
            label=named(results.first(experiment)),
            verdicts=_verdicts(results, rows),
            points=points(largest),
            classifier=results.classifier(largest["classifier"]),
            p=corrected_p(largest),
        ),
        outcome_of(split(rows)),
    )


def _verdicts(results: Results, rows: pd.DataFrame) -> str:
    """Return with which classifiers features are better than pixels, worse, and not shown to differ."""
    parts = split(rows)
    clauses = []
    for verdict, message in (
        ("better", _("more accurate than pixels with {classifiers}")),
        ("worse", _("less accurate with {classifiers}")),
        ("unclear", _("not detectably different with {classifiers}")),
    ):
        if len(parts[verdict]):
            clauses.append(message.format(classifiers=classifiers_of(results, parts[verdict])))
    return listed(clauses)


def gains_most(results: Results, experiment: str) -> str:
    """Return which classifier gains most over pixels from the first setting, why, and what the others gain.

    The reason is by rule from the experiment's own numbers: how accurate the classifier is on pixels, and what the
    untrained network with the same layers gains, if there is one.
    """
    rows = results.rivals(experiment, "pixels")
    rows = rows[rows["setting"] == 0]
    if len(rows) < 2:
        return ""
    largest, least = rows.loc[rows["difference"].idxmax()], rows.loc[rows["accuracy_against"].idxmin()]
    text = (
        _("{classifier} gains most over pixels ({points}, {p}); it is also the least accurate on pixels ({accuracy}).")
        if largest["classifier"] == least["classifier"]
        else _(
            "{classifier} gains most over pixels ({points}, {p}); the least accurate on pixels is {least} "
            "({accuracy}), which gains {other}."
        )
    )
    name = results.classifier(largest["classifier"])
    sentence = text.format(
        classifier=name[:1].upper() + name[1:],
        points=points(largest.to_dict()),
        p=corrected_p(largest.to_dict()),
        least=results.classifier(least["classifier"]),
        accuracy=percent(least["accuracy_against"]),
        other=points(least.to_dict()),
    )
    others = _("The features of {label} are {verdicts}.").format(
        label=named(results.first(experiment)), verdicts=_verdicts(results, rows)
    )
    return " ".join(filter(None, (sentence, _source_of_gain(results, experiment, largest), others)))


def _source_of_gain(results: Results, experiment: str, row: pd.Series) -> str:
    """Return how much of a gain over pixels the untrained network has, and how much learning adds; empty without one.

    row: of the comparisons of the first setting with pixels.
    """
    learning = results.compared(row, "untrained")
    twin = results.study.untrained_twin(experiment, int(row["setting"]))
    untrained = None if twin is None else results.compared(row.to_dict() | {"setting": twin}, "pixels")
    if learning is None or untrained is None:
        return ""
    if not significant(learning["p_corrected"]):
        text = _(
            "Without training the same layers gain {untrained}; that learning without labels adds to it is not shown "
            "({points}, {p})."
        )
    elif learning["difference"] > 0:
        text = _(
            "Without training the same layers gain {untrained}; learning without labels adds {points} to it ({p})."
        )
    else:
        text = _(
            "Without training the same layers gain {untrained}; learning without labels takes some of it away "
            "({points}, {p})."
        )
    return text.format(untrained=points(untrained), points=points(learning), p=corrected_p(learning))
