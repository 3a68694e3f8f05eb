"""Sentences on networks that classify images, which follow from the table of networks by rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report.answers import Answer
from lib.report.phrases import interval, named
from lib.report.results import Results
from lib.words.language import _
from lib.words.latex import fixed, integer, percent

NEAR = 0.01  # accuracies that differ by at most one point count as equally good


def networks_of(results: Results, experiment: str) -> pd.DataFrame:
    """Return the rows of an experiment in the table of networks, with the label of each setting as ``name``.

    There are none where its classifiers are not networks.
    """
    return results.of("networks", experiment) if "networks" in results.tables else pd.DataFrame()


def chosen(results: Results, experiment: str) -> Answer:
    """Return which network of an experiment is best, and how accurate it is on the test images.

    The validation images choose it if the networks have them, else the test images do. The answer is empty where the
    experiment has fewer than two networks.
    """
    rows = networks_of(results, experiment)
    if len(rows) < 2:
        return Answer("")
    validated = rows["validation_accuracy"].notna().all()
    best = rows[rows["chosen"]].iloc[0] if validated else rows.loc[rows["accuracy"].idxmax()]
    accuracy = results.of("accuracy", experiment).set_index(["setting", "classifier"])
    tested = accuracy.loc[(best["setting"], best["classifier"])]
    if validated:
        text = _(
            "The most accurate on the validation images is {what} ({validation}); it classifies {accuracy} {interval} "
            "of the test images correctly (macro F1 {f1})."
        )
    else:
        text = _("The most accurate on the test images is {what}: {accuracy} {interval} (macro F1 {f1}).")
    values = {
        "what": _what(results, rows, best),
        "validation": percent(best["validation_accuracy"]) if validated else "",
        "accuracy": percent(best["accuracy"]),
        "interval": interval(tested["low"], tested["high"], 1),
        "f1": fixed(best["f1_macro"], 3),
    }
    details = [_range(results, rows), _cost(results, rows), _gap(results, rows)]
    return Answer(text.format(**values), details=" ".join(filter(None, details)))


def _what(results: Results, rows: pd.DataFrame, row: Any) -> str:
    """Return the words for a row: its setting, its classifier, or both, whichever differ between the rows."""
    parts = [named(row["name"])] if rows["setting"].nunique() > 1 else []
    parts += [results.classifier(row["classifier"])] if rows["classifier"].nunique() > 1 else []
    return ", ".join(parts)


def _range(results: Results, rows: pd.DataFrame) -> str:
    low, high = (rows.loc[found] for found in (rows["accuracy"].idxmin(), rows["accuracy"].idxmax()))
    return _("Accuracies on the test images range from {low} ({worst}) to {high} ({best}).").format(
        low=percent(low["accuracy"]),
        worst=_what(results, rows, low),
        high=percent(high["accuracy"]),
        best=_what(results, rows, high),
    )


def _cost(results: Results, rows: pd.DataFrame) -> str:
    """Return which network within one point of the most accurate needs the fewest multiplications."""
    if rows["multiply_adds"].nunique() < 2:
        return ""
    top = rows.loc[rows["accuracy"].idxmax()]
    near = rows[rows["accuracy"] >= top["accuracy"] - NEAR]
    cheapest = near.loc[near["multiply_adds"].idxmin()]
    if cheapest["multiply_adds"] == top["multiply_adds"]:
        return _("No network within one point of the most accurate one needs fewer multiplications.")
    return _(
        "{what} is within one point of the most accurate network with {share} of its multiplications ({count} per "
        "image)."
    ).format(
        what=_what(results, rows, cheapest),
        share=percent(cheapest["multiply_adds"] / top["multiply_adds"]),
        count=integer(cheapest["multiply_adds"]),
    )


def _gap(results: Results, rows: pd.DataFrame) -> str:
    """Return where the accuracies on training and test images differ least and most."""
    low, high = (rows.loc[found] for found in (rows["gap"].idxmin(), rows["gap"].idxmax()))
    return _(
        "The accuracy on the training images exceeds the one on the test images by {low} points ({least}) to {high} "
        "points ({most})."
    ).format(
        low=fixed(100 * low["gap"], 1),
        least=_what(results, rows, low),
        high=fixed(100 * high["gap"], 1),
        most=_what(results, rows, high),
    )
