"""Sentences on filters that follow from the tables of the study by rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.scores import wilson_interval
from lib.evaluation.thresholds import SUPPORTED
from lib.report.answers import Answer, Outcome
from lib.report.phrases import corrected_p, interval, listed, named, share, significant
from lib.report.results import Results
from lib.study.labels import Label
from lib.study.pictured import Twins, default_twins
from lib.words.language import _, ngettext
from lib.words.latex import integer, p_value, percent, signed, significant_digits


def hypothesis(results: Results) -> Answer:
    """Return whether the filters of the default model are edges and colour transitions.

    The hypothesis is shown where at least `SUPPORTED` of the filters are oriented on average over the repetitions, more
    than before training by a paired test over the repetitions, and where the whole interval is above the share of every
    kind of control filters. It is contradicted where the whole interval is below the bound, or where training makes
    fewer filters oriented.
    """
    twins = default_twins(results.study)
    experiment, number = (twins.experiment, twins.trained) if twins else results.repeated_default()
    oriented = results.measure(experiment, "oriented_share")
    if number not in oriented.index:
        return Answer(_("The default learner has no filters to look at."))
    row = oriented.loc[number].to_dict()
    row |= _wilson(results, row)
    text = _("{share} of the filters are oriented").format(share=share(row))
    text += _colour(results, experiment, number)
    low, high = row["low"], row["high"]
    more: bool | None = None
    if twins and twins.untrained in oriented.index:
        before = oriented.loc[twins.untrained]
        difference, p = _difference(oriented, twins)
        more = bool(difference > 0) if significant(p) else None
        text += _("; before training it was {share} ({test})").format(
            share=percent(before["mean"], 0), test=_paired(difference, p)
        )
    outcome = Outcome.OPEN
    control = results.tables["controls"]["oriented_share"].max()
    above = bool(low > control)
    if row["mean"] >= SUPPORTED and more is True and above:
        outcome = Outcome.SHOWN
    elif (np.isfinite(high) and high < SUPPORTED) or more is False:
        outcome = Outcome.CONTRADICTED
    return Answer(text + ".", outcome, _bound(row["mean"], (low, high), more, above))


def _wilson(results: Results, row: dict[str, Any]) -> dict[str, float]:
    """Return the interval of a share over the filters of one model, where no repetition gives an interval."""
    if row["repetitions"] > 1:
        return {}
    filters = results.tables["filters"].set_index("model")
    units = int(filters.loc[results.study.default[0], "units"])
    low, high = wilson_interval(row["mean"], units)
    return {"low": low, "high": high}


def _difference(oriented: pd.DataFrame, twins: Twins) -> tuple[float, float]:
    """Return the trained share minus the untrained one, and the p-value of the paired test over repetitions.

    The table compares with setting 0, so one of the two has to be that setting; otherwise no test is there.
    """
    trained, before = oriented.loc[twins.trained], oriented.loc[twins.untrained]
    p = np.nan
    if twins.trained == 0:
        p = before["p_corrected"]
    elif twins.untrained == 0:
        p = trained["p_corrected"]
    return trained["mean"] - before["mean"], p


def _paired(difference: float, p: float) -> str:
    text = _("difference {points} points").format(points=signed(100 * difference, 0))
    return (
        text
        if np.isnan(p)
        else _("{difference}, paired t test over repetitions, {p}").format(difference=text, p=p_value(p))
    )


def _colour(results: Results, experiment: str, number: int) -> str:
    """Return which share of the filters are colour transitions, nothing for grey images."""
    rows = results.measure(experiment, "colour_share")
    if number not in rows.index:
        return ""
    return _(", and {share} are transitions between opponent colours").format(
        share=percent(rows.loc[number, "mean"], 0)
    )


def _bound(mean: float, bounds: tuple[float, float], more: bool | None, above: bool) -> str:
    """Return what the numbers mean for the hypothesis.

    bounds: the interval of the mean. more: whether training increased the share, None if that was not shown. above:
    whether the interval is above the share of every kind of control filters.
    """
    low, high = bounds
    if mean >= SUPPORTED and more and above:
        return _(
            "The hypothesis asks for two thirds of the filters, for more than before training and for more than among "
            "all control filters: all three hold, so the result supports that training discovers edges and colour "
            "transitions."
        )
    if mean >= SUPPORTED and more:
        return _(
            "Two thirds of the filters are oriented, and more than before training, but not shown to be more than "
            "among the control filters."
        )
    if mean >= SUPPORTED:
        return _(
            "Two thirds of the filters are oriented, as the hypothesis asks, but an increase by training was not shown."
        )
    return (
        _(
            "The hypothesis asks for two thirds of the filters (interval found: {interval}), which the result does "
            "not reach."
        ).format(interval=interval(low, high))
        if np.isfinite(low)
        else _("The hypothesis asks for two thirds of the filters, which the result does not reach.")
    )


# Measures by which a sweep is judged, and what a decrease of each means.
JUDGED = ("oriented_share", "explained_variance")


def _changes(results: Results, experiment: str) -> Iterator[tuple[int, list[tuple[str, dict[str, Any]]]]]:
    """Yield every setting but the first, with its significant changes of the judged measures and of accuracy."""
    measures = {name: results.measure(experiment, name) for name in JUDGED}
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
    """Return which values of a setting make filters, reconstruction or accuracy worse than the first value does."""
    worse: list[str] = []
    others: list[str] = []
    for number, changes in _changes(results, experiment):
        label = results.study.label(experiment, number)
        (worse if any(row["difference"] < 0 for _measure, row in changes) else others).append(named(label))
    first = named(results.first(experiment))
    if not worse:
        text = _(
            "No value is shown to be worse than {first} in any of three measures: share of oriented filters, explained "
            "variance, accuracy."
        ).format(first=first)
    else:
        text = ngettext(
            "{settings} is worse than {first} in at least one of three measures: share of oriented filters, explained "
            "variance, accuracy",
            "{settings} are worse than {first} in at least one of three measures: share of oriented filters, explained "
            "variance, accuracy",
            len(worse),
        ).format(settings=listed(worse), first=first)
        if others:
            text += _("; for {settings} no loss was detected").format(settings=listed(others))
        text += "."
    return Answer(text, Outcome.NONE, _ends(results, experiment))


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


def degradation(results: Results, experiments: Sequence[str]) -> str:
    """Return at which value of each swept setting the filters are worst, as far as that is significant.

    The worst value of a sweep is the one that explains least variance among those with significantly fewer oriented
    filters, or less explained variance, than the first value.
    """
    found = []
    for name in experiments:
        explained, oriented = (results.measure(name, measure) for measure in ("explained_variance", "oriented_share"))
        worse = [
            number
            for number, changes in _changes(results, name)
            if number in explained.index
            and number in oriented.index
            and any(measure in JUDGED and row["difference"] < 0 for measure, row in changes)
        ]
        if not worse or results.study.axis(name) is None:
            continue
        worst = min(worse, key=lambda number: float(explained.loc[number, "mean"]))
        found.append(
            _("{setting} ({oriented} oriented, {explained} of the variance explained)").format(
                setting=named(results.study.label(name, worst)),
                oriented=percent(oriented.loc[worst, "mean"], 0),
                explained=percent(explained.loc[worst, "mean"], 0),
            )
        )
    return _("Filters degrade most at {settings}.").format(settings=listed(found)) if found else ""


def best(results: Results, experiment: str) -> str:
    """Return which setting of an experiment has the largest share of oriented filters, and which the smallest."""
    rows = results.measure(experiment, "oriented_share")
    if len(rows) < 2:
        return ""
    if rows["mean"].max() == rows["mean"].min():
        return _("All settings have the same share of oriented filters, {share}.").format(
            share=percent(rows["mean"].max(), 0)
        )
    top, bottom = rows.loc[rows["mean"].idxmax()], rows.loc[rows["mean"].idxmin()]
    return _("The share of oriented filters is largest for {best} ({most}) and smallest for {worst} ({least}).").format(
        best=named(top["name"]), most=share(top), worst=named(bottom["name"]), least=share(bottom)
    )


def reconstruction(results: Results, experiment: str) -> str:
    """Return which setting of an experiment without classifiers reconstructs test images best, and which worst.

    Nothing where classifiers judge the settings, or where fewer than two settings reconstruct.
    """
    rows = _networks(results.measure(experiment, "held_out_error"))
    if results.study.experiments[experiment].classifiers or len(rows) < 2:
        return ""
    top, bottom = rows.loc[rows["mean"].idxmin()], rows.loc[rows["mean"].idxmax()]
    text = _(
        "The mean squared error of reconstructed test images is smallest for {best} ({least}) and largest for {worst} "
        "({most})"
    ).format(
        best=named(top["name"]),
        least=significant_digits(top["mean"], 3),
        worst=named(bottom["name"]),
        most=significant_digits(bottom["mean"], 3),
    )
    if pd.notna(top["p_corrected"]):
        text += "; " + _("the smallest differs from the one of {first} by {difference} ({p})").format(
            first=named(results.first(experiment)),
            difference=significant_digits(top["difference"], 3),
            p=p_value(top["p_corrected"]),
        )
    return text + "."


def collapse(results: Results, experiment: str) -> Answer:
    """Return which networks of an experiment collapsed in some repetition, and which in none."""
    explained = results.measure(experiment, "explained_variance")
    rows = _networks(results.measure(experiment, "collapsed"))

    def with_variance(chosen: pd.DataFrame) -> str:
        return listed([_explained(row["name"], explained, number) for number, row in chosen.iterrows()])

    collapsed, sound = rows[rows["mean"] > 0], rows[rows["mean"] == 0]
    if collapsed.empty:
        return Answer(_("No network collapsed."))
    if sound.empty:
        text = _("Every setting collapsed in some repetition: {settings}.")
        return Answer(text.format(settings=with_variance(collapsed)))
    text = _("{settings} collapsed in some repetition; {others} did not in any.")
    return Answer(text.format(settings=with_variance(collapsed), others=with_variance(sound)))


def _networks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row per network, named without a layer: settings that differ in the layer share a training."""
    labels = [
        Label(tuple(pair for pair in label.settings if pair[0] != "layer"), label.together) for label in rows["name"]
    ]
    named_rows = rows.assign(name=labels)
    return named_rows[~named_rows["name"].duplicated()]


