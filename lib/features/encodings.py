"""Encodings: functions from normalised patches and the filters of any learner to activations.

Filters and encoding can be chosen independently (Coates and Ng, "The importance of encoding versus training with sparse
coding and vector quantization", ICML 2011).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np

from lib.learners.registry import Encoder, load
from lib.patches.normalisation import Statistics, channels_of, middle_of
from lib.sample_patches import namespace
from lib.study.settings import Model, View

NATURAL = "natural"  # the learner's own encoding


def _unit(filters: Any) -> Any:
    """Return filters (K, D) scaled to length 1; a filter of zeros stays zero."""
    xp = namespace(filters)
    length = xp.sqrt(xp.sum(filters * filters, axis=1, keepdims=True))
    return filters / xp.where(length > 0, length, xp.ones_like(length))


def linear(data: Any, filters: Any, threshold: float) -> Any:
    """Return the projections x . w (N, K) of data (N, D) on filters (K, D) scaled to length 1."""
    return data @ _unit(filters).T


def triangle(data: Any, filters: Any, threshold: float) -> Any:
    """Return max(0, mean_j d_j - d_k) (N, K); d_k is the distance of x to filter k (Coates, Lee, Ng, AISTATS 2011)."""
    xp = namespace(data)
    distance = data @ filters.T
    distance *= -2
    distance += xp.sum(data * data, axis=1, keepdims=True)
    distance += xp.sum(filters * filters, axis=1)
    # Rounding can make the square of a tiny distance slightly negative.
    distance = xp.sqrt(xp.clip(distance, 0, None))
    return xp.clip(xp.mean(distance, axis=1, keepdims=True) - distance, 0, None)


def soft_threshold(data: Any, filters: Any, threshold: float) -> Any:
    """Return max(0, x . w - threshold) (N, K), with filters scaled to length 1."""
    xp = namespace(data)
    return xp.clip(linear(data, filters, threshold) - threshold, 0, None)


def sign_split(data: Any, filters: Any, threshold: float) -> Any:
    """Return max(0, x . w - threshold) of every filter, then max(0, -x . w - threshold), (N, 2K)."""
    xp = namespace(data)
    z = linear(data, filters, threshold)
    return xp.concat([xp.clip(z - threshold, 0, None), xp.clip(-z - threshold, 0, None)], axis=1)


ENCODINGS: dict[str, Callable[[Any, Any, float], Any]] = {
    "linear": linear,
    "triangle": triangle,
    "soft_threshold": soft_threshold,
    "sign_split": sign_split,
}


def activations_per_patch(encoding: str, units: int) -> int:
    """Return the number of activations that an encoding gives for one patch."""
    return 2 * units if encoding == "sign_split" else units


def filter_encoder(
    filters: np.ndarray, statistics: Statistics, encoding: str, threshold: float = 0.0
) -> Callable[[Any], Any]:
    """Return a function from normalised patches (M, D), float32, to activations (M, n), float32, in their library.

    filters: (K, D), directions from the middle of the patches' range, which is subtracted from the patches first.
    """
    middle, kernels = float(middle_of(statistics)), filters.astype(np.float32)

    def encode(patches: Any) -> Any:
        own = namespace(patches).asarray(kernels)
        return ENCODINGS[encoding](patches - middle, own, threshold)

    return encode


def encoder_for(theta: np.ndarray, model: Model, statistics: Statistics, view: View, device: str) -> Encoder:
    """Return a function from normalised patches (M, D), float32, to the activations (M, n) of a view, on the host.

    model: settings of the fitted learner. device: where a learner that needs PyTorch computes.
    """
    if view.encoding == NATURAL and (encode := getattr(load(model.learner), "encoder", None)):
        return cast(Encoder, encode(theta, model.arguments, statistics, view.layer, device))
    return _by_filters(theta, model, statistics, view)


def array_encoder_for(
    theta: np.ndarray, model: Model, statistics: Statistics, view: View
) -> Callable[[Any], Any] | None:
    """Return a function from normalised patches (M, D), float32, of any library of the array API to activations (M, n).

    The result is None for a learner whose own encoding is not written for such arrays.
    """
    learner = load(model.learner)
    if view.encoding == NATURAL and hasattr(learner, "encoder"):
        encode = getattr(learner, "array_encoder", None)
        return encode and cast(Callable[[Any], Any], encode(theta, model.arguments, view.layer))
    return _by_filters(theta, model, statistics, view)


def _by_filters(theta: np.ndarray, model: Model, statistics: Statistics, view: View) -> Callable[[Any], Any]:
    learner: Any = load(model.learner)
    encoding = learner.NATURAL if view.encoding == NATURAL else view.encoding
    filters = learner.filters(theta, model.arguments, channels_of(statistics) * model.settings["patch_size"] ** 2)
    if getattr(learner, "FILTERS_ARE_PATCHES", False):
        filters = filters - middle_of(statistics)  # as the patches: distances stay what they are
    return filter_encoder(filters, statistics, encoding, view.threshold)


def responses_for(theta: np.ndarray, model: Model, statistics: Statistics, layer: int) -> Encoder:
    """Return a function from normalised patches (M, D), float32, to one activation per unit of a layer (M, units).

    These are the activations themselves, unless the learner has units with several, as a map of a convolution has.
    """
    if respond := getattr(load(model.learner), "responses", None):
        return cast(Encoder, respond(theta, model.arguments, statistics, layer, "cpu"))
    return encoder_for(theta, model, statistics, View(layer, stride=1), "cpu")
