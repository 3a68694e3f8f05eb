"""Examples of what a unit responds to: patches that excite it most, and where it answers in whole images."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lib.features.extraction import Grid, extract_features
from lib.patches.normalisation import Statistics
from lib.sample_patches import side_of
from lib.study.settings import Model

PATCHES = 9  # of each unit that are kept
POSITIONS = 24  # of patches along a side of an image, about


def example_images(images: np.ndarray) -> np.ndarray:
    """Return the first image and the one in the middle, (2, D), the same for every model of a study.

    images: (N, D) uint8, may be a memory map. Where images are sorted by class, the two have different classes. One
    image alone is returned once.
    """
    return np.asarray(images[np.unique([0, len(images) // 2])])


def map_grid(images: np.ndarray, model: Model, layer: int, channels: int) -> Grid:
    """Return the grid of patches of an activation map: about `POSITIONS` along a side of images (N, D).

    layer: 1 for the first.
    """
    patch_size = model.settings["patch_size"]
    stride = max(1, round((side_of(images.shape[1], channels) - patch_size) / (POSITIONS - 1)))
    return Grid(patch_size, stride, model.layers[layer - 1], channels)


def activation_maps(
    images: np.ndarray, statistics: Statistics, encode: Callable[[np.ndarray], np.ndarray], grid: Grid
) -> np.ndarray:
    """Return the activations of the units of a layer on a grid of patches, (units, images, rows, columns) float32.

    Parameters
    ----------
    images : (N, D) uint8.
    statistics : statistics that normalise the patches.
    encode : maps normalised patches (M, channels * patch_size**2), float32, to activations (M, units).
    grid : the result of `map_grid`.
    """
    line = grid.patches(side_of(images.shape[1], grid.channels))
    found = np.concatenate([features for _, features in extract_features(images, statistics, encode, grid)])
    return np.ascontiguousarray(np.moveaxis(found.reshape(len(images), line, line, grid.units), 3, 0))
