"""Images as a network sees them, and the encoder of a learner that becomes its first layers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.base.jobs import read_json
from lib.learners.registry import load
from lib.patches.normalisation import Statistics, range_normaliser
from lib.study.settings import Model, View

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

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Images:
        """Return how a network sees images. stated: see `lib.classifiers.parameters.seeing_images`."""
        channels = stated["channels"]
        if not stated["start"]:
            return cls(channels, range_normaliser(channels, RANGE))
        theta, statistics = np.load(stated["theta"]), read_json(stated["normaliser"])
        return cls(channels, statistics, Model(**stated["start"]["model"]), View(**stated["start"]["view"]), theta)

    def start(self, side: int) -> Start:
        """Return the first layers for images with ``side`` pixels; none without a model.

        Raises ValueError if the learner has no layers that see whole images.
        """
        if self.model is None:
            return Start([], [])
        learner: Any = load(self.model.learner)
        return Start(*learner.first_layers(self.theta, self.model.arguments, self.view, self.channels, side))
