"""Patches of a regular grid, normalised as they are read, so that raw patches are never stored."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from lib.base.compiling import compiled
from lib.sample_patches import CLIP, Normaliser, slopes


@cache
def _kernel(patch_size: int, channels: int, centre: str, contrast: bool) -> Callable[..., None]:
    """Return the kernel that fills an array with normalised patches, compiled for one shape of patches.

    The loops then have constant lengths, so the compiler vectorises them: the kernel is three times as fast.
    """
    length = patch_size * channels
    centred, means = centre != "none", 1 if centre == "brightness" else channels
    averaged, values = patch_size * length // means, patch_size * length

    @compiled
    def fill(lines, stride, columns, per_picture, first, patches, mean, slope, middle, low, high, regulariser):  # type: ignore[no-untyped-def]
        number, count = patches.dtype.type, patches.shape[0]
        sums, zero = np.zeros(lines.shape[2], patches.dtype), number(0)
        average, offset = np.zeros(means, patches.dtype), np.empty(length, patches.dtype)
        done = 0
        while done < count:  # one row of the grid at a time, until the array is full
            picture, place = divmod(first + done, per_picture)
            row, column = divmod(place, columns)
            rows = lines[picture, row * stride : row * stride + patch_size]
            last = done + min(columns - column, count - done)
            if centred:  # the sum of a column of pixels serves every patch that contains the column
                sums[:] = zero
                for line in range(patch_size):
                    for x in range(sums.size):
                        sums[x] += number(rows[line, x])
            for index in range(done, last):
                left = (column + index - done) * stride * channels
                if centred:
                    part = sums[left : left + length]
                    for channel in range(means):
                        total = zero
                        for k in range(channel, length, means):
                            total += part[k]
                        average[channel] = total / number(averaged)
                for k in range(length):
                    offset[k] = middle - (average[k % means] + mean[k]) * slope[k]
                patch, total = patches[index], zero
                for line in range(patch_size):
                    pixels = rows[line, left : left + length]
                    target = patch[line * length : (line + 1) * length]
                    for k in range(length):
                        value = number(pixels[k]) * slope[k] + offset[k]
                        if contrast:
                            target[k] = value
                            total += value
                        else:
                            target[k] = min(max(value, low), high)
                if contrast:
                    patch_mean, squares = total / number(values), zero
                    for k in range(values):
                        squares += (patch[k] - patch_mean) ** 2
                    scale = number(1) / np.sqrt(squares / number(values) + regulariser)
                    for k in range(values):
                        patch[k] *= scale
            done = last

    return fill


GridNormaliser = Callable[[np.ndarray, int, int, np.ndarray], np.ndarray]


def _grid_normaliser(
    normaliser: Normaliser, patch_size: int, precision: str, regulariser: float | None = None
) -> GridNormaliser:
    """Return a function that clips to the normaliser's range or, with a regulariser, divides by the contrast."""
    channels, dtype = len(normaliser["mean"]), np.dtype(precision)
    low, high = normaliser["low"], normaliser["high"]
    kernel = _kernel(patch_size, channels, normaliser["centre"], regulariser is not None)
    vectors = [np.tile(np.asarray(v, dtype), patch_size) for v in (normaliser["mean"], slopes(normaliser))]
    numbers = [dtype.type(value) for value in ((low + high) / 2, low, high, regulariser or 0)]

    def patches_of(pictures: np.ndarray, stride: int, first: int, patches: np.ndarray) -> np.ndarray:
        n, height, width, _ = pictures.shape
        rows, columns = (height - patch_size) // stride + 1, (width - patch_size) // stride + 1
        lines = np.ascontiguousarray(pictures).reshape(n, height, width * channels)
        kernel(lines, stride, columns, rows * columns, first, patches, *vectors, *numbers)
        return patches

    return patches_of


def clipping_normaliser(normaliser: Normaliser, patch_size: int, precision: str) -> GridNormaliser:
    """Return `lib.sample_patches.apply_normaliser` for the patches of a regular grid over pictures.

    The returned function takes pictures (n, height, width, channels) of any real dtype, the stride in pixels, the
    number of the first patch, and an array (count, patch_size**2 * channels) of dtype ``precision``, float32 or
    float64. It fills that array and returns it. Patches are numbered row by row within a picture, picture by picture.
    """
    return _grid_normaliser(normaliser, patch_size, precision)


def contrast_normaliser(
    centre: str, channels: int, regulariser: float, patch_size: int, precision: str
) -> GridNormaliser:
    """Return `lib.patches.normalisation.contrast_normalised` for grids, with the signature of `clipping_normaliser`."""
    unchanged = Normaliser(centre=centre, mean=[0.0] * channels, std=[1 / CLIP] * channels, low=-1.0, high=1.0)
    return _grid_normaliser(unchanged, patch_size, precision, regulariser)
