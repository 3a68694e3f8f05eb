"""The table of the author's comments, with the numbers that their placeholders ask for."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from lib.study.comments import Placeholder, filled
from lib.words.language import decimal_mark

SHARES = (
    "oriented_share",
    "colour_share",
    "effective_share",
    "dead_share",
    "constant_share",
    "explained_variance",
    "collapsed",
)
COLUMNS = ["experiment", "text"]


def _number(value: float, form: str) -> str:
    if pd.isna(value):
        return "–"
    return format(value, form).replace(".", decimal_mark()).replace("-", "−")


def _accuracy(wanted: Placeholder, accuracy: pd.DataFrame, comparisons: pd.DataFrame) -> str:
    """Return an accuracy in percent, or a difference of accuracies in points."""
    if wanted.measure == "accuracy":
        table, column, form = accuracy, "accuracy", "z.1f"
    else:
        rival = {"gain": "pixels", "difference": "first"}[wanted.measure]
        table, column, form = comparisons[comparisons["rival"] == rival], "difference", "+z.1f"
    rows = table[(table["setting"] == wanted.setting) & (table["classifier"] == wanted.classifier)]
    return _number(100 * rows[column].iloc[0], form) if len(rows) else "–"


def _measure(wanted: Placeholder, measures: pd.DataFrame) -> str:
    """Return a share in percent, or another measure with three significant digits; a dash where it is missing."""
    rows = measures[(measures["setting"] == wanted.setting) & (measures["measure"] == wanted.measure)]
    if rows.empty:
        return "–"
    value = rows["mean"].iloc[0]
    return _number(100 * value, "z.0f") if wanted.measure in SHARES else _number(value, ".3g")


def comment_table(comments: Mapping[str, str], tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per comment with its text, in which numbers replace placeholders.

    comments: by experiment. tables: accuracy, comparisons, measures. Accuracies and shares are percentages, differences
    are points. The decimal mark is that of the language in use.
    """
    rows = []
    for name, text in comments.items():
        accuracy, comparisons, measures = (
            tables[table][tables[table]["experiment"] == name] for table in ("accuracy", "comparisons", "measures")
        )

        def value(wanted: Placeholder, own: tuple[pd.DataFrame, ...] = (accuracy, comparisons, measures)) -> str:
            return _accuracy(wanted, own[0], own[1]) if wanted.classifier else _measure(wanted, own[2])

        rows.append((name, filled(text, value)))
    return pd.DataFrame(rows, columns=COLUMNS)
