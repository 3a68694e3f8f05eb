"""Tables with one row per model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.thresholds import ALIKE, COLLAPSED, COLOUR, CONSTANT, ORIENTED, SETTLED, last_iterations
from lib.tabulation.columns import CHECK_COLUMNS, FILTER_COLUMNS, MODEL_COLUMNS, TRAINING_COLUMNS, joined_settings

BOUNDS = ("elbo", "importance_bound", "cross_entropy", "divergence")  # of the likelihood of test images


def summary(layers: pd.DataFrame) -> dict[str, Any]:
    """Return constant and dead units of all layers, measures of the reconstruction, and whether a layer has collapsed.

    layers: one row per hidden layer, with the results of `measure_layer` and the model's explained_variance and
    held_out_error, and of a learner that gives images a likelihood also the columns `BOUNDS`.
    """
    return {
        "constant_units": int(layers["constant_units"].sum()),
        "dead_units": int(layers["dead_units"].sum()),
        "explained_variance": float(layers["explained_variance"].iloc[0]),
        "held_out_error": float(layers["held_out_error"].iloc[0]),
        **{key: float(layers[key].iloc[0]) for key in BOUNDS if key in layers},
        "collapsed": bool(
            ((layers["constant_units"] >= COLLAPSED * layers["units"]) | (layers["effective_units"] < ALIKE)).any()
        ),
    }


def training_table(facts: Mapping[str, Mapping[str, Any]], histories: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row per model from what its training recorded, with what its history says about convergence.

    facts and histories: by model. The columns from the history are missing for a learner that records none.
    """
    rows = []
    for name, fact in facts.items():
        rows.append(
            joined_settings([fact["settings"]], MODEL_COLUMNS)
            | {key: fact.get(key) for key in ("device", "iterations", "evaluations", "loss", "seconds", "message")}
            | convergence_of(histories[name])
            | {"model": name}
        )
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS).astype({"iterations_to_settle": "Int64"})


def convergence_of(history: pd.DataFrame) -> dict[str, Any]:
    """Return the last reconstruction error of a training, and measures of its convergence.

    history: columns iteration, loss, reconstruction and seconds; row 0 is the start. The result is {} for a history
    without rows.

    - reconstruction: the last reconstruction error.
    - relative_change: (J_a - J_n) / J_n for the losses J_a and J_n after the iterations a = n - `last_iterations` (n)
      and n, the last; missing without iterations or if J_n is 0.
    - iterations_to_settle, seconds_to_settle: iterations and seconds after which the reconstruction error stays
      within the share `SETTLED` of its last value; missing for an objective without terms.
    """
    if history.empty:
        return {}
    loss, error = history["loss"].to_numpy(), history["reconstruction"].to_numpy()
    found: dict[str, Any] = {"reconstruction": error[-1]}
    last = len(history) - 1
    if last and loss[-1]:
        found["relative_change"] = (loss[last - last_iterations(last)] - loss[-1]) / loss[-1]
    if np.isfinite(error[-1]):
        outside = np.flatnonzero(np.abs(error - error[-1]) > SETTLED * error[-1])
        row = history.iloc[outside[-1] + 1 if len(outside) else 0]
        found |= {"iterations_to_settle": int(row["iteration"]), "seconds_to_settle": float(row["seconds"])}
    return found


def filter_table(
    filters: Mapping[str, pd.DataFrame], layers: Mapping[str, pd.DataFrame], settings: Mapping[str, Mapping[str, Any]]
) -> pd.DataFrame:
    """Return one row per model: its filters, how many are oriented, means over units, and the `summary` of its layers.

    Oriented filters have an edge-likeness of at least `ORIENTED` and belong to a unit that is not constant: filters of
    collapsed networks still have the form of edges, with weights close to 0. colour_units are the oriented filters with
    at least `COLOUR` of their energy in opponent colours, missing for grey images. Both numbers and the edge-likeness
    are missing for filters that are too small to tell an edge from noise. effective_filters is the effective number of
    the filters of units that are not constant, see `lib.evaluation.edges.overlap`; it is 0 where every unit is.
    """
    rows = []
    for name, table in filters.items():
        likeness, colour, overlap = table["edge_likeness"], table["colour_share"], table["overlap"].dropna()
        oriented = (likeness >= ORIENTED) & (table["activation_std"] >= CONSTANT)
        unknown = likeness.isna().all()
        rows.append(
            joined_settings([settings[name]], MODEL_COLUMNS)
            | {
                "model": name,
                "units": len(table),
                "oriented_units": None if unknown else int(oriented.sum()),
                "colour_units": None if unknown or colour.isna().all() else int((oriented & (colour >= COLOUR)).sum()),
                "edge_likeness": likeness.mean(),
                "effective_filters": 1 / overlap.mean() if len(overlap) else 0.0,
                "mean_activation": table["mean_activation"].mean(),
            }
            | summary(layers[name])
        )
    return pd.DataFrame(rows, columns=FILTER_COLUMNS).astype({"oriented_units": "Int64", "colour_units": "Int64"})


def check_table(checks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per gradient check of all networks; no row where no learner has a gradient to check."""
    return pd.concat(checks) if checks else pd.DataFrame(columns=CHECK_COLUMNS)
