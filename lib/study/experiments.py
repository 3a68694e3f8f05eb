"""From the configuration to the models, features, evaluations and comparisons of a study.

An experiment names the settings that vary; all others stay at the study's defaults. Equal settings are
one model with one name, whichever experiment asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any, NamedTuple

import numpy as np

from lib.base.errors import StudyError, hint_of_name
from lib.study.comparisons import Cell, Comparison, cells_of, check_comparisons
from lib.study.decoded import code_figures
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.learners import LEARNERS, effective, fault_of_tuning, is_random_network, model_of
from lib.study.settings import (
    CURVE_SETTINGS,
    DEFAULT,
    NETWORK_SETTINGS,
    PATCH_SETTINGS,
    PIXELS,
    RANGES,
    STEPS,
    VIEW_SETTINGS,
    Model,
    View,
    as_text,
    is_unused,
    name_of,
    stated,
)

_MOST_CURVES = 10  # trainings that one figure compares
_LONGEST_NAME = 230  # characters: files are named by models and views, and a file name has at most 255

Features = tuple[str, str]  # model and view


def _joined(names: list[str]) -> str:
    """Return one name for several: the first, and the parts of the others that it lacks."""
    known = set(names[0].split("_"))
    rest = ["_".join(part for part in name.split("_") if part not in known) for name in names[1:]]
    return "+".join([names[0], *(part for part in rest if part)])


class Axis(NamedTuple):
    """A number that varies, its value in each combination, and what else sets each apart, None for nothing."""

    key: str
    values: list[float]
    series: list[Label | None]


@dataclass
class Combination:
    """One combination of settings of an experiment, and its features in every repetition."""

    label: Label  # what sets it apart within the experiment
    settings: dict[str, Any]  # the varied ones; a tuple of values where features of several models are concatenated
    members: list[Features]


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

    @property
    def cells(self) -> list[Cell]:
        """Return one cell per setting and classifier."""
        return cells_of([combination.settings for combination in self.combinations], self.classifiers)


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
    fine_tuning: frozenset[str] = frozenset()  # classifiers that train features of the images themselves
    folded: list[Features] = field(default_factory=list)  # evaluated after training on each fold, too
    evaluations: list[tuple[str, str, str]] = field(default_factory=list)  # (model or pixels, view, classifier)
    experiments: dict[str, Experiment] = field(default_factory=dict)
    _known: set[tuple[str, ...]] = field(default_factory=set)  # what is folded or evaluated, to find it at once

    @property
    def default(self) -> Features:
        """Model and view of the configuration's defaults."""
        return self.experiments[DEFAULT].combinations[0].members[0]

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
        """Return the label of a setting of an experiment, given its number in the tables: -1 stands for pixels."""
        return PIXELS_LABEL if setting < 0 else self.experiments[experiment].combinations[setting].label

    def compares_convergence(self, experiment: str) -> bool:
        """Return whether an experiment compares the convergence of two settings or more."""
        return "convergence" in self.figures(experiment) and len(self.experiments[experiment].combinations) > 1

    def compares_learners(self, experiment: str) -> bool:
        """Return whether an experiment with classifiers compares two learners or more, each with its own features."""
        found = self.experiments[experiment]
        learners = {combination.settings.get("learner") for combination in found.combinations}
        return bool(found.classifiers) and len(learners - {None}) > 1

    def untrained_twin(self, experiment: str, setting: int) -> int | None:
        """Return the setting of an experiment that differs by an untrained network alone, None if there is none.

        A setting that does not vary the learner has no twin.
        """
        settings = [combination.settings for combination in self.experiments[experiment].combinations]
        learner = LEARNERS.get(settings[setting].get("learner", ""))
        if learner is None or learner.twin is None:
            return None
        twin = settings[setting] | {"learner": learner.twin}
        return settings.index(twin) if twin in settings else None

    def pictured(self, experiment: str) -> dict[str, Label]:
        """Return the labels of the models of the first repetition, by model, except models of concatenated features.

        Where one number varies they follow it from small to large, otherwise the configuration.
        """
        found: dict[str, Label] = {}
        combinations = self.experiments[experiment].combinations
        if (axis := self.axis(experiment)) and not any(axis.series):
            combinations = [combinations[place] for place in np.argsort(axis.values, kind="stable")]
        for combination in combinations:
            parts = self.features[combination.members[0]]
            if len(parts) == 1:
                found.setdefault(parts[0][0], combination.label)
        return found

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

        Where several numbers vary, it is the one that the experiment names as its axis. None if no number varies, or
        several of which none is named.
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
            # 0 labels stand for all training images, a number that the configuration does not know
            and not (key == "labels" and 0 in values)
        ]
        named = self.experiments[experiment].axis
        key = named if named in numeric else numeric[0] if len(numeric) == 1 else None
        if key is None:
            return None
        others = [{name: value for name, value in one.items() if name != key} for one in varied]
        series: list[Label | None] = [_label(one, others[0], set()) for one in others]
        if len(set(series)) == 1:
            series = [None] * len(series)
        return Axis(key, [float(value) for value in columns[key]], series)

    def figures(self, experiment: str) -> list[str]:
        """Return the kinds of figures that show an experiment, in the order in which the report has them.

        The default experiment has other kinds than an experiment that varies something.
        """
        if experiment == DEFAULT:
            kinds = {
                "classes": True,
                "mosaic": True,
                "reconstructions": True,
                "convergence": self._shows_convergence(experiment),
                "confusion": bool(self.experiments[experiment].classifiers),
            }
        else:
            models = [self.models[model] for model in self.pictured(experiment)]
            accuracy = self._accuracy_figure(experiment)
            random = all(map(is_random_network, models))  # classifiers start from them: their filters say nothing
            accuracy = "accuracy" if random and accuracy == "sweep" else accuracy
            kinds = {
                "filters": len(models) > 1 and not random,
                "responses": any(len(model.layers) > 1 for model in models),
                "sweep": accuracy == "sweep",
                "convergence": self._shows_convergence(experiment),
                "accuracy": accuracy == "accuracy",
                "gain": accuracy == "gain",
                "training": 1 < len(models) * len(self.networks_of(experiment)) <= _MOST_CURVES,
                **code_figures(models),
            }
        return [kind for kind, shown in kinds.items() if shown]

    def networks_of(self, experiment: str) -> list[str]:
        """Return the classifiers of an experiment that train a network on images."""
        return [name for name in self.experiments[experiment].classifiers if name in self.fine_tuning]

    def _shows_convergence(self, experiment: str) -> bool:
        """Return whether settings that affect the convergence vary, or the only model records its iterations."""
        models = [self.models[model].settings for model in self.pictured(experiment)]
        trained = [as_text([model.get(key) for key in CURVE_SETTINGS]) for model in models if set(STEPS) & set(model)]
        return len(set(trained)) > 1 or (experiment == DEFAULT and bool(trained))

    def _accuracy_figure(self, experiment: str) -> str | None:
        """Return the kind of figure that compares the settings of an experiment: sweep, accuracy, gain or None."""
        compared, axis = self.experiments[experiment], self.axis(experiment)
        single = all(len(self.features[member]) == 1 for one in compared.combinations for member in one.members)
        if axis and axis.key not in VIEW_SETTINGS and not any(axis.series) and len(set(axis.values)) > 2 and single:
            return "sweep"
        if not compared.classifiers:
            return None
        return "gain" if len(compared.combinations) == 1 and len(compared.classifiers) > 1 else "accuracy"

    def add_model(self, experiment: str, settings: dict[str, Any]) -> Features:
        """Add one combination of settings in one repetition with all that it needs, and return its model and view.

        Raises StudyError for settings that do not fit together.
        """
        settings = effective(experiment, settings, self.described)
        name = settings["learner"]
        learner = LEARNERS[name]
        own = {key: settings[key] for key in learner.settings}
        # A linear output layer reconstructs inputs around 0, a sigmoid one inputs inside (0, 1).
        decoder = own.get("decoder", "sigmoid" if learner.bounded else "linear")
        output_range = [-0.4, 0.4] if decoder == "linear" else [0.1, 0.9]
        scaling = own["scaling"]
        if scaling in RANGES:
            output_range = list(RANGES[scaling])
        sample = name_of(own, PATCH_SETTINGS)
        kind = "whiten" if own["whiten"] else scaling if scaling in RANGES else decoder
        normaliser = f"{sample}_{own['centre']}_{kind}"
        network = name_of(settings, NETWORK_SETTINGS) if learner.checked else None
        view = View(**{key: settings[key] for key in VIEW_SETTINGS})

        model_name, view_name = f"{name}_{name_of(own, learner.settings)}", view.name
        self.samples[sample] = stated(own, PATCH_SETTINGS)
        self.normalisers[normaliser] = {
            **{key: own[key] for key in ("centre", "whiten", "scaling", "patch_size")},
            **{"range": output_range, "sample": sample},
        }
        if network:
            self.networks.setdefault(network, {key: settings[key] for key in NETWORK_SETTINGS})
        try:
            model = model_of(name, own, self.described, sample=sample, normaliser=normaliser, network=network)
        except StudyError as error:
            raise StudyError(f"experiment {experiment}: {error}") from None
        self.models[model_name] = model
        self.views |= {view_name: view, view.extracted.name: view.extracted}
        return model_name, view_name

    def add_features(self, experiment: str, parts: list[Features], repetition: int) -> Features:
        """Return the name of features that are concatenated, in one repetition.

        Raises StudyError for a name that is too long for a file.
        """
        features = _joined([model for model, _ in parts]), _joined([view for _, view in parts])
        longest = max((*features, *(name for part in parts for name in part)), key=len)
        if len(longest) > _LONGEST_NAME:
            raise StudyError(
                f"experiment {experiment}: the name {longest[:40]}… has {len(longest)} characters, expected at most "
                f"{_LONGEST_NAME}: it names files; give fewer hidden layers, or fewer features under together"
            )
        self.features[features] = parts
        self.repetitions[features] = repetition
        self.labels[features] = self.views[parts[0][1]].labels
        return features

    def add_pixels(self, repetition: int, labels: int) -> Features:
        """Return the name of the pixels of images in one repetition. labels: training images of each class, 0: all."""
        pixels = PIXELS, name_of({"seed": repetition, "labels": labels}, ("seed", "labels"))
        self.repetitions[pixels], self.labels[pixels] = repetition, labels
        return pixels

    def evaluate(self, pixels: Features, features: Features, classifier: str) -> None:
        """Add the evaluation of features, and of pixels in the same repetition, by a classifier."""
        for evaluation in ((*pixels, classifier), (*features, classifier)):
            if evaluation not in self._known:
                self._known.add(evaluation)
                self.evaluations.append(evaluation)

    def fold(self, pixels: Features, features: Features) -> None:
        """Add the evaluation of features, and of pixels in the same repetition, after training on each fold."""
        for folded in (pixels, features):
            if folded not in self._known:
                self._known.add(folded)
                self.folded.append(folded)


