"""The data of the explorer page: every experiment with its settings, models, measures, accuracies and comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import isqrt
from typing import Any

import numpy as np
import pandas as pd

from lib.pages import sprites
from lib.pages.page import plain
from lib.sample_patches import side_of
from lib.study.learners import is_random_network
from lib.study.settings import DEFAULT, Model
from lib.study.single_setting import Origin, study_file
from lib.study.study import Axis, Combination, Features, Study
from lib.words.labels import label_text, setting_names, setting_value
from lib.words.language import _, code, ngettext
from lib.words.names import Heading, heading, measures, network_measures

POINTS = 60  # of a loss that are kept, enough for the curve to look the same
SHOWN = 400  # units of a layer at most
CLASSES = 40  # of a confusion matrix at most: a larger one cannot be read
OF_FILTERS = (
    *("units", "oriented_units", "edge_likeness", "effective_filters", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "held_out_error", "collapsed"),
)
OF_TRAINING = ("loss", "iterations", "iterations_to_settle", "seconds", "device")
OF_UNITS = ("edge_likeness", "mean_activation", "colour_share")
OF_ACCURACY = ("classifier", "accuracy", "low", "high", "n_features")
OF_COMPARISON = ("classifier", "rival", "accuracy", "accuracy_against", "difference", "low", "high", "p_corrected")
OF_NETWORKS = (
    *("setting", "classifier", "parameters", "multiply_adds", "training_accuracy", "validation_accuracy", "accuracy"),
    *("gap", "f1_macro", "f1_low", "f1_high", "epochs", "updates", "seconds"),
)
OF_MEANS = ("setting", "mean", "low", "high")


@dataclass(frozen=True)
class Examples:
    """What the units of all layers of a model respond to.

    Attributes
    ----------
    images : (images, D) uint8, the same for every model whose images have the same size.
    patches : raw patches that excite each unit most (units, count, d) uint8.
    maps : activations on a grid of patches of the images (units, images, rows, columns).
    templates : the oriented template that fits each filter of the first layer best (units of the layer, d).
    stride : pixels from one patch of the grid to the next.
    """

    images: np.ndarray
    patches: np.ndarray
    maps: np.ndarray
    templates: np.ndarray
    stride: int


@dataclass(frozen=True)
class Fitted:
    """Results of a training.

    Attributes
    ----------
    filters : of the first layer (units, D).
    units : one row per filter.
    history : one row per iteration, none for a learner that records none.
    responses : the mean patch that excites each unit of all layers (units, D).
    reconstructions : patches and their reconstructions (2, N, D); (0, 0, D) for a learner that does not reconstruct.
    examples : of what the units respond to, None for a model whose units are not shown.
    """

    filters: np.ndarray
    units: pd.DataFrame
    history: pd.DataFrame
    responses: np.ndarray
    reconstructions: np.ndarray
    examples: Examples | None = None


def curve(history: pd.DataFrame) -> dict[str, list[float]] | None:
    """Return iterations, seconds and losses from the first iteration on, or None without any iteration.

    Losses and seconds that are not positive are left out. At most `POINTS` rows are kept, spread evenly over the
    logarithm of the iteration.
    """
    rows = history.iloc[1:]
    rows = rows[(rows[["seconds", "loss"]] > 0).all(axis=1)]  # both axes are logarithmic
    if rows.empty:
        return None
    kept = np.unique(np.geomspace(1, len(rows), POINTS).round().astype(int)) - 1
    return {key: [plain(value, 5) for value in rows[key].iloc[kept]] for key in ("iteration", "seconds", "loss")}


def exemplified(study: Study) -> set[str]:
    """Return the models whose units and reconstructions are shown: of every setting the first repetition."""
    first = [one.members[0] for experiment in study.experiments.values() for one in experiment.combinations]
    return {model for member in first for model, _view in study.features[member]}


def _of_layers(values: np.ndarray, layers: Sequence[int]) -> list[np.ndarray]:
    """Return the rows of the units of each layer, at most `SHOWN`, from the rows of all layers in order."""
    return [part[:SHOWN] for part in np.split(values, np.cumsum(layers)[:-1])]


def layer_pictures(fitted: Fitted, layers: Sequence[int]) -> list[dict[str, Any]]:
    """Return one picture per layer: the filters of the first, and what excites the units of deeper ones on average."""
    deeper = _of_layers(fitted.responses, layers)[1:]
    return [asdict(sprites.exact(tiles)) for tiles in (fitted.filters[:SHOWN], *deeper)]


def example_data(examples: Examples, layers: Sequence[int]) -> dict[str, Any]:
    """Return what the page shows of the units of a model: sprites by layer, and by image where they are maps.

    ``ranges`` has the smallest and largest activation of every unit by layer and image. ``inset`` and ``extent`` say
    where in the image the map begins and how long it is, as shares of the image's side.
    """
    maps = _of_layers(examples.maps, layers)
    images = range(len(examples.images))
    side, patch = _side(examples.images.shape[-1]), _side(examples.patches.shape[-1])
    return {
        "count": examples.patches.shape[1],
        "patches": [asdict(sprites.patches_of_units(part)) for part in _of_layers(examples.patches, layers)],
        "templates": asdict(sprites.smooth(examples.templates[:SHOWN])),
        "maps": [[asdict(sprites.maps_of_units(part[:, image])) for image in images] for part in maps],
        "ranges": [[_ranges(part[:, image]) for image in images] for part in maps],
        "inset": plain((patch - examples.stride) / 2 / side, 4),
        "extent": plain(examples.maps.shape[-1] * examples.stride / side, 4),
    }


def _side(width: int) -> int:
    """Return the side of square images with so many values: 3 s^2 is never a square, so one channel or three fit."""
    return side_of(width, 1 if isqrt(width) ** 2 == width else 3)


def _ranges(maps: np.ndarray) -> list[list[float]]:
    """Return the smallest and the largest value of every map (units, rows, columns)."""
    return [[plain(float(one.min()), 3), plain(float(one.max()), 3)] for one in maps]


def model_data(fitted: Fitted, model: Model, measures: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page shows of one model. measures: its row of the tables of filters and trainings."""
    units = fitted.units[list(OF_UNITS)].iloc[:SHOWN]
    examples = fitted.examples
    reconstructions = sprites.reconstructions(fitted.reconstructions) if examples else None
    return {
        "layers": layer_pictures(fitted, model.layers),
        "sizes": list(model.layers),
        "units": [[plain(value, 3) for value in row] for row in units.itertuples(index=False)],
        "curve": curve(fitted.history),
        "measures": {key: plain(measures[key]) for key in (*OF_FILTERS, *OF_TRAINING)},
        "settings": {key: setting_value(key, value) for key, value in model.row.items()},
        "examples": example_data(examples, model.layers) if examples else None,
        "reconstructions": asdict(reconstructions) if reconstructions else None,
    }


