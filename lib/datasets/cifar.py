"""CIFAR-10 in its Python form: pickled batches of rows with one channel after the other, each row-major."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import Split
from lib.datasets.pickles import decoded, read_pickle, stacked
from lib.datasets.reading import read_each
from lib.datasets.recognition import Files, kind
from lib.datasets.validation import Raw
from lib.errors import StudyError

FOLDER = "cifar-10-batches-py"
BATCHES = tuple(f"data_batch_{number}" for number in range(1, 6))


def find(source: Path) -> Files | None:
    """The batches by split, in the folder or in its subfolder of the original archive."""
    for folder in (source, source / FOLDER):
        batches = [folder / name for name in BATCHES if (folder / name).is_file()]
        if any(kind(batch) == "pickle" for batch in batches):
            meta = folder / "batches.meta"
            files = {"train": [str(folder / name) for name in BATCHES], "test": [str(folder / "test_batch")]}
            return files | ({"names": [str(meta)]} if meta.is_file() else {})
    return None


def _batch(path: str) -> tuple[np.ndarray, list[Any]]:
    contents = read_pickle(Path(path))
    data, labels = contents.get("data"), contents.get("labels")
    if not isinstance(data, np.ndarray) or data.ndim != 2:
        raise StudyError(f"{path}: has no matrix data, expected images of 3072 values a row")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise StudyError(f"{path}: has no list of {len(data)} labels, expected one for each image")
    return data, labels


def read(files: Files) -> dict[str, Split]:
    """The splits of CIFAR-10; the training images serve as unlabelled ones. Raises StudyError."""
    names: list[str] | None = None
    faults: list[str] = []
    if "names" in files:
        try:
            found = read_pickle(Path(files["names"][0])).get("label_names")
            if not isinstance(found, list) or not all(isinstance(name, str | bytes) for name in found):
                raise StudyError(f"{files['names'][0]}: has no list label_names, expected the names of the classes")
            names = [decoded(name) for name in found]
        except StudyError as error:
            faults += error.sentences

    def read_split(split: str, paths: list[str]) -> Raw:
        batches = [_batch(path) for path in paths]
        labels = [label for _, labels in batches for label in labels]
        images = stacked(paths, [data for data, _ in batches])
        return Raw(", ".join(paths), images, labels, names, layout="planes", first_label=0)

    return read_each({split: files[split] for split in ("train", "test")}, read_split, faults)
