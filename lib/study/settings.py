"""The settings that learners, views and classifiers depend on, their names, and how their values are written.

This module imports no learner, so that code which names models, tables and figures can use it cheaply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lib.base.errors import StudyError

# Settings of the sample of patches that a model is trained on. The seed is the number of the repetition; every learner
# depends on it.
PATCH_SETTINGS = ("patches", "patch_size", "image_size", "seed")
_OF_DATA = ("patches", "patch_size", "image_size", "centre", "whiten")
_OF_FILTERS = ("hidden", *_OF_DATA, "seed")
NETWORK_SETTINGS = ("hidden", "activation", "decoder", "sparsity")  # settings of the gradient check


@dataclass(frozen=True)
class Learner:
    """What a learner depends on and needs.

    Attributes
    ----------
    settings : names of the settings that change its result, in their order in a model's name.
    layers : settings that hold the sizes of its layers, from the input on; each layer can give features.
    hidden : hidden layers that it uses: "one" uses the first size only, "symmetric" and "any" use all of them.
    checked : whether the gradient of its loss is checked before training; it then has all `NETWORK_SETTINGS`.
    blockwise : whether it reads patches block by block, so that large samples can stay in a file.
    """

    settings: tuple[str, ...]
    layers: tuple[str, ...] = ("hidden",)
    hidden: str = "one"
    checked: bool = False
    blockwise: bool = False


@dataclass(frozen=True)
class View:
    """How features are taken from a model.

    Attributes
    ----------
    layer : the layer whose activations are the features, 1 for the first.
    stride : distance between neighbouring patches, in pixels.
    encoding : "natural" for the learner's own encoding, or one of `lib.features.encodings.ENCODINGS`.
    threshold : threshold of the encodings soft_threshold and sign_split.
    pooling : 0 keeps the activations of every patch; k takes their means over k x k cells of the image.
    mirror : whether the mirrored images follow as further objects.
    """

    layer: int
    stride: int
    encoding: str = "natural"
    threshold: float = 0.0
    pooling: int = 0
    mirror: bool = False


@dataclass(frozen=True)
class Classifier:
    """What a classifier depends on.

    Attributes
    ----------
    path : dotted path of its scikit-learn class.
    parameters : arguments of the class.
    grid : lists of values by parameter; cross-validation on the training objects chooses a combination.
    standardise : whether every feature is scaled to mean 0 and standard deviation 1 first.
    rotate : whether objects are rotated to fewer dimensions; only for rotation-invariant models.
    components : number of principal components that the model sees, 0 for all features.
    calibrate : whether probabilities are derived from decision values.
    """

    path: str
    parameters: dict[str, Any]
    grid: dict[str, list[Any]]
    standardise: bool
    rotate: bool
    components: int = 0
    calibrate: bool = False

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Classifier:
        """Return the classifier of an entry of the configuration, without the label, which changes no prediction."""
        settings = {key: value for key, value in entry.items() if key not in ("class", "label")}
        return cls(entry["class"], **settings)

    @property
    def rotates(self) -> bool:
        """Whether objects are rotated; with components they always are, because this makes finding them faster."""
        return self.rotate or self.components > 0

    @property
    def preparation(self) -> str | None:
        """Name in `PREPARATIONS` of the preparation that classifiers can share; None if this one does not rotate."""
        if not self.rotates:
            return None
        return "standardised_rotated" if self.standardise else "rotated"


PREPARATIONS = {"rotated": False, "standardised_rotated": True}  # whether it standardises; both rotate
VIEW_SETTINGS = tuple(field.name for field in fields(View))

# A learner has the name of its module in lib.learners.
LEARNERS = {
    "autoencoder": Learner(
        settings=(
            *("hidden", "activation", "decoder", "rho", "lambda", "beta", "sparsity", "start"),
            *(*_OF_DATA, "precision", "iterations", "seed"),
        ),
        hidden="symmetric",
        checked=True,
        blockwise=True,
    ),
    "untrained": Learner(
        settings=("hidden", "activation", "decoder", *_OF_DATA, "precision", "seed"), hidden="symmetric", checked=True
    ),
    "random_patches": Learner(_OF_FILTERS),
    "pca": Learner(_OF_FILTERS),
    "ica": Learner(_OF_FILTERS),
    "kmeans": Learner(_OF_FILTERS),
}
# Values that are left out of names; most studies keep them.
NEUTRAL = {
    **{"image_size": 0, "whiten": False, "decoder": "sigmoid", "start": "random"},
    **{"encoding": "natural", "threshold": 0, "pooling": 0, "mirror": False},
}
ABBREVIATIONS = {"patches": "n", "patch_size": "p", "image_size": "size", "iterations": "i", "seed": "seed"}
PIXELS = "pixels"
DEFAULT = "default"  # the experiment that changes nothing
# Settings that affect the convergence of the loss more than the result; their experiments show the loss.
CURVE_SETTINGS = ("activation", "precision", "iterations")


def all_settings() -> list[str]:
    """Return the settings of all learners, each once, with the seed last."""
    known = dict.fromkeys(key for learner in LEARNERS.values() for key in learner.settings)
    return [key for key in known if key != "seed"] + ["seed"]


def layers_of(learner: str, settings: Mapping[str, Any]) -> list[int]:
    """Return the sizes of a learner's layers from the input on, without the input; each can give features."""
    sizes: list[int] = []
    for key in LEARNERS[learner].layers:
        sizes.extend(settings[key] if isinstance(settings[key], list) else [settings[key]])
    return sizes


