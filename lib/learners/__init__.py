"""Every unsupervised learner behind the same two verbs: fit on patches, encode patches.

A fitted learner is plain data: a flat array of parameters and the settings it was fitted with. To add
one, write a module with the functions ``fit``, ``encoder`` and ``filters`` as in `lib.learners.autoencoder`
and name it here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lib.feature_encodings import NATURAL, filter_encoder
from lib.learners import autoencoder, kmeans, pca, random_patches, untrained
from lib.normalisation import Statistics, channels_of

LEARNERS: dict[str, Any] = {
    "autoencoder": autoencoder,
    "untrained": untrained,
    "random_patches": random_patches,
    "pca": pca,
    "kmeans": kmeans,
}


def encoder_for(
    theta: np.ndarray,
    model: dict[str, Any],
    statistics: Statistics,
    view: dict[str, Any],
    device: str,
) -> Callable[[np.ndarray], np.ndarray]:
    """Function from normalised patches (M, D), float32, to the activations (M, n) of a view, float32, on the host.

    model: settings of the fitted learner. view: layer, encoding, threshold.
    """
    learner = LEARNERS[model["learner"]]
    if view["encoding"] == NATURAL:
        return learner.encoder(theta, model, statistics, view["layer"], device)
    filters = learner.filters(theta, model, channels_of(statistics) * model["patch_size"] ** 2)
    return filter_encoder(filters, statistics, view["encoding"], device, view["threshold"])
