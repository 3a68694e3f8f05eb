"""Tables with one row per model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.evaluation.thresholds import COLLAPSED, COLOUR, CONSTANT, FRACTION, ORIENTED
from lib.tabulation.columns import CHECK_COLUMNS, FILTER_COLUMNS, MODEL_COLUMNS, TRAINING_COLUMNS, joined_settings


def summary(layers: pd.DataFrame) -> dict[str, Any]:
    """Return constant and dead units of all hidden layers, explained variance, and whether a layer has collapsed.

    layers: one row per hidden layer, with the results of `measure_layer` and the model's explained_variance.
    """
    return {
        "constant_units": int(layers["constant_units"].sum()),
        "dead_units": int(layers["dead_units"].sum()),
        "explained_variance": float(layers["explained_variance"].iloc[0]),
        "collapsed": bool((layers["constant_units"] >= COLLAPSED * layers["units"]).any()),
    }


def training_table(facts: Mapping[str, Mapping[str, Any]], histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per model from what its training recorded (settings, device, iterations, loss, seconds).

    facts and histories: by model. The columns to_fraction are the iterations and seconds after which the loss had
    made `FRACTION` of its decrease.
    """
    rows = []
    for name, fact in facts.items():
        reached = time_to_fraction(histories[name]) if len(histories[name]) else (None, None)
        rows.append(
            joined_settings([fact["settings"]], MODEL_COLUMNS)
            | {key: fact.get(key) for key in ("device", "iterations", "evaluations", "loss", "seconds")}
            | {"iterations_to_fraction": reached[0], "seconds_to_fraction": reached[1], "model": name}
        )
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS).astype({"iterations_to_fraction": "Int64"})


def time_to_fraction(history: pd.DataFrame, fraction: float = FRACTION) -> tuple[int, float]:
    """Return the iterations and seconds after which the loss had made this fraction of its whole decrease.

    history: columns iteration, loss and seconds; row 0 is the start.
    """
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    row = history[first - history["loss"] >= fraction * (first - last)].iloc[0]
    return int(row["iteration"]), float(row["seconds"])


def filter_table(
    filters: Mapping[str, pd.DataFrame], layers: Mapping[str, pd.DataFrame], settings: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Return one row per model: its filters, how many are oriented, means over units, and the `summary` of its layers.

    Oriented filters have an edge-likeness of at least `ORIENTED` and belong to a unit that is not constant: filters of
    collapsed networks still have the form of edges, with weights close to 0. colour_units are the oriented filters with
    at least `COLOUR` of their energy in opponent colours, missing for grey images.
    """
    rows = []
    for name, table in filters.items():
        likeness, colour = table["edge_likeness"], table["colour_share"]
        oriented = (likeness >= ORIENTED) & (table["activation_std"] >= CONSTANT)
        rows.append(
            joined_settings([settings[name]], MODEL_COLUMNS)
            | {
                "model": name,
                "units": len(table),
                "oriented_units": int(oriented.sum()),
                "colour_units": None if colour.isna().all() else int((oriented & (colour >= COLOUR)).sum()),
                "edge_likeness": likeness.mean(),
                "mean_activation": table["mean_activation"].mean(),
            }
            | summary(layers[name])
        )
    return pd.DataFrame(rows, columns=FILTER_COLUMNS).astype({"colour_units": "Int64"})


def check_table(checks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per gradient check of all networks; no row where no learner has a gradient to check."""
    return pd.concat(checks) if checks else pd.DataFrame(columns=CHECK_COLUMNS)
