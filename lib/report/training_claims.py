"""Sentences on training that follow from the tables of the study by rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.base.endings import Ending, ending_of, is_converged
from lib.evaluation.thresholds import SETTLED, STEADY, last_iterations
from lib.report.answers import Answer, Outcome
from lib.report.phrases import listed, named, quoted, ratio_interval, significant
from lib.report.results import Results
from lib.report.tables import KNOWN
from lib.study.model_labels import labels
from lib.study.settings import Model
from lib.words.labels import setting_value
from lib.words.language import _, ngettext
from lib.words.latex import escape, fixed, integer, number, p_value, percent, scientific

_SHOWN = 3  # labels of models that a sentence names
_ROUNDING = 1e-6  # a smaller relative rise of a loss does not count: rounding in float32 is as large


def network(model: Model, labels: int) -> str:
    """Return what a network with random weights learns from, which classifiers train.

    labels: training images of each class, 0 for all.
    """
    values = {
        "network": quoted(escape(setting_value("network", model.settings["network"]))),
        "size": f"\\ensuremath{{{model.settings['patch_size']}\\times{model.settings['patch_size']}}}",
        "count": integer(labels),
    }
    if labels == 0:
        text = _(
            "The default network, {network}, starts from random weights and learns from all labelled training images "
            "of {size} pixels."
        )
    else:
        text = ngettext(
            "The default network, {network}, starts from random weights and learns from {count} labelled image of "
            "{size} pixels per class.",
            "The default network, {network}, starts from random weights and learns from {count} labelled images of "
            "{size} pixels per class.",
            labels,
        )
    return text.format(**values)


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
            "A sparse autoencoder with {units} hidden units learns from {patches} patches of {size} pixels without "
            "any label.",
            sum(sizes),
        ).format(**values)
    name = quoted(escape(setting_value("learner", model.learner)))
    return ngettext(
        "The learner {name} computes {units} filter from {patches} patches of {size} pixels without any label.",
        "The learner {name} computes {units} filters from {patches} patches of {size} pixels without any label.",
        sum(sizes),
    ).format(name=name, **values)


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
            "The mean of each patch is removed in every channel, so that its brightness and colour do not outweigh "
            "its shape"
        )
    return text + (_("; an experiment below compares this with the alternative.") if compared else ".")


def is_clipped(model: Model) -> bool:
    """Return whether the patches of a model are clipped and mapped by the deviations of the training patches."""
    return not model.settings["whiten"] and model.settings["scaling"] == "deviation"


def normalisation(results: Results) -> str:
    """Return how the patches of the default model are normalised, in a sentence."""
    model = results.study.models[results.study.default[0]]
    settings = model.settings
    if settings["whiten"]:
        return _(
            "Each patch is centred, divided by its contrast and whitened; the statistics come from the training "
            "patches alone."
        )
    if settings["scaling"] == "range":
        return _("Intensities from 0 to 255 are mapped linearly to -1 … 1, without statistics of the patches.")
    if settings["scaling"] == "unit":
        return _("Intensities from 0 to 255 are mapped linearly to 0 … 1, without statistics of the patches.")
    low, high = results.study.normalisers[model.normaliser]["range"]
    messages = {
        "patch": _("The mean of each patch is removed per channel"),
        "brightness": _("The mean brightness of each patch is removed"),
        "none": _("Patches keep their mean"),
    }
    return messages[settings["centre"]] + _(
        "; intensities beyond three standard deviations of their channel are clipped, and the rest is mapped to {low} "
        "… {high}; the statistics come from the training patches alone."
    ).format(low=f"\\num{{{low:g}}}", high=f"\\num{{{high:g}}}")


def sampling(results: Results) -> str:
    """Return what the default model's patches are sampled from."""
    data = results.tables["data"].set_index("split")
    settings = results.study.models[results.study.default[0]].settings
    return _(
        "{patches} patches of {size} pixels come from {images} images, from random positions that are all equally "
        "likely."
    ).format(
        patches=integer(settings["patches"]),
        size=f"\\ensuremath{{{settings['patch_size']}\\times{settings['patch_size']}}}",
        images=integer(data.loc["unlabeled", "images"]),
    )


def gradient(checks: pd.DataFrame) -> Answer:
    """Return whether the gradient checks of networks, then of known functions, passed, with the largest error."""
    known = checks["check"].str.startswith(KNOWN)
    networks = checks[~known]
    if networks.empty:
        return Answer(_("No learner of this study has a gradient to check."))
    passed, count = int(networks["passed"].sum()), len(networks)
    if passed == count:
        text = ngettext(
            "The one comparison of the loss's gradient with central differences passed",
            "All {count} comparisons of the loss's gradient with central differences passed",
            count,
        ).format(count=integer(count))
    else:
        text = _("{passed} of {count} comparisons of the loss's gradient with central differences passed").format(
            passed=integer(passed), count=integer(count)
        )
    text += _("; the largest relative error is {error}, with a tolerance of {tolerance}.").format(
        error=scientific(networks["relative_error"].max()), tolerance=scientific(networks["tolerance"].max(), 0)
    )
    details = _(
        "Central differences of functions with known gradients have relative errors of at most {error}."
    ).format(error=scientific(checks.loc[known, "relative_error"].max()))
    return Answer(text, Outcome.SHOWN if passed == count else Outcome.CONTRADICTED, details)


