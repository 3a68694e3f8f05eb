"""Phrases that sentences of the report share: quoted labels, lists, intervals, p-values.

All text is LaTeX in the language in use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isclose
from typing import Any

from lib.evaluation.scores import SMALLEST_P
from lib.evaluation.thresholds import LEVEL
from lib.study.labels import Label
from lib.words.labels import Form, label_text
from lib.words.language import _, ngettext
from lib.words.latex import fixed, integer, p_value, percent, signed


def quoted(text: str) -> str:
    """Return LaTeX text between the quotation marks of the language."""
    return _("“{text}”").format(text=text)


def named(label: Label) -> str:
    """Return the label of a setting as a part of a sentence."""
    return quoted(label_text(label, Form.LATEX))


def listed(parts: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    if len(parts) == 1:
        return parts[0]
    return _("{first} and {last}").format(first=", ".join(parts[:-1]), last=parts[-1])


def either(parts: Sequence[str]) -> str:
    """Return words as a list of which one holds."""
    if len(parts) == 1:
        return parts[0]
    return _("{first} or {last}").format(first=", ".join(parts[:-1]), last=parts[-1])


def interval(low: float, high: float, digits: int = 0) -> str:
    """Return an interval of fractions in percent."""
    return _("[{low}, {high}]").format(low=fixed(100 * low, digits), high=fixed(100 * high, digits))


def points(row: Mapping[str, Any]) -> str:
    """Return a difference of accuracies in points with its interval.

    row: difference, low and high, as fractions.
    """
    return _("{difference} points [{low}, {high}]").format(
        **{key: signed(100 * row[key], 1) for key in ("difference", "low", "high")}
    )


def shown_p(row: Mapping[str, Any]) -> str:
    """Return the corrected p-value of a comparison.

    The bootstrap finds no smaller p-value than its number of replicates allows; such a value is an upper bound.

    row: p_value and p_corrected.
    """
    return p_value(row["p_corrected"], at_most=isclose(row["p_value"], SMALLEST_P))


def corrected_p(row: Mapping[str, Any]) -> str:
    """Return the p-value of a comparison, and for how many comparisons it is corrected.

    row: p_value, p_corrected and comparisons.
    """
    count, text = int(row["comparisons"]), shown_p(row)
    if count < 2:
        return text
    return ngettext("{p}, corrected for {count} comparison", "{p}, corrected for {count} comparisons", count).format(
        p=text, count=integer(count)
    )


def significant(p: float) -> bool:
    """Return whether a corrected p-value shows a difference; a missing one does not."""
    return bool(p < 1 - LEVEL)


def repeated(count: int) -> str:
    """Return over how many repetitions something is a mean."""
    if count == 1:
        return _("one repetition")
    return ngettext("mean over {count} repetition", "mean over {count} repetitions", count).format(count=integer(count))


def share(row: Mapping[str, Any]) -> str:
    """Return a share in percent with its interval, where it has one.

    row: mean, low and high, as fractions.
    """
    value = percent(row["mean"], 0)
    if row["low"] != row["low"]:  # missing: a single repetition
        return value
    return f"{value} {interval(row['low'], row['high'])}"


def ratio_interval(row: Mapping[str, Any]) -> str:
    """Return a ratio with its interval, where it has one, or a dash where there is none.

    row: ratio, ratio_low and ratio_high.
    """
    if row["ratio"] != row["ratio"]:  # missing
        return "–"
    value = fixed(row["ratio"], 2)
    if row["ratio_low"] != row["ratio_low"]:  # a single repetition
        return value
    limits = {key: fixed(row[f"ratio_{key}"], 2) for key in ("low", "high")}
    return f"{value} " + _("[{low}, {high}]").format(**limits)


def f1_interval(row: Mapping[str, Any]) -> str:
    """Return a macro F1 with its interval. row: f1_macro, f1_low and f1_high."""
    limits = _("[{low}, {high}]").format(low=fixed(row["f1_low"], 3), high=fixed(row["f1_high"], 3))
    return f"{fixed(row['f1_macro'], 3)} {limits}"


def accuracy_interval(row: Any) -> str:
    """Return an accuracy in percent, without the sign, with its interval. row: accuracy, low and high, as fractions."""
    return f"{fixed(100 * row.accuracy, 1)} {interval(row.low, row.high, 1)}"
