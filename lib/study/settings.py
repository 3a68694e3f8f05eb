"""What learners, views and networks depend on: the names of their settings, and how settings are written.

Data alone: whatever names a model, a table or a figure reads this module without importing any learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.base.errors import StudyError

# Settings of the sample of patches that a model is trained on. The seed is the number of the repetition, which every
# learner depends on.
PATCH_SETTINGS = ("patches", "patch_size", "image_size", "seed")
_OF_DATA = ("patches", "patch_size", "image_size", "centre", "whiten")
_OF_FILTERS = ("hidden", *_OF_DATA, "seed")
NETWORK_SETTINGS = ("hidden", "activation", "decoder", "sparsity")  # that the gradient check depends on
VIEW_SETTINGS = ("layer", "stride", "encoding", "threshold", "pooling", "mirror")


@dataclass(frozen=True)
class Learner:
    """What a learner depends on and asks for.

    Attributes
    ----------
    settings : names of the settings that change its result, in the order in which they appear in a model's name.
    layers : settings that hold the sizes of its layers, from the input on; features may come from each of them.
    hidden : hidden layers that it takes: "one" uses the first size alone, "symmetric" and "any" use all of them.
    checked : whether the gradient of its loss is checked before it trains; it then has all `NETWORK_SETTINGS`.
    blockwise : whether it reads patches block by block, so that many of them can stay in a file.
    """

    settings: tuple[str, ...]
    layers: tuple[str, ...] = ("hidden",)
    hidden: str = "one"
    checked: bool = False
    blockwise: bool = False


# The module of a learner has its name: `lib.learners.registry`.
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
    "kmeans": Learner(_OF_FILTERS),
}
# Values that add nothing to a name: what most studies never touch stays out of it.
NEUTRAL = {
    **{"image_size": 0, "whiten": False, "decoder": "sigmoid", "start": "random"},
    **{"encoding": "natural", "threshold": 0, "pooling": 0, "mirror": False},
}
ABBREVIATIONS = {"patches": "n", "patch_size": "p", "image_size": "size", "iterations": "i", "seed": "seed"}
PIXELS = "pixels"
DEFAULT = "default"  # the experiment without any change
# Settings that change how the loss falls more than the result: their experiments show the loss.
CURVE_SETTINGS = ("activation", "precision", "iterations")


def all_settings() -> list[str]:
    """Return the settings of all learners, each once, the number of the repetition last."""
    known = dict.fromkeys(key for learner in LEARNERS.values() for key in learner.settings)
    return [key for key in known if key != "seed"] + ["seed"]


def layers_of(model: Mapping[str, Any]) -> list[int]:
    """Return the sizes of a model's layers from the input on, the input not included; each can give features."""
    sizes: list[int] = []
    for key in LEARNERS[model["learner"]].layers:
        sizes.extend(model[key] if isinstance(model[key], list) else [model[key]])
    return sizes


def as_text(value: Any) -> str:
    """Return a setting as names and tables show it: 75 or 100-50-100, 0.0001, patch. Texts differ where values do."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return "-".join(map(str, value))
    return repr(float(value)).removesuffix(".0") if isinstance(value, float) else str(value)


def stated(settings: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings of these keys that are not neutral."""
    return {key: settings[key] for key in keys if key not in NEUTRAL or settings[key] != NEUTRAL[key]}


def name_of(settings: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    """Return a readable name for files: numbers follow the name of their setting, words go without it."""
    parts = []
    for key, value in stated(settings, keys).items():
        word = isinstance(value, str) or key == "hidden"
        parts.append(key if value is True else ("" if word else ABBREVIATIONS.get(key, key)) + as_text(value))
    return "_".join(parts)


def effective(experiment: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings as they take effect: one without effect gets a fixed value, so that equal models are one.

    Raises StudyError, naming the experiment, for settings that do not fit together.
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
        settings["sparsity"] = "all"  # one layer is the narrowest too
        settings["start"] = "random"  # and there is none to be trained before it
    if settings["activation"] == "relu":
        settings["decoder"] = "linear"
    if settings["encoding"] not in ("soft_threshold", "sign_split"):
        settings["threshold"] = NEUTRAL["threshold"]
    sizes = layers_of(settings)
    expect(settings["layer"] <= len(sizes), "layer", f"at most {len(sizes)}: the layers have {sizes} units")
    if "decoder" in learner.settings and settings["whiten"]:
        expect(settings["decoder"] == "linear", "decoder", "linear: whiten is true, and whitened patches leave [0, 1]")
    if settings["encoding"] != NEUTRAL["encoding"]:
        expect(
            settings["layer"] == 1, "layer", f"1: encoding is {settings['encoding']}, which takes filters of patches"
        )
    return settings


def setting_text(key: str, value: Any) -> str:
    """Return a setting as the labels of tables show it: words alone, numbers after the name of their setting."""
    name, text = key.replace("_", " "), as_text(value).replace("_", " ")
    if isinstance(value, bool):
        return name if value else f"no {name}"
    if key == "hidden":
        return text if len(value) > 1 else f"{text} units"
    return text if isinstance(value, str) else f"{name} {text}"
