"""A network that keeps its random initial weights: a baseline without learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.autoencoder import initialize
from lib.base.devices import Compute
from lib.learners.autoencoder import array_encoder, encoder, filters, first_layers, reconstruction
from lib.training.result import Recorder, Training

__all__ = ["array_encoder", "encoder", "filters", "first_layers", "fit", "reconstruction"]


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Return the initial parameters of the network that `lib.learners.autoencoder.fit` would train."""
    theta = initialize(settings["hidden"], patches.shape[1], rng=rng)
    return Training(theta, np.nan, "not trained", 0, 0, 0.0)
