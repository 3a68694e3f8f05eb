"""The columns of the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lib.study.settings import VIEW_SETTINGS, all_settings, as_text

# The settings of all learners. The limit of iterations is no column: tables have the iterations that were made.
MODEL_COLUMNS = ["learner", *(key for key in all_settings() if key != "iterations"), "model"]
TRAINING_COLUMNS = [
    *MODEL_COLUMNS[:-2],
    *("device", "seed", "iterations", "evaluations", "loss", "seconds"),
    *("iterations_to_fraction", "seconds_to_fraction", "model"),
]
CLASSIFICATION_COLUMNS = [
    "features",
    *MODEL_COLUMNS,
    *VIEW_SETTINGS,
    *("view", "classifier", "fold", "n_train", "n_test", "n_features"),
    *("accuracy", "accuracy_low", "accuracy_high", "log_loss", "f1_macro", "seconds"),
]
CHECK_COLUMNS = ["check", "parameters", "relative_error", "tolerance", "passed", "network"]


def side_by_side(settings: list[dict[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """The settings of features that stand side by side, as text where they differ: "patch + none"."""
    columns: dict[str, Any] = {}
    for key in keys:
        values = list(dict.fromkeys(as_text(part[key]) for part in settings if part.get(key) is not None))
        columns[key] = None if not values else settings[0][key] if len(values) == 1 else " + ".join(values)
        if isinstance(columns[key], list):
            columns[key] = values[0]
    return columns


FILTER_COLUMNS = [
    *MODEL_COLUMNS,
    *("units", "oriented_units", "edge_likeness", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "collapsed"),
]
