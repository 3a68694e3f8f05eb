"""Sentences on filters that follow from the tables of the study by rule."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from lib.evaluation.scores import wilson_interval
from lib.evaluation.thresholds import CONSTANT, EDGE_SIDE, SUPPORTED
from lib.report.answers import Answer, Outcome
from lib.report.look_claims import effective_filters, units
from lib.report.phrases import corrected_p, interval, listed, named, share, significant
from lib.report.results import Results, of_experiment
from lib.study.labels import Label
from lib.study.pictured import Twins, default_twins, of_default_learner
from lib.words.language import _
from lib.words.latex import fixed, integer, number, p_value, percent, signed, significant_digits


def hypothesis(results: Results) -> Answer:
    """Return whether the filters of the default model are edges and colour transitions.

    Edges are shown where at least `SUPPORTED` of the filters are oriented on average over the repetitions, more than
    before training by a paired test over the repetitions, and where the whole interval is above the share of every kind
    of control filters. They are contradicted where the whole interval is below the bound, or where training makes fewer
    filters oriented. Colour transitions are shown where they are more frequent than before training by the same test;
    where they are not, the hypothesis is shown in part. Grey images have none.
    """
    twins = default_twins(results.study)
    experiment, number = (twins.experiment, twins.trained) if twins else results.repeated_default()
    oriented = results.measure(experiment, "oriented_share")
    if number not in oriented.index:
        return Answer(_without_edges(results))
    row = oriented.loc[number].to_dict()
    row |= _wilson(results, row)
    text = _("{share} of the filters are oriented").format(share=share(row))
    low, high = row["low"], row["high"]
    before = _before(oriented, twins)
    text += before.text
    colour = _colour(results, experiment, number, twins)
    text += colour.text
    outcome = Outcome.OPEN
    control = results.tables["controls"]["oriented_share"].max()
    above = bool(low > control)
    if row["mean"] >= SUPPORTED and before.more is True and above:
        outcome = Outcome.SHOWN if colour.more or not colour.text else Outcome.MIXED
    elif (np.isfinite(high) and high < SUPPORTED) or before.more is False:
        outcome = Outcome.CONTRADICTED
    details = (
        _bound(row["mean"], (low, high), before, above),
        _different(results, experiment, number),
        _most_colourful(results),
    )
    return Answer(text + ".", outcome, " ".join(filter(None, details)))


def _different(results: Results, experiment: str, setting: int) -> str:
    """Return how many different filters a setting has, nothing where it is unknown: copies may all be oriented."""
    count = effective_filters(results, experiment, setting)
    if not np.isfinite(count):
        return ""
    return _("Copies counted once, the effective number of the {all} filters is {number}.").format(
        all=integer(units(results, experiment, setting)), number=fixed(count, 1)
    )


def _without_edges(results: Results) -> str:
    """Return why the share of oriented filters of the default model is unknown."""
    side = int(results.study.models[results.study.default[0]].settings["patch_size"])
    if side >= EDGE_SIDE:
        return _("The default learner has no filters to look at.")
    return _(
        "Filters of {size} pixels are too small to tell an edge from noise: they need {least} pixels per side."
    ).format(size=f"\\ensuremath{{{side}\\times{side}}}", least=integer(EDGE_SIDE))


def meaning(outcome: Outcome) -> str:
    """Return what the outcome of `hypothesis` means, as a sentence."""
    return {
        Outcome.SHOWN: _("So training discovers edges and, in colour images, colour transitions."),
        Outcome.MIXED: _("So training discovers edges; that it discovers colour transitions is not shown."),
        Outcome.OPEN: _("That training discovers edges is not shown by this."),
        Outcome.CONTRADICTED: _("This contradicts the hypothesis that training discovers edges."),
        Outcome.NONE: "",
    }[outcome]


class _Before(NamedTuple):
    """What training changed: as text, whether it increased a share, None if no difference is shown, and if tested."""

    text: str
    more: bool | None
    is_tested: bool


def _before(rows: pd.DataFrame, twins: Twins | None) -> _Before:
    """Return the share of filters before training with its test, and whether training increased the share.

    rows: a measure of the experiment, by setting. The text is empty where the study has no untrained network.
    """
    if not twins or twins.untrained not in rows.index:
        return _Before("", None, False)
    difference, row = _tested(rows, twins)
    test = _("difference {points} points").format(points=signed(100 * difference, 0))
    if row is not None:
        test = _("{difference}, paired t test over repetitions, {p}").format(difference=test, p=corrected_p(row))
    elif difference:
        test = _("{difference}, not tested").format(difference=test)
    text = _(" ({share} before training; {test})").format(
        share=percent(rows.loc[twins.untrained, "mean"], 0), test=test
    )
    shown = row is not None and significant(row["p_corrected"])
    return _Before(text, bool(difference > 0) if shown else None, row is not None)


def _wilson(results: Results, row: dict[str, Any]) -> dict[str, float]:
    """Return the interval of a share over the filters of one model, where no repetition gives an interval."""
    if row["repetitions"] > 1:
        return {}
    filters = results.tables["filters"].set_index("model")
    units = int(filters.loc[results.study.default[0], "units"])
    low, high = wilson_interval(row["mean"], units)
    return {"low": low, "high": high}


def _tested(rows: pd.DataFrame, twins: Twins) -> tuple[float, dict[str, Any] | None]:
    """Return the trained share minus the untrained one, and the row with the paired test over repetitions.

    The table compares with setting 0, so one of the two has to be that setting; otherwise no test is there.
    """
    trained, before = rows.loc[twins.trained], rows.loc[twins.untrained]
    row = before if twins.trained == 0 else trained if twins.untrained == 0 else None
    tested = None if row is None or pd.isna(row["p_corrected"]) else row.to_dict()
    return trained["mean"] - before["mean"], tested


def _colour(results: Results, experiment: str, number: int, twins: Twins | None) -> _Before:
    """Return the share of colour transitions among filters, and whether training increased it; "" for grey images."""
    rows = results.measure(experiment, "colour_share")
    if number not in rows.index:
        return _Before("", None, False)
    before = _before(rows, twins)
    if twins and before.text and not rows.loc[number, "mean"] and not rows.loc[twins.untrained, "mean"]:
        return before._replace(text=_(", and none are transitions between opponent colours, as before training"))
    text = _(", and {share} are transitions between opponent colours").format(share=share(rows.loc[number].to_dict()))
    return before._replace(text=text + before.text)


def flat(results: Results) -> str:
    """Return how much of the variance of patches their mean colour alone explains, nothing where it is removed."""
    model = results.study.models[results.study.default[0]]
    if model.settings["centre"] != "none" or model.settings["whiten"]:
        return ""
    share = results.tables["controls"].set_index("control").loc["patches", "flat_variance"]
    return _(
        "The mean colour of each patch alone explains {share} of the variance of the training patches, so the share "
        "that a network explains says little about structure within patches."
    ).format(share=percent(share, 0))


def _most_colourful(results: Results) -> str:
    """Return with which setting of the default learner colour transitions are most frequent, nothing for grey images.

    A bare majority of edges says nothing about colour.
    """
    measures = results.tables["measures"]
    rows = measures[(measures["measure"] == "colour_share") & measures["mean"].notna()]
    rows = rows[of_default_learner(results.study, rows)]
    if rows.empty:
        return ""
    top = rows.loc[rows["mean"].idxmax()]
    if not top["mean"]:
        return _("No setting of the default learner has colour transitions.")
    label = results.study.label(top["experiment"], int(top["setting"]))
    return _(
        "Among all settings of the default learner, colour transitions are most frequent with {label}{experiment}: "
        "{share} of the filters."
    ).format(
        label=named(label),
        experiment=of_experiment(results, top["experiment"]),
        share=percent(top["mean"], 0),
    )


def _bound(mean: float, bounds: tuple[float, float], before: _Before, above: bool) -> str:
    """Return what the numbers mean for the hypothesis.

    bounds: the interval of the mean. before: what training changed. above: whether the interval is above the share of
    every kind of control filters.
    """
    low, high = bounds
    more = before.more
    if mean >= SUPPORTED and more and above:
        return _(
            "The hypothesis asks for two thirds of the filters, for more than before training and for more than among "
            "all control filters: all three hold, so the result supports that training discovers edges."
        )
    if mean >= SUPPORTED and more:
        return _(
            "Two thirds of the filters are oriented, and more than before training, but not shown to be more than "
            "among the control filters."
        )
    if mean >= SUPPORTED and more is False:
        return _(
            "Two thirds of the filters are oriented, but more were before training, which contradicts the hypothesis."
        )
    if mean >= SUPPORTED:
        return (
            _(
                "Two thirds of the filters are oriented, as the hypothesis asks, but an increase by training was not "
                "shown."
            )
            if before.is_tested
            else _(
                "Two thirds of the filters are oriented, as the hypothesis asks, but an increase by training was not "
                "tested."
            )
        )
    if not np.isfinite(low):
        text = _("The hypothesis asks for two thirds of the filters, which the result does not reach.")
    elif high >= SUPPORTED:
        text = _(
            "The hypothesis asks for two thirds of the filters. The interval found, {interval}, leaves open whether "
            "there are as many."
        ).format(interval=interval(low, high))
    else:
        text = _(
            "The hypothesis asks for two thirds of the filters (interval found: {interval}), which the result does "
            "not reach."
        ).format(interval=interval(low, high))
    if not above:
        text += " " + _("Their share is not shown to exceed that of every kind of control filters.")
    return text


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
    """Return `held_out_error` of an experiment that no classifier judges, otherwise an empty text."""
    return "" if results.study.experiments[experiment].classifiers else held_out_error(results, experiment)


def held_out_error(results: Results, experiment: str) -> str:
    """Return which setting of an experiment reconstructs test images best, and which worst.

    The text is empty where fewer than two settings reconstruct, and where their values have different units.
    """
    if not results.study.has_one_unit(experiment):
        return ""
    rows = _networks(results.measure(experiment, "held_out_error"))
    if len(rows) < 2:
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
        message = (
            _("the smallest differs from the one of {first} by {difference} ({p})")
            if significant(top["p_corrected"])
            else _("the smallest is not shown to differ from the one of {first} ({difference}, {p})")
        )
        text += "; " + message.format(
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
        return Answer(
            _(
                "No network collapsed: in no layer are nine tenths of the units constant, nor do all units of a layer "
                "say the same of a patch."
            )
        )
    if sound.empty:
        text = _("Every setting collapsed in at least one repetition: {settings}.")
        return Answer(text.format(settings=with_variance(collapsed)))
    text = _("{settings} collapsed in at least one repetition; {others} did not in any.")
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
        _("{share} of the units with {label}").format(share=percent(row["mean"], 0), label=named(row["name"]))
        for row in dead.to_dict("records")
    ]
    return _(
        "A unit is dead if its activation hardly varies over the patches (standard deviation below {bound}) or is "
        "never above 0: so are {settings}."
    ).format(bound=number(CONSTANT), settings=listed(counts))


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
        for row in table.dropna(subset="oriented_share").to_dict("records")
    ]
    if not found:
        return ""
    coloured = [
        _("{share} of {kind}").format(
            share=percent(row["colour_share"], 1), kind=names.get(row["control"], row["control"])
        )
        for row in table.dropna(subset="colour_share").to_dict("records")
    ]
    message = (
        _("Among {count} control filters of each kind, {shares} reach the bound.")
        if table["filters"].nunique() == 1
        else _("Among at most {count} control filters of each kind, {shares} reach the bound.")
    )
    text = message.format(count=integer(table["filters"].max()), shares=listed(found))
    if not coloured:
        return text
    return f"{text} " + _("Colour transitions are {shares}.").format(shares=listed(coloured))