def _records(table: pd.DataFrame, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {key: plain(value) for key, value in zip(columns, row, strict=True)}
        for row in table[list(columns)].itertuples(index=False)
    ]


@dataclass(frozen=True)
class Results:
    """Tables of a study, and where the page has what they name.

    Attributes
    ----------
    tables : accuracy, comparisons, measures, and networks if classifiers train some.
    confusions : counts (K, K), true by predicted class, by model or pixels, view and classifier.
    places : numbers of the models in the page's list.
    """

    tables: Mapping[str, pd.DataFrame]
    confusions: Mapping[tuple[str, str, str], np.ndarray]
    places: Mapping[str, int]

    def of(self, table: str, experiment: str, setting: int | None = None) -> pd.DataFrame:
        """Return the rows of a table that belong to an experiment, or to one of its settings."""
        found = self.tables[table]
        chosen = found["experiment"] == experiment
        return found[chosen if setting is None else chosen & (found["setting"] == setting)]


def confusions(table: pd.DataFrame, classes: int) -> dict[tuple[str, str, str], np.ndarray]:
    """Return the counts (classes, classes) of the table of confusions by model or pixels, view and classifier.

    The result is {} for more than `CLASSES` classes.
    """
    if classes > CLASSES:
        return {}
    groups = table.groupby(["model", "view", "classifier"], sort=False)["count"]
    return {key: counts.to_numpy().reshape(classes, classes) for key, counts in groups}


def _confusion(results: Results, members: Sequence[Features], classifiers: Sequence[str]) -> dict[str, Any]:
    """Return the confusions of a setting by classifier, summed over its repetitions, row by row."""
    found = {}
    for classifier in classifiers:
        keys = [(*member, classifier) for member in members]
        if all(key in results.confusions for key in keys):
            found[classifier] = np.sum([results.confusions[key] for key in keys], axis=0).tolist()
    return found


def setting_data(study: Study, name: str, number: int, results: Results, origin: Origin) -> dict[str, Any]:
    """Return what the page shows of one setting of an experiment.

    ``parts`` has one label per model of a repetition, other ones where features of several models are concatenated;
    ``views`` has the settings of their features, ``layers`` the layers that they come from, and ``file`` is the study
    file that gives the setting alone.
    """
    combination = study.experiments[name].combinations[number]
    first = study.features[combination.members[0]]
    label = label_text(combination.label)
    together = [label_text(part) for part in combination.label.together]
    comparisons = results.of("comparisons", name, number)
    return {
        "label": label,
        "parts": together or [label] * len(first),
        "members": [[results.places[model] for model, _ in study.features[member]] for member in combination.members],
        "layers": [study.views[view].layer for _, view in first],
        "views": [
            {key: setting_value(key, value) for key, value in asdict(study.views[view]).items()} for _, view in first
        ],
        "accuracy": _records(results.of("accuracy", name, number), OF_ACCURACY),
        "comparisons": _records(comparisons[comparisons["rival"].isin(["pixels", "first"])], OF_COMPARISON),
        "confusion": _confusion(results, combination.members, study.experiments[name].classifiers),
        "file": study_file(study, name, number, origin),
    }


def _order(axis: Axis | None, combinations: Sequence[Combination]) -> tuple[bool, list[int]]:
    """Return whether one number varies and nothing else, and the order of the settings on the page."""
    if axis and not any(axis.series) and len(set(axis.values)) == len(combinations):
        return True, [int(place) for place in np.argsort(axis.values, kind="stable")]
    return False, list(range(len(combinations)))


