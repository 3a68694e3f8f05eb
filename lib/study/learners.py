"""What every learner depends on, and how its settings take effect.

Data alone: this module imports no learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.base.errors import StudyError
from lib.study.networks import NUMBERS, OF_LEARNERS, described, has_whole_filters, numbers_of, sizes_of
from lib.study.settings import NEUTRAL, RANGES, STEPS, VIEW_SETTINGS, Model, View, as_text

_OF_DATA = ("patches", "patch_size", "image_size", "centre", "whiten", "scaling")
_OF_NETWORK = ("network", *NUMBERS)  # a network that the configuration describes
_OF_BATCHES = ("lambda", "optimiser", "learning_rate", "momentum", "batch_size", "epochs")  # of the training
_OF_FILTERS = ("hidden", *_OF_DATA, "seed")


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
    tunable : whether a network can start from it, and go on to train its first layer or its encoder.
    twin : the learner that keeps the initial weights of this one, None for a learner without weights to train.
    bounded : whether it takes values as probabilities, so that patches are normalised to be within [0, 1].
    reconstructs : whether it reconstructs patches, so that its models have an error on test images.
    error : what the reconstruction error in the history of a training is, such as a sum over the values of a patch; ""
        where the history has none. Only errors of the same kind can be compared.
    most_units : what limits its number of units: the number of "patches", the "directions" of a patch, or nothing.
    """

    settings: tuple[str, ...]
    layers: tuple[str, ...] = ("hidden",)
    hidden: str = "one"
    checked: bool = False
    blockwise: bool = False
    tunable: bool = False
    twin: str | None = None
    bounded: bool = False
    reconstructs: bool = True
    error: str = ""
    most_units: str = ""

    @property
    def is_described(self) -> bool:
        """Whether its layers belong to a network that the configuration describes."""
        return "network" in self.settings


_WITHOUT_TARGET = 0.01  # stands for any ρ where the sparsity term has none
WITH_MOMENTUM = ("sgd", "nesterov")  # optimisers that the setting momentum changes

# A learner has the name of its module in lib.learners.
LEARNERS = {
    "autoencoder": Learner(
        settings=(
            *("hidden", "activation", "decoder", "rho", "lambda", "beta", "penalty", "sparsity", "start"),
            *(*_OF_DATA, "precision", "iterations", "seed"),
        ),
        hidden="symmetric",
        checked=True,
        blockwise=True,
        tunable=True,
        twin="untrained",
        error="sum over the values of a patch",
    ),
    "untrained": Learner(
        settings=("hidden", "activation", "decoder", *_OF_DATA, "precision", "seed"),
        hidden="symmetric",
        checked=True,
        tunable=True,
    ),
    "random_patches": Learner(_OF_FILTERS, reconstructs=False, most_units="patches"),
    "pca": Learner(_OF_FILTERS, most_units="directions"),
    "ica": Learner(_OF_FILTERS, reconstructs=False, most_units="directions"),
    "kmeans": Learner(_OF_FILTERS, reconstructs=False, most_units="patches"),
    "convolutional": Learner(
        settings=(
            *(*_OF_NETWORK, "initial", "tied", "start", "corruption", "noise", "error", *_OF_BATCHES),
            *(*_OF_DATA, "seed"),
        ),
        layers=(),
        tunable=True,
        twin="untrained_convolutional",
        error="mean over the values of an image",
    ),
    "linear_autoencoder": Learner(("hidden", "learning_rate", *_OF_DATA, "precision", "iterations", "seed")),
    "hebbian": Learner(("hidden", "rule", "learning_rate", "batch_size", "epochs", *_OF_DATA, "precision", "seed")),
    "rbm": Learner(
        settings=(
            *("hidden", "gibbs_steps", "binarise", "learning_rate", "momentum", "batch_size", "epochs"),
            *(*_OF_DATA, "precision", "seed"),
        ),
        hidden="any",
        bounded=True,
    ),
    "untrained_convolutional": Learner(
        settings=(*_OF_NETWORK, "initial", "tied", *_OF_DATA, "seed"), layers=(), tunable=True
    ),
    "variational": Learner(
        settings=(*_OF_NETWORK, "initial", "terms", "divergence_weight", *_OF_BATCHES, *_OF_DATA, "seed"),
        layers=(),
        tunable=True,
        error="cross-entropy of an image, in nats",
    ),
}

