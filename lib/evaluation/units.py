"""Activity of the hidden units of a trained model on its training patches, and collapse of the network.

A deep network with a sparsity term may collapse: every hidden unit has its target activation on every patch, so
the reconstruction is always the mean patch, or all units of a layer say the same of a patch, such as how bright it is.
The loss does not reveal this, and filters may still look like edges although their weights are tiny.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from lib.evaluation.thresholds import CONSTANT
from lib.patches.normalisation import Statistics, channels_of, normalise
from lib.sample_patches import side_of

EXCITING = 50  # patches whose mean shows what excites a unit
HELD_OUT = 1000  # test images at most whose reconstruction error is measured
RECONSTRUCTED = 40  # patches that are stored with their reconstructions
COMPARED = 2000  # patches on which the activations of units are compared with each other
MEASURED_PATCHES = 100_000  # units are measured on the first patches, which are in random order


def measure_layer(activations: np.ndarray, activation: str | None) -> dict[str, Any]:
    """Count the constant, dead and effective units of one layer, given its activations (N, units) on N patches.

    A constant unit carries no information about a patch, so it is dead. A ReLU unit is dead only if it is never
    active: it then has no gradient and cannot recover. Raises ValueError for activations that are not finite, which
    would count as alive.
    """
    if not np.isfinite(activations).all():
        raise ValueError("activations hold NaN or infinite values, expected finite numbers")
    constant = np.std(activations, axis=0, dtype=np.float64) < CONSTANT
    dead = np.max(activations, axis=0) <= 0 if activation == "relu" else constant
    return {
        "units": activations.shape[1],
        "mean_activation": float(np.mean(activations, dtype=np.float64)),
        "constant_units": int(np.sum(constant)),
        "dead_units": int(np.sum(dead)),
        "effective_units": effective_units(activations, ~constant),
    }


def effective_units(activations: np.ndarray, varying: np.ndarray) -> float:
    """Return how many different activations a layer has, from 1 where all its units say the same of every patch.

    It is K^2 / sum r_ij^2 for the correlations r_ij of the K units that vary: K where no two are correlated. The result
    is NaN if fewer than two vary.

    activations: (N, units), of which at most `COMPARED` rows count. varying: (units,) bool.
    """
    some = evenly(activations, COMPARED)[:, varying].astype(np.float64)
    some -= some.mean(axis=0)
    lengths = np.linalg.norm(some, axis=0)
    some = some[:, lengths > 0] / lengths[lengths > 0]
    units = some.shape[1]
    if units < 2:
        return float("nan")
    # The sum of squares is the same for the smaller of the two products.
    products = some.T @ some if units <= len(some) else some @ some.T
    return float(units**2 / np.sum(products**2))


def strongest_patches(activations: np.ndarray, count: int = EXCITING) -> np.ndarray:
    """Return the numbers of the patches that excite each unit most, the strongest first, (units, count) int64.

    activations: (N, units). count: the patches of each unit, at most N. Patches that excite a unit equally are taken in
    their order.
    """
    columns = np.ascontiguousarray(activations.T)
    return np.stack([np.argsort(-values, kind="stable")[:count] for values in columns])


def exciting_patches(data: np.ndarray, strongest: np.ndarray) -> np.ndarray:
    """Return the mean of the patches (N, D) that excite each unit most, (units, D) float32.

    strongest: numbers of the patches of each unit (units, count), the result of `strongest_patches`.
    """
    found = np.empty((len(strongest), data.shape[1]), dtype=np.float32)
    for unit, chosen in enumerate(strongest):
        found[unit] = data[chosen].mean(axis=0, dtype=np.float64)
    return found


def evenly(rows: Any, most: int) -> np.ndarray:
    """Return at most so many rows (N, ...), at equal distances; rows may be a memory map."""
    return np.asarray(rows[:: max(1, -(-len(rows) // most))])


def held_out_patches(images: Any, patch_size: int, channels: int, most: int = HELD_OUT) -> np.ndarray:
    """Return patches (N, channels * patch_size**2) of images that no model has learnt from, side by side.

    images: (N, D) uint8, of which at most so many are taken, evenly. Patches do not overlap; the right and lower
    margins that do not hold a whole patch are left out.
    """
    some = evenly(images, most)
    side = side_of(some.shape[1], channels)
    line = side // patch_size
    pixels = some.reshape(-1, side, side, channels)[:, : line * patch_size, : line * patch_size]
    cut = pixels.reshape(-1, line, patch_size, line, patch_size, channels).swapaxes(2, 3)
    return cut.reshape(-1, patch_size**2 * channels)


def pictured_patches(images: Any, patch_size: int, channels: int) -> np.ndarray:
    """Return at most `RECONSTRUCTED` random ones of the `held_out_patches` of images, (M, channels * patch_size**2).

    They are the same for all models with patches of this size.
    """
    patches = held_out_patches(images, patch_size, channels)
    chosen = np.random.default_rng(0).choice(len(patches), min(RECONSTRUCTED, len(patches)), replace=False)
    return patches[chosen]


def held_out_error(
    images: Any, patch_size: int, statistics: Statistics, reconstruct: Callable[[np.ndarray], np.ndarray]
) -> float:
    """Return the mean squared reconstruction error of normalised `held_out_patches` of images (N, D)."""
    patches = normalise(held_out_patches(images, patch_size, channels_of(statistics)), statistics, "float32")
    return float(np.mean((patches - reconstruct(patches)) ** 2, dtype=np.float64))


def held_out_bounds(
    images: Any, statistics: Statistics, bounds: Callable[[np.ndarray], Any], patch_size: int
) -> dict[str, float]:
    """Return elbo, its two terms, and importance_bound of normalised `held_out_patches` of images (N, D), in nats.

    The terms are cross_entropy and divergence; elbo is minus their sum. bounds: a function from patches (M, D) to the
    bounds of their mean log-likelihood.
    """
    patches = normalise(held_out_patches(images, patch_size, channels_of(statistics)), statistics, "float32")
    found = bounds(patches)
    return {
        "elbo": found.elbo,
        "importance_bound": found.importance,
        "cross_entropy": found.reconstruction,
        "divergence": found.divergence,
    }
