"""Sentences of the report that follow from the results by rule: other results, other sentences.

Every function returns LaTeX text.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def _points(row: dict[str, Any]) -> str:
    """Difference in points with its interval."""
    values = (f"{100 * row[key]:+.1f}" for key in ("difference", "low", "high"))
    return "\\ensuremath{{{}}} points [\\ensuremath{{{}}}, \\ensuremath{{{}}}]".format(*values)


def _listed(words: Sequence[str]) -> str:
    """Words as an English list."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def rivals(rows: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """Which settings of an experiment beat one rival, fall behind it, or neither could be shown, by classifier.

    rows: of the table of comparisons with one experiment and one rival. classifiers: what to call them. A
    difference is shown where its p-value, corrected for the number of comparisons, is below 1 - LEVEL.
    """
    sentences = []
    for classifier, group in rows.groupby("classifier", sort=False):
        rival = escape(group["against"].iloc[0])
        shown = group["p_corrected"] < 1 - LEVEL
        parts = []
        for verb, plural, chosen in (
            ("beats", "beat", group[shown & (group["difference"] > 0)]),
            ("falls behind", "fall behind", group[shown & (group["difference"] < 0)]),
        ):
            if len(chosen):
                told = [f"``{escape(row['label'])}'' ({_points(row)})" for row in chosen.to_dict("records")]
                parts.append(f"{_listed(told)} {verb if len(told) == 1 else plural} {rival}")
        unclear = group[~shown].to_dict("records")
        if unclear:
            told = [f"``{escape(row['label'])}'' ({_points(row)})" for row in unclear]
            corrected = int(group["comparisons"].iloc[0])
            after = f", corrected for {integer(corrected)} comparisons" if corrected > 1 else ""
            parts.append(f"no difference to {rival} could be shown for {_listed(told)}{after}")
        sentences.append(f"By {escape(classifiers[str(classifier)])}, {'; '.join(parts)}.")
    return " ".join(sentences)


def best_filters(rows: pd.DataFrame) -> str:
    """Where an experiment finds the most oriented filters, and where the fewest.

    rows: columns label, units and oriented_units, a row a setting.
    """
    share = rows["oriented_units"] / rows["units"]
    best, worst = rows.loc[share.idxmax()], rows.loc[share.idxmin()]

    def told(row: pd.Series) -> str:
        return f"``{escape(row['label'])}'' ({integer(row['oriented_units'])} of {integer(row['units'])})"

    if share.max() == share.min():
        return f"All settings have the same share of oriented filters, {percent(share.max(), 0)}."
    return f"The share of oriented filters is largest for {told(best)} and smallest for {told(worst)}."


def degradation(rows: pd.DataFrame, reference: str) -> str:
    """How many filters are oriented at both ends of a sweep, against the setting with the label ``reference``.

    rows: columns label, units and oriented_units, from the smallest value to the largest. Ends are compared by
    Fisher's exact test.
    """
    middle = rows.set_index("label").loc[reference]
    sentences = []
    for name, end in (("smallest", rows.iloc[0]), ("largest", rows.iloc[-1])):
        if end["label"] == reference:
            continue
        counts = [(int(row["oriented_units"]), int(row["units"])) for row in (end, middle)]
        p = float(fisher_exact([[oriented, units - oriented] for oriented, units in counts]).pvalue)
        (oriented, units), (others, of) = counts
        fewer = oriented / units < others / of
        verdict = "no difference could be shown" if p >= 1 - LEVEL else "fewer" if fewer else "more"
        sentences.append(
            f"At the {name} value, ``{escape(end['label'])}'', {integer(oriented)} of {integer(units)} filters are "
            f"oriented against {integer(others)} of {integer(of)} at ``{escape(reference)}'': {verdict} "
            f"(Fisher's exact test, {p_value(p)})."
        )
    return " ".join(sentences)


def collapse(rows: pd.DataFrame) -> str:
    """Which settings of an experiment have collapsed, and which train.

    rows: columns label, collapsed, constant_units, explained_variance; a row a setting.
    """
    collapsed, sound = rows[rows["collapsed"]], rows[~rows["collapsed"]]

    def told(chosen: pd.DataFrame) -> str:
        return _listed(
            [
                f"``{escape(row.label)}'' ({percent(row.explained_variance, 0)} of the variance explained)"
                for row in chosen.itertuples()
            ]
        )

    if collapsed.empty:
        return "No network has collapsed."
    text = f"Collapsed {'has' if len(collapsed) == 1 else 'have'} {told(collapsed)}"
    return text + (f"; not so {told(sound)}." if len(sound) else "; no setting of this experiment trains.")


def dead_units(rows: pd.DataFrame) -> str:
    """How many units are dead, of each setting that has any.

    rows: columns label, units, dead_units, a row a setting; one at least has dead units.
    """
    told = [
        f"{integer(row.dead_units)} of {integer(row.units)} for ``{escape(row.label)}''"
        for row in rows[rows["dead_units"] > 0].itertuples()
    ]
    return f"Dead units: {_listed(told)}{'' if len(told) == len(rows) else ', none elsewhere'}."


def speed(rows: pd.DataFrame, fraction: float) -> str:
    """How long each setting took to reach a fraction of the improvement of its loss.

    rows: columns label, iterations_to_fraction, seconds_to_fraction, iterations; a row a setting.
    """
    told = [
        f"``{escape(row.label)}'' {integer(row.iterations_to_fraction)} of {integer(row.iterations)} iterations "
        f"({fixed(row.seconds_to_fraction, 1)} seconds)"
        for row in rows.itertuples()
    ]
    return f"To reach {percent(fraction, 1)} of the improvement of its loss took {_listed(told)}."