# Learners that keep their random initial weights.
UNTRAINED = frozenset(learner.twin for learner in LEARNERS.values() if learner.twin)


def all_settings() -> list[str]:
    """Return the settings of all learners, each once, with the seed last."""
    known = dict.fromkeys(key for learner in LEARNERS.values() for key in learner.settings)
    return [key for key in known if key != "seed"] + ["seed"]


def used(settings: Mapping[str, Any], learner: str) -> dict[str, Any]:
    """Return the settings that change what a learner does, or how its features are taken: labels have no others."""
    known = ("learner", *LEARNERS[learner].settings, *VIEW_SETTINGS)
    return {key: value for key, value in settings.items() if key in known}


def layers_of(learner: str, settings: Mapping[str, Any]) -> list[int]:
    """Return the sizes of a learner's layers from the input on, without the input; each can give features."""
    sizes: list[int] = []
    for key in LEARNERS[learner].layers:
        sizes.extend(settings[key] if isinstance(settings[key], list) else [settings[key]])
    return sizes


def is_random_network(model: Model) -> bool:
    """Return whether a model is a network of the configuration that keeps its random initial weights."""
    return LEARNERS[model.learner].is_described and not set(STEPS) & set(model.settings)


def model_of(
    learner: str, settings: Mapping[str, Any], networks: Mapping[str, Any] | None = None, **names: Any
) -> Model:
    """Return a model with its layers.

    networks: the described networks by name, for a learner whose layers they are. names: sample, normaliser and
    network. Raises StudyError for a network that does not fit.
    """
    if not LEARNERS[learner].is_described:
        return Model(learner, settings, layers_of(learner, settings), **names)
    description = described(settings["network"], networks or {}, OF_LEARNERS)
    own = {key: settings[key] for key in LEARNERS[learner].settings if key in settings}
    sizes = sizes_of({**own, "network": description}, settings["network"])
    return Model(
        *(learner, settings, [sizes.units]),
        codes=[sizes.code],
        description=description,
        multiply_adds=sizes.multiply_adds,
        **names,
    )


def fault_of_tuning(model: Model, view: View) -> str | None:
    """Return why a network cannot start from the features of a model, as the end of a sentence; None if it can."""
    settings, learner = model.settings, LEARNERS[model.learner]
    if not learner.tunable:
        return (
            f"learner is {model.learner}, expected one of {', '.join(n for n, one in LEARNERS.items() if one.tunable)}"
        )
    if settings["centre"] != "none" or settings["whiten"]:
        return "patches are centred or whitened, expected scaling range: a network sees whole images"
    if learner.is_described and settings["image_size"] != settings["patch_size"]:
        return f"patch_size is {settings['patch_size']}, expected {settings['image_size']}, the image_size"
    if view.encoding != NEUTRAL["encoding"] or view.layer != 1:
        return "layer or encoding is another than the first layer of the learner itself"
    return "mirror is true, expected false" if view.mirror else None