def terms(results: Results) -> Answer:
    """Return the three terms of the loss of the default model at the end of training."""
    if results.history.empty:
        return Answer(_("The default learner does not record a loss for each iteration."))
    last = results.history.iloc[-1]
    return Answer(
        _(
            "At the end of training the loss {loss} of the default model has three terms: reconstruction "
            "{reconstruction}, weight decay {decay} and sparsity {sparsity}."
        ).format(**{key: _three_digits(last[key]) for key in ("loss", "reconstruction", "decay", "sparsity")})
    )


def _three_digits(value: float) -> str:
    """Return a number with three significant digits."""
    if value == 0 or 1e-3 <= abs(value) < 1e4:
        digits = 3 if value == 0 else max(0, 2 - int(np.floor(np.log10(abs(value)))))
        return fixed(value, digits)
    return scientific(value, 2)


def convergence(results: Results) -> Answer:
    """Return how far the reconstruction error of the default model fell, how fast, and whether it still falls."""
    history = results.history
    if history.empty:
        return Answer(_("The default learner does not record a loss for each iteration."), details=endings(results))
    default = results.study.default[0]
    training = results.tables["training"].set_index("model").loc[default]
    filters = results.tables["filters"].set_index("model").loc[default]
    iterations = int(history["iteration"].iloc[-1])
    text = ngettext(
        "In {count} iteration and {seconds} s of CPU time, L-BFGS reduced the reconstruction error from {first} to "
        "{last}",
        "In {count} iterations and {seconds} s of CPU time, L-BFGS reduced the reconstruction error from {first} to "
        "{last}",
        iterations,
    ).format(
        count=integer(iterations),
        seconds=fixed(training["seconds"], 1),
        first=_three_digits(history["reconstruction"].iloc[0]),
        last=_three_digits(history["reconstruction"].iloc[-1]),
    )
    if np.isfinite(filters["explained_variance"]):
        text += _("; {share} of the variance of the patches is explained").format(
            share=percent(filters["explained_variance"], 0)
        )
    end, converged = _end(results, training, iterations)
    text += end
    details = _(
        "From iteration {settled} on, the error stays within {bound} of its last value. Training counts as converged "
        "if it ends by itself, or if the loss falls by less than {steady} in the last tenth of the iterations, at "
        "least ten."
    ).format(settled=integer(training["iterations_to_settle"]), bound=percent(SETTLED, 0), steady=percent(STEADY, 0))
    if not converged and end:
        details += " " + _("The results of this model are those of a training that had not converged.")
    outcome = Outcome.SHOWN if converged else Outcome.CONTRADICTED if end else Outcome.OPEN
    experiment, setting = results.repeated_default()
    repeated = len(results.study.experiments[experiment].combinations[setting].members) > 1
    first = _("These numbers are from the first repetition.") if repeated else ""
    sentences = first, details, _others(results), endings(results)
    return Answer(text + ".", outcome, " ".join(filter(None, sentences)))


def _others(results: Results) -> str:
    """Return how many trainings by L-BFGS had converged, nothing for a single one."""
    training = results.tables["training"].dropna(subset="relative_change")
    training = training[training["learner"] == "autoencoder"]
    if len(training) < 2:
        return ""
    converged = training["message"].map(is_converged) | (training["relative_change"] < STEADY)
    return _("Of all {count} trainings by L-BFGS, {converged} had converged by this rule.").format(
        count=integer(len(training)), converged=integer(converged.sum())
    )


def _end(results: Results, training: pd.Series, iterations: int) -> tuple[str, bool]:
    """Return how the training of the default model ended, and whether it had converged.

    training: its row of the table of trainings. The text is empty for an abnormal end, which `endings` describes.
    """
    if ending_of(training["message"]):
        return "", False
    if is_converged(training["message"]):
        return _("; training ended because the loss no longer decreased"), True
    text = _(
        "; training ended at the limit on iterations, while the loss fell by {change} in the last {count} of them (it "
        "counts as converged below {bound})"
    ).format(
        change=percent(training["relative_change"], 2),
        count=integer(last_iterations(iterations)),
        bound=percent(STEADY, 0),
    )
    return text, bool(training["relative_change"] < STEADY)