def _check_tuning(study: Study, name: str, features: Features, classifier: str) -> None:
    """Raise StudyError if a classifier is to train features that it cannot start from."""
    if classifier not in study.fine_tuning:
        return
    parts = study.features[features]
    if len(parts) > 1:
        fault = "features of several models are joined, expected no settings under together"
    else:
        ((model, view),) = parts
        if (found := fault_of_tuning(study.models[model], study.views[view])) is None:
            return
        fault = found
    raise StudyError(f"experiment {name}: {classifier} is fine_tuned, but {fault}")


def _combinations(vary: Any) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], set[str]]]:
    """Yield settings, the changes of each concatenated part, and the keys that have several values in one entry."""
    for entry in vary if isinstance(vary, list) else [vary]:
        together = entry.get("together", {})
        crossed = {key: values for key, values in entry.items() if key != "together"}
        parts = [dict(zip(together, values, strict=True)) for values in product(*together.values())]
        shown = {key for key, values in crossed.items() if len(values) > 1}
        for values in product(*crossed.values()):
            yield dict(zip(crossed, values, strict=True)), parts, shown


def _label(settings: dict[str, Any], reference: dict[str, Any], shown: set[str]) -> Label:
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


def _expand(study: Study, name: str, changes: dict[str, Any], defaults: dict[str, Any], known: list[str]) -> None:
    """Add one experiment to the study. known: the classifiers that are switched on."""
    fixed = changes.get("set", {})
    experiment = study.experiments.setdefault(name, Experiment())
    experiment.classifiers = [entry for entry in changes.get("classifiers", known) if entry in known]
    combinations = list(_combinations(changes["vary"]))
    keys = list(dict.fromkeys(key for settings, parts, _ in combinations for key in [*settings, *parts[0]]))
    experiment.axis = changes.get("axis")
    if experiment.axis not in (None, *keys):
        raise StudyError(
            f"experiment {name}: axis is {experiment.axis}{hint_of_name(experiment.axis, keys)}, expected one of the "
            f"settings that vary: {', '.join(keys)}"
        )
    if both := sorted(set(fixed) & set(keys)):
        raise StudyError(f"experiment {name}: {', '.join(both)} is set under set and vary, expected one of them")
    labels = (defaults | fixed)["labels"]
    experiment.pixels = [study.add_pixels(repetition, labels) for repetition in range(changes.get("seeds", 1))]
    reference: dict[str, Any] | None = None
    known_members: set[tuple[Features, ...]] = set()
    for varied, parts, shown in combinations:
        settings = defaults | fixed | varied
        members = []
        for repetition in range(changes.get("seeds", 1)):
            concatenated = [study.add_model(name, settings | part | {"seed": repetition}) for part in parts]
            for key in ("mirror", "labels"):
                if len({getattr(study.views[view], key) for _, view in concatenated}) > 1:
                    raise StudyError(f"experiment {name}: {key} differs under together, expected one value for all")
            members.append(study.add_features(name, concatenated, repetition))
        if tuple(members) in known_members:
            continue  # the same models and views as another combination
        known_members.add(tuple(members))
        differing = {key: settings[key] for key in keys} | {key: tuple(part[key] for part in parts) for key in parts[0]}
        reference = reference or differing
        experiment.combinations.append(Combination(_label(differing, reference, shown), differing, members))
        for (pixels, features), classifier in product(
            zip(experiment.pixels, members, strict=True), experiment.classifiers
        ):
            _check_tuning(study, name, features, classifier)
            study.evaluate(pixels, features, classifier)
        # The folds repeat the training, so the first repetition is enough.
        if experiment.classifiers and changes.get("folds"):
            study.fold(experiment.pixels[0], members[0])
    experiment.comparisons = [Comparison.stated(entry) for entry in changes.get("compare", [])]
    check_comparisons(name, experiment.comparisons, experiment.cells, study.networks_of(name))


