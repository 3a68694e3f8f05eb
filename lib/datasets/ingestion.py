"""Images, labels and facts of the validated splits of a data set, written to files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.classes import check_classes
from lib.datasets.facts import facts
from lib.datasets.forms.registry import read_splits
from lib.datasets.splits import Split


def check_files_of(dataset: str, seed: int) -> None:
    """Read a data set to its end. Raises StudyError with a sentence for every fault that ingestion would meet."""
    splits = read_splits(dataset, seed)
    faults: list[str] = []
    check_classes(splits)
    for name, split in splits.items():
        try:
            facts(split, name)
        except StudyError as error:
            faults += error.sentences
    if faults:
        raise StudyError(*dict.fromkeys(faults))


def write_splits(splits: Mapping[str, Split], output: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Write images (N, D) uint8 and labels (N,) int64 as npy files; return the facts by split.

    output: paths by name, train and train_labels for the split train. Raises StudyError with a sentence for every
    damaged image of all splits.
    """
    found: dict[str, dict[str, Any]] = {}
    faults: list[str] = []
    for name, split in splits.items():
        header = {"descr": "|u1", "fortran_order": False, "shape": split.images.shape}
        # written from front to back rather than through a map, whose pages the disk would get in any order
        with open(output[name], "wb") as written:
            np.lib.format.write_array_header_1_0(written, header)
            try:
                found[name] = facts(split, name, written.write)  # type: ignore[arg-type]  # arrays are buffers
            except StudyError as error:
                faults += error.sentences
        if split.labels is not None:
            np.save(output[f"{name}_labels"], split.labels)
    if faults:
        raise StudyError(*dict.fromkeys(faults))
    return found
