"""The jobs of a study, and what its experiments compare."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from lib.study.comparisons import ACCURACY, ERROR, Cell, Comparison, cells_of, cells_of_models
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.learners import LEARNERS, is_random_network, used
from lib.study.settings import (
    DEFAULT,
    PIXELS,
    UNIT_SETTINGS,
    Classifier,
    Model,
    View,
    as_text,
)

Features = tuple[str, str]  # model and view


class Axis(NamedTuple):
    """A number that varies, its value in each combination, and what else sets each apart, None for nothing."""

    key: str
    values: list[float]
    series: list[Label | None]


@dataclass
class Combination:
    """One combination of settings of an experiment, and its features in every repetition.

    Attributes
    ----------
    label : what sets it apart within the experiment.
    settings : the varied ones; a tuple of values where features of several models are concatenated.
    members : its features in every repetition.
    same : further settings that give the same features, as every ρ does for an untrained network.
    fixed : the settings that the experiment states and does not vary.
    """

    label: Label
    settings: dict[str, Any]
    members: list[Features]
    same: list[dict[str, Any]] = field(default_factory=list)
    fixed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def stated(self) -> list[dict[str, Any]]:
        """All settings that stand for these features."""
        return [self.settings, *self.same]


def _used(settings: dict[str, Any]) -> dict[str, Any]:
    """Return varied settings without those that their learner does not use, where one learner varies with them."""
    learner = settings.get("learner")
    return used(settings, learner) if isinstance(learner, str) else settings


@dataclass
class Experiment:
    """What an experiment compares: the first combination is the one that the others are compared with.

    Attributes
    ----------
    combinations : of its settings, in the order of the configuration.
    pixels : the features that stand for pixels in every repetition.
    classifiers : names of those that its features are evaluated with.
    axis : the varied setting that figures draw along the horizontal axis where several numbers vary.
    comparisons : what its question asks; none where it asks which setting is best.
    """

    combinations: list[Combination] = field(default_factory=list)
    pixels: list[Features] = field(default_factory=list)
    classifiers: list[str] = field(default_factory=list)
    axis: str | None = None
    comparisons: list[Comparison] = field(default_factory=list)

    def cells(self, measure: str = ACCURACY) -> list[Cell]:
        """Return one cell per setting and classifier or, for the measure of models, one per setting."""
        settings = [[_used(varied) for varied in combination.stated] for combination in self.combinations]
        return cells_of_models(settings) if measure == ERROR else cells_of(settings, self.classifiers)


@dataclass
class Study:
    """Every job of a study, by name, without repetition and in a fixed order."""

    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    normalisers: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, Model] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    features: dict[Features, list[Features]] = field(default_factory=dict)  # the parts that are concatenated
    repetitions: dict[Features, int] = field(default_factory=dict)
    labels: dict[Features, int] = field(default_factory=dict)  # training images of each class, 0 for all
    described: Mapping[str, Any] = field(default_factory=dict)  # networks of the configuration, by name
    defaults: Mapping[str, Any] = field(default_factory=dict)  # settings that no experiment changes
    fine_tuning: frozenset[str] = frozenset()  # classifiers that train features of the images themselves
    classifiers: Mapping[str, Classifier] = field(default_factory=dict)  # as far as more than their names is known
    folded: list[Features] = field(default_factory=list)  # evaluated after training on each fold, too
    evaluations: list[tuple[str, str, str]] = field(default_factory=list)  # (model or pixels, view, classifier)
    experiments: dict[str, Experiment] = field(default_factory=dict)

    @property
    def default(self) -> Features:
        """Model and view of the configuration's defaults."""
        return self.experiments[DEFAULT].combinations[0].members[0]

    def fewest_labels(self) -> dict[str, int]:
        """Return the fewest training images of each class from which each classifier learns, 0 for all."""
        found: dict[str, list[int]] = {}
        for model, view, classifier in self.evaluations:
            found.setdefault(classifier, []).append(self.labels.get((model, view), 0))
        return {name: min(filter(None, counts), default=0) for name, counts in found.items()}

    @property
    def extracted(self) -> list[Features]:
        """Model and view of all features to extract."""
        evaluated = dict.fromkeys(
            (model, view) for model, view, classifier in self.evaluations if classifier not in self.fine_tuning
        )
        return list(dict.fromkeys(part for features in evaluated for part in self.extracted_parts(features)))

    def extracted_parts(self, features: Features) -> list[Features]:
        """Return the model and view of each part of features that is extracted; none for pixels."""
        return [(model, self.views[view].extracted.name) for model, view in self.features.get(features, [])]

    def copies(self, features: Features) -> int:
        """Return how many rows each image has in a matrix of features: two if images are mirrored, else one."""
        return 2 if any(self.views[view].mirror for _, view in self.features.get(features, [])) else 1

    def label(self, experiment: str, setting: int) -> Label:
        """Return the label of a setting of an experiment, given its number in the tables: -1 stands for pixels.

        Where settings see other training images than pixels do, the label of pixels says which images those are.
        """
        found = self.experiments[experiment]
        if setting >= 0:
            return found.combinations[setting].label
        if all(self.sees_as_much_as_pixels(experiment, number) for number in range(len(found.combinations))):
            return PIXELS_LABEL
        return Label.of({"learner": PIXELS, "labels": self.labels[found.pixels[0]]})

    def sees_as_much_as_pixels(self, experiment: str, setting: int) -> bool:
        """Return whether classifiers see as many training images with a setting as they do with pixels."""
        found = self.experiments[experiment]
        return self.labels[found.combinations[setting].members[0]] == self.labels[found.pixels[0]]

    def has_one_unit(self, experiment: str) -> bool:
        """Return whether the values that the models of an experiment reconstruct are normalised in the same way."""
        models = self.models_of(experiment)
        return len({as_text([self.models[one].settings.get(key) for key in UNIT_SETTINGS]) for one in models}) == 1

    def models_of(self, experiment: str) -> set[str]:
        """Return the models of all settings and repetitions of an experiment."""
        members = (member for found in self.experiments[experiment].combinations for member in found.members)
        return {model for member in members for model, _view in self.features[member]}

    def untrained_twin(self, experiment: str, setting: int) -> int | None:
        """Return the setting of an experiment that differs by an untrained network alone, None if there is none.

        A setting that does not vary the learner has no twin.
        """
        combinations = self.experiments[experiment].combinations
        learner = LEARNERS.get(combinations[setting].settings.get("learner", ""))
        if learner is None or learner.twin is None:
            return None
        twin = combinations[setting].settings | {"learner": learner.twin}
        return next((number for number, other in enumerate(combinations) if twin in other.stated), None)

    def pictured(self, experiment: str) -> dict[str, Label]:
        """Return the labels of the models of the first repetition, by model, except models of concatenated features.

        They are in the order of `ordered`.
        """
        found: dict[str, Label] = {}
        combinations = self.experiments[experiment].combinations
        for combination in (combinations[setting] for setting in self.ordered(experiment)):
            parts = self.features[combination.members[0]]
            if len(parts) == 1:
                found.setdefault(parts[0][0], combination.label)
        return found

    def ordered(self, experiment: str) -> list[int]:
        """Return the numbers of the settings of an experiment in the order in which people read them.

        Where one number alone varies the settings follow it from small to large, otherwise the configuration.
        """
        if (axis := self.axis(experiment)) and not any(axis.series):
            return [int(place) for place in np.argsort(axis.values, kind="stable")]
        return list(range(len(self.experiments[experiment].combinations)))

    def repeated(self, experiment: str, model: str) -> list[str]:
        """Return the models of all repetitions of the setting whose first repetition has a pictured model.

        Raises ValueError for a model that is not pictured.
        """
        for combination in self.experiments[experiment].combinations:
            parts = [self.features[member] for member in combination.members]
            if all(len(part) == 1 for part in parts) and parts[0][0][0] == model:
                return [part[0][0] for part in parts]
        raise ValueError(f"model {model} is not the first repetition of a setting of the experiment {experiment}")

    def axis(self, experiment: str) -> Axis | None:
        """Return the number that an experiment varies; everything else that it varies makes the series.

        Numbers that are always equal count as one. Where several numbers vary, it is the one that the experiment names
        as its axis. None if several vary of which none is named, or if at most half of the settings differ from another
        one in the number alone.
        """

        def number(key: str, value: Any) -> Any:
            return value[0] if key == "hidden" and len(value) == 1 else value

        varied = [combination.settings for combination in self.experiments[experiment].combinations]
        columns = {key: [number(key, one[key]) for one in varied] for key in (varied[0] if varied else ())}
        numeric = [
            key
            for key, values in columns.items()
            if all(type(value) in (int, float) for value in values)
            and len(set(values)) > 1
            # 0 stands for all training images, or for images at full size, numbers that the configuration does not know
            and not (key in ("labels", "image_size") and 0 in values)
        ]
        named = self.experiments[experiment].axis
        alone = len({tuple(columns[key]) for key in numeric}) == 1
        key = named if named in numeric else numeric[0] if alone else None
        if key is None:
            return None
        same = [one for one in numeric if columns[one] == columns[key]]  # such as the units of two learners
        others = [{name: value for name, value in one.items() if name not in same} for one in varied]
        series: list[Label | None] = [combination_label(one, others[0], set()) for one in others]
        alike = sum(count for count in Counter(series).values() if count > 1)
        if 2 * alike <= len(series):
            return None
        if len(set(series)) == 1:
            series = [None] * len(series)
        return Axis(key, [float(value) for value in columns[key]], series)

    @property
    def answers_tasks(self) -> bool:
        """Return whether the study answers the twelve tasks: its default learner is that of the assignment.

        Other studies answer the questions of their experiments.
        """
        return LEARNERS[self.models[self.default[0]].learner].checked

    @property
    def learns_from_labels(self) -> bool:
        """Return whether the default model is a network with random weights, which only classifiers train."""
        return is_random_network(self.models[self.default[0]]) and any(map(self.networks_of, self.experiments))

    @property
    def compares_default(self) -> bool:
        """Return whether the features of the default model are a setting of an experiment."""
        others = [found.combinations for name, found in self.experiments.items() if name != DEFAULT]
        return any(self.default in setting.members for settings in others for setting in settings)

    def networks_of(self, experiment: str) -> list[str]:
        """Return the classifiers of an experiment that train a network on images."""
        return [name for name in self.experiments[experiment].classifiers if name in self.fine_tuning]


def combination_label(settings: dict[str, Any], reference: dict[str, Any], shown: set[str]) -> Label:
    """Return what sets a combination apart: the first setting, and those in shown or other than in the reference.

    Values of concatenated features are tuples, one value per model.
    """
    chosen = {
        key: value
        for number, (key, value) in enumerate(settings.items())
        if number == 0 or key in shown or value != reference.get(key)
    }
    together = {key: values for key, values in chosen.items() if isinstance(values, tuple)}
    parts = [dict(zip(together, values, strict=True)) for values in zip(*together.values(), strict=True)]
    own = {key: value for key, value in chosen.items() if key not in together}
    return Label.of(own, [Label.of(part) for part in parts])


def single_models(study: Study, combination: Combination) -> tuple[str, ...] | None:
    """Return the model of every repetition of a combination, None where features of several are concatenated."""
    parts = [study.features[member] for member in combination.members]
    return tuple(part[0][0] for part in parts) if all(len(part) == 1 for part in parts) else None