def effective(
    experiment: str, settings: Mapping[str, Any], networks: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the settings as they take effect: those without effect get a fixed value, so that equal models coincide.

    networks: the described networks by name. Raises StudyError, naming the experiment, if settings do not fit together.
    """
    settings = dict(settings)
    learner = LEARNERS[settings["learner"]]
    try:
        if learner.hidden == "one":
            settings["hidden"] = settings["hidden"][:1]
        if learner.hidden == "symmetric":
            mirrored = settings["hidden"] == settings["hidden"][::-1]
            _expect(mirrored, settings, "hidden", "a symmetric list such as [100, 50, 100]")
        settings |= _neutral(settings, learner)
        if learner.is_described:
            settings |= _neutral_numbers(settings, networks or {})
            _check_described(settings, learner, networks or {})
        else:
            _check_layers(settings, learner)
    except StudyError as error:
        raise StudyError(f"experiment {experiment}: {error}") from None
    return settings


def _expect(right: bool, settings: Mapping[str, Any], key: str, expected: str) -> None:
    """Raise StudyError unless a setting is right."""
    if not right:
        found = settings[key] if isinstance(settings[key], list) else as_text(settings[key])
        raise StudyError(f"{key} is {found}, expected {expected}")


def _neutral(settings: Mapping[str, Any], learner: Learner) -> dict[str, Any]:
    """Return the fixed values of the settings that have no effect along with the others."""
    fixed: dict[str, Any] = {}
    if len(settings["hidden"]) == 1 and not learner.is_described:
        fixed["sparsity"] = "all"  # a single layer is also the narrowest
        fixed["start"] = "random"  # there is no layer to train before it
    if settings["activation"] == "relu":
        fixed["decoder"] = "linear"
        fixed["penalty"] = "l1"  # its activations leave [0, 1], where the divergence is defined
    elif settings["beta"] == 0:
        fixed["penalty"] = NEUTRAL["penalty"]
    if settings["beta"] == 0:
        fixed["sparsity"] = "all"
    if settings["beta"] == 0 or fixed.get("penalty", settings["penalty"]) == "l1":
        fixed["rho"] = _WITHOUT_TARGET  # the L1 term has no target
    if settings["encoding"] not in ("soft_threshold", "sign_split"):
        fixed["threshold"] = NEUTRAL["threshold"]
    if settings["scaling"] in RANGES:
        fixed |= {"centre": "none", "whiten": False}  # it maps intensities as they are
    if "optimiser" in learner.settings and settings["optimiser"] not in WITH_MOMENTUM:
        fixed["momentum"] = NEUTRAL["momentum"]
    if "corruption" in learner.settings and settings["corruption"] == "none":
        fixed["noise"] = NEUTRAL["noise"]
    if "terms" in learner.settings and settings["terms"] != "both":
        fixed["divergence_weight"] = NEUTRAL["divergence_weight"]
    return fixed


def _neutral_numbers(settings: Mapping[str, Any], networks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fixed values of the numbers that the description of a network does not name."""
    named = numbers_of(described(settings["network"], networks, OF_LEARNERS))
    return {key: NEUTRAL[key] for key in NUMBERS if key not in named}


def _check_described(settings: Mapping[str, Any], learner: Learner, networks: Mapping[str, Any]) -> None:
    """Raise StudyError for settings that do not fit a learner whose layers the configuration describes."""
    corruption = settings["corruption"]
    if corruption in ("zeros", "random"):
        _expect(settings["scaling"] in RANGES, settings, "scaling", f"range or unit: corruption is {corruption}")
    if corruption not in ("none", "gaussian"):
        _expect(settings["noise"] < 1, settings, "noise", f"a share below 1: corruption is {corruption}")
    if "divergence_weight" in learner.settings:
        right = settings["scaling"] == "unit"
        _expect(right, settings, "scaling", f"unit: {settings['learner']} reconstructs [0, 1]")
    if "optimiser" in learner.settings and settings["optimiser"] == "nesterov":
        _expect(settings["momentum"] > 0, settings, "momentum", "above 0: optimiser is nesterov; without it, sgd")
    _expect(settings["layer"] == 1, settings, "layer", f"1: {settings['learner']} gives the code alone")
    if settings["encoding"] != NEUTRAL["encoding"]:
        own = {**settings, "network": described(settings["network"], networks, OF_LEARNERS)}
        whole = has_whole_filters(own, settings["network"])
        _expect(whole, settings, "encoding", f"natural: filters of {settings['network']} are smaller than patches")


def _check_layers(settings: Mapping[str, Any], learner: Learner) -> None:
    """Raise StudyError for settings that do not fit a learner whose layers are numbers of hidden units."""
    sizes = layers_of(settings["learner"], settings)
    _expect(settings["layer"] <= len(sizes), settings, "layer", f"at most {len(sizes)}: the layers have {sizes} units")
    if "decoder" in learner.settings:
        for reason, holds in (
            ("whiten is true", settings["whiten"]),
            ("scaling is range", settings["scaling"] == "range"),
        ):
            right = not holds or settings["decoder"] == "linear"
            _expect(right, settings, "decoder", f"linear: {reason}, so patches leave [0, 1]")
    if learner.bounded:
        within = "the learner takes values within [0, 1] as probabilities"
        _expect(not settings["whiten"], settings, "whiten", f"false: {within}")
        _expect(settings["scaling"] != "range", settings, "scaling", f"deviation or unit: {within}")
    if settings["encoding"] != NEUTRAL["encoding"]:
        expected = f"1: encoding is {settings['encoding']}, which needs filters of patches"
        _expect(settings["layer"] == 1, settings, "layer", expected)
