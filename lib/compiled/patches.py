"""Patches of a regular grid, and their normalisation in place."""

from __future__ import annotations

import numpy as np

from lib.compiled import compiled
from lib.sample_patches import Normaliser, side_of, slopes


@compiled
def _gather(pictures, patch_size, stride, columns, per_picture, channels, start, patches):  # type: ignore[no-untyped-def]
    length = patch_size * channels
    for number in range(patches.shape[0]):
        picture, place = divmod(start + number, per_picture)
        row, column = divmod(place, columns)
        top, left = row * stride, column * stride * channels
        for line in range(patch_size):
            pixels = pictures[picture, top + line, left : left + length]
            patch = patches[number, line * length : (line + 1) * length]
            for k in range(length):
                patch[k] = pixels[k]


def gather(pictures: np.ndarray, patch_size: int, stride: int, first: int, count: int) -> np.ndarray:
    """Patches (count, patch_size**2 * channels), float32, from number ``first`` on, of a regular grid over pictures.

    pictures: (n, height, width, channels) of any real dtype. Patches follow row by row over each picture in turn.
    """
    n, height, width, channels = pictures.shape
    rows, columns = (height - patch_size) // stride + 1, (width - patch_size) // stride + 1
    lines = np.ascontiguousarray(pictures).reshape(n, height, width * channels)
    patches = np.empty((count, patch_size**2 * channels), dtype=np.float32)
    _gather(lines, patch_size, stride, columns, rows * columns, channels, first, patches)
    return patches


@compiled
def _means_along_line(row, channels, whole, means):  # type: ignore[no-untyped-def]
    """Fill means (values of a line of pixels,) with the mean of the whole row or of each value's channel."""
    length, zero = means.size, row.dtype.type(0)
    for k in range(length):
        means[k] = zero
    for start in range(0, row.size, length):
        line = row[start : start + length]
        for k in range(length):
            means[k] += line[k]
    step = 1 if whole else channels
    for first in range(step):
        total = zero
        for k in range(first, length, step):
            total += means[k]
        means[first] = total / row.dtype.type(row.size // step)
    for k in range(step, length):
        means[k] = means[k - step]


@compiled
def _clip_and_map(rows, channels, centred, whole, mean, slope, low, high):  # type: ignore[no-untyped-def]
    middle, offset = (low + high) / rows.dtype.type(2), np.empty_like(mean)
    for number in range(rows.shape[0]):
        row = rows[number]
        if centred:
            _means_along_line(row, channels, whole, offset)
            for k in range(mean.size):
                offset[k] += mean[k]
        else:
            offset[:] = mean
        for start in range(0, row.size, mean.size):
            line = row[start : start + mean.size]
            for k in range(mean.size):
                line[k] = min(max((line[k] - offset[k]) * slope[k] + middle, low), high)


@compiled
def _even_contrast(rows, channels, centred, whole, length, regulariser):  # type: ignore[no-untyped-def]
    means, zero, size = np.zeros(length, rows.dtype), rows.dtype.type(0), rows.dtype.type(rows.shape[1])
    for number in range(rows.shape[0]):
        row = rows[number]
        if centred:
            _means_along_line(row, channels, whole, means)
        total = zero
        for start in range(0, row.size, length):
            line = row[start : start + length]
            for k in range(length):
                line[k] -= means[k]
                total += line[k]
        mean, squares = total / size, zero
        for k in range(row.size):
            squares += (row[k] - mean) ** 2
        scale = rows.dtype.type(1) / np.sqrt(squares / size + regulariser)
        for k in range(row.size):
            row[k] *= scale


def clip_and_map(rows: np.ndarray, normaliser: Normaliser) -> np.ndarray:
    """`lib.sample_patches.apply_normaliser` in place, for C-contiguous float32 or float64 rows (N, D)."""
    channels, centre, dtype = len(normaliser["mean"]), normaliser["centre"], rows.dtype
    side = side_of(rows.shape[1], channels)
    mean, slope = (np.tile(values, side).astype(dtype) for values in (normaliser["mean"], slopes(normaliser)))
    bounds = dtype.type(normaliser["low"]), dtype.type(normaliser["high"])
    _clip_and_map(rows, channels, centre != "none", centre == "brightness", mean, slope, *bounds)
    return rows


def even_contrast(rows: np.ndarray, centre: str, channels: int, regulariser: float) -> np.ndarray:
    """`lib.normalisation.contrast_normalised` in place, for C-contiguous float32 or float64 rows (N, D)."""
    length = side_of(rows.shape[1], channels) * channels
    of_rows = channels, centre != "none", centre == "brightness"
    _even_contrast(rows, *of_rows, length, rows.dtype.type(regulariser))
    return rows
