"""Features of images on a GPU: patches are cut, normalised, encoded and pooled there.

Each picture is copied to the device once, as bytes, and only its features come back. The code runs on arrays of any
library of the array API, so that NumPy shows what it computes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

import numpy as np

from lib.base.devices import to_device, to_host
from lib.base.errors import StudyError
from lib.features.extraction import NOT_FINITE, Grid, pooling_matrix
from lib.patches.normalisation import Statistics, Whitener, contrast_normalised
from lib.sample_patches import Normaliser, apply_normaliser, namespace, side_of

BLOCK_BYTES = 2**28  # of the float32 patches and activations that are on the device at a time


def patches_of_grid(pictures: Any, grid: Grid) -> Any:
    """Return the patches (N * line**2, patch_size**2 * channels) of pictures (N, side, side, channels), in their dtype.

    The patches of a picture follow each other row by row; each is a row of pixels with the channels last.
    """
    xp, count, side = namespace(pictures), pictures.shape[0], pictures.shape[1]
    span = (grid.patches(side) - 1) * grid.stride + 1
    starts = range(grid.patch_size)
    pixels = [
        pictures[:, row : row + span : grid.stride, column : column + span : grid.stride, :]
        for row in starts
        for column in starts
    ]
    return xp.reshape(xp.stack(pixels, axis=3), (count * grid.patches(side) ** 2, len(pixels) * grid.channels))


def normalised(patches: Any, statistics: Statistics) -> Any:
    """Return normalised patches (M, D), float32, of raw ones of any real dtype, as `lib.patches.normalisation` does."""
    xp = namespace(patches)
    rows = xp.astype(patches, xp.float32)
    if "matrix" not in statistics:
        return apply_normaliser(rows, cast(Normaliser, statistics))
    whitener = cast(Whitener, statistics)
    even = contrast_normalised(rows, whitener["centre"], whitener["channels"])
    mean, matrix = (xp.asarray(whitener[key], dtype=xp.float32) for key in ("mean", "matrix"))  # type: ignore[literal-required]
    return (even - mean) @ matrix


def features_of(pictures: Any, statistics: Statistics, encode: Callable[[Any], Any], grid: Grid) -> Any:
    """Return the features (N, length), float32, of pictures (N, side, side, channels), uint8.

    encode: maps normalised patches (M, D), float32, to activations (M, units), float32, both in the library of the
    pictures. Raises StudyError for activations that are not finite.
    """
    xp, count, line = namespace(pictures), pictures.shape[0], grid.patches(pictures.shape[1])
    activations = encode(normalised(patches_of_grid(pictures, grid), statistics))
    if not bool(xp.all(xp.isfinite(activations))):
        raise StudyError(NOT_FINITE)
    if grid.pooling:
        weights = xp.asarray(pooling_matrix(line, grid.pooling))
        activations = weights @ xp.reshape(activations, (count, line**2, grid.units))
    return xp.reshape(activations, (count, -1))


def extract_on_device(
    images: np.ndarray, statistics: Statistics, encode: Callable[[Any], Any], grid: Grid, device: str
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the rows and the features of one block of images after the other, as `lib.features.extraction` does.

    images: (N, D) uint8, may be a memory map. statistics, encode, grid: see `features_of`. device: "gpu", or "cpu" for
    NumPy.
    """
    side = side_of(images.shape[1], grid.channels)
    width = grid.patch_size**2 * grid.channels + grid.units
    step = max(1, BLOCK_BYTES // (4 * width * grid.patches(side) ** 2))
    for mirrored in (False, True) if grid.mirror else (False,):
        for start in range(0, len(images), step):
            block = to_device(np.asarray(images[start : start + step]), device).reshape(-1, side, side, grid.channels)
            if mirrored:
                block = block[:, :, ::-1, :]
            first = start + mirrored * len(images)
            yield slice(first, first + len(block)), to_host(features_of(block, statistics, encode, grid))
