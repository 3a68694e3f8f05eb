"""Mosaic of images: patches, filters of a hidden layer, or whole pictures.

Imports only NumPy and Pillow, so that the file works on its own.
"""

from __future__ import annotations

from math import ceil, isqrt, sqrt
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SCALES = ("each", "all", "none")
_TILE_SIDE = 40  # pixels; smaller tiles are magnified to at least this side, so that 8x8 filters are visible
_SEPARATOR = 255
_MOST_PIXELS = 2**28  # of a mosaic; it needs three bytes of memory for each


def _whole(name: str, value: Any, least: int) -> int:
    """Return a whole number, which may be a float such as 4.0, as an int.

    Raises TypeError for another type, truth values included, and ValueError for a fraction or a number below ``least``.
    """
    value = value.item() if getattr(value, "ndim", None) == 0 else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name} is {value!r}, expected a whole number")
    if isinstance(value, float) and not value.is_integer():
        raise ValueError(f"{name} is {value}, expected a whole number")
    if value < least:
        raise ValueError(f"{name} is {value}, expected at least {least}")
    return int(value)


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
    # A power of two changes no digit, and makes the difference of huge values finite and of tiny ones not vanish.
    largest = np.abs(tiles).max(axis=axes, keepdims=True)
    tiles = np.ldexp(tiles, -np.frexp(largest)[1])
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
    an image is at least 40 pixels wide. X may be nested lists, and the numbers of pixels and columns floats such as
    4.0. Raises ValueError if rows are not square images, X is empty, values are not finite or the picture would have
    more than 2**28 pixels, and TypeError for values that are not real numbers or truth values, and for counts that are
    not whole numbers.
    """
    try:
        X = np.asarray(X)
    except ValueError:
        raise ValueError("X has rows of different lengths, expected rows of equal length") from None
    if X.dtype.kind not in "biuf":
        raise TypeError(f"X holds values of type {X.dtype}, expected real numbers")
    if X.ndim != 2 or X.shape[0] == 0:
        raise ValueError(f"X has shape {X.shape}, expected (N, D) with one image per row")
    if X.dtype.kind == "f" and X.dtype != np.float64:
        with np.errstate(over="ignore"):  # of longer floats, which the next line refuses
            X = X.astype(np.float64)
    if not np.isfinite(X).all():
        raise ValueError("X holds NaN or infinite values, expected finite numbers")
    side, channels = _square_side(X.shape[1])
    magnify = max(1, ceil(_TILE_SIDE / side)) if magnify is None else _whole("magnify", magnify, 1)
    separator = magnify if separator is None else _whole("separator", separator, 0)
    columns = ceil(sqrt(X.shape[0])) if columns is None else _whole("columns", columns, 1)
    rows = ceil(X.shape[0] / columns)

    pitch = side * magnify + separator
    height, width = rows * pitch + separator, columns * pitch + separator
    if height * width > _MOST_PIXELS:
        raise ValueError(
            f"X, columns, magnify and separator give a picture of {height}x{width} pixels, expected at most "
            f"{_MOST_PIXELS} pixels"
        )
    tiles = _to_intensities(X.reshape(-1, side, side, channels), scale)
    tiles = tiles.repeat(magnify, axis=1).repeat(magnify, axis=2)
    picture = np.full((height, width, 3), _SEPARATOR, dtype=np.uint8)
    for number, tile in enumerate(tiles):
        top = separator + number // columns * pitch
        left = separator + number % columns * pitch
        picture[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return picture


def display_layer(X: Any, filename: str | PathLike[str] = "layer.png", **options: Any) -> None:
    """Save the images in the rows of X as one mosaic.

    The suffix of the file name sets the format. ``options`` are the keyword arguments of `mosaic`. Raises TypeError if
    the file name is not a path, ValueError if Pillow writes no format with its suffix or no picture of this size in
    that format, and errors as `mosaic` does.
    """
    if not isinstance(filename, (str, PathLike)):
        raise TypeError(f"filename is {filename!r}, expected a path such as layer.png")
    form = Image.registered_extensions().get(Path(filename).suffix.lower())
    if form not in Image.SAVE:
        raise ValueError(f"filename is {str(filename)!r}, expected the suffix of a picture format, such as layer.png")
    picture = Image.fromarray(mosaic(X, **options))
    try:
        picture.save(filename, form)
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the file system's own sentence
            raise
        size = f"{picture.height}x{picture.width} pixels"
        raise ValueError(f"filename is {str(filename)!r}, expected another format for {size}: {error}") from None
