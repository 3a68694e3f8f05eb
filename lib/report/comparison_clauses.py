"""Clauses on comparisons: one per kind of result, with the settings or classifiers that show it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import Any

import pandas as pd

from lib.report import network_claims
from lib.report.phrases import interval, listed, named, points, shown_p
from lib.report.results import Results
from lib.report.verdicts import AS_GOOD, BETTER, OPEN, WORSE
from lib.study.comparisons import ACCURACY, CLASSIFIER, ERROR, GAP, HIGHER, MACRO_F1, Comparison
from lib.study.labels import Label
from lib.study.learners import used
from lib.words.language import _, ngettext
from lib.words.latex import integer, percent, signed

WIDE = "wide"  # open, where a question asks whether something is as good, and the interval cannot say
MANY = 3  # unclear differences from which one p-value stands for all of them
STATED = 2  # of more unclear differences: the largest ones


def clauses(results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame, kinds: pd.Series) -> str:
    """Return one clause per kind of result, with the rows that show it.

    Of many unclear differences the largest are stated, and one p-value stands for all of them; the table has all.
    """
    messages = _messages(comparison.measure)
    against = reference(results, comparison.against)
    too_wide = (kinds == OPEN) & (comparison.expect == AS_GOOD) & rows["low"].notna()
    kinds = kinds.mask(too_wide, WIDE)
    found = []
    for one in (BETTER, WORSE, AS_GOOD, OPEN, WIDE):
        chosen = rows[kinds == one]
        if chosen.empty:
            continue
        together = one == OPEN and len(chosen) >= MANY and chosen["p_corrected"].notna().all()
        if together:
            chosen = chosen.sort_values("difference", ascending=comparison.measure not in HIGHER, kind="stable")
        with_p = one not in (AS_GOOD, WIDE) and not together
        stated = chosen.head(STATED) if together and len(chosen) > MANY else chosen
        items = [_item(results, experiment, comparison, row, with_p) for row in stated.to_dict("records")]
        if others := len(chosen) - len(stated):
            items.append(ngettext("{count} other", "{count} others", others).format(count=integer(others)))
        clause = messages[one].format(items=listed(items), against=against)
        if together:
            smallest = chosen.loc[chosen["p_corrected"].idxmin()].to_dict()
            clause = _("{clause} (the smallest of {count} p-values: {p})").format(
                clause=clause, count=integer(len(chosen)), p=shown_p(smallest)
            )
        found.append(clause)
    return "; ".join(found)


def reference(results: Results, against: Mapping[str, Any]) -> str:
    """Return the words for the values that others are compared with."""
    settings = {key: value for key, value in against.items() if key != CLASSIFIER}
    settings = used(settings, settings["learner"]) if "learner" in settings else settings
    parts = [named(Label.of(settings))] if settings else []
    return ", ".join([*parts, *([results.classifier(against[CLASSIFIER])] if CLASSIFIER in against else [])])


def _messages(measure: str) -> dict[str, str]:
    """Return the clauses on a measure, by kind. A function: a language may be chosen after the import."""
    return {
        "accuracy": {
            BETTER: _("the accuracy is higher with {items} than with {against}"),
            WORSE: _("the accuracy is lower with {items} than with {against}"),
            AS_GOOD: _("the accuracy with {items} is within one point of the accuracy with {against}"),
            OPEN: _("the accuracy with {items} is not shown to differ from the accuracy with {against}"),
            WIDE: _("the accuracy with {items} may differ by more than one point from the accuracy with {against}"),
        },
        MACRO_F1: {
            BETTER: _("macro F1 is higher with {items} than with {against}"),
            WORSE: _("macro F1 is lower with {items} than with {against}"),
            AS_GOOD: _("macro F1 with {items} is within 0.01 of macro F1 with {against}"),
            OPEN: _("macro F1 with {items} is not shown to differ from macro F1 with {against}"),
            WIDE: _("macro F1 with {items} may differ by more than 0.01 from macro F1 with {against}"),
        },
        "gap": {
            BETTER: _("the gap between training and test accuracy is smaller with {items} than with {against}"),
            WORSE: _("the gap between training and test accuracy is larger with {items} than with {against}"),
            AS_GOOD: _(
                "the gap between training and test accuracy with {items} is within one point of the gap with {against}"
            ),
            OPEN: _(
                "the gap between training and test accuracy with {items} is not shown to differ from the gap with "
                "{against}"
            ),
            WIDE: _(
                "the gap between training and test accuracy with {items} may differ by more than one point from the "
                "gap with {against}"
            ),
        },
        "parameters": {
            BETTER: _("the network has fewer parameters with {items} than with {against}"),
            WORSE: _("the network has more parameters with {items} than with {against}"),
            AS_GOOD: _("the network has as many parameters with {items} as with {against}"),
        },
        "multiply_adds": {
            BETTER: _("the network needs fewer multiplications with {items} than with {against}"),
            WORSE: _("the network needs more multiplications with {items} than with {against}"),
            AS_GOOD: _("the network needs as many multiplications with {items} as with {against}"),
        },
        "seconds": {
            BETTER: _("the training is faster with {items} than with {against}"),
            WORSE: _("the training is slower with {items} than with {against}"),
            AS_GOOD: _("the time of training with {items} is within one percent of the time with {against}"),
            OPEN: _("the time of training with {items} is not shown to differ from the time with {against}"),
            WIDE: _(
                "the time of training with {items} may differ by more than one percent from the time with {against}"
            ),
        },
        ERROR: {
            BETTER: _("the error of reconstructed test images is smaller with {items} than with {against}"),
            WORSE: _("the error of reconstructed test images is larger with {items} than with {against}"),
            AS_GOOD: _(
                "the error of reconstructed test images with {items} is within one percent of the error with {against}"
            ),
            OPEN: _(
                "the error of reconstructed test images with {items} is not shown to differ from the error with "
                "{against}"
            ),
            WIDE: _(
                "the error of reconstructed test images with {items} may differ by more than one percent from the "
                "error with {against}"
            ),
        },
    }[measure]


def _item(results: Results, experiment: str, comparison: Comparison, row: Mapping[str, Any], with_p: bool) -> str:
    """Return the words for a row: its setting or classifier, whichever vary, and the difference."""
    found = results.study.experiments[experiment]
    difference = _difference(row, with_p)
    asks_cost = comparison.expect == AS_GOOD and comparison.measure == ACCURACY
    if asks_cost and (cost := _cost(results, experiment, row)):
        difference = f"{difference}; {cost}"
    if comparison.measure == ERROR:
        return _("{what} ({difference})").format(what=named(row["name"]), difference=difference)
    classifier = results.classifier(row["classifier"])
    if len(found.combinations) == 1:
        return _("{what} ({difference})").format(what=classifier, difference=difference)
    if len(found.classifiers) == 1:
        return _("{what} ({difference})").format(what=named(row["name"]), difference=difference)
    message = _("{setting} ({classifier}: {difference})")
    return message.format(setting=named(row["name"]), classifier=classifier, difference=difference)


def _difference(row: Mapping[str, Any], with_p: bool) -> str:
    """Return the difference of a row with its interval, if it has one, and its p-value, if it is asked for."""
    measure, alone = row["measure"], isnan(row["low"])  # one repetition has no interval
    if measure in (ACCURACY, GAP):
        single = _("{difference} points").format(difference=signed(100 * row["difference"], 1))
        text = single if alone else points(row)
    elif measure == MACRO_F1:
        limits = _("[{low}, {high}]").format(low=signed(row["low"], 3), high=signed(row["high"], 3))
        text = f"{signed(row['difference'], 3)} {limits}"
    else:
        share = percent(1 + row["difference"])
        if measure == "parameters":
            return _("{share} of the parameters").format(share=share)
        if measure == "multiply_adds":
            return _("{share} of the multiplications").format(share=share)
        limits = "" if alone else f" {interval(1 + row['low'], 1 + row['high'], 1)}"
        message = _("{share} of the error") if measure == ERROR else _("{share} of the CPU time")
        text = message.format(share=share + limits)
    return f"{text}, {shown_p(row)}" if with_p and not isnan(row["p_corrected"]) else text


def _cost(results: Results, experiment: str, row: Mapping[str, Any]) -> str:
    """Return how many fewer or more parameters and multiplications a network has than the reference, if they differ."""
    networks = network_claims.network_rows(results, experiment)
    if networks.empty:
        return ""
    networks = networks.set_index(["setting", "classifier"])
    places = (row["setting"], row["classifier"]), (row["against_setting"], row["against_classifier"])
    if not all(place in networks.index for place in places):  # another classifier has no layers
        return ""
    own, other = (networks.loc[place] for place in places)
    messages = {
        "parameters": (_("{share} fewer parameters"), _("{share} more parameters")),
        "multiply_adds": (_("{share} fewer multiplications"), _("{share} more multiplications")),
    }
    return ", ".join(
        messages[key][int(own[key] > other[key])].format(share=percent(abs(own[key] / other[key] - 1)))
        for key in messages
        if own[key] != other[key]
    )
