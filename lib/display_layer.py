"""Mosaic of images: patches, filters of a hidden layer, or whole pictures.

Imports only NumPy and Pillow, so that the file works on its own.
"""

from __future__ import annotations

from math import ceil, isqrt, sqrt
from os import PathLike
from typing import Any

import numpy as np
from PIL import Image

SCALES = ("each", "all", "none")
_TILE_SIDE = 40  # pixels; smaller tiles are magnified to at least this side, so that 8x8 filters are visible
_SEPARATOR = 255


def _square_side(width: int) -> tuple[int, int]:
    """Return side and channels of a square image with ``width`` values; 3 s^2 is never a square, so they are unique."""
    for channels in (3, 1):
        side = isqrt(width // channels)
        if side > 0 and side * side * channels == width:
            return side, channels
    raise ValueError(f"X has rows of {width} values, expected 3*d*d (colour) or d*d (grey)")


def _to_intensities(tiles: np.ndarray, scale: str) -> np.ndarray:
    """Return tiles (N, side, side, channels) as uint8; constant tiles become middle grey."""
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}, expected one of {', '.join(SCALES)}")
    if scale == "none":
        if tiles.dtype != np.uint8:
            raise ValueError(f"X has dtype {tiles.dtype}, expected uint8 where scale is 'none'")
        return tiles
    tiles = tiles.astype(np.float64)
    axes = (1, 2, 3) if scale == "each" else None
    low, high = tiles.min(axis=axes, keepdims=True), tiles.max(axis=axes, keepdims=True)
    span = np.where(high > low, high - low, 1.0)
    fraction = np.where(high > low, (tiles - low) / span, 0.5)
    return np.rint(255 * fraction).astype(np.uint8)


def mosaic(
    X: Any, *, scale: str = "each", columns: int | None = None, separator: int | None = None, magnify: int | None = None
) -> np.ndarray:
    """Return the images in the rows of X, (N, 3*d*d) or (N, d*d), as one picture (height, width, 3), uint8.

    scale: "each" stretches every image from its own minimum to its maximum, "all" stretches all images
    by the same limits, so that their contrasts can be compared, "none" shows uint8 intensities unchanged.
    columns: images per row; by default the mosaic is as square as possible. separator: width of the white
    lines in pixels, by default one magnified pixel. magnify: side of a magnified pixel, by default such that
    an image is at least 40 pixels wide. Raises ValueError if rows are not square images, X is empty or values
    are not finite.
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.shape[0] == 0:
        raise ValueError(f"X has shape {X.shape}, expected (N, D) with one image per row")
    if not np.isfinite(X).all():
        raise ValueError("X holds NaN or infinite values, expected finite numbers")
    side, channels = _square_side(X.shape[1])
    magnify = magnify or max(1, ceil(_TILE_SIDE / side))
    separator = magnify if separator is None else separator
    columns = columns or ceil(sqrt(X.shape[0]))
    rows = ceil(X.shape[0] / columns)

    tiles = _to_intensities(X.reshape(-1, side, side, channels), scale)
    tiles = tiles.repeat(magnify, axis=1).repeat(magnify, axis=2)
    pitch = side * magnify + separator
    picture = np.full((rows * pitch + separator, columns * pitch + separator, 3), _SEPARATOR, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        top = separator + number // columns * pitch
        left = separator + number % columns * pitch
        picture[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return picture


def display_layer(X: Any, filename: str | PathLike[str] = "layer.png", **options: Any) -> None:
    """Save the images in the rows of X as one mosaic.

    The suffix of the file name sets the format. ``options`` are the keyword arguments of `mosaic`.
    """
    Image.fromarray(mosaic(X, **options)).save(filename)
