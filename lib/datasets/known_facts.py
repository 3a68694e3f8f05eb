"""What is known of the images of a study before anything is computed from them, and whether its settings fit them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.base.jobs import read_json
from lib.datasets.photographs import SIDE

PHOTOGRAPHS = (
    *("astronaut", "cat", "china", "coffee", "flower", "galaxies", "motorcycle", "officer", "rocket", "tissue"),
)
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)  # of a file with any content


@dataclass(frozen=True)
class DataFacts:
    """Class names, training images of each class, side of the images in pixels, channels, sizes of own folds."""

    classes: list[str]
    images: list[int]
    side: int
    channels: int
    own_folds: list[int]

    def smallest_training_set(self, folds: int) -> list[int]:
        """Training images of each class in the smallest set that a classifier is trained on, with as many folds."""
        total = sum(self.images)
        smallest = (min(self.own_folds) if self.own_folds else total // folds) if folds else total
        return [max(1, count * smallest // total) for count in self.images]


def facts_of(ingested: Any, folds: Any) -> DataFacts:
    """Facts from the contents of facts.json and fold_indices.json. Raises one of `UNREADABLE` for other contents."""
    train = ingested["splits"]["train"]
    classes = [str(name) for name in ingested["class_names"]]
    images = [int(train["images_by_class"][name]) for name in classes]
    if sum(images) < 1 or int(train["side"]) < 1 or not isinstance(ingested["dataset"], str):
        raise ValueError("no images")
    return DataFacts(classes, images, int(train["side"]), int(train["channels"]), [len(fold) for fold in folds or []])


def _stored(dataset: Path) -> tuple[str, DataFacts]:
    """Path of the raw data, and their facts, as a folder of ingested data has them. Raises one of `UNREADABLE`."""
    ingested = read_json(str(dataset / "facts.json"))
    return ingested["dataset"], facts_of(ingested, read_json(str(dataset / "fold_indices.json")))


def is_damaged(dataset: Path) -> bool:
    """Whether a folder of ingested data has facts that cannot be read."""
    try:
        _stored(dataset)
    except UNREADABLE:
        return (dataset / "facts.json").is_file()
    return False


def known_facts(config: dict[str, Any], folder: Path = Path()) -> DataFacts | None:
    """Facts of the configured data set; None where raw data have not been ingested, or what is stored is damaged."""
    if config["dataset"] == "photographs":
        return DataFacts(list(PHOTOGRAPHS), [config["crops"]["train"]] * len(PHOTOGRAPHS), SIDE, 3, [])
    try:
        path, facts = _stored(folder / "results" / config["study"] / "dataset")
    except UNREADABLE:
        return None
    return facts if path == config["dataset"] else None
