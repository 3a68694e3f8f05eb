"""Images as a network sees them, and the encoder of a learner that becomes its first layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lib.base.jobs import read_json
from lib.learners.registry import load
from lib.patches.normalisation import Statistics, range_normaliser
from lib.study.settings import Classifier, Model, View

RANGE = (-1.0, 1.0)  # of pixels, unless the statistics of a learner say another one


@dataclass(frozen=True)
class Start:
    """First layers of a network: a list of steps, and the arrays of their state in the order of PyTorch."""

    steps: list[Any]
    state: list[np.ndarray]


@dataclass(frozen=True)
class Images:
    """How rows of pixels become images.

    Attributes
    ----------
    channels : channels of the images, which are square, row-major with channels last.
    statistics : of the normalisation of every pixel.
    model, view, theta : a trained model whose encoder becomes the first layers; None without one.
    """

    channels: int
    statistics: Statistics
    model: Model | None = None
    view: View | None = None
    theta: np.ndarray | None = None

    def start(self, side: int) -> Start:
        """Return the first layers for images with ``side`` pixels; none without a model.

        Raises ValueError if the learner has no layers that see whole images.
        """
        if self.model is None:
            return Start([], [])
        learner: Any = load(self.model.learner)
        return Start(*learner.first_layers(self.theta, self.model.arguments, self.view, self.channels, side))


def seeing_images(
    classifier: Classifier, channels: int, files: Mapping[str, Any], start: Mapping[str, Any] | None
) -> Classifier:
    """Return a classifier whose model sees images with a number of channels.

    files: with theta and normaliser of the model that it starts from. start: settings of that model and its view, None
    for a network of random initial weights.
    """
    images = Images(channels, range_normaliser(channels, RANGE))
    if start:
        theta, statistics = np.load(files["theta"]), read_json(files["normaliser"])
        images = Images(channels, statistics, Model(**start["model"]), View(**start["view"]), theta)
    return replace(classifier, parameters={**classifier.parameters, "images": images})
