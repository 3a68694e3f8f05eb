"""The work of each job of a study, computed from the settings and the sizes of the data.

The work consists of amounts and of classifiers to train. Measured rates (`lib.costs.rates`) turn amounts into seconds;
the time of a classifier grows by measured powers of the size of the problem. A job of a rule that is not in `WORK`
costs only its start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lib.costs.amounts import (
    FLOAT32,
    FLOAT64,
    classification_bytes,
    extraction_operations,
    fitting_bytes,
    ingestion_bytes,
    kind_of,
    length_of_features,
    measuring_bytes,
    sampling_bytes,
    steps_of,
    training_bytes,
    weights_of,
)
from lib.costs.networks import TrainedNetwork, epochs_of, trained_network
from lib.evaluation.units import MEASURED_PATCHES
from lib.features.extraction import Blocks, grid_size
from lib.study.settings import PIXELS
from lib.study.study import Study


@dataclass
class Data:
    """Sizes of a data set: images per split, side in pixels, channels, classes, images per fold, bytes of raw files."""

    images: dict[str, int]
    side: int
    channels: int
    classes: int
    folds: list[int]
    raw: int

    def bytes_of(self, split: str, image_size: int = 0) -> int:
        """Return the bytes of the images of a split; with ``image_size``, of the reduced images."""
        return self.images[split] * (image_size or self.side) ** 2 * self.channels

    @property
    def total(self) -> int:
        """Bytes of all images."""
        return sum(map(self.bytes_of, self.images))


@dataclass
class Fit:
    """A classifier to train: its name, and the numbers of training and predicted objects, features and classes."""

    classifier: str
    objects: int
    predicted: int
    features: int
    classes: int


@dataclass
class Work:
    """The work of a job beyond its start-up."""

    amounts: dict[str, float] = field(default_factory=dict)  # by name of the rate
    fits: list[Fit] = field(default_factory=list)
    memory: float = 0  # bytes at most
    output: float = 0  # bytes written
    parallel: bool = False  # whether the job's threads share the work


Job = Mapping[str, str]  # wildcards
Formula = Callable[[Study, Data, Job], Work]


def _patches(study: Study, data: Data, sample: Mapping[str, Any]) -> tuple[int, int]:
    """Return the number of patches of a model's sample and the values per patch."""
    return sample["patches"], data.channels * sample["patch_size"] ** 2


def _make_photographs(study: Study, data: Data, job: Job) -> Work:
    return Work({"byte": data.total}, memory=2 * data.total, output=data.total)


def _ingest(study: Study, data: Data, job: Job) -> Work:
    return Work({"byte": data.total + data.raw}, memory=ingestion_bytes(data.raw), output=data.total)


def _duplicates(study: Study, data: Data, job: Job) -> Work:
    return Work({"byte": data.total})


def _reduce(study: Study, data: Data, job: Job) -> Work:
    output = data.bytes_of(job["split"], int(job["image_size"]))
    return Work({"byte": data.bytes_of(job["split"])}, output=output)


def _sample(study: Study, data: Data, job: Job) -> Work:
    settings = study.samples[job["sample"]]
    count, width = _patches(study, data, settings)
    return Work({"value": count * width}, memory=sampling_bytes(settings, width), output=count * width)


def _fit_normaliser(study: Study, data: Data, job: Job) -> Work:
    normaliser = study.normalisers[job["normaliser"]]
    settings = study.samples[normaliser["sample"]]
    count, width = _patches(study, data, settings)
    products = 2 * count * width**2 if normaliser["whiten"] else 0
    return Work({"value": 2 * count * width, "product": products}, memory=fitting_bytes(settings, width))


def _train(study: Study, data: Data, job: Job) -> Work:
    model = study.models[job["model"]]
    count, width = _patches(study, data, model.settings)
    kind, steps, weights = kind_of(model), steps_of(model, 1), weights_of(model, width)
    return Work(
        {kind: count * weights * steps, f"{kind}, fixed": weights * steps, "value": 2 * count * width},
        memory=training_bytes(model, width),
        output=weights * FLOAT64,
        parallel=True,
    )


def _measure_filters(study: Study, data: Data, job: Job) -> Work:
    model = study.models[job["model"]]
    count, width = _patches(study, data, model.settings)
    patches = min(count, MEASURED_PATCHES)
    products = 2.0 * patches * weights_of(model, width)
    amounts = {"product": products, "value": float(patches * (width + sum(model.layers)))}
    return Work(amounts, memory=measuring_bytes(model, width))


