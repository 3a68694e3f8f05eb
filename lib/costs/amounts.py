"""Operations, values and bytes of single steps, computed from settings and sizes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from lib.base.rows import IN_MEMORY, KEPT_BYTES
from lib.evaluation.units import MEASURED_PATCHES
from lib.features.extraction import grid_of
from lib.sample_patches import FIT_BLOCK
from lib.study.learners import LEARNERS, UNTRAINED
from lib.study.settings import STEPS, Model, View

MB = 2**20
FLOAT32, FLOAT64 = 4, 8  # bytes


def weights_of(model: Model, width: int) -> int:
    """Return how often a model multiplies with weights for a patch of ``width`` values, which it reconstructs.

    Each weight of fully connected layers counts once, one of a convolution at every position.
    """
    if model.multiply_adds:
        return model.multiply_adds
    sizes = [width, *model.layers, width]
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


def encoder_weights(model: Model, width: int, layer: int) -> int:
    """Return the number of weights from a patch of ``width`` values to a layer, 1 for the first."""
    return sum(inputs * outputs for inputs, outputs in pairwise([width, *model.layers[:layer]]))


def kind_of(model: Model) -> str:
    """Return the name of the rates of a model's training; models that agree in these settings share their rates."""
    keys = ("activation", "decoder", "precision", "network")
    return " ".join(["training", model.learner, *(str(model.settings[key]) for key in keys if key in model.settings)])


def training_operations(model: Model, width: int) -> float:
    """Return the operations of the matrix products of training: forward pass, errors and gradients, 2 per weight each.

    Learners without the setting iterations or epochs count as 100 iterations, which is an upper bound. Random weights
    need none.
    """
    if model.learner in UNTRAINED:
        return 0.0
    return 6.0 * model.settings["patches"] * weights_of(model, width) * steps_of(model, 100)


def steps_of(model: Model, otherwise: int) -> float:
    """Return how often a training passes through all patches, at most, with three matrix products of every weight.

    A Gibbs step adds two products. otherwise: for learners without iterations or epochs.
    """
    settings = model.settings
    if "gibbs_steps" in settings:
        return settings["epochs"] * (3 + 2 * settings["gibbs_steps"]) / 3
    return next((float(settings[key]) for key in STEPS if key in settings), float(otherwise))


def training_bytes(model: Model, width: int) -> int:
    """Return the bytes of patches as floats and of activations; blockwise learners keep large samples on disk."""
    patches = model.settings["patches"]
    if not LEARNERS[model.learner].blockwise or model.settings.get("start") == "greedy":
        return _encoding_bytes(model, patches, width)
    floats, kept = patches * width * FLOAT64, patches * sum(model.layers) * FLOAT64
    return 2 * min(floats, IN_MEMORY) + min(kept, KEPT_BYTES)


def measuring_bytes(model: Model, width: int) -> int:
    """Return the bytes of the measured patches as floats, with activations and errors of every layer."""
    return _encoding_bytes(model, min(model.settings["patches"], MEASURED_PATCHES), width)


def _encoding_bytes(model: Model, patches: int, width: int) -> int:
    return patches * (9 * width + 3 * sum(model.layers)) * FLOAT64


def sampling_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of raw patches and of the indices of their pixels."""
    return settings["patches"] * width * 4


def fitting_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Return the bytes of the float64 copies of a block of patches while statistics are computed."""
    return min(settings["patches"], FIT_BLOCK) * width * 32


def extraction_operations(model: Model, view: View, width: int, patches: float) -> float:
    """Return the operations of the matrix products of whitening and of every layer up to that of the view."""
    whitening = width**2 * bool(model.settings["whiten"])
    return 2.0 * patches * (whitening + encoder_weights(model, width, view.layer))


def classification_bytes(values: float, objects: float, length: float) -> float:
    """Return the bytes of features, and of matrices of all pairs of training objects.

    The features are there as float32, standardised, and as float64 while a classifier converts them. Objects are
    rotated, which takes four matrices of pairs, only where they have more features than there are objects.

    values: features of all training and test objects together. objects: training objects. length: features of each.
    """
    pairs = objects**2 if length > objects else 0.0
    return 4 * values * FLOAT32 + 4 * pairs * FLOAT64


def classifier_bytes(stored: float, objects: float, unseen: float, length: float) -> float:
    """Return the bytes of a classifier that rotates nothing itself: its objects are rotated already, or never.

    The features are there as stored, mapped and as a copy of the training objects. What the classifier is fitted on is
    there as float32 and standardised, or as float64.

    stored: bytes of the stored features. objects, unseen: training and test objects. length: features of each, after
    rotation.
    """
    return 2 * stored + 2 * (objects + unseen) * length * FLOAT32


def ingestion_bytes(size: float) -> float:
    """Return an upper bound: the raw files in memory and a copy. Files that are mapped or read in blocks need less."""
    return 2 * size


def length_of_features(model: Model, view: View, side: int, channels: int) -> int:
    """Return the number of features of an image, given a model and a view.

    Raises ValueError if patches are larger than the images, or if there are more cells than patches.
    """
    return grid_of(model, view, channels).length(model.settings["image_size"] or side)
