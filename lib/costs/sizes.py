"""The sizes of a data set, before or after it was ingested."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lib.base.jobs import read_json
from lib.costs.work import Data
from lib.datasets.forms.registry import raw_files, read_splits
from lib.datasets.known_facts import PHOTOGRAPHS, UNREADABLE, known_facts
from lib.datasets.origin import official
from lib.datasets.origin.provenance import stamps
from lib.datasets.photographs import SIDE
from lib.datasets.splits import SPLITS

CHEAP = 2**28  # bytes of raw files that are read for their headers; more only where they are mapped
MAPPED = (".pk", ".pkl", ".pickle", ".mat", ".npy")


def _folds(config: dict[str, Any], own: Any, train: int) -> list[int]:
    if config["folds"] == 0:
        return []
    drawn = [train // config["folds"]] * config["folds"]
    return [len(fold) for fold in own] if own else drawn


def _stored_counts(config: dict[str, Any], folder: Path) -> tuple[dict[str, int], int] | None:
    """Return the images of each split of ingested data and the bytes of the raw files, None for a damaged record."""
    try:
        splits = read_json(str(folder / "results" / config["study"] / "dataset" / "facts.json"))["splits"]
        raw = sum(int(file.get("bytes", 0)) for split in splits.values() for file in split["files"].values())
        return {name: int(splits[name]["count"]) for name in SPLITS}, raw
    except UNREADABLE:
        return None


def data_of(config: dict[str, Any], folder: Path = Path()) -> Data:
    """Return the sizes of the data set: from its facts if it is ingested, else from the configuration or raw files.

    Raises StudyError for raw files that cannot be read.
    """
    if config["dataset"] == "photographs":
        splits = {name: count * len(PHOTOGRAPHS) for name, count in config["crops"].items()}
        raw = sum(splits.values()) * SIDE * SIDE * 3
        return Data(splits, SIDE, 3, len(PHOTOGRAPHS), _folds(config, None, splits["train"]), raw)
    if (facts := known_facts(config, folder)) and (stored := _stored_counts(config, folder)):
        splits, raw = stored
        folds = (facts.own_folds if config["folds"] else []) or _folds(config, None, splits["train"])
        return Data(splits, facts.side, facts.channels, len(facts.classes), folds, raw)
    files = raw_files(config["dataset"])
    paths = [Path(path) for group in files.values() for path in group]
    raw = sum(size for size, *_ in stamps(map(str, paths)).values())
    if raw <= CHEAP or all(path.suffix in MAPPED for path in paths):
        read = read_splits(config["dataset"], config["seed"], config.get("classes", []))
        first = read["train"]
        folds = _folds(config, first.fold_indices, first.images.shape[0])
        splits = {name: split.images.shape[0] for name, split in read.items()}
        return Data(splits, first.images.side, first.images.channels, len(first.class_names), folds, raw)
    # Large packed files: as many images as the official archive of STL-10, or as many of that size as they hold.
    width = SIDE * SIDE * 3
    known = {name: files[f"{name}_X.bin"].size // width for name, files in official.FILES.items()}
    total = sum(known.values()) * width
    factor = 1 if raw in (total, official.ARCHIVE.size) else raw / total
    splits = {name: int(np.ceil(count * factor)) for name, count in known.items()}
    return Data(splits, SIDE, 3, len(PHOTOGRAPHS), _folds(config, None, splits["train"]), raw)


def likely_data(config: dict[str, Any], folder: Path = Path()) -> Data:
    """Return the sizes of the data set as far as they are known without reading raw files.

    Raw files that are not ingested yet count as those of STL-10.
    """
    if config["dataset"] == "photographs" or known_facts(config, folder):
        return data_of(config, folder)
    width = SIDE * SIDE * 3
    splits = {name: official.FILES[name][f"{name}_X.bin"].size // width for name in SPLITS}
    raw = sum(splits.values()) * width
    return Data(splits, SIDE, 3, len(PHOTOGRAPHS), _folds(config, None, splits["train"]), raw)
