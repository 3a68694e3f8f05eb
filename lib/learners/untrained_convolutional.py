"""A convolutional autoencoder that keeps its random initial weights: a baseline without learning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lib.base.devices import Compute
from lib.learners.convolutional import (
    PRECISION,
    encoder,
    filters,
    first_layers,
    initial,
    reconstruction,
    responses,
)
from lib.training.result import Recorder, Training

__all__ = ["PRECISION", "encoder", "filters", "first_layers", "fit", "reconstruction", "responses"]


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Return the initial weights of the network that `lib.learners.convolutional.fit` would train."""
    from lib.networks.state import vector_of

    return Training(vector_of(initial(settings, patches.shape[1], rng)), np.nan, "not trained", 0, 0, 0.0)
