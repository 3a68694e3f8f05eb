"""What the jobs of a study cost: operations, values, bytes; from its settings and the sizes of its data.

A job's work is a sum of amounts, each of which a measured rate (`lib.calibration`) turns into seconds, and of
classifiers to train, whose cost grows by measured powers of the size of the problem. A rule that is not in
`WORK` costs no more than its start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import Any

from lib.autoencoder import layer_sizes
from lib.experiments import PIXELS, Study
from lib.feature_encodings import activations_per_patch
from lib.features import BLOCK_BYTES, feature_shape, grid_size
from lib.rows import IN_MEMORY, KEPT_BYTES
from lib.sample_patches import FIT_BLOCK
from lib.units import MEASURED_PATCHES

MB = 2**20
_FLOAT32, _FLOAT64 = 4, 8  # bytes


@dataclass
class Data:
    """Sizes of a data set: images by split, side in pixels, channels, classes, images of each fold, raw bytes."""

    images: dict[str, int]
    side: int
    channels: int
    classes: int
    folds: list[int]
    raw: int

    def bytes_of(self, split: str, image_size: int = 0) -> int:
        """Bytes of the images of a split, as they are or reduced."""
        return self.images[split] * (image_size or self.side) ** 2 * self.channels

    @property
    def total(self) -> int:
        """Bytes of all images."""
        return sum(map(self.bytes_of, self.images))


@dataclass
class Fit:
    """A classifier to train on objects of so many features and to predict others with."""

    classifier: str
    objects: int
    predicted: int
    features: int
    classes: int


@dataclass
class Work:
    """What a job does beyond its start-up."""

    amounts: dict[str, float] = field(default_factory=dict)  # by the name of their rate
    fits: list[Fit] = field(default_factory=list)
    memory: float = 0  # bytes at most
    output: float = 0  # bytes written
    parallel: bool = False  # whether the job's threads share the work


@dataclass
class Power:
    """Seconds of one fit: those of a measured one, grown by powers of objects, features and classes."""

    seconds: float
    objects: int
    features: int
    classes: int
    powers: list[float]
    prediction: float  # seconds for each value of the predicted objects

    def of(self, fit: Fit) -> float:
        """Estimated CPU seconds of a fit."""
        grown = (fit.objects / self.objects, fit.features / self.features, fit.classes / self.classes)
        factor = prod(ratio**power for ratio, power in zip(grown, self.powers, strict=True))
        return self.seconds * factor + self.prediction * fit.predicted * fit.features


def weights_of(settings: Mapping[str, Any], width: int) -> int:
    """Weights of the network, or of as many filters, on patches of ``width`` values."""
    sizes = layer_sizes(settings["hidden"], width)
    return sum(inputs * outputs for inputs, outputs in pairwise(sizes))


def kind_of(settings: Mapping[str, Any]) -> str:
    """Name of the rates of a model's training: those of learners with these settings are measured together."""
    keys = ("learner", "activation", "decoder", "precision")
    return " ".join(["training", *(str(settings[key]) for key in keys if key in settings)])


def training_operations(settings: Mapping[str, Any], width: int) -> float:
    """Operations of the matrix products, 2 each way of data, errors and gradients.

    The iterations of learners without that setting are cheaper, and fewer than 100.
    """
    return 6.0 * settings["patches"] * weights_of(settings, width) * settings.get("iterations", 100)


def training_bytes(settings: Mapping[str, Any], width: int) -> int:
    """The patches as floats, and what else the learner keeps of each; the autoencoder leaves most of many in a file."""
    floats = settings["patches"] * width * _FLOAT64
    if settings["learner"] != "autoencoder" or settings["start"] == "greedy":
        return _encoding_bytes(settings, settings["patches"], width)
    kept = settings["patches"] * sum(settings["hidden"]) * _FLOAT64
    return 2 * min(floats, IN_MEMORY) + min(kept, KEPT_BYTES)


def measuring_bytes(settings: Mapping[str, Any], width: int) -> int:
    """The measured patches as floats, the activations and errors of every layer."""
    return _encoding_bytes(settings, min(settings["patches"], MEASURED_PATCHES), width)


def _encoding_bytes(settings: Mapping[str, Any], patches: int, width: int) -> int:
    return patches * (3 * width + 3 * sum(layer_sizes(settings["hidden"], width))) * _FLOAT64


def sampling_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Raw patches and the indices of their pixels."""
    return settings["patches"] * width * 4


def fitting_bytes(settings: Mapping[str, Any], width: int) -> int:
    """Float64 copies of a block of patches while statistics are taken."""
    return min(settings["patches"], FIT_BLOCK) * width * 32


def extraction_operations(settings: Mapping[str, Any], width: int, patches: float) -> float:
    """Operations of the matrix products of whitening and of every layer."""
    return 2.0 * patches * (width**2 + weights_of(settings, width))


def classification_bytes(size: float, pixels: bool, objects: float) -> float:
    """Features of that size as float32, with copies, pixels come as bytes; four matrices of all training objects."""
    return 8 * size * (4 if pixels else 1) + 4 * objects**2 * _FLOAT64


def ingestion_bytes(size: float) -> float:
    """At most: the raw files in memory and a second copy. Files that are mapped or come in blocks need less."""
    return 2 * size


Job = Mapping[str, str]  # wildcards
Formula = Callable[[Study, Data, Job], Work]


def _patches(study: Study, data: Data, model: Mapping[str, Any]) -> tuple[int, int]:
    """Patches of a model's sample and values of each."""
    return model["patches"], data.channels * model["patch_size"] ** 2


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
    settings = study.models[job["model"]]
    count, width = _patches(study, data, settings)
    kind, steps, weights = kind_of(settings), settings.get("iterations", 1), weights_of(settings, width)
    return Work(
        {kind: count * weights * steps, f"{kind}, fixed": weights * steps, "value": 2 * count * width},
        memory=training_bytes(settings, width),
        output=weights * _FLOAT64,
        parallel=True,
    )


