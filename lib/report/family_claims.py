"""Sentences on the experiments of the lecture, which follow from their tables by rule."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy import stats

from lib.report.answers import Answer, Outcome
from lib.report.phrases import listed, quoted, significant
from lib.words import lecture
from lib.words.language import _
from lib.words.latex import fixed, integer, p_value, percent, scientific, signed

SAME_PLANE = 1e-3  # radians
ORDERED = 0.999  # smallest cosine between units and components of their number
REACHED = 1.05  # times the error of principal components
# Accuracy that the lecture prints for its network on digits, and its standard error: it rests on 256 test digits.
PRINTED_ACCURACY, PRINTED_ERROR = 0.933594, 0.016
VANISHED = 1e-3  # norm of the first layer's gradient relative to the last layer's


def points(results: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """Return which rules find the principal plane with every seed, and which find the components themselves.

    results: columns way, angle and cosine.
    """
    names, found = lecture.rules(), results.groupby("way")
    angles, cosines = found["angle"].max(), found["cosine"].min()
    same = [names[rule] for rule in names if angles[rule] <= SAME_PLANE]
    ordered = [names[rule] for rule in names if angles[rule] <= SAME_PLANE and cosines[rule] >= ORDERED]
    if not same:
        return Answer(_("No rule finds the plane of the principal components."), Outcome.CONTRADICTED)
    plane = _("The plane of the principal components is found by: {rules}.").format(rules=listed(same))
    if ordered:
        details = _("The components themselves are found by: {rules}.").format(rules=listed(ordered))
    else:
        details = _("No rule finds the components themselves.")
    return Answer(plane, Outcome.SHOWN, details)


def table(results: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """Return whether Adam reaches the error of as many principal components, and how far it goes astray before.

    results: columns training_error, pca_training_error and largest_error. curves: columns step and training_error.
    """
    ratio = float((results["training_error"] / results["pca_training_error"]).mean())
    values = {"steps": integer(curves["step"].max()), "ratio": fixed(ratio, 1)}
    details = _("On the way the error rises to {largest} times its start.").format(
        largest=fixed(results["largest_error"].mean() / curves.loc[curves["step"] == 0, "training_error"].mean(), 1)
    )
    if ratio <= REACHED:
        text = _("After {steps} steps of Adam the linear autoencoder has the error of as many principal components.")
        return Answer(text.format(**values), Outcome.SHOWN, details)
    text = _(
        "After {steps} steps of Adam the error of the linear autoencoder is {ratio} times that of as many principal "
        "components, which are its optimum."
    )
    return Answer(text.format(**values), Outcome.CONTRADICTED, details)


def relative_norms(curves: pd.DataFrame) -> pd.DataFrame:
    """Return the norm of the first layer's gradient relative to the last layer's, one row per network.

    curves: columns activation, depth, seed, layer and norm. The columns are activation, depth, seed and ratio.
    """
    keys = ["activation", "depth", "seed"]
    ordered = curves.sort_values("layer").groupby(keys, sort=False)["norm"]
    return (ordered.first() / ordered.last()).rename("ratio").reset_index()


def gradients(results: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """Return in which of the deepest networks the gradient vanishes, by its norm in the first and the last layer.

    curves: columns activation, depth, seed, layer and norm.
    """
    depth = curves["depth"].max()
    deepest = relative_norms(curves).query("depth == @depth")
    shares = deepest.groupby("activation")["ratio"].agg(stats.gmean)
    words = lecture.activations()
    vanished = [words[key] for key in words if shares[key] < VANISHED]
    details = _("The norm of the first layer’s gradient relative to the last: {shares}.").format(
        shares=", ".join(f"{words[key]} {scientific(shares[key])}" for key in words)
    )
    if not vanished:
        text = _("With {depth} layers no gradient vanishes.").format(depth=integer(depth))
        return Answer(text, Outcome.CONTRADICTED, details)
    text = _("With {depth} layers the gradient of the first layer vanishes for: {activations}.")
    return Answer(text.format(depth=integer(depth), activations=listed(vanished)), Outcome.SHOWN, details)


def letters(results: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """Return whether pre-training helps when all other settings are equal.

    results: columns seed, network, start, settings and test_accuracy. The paired t test is over seeds.
    """
    tuned = results[results["settings"] == "equal"].pivot_table("test_accuracy", "seed", "start")
    gain = tuned["pretrained"] - tuned["random"]
    shown = {name: percent(float(tuned[name].mean())) for name in ("random", "pretrained")}
    values = shown | {"gain": signed(100 * float(gain.mean()), 1)}
    printed = results[results["settings"] == "printed"].groupby(["network", "start"])["test_accuracy"].mean()
    deep = printed.xs("pretrained", level="start").index[0]
    details = _(
        "With the lecture’s settings, which differ in more than the start, it is {pretrained} with pre-training and "
        "{random} without."
    ).format(**{start: percent(float(printed[deep, start])) for start in ("random", "pretrained")})
    p = float(stats.ttest_1samp(gain, 0).pvalue) if len(gain) > 1 and np.ptp(gain) > 0 else np.nan
    if not significant(p):
        text = _(
            "With equal settings it remains open whether pre-training helps: {pretrained} of the test letters are "
            "right with it and {random} without ({gain} points)."
        )
        return Answer(text.format(**values), Outcome.OPEN, details)
    better = gain.mean() > 0
    if better:
        text = _(
            "With equal settings pre-training helps: {pretrained} of the test letters are right instead of {random} "
            "({p})."
        )
    else:
        text = _(
            "With equal settings pre-training harms: {pretrained} of the test letters are right, {random} without "
            "({p})."
        )
    return Answer(text.format(p=p_value(p), **values), Outcome.SHOWN if better else Outcome.CONTRADICTED, details)


def digits(results: pd.DataFrame, curves: pd.DataFrame) -> Answer:
    """Return whether the accuracy that the lecture prints is reproduced, within its error or above.

    results: columns settings, test_accuracy and test_digits. The settings "printed" are judged.
    """
    means = results.groupby("settings", sort=False)["test_accuracy"].mean()
    reached = means["printed"] >= PRINTED_ACCURACY - PRINTED_ERROR
    values = {
        "accuracy": percent(float(means["printed"])),
        "count": integer(results["test_digits"].iloc[0]),
        "printed": percent(PRINTED_ACCURACY),
        "error": fixed(100 * PRINTED_ERROR, 1),
    }
    best = str(means.idxmax())
    details = _("The most accurate settings are {name}: {accuracy}.").format(
        name=quoted(lecture.beliefs().get(best, best)), accuracy=percent(float(means.max()))
    )
    if reached:
        text = _(
            "With the lecture’s settings {accuracy} of {count} test digits are right, which agrees with the printed "
            "{printed} (standard error {error} points) or exceeds it."
        )
        return Answer(text.format(**values), Outcome.SHOWN, details)
    text = _(
        "With the lecture’s settings {accuracy} of {count} test digits are right, less than the printed {printed} "
        "(standard error {error} points)."
    )
    return Answer(text.format(**values), Outcome.CONTRADICTED, details)


CLAIMS: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Answer]] = {
    "points": points,
    "table": table,
    "gradients": gradients,
    "letters": letters,
    "digits": digits,
}
