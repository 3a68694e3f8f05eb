"""Memory in MB, minutes and threads that the rules request for each job, from the settings of the job.

The data may be unknown when rules are read, so images are assumed to have three channels: grey ones need less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from lib.base.checksums import BLOCK
from lib.costs.amounts import (
    FLOAT32,
    MB,
    classification_bytes,
    classifier_bytes,
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

# MB. On a cluster each job has two processes of Snakemake, which take 310; Python and its libraries take up to 250.
BASE_MEMORY = 600
LATEX = 300  # MB of LuaLaTeX with its fonts
NOTEBOOK = 300  # MB of a kernel with the tables and figures of the notebook
PYTORCH_MEMORY = 400  # MB: PyTorch, and what it keeps of a batch
CHANNELS = 3  # at most
BLOCKS_OF_FEATURES = 64  # MB of a thread that extracts features, with pages of the images
CROP_SIZE = 96  # pixels: the side of a crop of the photographs
FITS = 100  # of a classifier: values of its grid, folds, and training sets
LARGE_TRAINING = 1.5e12  # operations
LARGE_EXTRACTION = 2000.0  # operations per pixel of an image; fewer take less time than the start of Python
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


def extraction_threads(model: Model, view: View) -> int:
    """Return the threads of an extraction: one where it is short, as others run at the same time, two elsewhere."""
    return 1 + (extraction_operations(model, view, _width(model.settings), 1 / view.stride**2) > LARGE_EXTRACTION)


def extraction_minutes(model: Model, view: View, size: float) -> int:
    """Return the time limit of an extraction in minutes.

    size: bytes of the images, from which one patch is taken every ``stride`` pixels.
    """
    patches = size / CHANNELS / view.stride**2
    return 30 + ceil(extraction_operations(model, view, _width(model.settings), patches) * _MINUTES_PER_OPERATION)


def _megabytes(files: Iterable[str]) -> int:
    """Return the size of files in MB; files that another job of a group has still to write count as empty."""
    return ceil(sum(path.stat().st_size for path in map(Path, files) if path.is_file()) / MB)


def reading_memory(files: Iterable[str], more: int = 0) -> int:
    """Return MB for small files that are read whole, as text and as values. more: MB of other programs."""
    return BASE_MEMORY + more + 2 * _megabytes(files)


def reading_minutes(files: Collection[str]) -> int:
    """Return the time limit in minutes of a job that reads many files: a slow file system takes a second for each."""
    return 10 + len(files) // 60


def mapping_memory(files: Iterable[str]) -> int:
    """Return MB for images that are mapped, of which a part is in memory at a time.

    The kernel can take the pages of a map back at any time, but where Slurm measures processes they count.
    """
    return BASE_MEMORY + _megabytes(files)


def exploration_memory(images: str, labels: str, most: int) -> int:
    """Return MB for a sample of images as floats with copies of them, and for the distances of all its pairs.

    images, labels: files of the training images and of their labels (N,) int64. most: images of the sample, at most.
    Raises FileNotFoundError.
    """
    count = Path(labels).stat().st_size / np.dtype(np.int64).itemsize
    sample = min(most, count)
    copies = 5 * FLOAT32 * sample * Path(images).stat().st_size / count
    return BASE_MEMORY + ceil((copies + 40 * sample**2) / MB)


def photographs_memory(crops: Mapping[str, int]) -> int:
    """Return MB for the crops of the photographs. crops: their number by split."""
    return BASE_MEMORY + ceil(sum(crops.values()) * CROP_SIZE**2 * CHANNELS / MB)


def ingestion_memory(files: Iterable[str]) -> int:
    """Return MB for reading raw files.

    Images that can be mapped or read in blocks need little; other files need a multiple of their size. Every file is
    mapped twice, to read it and for its checksum. Raises FileNotFoundError.
    """
    paths = list(files)
    return BASE_MEMORY + ceil(needed(paths) / MB) + 2 * _megabytes(paths)


def sampling_memory(sample: Mapping[str, Any], images: str) -> int:
    """Return MB for raw patches, the indices of their pixels, and one verified block of the images for each patch."""
    mapped = min(_megabytes([images]), ceil(sample["patches"] * BLOCK / MB))
    return BASE_MEMORY + sampling_bytes(sample, _width(sample)) // MB + mapped


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


def extraction_memory(threads: int) -> int:
    """Return MB for extracting features: the blocks of each thread, and pages of the images."""
    return BASE_MEMORY + threads * BLOCKS_OF_FEATURES


@dataclass(frozen=True)
class Objects:
    """What a classifier learns from and predicts.

    Attributes
    ----------
    seen, unseen : numbers of training and test objects.
    length : number of features of each object.
    stored : bytes of the files of the features.
    """

    seen: float
    unseen: float
    length: float
    stored: float

    @classmethod
    def of(cls, files: Any, copies: int, images: bool, labels: int = 0) -> Objects:
        """Return the objects in the input of a job.

        files: has as attributes the files ``train`` and ``test`` of the features of the images, and the file
        ``train_labels`` (N,) int64. copies: rows of each image among the features. images: whether the features are
        pixels, which are stored as bytes. labels: training images of each class that the classifier sees, 0 for all.
        Raises FileNotFoundError.
        """
        train, test = (sum(Path(file).stat().st_size for file in paths) for paths in (files.train, files.test))
        train = max(1, train)  # the job itself says that a file is damaged
        objects = max(1.0, copies * Path(files.train_labels).stat().st_size / np.dtype(np.int64).itemsize)
        length = train / (1 if images else FLOAT32) / objects
        seen = objects
        if labels:
            _classes, counts = np.unique(np.load(files.train_labels), return_counts=True)
            seen = copies * float(counts.clip(max=labels).sum())
        return cls(seen, objects * test / train, length, train + test)

    def memory(self, rotates: bool, rotated: bool = False, network: bool = False) -> int:
        """Return the MB of a job.

        rotates: whether it scales and rotates the objects itself, which takes copies of all features and square
        matrices of all training objects. rotated: whether another job has done so; the objects have then at most as
        many features as there are training objects. network: whether the classifier is a network.
        """
        if rotates:
            values = (self.seen + self.unseen) * self.length
            return BASE_MEMORY + ceil(classification_bytes(values, self.seen, self.length) / MB)
        length = min(self.length, self.seen) if rotated else self.length
        found = ceil(classifier_bytes(self.stored, self.seen, self.unseen, length) / MB)
        return BASE_MEMORY + network * PYTORCH_MEMORY + found

    def minutes(self) -> int:
        """Return the time limit of scaling, rotating or classifying in minutes.

        It allows for products of all pairs of objects, in every fold of every training set and for many values of a
        grid.
        """
        length = min(self.length, self.seen)
        operations = FITS * 2.0 * self.seen * ((self.seen + self.unseen) * length + self.seen * self.length)
        return 30 + ceil(operations * _MINUTES_PER_OPERATION)
