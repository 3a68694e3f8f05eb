"""The columns of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lib.study.learners import all_settings
from lib.study.settings import VIEW_SETTINGS, as_text

# The settings of all learners. The limit on iterations is not a column: tables have the iterations that were made.
MODEL_COLUMNS = ["learner", *(key for key in all_settings() if key != "iterations"), "model"]
TRAINING_COLUMNS = [
    *MODEL_COLUMNS[:-2],
    *("device", "seed", "iterations", "evaluations", "loss", "reconstruction", "seconds"),
    *("relative_change", "iterations_to_settle", "seconds_to_settle", "message", "model"),
]
CLASSIFICATION_COLUMNS = [
    "features",
    *MODEL_COLUMNS,
    *VIEW_SETTINGS,
    *("view", "classifier", "fold", "n_train", "n_test", "n_features"),
    *("accuracy", "accuracy_low", "accuracy_high", "log_loss", "f1_macro", "seconds", "converged"),
]
CHECK_COLUMNS = ["check", "parameters", "relative_error", "tolerance", "passed", "network"]
FILTER_COLUMNS = [
    *MODEL_COLUMNS,
    *("units", "oriented_units", "colour_units", "edge_likeness", "effective_filters", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "held_out_error"),
    *("elbo", "importance_bound", "cross_entropy", "divergence", "collapsed"),
]


def joined_settings(settings: Sequence[Mapping[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """Return the settings of concatenated features, as text where they differ: "patch + none".

    settings: of each model, or of each view. keys: the columns; the value of one that no model has is None.
    """
    columns: dict[str, Any] = {}
    for key in keys:
        values = [part[key] for part in settings if part.get(key) is not None]
        texts = list(dict.fromkeys(map(as_text, values)))
        plain = len(texts) == 1 and not isinstance(values[0], list)
        columns[key] = values[0] if plain else " + ".join(texts) if texts else None
    return columns
