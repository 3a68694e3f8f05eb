"""What the explorer page shows: every experiment with its settings, models, accuracies and comparisons."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lib.display_layer import mosaic
from lib.pages.page import plain
from lib.study.experiments import Combination, Study
from lib.study.settings import DEFAULT, PIXELS, as_text, setting_text
from lib.words import names
from lib.words.language import _, code, ngettext

POINTS = 60  # of a loss that are kept: the curve looks the same
SHOWN = 400  # filters of a model at most
DIGITS = 6  # significant ones of every number
OF_FILTERS = (
    *("units", "oriented_units", "edge_likeness", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "collapsed"),
)
OF_TRAINING = ("loss", "iterations", "iterations_to_fraction", "seconds", "device")
OF_ACCURACY = ("classifier", "accuracy", "low", "high", "n_features")
OF_COMPARISON = ("classifier", "accuracy", "accuracy_against", "difference", "low", "high", "p_corrected")


def picture(filters: np.ndarray) -> dict[str, Any]:
    """Filters (N, D) as a mosaic with one pixel a weight and transparent gaps of one pixel, in a PNG as data URI."""
    gaps = mosaic(np.zeros(filters.shape, dtype=np.uint8), scale="none", magnify=1, separator=1)[..., :1]
    image = np.concatenate([mosaic(filters, magnify=1, separator=1), 255 - gaps], axis=2)
    image[gaps[..., 0] > 0] = 0
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG", optimize=True)
    columns = int(np.ceil(np.sqrt(len(filters))))
    return {
        "source": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}",
        "width": image.shape[1],
        "height": image.shape[0],
        "columns": columns,
        "tile": (image.shape[1] - 1) // columns,
        "shown": len(filters),
    }


def course(history: pd.DataFrame) -> dict[str, list[float]] | None:
    """Iterations, seconds and losses from the first iteration on, at most `POINTS` spread over its logarithm."""
    rows = history.iloc[1:]
    if rows.empty:
        return None
    kept = np.unique(np.geomspace(1, len(rows), POINTS).round().astype(int)) - 1
    return {key: [plain(value, 5) for value in rows[key].iloc[kept]] for key in ("iteration", "seconds", "loss")}


@dataclass
class Fitted:
    """What a training left: filters (units, D), a table with one row per filter, one with one row per iteration."""

    filters: np.ndarray
    units: pd.DataFrame
    history: pd.DataFrame


def model_data(fitted: Fitted, settings: Mapping[str, Any], measures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of one model. measures: its row of the tables."""
    filters = fitted.filters[:SHOWN]
    units = fitted.units[["edge_likeness", "mean_activation"]].iloc[: len(filters)]
    return {
        "filters": picture(filters),
        "units": [[plain(value, 3) for value in row] for row in units.itertuples(index=False)],
        "course": course(fitted.history),
        "measures": {key: plain(measures[key], DIGITS) for key in (*OF_FILTERS, *OF_TRAINING)},
        "settings": {
            key: names.value(key, as_text(settings[key]))
            for key in settings
            if key not in ("sample", "normaliser", "network")
        },
    }


def spoken(key: str, value: Any) -> str:
    """A setting as it stands in the name of a combination, in the language in use."""
    text = as_text(value)
    if isinstance(value, bool):
        return f"{names.settings().get(key, key.replace('_', ' '))}: {names.value(key, text)}"
    if key in names.numbers() and not (key == "hidden" and len(value) > 1):
        return names.numbers()[key].format(value=text)
    return names.value(key, text)


def label_of(combination: Combination) -> str:
    """The label of a combination in the language in use: its parts are translated one by one."""
    parts = {
        setting_text(key, one): spoken(key, one)
        for key, value in combination.settings.items()
        for one in (value if isinstance(value, tuple) else (value,))
    } | {DEFAULT: _("default")}
    return ", ".join(
        " + ".join(parts.get(one, one) for one in part.split(" + ")) for part in combination.label.split(", ")
    )


def _records(table: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {key: plain(value, DIGITS) for key, value in zip(columns, row, strict=True)}
        for row in table[list(columns)].itertuples(index=False)
    ]


def experiment_data(
    study: Study, name: str, numbers: Mapping[str, int], accuracy: pd.DataFrame, comparisons: pd.DataFrame
) -> dict[str, Any]:
    """What the page shows of one experiment; settings keep their numbers in the tables.

    numbers: place of every model in the page's list. ``order`` is that of the settings on the page: from small
    to large where one number varies, which is then the ``axis``.
    """
    combinations = study.experiments[name].combinations
    axis = study.axis(name)
    slides = axis is not None and not any(axis.series) and len(set(axis.values)) == len(combinations)
    accuracy, comparisons = (table[table["experiment"] == name] for table in (accuracy, comparisons))
    repetitions = len(combinations[0].members)
    settings = [
        {
            "label": label_of(combination),
            "members": [[numbers[model] for model, _ in study.features[member]] for member in combination.members],
            "accuracy": _records(accuracy[accuracy["setting"] == number], OF_ACCURACY),
            "comparisons": _records(
                comparisons[(comparisons["setting"] == number) & (comparisons["against"] == PIXELS)], OF_COMPARISON
            ),
        }
        for number, combination in enumerate(combinations)
    ]
    return {
        "name": name,
        **names.experiment(name),
        "axis": {"key": axis.key, "values": axis.values} if axis and slides else None,
        "order": [int(place) for place in np.argsort(axis.values, kind="stable")]
        if axis and slides
        else list(range(len(combinations))),
        "settings": settings,
        "means": ngettext("Means over {count} repetition.", "Means over {count} repetitions.", repetitions).format(
            count=repetitions
        ),
        "pixels": _records(accuracy[accuracy["setting"] < 0], OF_ACCURACY),
    }


def explorer_data(
    study: Study,
    fitted: Iterable[tuple[str, Fitted]],
    tables: Mapping[str, pd.DataFrame],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """All that the page shows.

    fitted: every model of the study by name. tables: training, filters, accuracy, comparisons. about: title
    and labels of the classifiers by name.
    """
    training, filters = (tables[name].set_index("model") for name in ("training", "filters"))
    measures = filters.join(training[training.columns.difference(filters.columns)])
    numbers: dict[str, int] = {}
    models: list[dict[str, Any]] = []
    for name, one in fitted:
        numbers[name] = len(models)
        models.append(model_data(one, study.models[name], measures.loc[name].to_dict()))
    return {
        "title": about["title"],
        "language": code(),
        "measures": names.measures(),
        "settings": names.settings(),
        "classifiers": {name: _(label) for name, label in about["classifiers"].items()},
        "models": models,
        "experiments": [
            experiment_data(study, name, numbers, tables["accuracy"], tables["comparisons"])
            for name in study.experiments
        ],
    }
