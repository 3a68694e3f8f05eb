"""Sampling of patches from images and their normalisation.

Images and patches are rows: ``D = side * side * channels`` intensities, row-major, channels last.
Imports only NumPy, so that the file works on its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import isqrt
from typing import Any, TypedDict

import numpy as np

CLIP = 3.0  # intensities further than this many standard deviations from the mean are clipped
RANGE = (0.1, 0.9)  # where mean - CLIP * std and mean + CLIP * std are mapped to
CENTRES = ("none", "patch", "brightness")
_BLOCK = 1000  # patches gathered at once; bounds the memory of the column indices
FIT_BLOCK = (
    2**14
)  # patches per block when statistics are computed, so that memory does not grow with the number of patches


class Normaliser(TypedDict):
    """Statistics fitted once on the training patches and applied to every later patch."""

    centre: str  # what is removed from each patch first, as in `centred`
    mean: list[float]  # per channel, in units of intensity
    std: list[float]  # per channel, in units of intensity
    low: float  # value that mean - 3 std is mapped to
    high: float  # value that mean + 3 std is mapped to


def _whole(name: str, value: Any, least: float = 1) -> int:
    """Return a whole number, which may be a float such as 1e4, as an int.

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


def namespace(array: Any) -> Any:
    """The functions of the library that an array belongs to, as the array API names them; None for other objects.

    CuPy has the functions, but its arrays do not say so (as of version 14).
    """
    # autoencoder has the same function: each of the course modules works alone.
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    module = sys.modules.get(type(array).__module__)
    return module if getattr(module, "ndarray", None) is type(array) else None


def _as_matrix(images: Any) -> Any:
    """Return an array as it is, and nested lists as a NumPy array.

    Raises ValueError unless it has one image per row, and TypeError unless it holds real numbers.
    """
    if isinstance(images, np.matrix) or namespace(images) is None:
        try:
            images = np.asarray(images)
        except ValueError:
            raise ValueError("images have rows of different lengths, expected rows of equal length") from None
    xp = namespace(images)
    if not xp.isdtype(images.dtype, ("integral", "real floating")):
        raise TypeError(f"images hold values of type {images.dtype}, expected real numbers")
    if images.ndim != 2:
        advice = "; images.reshape(len(images), -1) makes one row of each" if images.ndim in (3, 4) else ""
        raise ValueError(f"images have {images.ndim} dimensions, expected 2: one image per row{advice}")
    if images.shape[0] == 0:
        raise ValueError("images are empty, expected at least one row")
    return images


