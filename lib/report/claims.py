"""Sentences of the report that follow from the results by rule: other results, other sentences.

Every function returns LaTeX text in the language in use. A column ``label`` holds a `lib.study.labels.Label`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from scipy.stats import fisher_exact

from lib.evaluation.scores import wilson_interval
from lib.evaluation.thresholds import LEVEL, SETTLED, SUPPORTED
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.settings import Model
from lib.tabulation.models import convergence_of
from lib.words.labels import Form, label_text, setting_value
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import escape, fixed, integer, p_value, percent, scientific, signed


def quoted(text: str) -> str:
    """Return LaTeX text between the quotation marks of the language."""
    return _("“{text}”").format(text=text)


def _label(label: Label) -> str:
    return quoted(label_text(label, Form.LATEX))


def _listed(parts: Sequence[str]) -> str:
    """Return words as a list in a sentence."""
    if len(parts) == 1:
        return parts[0]
    return _("{first} and {last}").format(first=", ".join(parts[:-1]), last=parts[-1])


def _test(p: float) -> str:
    return _("Fisher’s exact test, {p}").format(p=p_value(p))


def centring(centre: str, compared: bool) -> str:
    """Return what the default does to the mean of a patch. compared: whether an experiment has another way."""
    if centre == "none":
        text = _("The mean of each patch is kept, so that the features represent its brightness and colour, too")
    elif centre == "brightness":
        text = _(
            "The mean of each patch over all channels is removed, so that its brightness does not outweigh its shape "
            "and colour"
        )
    else:
        text = _(
            "The mean of each patch is removed in every channel, so that its brightness and colour do not outweigh its "
            "shape"
        )
    return text + (_("; an experiment below compares this with the alternative.") if compared else ".")


def learner(model: Model) -> str:
    """Return what the default model is and learns from."""
    sizes, settings = model.layers, model.settings
    values = {
        "units": "–".join(map(str, sizes)),
        "patches": integer(settings["patches"]),
        "size": f"\\ensuremath{{{settings['patch_size']}\\times{settings['patch_size']}}}",
    }
    if model.learner == "autoencoder":
        return ngettext(
            "A sparse autoencoder with {units} hidden unit learns from {patches} patches of {size} pixels without any "
            "label.",
            "A sparse autoencoder with {units} hidden units learns from {patches} patches of {size} pixels without any "
            "label.",
            sum(sizes),
        ).format(**values)
    name = quoted(escape(setting_value("learner", model.learner)))
    return ngettext(
        "The learner {name} computes {units} filter from {patches} patches of {size} pixels without any label.",
        "The learner {name} computes {units} filters from {patches} patches of {size} pixels without any label.",
        sum(sizes),
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
    return text + _("; the largest relative error is {error}, in the check {check}.").format(
        error=scientific(worst["relative_error"]), check=quoted(escape(_(worst["check"])))
    )


def _oriented(oriented: int, units: int) -> str:
    """Return how many filters are oriented, without the end of the sentence."""
    if oriented == units:
        text = ngettext("The one filter is oriented", "All {units} filters are oriented", units)
    elif oriented == 0:
        text = ngettext("The one filter is not oriented", "None of the {units} filters is oriented", units)
    else:
        text = ngettext(
            "{oriented} of the {units} filters is oriented", "{oriented} of the {units} filters are oriented", oriented
        )
    return text.format(oriented=integer(oriented), units=integer(units))


def _before_training(counts: tuple[int, int], untrained: tuple[int, int]) -> tuple[str, bool]:
    """Return how many filters were oriented before training, and whether training has shown to make more of them.

    counts, untrained: the oriented filters and all filters, after training and before.
    """
    (oriented, units), (other, other_units) = counts, untrained
    p = float(fisher_exact([[oriented, units - oriented], [other, other_units - other]]).pvalue)
    shown = p < 1 - LEVEL
    more = shown and oriented / units > other / other_units
    if not shown:
        difference = _("no difference was detected")
    elif more:
        difference = _("training increased it")
    else:
        difference = _("training decreased it")
    text = _("In the untrained network with the same initial weights, the count is {share}; {difference} ({test}). ")
    return text.format(share=_share_of(other, other_units), difference=difference, test=_test(p)), more


def filters(trained: pd.Series, untrained: pd.Series | None) -> str:
    """Return how many filters are oriented, compared with the untrained network, and what follows for the hypothesis.

    trained, untrained: rows of the table of filters.
    """
    oriented, units = int(trained["oriented_units"]), int(trained["units"])
    low, high = wilson_interval(oriented, units)
    text = _oriented(oriented, units)
    text += _(" ({share}; {level} interval {low} to {high}). ").format(
        share=percent(oriented / units, 0), level=percent(LEVEL, 0), low=percent(low, 0), high=percent(high, 0)
    )
    more = True
    if untrained is not None:
        before = int(untrained["oriented_units"]), int(untrained["units"])
        comparison, more = _before_training((oriented, units), before)
        text += comparison
        text += _("The hypothesis requires two thirds of the filters to be oriented, and more than before training. ")
    else:
        text += _("The hypothesis requires two thirds of the filters to be oriented. ")
    if oriented / units >= SUPPORTED and more:
        return text + _(
            "The result supports the hypothesis that unsupervised learning discovers edges and colour transitions."
        )
    return text + _(
        "The result does not support the hypothesis that unsupervised learning discovers edges and colour transitions."
    )


def convergence(history: pd.DataFrame, limit: int) -> str:
    """Return how far and how fast the loss fell, and what ended training.

    history: columns iteration, loss, reconstruction and seconds, row 0 the start; empty for a learner that records no
    loss. limit: iterations that were allowed.
    """
    if history.empty:
        return _("The default learner does not record a loss for each iteration.")
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    iterations = int(history["iteration"].iloc[-1])
    fall = ngettext(
        "The loss fell from {first} to {last} in {count} iteration.",
        "The loss fell from {first} to {last} in {count} iterations.",
        iterations,
    ).format(first=fixed(first, 3), last=fixed(last, 3), count=integer(iterations))
    if iterations >= limit:
        end = _("Training ended at the limit on iterations.")
    else:
        end = _("Training ended because the loss no longer decreased.")
    settled = convergence_of(history).get("iterations_to_settle")
    if settled is None:
        return f"{fall} {end}"
    most = ngettext(
        "After {count} iteration the reconstruction error stays within {share} of its last value.",
        "After {count} iterations the reconstruction error stays within {share} of its last value.",
        settled,
    ).format(share=percent(SETTLED, 0), count=integer(settled))
    return f"{fall} {most} {end}"


def _points(row: Mapping[str, Any]) -> str:
    """Return a difference in points with its interval."""
    return _("{difference} points [{low}, {high}]").format(
        **{key: signed(100 * row[key], 1) for key in ("difference", "low", "high")}
    )


def _verdicts(rows: pd.DataFrame, name: Callable[[dict[str, Any]], str]) -> Iterator[tuple[str, str]]:
    """Yield the outcomes of comparisons: better, worse, or unclear, each with the rows that have it as a list.

    name: what to call a row. A difference is significant where its p-value, corrected for the number of comparisons,
    is below 1 - LEVEL; otherwise the outcome is unclear.
    """
    significant = rows["p_corrected"] < 1 - LEVEL
    for verdict, chosen in (
        ("better", rows[significant & (rows["difference"] > 0)]),
        ("worse", rows[significant & (rows["difference"] < 0)]),
        ("unclear", rows[~significant]),
    ):
        if len(chosen):
            yield verdict, _listed([f"{name(row)} ({_points(row)})" for row in chosen.to_dict("records")])


def _corrected(rows: pd.DataFrame) -> str:
    """Return for how many comparisons p-values are corrected, nothing for one."""
    count = int(rows["comparisons"].iloc[0])
    if count < 2:
        return ""
    return ngettext(" (corrected for {count} comparison)", " (corrected for {count} comparisons)", count).format(
        count=integer(count)
    )


def rivals(rows: pd.DataFrame, rival: Label, classifiers: Mapping[str, str]) -> str:
    """Return, by classifier, which settings are more accurate than a rival, which are less, and which unclear.

    rows: of the table of comparisons with one experiment and one rival, with the column label. rival: its label.
    classifiers: their labels by name.
    """
    sentences = []
    other = _("pixels") if rival == PIXELS_LABEL else _("the features of {setting}").format(setting=_label(rival))
    for classifier, group in rows.groupby("classifier", sort=False):
        parts = []
        for verdict, settings in _verdicts(group, lambda row: _label(row["label"])):
            if verdict == "better":
                message = _("the features of {settings} are more accurate than {rival}")
            elif verdict == "worse":
                message = _("the features of {settings} are less accurate than {rival}")
            else:
                message = _("no difference from {rival} was detected for {settings}{corrected}")
            parts.append(message.format(settings=settings, rival=other, corrected=_corrected(group)))
        name = escape(_(classifiers[str(classifier)]))
        sentences.append(_("With {classifier}, {outcomes}.").format(classifier=name, outcomes="; ".join(parts)))
    return " ".join(sentences)


def against_pixels(rows: pd.DataFrame, classifiers: Mapping[str, str]) -> str:
    """Return with which classifiers features are more accurate than pixels, less accurate, or not detectably different.

    rows: of the table of comparisons, one per classifier, of the same features with pixels.
    """
    sentences = []
    for verdict, names in _verdicts(rows, lambda row: escape(_(classifiers[row["classifier"]]))):
        if verdict == "better":
            message = _("These features are more accurate than pixels with {classifiers}.")
        elif verdict == "worse":
            message = _("These features are less accurate than pixels with {classifiers}.")
        else:
            message = _("No difference from pixels was detected with {classifiers}{corrected}.")
        sentences.append(message.format(classifiers=names, corrected=_corrected(rows)))
    return " ".join(sentences)


def _share_of(oriented: int, units: int) -> str:
    return _("{oriented} of {units}").format(oriented=integer(oriented), units=integer(units))


def best_filters(rows: pd.DataFrame) -> str:
    """Return which setting of an experiment has the largest share of oriented filters, and which the smallest.

    rows: columns label, units and oriented_units, one row per setting.
    """
    share = rows["oriented_units"] / rows["units"]
    if share.max() == share.min():
        return _("All settings have the same share of oriented filters, {share}.").format(share=percent(share.max(), 0))
    best, worst = (
        f"{_label(row['label'])} ({_share_of(row['oriented_units'], row['units'])})"
        for row in (rows.loc[share.idxmax()], rows.loc[share.idxmin()])
    )
    return _("The share of oriented filters is largest for {best} and smallest for {worst}.").format(
        best=best, worst=worst
    )


def degradation(rows: pd.DataFrame, reference: Label) -> str:
    """Return how many filters are oriented at both ends of a sweep, compared with the setting of the reference.

    rows: columns label, units and oriented_units, from the smallest value to the largest. Ends are compared by
    Fisher's exact test.
    """
    (middle,) = (row for row in rows.to_dict("records") if row["label"] == reference)
    ends = (
        (
            rows.iloc[0],
            _(
                "At the smallest value, {end}, the number of oriented filters is {counts}, compared with {others} at "
                "{middle}: {verdict} ({test})."
            ),
        ),
        (
            rows.iloc[-1],
            _(
                "At the largest value, {end}, the number of oriented filters is {counts}, compared with {others} at "
                "{middle}: {verdict} ({test})."
            ),
        ),
    )
    sentences = []
    for end, message in ends:
        if end["label"] == reference:
            continue
        (oriented, units), (others, of) = ((int(row["oriented_units"]), int(row["units"])) for row in (end, middle))
        p = float(fisher_exact([[oriented, units - oriented], [others, of - others]]).pvalue)
        if p >= 1 - LEVEL:
            verdict = _("no difference was detected")
        elif oriented / units < others / of:
            verdict = _("significantly fewer")
        else:
            verdict = _("significantly more")
        counts, references = _share_of(oriented, units), _share_of(others, of)
        labels = {"end": _label(end["label"]), "middle": _label(reference)}
        sentences.append(message.format(counts=counts, others=references, verdict=verdict, test=_test(p), **labels))
    return " ".join(sentences)


def _with_variance(rows: pd.DataFrame) -> str:
    """Return the settings of rows as a list, each with the variance that its model explains."""
    return _listed(
        [
            _("{label} ({share} of the variance explained)").format(
                label=_label(row["label"]), share=percent(row["explained_variance"], 0)
            )
            for row in rows.to_dict("records")
        ]
    )


def collapse(rows: pd.DataFrame) -> str:
    """Return which settings of an experiment collapsed, and which did not.

    rows: columns label, collapsed, explained_variance; one row per setting.
    """
    collapsed, sound = rows[rows["collapsed"]], rows[~rows["collapsed"]]
    if collapsed.empty:
        return _("No network collapsed.")
    if sound.empty:
        return _("Every network collapsed: {settings}.").format(settings=_with_variance(collapsed))
    return _("{settings} collapsed; {others} did not.").format(
        settings=_with_variance(collapsed), others=_with_variance(sound)
    )


def dead_units(rows: pd.DataFrame) -> str:
    """Return how many units are dead, for each setting that has any.

    rows: columns label, units, dead_units, one row per setting; at least one has dead units.
    """
    dead = rows[rows["dead_units"] > 0]
    counts = [
        _("{dead} of {units} for {label}").format(
            dead=integer(row["dead_units"]), units=integer(row["units"]), label=_label(row["label"])
        )
        for row in dead.to_dict("records")
    ]
    if len(dead) == len(rows):
        return _("Dead units: {settings}.").format(settings=_listed(counts))
    return ngettext(
        "Dead units: {settings}; the other setting has none.",
        "Dead units: {settings}; the other settings have none.",
        len(rows) - len(dead),
    ).format(settings=_listed(counts))


def speed(rows: pd.DataFrame) -> str:
    """Return after how many iterations and seconds the reconstruction error of each setting had settled.

    rows: columns label, iterations_to_settle, seconds_to_settle, iterations; one row per setting.
    """
    settings = [
        _("{label} {reached} of {iterations} ({seconds} s)").format(
            label=_label(row["label"]),
            reached=integer(row["iterations_to_settle"]),
            iterations=integer(row["iterations"]),
            seconds=fixed(row["seconds_to_settle"], 1),
        )
        for row in rows.to_dict("records")
    ]
    return _(
        "Iterations (CPU seconds) after which the reconstruction error stays within {share} of its last value: "
        "{settings}."
    ).format(share=percent(SETTLED, 0), settings=_listed(settings))


def cost(costs: pd.DataFrame) -> str:
    """Return which stage took the largest share of the jobs' time, and which used the most memory.

    costs: columns stage, jobs, seconds, memory (MB), one row per stage.
    """
    most, largest = costs.loc[costs["seconds"].idxmax()], costs.loc[costs["memory"].fillna(0).idxmax()]
    jobs, total = int(costs["jobs"].sum()), costs["seconds"].sum()
    text = ngettext(
        "The stage {stage} took {share} of the time of the one job; the stage {largest} used the most memory, "
        "{memory} MB.",
        "The stage {stage} took {share} of the time of all {jobs} jobs; the stage {largest} used the most memory, "
        "{memory} MB.",
        jobs,
    )
    return text.format(
        jobs=integer(jobs),
        share=percent(most["seconds"] / total, 0),
        stage=quoted(pgettext("stage", str(most["stage"]).replace("_", " "))),
        memory="–" if pd.isna(largest["memory"]) else integer(largest["memory"]),
        largest=quoted(pgettext("stage", str(largest["stage"]).replace("_", " "))),
    )