@dataclass(frozen=True)
class Model:
    """A model to train.

    Attributes
    ----------
    learner : name of its learner.
    settings : the settings that the learner depends on.
    sample, normaliser : names of the patches that it is trained on, and of their normalisation.
    network : name of the network whose gradient is checked first, None for learners without such a check.
    """

    learner: str
    settings: Mapping[str, Any]
    sample: str = ""
    normaliser: str = ""
    network: str | None = None

    @property
    def layers(self) -> list[int]:
        """Sizes of the layers, as `layers_of` returns them."""
        return layers_of(self.learner, self.settings)

    @property
    def row(self) -> dict[str, Any]:
        """Learner and settings, as tables and labels have them."""
        return {"learner": self.learner, **self.settings}


def as_text(value: Any) -> str:
    """Return a value as names and tables show it: 75, 100-50-100, 0.0001, patch. Different values differ as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "-".join(map(str, value))
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


def stated(settings: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings with these keys whose values are not in `NEUTRAL`."""
    return {key: settings[key] for key in keys if key not in NEUTRAL or settings[key] != NEUTRAL[key]}


def name_of(settings: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Return a readable name for files: a number follows the name of its setting, a word appears without it."""
    parts = []
    for key, value in stated(settings, keys).items():
        word = isinstance(value, str) or key == "hidden"
        parts.append(key if value is True else ("" if word else ABBREVIATIONS.get(key, key)) + as_text(value))
    return "_".join(parts)


def effective(experiment: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as they take effect: those without effect get a fixed value, so that equal models coincide.

    Raises StudyError, naming the experiment, if settings do not fit together.
    """
    settings = dict(settings)
    learner = LEARNERS[settings["learner"]]

    def expect(right: bool, key: str, expected: str) -> None:
        if not right:
            found = settings[key] if isinstance(settings[key], list) else as_text(settings[key])
            raise StudyError(f"experiment {experiment}: {key} is {found}, expected {expected}")

    hidden = settings["hidden"]
    if learner.hidden == "one":
        settings["hidden"] = hidden[:1]
    if learner.hidden == "symmetric":
        expect(hidden == hidden[::-1], "hidden", "a symmetric list such as [100, 50, 100]")
    if len(settings["hidden"]) == 1:
        settings["sparsity"] = "all"  # a single layer is also the narrowest
        settings["start"] = "random"  # there is no layer to train before it
    if settings["activation"] == "relu":
        settings["decoder"] = "linear"
    if settings["encoding"] not in ("soft_threshold", "sign_split"):
        settings["threshold"] = NEUTRAL["threshold"]
    sizes = layers_of(settings["learner"], settings)
    expect(settings["layer"] <= len(sizes), "layer", f"at most {len(sizes)}: the layers have {sizes} units")
    if "decoder" in learner.settings and settings["whiten"]:
        expect(settings["decoder"] == "linear", "decoder", "linear: whiten is true, and whitened patches leave [0, 1]")
    if settings["encoding"] != NEUTRAL["encoding"]:
        expect(
            settings["layer"] == 1, "layer", f"1: encoding is {settings['encoding']}, which needs filters of patches"
        )
    return settings


def setting_text(key: str, value: Any) -> str:
    """Return a setting as labels show it: words and layers without the name of the setting, numbers after it."""
    name, text = key.replace("_", " "), as_text(value).replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if key == "hidden":
        return text if len(value) > 1 else f"{text} units"
    return text if isinstance(value, str) else f"{name} {text}"