def _encoding(settings: Mapping[str, Any], patches: int, width: int) -> dict[str, float]:
    products = patches * (weights_of(settings, width) + width**2 * bool(settings["whiten"]))
    return {"product": 2 * products, "value": patches * (width + sum(settings["hidden"]))}


def _measure_filters(study: Study, data: Data, job: Job) -> Work:
    settings = study.models[job["model"]]
    count, width = _patches(study, data, settings)
    return Work(_encoding(settings, min(count, MEASURED_PATCHES), width), memory=measuring_bytes(settings, width))


def length_of_features(model: Mapping[str, Any], view: Mapping[str, Any], side: int, channels: int) -> int:
    """Features of an image by a model's settings and a view's.

    Raises ValueError for patches larger than the images, and for more cells than patches.
    """
    side = model["image_size"] or side
    units = activations_per_patch(view["encoding"], model["hidden"][view["layer"] - 1])
    grid = {"patch_size": model["patch_size"]} | {key: view[key] for key in ("stride", "pooling")}
    return feature_shape((1, side**2 * channels), channels=channels, units=units, **grid)[1]


def _extract(study: Study, data: Data, job: Job) -> Work:
    settings, view = study.models[job["model"]], study.views[job["view"]]
    count = (data.images["train"] + data.images["test"]) * (2 if view["mirror"] else 1)
    output = count * length_of_features(settings, view, data.side, data.channels) * _FLOAT32
    side = settings["image_size"] or data.side
    patches = count * grid_size(side, settings["patch_size"], view["stride"]) ** 2
    width = data.channels * settings["patch_size"] ** 2
    return Work(_encoding(settings, patches, width), memory=min(output, 16 * BLOCK_BYTES), output=output)


def _classified(study: Study, data: Data, job: Job) -> tuple[int, int, list[int], float]:
    """What is classified: features and copies of an image, training images by training set, bytes of all features."""
    pixels = job["features"] == PIXELS
    parts = study.features.get((job["features"], job["view"]), [])
    features = sum(
        length_of_features(study.models[model], study.views[view], data.side, data.channels) for model, view in parts
    )
    features = features or data.side**2 * data.channels
    copies = 2 if any(study.views[view]["mirror"] for _, view in parts) else 1
    folded = (job["features"], job["view"]) in study.folded
    size = copies * (data.images["train"] + data.images["test"]) * features * (1 if pixels else _FLOAT32)
    return features, copies, [data.images["train"], *(data.folds if folded else [])], size


def _prepare_objects(study: Study, data: Data, job: Job) -> Work:
    features, copies, sets, size = _classified(study, data, job)
    products = values = output = 0.0
    for objects in (copies * count for count in sets):
        others = copies * data.images["test"]
        # Inner products of all training objects, half of which are the same twice, and with all others; then those of
        # two thirds in each of three splits. No more features than objects are not rotated.
        if features > objects:
            products += features * (objects**2 * (1 + 3 * (4 / 9 + 4 / 9)) + 2 * objects * others)
        values += features * (objects + others + 3 * objects)
        output += (
            min(features, objects) * (objects + others) + 3 * min(features, 2 / 3 * objects) * objects
        ) * _FLOAT32
    memory = classification_bytes(size, job["features"] == PIXELS, copies * sets[0])
    return Work({"product": products, "value": values}, memory=memory, output=output)


def _classify(study: Study, data: Data, job: Job) -> Work:
    features, copies, sets, size = _classified(study, data, job)
    test = data.images["test"]
    fits = [Fit(job["classifier"], copies * objects, copies * test, features, data.classes) for objects in sets]
    output = len(sets) * test * (data.classes + 1) * _FLOAT64
    memory = classification_bytes(size, job["features"] == PIXELS, copies * sets[0])
    return Work(fits=fits, memory=memory, output=output)


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
    """What a job of a rule does beyond its start-up.

    Raises ValueError for settings that do not fit the images.
    """
    return WORK[rule](study, data, wildcards) if rule in WORK else Work()


@dataclass
class Rates:
    """What a machine was measured to need: CPU seconds of a start-up by rule, of one unit of each amount, of fits."""

    startup: dict[str, float]
    amounts: dict[str, float]
    classifiers: dict[str, Power]
    memory: float  # bytes of a job that does nothing
    written: dict[str, float]  # bytes that a job writes whatever its work, by rule

    def startup_of(self, rule: str) -> float:
        """CPU seconds of a start-up; a rule that was not measured takes as long as the others do on average."""
        return self.startup.get(rule, sum(self.startup.values()) / max(1, len(self.startup)))

    def seconds(self, work: Work) -> float:
        """CPU seconds of a job beyond its start-up."""
        fits = sum(self.classifiers[fit.classifier].of(fit) for fit in work.fits)
        return fits + sum(self.amounts[name] * amount for name, amount in work.amounts.items() if amount)


def corrected(predicted: float, least: float, most: float) -> float:
    """Factor that brings a prediction into the bounds that past jobs allow.

    least: their sampled CPU seconds, which miss the end of each job. most: their wall-clock seconds times
    threads, which other work on the machine lengthens.
    """
    return min(max(predicted, least), max(most, least)) / predicted if predicted > 0 else 1.0
