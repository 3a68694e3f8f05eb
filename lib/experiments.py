"""From the configuration to the models, features, evaluations and comparisons of a study.

An experiment names the settings that vary; all others stay at the study's defaults. Equal settings are
one model with one name, whichever experiment asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from lib.autoencoder import hidden_sizes
from lib.errors import StudyError

# The settings that each learner depends on, in the order in which they stand in a model's name. The seed is
# the number of the repetition, which every learner depends on.
PATCH_SETTINGS = ("patches", "patch_size", "seed")
SETTINGS = {
    "autoencoder": (
        *("hidden", "activation", "rho", "lambda", "beta", "sparsity"),
        *("patches", "patch_size", "centre", "precision", "iterations", "seed"),
    ),
    "untrained": ("hidden", "activation", "patches", "patch_size", "centre", "precision", "seed"),
}
NETWORK_SETTINGS = ("hidden", "activation", "sparsity")
VIEW_SETTINGS = ("layer", "stride")
ABBREVIATIONS = {"patches": "n", "patch_size": "p", "iterations": "i", "seed": "seed"}
PIXELS = "pixels"
DEFAULT = "default"  # the experiment without any change
# Settings that change the course of the training more than its result: their experiments show the loss.
COURSE_SETTINGS = ("activation", "precision", "iterations")

Features = tuple[str, str]  # model and view


def as_text(value: Any) -> str:
    """A setting as it stands in names and tables: 75 or 100-50-100, 0.0001, patch."""
    if isinstance(value, list):
        return "-".join(map(str, value))
    return format(value, ".12g") if isinstance(value, float) else str(value)


def _name(settings: dict[str, Any], keys: tuple[str, ...]) -> str:
    """Readable name; numbers carry the name of their setting, words speak for themselves."""
    parts = []
    for key in keys:
        word = isinstance(settings[key], str) or key == "hidden"
        parts.append(("" if word else ABBREVIATIONS.get(key, key)) + as_text(settings[key]))
    return "_".join(parts)


def _joined(names: list[str]) -> str:
    """One name for several: the first, and what the others have that it has not."""
    known = set(names[0].split("_"))
    rest = ["_".join(part for part in name.split("_") if part not in known) for name in names[1:]]
    return "+".join([names[0], *(part for part in rest if part)])


def setting_text(key: str, value: Any) -> str:
    """A setting as it stands in labels: words and layers speak for themselves, numbers follow their name."""
    word = isinstance(value, str) or key == "hidden"
    return ("" if word else f"{key.replace('_', ' ')} ") + as_text(value)


@dataclass
class Combination:
    """One combination of settings of an experiment, and its features in every repetition."""

    label: str  # what sets it apart within the experiment
    settings: dict[str, Any]  # the varied ones; a list of values under "together" stands for features side by side
    members: list[Features]


@dataclass
class Experiment:
    """What an experiment compares: the first combination is the one that the others are compared with."""

    combinations: list[Combination] = field(default_factory=list)
    classifiers: list[str] = field(default_factory=list)


@dataclass
class Study:
    """Every job of a study, by name, without repetition and in a fixed order."""

    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    normalisers: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: dict[Features, list[Features]] = field(default_factory=dict)  # the parts that stand side by side
    repetitions: dict[Features, int] = field(default_factory=dict)
    evaluations: list[tuple[str, str, str]] = field(default_factory=list)  # (model or pixels, view, classifier)
    experiments: dict[str, Experiment] = field(default_factory=dict)

    @property
    def default(self) -> Features:
        """Model and view of the configuration's defaults."""
        return self.experiments[DEFAULT].combinations[0].members[0]

    @property
    def extracted(self) -> list[Features]:
        """Model and view of all features to extract."""
        evaluated = dict.fromkeys((model, view) for model, view, _ in self.evaluations)
        return list(dict.fromkeys(part for features in evaluated for part in self.features.get(features, [])))

    def pictured(self, experiment: str) -> dict[str, str]:
        """Models of the first repetition by label, without those whose features stand side by side."""
        found: dict[str, str] = {}
        for combination in self.experiments[experiment].combinations:
            parts = self.features[combination.members[0]]
            if len(parts) == 1 and parts[0][0] not in found.values():
                found[combination.label] = parts[0][0]
        return found

    def axis(self, experiment: str) -> tuple[str, list[float]] | None:
        """The one setting that an experiment varies and its values, if they are numbers; otherwise None."""
        varied = [combination.settings for combination in self.experiments[experiment].combinations]
        if not varied or any(len(settings) != 1 for settings in varied):
            return None
        key = next(iter(varied[0]))
        values = [
            settings[key][0] if key == "hidden" and len(settings[key]) == 1 else settings[key] for settings in varied
        ]
        if len(values) < 2 or not all(isinstance(value, int | float) for value in values):
            return None
        return key, [float(value) for value in values]

    def figures(self, experiment: str) -> list[str]:
        """Kinds of figures that show an experiment: filters, convergence, accuracy."""
        models = [self.models[model] for model in self.pictured(experiment).values()]
        alone = experiment == DEFAULT
        kinds = []
        if len(models) > 1:
            kinds.append("filters")
        trained = [as_text([model[key] for key in COURSE_SETTINGS]) for model in models if "iterations" in model]
        if alone or len(set(trained)) > 1:
            kinds.append("convergence")
        if self.experiments[experiment].classifiers and not alone:
            kinds.append("accuracy")
        return kinds

    def add_model(self, experiment: str, settings: dict[str, Any]) -> Features:
        """Model and view of one combination of settings in one repetition, with all that they need."""
        learner = settings["learner"]
        model = {"learner": learner} | {key: settings[key] for key in SETTINGS[learner]}
        if len(model["hidden"]) == 1 and "sparsity" in model:
            model["sparsity"] = "all"  # of one layer: the same, and so the same model
        sample = {key: model[key] for key in PATCH_SETTINGS}
        # A network with linear output layer reconstructs inputs around 0; with a sigmoid one, inside (0, 1).
        output_range = [-0.4, 0.4] if model["activation"] == "relu" else [0.1, 0.9]
        normaliser = {"centre": model["centre"], "range": output_range, "patch_size": model["patch_size"]}
        network = {key: (settings | model)[key] for key in NETWORK_SETTINGS}
        view = {key: settings[key] for key in VIEW_SETTINGS}

        name = f"{learner}_{_name(model, SETTINGS[learner])}"
        model["sample"] = _name(sample, PATCH_SETTINGS)
        model["normaliser"] = f"{model['sample']}_{model['centre']}_{model['activation']}"
        model["network"] = _name(network, NETWORK_SETTINGS)
        view_name = _name(view, VIEW_SETTINGS)
        if view["layer"] > len(model["hidden"]):
            raise StudyError(
                f"experiment {experiment}: layer is {view['layer']}, "
                f"expected at most {len(model['hidden'])}: the hidden layers are {model['hidden']}"
            )
        self.samples[model["sample"]] = sample
        self.normalisers[model["normaliser"]] = normaliser | {"sample": model["sample"]}
        self.networks.setdefault(model["network"], network)
        self.models[name] = model
        self.views[view_name] = view
        return name, view_name

    def add_features(self, parts: list[Features], repetition: int) -> Features:
        """Name of features that stand side by side, in one repetition."""
        features = _joined([model for model, _ in parts]), _joined([view for _, view in parts])
        self.features[features] = parts
        self.repetitions[features] = repetition
        return features

    def evaluate(self, features: Features, classifier: str) -> None:
        """Have features classified, and pixels in the same repetition."""
        pixels = (PIXELS, f"seed{self.repetitions[features]}")
        self.repetitions[pixels] = self.repetitions[features]
        for evaluation in ((*pixels, classifier), (*features, classifier)):
            if evaluation not in self.evaluations:
                self.evaluations.append(evaluation)


