"""Sentences of the report that follow from the results by rule: other results, other sentences.

Every function returns LaTeX text in the language in use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from scipy.stats import fisher_exact

from lib.evaluation.scores import wilson_interval
from lib.evaluation.thresholds import LEVEL, SUPPORTED
from lib.study.settings import layers_of
from lib.words import names
from lib.words.labels import words
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import escape, fixed, integer, p_value, percent, scientific, signed


def quoted(text: str) -> str:
    """LaTeX text between the quotation marks of the language."""
    return _("“{text}”").format(text=text)


def _label(label: str) -> str:
    return quoted(words(label, latex=True))


def _listed(parts: Sequence[str]) -> str:
    """Words as a list in a sentence."""
    if len(parts) == 1:
        return parts[0]
    return _("{first} and {last}").format(first=", ".join(parts[:-1]), last=parts[-1])


def _test(p: float) -> str:
    return _("Fisher’s exact test, {p}").format(p=p_value(p))


def centring(centre: str, compared: bool) -> str:
    """What the default does to the mean of a patch, and whether the other way is compared with it."""
    if centre == "none":
        text = _(
            "The mean of each patch is kept, so that brightness and colour of the patch as a whole are represented too"
        )
    elif centre == "brightness":
        text = _("The one mean of each patch is removed, so that its brightness does not outweigh its shape and colour")
    else:
        text = _(
            "The mean of each patch is removed in every channel, so that brightness and colour of the patch as a whole "
            "do not outweigh its shape"
        )
    return text + (_("; the other way is compared below.") if compared else ".")


def learner(settings: Mapping[str, Any]) -> str:
    """Return what the default model is and learns from. settings: those of the model."""
    values = {
        "units": "–".join(map(str, layers_of(settings))),
        "patches": integer(settings["patches"]),
        "size": f"\\ensuremath{{{settings['patch_size']}\\times{settings['patch_size']}}}",
    }
    if settings["learner"] == "autoencoder":
        return _(
            "A sparse autoencoder with {units} hidden units learns, without any label, from {patches} patches of "
            "{size} pixels."
        ).format(**values)
    name = quoted(escape(names.value("learner", settings["learner"])))
    return _(
        "The learner {name} takes {units} filters, without any label, from {patches} patches of {size} pixels."
    ).format(name=name, **values)


def gradient(checks: pd.DataFrame) -> str:
    """Return whether all gradient checks passed, and the largest error."""
    if checks.empty:
        return _("No learner of this study has a gradient to check.")
    passed, count = int(checks["passed"].sum()), len(checks)
    worst = checks.loc[checks["relative_error"].idxmax()]
    if passed == count:
        text = ngettext("The one check passed", "All {count} checks passed", count).format(count=integer(count))
    else:
        text = _("{passed} of {count} checks passed").format(passed=integer(passed), count=integer(count))
    return text + _("; the largest relative error, {error}, was found for {check}.").format(
        error=scientific(worst["relative_error"]), check=quoted(escape(_(worst["check"])))
    )


def filters(trained: pd.Series, untrained: pd.Series | None) -> str:
    """How many filters are oriented, against the network that was not trained, and what that says.

    trained, untrained: rows of the table of filters.
    """
    oriented, units = int(trained["oriented_units"]), int(trained["units"])
    low, high = wilson_interval(oriented, units)
    text = _("Of the {units} filters {oriented} ({share}; {level} interval {low} to {high}) are oriented. ").format(
        units=integer(units),
        oriented=integer(oriented),
        share=percent(oriented / units, 0),
        level=percent(LEVEL, 0),
        low=percent(low, 0),
        high=percent(high, 0),
    )
    more = True
    if untrained is not None:
        other, other_units = int(untrained["oriented_units"]), int(untrained["units"])
        p = float(fisher_exact([[oriented, units - oriented], [other, other_units - other]]).pvalue)
        shown = p < 1 - LEVEL
        more = shown and oriented / units > other / other_units
        if not shown:
            difference = _("no difference could be shown")
        elif more:
            difference = _("training made more of them")
        else:
            difference = _("training made fewer of them")
        message = ngettext(
            "Of the {units} random filters from which training started {oriented} is: {difference} ({test}). ",
            "Of the {units} random filters from which training started {oriented} are: {difference} ({test}). ",
            other,
        )
        text += message.format(
            units=integer(other_units), oriented=integer(other), difference=difference, test=_test(p)
        )
        text += _("The hypothesis asks for two thirds of the filters and for more than before. ")
    else:
        text += _("The hypothesis asks for two thirds of the filters. ")
    if oriented / units >= SUPPORTED and more:
        return text + _(
            "The result supports the hypothesis that unsupervised learning discovers edges and colour transitions."
        )
    return text + _(
        "The result does not support the hypothesis that unsupervised learning discovers edges and colour transitions."
    )


def convergence(history: pd.DataFrame, limit: int, fraction: float) -> str:
    """Return how far and how fast the loss fell, and whether the limit of iterations stopped the minimiser.

    history: columns iteration and loss, row 0 the start; empty for a learner that records no loss. limit: iterations
    that were allowed. fraction: of the fall, whose iterations are stated.
    """
    if history.empty:
        return _("The default learner records no loss by iteration.")
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    iterations = int(history["iteration"].iloc[-1])
    reached = int(history.loc[first - history["loss"] >= fraction * (first - last), "iteration"].iloc[0])
    if iterations >= limit:
        end = _("where the limit of iterations stopped it")
    else:
        end = _("where the minimiser found no further descent")
    fall = ngettext(
        "The loss fell from {first} to {last} in {count} iteration, {end}",
        "The loss fell from {first} to {last} in {count} iterations, {end}",
        iterations,
    ).format(first=fixed(first, 3), last=fixed(last, 3), count=integer(iterations), end=end)
    most = ngettext(
        "{share} of the fall took {count} iteration.", "{share} of the fall took {count} iterations.", reached
    ).format(share=percent(fraction), count=integer(reached))
    return f"{fall}; {most}"


def _points(row: dict[str, Any]) -> str:
    """Difference in points with its interval."""
    return _("{difference} points [{low}, {high}]").format(
        **{key: signed(100 * row[key], 1) for key in ("difference", "low", "high")}
    )


def _verdicts(rows: pd.DataFrame, name: Callable[[dict[str, Any]], str]) -> Iterator[tuple[str, int, str]]:
    """Outcomes of comparisons: better, worse, or unclear where no difference is shown; how many, and which of them.

    name: what to call a row. A difference is shown where its p-value, corrected for the number of comparisons, is
    below 1 - LEVEL.
    """
    shown = rows["p_corrected"] < 1 - LEVEL
    for verdict, chosen in (
        ("better", rows[shown & (rows["difference"] > 0)]),
        ("worse", rows[shown & (rows["difference"] < 0)]),
        ("unclear", rows[~shown]),
    ):
        if len(chosen):
            told = _listed([f"{name(row)} ({_points(row)})" for row in chosen.to_dict("records")])
            yield verdict, len(chosen), told


def _corrected(rows: pd.DataFrame) -> str:
    """For how many comparisons p-values are corrected, nothing for one."""
    count = int(rows["comparisons"].iloc[0])
    if count < 2:
        return ""
    return ngettext(", corrected for {count} comparison", ", corrected for {count} comparisons", count).format(
        count=integer(count)
    )


def rivals(rows: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """Which settings of an experiment beat one rival, fall behind it, or neither could be shown, by classifier.

    rows: of the table of comparisons with one experiment and one rival. classifiers: what to call them.
    """
    sentences = []
    for classifier, group in rows.groupby("classifier", sort=False):
        rival = words(group["against"].iloc[0], latex=True)
        parts = []
        for verdict, count, told in _verdicts(group, lambda row: _label(row["label"])):
            if verdict == "better":
                message = ngettext("{settings} beats {rival}", "{settings} beat {rival}", count)
            elif verdict == "worse":
                message = ngettext("{settings} falls behind {rival}", "{settings} fall behind {rival}", count)
            else:
                message = _("no difference to {rival} could be shown for {settings}{corrected}")
            parts.append(message.format(settings=told, rival=rival, corrected=_corrected(group)))
        name = escape(_(classifiers[str(classifier)]))
        sentences.append(_("By {classifier}, {outcomes}.").format(classifier=name, outcomes="; ".join(parts)))
    return " ".join(sentences)


def against_pixels(rows: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """By which classifiers features beat pixels, by which they fall behind, by which neither could be shown.

    rows: of the table of comparisons, one of the same features with pixels a classifier.
    """
    parts = []
    for verdict, _count, told in _verdicts(rows, lambda row: escape(_(classifiers[row["classifier"]]))):
        if verdict == "better":
            message = _("are more accurate than pixels by {classifiers}")
        elif verdict == "worse":
            message = _("are less accurate than pixels by {classifiers}")
        else:
            message = _("show no difference to pixels by {classifiers}{corrected}")
        parts.append(message.format(classifiers=told, corrected=_corrected(rows)))
    return _("These features {outcomes}.").format(outcomes="; ".join(parts))


def _share_of(row: Any) -> str:
    return _("{oriented} of {units}").format(oriented=integer(row["oriented_units"]), units=integer(row["units"]))


def best_filters(rows: pd.DataFrame) -> str:
    """Where an experiment finds the most oriented filters, and where the fewest.

    rows: columns label, units and oriented_units, a row a setting.
    """
    share = rows["oriented_units"] / rows["units"]
    best, worst = rows.loc[share.idxmax()], rows.loc[share.idxmin()]
    if share.max() == share.min():
        return _("All settings have the same share of oriented filters, {share}.").format(share=percent(share.max(), 0))
    return _("The share of oriented filters is largest for {best} and smallest for {worst}.").format(
        best=f"{_label(best['label'])} ({_share_of(best)})", worst=f"{_label(worst['label'])} ({_share_of(worst)})"
    )


def degradation(rows: pd.DataFrame, reference: str) -> str:
    """How many filters are oriented at both ends of a sweep, against the setting with the label ``reference``.

    rows: columns label, units and oriented_units, from the smallest value to the largest. Ends are compared by
    Fisher's exact test.
    """
    middle = rows.set_index("label").loc[reference]
    ends = (
        (rows.iloc[0], _("At the smallest value, {end}, {counts} filters are oriented against {others} at {middle}")),
        (rows.iloc[-1], _("At the largest value, {end}, {counts} filters are oriented against {others} at {middle}")),
    )
    sentences = []
    for end, message in ends:
        if end["label"] == reference:
            continue
        counts = [(int(row["oriented_units"]), int(row["units"])) for row in (end, middle)]
        p = float(fisher_exact([[oriented, units - oriented] for oriented, units in counts]).pvalue)
        (oriented, units), (others, of) = counts
        if p >= 1 - LEVEL:
            verdict = _("no difference could be shown")
        elif oriented / units < others / of:
            verdict = _("fewer")
        else:
            verdict = _("more")
        told = message.format(
            end=_label(end["label"]), counts=_share_of(end), others=_share_of(middle), middle=_label(reference)
        )
        sentences.append(f"{told}: {verdict} ({_test(p)}).")
    return " ".join(sentences)


def collapse(rows: pd.DataFrame) -> str:
    """Which settings of an experiment have collapsed, and which train.

    rows: columns label, collapsed, constant_units, explained_variance; a row a setting.
    """
    collapsed, sound = rows[rows["collapsed"]], rows[~rows["collapsed"]]

    def told(chosen: pd.DataFrame) -> str:
        return _listed(
            [
                _("{label} ({share} of the variance explained)").format(
                    label=_label(str(row.label)), share=percent(row.explained_variance, 0)
                )
                for row in chosen.itertuples()
            ]
        )

    if collapsed.empty:
        return _("No network has collapsed.")
    text = ngettext("Collapsed has {settings}", "Collapsed have {settings}", len(collapsed)).format(
        settings=told(collapsed)
    )
    if sound.empty:
        return text + _("; no setting of this experiment trains.")
    return text + _("; not so {settings}.").format(settings=told(sound))


def dead_units(rows: pd.DataFrame) -> str:
    """How many units are dead, of each setting that has any.

    rows: columns label, units, dead_units, a row a setting; one at least has dead units.
    """
    told = [
        _("{dead} of {units} for {label}").format(
            dead=integer(row.dead_units), units=integer(row.units), label=_label(str(row.label))
        )
        for row in rows[rows["dead_units"] > 0].itertuples()
    ]
    if len(told) == len(rows):
        return _("Dead units: {settings}.").format(settings=_listed(told))
    return _("Dead units: {settings}, none elsewhere.").format(settings=_listed(told))


def speed(rows: pd.DataFrame, fraction: float) -> str:
    """How long each setting took to reach a fraction of the improvement of its loss.

    rows: columns label, iterations_to_fraction, seconds_to_fraction, iterations; a row a setting.
    """
    told = [
        _("{label} {reached} of {iterations} iterations ({seconds} seconds)").format(
            label=_label(str(row.label)),
            reached=integer(row.iterations_to_fraction),
            iterations=integer(row.iterations),
            seconds=fixed(row.seconds_to_fraction, 1),
        )
        for row in rows.itertuples()
    ]
    return _("To reach {share} of the improvement of its loss took {settings}.").format(
        share=percent(fraction), settings=_listed(told)
    )


def cost(costs: pd.DataFrame) -> str:
    """Which stage took the largest share of the jobs' time, and the largest memory.

    costs: columns stage, jobs, seconds, memory (MB), a row a stage.
    """
    most, largest = costs.loc[costs["seconds"].idxmax()], costs.loc[costs["memory"].fillna(0).idxmax()]
    jobs, total = int(costs["jobs"].sum()), costs["seconds"].sum()
    text = ngettext(
        "The stage {stage} took {share} of the time of one job; the most memory, {memory} MB, was needed for the stage "
        "{largest}.",
        "The stage {stage} took {share} of the time of all {jobs} jobs; the most memory, {memory} MB, was needed for "
        "the stage {largest}.",
        jobs,
    )
    return text.format(
        jobs=integer(jobs),
        share=percent(most["seconds"] / total, 0),
        stage=quoted(pgettext("stage", str(most["stage"]).replace("_", " "))),
        memory="–" if pd.isna(largest["memory"]) else integer(largest["memory"]),
        largest=quoted(pgettext("stage", str(largest["stage"]).replace("_", " "))),
    )
