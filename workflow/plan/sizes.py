"""What a study is and how large its data are, before or after anything was computed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from dry_run import ROOT
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from lib.configuration import validate
from lib.costs import Data
from lib.datasets import SPLITS, official
from lib.datasets.photographs import SIDE
from lib.datasets.provenance import stamps
from lib.datasets.registry import raw_files, read_splits
from lib.experiments import Study, expand
from lib.jobs import read_json

PHOTOGRAPHS = 10
CHEAP = 2**28  # bytes of raw files that are read for their headers; more only where they are mapped
MAPPED = (".pk", ".pkl", ".pickle", ".mat", ".npy")


def read_study(configfiles: Sequence[str]) -> tuple[Study, dict[str, Any]]:
    """The jobs and the configuration of a study, merged as Snakemake does it. Raises StudyError for faults."""
    config, changes = load_configfile(str(ROOT / "config" / "config.yaml")), {}
    for file in configfiles:  # among each other first: an experiment that one switches off another may set anew
        update_config(changes, load_configfile(file))
    update_config(config, changes)
    validate(config, yaml.safe_load((ROOT / "config" / "schema.yaml").read_text()))
    return expand(config), config


def _folds(config: dict[str, Any], own: Any, train: int) -> list[int]:
    if config["folds"] == 0:
        return []
    drawn = [train // config["folds"]] * config["folds"]
    return [len(fold) for fold in own] if own else drawn


def data_of(config: dict[str, Any], folder: Path = Path()) -> Data:
    """Sizes of the data set: from its facts where it is ingested, from the configuration or the raw files if not.

    Raises StudyError for raw files that cannot be read.
    """
    dataset = folder / "results" / config["study"] / "dataset"
    told = read_json(str(dataset / "facts.json")) if (dataset / "facts.json").is_file() else {}
    if told.get("dataset") == config["dataset"]:
        splits = {name: told["splits"][name]["count"] for name in SPLITS}
        folds = _folds(config, read_json(str(dataset / "fold_indices.json")), splits["train"])
        first = told["splits"]["train"]
        raw = sum(file.get("bytes", 0) for split in told["splits"].values() for file in split["files"].values())
        return Data(splits, first["side"], first["channels"], len(told["class_names"]), folds, raw)
    if config["dataset"] == "photographs":
        splits = {name: count * PHOTOGRAPHS for name, count in config["crops"].items()}
        raw = sum(splits.values()) * SIDE * SIDE * 3
        return Data(splits, SIDE, 3, PHOTOGRAPHS, _folds(config, None, splits["train"]), raw)
    files = raw_files(config["dataset"])
    paths = [Path(path) for group in files.values() for path in group]
    raw = sum(size for size, *_ in stamps(map(str, paths)).values())
    if raw <= CHEAP or all(path.suffix in MAPPED for path in paths):
        read = read_splits(config["dataset"], config["seed"])
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
    return Data(splits, SIDE, 3, PHOTOGRAPHS, _folds(config, None, splits["train"]), raw)
