"""The networks that classifiers train on images, as far as their time depends on them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from math import prod
from typing import Any

from lib.base.errors import StudyError
from lib.networks.reading import read, read_classifier
from lib.study.networks import BATCH_SIZE, EPOCHS, NUMBERS, with_description
from lib.study.settings import Classifier
from lib.study.study import Study

NETWORK = "network "  # beginning of the names of rates


@dataclass(frozen=True)
class TrainedNetwork:
    """A network that a classifier trains on images.

    Attributes
    ----------
    steps : the layers, see `lib.networks.reading`, without names in the place of numbers.
    shape : of an image: channels, height and width.
    classes : number of classes.
    batch_size : images of an update.
    multiply_adds : multiplications with weights for one image.
    """

    steps: Sequence[Any]
    shape: tuple[int, ...]
    classes: int
    batch_size: int
    multiply_adds: int

    @property
    def rate(self) -> str:
        """The name of the rate of its training: CPU seconds per multiplication, image and epoch."""
        return NETWORK + sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:12]

    def operations(self, images: float, epochs: int) -> float:
        """Return the multiplications of a training: for outputs, errors and gradients."""
        return 3.0 * self.multiply_adds * images * epochs


def epochs_of(classifier: Classifier) -> int:
    """Return the epochs of a network at most."""
    return int(classifier.parameters.get("epochs", EPOCHS))


def trained_network(
    study: Study, features: str, name: str, side: int, channels: int, classes: int
) -> TrainedNetwork | None:
    """Return the network that a classifier trains on images of a size, None if it is not known before the training.

    It has the layers of the encoder first whose features it is fine-tuned on, where a configuration describes them.
    features: name of a model, or pixels. name: of the classifier.
    """
    classifier, model = study.classifiers[name], study.models.get(features)
    if "network" not in classifier.parameters:
        return None
    shape: tuple[int, ...] = (channels, side, side)
    size = classifier.parameters.get("batch_size", BATCH_SIZE)
    try:
        steps: list[Any] = []
        seen, multiply_adds = shape, 0
        if model:
            if not model.description:
                return None
            numbers = {key: model.settings[key] for key in NUMBERS}
            names = numbers | {"channels": channels, "values": prod(shape), "shape": shape}
            encoder = read(model.description["encoder"], shape, "encoder", names)
            steps, seen, multiply_adds = encoder.plain(), encoder.output_shape, encoder.multiply_adds
        entry = with_description({"parameters": classifier.parameters}, study.described)
        head = read_classifier(entry["parameters"]["network"], seen, classes)
    except StudyError:  # its job will refuse it
        return None
    return TrainedNetwork([*steps, *head.plain()], shape, classes, size, multiply_adds + head.multiply_adds)
