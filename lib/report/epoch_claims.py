"""Sentences on epochs: when networks reach the same cross-entropy, and whether losses still fall at the end."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.evaluation.thresholds import STEADY, last_iterations
from lib.report.phrases import listed, named
from lib.report.results import Results
from lib.words.language import _, ngettext
from lib.words.latex import integer, number, percent, significant_digits


def cross_entropy(results: Results, experiment: str) -> str:
    """Return after how many epochs, updates and seconds the networks of an experiment reach the same cross-entropy.

    It is that of the training: the largest of the smallest ones of all networks, means over the repetitions in the
    epochs that all of them have. A network has reached it at the end of the first epoch whose mean is not larger.
    """
    study, table = results.study, results.tables["network_training"]
    courses = {}
    for cell in study.experiments[experiment].cells():
        members = study.experiments[experiment].combinations[cell.setting].members
        of_setting = np.array([pair in members for pair in zip(table["model"], table["view"], strict=True)], dtype=bool)
        own = table[of_setting & (table["classifier"] == cell.classifier)]
        name = _cell(results, experiment, cell.setting, cell.classifier)
        epochs = own.groupby("epoch")[["cross_entropy", "updates", "seconds", "learning_rate"]]
        course = epochs.mean()[epochs.size() == len(own.drop_duplicates(["model", "view"]))]
        courses[name] = course, results.batches.get(cell.classifier)
    level = max(course["cross_entropy"].min() for course, _batch in courses.values())
    items = [_reached(name, course, batch, level) for name, (course, batch) in courses.items()]
    return _("To a cross-entropy of {level} in training, which all reach, {items}.").format(
        level=significant_digits(level, 3), items="; ".join(items)
    )


def still_falling(results: Results, experiment: str) -> str:
    """Return how far the losses of trainings over epochs still fell at their end, nothing where all had converged.

    It belongs to an experiment without classifiers, which compares the errors that these trainings have reached.
    """
    training = results.tables["training"]
    if results.study.experiments[experiment].classifiers or "epochs" not in training:
        return ""
    own = training[training["model"].isin(results.study.models_of(experiment)) & training["epochs"].notna()]
    falling = own[own["relative_change"] >= STEADY]
    if falling.empty:
        return ""
    spans = falling["iterations"].drop_duplicates().sort_values()
    counts = [
        _("{count} of {all}").format(count=integer(last_iterations(int(span))), all=integer(span)) for span in spans
    ]
    falls = falling["relative_change"] / (1 + falling["relative_change"])  # of the loss before the last epochs
    shares = [percent(share, 0) for share in (falls.min(), falls.max())]
    return _(
        "In {number} of {total} trainings over epochs the loss still fell by {share} over the last epochs "
        "({counts}): after more of them the errors may be smaller, and their order another."
    ).format(
        number=integer(len(falling)),
        total=integer(len(own)),
        share=shares[0] if shares[0] == shares[-1] else _("{first} to {last}").format(first=shares[0], last=shares[-1]),
        counts=listed(counts),
    )


def _reached(name: str, course: pd.DataFrame, batch: int | None, level: float) -> str:
    """Return what a network needs until its cross-entropy is not larger than a level, and how it learns.

    course: cross_entropy, updates, seconds and learning_rate by epoch; the learning rate is stated where it is
    constant. batch: images of a batch, None where the configuration does not have it.
    """
    epoch = (course["cross_entropy"] <= level).idxmax()
    each = int(course["updates"].iloc[0])
    if each == 1:
        how = _("one batch of all images")
    elif batch is None:
        how = _("updates per epoch: {each}").format(each=integer(each))
    else:
        how = ngettext("batches of {count} image", "batches of {count} images", batch).format(count=integer(batch))
    rates = course["learning_rate"]
    if rates.nunique() == 1:
        how = _("{batches}, learning rate {rate}").format(batches=how, rate=number(rates.iloc[0]))
    updates = int(course["updates"][epoch])
    return _("{what} ({how}) needs {epochs}, {updates} and {seconds}\\,s of CPU time").format(
        what=name,
        how=how,
        epochs=ngettext("{count} epoch", "{count} epochs", int(epoch)).format(count=integer(epoch)),
        updates=ngettext("{count} update", "{count} updates", updates).format(count=integer(updates)),
        seconds=significant_digits(course["seconds"][epoch], 2),
    )


def _cell(results: Results, experiment: str, setting: int, classifier: str) -> str:
    """Return the words for a setting and a classifier, whichever vary in an experiment."""
    found = results.study.experiments[experiment]
    parts = [named(results.study.label(experiment, setting))] if len(found.combinations) > 1 else []
    return ", ".join([*parts, *([results.classifier(classifier)] if len(found.classifiers) > 1 else [])])
