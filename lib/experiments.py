"""From the configuration to the models, features and evaluations of a study.

An experiment names the settings that vary; all others stay at the study's defaults. Equal settings are
one model with one name, whichever experiment asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import Any

from lib.autoencoder import hidden_sizes
from lib.errors import StudyError

# The settings that each learner depends on, in the order in which they stand in a model's name.
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


@dataclass
class Study:
    """Every job of a study, by name, without repetition and in a fixed order."""

    samples: dict[str, dict[str, Any]] = field(default_factory=dict)
    normalisers: dict[str, dict[str, Any]] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    models: dict[str, dict[str, Any]] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: list[tuple[str, str]] = field(default_factory=list)  # (model, view)
    evaluations: list[tuple[str, str, str]] = field(default_factory=list)  # (model or pixels, view, classifier)
    experiments: dict[str, list[tuple[str, str]]] = field(default_factory=dict)  # the (model, view) of each

    @property
    def default(self) -> tuple[str, str]:
        """Model and view of the configuration's defaults."""
        return self.experiments[DEFAULT][0]

    def add(self, experiment: str, settings: dict[str, Any], classifiers: list[str]) -> None:
        """One combination of settings, with all that it needs."""
        learner = settings["learner"]
        model = {"learner": learner} | {key: settings[key] for key in SETTINGS[learner]}
        sample = {key: model[key] for key in PATCH_SETTINGS}
        # A network with linear output layer reconstructs inputs around 0; with a sigmoid one, inside (0, 1).
        output_range = [-0.4, 0.4] if model["activation"] == "relu" else [0.1, 0.9]
        normaliser = {"centre": model["centre"], "range": output_range, "patch_size": model["patch_size"]}
        network = {key: settings[key] for key in NETWORK_SETTINGS}
        view = {key: settings[key] for key in VIEW_SETTINGS}

        model["sample"] = _name(sample, PATCH_SETTINGS)
        model["normaliser"] = f"{model['sample']}_{model['centre']}_{model['activation']}"
        model["network"] = _name(network, NETWORK_SETTINGS)
        name = f"{learner}_{_name(settings, SETTINGS[learner])}"
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
        if (name, view_name) not in self.features:
            self.features.append((name, view_name))
            self.evaluations += [(name, view_name, classifier) for classifier in classifiers]
        self.experiments.setdefault(experiment, []).append((name, view_name))


def expand(config: dict[str, Any]) -> Study:
    """All jobs of the validated configuration.

    Raises StudyError for settings that do not fit together, naming the experiment.
    """
    study = Study()
    classifiers = [name for name, classifier in config["classifiers"].items() if classifier]
    if not classifiers:
        raise StudyError("classifiers are all switched off, expected at least one")
    if config["defaults"]["learner"] == "untrained":
        raise StudyError("defaults.learner is untrained, expected a learner that is trained: the report is about it")
    study.evaluations += [(PIXELS, "all", classifier) for classifier in classifiers]
    experiments = {DEFAULT: {"vary": {}}} | config["experiments"]
    for experiment, changes in experiments.items():
        if not changes:  # switched off
            continue
        fixed, varied = changes.get("set", {}), changes["vary"]
        if both := sorted(set(fixed) & set(varied)):
            raise StudyError(
                f"experiment {experiment}: {', '.join(both)} stands under set and vary, expected one of them"
            )
        for values in product(*varied.values()):
            settings = config["defaults"] | fixed | dict(zip(varied, values, strict=True))
            try:
                settings["hidden"] = hidden_sizes(settings["hidden"])
            except ValueError as error:
                raise StudyError(f"experiment {experiment}: {error}") from None
            study.add(experiment, settings, classifiers)
    return study


def labels(study: Study) -> dict[str, str]:
    """A short name of each model for figures and text: its learner and what differs from the default model."""
    default = study.models[study.default[0]]
    result = {PIXELS: PIXELS}
    for name, settings in study.models.items():
        changes = [
            f"{key.replace('_', ' ')} {as_text(settings[key])}"
            for key in SETTINGS[settings["learner"]]
            if settings[key] != default.get(key)
        ]
        result[name] = ", ".join([settings["learner"], *changes])
    return result


def feature_labels(study: Study) -> dict[tuple[str, str], str]:
    """A short name of each kind of features: that of the model, and what differs from the default view."""
    names = labels(study)
    default = study.views[study.default[1]]
    result = {}
    for model, view, _ in study.evaluations:
        settings = study.views.get(view, {})
        changes = [f"{key} {settings[key]}" for key in settings if settings[key] != default[key]]
        result[model, view] = ", ".join([names[model], *changes])
    return result
