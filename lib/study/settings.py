"""The settings that learners, views and classifiers depend on, their names, and how their values are written.

Data alone: this module knows no learner, so adding one changes no job that only uses settings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

# Settings of the sample of patches that a model is trained on. The seed is the number of the repetition; every learner
# depends on it.
PATCH_SETTINGS = ("patches", "patch_size", "image_size", "seed")
NETWORK_SETTINGS = ("hidden", "activation", "decoder", "penalty", "sparsity")  # settings of the gradient check


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
    labels : training images of each class that classifiers see, 0 for all; it changes no features.
    """

    layer: int
    stride: int
    encoding: str = "natural"
    threshold: float = 0.0
    pooling: int = 0
    mirror: bool = False
    labels: int = 0

    @property
    def name(self) -> str:
        """Name for files."""
        return name_of(asdict(self), VIEW_SETTINGS)

    @property
    def extracted(self) -> View:
        """The view without what concerns classifiers alone: views that agree in it share their features."""
        return replace(self, labels=0)


@dataclass(frozen=True)
class Classifier:
    """What a classifier depends on.

    Attributes
    ----------
    path : dotted path of its class, which has the interface of scikit-learn.
    parameters : arguments of the class.
    grid : lists of values by parameter; cross-validation on the training objects chooses a combination.
    standardise : whether every feature is scaled to mean 0 and standard deviation 1 first.
    rotate : whether objects are rotated to fewer dimensions; only for rotation-invariant models.
    components : number of principal components that the model sees, 0 for all features.
    calibrate : whether probabilities are derived from decision values.
    image_size : side in pixels to which images are reduced before their pixels are classified, 0 for no reduction.
    fine_tuned : whether features are trained with the classifier: it sees the images of the model, whose encoder
        becomes its first layers.
    """

    path: str
    parameters: dict[str, Any]
    grid: dict[str, list[Any]]
    standardise: bool
    rotate: bool
    components: int = 0
    calibrate: bool = False
    image_size: int = 0
    fine_tuned: bool = False

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
    def is_network(self) -> bool:
        """Whether its class is a network of this project, which takes images in the place of rows of features."""
        return self.path.startswith("lib.")

    def sees_images(self, pixels: bool) -> bool:
        """Return whether its model sees images: those of pixels unless they are prepared, or those it is tuned on."""
        unchanged = not (self.standardise or self.rotates)
        return self.is_network and (unchanged if pixels else self.fine_tuned)

    @property
    def preparation(self) -> str | None:
        """Name in `PREPARATIONS` of the preparation that classifiers can share; None if this one shares none.

        Only those that rotate share one, and only if they see the same pixels.
        """
        if not self.rotates or self.image_size:
            return None
        return "standardised_rotated" if self.standardise else "rotated"


PREPARATIONS = {"rotated": False, "standardised_rotated": True}  # whether it standardises; both rotate
VIEW_SETTINGS = tuple(field.name for field in fields(View))

# Values that are left out of names; most studies keep them.
NEUTRAL = {
    **{"image_size": 0, "whiten": False, "decoder": "sigmoid", "penalty": "kl", "start": "random", "binarise": False},
    **{"scaling": "deviation", "error": "mse", "momentum": 0.0, "maps": 0, "kernel": 0, "blocks": 0},
    **{
        "initial": "uniform",
        "tied": False,
        "corruption": "none",
        "noise": 0.0,
        "terms": "both",
        "divergence_weight": 1.0,
    },
    **{"encoding": "natural", "threshold": 0, "pooling": 0, "mirror": False, "labels": 0},
}
# Neutral values that no label shows: the model does not use the setting.
_UNUSED = ("maps", "kernel", "blocks", "noise")
ABBREVIATIONS = {
    **{"patches": "n", "patch_size": "p", "image_size": "size", "iterations": "i"},
    **{"learning_rate": "rate", "batch_size": "batch", "gibbs_steps": "cd"},
}
PIXELS = "pixels"
VALIDATION_SPLITS = 3  # of the cross-validation that chooses among a grid and of the one that fits temperatures
# Ranges to which intensities from 0 to 255 are mapped as they are, by the setting scaling.
RANGES = {"range": (-1.0, 1.0), "unit": (0.0, 1.0)}
DEFAULT = "default"  # the experiment that changes nothing
# Settings that affect the convergence of the loss more than the result; their experiments show the loss.
CURVE_SETTINGS = (
    *("activation", "precision", "iterations"),
    *("optimiser", "learning_rate", "momentum", "batch_size", "epochs"),
)
UNIT_SETTINGS = ("centre", "whiten", "scaling")  # set the unit of normalised values, and of errors of reconstructions
STEPS = ("iterations", "epochs")  # settings that limit the steps of a training; a learner with one has a history


@dataclass(frozen=True)
class Model:
    """A model to train.

    Attributes
    ----------
    learner : name of its learner.
    settings : the settings that the learner depends on.
    layers : sizes of its layers from the input on, without the input; each can give features.
    sample, normaliser : names of the patches that it is trained on, and of their normalisation.
    network : name of the network whose gradient is checked first, None for learners without such a check.
    codes : activations per patch of each layer where a unit has several, as a map of a convolution has; else empty.
    description : the layers of the network that its settings name, None for learners whose layers are settings.
    multiply_adds : of encoding and decoding a patch by such a network.
    """

    learner: str
    settings: Mapping[str, Any]
    layers: Sequence[int]
    sample: str = ""
    normaliser: str = ""
    network: str | None = None
    codes: Sequence[int] = ()
    description: Mapping[str, Any] | None = None
    multiply_adds: int = 0

    @property
    def arguments(self) -> dict[str, Any]:
        """The settings as the learner takes them: with the description of its network in place of the name."""
        return {**self.settings, **({"network": self.description} if self.description else {})}

    def features_of(self, layer: int, encoding: str = "natural") -> int:
        """Return the activations of a layer per patch; layer: 1 for the first.

        An encoding other than the learner's own uses the filters alone, so a unit has one activation.
        """
        own = encoding == NEUTRAL["encoding"] and self.codes
        return (own or self.layers)[layer - 1]

    @property
    def row(self) -> dict[str, Any]:
        """Learner and settings, as tables and labels have them."""
        return {"learner": self.learner, **self.settings}


def plain(settings: Model | View | Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as plain values, which the parameters of a job have to be."""
    return dict(settings) if isinstance(settings, Mapping) else asdict(settings)


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


def setting_text(key: str, value: Any) -> str:
    """Return a setting as labels show it: words and layers without the name of the setting, numbers after it."""
    name, text = key.replace("_", " "), as_text(value).replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if key == "hidden":
        return text if len(value) > 1 else f"{text} units"
    return text if isinstance(value, str) else f"{name} {text}"


def is_unused(key: str, value: Any) -> bool:
    """Return whether a value says that a model does not use a setting, such as the kernel of a network without one."""
    return key in _UNUSED and bool(value == NEUTRAL[key])
