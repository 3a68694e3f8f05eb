"""What the last run of a study has checked already, from the configuration that it stored with its results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lib.base.errors import StudyError
from lib.study.configuration_files import read
from lib.study.validation import untried

_OF_DATA = ("dataset", "crops", "folds")  # keys on which a trial of a classifier depends


def classifiers_of_last_run(config: Mapping[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Return the classifiers that the last run of the study had, by name.

    folder: where results are stored. The result is {} if that run had other data, if there was none, or if its record
    cannot be read.
    """
    try:
        last = read(folder / "results" / config["study"] / "configuration.yaml")
    except StudyError:
        return {}
    has_same_data = all(last.get(key) == config[key] for key in _OF_DATA)
    return last["classifiers"] if has_same_data and isinstance(last.get("classifiers"), dict) else {}


def new_classifiers(config: Mapping[str, Any], default: Mapping[str, Any], folder: Path = Path()) -> dict[str, Any]:
    """Return the classifiers, by name, that neither the default study nor the last run of this study has."""
    new = untried(config["classifiers"], default["classifiers"])
    return untried(new, classifiers_of_last_run(config, folder)) if new else {}
