"""What is known of the images of a study before anything is computed from them, and whether its settings fit them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.costs import length_of_features
from lib.datasets.photographs import SIDE
from lib.errors import StudyError, faults_of
from lib.experiments import Study
from lib.features import grid_size
from lib.folds import check_count
from lib.jobs import read_json

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


def _faults_of_sizes(study: Study, facts: DataFacts) -> Iterator[str]:
    """Reductions, patches, strides and cells that do not fit the images."""
    keys = "configuration keys patch_size, image_size, stride and pooling"
    for model in study.models.values():
        if model["image_size"] > facts.side:
            yield f"{keys}: image_size is {model['image_size']}, expected 0 to {facts.side}: the images have that side"
            continue
        try:
            with faults_of(keys):
                grid_size(model["image_size"] or facts.side, model["patch_size"], 1)
        except StudyError as error:
            yield str(error)
    for model_name, view in study.extracted:
        model = study.models[model_name]
        try:
            with faults_of(keys):
                length_of_features(model, study.views[view], facts.side, facts.channels)
        except StudyError as error:
            if model["image_size"] <= facts.side:
                yield str(error)


def class_weights(classifier: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and mapping of every class_weight that gives weights by class."""
    for part in ("parameters", "grid"):
        values = classifier[part].get("class_weight")
        for value in [values] if part == "parameters" else values or []:
            if isinstance(value, dict):
                yield f"{part}.class_weight", value


def _faults_of_classifier(name: str, classifier: dict[str, Any], facts: DataFacts, usual: int) -> Iterator[str]:
    """What of an entry does not fit the numbers and names of the training images; usual: components by default."""
    key, total, smallest = f"configuration: classifiers.{name}", sum(facts.images), min(facts.images)
    if classifier.get("components", 0) > max(total, usual):
        yield f"{key}.components is {classifier['components']}, expected at most {total}, the training images"
    if classifier.get("calibrate") and smallest < 2:
        scarce = facts.classes[facts.images.index(smallest)]
        yield f"{key}.calibrate is true, but the class {scarce} has {smallest} training images, expected 2 or more"
    for where, weights in class_weights(classifier):
        if unknown := sorted(set(weights) - set(facts.classes)):
            yield (
                f"{key}.{where} has the key {', '.join(unknown)}, expected names of classes: {', '.join(facts.classes)}"
            )


def usual_components(default: dict[str, Any]) -> dict[str, int]:
    """Components of each classifier of the default study."""
    return {name: entry.get("components", 0) for name, entry in default["classifiers"].items()}


def check_data(config: dict[str, Any], study: Study, facts: DataFacts, usual: Mapping[str, int]) -> None:
    """Raises StudyError with a sentence for everything in a checked configuration that does not fit the data.

    usual: components of each classifier in the default study, which serve small data sets as well: a classifier sees as
    many as there are. More than that many, and than there are training images, are a fault.
    """
    if len(facts.classes) < 2:
        raise StudyError(f"dataset {config['dataset']}: has the class {facts.classes[0]} alone, expected 2 or more")
    faults = list(_faults_of_sizes(study, facts))
    if not facts.own_folds:
        try:
            with faults_of("configuration key folds"):
                check_count(config["folds"], min(facts.images))
        except StudyError as error:
            faults.append(str(error))
    for name, classifier in config["classifiers"].items():
        if classifier:
            faults += _faults_of_classifier(name, classifier, facts, usual.get(name, 0))
    if faults:
        raise StudyError(*dict.fromkeys(faults))
