"""Comments of the author on experiments: text with placeholders for numbers of the tables.

``{accuracy 1 logistic_regression}`` is an accuracy, ``{oriented_share 0}`` a measure of the models of a setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.study.settings import PIXELS
from lib.study.study import Study

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
# Of a setting with a classifier: accuracy, its difference from pixels, and from setting 0.
OF_CLASSIFIERS = ("accuracy", "gain", "difference")
# Of the models of a setting: the measures of the table of that name.
OF_MODELS = (
    *("oriented_share", "colour_share", "edge_likeness", "effective_share"),
    *("mean_activation", "dead_share", "constant_share"),
    *(
        "explained_variance",
        "held_out_error",
        "elbo",
        "importance_bound",
        "collapsed",
        "loss",
        "reconstruction",
        "iterations",
        "seconds",
        "relative_change",
    ),
    *("iterations_to_settle", "seconds_to_settle"),
)


@dataclass(frozen=True)
class Placeholder:
    """A number that a comment asks for.

    Attributes
    ----------
    measure : one of `OF_CLASSIFIERS` or `OF_MODELS`.
    setting : number of the setting of the experiment; -1 for pixels.
    classifier : name of the classifier, empty for measures of models.
    """

    measure: str
    setting: int
    classifier: str = ""


def placeholder(words: str) -> Placeholder:
    """Return the placeholder with these words. Raises ValueError for other words."""
    parts = words.split()
    expected = "a measure, the number of a setting, and for accuracies a classifier, such as {accuracy 0 random_forest}"
    if len(parts) not in (2, 3):
        raise ValueError(f"the placeholder {{{words}}}, expected {expected}")
    measure, setting = parts[:2]
    known = OF_CLASSIFIERS if len(parts) == 3 else OF_MODELS
    if measure not in known:
        hint = hint_of_name(measure, known)
        raise ValueError(f"the placeholder {{{words}}}{hint}, expected one of the measures {', '.join(known)}")
    if setting == PIXELS and measure == "accuracy":
        return Placeholder(measure, -1, parts[2])
    if not setting.isdecimal():
        raise ValueError(f"the placeholder {{{words}}}, expected {expected}")
    return Placeholder(measure, int(setting), *parts[2:])


def check_comments(comments: Mapping[str, str], study: Study) -> None:
    """Raise StudyError with one sentence for each placeholder that names nothing of the study.

    comments: by experiment.
    """
    faults = []
    for name, text in comments.items():
        experiment = study.experiments[name]
        for words in _PLACEHOLDER.findall(text):
            try:
                found = placeholder(words)
            except ValueError as error:
                faults.append(f"configuration: experiments.{name}.comment has {error}")
                continue
            count = len(experiment.combinations)
            if found.setting >= count:
                faults.append(
                    f"configuration: experiments.{name}.comment has the placeholder {{{words}}}, expected a setting "
                    f"from 0 to {count - 1}"
                )
            if found.classifier and found.classifier not in experiment.classifiers:
                known = ", ".join(experiment.classifiers) or "none"
                faults.append(
                    f"configuration: experiments.{name}.comment has the placeholder {{{words}}}"
                    f"{hint_of_name(found.classifier, experiment.classifiers)}, expected one of the experiment's "
                    f"classifiers: {known}"
                )
            if (
                found.measure == "gain"
                and found.setting < count
                and not study.sees_as_much_as_pixels(name, found.setting)
            ):
                faults.append(
                    f"configuration: experiments.{name}.comment has the placeholder {{{words}}}, expected another "
                    f"measure: setting {found.setting} has other labels than pixels, so they are not compared"
                )
            if found.measure == "difference" and found.setting == 0:
                faults.append(
                    f"configuration: experiments.{name}.comment has the placeholder {{{words}}}, expected a setting "
                    "from 1 on: setting 0 is the one that others are compared with"
                )
    if faults:
        raise StudyError(*faults)


def filled(text: str, value: Any) -> str:
    """Return a comment with its numbers. value: a function from a `Placeholder` to text."""
    return _PLACEHOLDER.sub(lambda match: value(placeholder(match[1])), text)
