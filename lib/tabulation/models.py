"""Tables with one row per model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lib.evaluation.thresholds import COLLAPSED, FRACTION
from lib.tabulation.columns import CHECK_COLUMNS, FILTER_COLUMNS, MODEL_COLUMNS, TRAINING_COLUMNS, side_by_side

if TYPE_CHECKING:
    import pandas as pd


from collections.abc import Sequence

import pandas as pd

from lib.evaluation.thresholds import CONSTANT, ORIENTED


def summary(layers: pd.DataFrame) -> dict[str, Any]:
    """Constant and dead units of all hidden layers together, explained variance, and whether a layer has collapsed.

    layers: a row a hidden layer with the results of `measure_layer` and the model's explained_variance.
    """
    return {
        "constant_units": int(layers["constant_units"].sum()),
        "dead_units": int(layers["dead_units"].sum()),
        "explained_variance": float(layers["explained_variance"].iloc[0]),
        "collapsed": bool((layers["constant_units"] >= COLLAPSED * layers["units"]).any()),
    }


def training_table(facts: dict[str, dict[str, Any]], histories: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a model from what its training recorded (settings, device, iterations, loss, seconds).

    The columns to_fraction say when `FRACTION` of the improvement of the loss was reached.
    """
    rows = []
    for name, fact in facts.items():
        reached = time_to_fraction(histories[name]) if len(histories[name]) else (None, None)
        rows.append(
            side_by_side([fact["settings"]], MODEL_COLUMNS)
            | {key: fact.get(key) for key in ("device", "iterations", "evaluations", "loss", "seconds")}
            | {"iterations_to_fraction": reached[0], "seconds_to_fraction": reached[1], "model": name}
        )
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS).astype({"iterations_to_fraction": "Int64"})


def time_to_fraction(history: pd.DataFrame, fraction: float = FRACTION) -> tuple[int, float]:
    """Iterations and seconds after which the loss has made this fraction of its whole improvement.

    history: columns iteration, loss and seconds, row 0 the start.
    """
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    row = history[first - history["loss"] >= fraction * (first - last)].iloc[0]
    return int(row["iteration"]), float(row["seconds"])


def filter_table(
    filters: dict[str, pd.DataFrame], layers: dict[str, pd.DataFrame], settings: dict[str, dict[str, Any]]
) -> pd.DataFrame:
    """Return one row per model: filters of the first layer, how many are oriented, means over units, all layers.

    Oriented filters have an edge-likeness of at least `ORIENTED` and belong to a unit that is not constant: collapsed
    networks keep the form of edges at vanishing strength. The columns from constant_units on are from `summary`.
    """
    rows = []
    for name, table in filters.items():
        likeness = table["edge_likeness"]
        rows.append(
            side_by_side([settings[name]], MODEL_COLUMNS)
            | {
                "model": name,
                "units": len(table),
                "oriented_units": int(((likeness >= ORIENTED) & (table["activation_std"] >= CONSTANT)).sum()),
                "edge_likeness": likeness.mean(),
                "mean_activation": table["mean_activation"].mean(),
            }
            | summary(layers[name])
        )
    return pd.DataFrame(rows, columns=FILTER_COLUMNS)


def check_table(checks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per gradient check of all networks; no row where no learner has a gradient to check."""
    return pd.concat(checks) if checks else pd.DataFrame(columns=CHECK_COLUMNS)