def expand(config: dict[str, Any]) -> Study:
    """Return all jobs of the validated configuration.

    Raises StudyError for settings that do not fit together, naming the experiment.
    """
    study = Study(
        described=config["networks"],
        fine_tuning=frozenset(
            name for name, entry in config["classifiers"].items() if entry and entry.get("fine_tuned")
        ),
    )
    known = [name for name, classifier in config["classifiers"].items() if classifier]
    if not known:
        raise StudyError("classifiers are all switched off, expected at least one")
    _expand(study, DEFAULT, {"vary": {}, "folds": True}, config["defaults"], known)
    for name, changes in config["experiments"].items():
        if not changes:  # switched off
            continue
        if unknown := sorted(set(changes.get("classifiers", [])) - set(config["classifiers"])):
            names = ", ".join(f"{one}{hint_of_name(one, config['classifiers'])}" for one in unknown)
            raise StudyError(
                f"experiment {name}: classifiers names {names}, expected some of {', '.join(config['classifiers'])}"
            )
        _expand(study, name, changes, config["defaults"], known)
    return study


def single_models(study: Study, combination: Combination) -> tuple[str, ...] | None:
    """Return the model of every repetition of a combination, None where features of several are concatenated."""
    parts = [study.features[member] for member in combination.members]
    return tuple(part[0][0] for part in parts) if all(len(part) == 1 for part in parts) else None


def labels(study: Study) -> dict[str, Label]:
    """Return the label of each model, without its repetition: its learner and what differs from the default model."""
    default = study.models[study.default[0]].settings
    result = {PIXELS: PIXELS_LABEL}
    for name, model in study.models.items():
        changes = {
            key: value
            for key, value in model.settings.items()
            if key != "seed" and value != default.get(key) and not is_unused(key, value)
        }
        result[name] = Label.of({"learner": model.learner} | changes)
    return result


def feature_labels(study: Study) -> dict[Features, Label]:
    """Return the label of each kind of features: the labels of its models, and what differs from the default view."""
    models = labels(study)
    default = asdict(study.views[study.default[1]])
    result = {}
    for features in dict.fromkeys((model, view) for model, view, _ in study.evaluations):
        parts = []
        for model, view in study.features.get(features, []):
            settings = asdict(study.views[view])
            changes = Label.of({key: settings[key] for key in settings if settings[key] != default[key]})
            parts.append(Label(models[model].settings + changes.settings))
        result[features] = Label(together=tuple(parts)) if len(parts) > 1 else parts[0] if parts else PIXELS_LABEL
    return result