def side_of(width: int, channels: int = 3) -> int:
    """Return the side in pixels of a square image with ``width`` intensities.

    Raises ValueError if no square image with this number of channels has that many intensities, and TypeError if
    ``channels`` is not a whole number.
    """
    channels = _whole("channels", channels)
    side = isqrt(width // channels)
    if side == 0 or side * side * channels != width:
        raise ValueError(
            f"images have rows of {width} values, expected {channels}*d*d: a square image with {channels} channels"
        )
    return side


def _by_channel(images: Any, channels: int) -> Any:
    """Return float rows (N, D) reshaped to (N, pixels, channels)."""
    xp = namespace(images)
    return xp.reshape(images, (images.shape[0], images.shape[1] // channels, channels))


def centred(images: Any, centre: str, channels: int) -> Any:
    """Return a float copy (N, pixels, channels) of the rows with each patch's own mean removed.

    centre: "patch" removes the mean of every channel, "brightness" removes the mean over all channels, which
    keeps the colour of the patch, and "none" removes nothing. float32 rows stay float32, others become float64.
    Raises ValueError for another word, or if rows are not square images.
    """
    xp = namespace(images)
    side_of(images.shape[1], channels)
    dtype = images.dtype if images.dtype == xp.float32 else xp.float64
    pixels = _by_channel(xp.astype(images, dtype), channels)
    if centre == "patch":
        pixels = pixels - xp.mean(pixels, axis=1, keepdims=True)
    elif centre == "brightness":
        pixels = pixels - xp.mean(pixels, axis=(1, 2), keepdims=True)
    elif centre != "none":
        raise ValueError(f"centre is {centre!r}, expected one of {', '.join(CENTRES)}")
    return pixels


def _largest(images: Any, centre: str, channels: int) -> Any:
    """Return the largest magnitude in each channel of the rows (N, D), float64 (channels,).

    Removing the brightness mixes the channels, so that each has the rounding errors of the largest. Raises ValueError
    for values that are not finite, or so large that their squares could be infinite.
    """
    xp = namespace(images)
    pixels = _by_channel(images, channels)
    ends = [xp.astype(end(pixels, axis=(0, 1)), xp.float64) for end in (xp.min, xp.max)]
    largest = xp.maximum(*map(xp.abs, ends))
    most = _most(images)
    if not bool(xp.all(largest <= most)):  # NaN is not, either
        raise ValueError(
            f"images hold NaN or infinite values, or magnitudes above {most:.0e}, expected finite intensities"
        )
    return xp.broadcast_to(xp.max(largest), largest.shape) if centre == "brightness" else largest


def _most(images: Any) -> float:
    """Return the magnitude up to which squares of values, and sums of them, stay finite in the floats of the images."""
    xp = namespace(images)
    return float(xp.finfo(images.dtype if images.dtype == xp.float32 else xp.float64).max) ** 0.25


def sum_over_blocks(function: Callable[[Any], Any], rows: Any) -> Any:
    """Return the sum of the function over blocks of rows (N, D), added in order."""
    count, total = rows.shape[0], function(rows[: min(FIT_BLOCK, rows.shape[0]), ...])
    for start in range(FIT_BLOCK, count, FIT_BLOCK):
        total = total + function(rows[start : min(start + FIT_BLOCK, count), ...])
    return total


def fit_normaliser(
    images: Any, *, centre: str = "none", channels: int = 3, output_range: tuple[float, float] = RANGE
) -> Normaliser:
    """Return the mean and standard deviation of every channel over all rows.

    images: (N, D) of any real dtype. Raises ValueError if rows are not square images, the matrix is empty, or values
    are not finite, or so huge or tiny that floats cannot hold their squares, and TypeError if they are not real
    numbers.
    """
    images, channels = _as_matrix(images), _whole("channels", channels)
    xp = namespace(images)
    side_of(images.shape[1], channels)
    largest = _largest(images, centre, channels)
    if bool(xp.any((largest > 0) & (largest < 1 / _most(images)))):
        raise ValueError(f"images hold tiny values alone, expected magnitudes of at least {1 / _most(images):.0e}")

    def total(function: Callable[[Any], Any]) -> Any:
        return sum_over_blocks(
            lambda rows: xp.sum(function(centred(rows, centre, channels)), axis=(0, 1), dtype=xp.float64), images
        )

    count = images.shape[0] * images.shape[1] // channels
    mean = total(lambda pixels: pixels) / count
    variance = total(lambda pixels: (pixels - xp.astype(mean, pixels.dtype)) ** 2) / count
    # A constant channel has a tiny std from rounding, which counts as 0. The mean of many values is rounded, too, and
    # so is the mean that is removed from a patch: the first is taken off the variance, the second widens the bound.
    error = total(lambda pixels: pixels - xp.astype(mean, pixels.dtype)) / count
    precision = xp.finfo(centred(images[:1, ...], centre, channels).dtype).eps
    terms = {"none": 1, "patch": images.shape[1] // channels, "brightness": images.shape[1]}[centre]
    bound = (max(16, terms) * precision * largest) ** 2
    std = xp.where(variance - error**2 <= bound, xp.zeros_like(variance), xp.sqrt(variance))
    return Normaliser(
        centre=centre,
        mean=[float(m) for m in mean],
        std=[float(s) for s in std],
        low=float(output_range[0]),
        high=float(output_range[1]),
    )


def slopes(normaliser: Normaliser) -> list[float]:
    """Return the slope of the linear mapping of each channel; 0 for a channel without variance."""
    half = (normaliser["high"] - normaliser["low"]) / 2
    return [half / (CLIP * std) if std > 0 else 0.0 for std in normaliser["std"]]


def apply_normaliser(images: Any, normaliser: Normaliser) -> Any:
    """Return the rows (N, D) clipped to [mean - 3 std, mean + 3 std] and mapped linearly to [low, high].

    The normaliser determines the number of channels. A channel without variance (std = 0) maps to the middle
    of the range. float32 rows stay float32, every other dtype becomes float64. Any array of the array API
    is accepted; the result is an array of the same library. Nested lists give a NumPy array. Raises ValueError for
    values that are not finite or huge, and if the standard deviations are too small for float32 rows.
    """
    images = _as_matrix(images)
    xp = namespace(images)
    channels = len(normaliser["mean"])
    pixels = centred(images, normaliser["centre"], channels)
    _largest(images, normaliser["centre"], channels)
    low, high = normaliser["low"], normaliser["high"]
    if max(slopes(normaliser)) > float(xp.finfo(pixels.dtype).max):
        raise ValueError(f"std of the normaliser is {normaliser['std']}, expected more for {pixels.dtype} images")
    mean, slope = (xp.asarray(values, dtype=pixels.dtype) for values in (normaliser["mean"], slopes(normaliser)))
    # Clipping after the mapping has the same bounds and keeps rounding errors inside the range.
    with np.errstate(over="ignore"):
        pixels = xp.clip((pixels - mean) * slope + (low + high) / 2, low, high)
    return xp.reshape(pixels, images.shape)


def normalize_data(images: Any, *, centre: str = "none", channels: int = 3) -> Any:
    """Return the rows (N, D) mapped to [0.1, 0.9], with mean and std per channel taken from the matrix itself.

    In every channel intensities are clipped to [mean - 3 std, mean + 3 std], then mapped linearly so
    that the bounds become 0.1 and 0.9; a constant channel becomes 0.5. With ``centre="patch"`` each
    row's own channel means are removed first. The result is float64 (float32 for float32 rows).
    """
    images = _as_matrix(images)
    return apply_normaliser(images, fit_normaliser(images, centre=centre, channels=channels))


def sample_patches_raw(
    images: Any,
    num_patches: int = 10000,
    patch_size: int = 8,
    *,
    rng: np.random.Generator | int | None = None,
    channels: int = 3,
) -> np.ndarray:
    """Return random patches (num_patches, channels * patch_size**2) in the dtype of ``images`` (N, D).

    Every image and every position in it, including the last row and column, is equally likely.
    ``images`` may be a memory map: only the pixels of the patches are read, in the order of the images in
    the file. Nested lists are images, too. ``num_patches``, ``patch_size`` and ``channels`` are whole numbers, which
    may be floats such as 1e4. Raises ValueError if rows are not square images, the matrix is empty, num_patches is less
    than 1 or a patch is larger than the image; TypeError if images are not real numbers, or counts not whole ones;
    MemoryError if the patches do not fit into memory.
    """
    images, channels = _as_matrix(images), _whole("channels", channels)
    num_patches, patch_size = _whole("num_patches", num_patches), _whole("patch_size", patch_size, -np.inf)
    side = side_of(images.shape[1], channels)
    if not 1 <= patch_size <= side:
        raise ValueError(f"patch_size is {patch_size}, expected 1 to {side}: the images are {side}x{side}")
    try:
        rng = np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"rng is {rng!r}, expected a Generator, a whole number from 0 on, or None") from None
    width = channels * patch_size**2
    try:
        patches = np.empty((num_patches, width), dtype=images.dtype)
    except (MemoryError, ValueError):  # ValueError if the number of bytes is beyond what NumPy can address
        raise MemoryError(
            f"num_patches is {num_patches}, expected fewer: patches of {width} values do not fit into memory"
        ) from None
    image = rng.integers(images.shape[0], size=num_patches)
    row = rng.integers(side - patch_size + 1, size=num_patches)
    column = rng.integers(side - patch_size + 1, size=num_patches)

    corner = (row * side + column) * channels
    offset = (np.arange(patch_size)[:, None] * side * channels + np.arange(patch_size * channels)).ravel()
    by_image = np.argsort(image, kind="stable")
    for start in range(0, num_patches, _BLOCK):
        block = by_image[start : start + _BLOCK]
        patches[block] = images[image[block, None], corner[block, None] + offset]
    return patches


def sample_patches(
    images: Any,
    num_patches: int = 10000,
    patch_size: int = 8,
    *,
    rng: np.random.Generator | int | None = None,
    centre: str = "none",
    channels: int = 3,
) -> np.ndarray:
    """Return random patches as in `sample_patches_raw`, normalised as in `normalize_data`."""
    raw = sample_patches_raw(images, num_patches, patch_size, rng=rng, channels=channels)
    return normalize_data(raw, centre=centre, channels=channels)
