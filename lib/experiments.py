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
PATCH_SETTINGS = ("patches", "patch_size", "image_size", "seed")
_OF_DATA = ("patches", "patch_size", "image_size", "centre", "whiten")
_OF_FILTERS = ("hidden", *_OF_DATA, "seed")
SETTINGS = {
    "autoencoder": (
        *("hidden", "activation", "decoder", "rho", "lambda", "beta", "sparsity"),
        *(*_OF_DATA, "precision", "iterations", "seed"),
    ),
    "untrained": ("hidden", "activation", "decoder", *_OF_DATA, "precision", "seed"),
    "random_patches": _OF_FILTERS,
    "pca": _OF_FILTERS,
    "kmeans": _OF_FILTERS,
}
NETWORKS = ("autoencoder", "untrained")  # learners with hidden layers, an activation function and a gradient
NETWORK_SETTINGS = ("hidden", "activation", "decoder", "sparsity")
VIEW_SETTINGS = ("layer", "stride", "encoding", "threshold", "pooling", "mirror")
# Values that add nothing to a name: what most studies never touch stays out of it.
NEUTRAL = {
    "image_size": 0,
    "whiten": False,
    "decoder": "sigmoid",
    "encoding": "natural",
    "threshold": 0,
    "pooling": 0,
    "mirror": False,
}
ABBREVIATIONS = {"patches": "n", "patch_size": "p", "image_size": "size", "iterations": "i", "seed": "seed"}
PIXELS = "pixels"
DEFAULT = "default"  # the experiment without any change


def as_text(value: Any) -> str:
    """A setting as it stands in names and tables: 75 or 100-50-100, 0.0001, patch."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "-".join(map(str, value))
    return format(value, ".12g") if isinstance(value, float) else str(value)


def _telling(settings: dict[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """The settings of these keys that are not neutral."""
    return {key: settings[key] for key in keys if key not in NEUTRAL or settings[key] != NEUTRAL[key]}


def _name(settings: dict[str, Any], keys: tuple[str, ...]) -> str:
    """Readable name; numbers carry the name of their setting, words speak for themselves."""
    parts = []
    for key, value in _telling(settings, keys).items():
        word = isinstance(value, str) or key == "hidden"
        parts.append(key if value is True else ("" if word else ABBREVIATIONS.get(key, key)) + as_text(value))
    return "_".join(parts)


def _reconciled(experiment: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings as they take effect: those without effect get one value, so that equal models are one.

    Raises StudyError, naming the experiment, for settings that do not fit together.
    """
    settings = dict(settings)
    learner = settings["learner"]
    try:
        settings["hidden"] = hidden_sizes(settings["hidden"])
    except ValueError as error:
        raise StudyError(f"experiment {experiment}: {error}") from None
    if learner not in NETWORKS:
        settings["hidden"] = settings["hidden"][:1]
    elif settings["activation"] == "relu":
        settings["decoder"] = "linear"
    if settings["encoding"] not in ("soft_threshold", "sign_split"):
        settings["threshold"] = NEUTRAL["threshold"]

    def expect(right: bool, key: str, expected: str) -> None:
        if not right:
            raise StudyError(f"experiment {experiment}: {key} is {as_text(settings[key])}, expected {expected}")

    layers = len(settings["hidden"])
    expect(settings["layer"] <= layers, "layer", f"at most {layers}: the hidden layers are {settings['hidden']}")
    if learner in NETWORKS and settings["whiten"]:
        expect(settings["decoder"] == "linear", "decoder", "linear: whiten is true, and whitened patches leave [0, 1]")
    if settings["encoding"] != NEUTRAL["encoding"]:
        expect(
            settings["layer"] == 1, "layer", f"1: encoding is {settings['encoding']}, which takes filters of patches"
        )
    return settings


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
        """One combination of settings, with all that it needs. Raises StudyError if they do not fit together."""
        settings = _reconciled(experiment, settings)
        learner = settings["learner"]
        model = {"learner": learner} | {key: settings[key] for key in SETTINGS[learner]}
        # A linear output layer reconstructs inputs around 0, a sigmoid one inputs inside (0, 1).
        decoder = model.get("decoder", "linear")
        output_range = [-0.4, 0.4] if decoder == "linear" else [0.1, 0.9]
        normaliser = {key: model[key] for key in ("centre", "whiten", "patch_size")} | {"range": output_range}
        view = {key: settings[key] for key in VIEW_SETTINGS}

        model["sample"] = _name(model, PATCH_SETTINGS)
        model["normaliser"] = f"{model['sample']}_{model['centre']}_{'whiten' if model['whiten'] else decoder}"
        name = f"{learner}_{_name(settings, SETTINGS[learner])}"
        view_name = _name(view, VIEW_SETTINGS)
        self.samples[model["sample"]] = _telling(model, PATCH_SETTINGS)
        self.normalisers[model["normaliser"]] = normaliser | {"sample": model["sample"]}
        if learner in NETWORKS:
            model["network"] = _name(settings, NETWORK_SETTINGS)
            self.networks.setdefault(model["network"], {key: settings[key] for key in NETWORK_SETTINGS})
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
    if config["defaults"]["learner"] != "autoencoder":
        raise StudyError(
            f"defaults.learner is {config['defaults']['learner']}, expected autoencoder: the report is about it"
        )
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
            study.add(experiment, config["defaults"] | fixed | dict(zip(varied, values, strict=True)), classifiers)
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
        result[name] = ", ".join([settings["learner"].replace("_", " "), *changes])
    return result


def feature_labels(study: Study) -> dict[tuple[str, str], str]:
    """A short name of each kind of features: that of the model, and what differs from the default view."""
    names = labels(study)
    default = study.views[study.default[1]]
    result = {}
    for model, view, _ in study.evaluations:
        settings = study.views.get(view, {})
        changes = [
            f"{key} {as_text(settings[key]).replace('_', ' ')}" for key in settings if settings[key] != default[key]
        ]
        result[model, view] = ", ".join([names[model], *changes])
    return result
