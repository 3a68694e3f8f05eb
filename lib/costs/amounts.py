"""Operations, values and bytes of single steps, from settings and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from lib.base.rows import IN_MEMORY, KEPT_BYTES
from lib.evaluation.units import MEASURED_PATCHES
from lib.features.extraction import grid_of
from lib.sample_patches import FIT_BLOCK
from lib.study.settings import LEARNERS, View, layers_of

MB = 2**20
FLOAT32, FLOAT64 = 4, 8  # bytes


def weights_of(settings: Mapping[str, Any], width: int) -> int:
    """Return the weights between the layers of a model and back to patches of ``width`` values."""
    sizes = [width, *layers_of(settings), width]
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


def kind_of(settings: Mapping[str, Any]) -> str:
    """Name of the rates of a model's training: those of learners with these settings are measured together."""
    keys = ("learner", "activation", "decoder", "precision")
    return " ".join(["training", *(str(settings[key]) for key in keys if key in settings)])


def training_operations(settings: Mapping[str, Any], width: int) -> float:
    """Operations of the matrix products, 2 each way of data, errors and gradients.

    The iterations of learners without that setting are cheaper, and fewer than 100.
    """
    return 6.0 * settings["patches"] * weights_of(settings, width) * settings.get("iterations", 100)


def training_bytes(settings: Mapping[str, Any], width: int) -> int:
    """The patches as floats, and what else the learner keeps of each; the autoencoder leaves most of many in a file."""
    floats = settings["patches"] * width * FLOAT64
    if not LEARNERS[settings["learner"]].blockwise or settings.get("start") == "greedy":
        return _encoding_bytes(settings, settings["patches"], width)
    kept = settings["patches"] * sum(layers_of(settings)) * FLOAT64
    return 2 * min(floats, IN_MEMORY) + min(kept, KEPT_BYTES)


def measuring_bytes(settings: Mapping[str, Any], width: int) -> int:
    """The measured patches as floats, the activations and errors of every layer."""
    return _encoding_bytes(settings, min(settings["patches"], MEASURED_PATCHES), width)


def _encoding_bytes(settings: Mapping[str, Any], patches: int, width: int) -> int:
    return patches * (9 * width + 3 * sum(layers_of(settings))) * FLOAT64


def sampling_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Raw patches and the indices of their pixels."""
    return settings["patches"] * width * 4


def fitting_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Float64 copies of a block of patches while statistics are taken."""
    return min(settings["patches"], FIT_BLOCK) * width * 32


def extraction_operations(settings: Mapping[str, Any], width: int, patches: float) -> float:
    """Operations of the matrix products of whitening and of every layer."""
    return 2.0 * patches * (width**2 + weights_of(settings, width))


def classification_bytes(size: float, pixels: bool, objects: float) -> float:
    """Features of that size as float32, with copies, pixels come as bytes; four matrices of all training objects."""
    return 8 * size * (4 if pixels else 1) + 4 * objects**2 * FLOAT64


def ingestion_bytes(size: float) -> float:
    """At most: the raw files in memory and a second copy. Files that are mapped or come in blocks need less."""
    return 2 * size


def length_of_features(model: Mapping[str, Any], view: Mapping[str, Any], side: int, channels: int) -> int:
    """Return the features of an image by the settings of a model and a view.

    Raises ValueError for patches larger than the images, and for more cells than patches.
    """
    return grid_of(model, View(**view), channels).length(model["image_size"] or side)
