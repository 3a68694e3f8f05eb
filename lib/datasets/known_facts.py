"""Facts about the images of a study that are known before anything is computed from them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.base.checksums import damage
from lib.base.jobs import read_json
from lib.datasets.photographs import SIDE

PHOTOGRAPHS = (
    *("astronaut", "cat", "china", "coffee", "flower", "galaxies", "motorcycle", "officer", "rocket", "tissue"),
)
# Errors of reading facts from a file with arbitrary content.
UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True)
class DataFacts:
    """Facts about the images of a study.

    Attributes
    ----------
    classes : names of the classes.
    images : number of training images of each class.
    side : width and height of the images in pixels.
    channels : channels of the images.
    own_folds : sizes of the folds that the data set itself has, none if the folds are drawn.
    """

    classes: list[str]
    images: list[int]
    side: int
    channels: int
    own_folds: list[int]

    def smallest_training_set(self, folds: int, labels: int = 0) -> list[int]:
        """Return the training images of each class in the smallest training set of a classifier.

        folds: number of folds, 0 if classifiers are trained on all training images alone. labels: training images of
        each class that it sees at most, 0 for all.
        """
        total = sum(self.images)
        smallest = (min(self.own_folds) if self.own_folds else total // folds) if folds else total
        counts = [max(1, count * smallest // total) for count in self.images]
        return [min(count, labels) for count in counts] if labels else counts


def facts_of(ingested: Any, folds: Any) -> DataFacts:
    """Return facts from the contents of facts.json and fold_indices.json. Raises one of `UNREADABLE` for others."""
    train = ingested["splits"]["train"]
    classes = [str(name) for name in ingested["class_names"]]
    images = [int(train["images_by_class"][name]) for name in classes]
    if sum(images) < 1 or int(train["side"]) < 1 or not isinstance(ingested["dataset"], str):
        raise ValueError("no images")
    return DataFacts(classes, images, int(train["side"]), int(train["channels"]), [len(fold) for fold in folds or []])


def _stored(dataset: Path) -> tuple[str, DataFacts]:
    """Return the path of the raw data and their facts from a folder of ingested data. Raises one of `UNREADABLE`."""
    if fault := damage(dataset / "facts.json"):
        raise ValueError(fault)
    ingested = read_json(str(dataset / "facts.json"))
    return ingested["dataset"], facts_of(ingested, read_json(str(dataset / "fold_indices.json")))


def is_damaged(dataset: Path) -> bool:
    """Return whether a folder of ingested data has facts that cannot be read."""
    try:
        _stored(dataset)
    except UNREADABLE:
        return (dataset / "facts.json").is_file()
    return False


def known_facts(config: dict[str, Any], folder: Path = Path()) -> DataFacts | None:
    """Return facts about the configured data set, None if it has not been ingested or its facts are damaged.

    They are not known either where the configuration names other classes.

    folder: where results are stored.
    """
    if config["dataset"] == "photographs":
        return DataFacts(list(PHOTOGRAPHS), [config["crops"]["train"]] * len(PHOTOGRAPHS), SIDE, 3, [])
    try:
        path, facts = _stored(folder / "results" / config["study"] / "dataset")
    except UNREADABLE:
        return None
    named = [unicodedata.normalize("NFC", name) for name in config.get("classes", facts.classes)] == facts.classes
    return facts if path == config["dataset"] and named else None
