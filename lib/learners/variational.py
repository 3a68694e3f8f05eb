"""A variational autoencoder as a learner: its features are the means μ of the codes.

The encoder of its network ends with the step ``sampling``, the decoder with ``sigmoid``; patches are in [0, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from lib.base.devices import Compute
from lib.learners.convolutional import (
    ON_GPU,
    PRECISION,
    encoder,
    filters,
    first_layers,
    fitted,
    images_of,
    reconstruction,
    responses,
    rows_of,
    train_with,
)
from lib.patches.normalisation import Statistics, channels_of
from lib.training.result import Recorder, Training

if TYPE_CHECKING:
    from lib.training.variational import Bounds

__all__ = [
    "ON_GPU",
    "PRECISION",
    "bounds",
    "decoded",
    "encoder",
    "filters",
    "first_layers",
    "fit",
    "reconstruction",
    "responses",
    "sample",
]


def fit(
    patches: np.ndarray,
    settings: Mapping[str, Any],
    rng: np.random.Generator,
    compute: Compute,
    recorder: Recorder | None = None,
) -> Training:
    """Train on patches (N, D) in [0, 1]. In the history, ``sparsity`` is the weighted divergence; see `Variational`."""
    from lib.training.variational import Variational

    objective = Variational(settings["terms"], settings["divergence_weight"])
    return train_with(objective, patches, settings, rng, compute, recorder)


def bounds(theta: np.ndarray, settings: Mapping[str, Any], statistics: Statistics) -> Callable[[np.ndarray], Bounds]:
    """Return a function from patches (N, D) in [0, 1] to the bounds of their mean log-likelihood."""
    import torch

    from lib.training.variational import bounds_of

    torch.set_num_threads(1)
    network = fitted(theta, settings, channels_of(statistics))

    def found(patches: np.ndarray) -> Bounds:
        rows = torch.from_numpy(np.array(patches, dtype=np.float32))
        return bounds_of(network, images_of(rows, settings["patch_size"]))

    return found


def decoded(theta: np.ndarray, settings: Mapping[str, Any], codes: np.ndarray, channels: int) -> np.ndarray:
    """Return the patches (N, D) float32 in [0, 1] that codes (N, codings) stand for: probabilities of white pixels."""
    import torch

    torch.set_num_threads(1)
    network = fitted(theta, settings, channels)
    with torch.inference_mode():
        return rows_of(network.decode(torch.from_numpy(np.array(codes, dtype=np.float32)))).numpy()


def sample(
    theta: np.ndarray, settings: Mapping[str, Any], count: int, channels: int, rng: np.random.Generator
) -> np.ndarray:
    """Return new patches (count, D) float32 in [0, 1], decoded from codes z ~ N(0, I)."""
    codings = fitted(theta, settings, channels).code_shape[0]
    return decoded(theta, settings, rng.standard_normal((count, codings)), channels)
