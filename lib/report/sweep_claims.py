"""Sentences on sweeps: what a setting changes in filters, reconstruction and accuracy, by rule from the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from lib.report.answers import Answer, Outcome
from lib.report.look_claims import effective_filters, look, looks, units
from lib.report.phrases import corrected_p, either, listed, named, share, significant
from lib.report.results import Results
from lib.words.language import _
from lib.words.latex import fixed, integer, percent, signed

JUDGED = ("oriented_share", "explained_variance")  # measures of which a decrease is worse
# The effective share falls with the number of filters, too: it says how filters change, not that they are worse.
DESCRIBED = (*JUDGED, "effective_share")
_HARDLY_KNOWN = 0.5  # length of an interval of a share in which large differences are lost


def _changes(results: Results, experiment: str) -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    """Yield every setting but the first, with its significant changes of the described measures and of accuracy."""
    measures = {name: results.measure(experiment, name) for name in DESCRIBED}
    accuracy = results.rivals(experiment, "first")
    for number in range(1, len(results.study.experiments[experiment].combinations)):
        changes = []
        for name, rows in measures.items():
            if number in rows.index and significant(rows.loc[number, "p_corrected"]):
                changes.append((name, rows.loc[number].to_dict()))
        own = accuracy[accuracy["setting"] == number]
        changes += [("accuracy", row) for row in own.to_dict("records") if significant(row["p_corrected"])]
        yield number, changes


def sweep(results: Results, experiment: str) -> Answer:
    """Return what filters look like along a setting, and which of its values are worse than the first one.

    A value counts as worse by share of oriented filters, explained variance or accuracy. A share of oriented filters
    that repetitions leave open tells nothing, and the sentence says so.
    """
    worse: list[str] = []
    others: list[str] = []
    first, measures = named(results.first(experiment)), _tested(results, experiment)
    for number, changes in _changes(results, experiment):
        label = named(results.study.label(experiment, number))
        if lost := _lost(changes):
            worse.append(f"{label} ({listed(lost)})" if len(measures) > 1 else label)
        elif look(results, experiment, number) is None:
            others.append(label)
    if not measures:
        text = _("No value is compared with {first} by a test: that needs several repetitions.").format(first=first)
    elif not worse:
        text = _("No value is shown to be worse than {first} in {measures}.").format(
            first=first, measures=either(measures)
        )
    else:
        text = _("Shown to be worse than {first} in {measures}: {settings}").format(
            settings=listed(worse), first=first, measures=either(measures)
        )
        if others:
            text += _("; for {settings} no loss is shown").format(settings=listed(others))
        text += "."
    sentences = looks(results, [experiment]), text, _unclear(results, experiment)
    return Answer(" ".join(filter(None, sentences)), Outcome.NONE, _ends(results, experiment))


def _names() -> dict[str, str]:
    return {
        "oriented_share": _("share of oriented filters"),
        "explained_variance": _("explained variance"),
        "accuracy": _("accuracy"),
    }


def _lost(changes: Sequence[tuple[str, dict[str, Any]]]) -> list[str]:
    """Return the names of the measures in which significant changes are losses."""
    names = _names()
    return list(dict.fromkeys(names[one] for one, row in changes if one in names and row["difference"] < 0))


def _tested(results: Results, experiment: str) -> list[str]:
    """Return the measures in which values of a setting are compared with the first one by a test."""
    names = _names()
    tested = [names[key] for key in JUDGED if results.measure(experiment, key)["p_corrected"].notna().any()]
    return tested + ([names["accuracy"]] if len(results.rivals(experiment, "first")) else [])


def _unclear(results: Results, experiment: str) -> str:
    """Return that the share of oriented filters tells nothing where that of the first setting is hardly known."""
    rows = results.measure(experiment, "oriented_share")
    if 0 not in rows.index or not rows.loc[0, "high"] - rows.loc[0, "low"] > _HARDLY_KNOWN:
        return ""
    return _(
        "The share of oriented filters cannot be judged: the repetitions of {first} differ too much in it ({share})."
    ).format(first=named(results.first(experiment)), share=share(rows.loc[0].to_dict()))


def _ends(results: Results, experiment: str) -> str:
    """Return what happens at the smallest and at the largest value of the axis of an experiment."""
    axis = results.study.axis(experiment)
    if axis is None:
        return ""
    changes = dict(_changes(results, experiment))
    order = [int(number) for number in np.argsort(axis.values, kind="stable")]
    sentences = []
    for number, message in (
        (order[0], _("At the smallest value, {label}, {changes}.")),
        (order[-1], _("At the largest value, {label}, {changes}.")),
    ):
        if number == 0:
            continue
        label = named(results.study.label(experiment, number))
        sentences.append(message.format(label=label, changes=_described(results, experiment, changes[number])))
    return " ".join(sentences)


def _described(results: Results, experiment: str, changes: Sequence[tuple[str, dict[str, Any]]]) -> str:
    """Return significant changes as clauses."""
    if not changes:
        return _("no measure differs detectably from {first}").format(first=named(results.first(experiment)))
    clauses = []
    for measure, row in changes:
        if measure == "accuracy":
            message = _("the accuracy with {classifier} changes by {points} points ({p})")
            clauses.append(
                message.format(
                    classifier=results.classifier(row["classifier"]),
                    points=signed(100 * row["difference"], 1),
                    p=corrected_p(row),
                )
            )
            continue
        if measure == "effective_share":
            clauses.append(_effective(results, experiment, row))
            continue
        message = {
            "oriented_share": _("{share} of the filters are oriented instead of {first} ({p})"),
            "explained_variance": _("{share} of the variance is explained instead of {first} ({p})"),
        }[measure]
        clauses.append(
            message.format(
                share=percent(row["mean"], 0), first=percent(row["mean"] - row["difference"], 0), p=corrected_p(row)
            )
        )
    return listed(clauses)


def _effective(results: Results, experiment: str, row: dict[str, Any]) -> str:
    """Return how the effective number of filters differs from that of the first setting. row: of the measures.

    The test compares shares of all filters, so the text has the numbers of all filters where they differ.
    """
    settings = (int(row["setting"]), 0)
    own, first = (fixed(effective_filters(results, experiment, setting), 1) for setting in settings)
    all_own, all_first = (units(results, experiment, setting) for setting in settings)
    if all_own == all_first:
        message = _("the effective number of filters is {number} instead of {first} ({p})")
    else:
        message = _("the effective number of filters is {number} of {all} instead of {first} of {all_first} ({p})")
    return message.format(
        **{
            "number": own,
            "first": first,
            "all": integer(all_own),
            "all_first": integer(all_first),
            "p": corrected_p(row),
        }
    )


def degradation(results: Results, experiments: Sequence[str]) -> str:
    """Return what filters look like where the swept settings degrade them, and where they explain least.

    Of the values that are significantly worse than the first value of their sweep, the worst of each sweep is named.
    """
    sentences = [looks(results, experiments)]
    for measure, message in (
        ("oriented_share", _("In each sweep, oriented filters become fewest at {settings}.")),
        (
            "explained_variance",
            _("In each sweep, the reconstruction explains the variance of the patches least at {settings}."),
        ),
    ):
        found = []
        for name in experiments:
            rows = results.measure(name, measure)
            worse = [
                number
                for number, changes in _changes(results, name)
                if number in rows.index and any(one == measure and row["difference"] < 0 for one, row in changes)
            ]
            if worse and results.study.axis(name) is not None:
                worst = min(worse, key=lambda number: float(rows.loc[number, "mean"]))
                share = percent(rows.loc[worst, "mean"], 0)
                label = named(results.study.label(name, worst))
                found.append(_("{setting} ({share})").format(setting=label, share=share))
        if found:
            sentences.append(message.format(settings=listed(found)))
    return " ".join(filter(None, sentences))