def _combinations(vary: Any) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], set[str]]]:
    """Settings, changes of the features that stand side by side, keys that vary beside others in one entry."""
    for entry in vary if isinstance(vary, list) else [vary]:
        together = entry.get("together", {})
        crossed = {key: values for key, values in entry.items() if key != "together"}
        parts = [dict(zip(together, values, strict=True)) for values in product(*together.values())]
        shown = {key for key, values in crossed.items() if len(values) > 1}
        for values in product(*crossed.values()):
            yield dict(zip(crossed, values, strict=True)), parts, shown


def _label(settings: dict[str, Any], reference: dict[str, Any], shown: set[str]) -> str:
    """What sets a combination apart: the first setting, those that vary beside it or differ from the reference."""
    words = []
    for number, (key, value) in enumerate(settings.items()):
        if number == 0 or key in shown or value != reference.get(key):
            values = value if isinstance(value, tuple) else [value]
            words.append(" + ".join(setting_text(key, one) for one in values))
    return ", ".join(words) or DEFAULT


def _valid(experiment: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings with the hidden layers as a list. Raises StudyError for layers that cannot be."""
    try:
        return settings | {"hidden": hidden_sizes(settings["hidden"])}
    except ValueError as error:
        raise StudyError(f"experiment {experiment}: {error}") from None


def _expand(study: Study, name: str, changes: dict[str, Any], defaults: dict[str, Any], known: list[str]) -> None:
    """Add one experiment to the study. known: the classifiers that are switched on."""
    fixed = changes.get("set", {})
    experiment = study.experiments.setdefault(name, Experiment())
    experiment.classifiers = [entry for entry in changes.get("classifiers", known) if entry in known]
    combinations = list(_combinations(changes["vary"]))
    keys = list(dict.fromkeys(key for settings, parts, _ in combinations for key in [*settings, *parts[0]]))
    if both := sorted(set(fixed) & set(keys)):
        raise StudyError(f"experiment {name}: {', '.join(both)} stands under set and vary, expected one of them")
    reference: dict[str, Any] | None = None
    for varied, parts, shown in combinations:
        settings = defaults | fixed | varied
        members = []
        for repetition in range(changes.get("seeds", 1)):
            side_by_side = [
                study.add_model(name, _valid(name, settings | part | {"seed": repetition})) for part in parts
            ]
            members.append(study.add_features(side_by_side, repetition))
        if any(members == other.members for other in experiment.combinations):
            continue  # the same models and views as another combination
        differing = {key: settings[key] for key in keys} | {key: tuple(part[key] for part in parts) for key in parts[0]}
        reference = reference or differing
        experiment.combinations.append(Combination(_label(differing, reference, shown), differing, members))
        for features, classifier in product(members, experiment.classifiers):
            study.evaluate(features, classifier)


def expand(config: dict[str, Any]) -> Study:
    """All jobs of the validated configuration.

    Raises StudyError for settings that do not fit together, naming the experiment.
    """
    study = Study()
    known = [name for name, classifier in config["classifiers"].items() if classifier]
    if not known:
        raise StudyError("classifiers are all switched off, expected at least one")
    if config["defaults"]["learner"] != "autoencoder":
        raise StudyError(
            f"defaults.learner is {config['defaults']['learner']}, expected autoencoder: the report is about it"
        )
    _expand(study, DEFAULT, {"vary": {}}, config["defaults"], known)
    for name, changes in config["experiments"].items():
        if not changes:  # switched off
            continue
        if unknown := sorted(set(changes.get("classifiers", [])) - set(config["classifiers"])):
            raise StudyError(
                f"experiment {name}: classifiers names {', '.join(unknown)}, "
                f"expected some of {', '.join(config['classifiers'])}"
            )
        _expand(study, name, changes, config["defaults"], known)
    return study


def labels(study: Study) -> dict[str, str]:
    """A short name of each model but for its repetition: its learner and what differs from the default model."""
    default = study.models[study.default[0]]
    result = {PIXELS: PIXELS}
    for name, settings in study.models.items():
        changes = [
            setting_text(key, settings[key])
            for key in SETTINGS[settings["learner"]]
            if key != "seed" and settings[key] != default.get(key)
        ]
        result[name] = ", ".join([settings["learner"], *changes])
    return result


def feature_labels(study: Study) -> dict[Features, str]:
    """A short name of each kind of features: those of its models, and what differs from the default view."""
    names = labels(study)
    default = study.views[study.default[1]]
    result = {}
    for model, view, _ in study.evaluations:
        parts = []
        for part_model, part_view in study.features.get((model, view), []):
            settings = study.views[part_view]
            changes = [setting_text(key, settings[key]) for key in settings if settings[key] != default[key]]
            parts.append(", ".join([names[part_model], *changes]))
        result[model, view] = " + ".join(parts) or PIXELS
    return result
