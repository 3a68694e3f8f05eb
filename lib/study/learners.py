"""What every learner depends on, and how its settings take effect.

Data alone: this module imports no learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.base.errors import StudyError
from lib.study.settings import NEUTRAL, Model, as_text

_OF_DATA = ("patches", "patch_size", "image_size", "centre", "whiten")
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
    bounded : whether it takes values as probabilities, so that patches are normalised to be within [0, 1].
    """

    settings: tuple[str, ...]
    layers: tuple[str, ...] = ("hidden",)
    hidden: str = "one"
    checked: bool = False
    blockwise: bool = False
    bounded: bool = False


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
    ),
    "untrained": Learner(
        settings=("hidden", "activation", "decoder", *_OF_DATA, "precision", "seed"), hidden="symmetric", checked=True
    ),
    "random_patches": Learner(_OF_FILTERS),
    "pca": Learner(_OF_FILTERS),
    "ica": Learner(_OF_FILTERS),
    "kmeans": Learner(_OF_FILTERS),
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
}


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


def model_of(learner: str, settings: Mapping[str, Any], **names: Any) -> Model:
    """Return a model with its layers. names: sample, normaliser and network."""
    return Model(learner, settings, layers_of(learner, settings), **names)


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
        settings["penalty"] = "l1"  # its activations leave [0, 1], where the divergence is defined
    elif settings["beta"] == 0:
        settings["penalty"] = NEUTRAL["penalty"]
    if settings["encoding"] not in ("soft_threshold", "sign_split"):
        settings["threshold"] = NEUTRAL["threshold"]
    sizes = layers_of(settings["learner"], settings)
    expect(settings["layer"] <= len(sizes), "layer", f"at most {len(sizes)}: the layers have {sizes} units")
    if "decoder" in learner.settings and settings["whiten"]:
        expect(settings["decoder"] == "linear", "decoder", "linear: whiten is true, and whitened patches leave [0, 1]")
    if learner.bounded:
        expect(not settings["whiten"], "whiten", "false: the learner takes values within [0, 1] as probabilities")
    if settings["encoding"] != NEUTRAL["encoding"]:
        expect(
            settings["layer"] == 1, "layer", f"1: encoding is {settings['encoding']}, which needs filters of patches"
        )
    return settings
