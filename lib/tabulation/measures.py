"""The table of measures: what the models of every setting are like, over all repetitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.repetitions import mean_of
from lib.evaluation.scores import holm
from lib.study.comments import OF_MODELS
from lib.study.study import Study, single_models

_OF_FILTERS = (
    "edge_likeness",
    "mean_activation",
    "explained_variance",
    "held_out_error",
    "elbo",
    "importance_bound",
    "collapsed",
)  # columns of a table
_OF_TRAINING = (
    *("loss", "reconstruction", "iterations", "seconds", "relative_change"),
    *("iterations_to_settle", "seconds_to_settle"),
)
SHARES = (  # in [0, 1]
    *("oriented_share", "colour_share", "edge_likeness", "effective_share"),
    *("dead_share", "constant_share", "collapsed"),
)
MEASURE_COLUMNS = [
    *("experiment", "setting", "label", "measure", "repetitions", "mean", "low", "high"),
    *("difference", "difference_low", "difference_high", "p_value", "p_corrected", "comparisons"),
]


def model_measures(study: Study, filters: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Return the measures `OF_MODELS` (columns, float64) of every model (index), missing where a model has none.

    filters, training: the tables of these names. The shares of oriented, of opponent-colour and of effective filters
    are of the units of the first layer, and those of dead and of constant units are of the units of all layers.
    """
    filters, training = filters.set_index("model"), training.set_index("model")
    units = pd.Series({name: sum(model.layers) for name, model in study.models.items()})
    found = {
        "oriented_share": filters["oriented_units"] / filters["units"],
        "colour_share": filters["colour_units"] / filters["units"],
        "effective_share": filters["effective_filters"] / filters["units"],
        "dead_share": filters["dead_units"] / units,
        "constant_share": filters["constant_units"] / units,
    }
    found |= {key: filters[key] for key in _OF_FILTERS if key in filters}
    found |= {key: training[key] for key in _OF_TRAINING if key in training}
    return pd.DataFrame({key: found[key].astype("Float64").astype(np.float64) for key in OF_MODELS if key in found})


def measure_table(study: Study, filters: pd.DataFrame, training: pd.DataFrame) -> pd.DataFrame:
    """Return one row per experiment, setting and measure: its mean over the repetitions, and how it differs.

    filters, training: the tables of these names, one row per model. Settings that concatenate the features of several
    models have no row, nor has a measure that a model of the setting does not have. The interval of the mean is
    Student's; that of a share is clipped to [0, 1]. The difference is from setting 0, paired by repetition. p-values
    are corrected by Holm's method for the number of ``comparisons`` of one experiment and measure; settings with the
    same models, which differ in their features alone, count once, and those with the models of setting 0 do not count.
    """
    measures = model_measures(study, filters, training)
    rows = []
    for name, experiment in study.experiments.items():
        models = [single_models(study, combination) for combination in experiment.combinations]
        for measure in measures:
            values = [None if of is None else measures.loc[list(of), measure].to_numpy() for of in models]
            settings = [number for number, found in enumerate(values) if found is not None and _is_known(found)]
            family = [
                {"experiment": name, "setting": setting, "label": str(study.label(name, setting)), "measure": measure}
                | _mean(values[setting], measure in SHARES)
                | (_difference(values[setting], values[0]) if setting and settings[0] == 0 else {})
                for setting in settings
            ]
            rows += _corrected(family, models)
    return pd.DataFrame(rows, columns=MEASURE_COLUMNS).astype({"comparisons": "Int64"})


def _is_known(values: np.ndarray) -> bool:
    return not np.isnan(values).any()


def _mean(values: Any, share: bool) -> dict[str, float]:
    """Return the mean of a measure (R,) over the repetitions, with its interval."""
    mean = mean_of(values)
    low, high = np.clip([mean.low, mean.high], 0, 1) if share else (mean.low, mean.high)
    return {"repetitions": len(values), "mean": mean.value, "low": float(low), "high": float(high)}


def _difference(values: Any, first: Any) -> dict[str, float]:
    """Return the difference of a measure (R,) from that of setting 0 in the same repetitions."""
    found = mean_of(values - first)
    interval = {"difference_low": found.low, "difference_high": found.high}
    return {"difference": found.value, **interval, "p_value": found.p_value}


def _corrected(rows: list[dict[str, Any]], models: Sequence[tuple[str, ...] | None]) -> list[dict[str, Any]]:
    """Return the rows of one experiment and measure with corrected p-values and the number of comparisons.

    models: of every setting of the experiment.
    """
    compared = {models[row["setting"]]: row["p_value"] for row in rows if not np.isnan(row.get("p_value", np.nan))}
    compared.pop(models[0], None)
    corrected = dict(zip(compared, holm(list(compared.values())), strict=True))
    return [
        row | {"p_corrected": corrected[models[row["setting"]]], "comparisons": len(corrected)}
        if models[row["setting"]] in corrected
        else row
        for row in rows
    ]
