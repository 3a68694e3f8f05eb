"""The data of the explorer page: every experiment with its settings, models, accuracies and comparisons."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from lib.display_layer import mosaic
from lib.pages.page import plain
from lib.study.experiments import Combination, Study
from lib.study.settings import PIXELS
from lib.words.labels import label_text, setting_names, setting_value
from lib.words.language import _, code, ngettext
from lib.words.names import heading, measures

POINTS = 60  # of a loss that are kept, enough for the curve to look the same
SHOWN = 400  # filters of a model at most
DIGITS = 6  # significant ones of every number
OF_FILTERS = (
    *("units", "oriented_units", "edge_likeness", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "collapsed"),
)
OF_TRAINING = ("loss", "iterations", "iterations_to_settle", "seconds", "device")
OF_ACCURACY = ("classifier", "accuracy", "low", "high", "n_features")
OF_COMPARISON = ("classifier", "accuracy", "accuracy_against", "difference", "low", "high", "p_corrected")


def picture(filters: np.ndarray) -> dict[str, Any]:
    """Return filters (N, D) as a mosaic, a PNG in a data URI: one pixel per weight, transparent gaps of one pixel."""
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


def curve(history: pd.DataFrame) -> dict[str, list[float]] | None:
    """Return iterations, seconds and losses from the first iteration on, or None without any iteration.

    At most `POINTS` rows are kept, spread evenly over the logarithm of the iteration.
    """
    rows = history.iloc[1:]
    if rows.empty:
        return None
    kept = np.unique(np.geomspace(1, len(rows), POINTS).round().astype(int)) - 1
    return {key: [plain(value, 5) for value in rows[key].iloc[kept]] for key in ("iteration", "seconds", "loss")}


@dataclass(frozen=True)
class Fitted:
    """Results of a training: filters (units, D), a table with one row per filter, one with one row per iteration."""

    filters: np.ndarray
    units: pd.DataFrame
    history: pd.DataFrame


def model_data(fitted: Fitted, settings: Mapping[str, Any], measures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of one model. measures: its row of the tables of filters and trainings."""
    filters = fitted.filters[:SHOWN]
    units = fitted.units[["edge_likeness", "mean_activation"]].iloc[: len(filters)]
    return {
        "filters": picture(filters),
        "units": [[plain(value, 3) for value in row] for row in units.itertuples(index=False)],
        "curve": curve(fitted.history),
        "measures": {key: plain(measures[key], DIGITS) for key in (*OF_FILTERS, *OF_TRAINING)},
        "settings": {
            key: setting_value(key, value)
            for key, value in settings.items()
            if key not in ("sample", "normaliser", "network")
        },
    }


def _records(table: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {key: plain(value, DIGITS) for key, value in zip(columns, row, strict=True)}
        for row in table[list(columns)].itertuples(index=False)
    ]


def setting_data(
    study: Study, combination: Combination, places: Mapping[str, int], accuracy: pd.DataFrame, comparisons: pd.DataFrame
) -> dict[str, Any]:
    """Return what the page shows of one setting of an experiment.

    places: of every model in the page's list. accuracy, comparisons: the rows of the setting. ``parts`` has one label
    per model of a repetition, other ones where features of several models are concatenated.
    """
    members = [[places[model] for model, _ in study.features[member]] for member in combination.members]
    label = label_text(combination.label)
    together = [label_text(part) for part in combination.label.together]
    return {
        "label": label,
        "parts": together or [label] * len(members[0]),
        "members": members,
        "accuracy": _records(accuracy, OF_ACCURACY),
        "comparisons": _records(comparisons[comparisons["against"] == PIXELS], OF_COMPARISON),
    }


def experiment_data(
    study: Study, name: str, places: Mapping[str, int], accuracy: pd.DataFrame, comparisons: pd.DataFrame
) -> dict[str, Any]:
    """Return what the page shows of one experiment; settings keep their numbers in the tables.

    places: of every model in the page's list. ``order`` is the order of the settings on the page: from small to large
    where one number varies, which is then the ``axis``.
    """
    combinations = study.experiments[name].combinations
    axis = study.axis(name)
    slides = axis is not None and not any(axis.series) and len(set(axis.values)) == len(combinations)
    accuracy, comparisons = (table[table["experiment"] == name] for table in (accuracy, comparisons))
    repetitions = len(combinations[0].members)
    settings = []
    for number, combination in enumerate(combinations):
        own = (table[table["setting"] == number] for table in (accuracy, comparisons))
        settings.append(setting_data(study, combination, places, *own))
    return {
        "name": name,
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


@dataclass(frozen=True)
class About:
    """What the page says about the study: its title, and the configuration's texts on classifiers and experiments.

    Attributes
    ----------
    title : of the page, in the language in use.
    classifiers : labels by name, as the configuration states them.
    headings : titles and questions of experiments, the result of `lib.words.names.stated_headings`.
    comments : sentences of the author by experiment, with their numbers.
    """

    title: str
    classifiers: Mapping[str, str]
    headings: Mapping[str, Mapping[str, Any]]
    comments: Mapping[str, str] = field(default_factory=dict)


def explorer_data(
    study: Study, fitted: Iterable[tuple[str, Fitted]], tables: Mapping[str, pd.DataFrame], about: About
) -> dict[str, Any]:
    """Return all that the page shows.

    fitted: every model of the study by name. tables: training, filters, accuracy, comparisons.
    """
    training, filters = (tables[name].set_index("model") for name in ("training", "filters"))
    measured = filters.join(training[training.columns.difference(filters.columns)])
    places: dict[str, int] = {}
    models: list[dict[str, Any]] = []
    for name, one in fitted:
        places[name] = len(models)
        models.append(model_data(one, study.models[name].row, measured.loc[name].to_dict()))
    return {
        "title": about.title,
        "language": code(),
        "measures": measures(),
        "settings": setting_names(),
        "classifiers": {name: _(label) for name, label in about.classifiers.items()},
        "models": models,
        "experiments": [
            asdict(heading(name, about.headings))
            | {"comment": about.comments.get(name, "")}
            | experiment_data(study, name, places, tables["accuracy"], tables["comparisons"])
            for name in study.experiments
        ],
    }
