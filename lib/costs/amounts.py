"""Operations, values and bytes of single steps, computed from settings and sizes."""

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
    """Return the number of weights of a model whose input and output are patches of ``width`` values."""
    sizes = [width, *layers_of(settings), width]
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


def kind_of(settings: Mapping[str, Any]) -> str:
    """Return the name of the rates of a model's training; models that agree in these settings share their rates."""
    keys = ("learner", "activation", "decoder", "precision")
    return " ".join(["training", *(str(settings[key]) for key in keys if key in settings)])


def training_operations(settings: Mapping[str, Any], width: int) -> float:
    """Return the operations of the matrix products of training: forward pass, errors and gradients, 2 per weight each.

    Learners without the setting iterations count as 100 iterations, which is an upper bound.
    """
    return 6.0 * settings["patches"] * weights_of(settings, width) * settings.get("iterations", 100)


def training_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of patches as floats and of activations; blockwise learners keep large samples on disk."""
    floats = settings["patches"] * width * FLOAT64
    if not LEARNERS[settings["learner"]].blockwise or settings.get("start") == "greedy":
        return _encoding_bytes(settings, settings["patches"], width)
    kept = settings["patches"] * sum(layers_of(settings)) * FLOAT64
    return 2 * min(floats, IN_MEMORY) + min(kept, KEPT_BYTES)


def measuring_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of the measured patches as floats, with activations and errors of every layer."""
    return _encoding_bytes(settings, min(settings["patches"], MEASURED_PATCHES), width)


def _encoding_bytes(settings: Mapping[str, Any], patches: int, width: int) -> int:
    return patches * (9 * width + 3 * sum(layers_of(settings))) * FLOAT64


def sampling_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of raw patches and of the indices of their pixels."""
    return settings["patches"] * width * 4


def fitting_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of the float64 copies of a block of patches while statistics are computed."""
    return min(settings["patches"], FIT_BLOCK) * width * 32


def extraction_operations(settings: Mapping[str, Any], width: int, patches: float) -> float:
    """Return the operations of the matrix products of whitening and of every layer."""
    return 2.0 * patches * (width**2 + weights_of(settings, width))


def classification_bytes(size: float, pixels: bool, objects: float) -> float:
    """Return the bytes of float32 features and a copy, and of four matrices of all pairs of training objects.

    size: bytes of the stored features. Pixels are stored as uint8, so they grow fourfold.
    """
    return 8 * size * (4 if pixels else 1) + 4 * objects**2 * FLOAT64


def ingestion_bytes(size: float) -> float:
    """Return an upper bound: the raw files in memory and a copy. Files that are mapped or read in blocks need less."""
    return 2 * size


def length_of_features(model: Mapping[str, Any], view: Mapping[str, Any], side: int, channels: int) -> int:
    """Return the number of features of an image, given the settings of a model and a view.

    Raises ValueError if patches are larger than the images, or if there are more cells than patches.
    """
    return grid_of(model, View(**view), channels).length(model["image_size"] or side)
