"""Faults of the classifiers of a configuration that show without scikit-learn."""

from __future__ import annotations

import math
from collections.abc import Iterator
from math import prod
from typing import Any

from lib.base.errors import StudyError
from lib.study.canonical import flattened
from lib.study.configuration_files import json_text
from lib.study.rotation_invariance import changed_by_rotation

_MOST_THREADS = 64


def check_labels(config: dict[str, Any]) -> None:
    """Raise StudyError for classifiers with equal labels, which tables and figures could not distinguish."""
    first: dict[str, str] = {}
    faults = []
    for name, classifier in config["classifiers"].items():
        if classifier and (other := first.setdefault(classifier["label"], name)) != name:
            faults.append(
                f"configuration: classifiers.{name}.label is {classifier['label']}, expected another one than that of "
                f"classifiers.{other}"
            )
    if faults:
        raise StudyError(*faults)


def _values_of(classifier: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield key and value of every parameter of a classifier, and of every value in its grid."""
    for name, value in classifier["parameters"].items():
        yield f"parameters.{name}", value
    for name, values in classifier["grid"].items():
        for value in values:
            yield f"grid.{name}", value


def _faults_of_classifier(classifier: dict[str, Any], most: int) -> Iterator[str]:
    """Yield the faults of an entry that show without scikit-learn; ``most`` limits the combinations of its grid."""
    parameters, grid = classifier["parameters"], classifier["grid"]
    for name in sorted(set(parameters) & set(grid)):
        yield (
            f"parameters.{name} is set under grid, too, expected one of them; "
            f"a grid of one value, {name}: [{json_text(parameters[name])}], fixes it"
        )
    for part in ("parameters", "grid"):
        if "random_state" in classifier[part]:
            yield f"{part}.random_state is given, expected none: it follows from the seed of the study"
    for key, value in _values_of(classifier):
        if isinstance(value, float) and math.isnan(value):
            yield f"{key} is NaN, expected a number"
        limit = type(value) is int and -1 <= value <= _MOST_THREADS
        if key.endswith(".n_jobs") and value is not None and not limit:
            yield f"{key} is {json_text(value)}, expected none, or -1 to {_MOST_THREADS}: profiles set the threads"
    size = prod(len(values) for values in grid.values())
    if size > most:
        yield f"grid has {size} combinations, expected at most {most}"
    if classifier.get("fine_tuned"):
        if not classifier["class"].startswith("lib."):
            yield f"fine_tuned is true, expected false: {classifier['class']} takes no images"
        for key in ("standardise", "rotate", "components", "calibrate"):
            if classifier.get(key):
                yield f"fine_tuned is true, expected false: {key} prepares features, but it sees images"
    if classifier["rotate"] and (reason := changed_by_rotation(classifier)):
        yield f"rotate is true, expected false: {reason}"


def check_parameters(config: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise StudyError for parameters of classifiers that the workflow sets itself or that contradict the entry."""
    most = schema["limits"]["grid"]
    faults = [
        f"configuration: classifiers.{name}.{fault}"
        for name, classifier in config["classifiers"].items()
        if classifier
        for fault in _faults_of_classifier(classifier, most)
    ]
    if faults:
        raise StudyError(*dict.fromkeys(faults))


def untried(classifiers: dict[str, Any], tried: dict[str, Any]) -> dict[str, Any]:
    """Return the classifiers, by name, that are switched on and differ from the entry in ``tried``.

    Values of different types differ, because scikit-learn distinguishes 10, 10.0 and true.
    """
    return {
        name: classifier
        for name, classifier in classifiers.items()
        if classifier and sorted(flattened(classifier)) != sorted(flattened(tried.get(name)))
    }
