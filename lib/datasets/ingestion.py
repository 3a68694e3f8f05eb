"""Validated splits written to files, or read to their end as a check."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.classes import check_classes
from lib.datasets.facts import SplitFacts, facts
from lib.datasets.forms.registry import read_splits
from lib.datasets.splits import Split


def check_files_of(dataset: str, seed: int, classes: Sequence[str] = ()) -> None:
    """Read a data set to its end. Raises StudyError with a sentence for every fault that ingestion would meet.

    seed, classes: as `lib.datasets.forms.registry.read_splits` takes them.
    """
    splits = read_splits(dataset, seed, classes)
    check_classes(splits)
    _facts_by_split(splits, lambda name, split: facts(split, name))


def write_splits(splits: Mapping[str, Split], output: Mapping[str, str]) -> dict[str, SplitFacts]:
    """Write images (N, D) uint8, labels (N,) int64 and groups (N,) int64 as npy files, and return the facts by split.

    output: path of the images by name of the split, path of the labels by name of the split and "_labels", and of the
    groups, for splits that need them, with "_groups". Without groups, each image is its own. Raises StudyError with a
    sentence for every damaged image of all splits.
    """

    def write(name: str, split: Split) -> SplitFacts:
        if split.labels is not None:
            np.save(output[f"{name}_labels"], split.labels)
        if path := output.get(f"{name}_groups"):
            np.save(path, np.arange(split.images.shape[0]) if split.groups is None else split.groups)
        header = {"descr": "|u1", "fortran_order": False, "shape": split.images.shape}
        # written sequentially: the pages of a memory map would reach the disk in any order
        with open(output[name], "wb") as file:
            np.lib.format.write_array_header_1_0(file, header)
            return facts(split, name, file.write)  # type: ignore[arg-type]  # arrays are buffers

    return _facts_by_split(splits, write)


def _facts_by_split(splits: Mapping[str, Split], read: Callable[[str, Split], SplitFacts]) -> dict[str, SplitFacts]:
    """Return what ``read`` returns for each split. Raises StudyError with the different sentences of all splits."""
    found: dict[str, SplitFacts] = {}
    faults: list[str] = []
    for name, split in splits.items():
        try:
            found[name] = read(name, split)
        except StudyError as error:
            faults += error.sentences
    if faults:
        raise StudyError(*dict.fromkeys(faults))
    return found