def experiment_data(study: Study, name: str, results: Results, origin: Origin) -> dict[str, Any]:
    """Return what the page shows of one experiment; settings keep their numbers in the tables.

    ``order`` is the order of the settings on the page: from small to large where one number varies, which is then the
    ``axis``. ``means`` has the means of the measures over the repetitions of the settings, and ``networks`` those of
    the networks that classifiers train. ``untrained`` says whether only classifiers train the models, so that their
    filters, reconstructions and measures say nothing.
    """
    combinations = study.experiments[name].combinations
    axis = study.axis(name)
    slides, order = _order(axis, combinations)
    repetitions = len(combinations[0].members)
    means = results.of("measures", name).groupby("measure", sort=False)
    accuracy = results.of("accuracy", name)
    return {
        "name": name,
        "axis": {"key": axis.key, "values": axis.values} if axis and slides else None,
        "order": order,
        "settings": [setting_data(study, name, number, results, origin) for number in range(len(combinations))],
        "means": {measure: _records(rows, OF_MEANS) for measure, rows in means},
        "repeated": ngettext("Means over {count} repetition.", "Means over {count} repetitions.", repetitions).format(
            count=repetitions
        ),
        "mean_of": ngettext("mean of {count} repetition", "mean of {count} repetitions", repetitions).format(
            count=repetitions
        ),
        "pixels": _records(accuracy[accuracy["setting"] < 0], OF_ACCURACY),
        "networks": _networks(results, name),
        "untrained": _learns_from_labels(study, name),
    }


def _networks(results: Results, name: str) -> list[dict[str, Any]]:
    """Return the numbers of the networks that classifiers of an experiment train, but for those on pixels."""
    if "networks" not in results.tables:
        return []
    rows = results.of("networks", name)
    return _records(rows[rows["setting"] >= 0], OF_NETWORKS)


def _learns_from_labels(study: Study, name: str) -> bool:
    """Return whether the models of an experiment are networks with random weights, which all its classifiers train."""
    found = study.experiments[name]
    members = {member for one in found.combinations for member in one.members}
    models = {model for member in members for model, _view in study.features[member]}
    trained = bool(found.classifiers) and set(found.classifiers) == set(study.networks_of(name))
    return trained and all(is_random_network(study.models[model]) for model in models)


@dataclass(frozen=True)
class About:
    """What the page says about the study.

    Attributes
    ----------
    title : of the page, in the language in use.
    origin : what the study files of single settings start from.
    classifiers : labels by name, as the configuration states them.
    headings : titles and questions of experiments, the result of `lib.words.names.stated_headings`.
    comments : sentences of the author by experiment, with their numbers.
    answers : one sentence by experiment, HTML, that answers its question.
    """

    title: str
    origin: Origin
    classifiers: Mapping[str, str]
    headings: Mapping[str, Mapping[str, Any]]
    comments: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)


def _heading(study: Study, name: str, about: About) -> Heading:
    """Return title and question of an experiment; the default network of a study on networks learns from labels."""
    if name == DEFAULT and study.learns_from_labels:
        return Heading(_("Default network"), _("How accurate is the default network, compared with pixels?"))
    return heading(name, about.headings)


def explorer_data(
    study: Study, fitted: Iterable[tuple[str, Fitted]], tables: Mapping[str, pd.DataFrame], about: About
) -> dict[str, Any]:
    """Return all that the page shows, without measures that no model has.

    fitted: every model of the study by name. tables: training, filters, measures, accuracy, comparisons, confusion, and
    networks if classifiers train some.
    """
    training, filters = (tables[name].set_index("model") for name in ("training", "filters"))
    measured = filters.join(training[training.columns.difference(filters.columns)])
    places: dict[str, int] = {}
    models: list[dict[str, Any]] = []
    images: dict[bytes, list[str]] = {}  # of each size once
    for name, one in fitted:
        places[name] = len(models)
        models.append(model_data(one, study.models[name], measured.loc[name].to_dict()))
        if one.examples:
            key = one.examples.images.tobytes()
            images.setdefault(key, [sprites.photograph(image) for image in one.examples.images])
            models[-1]["examples"]["images"] = list(images).index(key)
    classes = list(dict.fromkeys(tables["confusion"]["true"]))
    results = Results(tables, confusions(tables["confusion"], len(classes)), places)
    return {
        "title": about.title,
        "language": code(),
        "measures": {
            key: words for key, words in measures().items() if key in measured and measured[key].notna().any()
        },
        "network_measures": network_measures(),
        "settings": setting_names(),
        "classifiers": {name: _(label) for name, label in about.classifiers.items()},
        "classes": [_(str(name)) for name in classes],
        "images": list(images.values()),
        "models": models,
        "experiments": [
            asdict(_heading(study, name, about))
            | {"comment": about.comments.get(name, ""), "answer": about.answers.get(name, "")}
            | experiment_data(study, name, results, about.origin)
            for name in study.experiments
        ],
    }