def _explained(label: Label, explained: pd.DataFrame, number: Any) -> str:
    """Return a setting with the variance that its models explain."""
    if number not in explained.index:
        return named(label)
    return _("{label} ({share} of the variance explained)").format(
        label=named(label), share=percent(explained.loc[number, "mean"], 0)
    )


def dead_units(results: Results, experiment: str) -> str:
    """Return the share of dead units of each setting that has any, nothing where no setting has."""
    rows = _networks(results.measure(experiment, "dead_share"))
    dead = rows[rows["mean"] > 0]
    if dead.empty:
        return ""
    counts = [
        _("{share} for {label}").format(share=percent(row["mean"], 0), label=named(row["name"]))
        for row in dead.to_dict("records")
    ]
    return _("Dead units, which are constant on all patches or never active: {settings}.").format(
        settings=listed(counts)
    )


def controls(table: pd.DataFrame) -> str:
    """Return the share of control filters that count as oriented, which gives the bound its meaning.

    table: the table of controls.
    """
    names = {
        "noise": _("white noise"),
        "blobs": _("isotropic blobs"),
        "ramps": _("linear ramps"),
        "patches": _("training patches"),
    }
    found = [
        _("{share} of {kind}").format(
            share=percent(row["oriented_share"], 1), kind=names.get(row["control"], row["control"])
        )
        for row in table.to_dict("records")
    ]
    if not found:
        return ""
    return _("Among {count} control filters of each kind, {shares} reach the bound.").format(
        count=integer(table["filters"].max()), shares=listed(found)
    )
