"""What the rules ask for each job: memory in MB, minutes, threads, from the settings of the job.

The data may be unknown when rules are read, so images are taken to have three channels: grey ones need less.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from lib.costs.amounts import (
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

BASE_MEMORY = 500  # MB: the interpreter with its libraries and, in a job on a cluster, two processes of Snakemake
CHANNELS = 3  # at most
LARGE_TRAINING = 1.5e12  # operations
_MINUTES_PER_OPERATION = 1e-11 / 60  # of matrix products on a slow core


def _width(settings: Mapping[str, Any]) -> int:
    """Return the values of a patch at most."""
    return CHANNELS * int(settings["patch_size"]) ** 2


def training_threads(model: Mapping[str, Any]) -> int:
    """Return one thread for a small network, as others train at the same time; two for a large one."""
    return 1 + (training_operations(model, _width(model)) > LARGE_TRAINING)


def training_minutes(model: Mapping[str, Any]) -> int:
    """Return the minutes of a training at most."""
    return 10 + ceil(training_operations(model, _width(model)) * _MINUTES_PER_OPERATION)


def extraction_minutes(model: Mapping[str, Any], view: Mapping[str, Any], size: float) -> int:
    """Return the minutes of an extraction at most. size: bytes of the images, one patch every ``stride`` pixels."""
    patches = size / CHANNELS / view["stride"] ** 2
    return 30 + ceil(extraction_operations(model, _width(model), patches) * _MINUTES_PER_OPERATION)


def ingestion_memory(files: Iterable[str]) -> int:
    """Return MB to read raw files: few where images can be mapped or come in blocks, else a multiple of the files.

    Raises FileNotFoundError.
    """
    return BASE_MEMORY + ceil(needed(files) / MB)


def sampling_memory(sample: Mapping[str, Any]) -> int:
    """Return MB for raw patches and the indices of their pixels."""
    return BASE_MEMORY + sampling_bytes(sample, _width(sample)) // MB


def fitting_memory(sample: Mapping[str, Any]) -> int:
    """Return MB for float64 copies of a block of patches while statistics are taken."""
    return BASE_MEMORY + fitting_bytes(sample, _width(sample)) // MB


def training_memory(model: Mapping[str, Any]) -> int:
    """Return MB for the patches as floats, and what the learner keeps of each."""
    return BASE_MEMORY + training_bytes(model, _width(model)) // MB


def measuring_memory(model: Mapping[str, Any]) -> int:
    """Return MB for the measured patches as floats, the activations and errors of every layer."""
    return BASE_MEMORY + measuring_bytes(model, _width(model)) // MB


def classification_memory(size: float, pixels: bool, objects: float) -> int:
    """Return MB for features of ``size`` bytes with their copies, and square matrices of all training objects.

    pixels: whether the features are images, which come as bytes.
    """
    return BASE_MEMORY + ceil(classification_bytes(size, pixels, objects) / MB)