def endings(results: Results) -> str:
    """Return how many trainings ended abnormally and why, with the models, and how many fits of classifiers did.

    The result is empty if all ended as they should.
    """
    training = results.tables["training"]
    found = training["message"].map(ending_of)
    messages = {
        Ending.LINE_SEARCH: _("L-BFGS found no lower loss along its last direction, without having converged"),
        Ending.NOT_FINITE: _(
            "L-BFGS reached parameters at which the loss or its gradient is not finite, and the last ones before are "
            "used"
        ),
        Ending.EVALUATIONS: _("the limit on evaluations of the loss was reached"),
        Ending.NOT_CONVERGED: _("the algorithm had not converged at its limit on iterations"),
        Ending.DUPLICATES: _("some centroids are equal, as there are fewer different patches than units"),
    }
    sentences = [
        _("Abnormal end of {models}: {reason}.").format(
            models=_models(results, training[found == ending]), reason=reason
        )
        for ending, reason in messages.items()
        if (found == ending).any()
    ]
    rising = training[training["relative_change"] < -_ROUNDING]
    if len(rising):
        text = _("Over the last iterations the loss of {models} rose.")
        sentences.append(text.format(models=_models(results, rising)))
    fits = results.tables["classification"]
    early = fits[~fits["converged"]]
    if len(early):
        text = _("{count} of {total} fits of classifiers ended before they had converged ({classifiers}).")
        names = ", ".join(results.classifier(name) for name in early["classifier"].unique())
        sentences.append(text.format(count=integer(len(early)), total=integer(len(fits)), classifiers=names))
    return " ".join([r"\textbf{" + _("Warning:") + "}", *sentences]) if sentences else ""


def _models(results: Results, rows: pd.DataFrame) -> str:
    """Return how many models the rows of the table of trainings are, with the first of their labels."""
    known = labels(results.study)
    texts = list(dict.fromkeys(named(known[model]) for model in rows["model"]))
    shown = texts[:_SHOWN] + (["…"] if len(texts) > _SHOWN else [])
    return _("{count} of {total} models ({labels})").format(
        count=integer(len(rows)), total=integer(len(results.tables["training"])), labels=", ".join(shown)
    )


def faster(results: Results, experiment: str) -> Answer:
    """Return at how many checkpoints the second setting reconstructs better than the first, and by how much.

    The outcome refers to the hypothesis that it converges faster. It is shown where the error is significantly smaller
    at most checkpoints of iterations and of CPU time and larger at none, and in part where it is smaller at others. It
    is contradicted where the error is smaller at none, and larger at most of either.
    """
    rows = results.of("convergence", experiment)
    rows = rows[rows["setting"] == 1]
    if rows.empty:
        return Answer("")
    sentences, signs, is_smaller = [], [], False
    for against, unit in (("iterations", _("iterations")), ("seconds", _("s of CPU time"))):
        own = rows[rows["against"] == against]
        if own.empty:
            continue
        shown = own["p_corrected"].map(significant).astype(bool)
        parts = {
            _("smaller after {at} {unit}"): shown & (own["ratio"] < 1),
            _("larger after {at} {unit}"): shown & (own["ratio"] > 1),
            _("not shown to differ after {at} {unit}"): ~shown,
        }
        clauses = [
            message.format(at=_checkpoints(own["at"].tolist(), own.loc[chosen, "at"].tolist()), unit=unit)
            for message, chosen in parts.items()
            if chosen.any()
        ]
        better, worse, _unclear = (chosen.sum() for chosen in parts.values())
        is_smaller |= bool(better)
        signs.append(1 if 2 * better > len(own) and not worse else -1 if 2 * worse > len(own) else 0)
        sentences.append(f"{listed(clauses)} ({_ratio(own.iloc[len(own) // 2], unit)})")
    text = _("Compared with {first}, the reconstruction error of {second} is {clauses}.").format(
        second=named(rows["name"].iloc[0]),
        first=named(results.first(experiment)),
        clauses="; ".join(sentences),
    )
    outcome = Outcome.OPEN
    if signs and all(sign > 0 for sign in signs):
        outcome = Outcome.SHOWN
    elif is_smaller:
        outcome = Outcome.MIXED
    elif -1 in signs:
        outcome = Outcome.CONTRADICTED
    return Answer(text, outcome)


def _checkpoints(known: Sequence[float], chosen: Sequence[float]) -> str:
    """Return some of the known checkpoints as a list, or as a range where they are three or more in a row."""
    places = [known.index(at) for at in chosen]
    if len(chosen) > 2 and places == list(range(places[0], places[0] + len(places))):
        return _("{first} to {last}").format(first=number(chosen[0]), last=number(chosen[-1]))
    return listed([number(at) for at in chosen])


def _ratio(row: Any, unit: str) -> str:
    """Return the ratio of the errors at one checkpoint, with its interval and p-value where there are several."""
    text = _("after {at} {unit}: ratio {ratio}").format(at=number(row["at"]), unit=unit, ratio=ratio_interval(row))
    return f"{text}, {p_value(row['p_corrected'])}" if np.isfinite(row["p_corrected"]) else text


def cpu_time(results: Results, experiment: str) -> str:
    """Return the CPU time of training with each setting relative to the first, over the repetitions."""
    rows = results.measure(experiment, "seconds")
    if len(rows) < 2 or 0 not in rows.index:
        return ""
    first = rows.loc[0, "mean"]
    others = [
        _("{share} of the CPU time with {label}").format(
            share=percent(row["mean"] / first, 0), label=named(row["name"])
        )
        for number_, row in rows.iterrows()
        if number_ != 0
    ]
    return _("Compared with {first}, training takes {shares}.").format(
        first=named(results.first(experiment)), shares=listed(others)
    )
