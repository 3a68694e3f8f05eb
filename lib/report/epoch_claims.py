"""The sentence on how long networks train until they reach the same cross-entropy."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.report.phrases import named
from lib.report.results import Results
from lib.words.language import _, ngettext
from lib.words.latex import integer, number, significant_digits


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
