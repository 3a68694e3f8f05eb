"""Normalisation of patches: statistics fitted once on the training patches, applied to every later patch.

Patches are either clipped and mapped per channel (`lib.sample_patches`), or contrast-normalised and whitened. Either
kind of statistics can be stored as JSON, and `normalise` accepts both.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, cast

import numpy as np

from lib.base.devices import to_host
from lib.base.rows import IN_MEMORY, RowFile, write_rows
from lib.sample_patches import CLIP, Normaliser, centred, namespace, side_of, sum_over_blocks

if TYPE_CHECKING:
    from lib.patches.compiled import GridNormaliser

CONTRAST = 10.0  # squared intensities, added to a patch's variance: noise of uniform patches is not amplified
LARGEST = 255  # intensity of a pixel
REGULARISER = 0.1  # added to the eigenvalues of the covariance of patches, whose mean eigenvalue is at most 1


class Whitener(TypedDict):
    """Mean and whitening matrix of contrast-normalised patches."""

    centre: str  # what is removed from each patch first, as in `lib.sample_patches.centred`
    channels: int
    mean: list[float]  # (D,) of the training patches
    matrix: list[list[float]]  # (D, D), symmetric


Statistics = Normaliser | Whitener


def contrast_normalised(patches: Any, centre: str, channels: int) -> Any:
    """Return patches (N, D), each centred and divided by sqrt(its own variance + `CONTRAST`), as floats.

    The variance is taken over all values of the centred patch.
    """
    xp = namespace(patches)
    rows = xp.reshape(centred(patches, centre, channels), patches.shape)
    return rows / xp.sqrt(xp.var(rows, axis=1, keepdims=True) + CONTRAST)


def fit_whitener(patches: Any, *, centre: str, channels: int) -> Whitener:
    """Fit the ZCA whitening of contrast-normalised patches (N, D), V (E + `REGULARISER`)^(-1/2) V^T.

    E and V are the eigenvalues and eigenvectors of the patches' covariance (Bell and Sejnowski, Vision Research
    37, 1997; with both regularisers, Coates and Ng, "Learning feature representations with k-means", 2012).
    Raises ValueError if rows are not square images or values are not finite.
    """
    xp, count = namespace(patches), patches.shape[0]

    def normalised(rows: Any) -> Any:
        return xp.astype(contrast_normalised(rows, centre, channels), xp.float64)

    def products(rows: Any) -> Any:
        rows = normalised(rows) - mean
        return rows.T @ rows

    mean = sum_over_blocks(lambda rows: xp.sum(normalised(rows), axis=0), patches) / count
    if not bool(xp.all(xp.isfinite(mean))):
        raise ValueError("patches hold NaN or infinite values, expected finite intensities")
    values, vectors = xp.linalg.eigh(sum_over_blocks(products, patches) / count)
    # Rounding can make the eigenvalues of removed directions slightly negative.
    scale = 1 / xp.sqrt(xp.clip(values, 0, None) + REGULARISER)
    matrix = (vectors * scale) @ vectors.T
    return Whitener(
        centre=centre,
        channels=channels,
        mean=to_host(mean).tolist(),
        matrix=to_host(matrix).tolist(),
    )


def range_normaliser(channels: int, output_range: tuple[float, float]) -> Normaliser:
    """Return the normaliser that maps intensities from 0 to 255 linearly to a range, without statistics of patches."""
    middle = LARGEST / 2
    low, high = map(float, output_range)
    return Normaliser(centre="none", mean=[middle] * channels, std=[middle / CLIP] * channels, low=low, high=high)


def normaliser_of_grids(statistics: Statistics, patch_size: int, precision: str) -> GridNormaliser:
    """Return a function from pictures to the normalised patches of a regular grid, for either kind of statistics.

    Its signature is described in `lib.patches.compiled.clipping_normaliser`. Whitened patches are a new array.
    """
    from lib.patches.compiled import clipping_normaliser, contrast_normaliser  # slow to import

    if "matrix" not in statistics:
        return clipping_normaliser(cast(Normaliser, statistics), patch_size, precision)
    whitener = cast(Whitener, statistics)
    even = contrast_normaliser(whitener["centre"], whitener["channels"], CONTRAST, patch_size, precision)
    mean, matrix = (np.asarray(whitener[key], precision) for key in ("mean", "matrix"))  # type: ignore[literal-required]

    def whitened(pictures: np.ndarray, stride: int, first: int, patches: np.ndarray) -> np.ndarray:
        rows = even(pictures, stride, first, patches)
        rows -= mean
        return rows @ matrix

    return whitened


def normalise(patches: np.ndarray, statistics: Statistics, precision: str = "float64") -> np.ndarray:
    """Return normalised patches (N, D) of dtype ``precision``, for raw patches of any real dtype.

    Raises ValueError if rows are not square images.
    """
    channels = channels_of(statistics)
    side = side_of(patches.shape[1], channels)
    pictures = patches.reshape(-1, side, side, channels)  # each is a grid of one patch
    return normaliser_of_grids(statistics, side, precision)(pictures, 1, 0, np.empty(patches.shape, precision))


def normalised_rows(
    patches: np.ndarray, statistics: Statistics, precision: str, folder: Path | None
) -> np.ndarray | RowFile:
    """Return normalised patches (N, D) of dtype ``precision``; raw patches may be a memory map.

    A result of more than `IN_MEMORY` bytes is written to a file in the folder; without a folder it is an array.
    """
    function = partial(normalise, statistics=statistics, precision=precision)
    if folder is None or patches.size * np.dtype(precision).itemsize <= IN_MEMORY:
        return function(patches)
    return write_rows(folder / "normalised.npy", patches, function, precision)


def channels_of(statistics: Statistics) -> int:
    """Return the number of channels of the patches that the statistics were fitted on."""
    return cast(Whitener, statistics)["channels"] if "matrix" in statistics else len(statistics["mean"])


def middle_of(statistics: Statistics) -> float:
    """Return the middle of the range of normalised patches: 0 for whitened ones."""
    if "matrix" in statistics:
        return 0.0
    clipped = cast(Normaliser, statistics)
    return (clipped["low"] + clipped["high"]) / 2
