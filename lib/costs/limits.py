"""Memory in MB, minutes and threads that the rules request for each job, from the settings of the job.

The data may be unknown when rules are read, so images are assumed to have three channels: grey ones need less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from lib.costs.amounts import (
    FLOAT32,
    MB,
    classification_bytes,
    extraction_operations,
    fitting_bytes,
    measuring_bytes,
    sampling_bytes,
    training_bytes,
    training_operations,
)
from lib.datasets.memory import needed
from lib.study.learners import LEARNERS
from lib.study.settings import Model, View

BASE_MEMORY = 500  # MB: the interpreter with its libraries and, in a job on a cluster, two processes of Snakemake
PYTORCH_MEMORY = 400  # MB: PyTorch, and what it keeps of a batch
CHANNELS = 3  # at most
LARGE_TRAINING = 1.5e12  # operations
_MINUTES_PER_OPERATION = 1e-11 / 60  # of matrix products on a slow core


def _width(settings: Mapping[str, Any]) -> int:
    """Return the largest number of values of a patch."""
    return CHANNELS * int(settings["patch_size"]) ** 2


def training_threads(model: Model) -> int:
    """Return the threads of a training: one for a small network, as others train at the same time, two for a large."""
    return 1 + (training_operations(model, _width(model.settings)) > LARGE_TRAINING)


def training_minutes(model: Model) -> int:
    """Return the time limit of a training in minutes."""
    return 10 + ceil(training_operations(model, _width(model.settings)) * _MINUTES_PER_OPERATION)


def extraction_minutes(model: Model, view: View, size: float) -> int:
    """Return the time limit of an extraction in minutes.

    size: bytes of the images, from which one patch is taken every ``stride`` pixels.
    """
    patches = size / CHANNELS / view.stride**2
    return 30 + ceil(extraction_operations(model, view, _width(model.settings), patches) * _MINUTES_PER_OPERATION)


def ingestion_memory(files: Iterable[str]) -> int:
    """Return MB for reading raw files.

    Images that can be mapped or read in blocks need little; other files need a multiple of their size. Raises
    FileNotFoundError.
    """
    return BASE_MEMORY + ceil(needed(files) / MB)


def sampling_memory(sample: Mapping[str, Any]) -> int:
    """Return MB for raw patches and the indices of their pixels."""
    return BASE_MEMORY + sampling_bytes(sample, _width(sample)) // MB


def fitting_memory(sample: Mapping[str, Any]) -> int:
    """Return MB for float64 copies of a block of patches while statistics are computed."""
    return BASE_MEMORY + fitting_bytes(sample, _width(sample)) // MB


def training_memory(model: Model) -> int:
    """Return MB for the patches as floats, and for what the learner keeps of each."""
    return BASE_MEMORY + _of_network(model) + training_bytes(model, _width(model.settings)) // MB


def _of_network(model: Model) -> int:
    return PYTORCH_MEMORY if LEARNERS[model.learner].is_described else 0


def measuring_memory(model: Model) -> int:
    """Return MB for the measured patches as floats, and for the activations and errors of every layer."""
    return BASE_MEMORY + _of_network(model) + measuring_bytes(model, _width(model.settings)) // MB


def classification_memory(
    train: Iterable[str], test: Iterable[str], labels: str, copies: int, pixels: bool, network: bool = False
) -> int:
    """Return MB for features with their copies, and for square matrices of all training objects.

    train, test: files of the features of the training and test images. labels: file of the labels (N,) int64 of the
    training images. copies: rows of each image among the features. pixels: whether the features are images, which are
    stored as bytes. network: whether the classifier is a network. Raises FileNotFoundError.
    """
    one = 1 if pixels else FLOAT32  # bytes of a value
    seen, unseen = (sum(Path(file).stat().st_size for file in files) / one for files in (train, test))
    objects = copies * Path(labels).stat().st_size / np.dtype(np.int64).itemsize
    needed_bytes = classification_bytes(seen + unseen, objects, seen / objects)
    return BASE_MEMORY + network * PYTORCH_MEMORY + ceil(needed_bytes / MB)