def _extract(study: Study, data: Data, job: Job) -> Work:
    model, view = study.models[job["model"]], study.views[job["view"]]
    count = (data.images["train"] + data.images["test"]) * (2 if view.mirror else 1)
    output = count * length_of_features(model, view, data.side, data.channels) * FLOAT32
    side, patch_size = model.settings["image_size"] or data.side, model.settings["patch_size"]
    patches = count * grid_size(side, patch_size, view.stride) ** 2
    width = data.channels * patch_size**2
    amounts = {
        "product": extraction_operations(model, view, width, patches),
        "value": float(patches * (width + sum(model.layers[: view.layer]))),
    }
    return Work(amounts, memory=min(output, 16 * Blocks.size), output=output)


def _side_of_pixels(study: Study, job: Job, side: int) -> int:
    """Return the side of the images that a classifier sees as pixels. side: that of the images of the data set."""
    if job["features"] == PIXELS:
        classifier = study.classifiers.get(job.get("classifier", ""))
        return (classifier.image_size if classifier else 0) or side
    return study.models[job["features"]].settings["image_size"] or side  # a network starts from the model's encoder


def _classification_sizes(study: Study, data: Data, job: Job) -> tuple[int, int, list[int], float]:
    """Return features per image, copies per image, images of each training set, and the bytes of memory.

    Where a number of labels is set, a classifier sees so many images of each class.
    """
    tuned = job.get("classifier") in study.fine_tuning  # it sees images
    parts = [] if tuned else study.features.get((job["features"], job["view"]), [])
    features = sum(
        length_of_features(study.models[model], study.views[view], data.side, data.channels) for model, view in parts
    )
    features = features or _side_of_pixels(study, job, data.side) ** 2 * data.channels
    copies = study.copies((job["features"], job["view"]))
    folded = (job["features"], job["view"]) in study.folded
    labels = study.labels[job["features"], job["view"]]
    sets = [data.images["train"], *(data.folds if folded else [])]
    sets = [min(count, labels * data.classes) for count in sets] if labels else sets
    objects = copies * sets[0]
    memory = classification_bytes((objects + copies * data.images["test"]) * features, objects, features)
    return features, copies, sets, memory


def _prepare_objects(study: Study, data: Data, job: Job) -> Work:
    features, copies, sets, memory = _classification_sizes(study, data, job)
    products = values = output = 0.0
    for objects in (copies * count for count in sets):
        others = copies * data.images["test"]
        # Inner products of all pairs of training objects (half of them by symmetry) and with all other objects, and
        # the same for the two thirds in each of three splits. Objects rotate only if features outnumber them.
        if features > objects:
            products += features * (objects**2 * (1 + 3 * (4 / 9 + 4 / 9)) + 2 * objects * others)
        values += features * (objects + others + 3 * objects)
        output += (min(features, objects) * (objects + others) + 3 * min(features, 2 / 3 * objects) * objects) * FLOAT32
    return Work({"product": products, "value": values}, memory=memory, output=output)


def _network_of(study: Study, data: Data, job: Job) -> TrainedNetwork | None:
    """Return the network that a job trains on images, None for other classifiers."""
    if not study.classifiers[job["classifier"]].sees_images(pixels=job["features"] == PIXELS):
        return None
    side = _side_of_pixels(study, job, data.side)
    return trained_network(study, job["features"], job["classifier"], side, data.channels, data.classes)


def _classify(study: Study, data: Data, job: Job) -> Work:
    features, copies, sets, memory = _classification_sizes(study, data, job)
    test = data.images["test"]
    output = len(sets) * test * (data.classes + 1) * FLOAT64
    if network := _network_of(study, data, job):
        images, epochs = copies * sum(sets), epochs_of(study.classifiers[job["classifier"]])
        return Work({network.rate: network.operations(images, epochs)}, memory=memory, output=output)
    fits = [Fit(job["classifier"], copies * objects, copies * test, features, data.classes) for objects in sets]
    return Work(fits=fits, memory=memory, output=output)


def trained_by(study: Study, data: Data) -> tuple[dict[str, TrainedNetwork], list[str]]:
    """Return the networks that a study trains on images, by the names of their rates, and its other classifiers."""
    networks, others = {}, set()
    for features, view, classifier in study.evaluations:
        if network := _network_of(study, data, {"features": features, "view": view, "classifier": classifier}):
            networks[network.rate] = network
        else:
            others.add(classifier)
    return networks, sorted(others)


WORK: dict[str, Formula] = {
    "make_photographs": _make_photographs,
    "ingest_dataset": _ingest,
    "find_duplicates": _duplicates,
    "reduce_images": _reduce,
    "sample_patches": _sample,
    "fit_normaliser": _fit_normaliser,
    "train_model": _train,
    "measure_filters": _measure_filters,
    "extract_features": _extract,
    "prepare_objects": _prepare_objects,
    "classify": _classify,
}


def work_of(rule: str, study: Study, data: Data, wildcards: Job) -> Work:
    """Return the work of a job beyond its start-up.

    Raises ValueError if the settings do not fit the images.
    """
    return WORK[rule](study, data, wildcards) if rule in WORK else Work()
