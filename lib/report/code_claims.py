"""Sentences and captions on codes, their likelihood, and corrected inputs."""

from __future__ import annotations

import pandas as pd

from lib.report.phrases import corrected_p, listed, named, repeated, significant
from lib.report.results import Results
from lib.study.decoded import samples_inconsistently
from lib.study.study import single_models
from lib.words.language import _
from lib.words.latex import fixed

EMPTY = 0.1  # nats: a smaller divergence means that codes hold nearly nothing about an image


def captions() -> dict[str, str]:
    """Return the captions of the figures of codes by kind, with the placeholder ``{title}``."""
    return {
        "plane": _(
            "{title}: the codes of test images on their plane, first repetition. The name of a class is at the median "
            "of its codes, or next to it with a line. The dashed circle holds 95\\,\\% of the prior $N(0, I)$; each "
            "panel has its own scale. Look for classes that are apart, and for codes that fill the circle: only "
            "there do random codes decode to images."
        ),
        "manifold": _(
            "{title}: what a grid of codes decodes to, first repetition. Its lines are at equally likely values of the "
            "prior, from the 5th to the 95th percentile; the first coding grows to the right, the second upwards. "
            "Look for images that change gradually into each other, and for regions that decode to no image."
        ),
        "samples": _(
            "{title}: images decoded from random codes of the prior $N(0, I)$, first repetition. Models with equally "
            "long codes have the same codes. Look for samples that look like data."
        ),
        "interpolations": _(
            "{title}: what codes on straight lines decode to, first repetition; each row is a line. Left: from a test "
            "image of one class to one of the next class. Right: from the same image along the concept vector, the "
            "mean code of the next class minus the mean code of its own. Look for steps that are images themselves."
        ),
        "corrections": _(
            "{title}: test images, the same with the noise of the training, and what the model makes of them, first "
            "repetition. Look for strokes that noise has hidden and the model restores, and for fine strokes that it "
            "loses."
        ),
    }


def bounds_caption(results: Results, title: str, name: str) -> str:
    """Return the caption of the table of bounds of an experiment. title: of the experiment, quoted."""
    return _(
        "{title}: lower bounds of the log-likelihood of a test image, in nats ({repetitions}). The evidence lower "
        "bound (ELBO) is minus the sum of cross-entropy and divergence. The importance-weighted bound takes 50 codes "
        "of each image and is tighter. The divergence is that of the law from which codes are sampled. Larger bounds "
        "are better."
    ).format(title=title, repetitions=repeated(len(results.study.experiments[name].combinations[0].members)))


def bounds(results: Results, name: str) -> str:
    """Return which setting of an experiment has the best bound, and whose codes hold nothing; "" without bounds."""
    if "bounds" not in results.tables:
        return ""
    rows = results.of("bounds", name)
    if rows.empty:
        return ""
    rows = rows.sort_values("importance_bound", ascending=False, kind="stable")
    best, worst = rows.iloc[0], rows.iloc[-1]
    if len(rows) == 1:
        text = _("A test image has a log-likelihood of at least {bound} nats (importance-weighted bound).").format(
            bound=fixed(best["importance_bound"], 1)
        )
    else:
        text = _(
            "The importance-weighted bound of the log-likelihood of a test image is best for {best}, {most} nats, and "
            "worst for {worst}, {least} nats"
        ).format(
            best=named(best["name"]),
            most=fixed(best["importance_bound"], 1),
            worst=named(worst["name"]),
            least=fixed(worst["importance_bound"], 1),
        )
        text += _test(results, name, int(best["setting"]))
    empty = [named(label) for label in rows.sort_values("setting").loc[rows["divergence"] < EMPTY, "name"]]
    if empty:
        text += " " + _(
            "The codes of {settings} hold nearly nothing about an image: they diverge from the prior by less than "
            "{least} nats."
        ).format(settings=listed(empty), least=fixed(EMPTY, 1))
    return text + _inconsistent(results, name, rows.set_index("setting"))


def _inconsistent(results: Results, name: str, rows: pd.DataFrame) -> str:
    """Return what the bounds say of models whose codes are sampled with another variance than their loss counts.

    rows: the rows of the experiment in the table of bounds, by setting. The text begins with a space.
    """
    combinations = results.study.experiments[name].combinations
    printed = [
        setting
        for setting in rows.index
        if (members := single_models(results.study, combinations[setting]))
        and samples_inconsistently(results.study.models[members[0]])
    ]
    others = rows.drop(index=printed)
    if not printed or others.empty:
        return ""
    best = others.loc[others["importance_bound"].idxmax()]
    sentences = []
    for setting in printed:
        row = rows.loc[setting]
        message = (
            _(
                "{setting} samples codes with the deviation $\\exp(\\log\\sigma^2)$, but the divergence of its loss "
                "takes $\\sigma^2$ for their variance: its bound is {difference} nats below that of {best}."
            )
            if row["importance_bound"] < best["importance_bound"]
            else _(
                "{setting} samples codes with the deviation $\\exp(\\log\\sigma^2)$, but the divergence of its loss "
                "takes $\\sigma^2$ for their variance: still, its bound is not below that of {best} (difference "
                "{difference} nats)."
            )
        )
        difference = abs(row["importance_bound"] - best["importance_bound"])
        values = {"setting": named(row["name"]), "best": named(best["name"]), "difference": fixed(difference, 1)}
        sentences.append(" " + message.format(**values))
    return "".join(sentences)


def _test(results: Results, name: str, best: int) -> str:
    """Return the end of the sentence on the best setting: whether it differs from the first one."""
    measured = results.measure(name, "importance_bound")
    if best == 0 or best not in measured.index or measured["p_corrected"].isna()[best]:
        return "."
    row = measured.loc[best].to_dict()
    message = (
        _("; it differs from {first} ({p}).")
        if significant(row["p_corrected"])
        else _("; a difference from {first} is not shown ({p}).")
    )
    return message.format(first=named(results.first(name)), p=corrected_p(row))
