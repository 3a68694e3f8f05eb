"""Learners by name; the module of a learner is imported only when it is used.

A learner is a module of this package with the functions of `Learner`. A fitted learner is plain data: a flat array of
parameters and the settings used in fitting. `lib.study.learners.LEARNERS` names the settings of every learner.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from lib.base.devices import Compute
from lib.training.result import Recorder, Training

Encoder = Callable[[np.ndarray], np.ndarray]


class Learner(Protocol):
    """The functions of a learner's module.

    A module whose natural encoding is one of `lib.features.encodings.ENCODINGS` names it as ``NATURAL``; any other has
    a function ``encoder(theta, settings, statistics, layer, device)``, which returns a function from normalised patches
    (M, D), float32, to the activations (M, units) of a layer, float32, both on the host. If it also has
    ``array_encoder(theta, settings, layer)``, which returns such a function for arrays of any library of the array API,
    its features are computed on a GPU without a detour through the host. A module whose learner reconstructs patches
    has ``reconstruction(theta, settings, statistics, device)``, which returns a function from normalised patches (M, D)
    to their reconstructions (M, D). One whose learner gives patches a likelihood has ``bounds(theta, settings,
    statistics)``, which returns a function from normalised patches (M, D) to an object with two lower bounds of their
    mean log-likelihood in nats, ``elbo`` and ``importance``, and with the terms of the first, ``reconstruction`` and
    ``divergence``; and it has ``decoded(theta, settings, codes, channels)``, which returns patches (M, D) in [0, 1].
    One whose inputs get noise in training has ``corrupted(patches, settings, seed)``.

    A module whose units have several activations per patch, as maps of a convolution have, has ``responses`` with the
    arguments of ``encoder``, for activations (M, units) with one per unit. A module from which a network can start has
    ``first_layers(theta, settings, view, channels, side)``, which returns steps of `lib.networks.description` for
    images with ``side`` pixels and the arrays of their state. ``PRECISION`` names the dtype of the patches of a learner
    without the setting precision, float64 by default. ``FILTERS_ARE_PATCHES`` is True where filters are points among
    the patches, such as centroids, and not directions from their middle. ``ON_GPU`` is True where `fit` computes on the
    device that it is given; others compute on the CPU. ``BLOCKWISE`` is True where the patches may be a
    `lib.base.rows.RowFile`, which is read in blocks; others get an array. settings: see
    `lib.study.settings.Model.arguments`.
    """

    def fit(
        self,
        patches: np.ndarray,
        settings: Mapping[str, Any],
        rng: np.random.Generator,
        compute: Compute,
        recorder: Recorder | None = None,
    ) -> Training:
        """Learn from normalised patches (N, D), whose dtype is the precision."""

    def filters(self, theta: np.ndarray, settings: Mapping[str, Any], visible_size: int) -> np.ndarray:
        """Return one filter per unit of the first layer, (units, D)."""


def load(name: str) -> Learner:
    """Import and return the module of a learner."""
    return cast(Learner, import_module(f"lib.learners.{name}"))


def module_of(name: str) -> Path:
    """Return the file of a learner's module without importing it."""
    return Path(__file__).with_name(f"{name}.py")
