"""The last run of a study, from the configuration that it stored: what it checked, and what has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.base.errors import StudyError
from lib.study.classifier_entries import untried
from lib.study.configuration_files import read

_OF_DATA = ("dataset", "classes", "crops", "folds", "networks")  # keys on which a trial of a classifier depends


@dataclass(frozen=True)
class Change:
    """A value of the configuration that has changed: its dotted key, and the value before and after, None for none."""

    key: str
    before: Any
    after: Any


def changed_values(before: Mapping[str, Any], after: Mapping[str, Any], key: str = "") -> Iterator[Change]:
    """Yield what differs between two configurations, mappings key by key; a list is one value."""
    for name in dict.fromkeys([*before, *after]):
        path = f"{key}.{name}" if key else str(name)
        old, new = before.get(name), after.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from changed_values(old, new, path)
        elif old != new:
            yield Change(path, old, new)


def configuration_of_last_run(study: str, folder: Path = Path()) -> dict[str, Any]:
    """Return the configuration of the last run of a study, {} if there was none or its record cannot be read."""
    try:
        return read(folder / "results" / study / "configuration.yaml")
    except StudyError:
        return {}


def classifiers_of_last_run(config: Mapping[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Return the classifiers that the last run of the study had, by name.

    folder: where results are stored. The result is {} if that run had other data, if there was none, or if its record
    cannot be read.
    """
    last = configuration_of_last_run(config["study"], folder)
    has_same_data = all(last.get(key) == config.get(key) for key in _OF_DATA)
    return last["classifiers"] if has_same_data and isinstance(last.get("classifiers"), dict) else {}


def new_classifiers(config: Mapping[str, Any], default: Mapping[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Return the classifiers, by name, that neither the default study nor the last run of this study has."""
    new = untried(config["classifiers"], default["classifiers"])
    return untried(new, classifiers_of_last_run(config, folder)) if new else {}
