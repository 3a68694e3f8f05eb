"""Validation of the configuration; each fault is reported in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.study.canonical import canonical
from lib.study.classifier_entries import check_labels, check_parameters
from lib.study.inheritance import completed, in_language, selected, without_inherit
from lib.study.paths import check_path, expanded_path
from lib.study.schema import validate


def check_switches(config: dict[str, Any], default: dict[str, Any]) -> None:
    """Raise StudyError for entries that are switched off although the default study has no entry of that name."""
    faults = []
    for table in ("experiments", "classifiers"):
        for name in sorted(name for name, entry in config[table].items() if entry is False):
            if name not in default[table]:
                faults.append(
                    f"configuration: {table}.{name} is false, but there is no such entry to switch off"
                    f"{hint_of_name(name, default[table])}; the entries are {', '.join(default[table])}"
                )
    if faults:
        raise StudyError(*faults)


def size_of(config: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Return the numbers of models and evaluations of each experiment; equal ones are counted each time."""
    known = sum(bool(classifier) for classifier in config["classifiers"].values())
    sizes = {}
    for name, experiment in config["experiments"].items():
        if not experiment:
            continue
        vary, seeds = experiment["vary"], experiment.get("seeds", 1)
        features = models = 0
        for entry in vary if isinstance(vary, list) else [vary]:
            combinations = prod(len(values) for key, values in entry.items() if key != "together")
            features += combinations * seeds
            models += combinations * seeds * prod(len(values) for values in entry.get("together", {}).values())
        classifiers = len(experiment["classifiers"]) if "classifiers" in experiment else known
        sizes[name] = {"models": models, "evaluations": features * classifiers}
    return sizes


def check_size(config: dict[str, Any], schema: dict[str, Any]) -> None:
    """Raise StudyError for a study with more models or evaluations than the limits of the schema."""
    sizes = size_of(config)
    faults = []
    for kind in ("models", "evaluations"):
        total, most = sum(size[kind] for size in sizes.values()), schema["limits"][kind]
        if total > most:
            largest = max(sizes, key=lambda name: sizes[name][kind])
            faults.append(
                f"configuration: the experiments ask for {total} {kind}, expected at most {most}; "
                f"the largest, {largest}, asks for {sizes[largest][kind]}"
            )
    if faults:
        raise StudyError(*faults)


def checked(changes: Mapping[str, Any], schema: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of a study in its `canonical` form, as it takes effect.

    changes: the keys that the study sets; they extend the default study as `lib.study.inheritance.completed` says.
    Raises StudyError with one sentence for each fault that shows without the data.
    """
    config = canonical(completed(changes, default), schema)
    validate(config, schema, default["experiments"])
    config["dataset"] = expanded_path(config["dataset"])
    check_path(config["dataset"])
    check_switches(config, default)
    config = in_language(selected(without_inherit(config, default), changes, default))
    check_labels(config)
    check_parameters(config, schema)
    check_size(config, schema)
    return config
