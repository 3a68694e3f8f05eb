"""Sentences of the report that follow from the results by rule: other results, other sentences.

Every function returns LaTeX text.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
from scipy.stats import fisher_exact

from lib.latex import escape, fixed, integer, p_value, percent, scientific
from lib.statistics import LEVEL, wilson_interval

SUPPORTED = 2 / 3  # share of oriented filters from which the hypothesis counts as supported


def centring(centre: str, compared: bool) -> str:
    """What the default does to the mean of a patch, and whether the other way is compared with it."""
    if centre == "patch":
        text = (
            "The mean of each patch is removed in every channel, so that brightness and colour of the patch as a whole "
            "do not outweigh its shape"
        )
    else:
        text = (
            "The mean of each patch is kept, so that brightness and colour of the patch as a whole are represented too"
        )
    return text + ("; the other way is compared below." if compared else ".")


def unlabelled(data: pd.DataFrame) -> str:
    """Which images serve where the data set has no unlabelled ones, and nothing where it has.

    data: a row a split, with the column images_of.
    """
    source = data.set_index("split")["images_of"]["unlabeled"]
    if pd.isna(source):
        return ""
    return f"There are no unlabelled images: those of ``{escape(source)}'' serve as such, without their labels."


def duplicates(table: pd.DataFrame) -> str:
    """Whether images occur twice, and a warning where test images were seen in training.

    table: columns first, second, images, a row a pair of splits.
    """
    found = table[table["images"] > 0]
    if found.empty:
        return "No image occurs twice, neither within a split nor in two of them."
    told = []
    for row in found.itertuples():
        images = f"{integer(row.images)} {'image' if row.images == 1 else 'images'}"
        if row.first == row.second:
            told.append(f"in “{row.first}”, {images} {'equals' if row.images == 1 else 'equal'} an earlier one")
        else:
            told.append(f"{images} of “{row.second}” {'is' if row.images == 1 else 'are'} also in “{row.first}”")
    text = "Exact duplicates: " + "; ".join(told) + "."
    if ((found["first"] == "train") & (found["second"] == "test")).any():
        text += r" \textbf{Warning:} test images that are training images make accuracies look better than they are."
    return text.replace("“", "``").replace("”", "''")


def gradient(checks: pd.DataFrame) -> str:
    """Whether all gradient checks passed, and the worst of them."""
    failed = int((~checks["passed"]).sum())
    worst = checks.loc[checks["relative_error"].idxmax()]
    verdict = "All" if failed == 0 else f"{integer(len(checks) - failed)} of"
    return (
        f"{verdict} {integer(len(checks))} checks passed; the largest relative error, "
        f"{scientific(worst['relative_error'])}, was found for ``{escape(worst['check'])}''."
    )


def filters(trained: pd.Series, untrained: pd.Series | None) -> str:
    """How many filters are oriented, against the network that was not trained, and what that says.

    trained, untrained: rows of the table of filters.
    """
    oriented, units = int(trained["oriented_units"]), int(trained["units"])
    low, high = wilson_interval(oriented, units)
    text = (
        f"Of the {integer(units)} filters {integer(oriented)} ({percent(oriented / units, 0)}; "
        f"{percent(LEVEL, 0)} interval {percent(low, 0)} to {percent(high, 0)}) are oriented. "
    )
    more = True
    if untrained is not None:
        other, other_units = int(untrained["oriented_units"]), int(untrained["units"])
        p = float(fisher_exact([[oriented, units - oriented], [other, other_units - other]]).pvalue)
        shown = p < 1 - LEVEL
        more = shown and oriented / units > other / other_units
        difference = (
            "no difference could be shown"
            if not shown
            else "training made more of them"
            if more
            else "training made fewer of them"
        )
        text += (
            f"Of the {integer(other_units)} random filters from which training started "
            f"{integer(other)} {'is' if other == 1 else 'are'}: {difference} (Fisher's exact test, {p_value(p)}). "
        )
    text += (
        f"The hypothesis asks for two thirds of the filters{'' if untrained is None else ' and for more than before'}. "
    )
    supported = "supports" if oriented / units >= SUPPORTED and more else "does not support"
    return text + f"The result {supported} the hypothesis that the network discovers edges and colour transitions."


def convergence(history: pd.DataFrame, limit: int) -> str:
    """How far and how fast the loss fell, and whether the minimiser was stopped by its limit.

    history: columns iteration and loss, row 0 the start. limit: iterations that were allowed.
    """
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    iterations = int(history["iteration"].iloc[-1])
    reached = history.loc[first - history["loss"] >= 0.99 * (first - last), "iteration"].iloc[0]
    end = (
        "where the limit of iterations stopped it"
        if iterations >= limit
        else "where the minimiser found no further descent"
    )
    return (
        f"The loss fell from {fixed(first, 3)} to {fixed(last, 3)} in {integer(iterations)} iterations, {end}; "
        f"{percent(0.99, 0)} of the fall took {integer(int(reached))} iterations."
    )


def comparison(row: dict[str, Any], classifiers: dict[str, str]) -> str:
    """Whether the features of a model beat pixels, fall behind, or neither could be shown.

    row: of the table of comparisons. classifiers: what to call them.
    """
    interval = f"{percent(LEVEL, 0)} interval {fixed(100 * row['low'], 1)} to {fixed(100 * row['high'], 1)}"
    test = f"{interval}; McNemar's exact test, {p_value(row['p_value'])}"
    numbers = f"{percent(row['accuracy'])} against {percent(row['accuracy_against'])}"
    classifier, label, other = (
        escape(name) for name in (classifiers[row["classifier"]], row["features"], row["against"])
    )
    subject = f"the features ``{label}''"
    if row["p_value"] >= 1 - LEVEL:
        return f"By {classifier}, no difference between {subject} and {other} could be shown: {numbers} ({test})."
    verb = "beat" if row["difference"] > 0 else "fall behind"
    points = fixed(abs(100 * row["difference"]), 1)
    return f"By {classifier}, {subject} {verb} {other} by {points} points of accuracy: {numbers} ({test})."
