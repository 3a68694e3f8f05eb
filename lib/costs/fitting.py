"""Whether the settings and classifiers of a study fit its images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from lib.base.errors import StudyError, faults_of, hint_of_name
from lib.costs.amounts import length_of_features
from lib.datasets.folds import check_count
from lib.datasets.known_facts import DataFacts
from lib.features.extraction import grid_size
from lib.study.learners import LEARNERS
from lib.study.networks import with_description
from lib.study.settings import VALIDATION_SPLITS, Model
from lib.study.study import Study


def _faults_of_sizes(study: Study, facts: DataFacts) -> Iterator[str]:
    """Yield a sentence for each reduction, patch size, stride and pooling that does not fit the images."""
    keys = "configuration keys patch_size, image_size, stride and pooling"
    for model in study.models.values():
        image_size = model.settings["image_size"]
        if image_size > facts.side:
            yield f"{keys}: image_size is {image_size}, expected 0 to {facts.side}: the images have that side"
            continue
        try:
            with faults_of(keys):
                grid_size(image_size or facts.side, model.settings["patch_size"], 1)
        except StudyError as error:
            yield str(error)
            continue
        yield from _fault_of_units(model, facts.channels)
    for model_name, view in study.extracted:
        model = study.models[model_name]
        try:
            with faults_of(keys):
                length_of_features(model, study.views[view], facts.side, facts.channels)
        except StudyError as error:
            if model.settings["image_size"] <= facts.side:
                yield str(error)
    yield from _faults_of_first_layers(study, facts)


def _faults_of_first_layers(study: Study, facts: DataFacts) -> Iterator[str]:
    """Yield a sentence for each pooling that does not fit the patches along a side, where they begin a network.

    The cells of a network's average pooling are equal, so they have to divide the patches along a side.
    """
    for features, view_name, classifier in study.evaluations:
        model, view = study.models.get(features), study.views.get(view_name)
        if classifier not in study.fine_tuning or not model or not view or not view.pooling:
            continue
        side, size = model.settings["image_size"] or facts.side, model.settings["patch_size"]
        line = (side - size) // view.stride + 1
        if size <= side and line % view.pooling:
            yield (
                f"configuration key pooling is {view.pooling}, expected a divisor of {line}, the patches along a side: "
                f"{classifier} is fine_tuned, and pools the first layer in equal cells"
            )


def _fault_of_units(model: Model, channels: int) -> Iterator[str]:
    """Yield a sentence if a learner cannot have as many units as it is asked for."""
    units, patches, side = model.layers[0], model.settings["patches"], model.settings["patch_size"]
    limit = LEARNERS[model.learner].most_units
    if limit == "patches" and units > patches:
        yield f"configuration key hidden is {units}, expected at most {patches} for {model.learner}, as many as patches"
    if limit == "directions" and units > (most := min(channels * side**2, patches)):
        yield (
            f"configuration key hidden is {units}, expected at most {most} for {model.learner}: {patches} patches of "
            f"{side}×{side} pixels and {channels} channels have no more directions; give fewer units or larger patches"
        )


def class_weights(classifier: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the key and value of every class_weight that is a mapping from classes to weights."""
    for part in ("parameters", "grid"):
        values = classifier[part].get("class_weight")
        for value in [values] if part == "parameters" else values or []:
            if isinstance(value, dict):
                yield f"{part}.class_weight", value


def _faults_of_classifier(name: str, classifier: dict[str, Any], facts: DataFacts, usual: int) -> Iterator[str]:
    """Yield a sentence for each key that does not fit the training images; usual: components by default."""
    key, total, smallest = f"configuration: classifiers.{name}", sum(facts.images), min(facts.images)
    if classifier.get("components", 0) > max(total, usual):
        yield f"{key}.components is {classifier['components']}, expected at most {total}, the training images"
    if classifier.get("calibrate") and smallest < 2:
        scarce = facts.classes[facts.images.index(smallest)]
        yield f"{key}.calibrate is true, but the class {scarce} has {smallest} training images, expected 2 or more"
    for where, weights in class_weights(classifier):
        if unknown := sorted(set(weights) - set(facts.classes)):
            names = ", ".join(f"{one}{hint_of_name(one, facts.classes)}" for one in unknown)
            yield f"{key}.{where} has the key {names}, expected names of classes: {', '.join(facts.classes)}"


def _faults_of_labels(config: dict[str, Any], study: Study, facts: DataFacts) -> Iterator[str]:
    """Yield a sentence for each number of labels that is too large for the images or too small for a classifier."""
    smallest = min(facts.images)
    if (most := max(study.labels.values(), default=0)) > smallest:
        scarce = facts.classes[facts.images.index(smallest)]
        yield (
            f"configuration key labels is {most}, expected at most {smallest}, or 0 for all: the class {scarce} has "
            f"{smallest} training images"
        )
    found = dict.fromkeys((study.labels[model, view], classifier) for model, view, classifier in study.evaluations)
    for labels, name in found:
        entry = config["classifiers"][name]
        splits = entry.get("grid") or entry.get("calibrate") or entry.get("rotate", True)
        if 0 < labels < VALIDATION_SPLITS and splits:
            yield (
                f"configuration key labels is {labels}, expected at least {VALIDATION_SPLITS}, or 0 for all: the "
                f"cross-validation of {name} has {VALIDATION_SPLITS} splits, each with images of every class"
            )
        share = entry["parameters"].get("validation", 0)
        images = sum(min(count, labels or count) for count in facts.images)
        if isinstance(share, float) and 0 < share < 1 and ceil(share * images) < len(facts.classes):
            yield (
                f"configuration: classifiers.{name}.parameters.validation is {share:g}, which holds out "
                f"{ceil(share * images)} of {images} training images, expected at least one for each of the "
                f"{len(facts.classes)} classes"
            )


def usual_components(default: dict[str, Any]) -> dict[str, int]:
    """Return the components of each classifier of the default study, 0 for all features."""
    return {name: entry.get("components", 0) for name, entry in default["classifiers"].items()}


def check_data(config: dict[str, Any], study: Study, facts: DataFacts, usual: Mapping[str, int]) -> None:
    """Raise StudyError with a sentence for everything in a checked configuration that does not fit the data.

    usual: components of each classifier in the default study. They are allowed for small data sets too, where a
    classifier uses as many as there are. A larger number of components must not exceed the training images.
    """
    if len(facts.classes) < 2:
        raise StudyError(f"dataset {config['dataset']}: has the class {facts.classes[0]} alone, expected 2 or more")
    faults = list(_faults_of_sizes(study, facts))
    faults += _faults_of_labels(config, study, facts)
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


def check_classifiers(
    classifiers: Mapping[str, Any], study: Study, facts: DataFacts | None, folds: int, networks: Mapping[str, Any]
) -> None:
    """Fit each classifier that is switched on to a few objects. Raises StudyError for the first that cannot be fitted.

    classifiers: entries of the configuration by name, False for those that are switched off. study: what they are
    trained for. facts: of the images, None if they are unknown. folds: number of folds of the training images.
    networks: networks by name.
    """
    labels = study.fewest_labels()
    for name, classifier in classifiers.items():
        if classifier:
            from lib.classifiers.check import check_classifier  # scikit-learn takes a second to import

            try:
                described = with_description(classifier, networks)
            except StudyError as error:
                raise StudyError(f"configuration: classifiers.{name}.parameters: {error}") from None
            check_classifier(name, described, facts, folds, labels.get(name, 0))
