"""Normalisation of patches: statistics fitted once on the training patches, applied to every later patch.

Two ways: clipping and mapping of every channel (`lib.sample_patches`), or contrast normalisation and
whitening. Both give plain data that JSON holds, and `normalise` tells them apart.
"""

from __future__ import annotations

from typing import Any, TypedDict, cast

from lib.devices import to_host
from lib.sample_patches import Normaliser, apply_normaliser, centred

CONTRAST = 10.0  # squared intensities, added to a patch's variance: noise of even patches is not blown up
REGULARISER = 0.1  # added to the eigenvalues of the covariance of patches, whose mean eigenvalue is at most 1


class Whitener(TypedDict):
    """Mean and whitening matrix of contrast-normalised patches."""

    centre: str  # what is removed from each patch first, as in `lib.sample_patches.centred`
    channels: int
    mean: list[float]  # (D,) of the training patches
    matrix: list[list[float]]  # (D, D), symmetric


Statistics = Normaliser | Whitener


def contrast_normalised(patches: Any, centre: str, channels: int) -> Any:
    """Float rows (N, D): each patch centred and divided by sqrt(its own variance + `CONTRAST`).

    The variance is that of all values of the centred patch about their mean.
    """
    xp = patches.__array_namespace__()
    rows = xp.reshape(centred(patches, centre, channels), patches.shape)
    return rows / xp.sqrt(xp.var(rows, axis=1, keepdims=True) + CONTRAST)


def fit_whitener(patches: Any, *, centre: str, channels: int) -> Whitener:
    """ZCA whitening of contrast-normalised patches (N, D): V (E + `REGULARISER`)^(-1/2) V^T.

    E and V are eigenvalues and eigenvectors of the patches' covariance (Bell and Sejnowski, Vision Research
    37, 1997; with both regularisers, Coates and Ng, "Learning feature representations with k-means", 2012).
    Raises ValueError for rows that are no square images and for values that are not finite.
    """
    xp = patches.__array_namespace__()
    rows = contrast_normalised(patches, centre, channels)
    mean = xp.mean(rows, axis=0)
    if not bool(xp.all(xp.isfinite(mean))):
        raise ValueError("patches hold NaN or infinite values, expected finite intensities")
    rows = rows - mean
    values, vectors = xp.linalg.eigh(rows.T @ rows / rows.shape[0])
    # Rounding makes eigenvalues of removed directions slightly negative.
    scale = 1 / xp.sqrt(xp.clip(values, 0, None) + REGULARISER)
    matrix = (vectors * scale) @ vectors.T
    return Whitener(
        centre=centre,
        channels=channels,
        mean=to_host(mean).tolist(),
        matrix=to_host(matrix).tolist(),
    )


def normalise(patches: Any, statistics: Statistics) -> Any:
    """Patches (N, D) normalised by statistics of either kind.

    float32 rows stay float32, every other dtype becomes float64. NumPy and other arrays of the array API
    are taken, and the result is of the same kind.
    """
    if "matrix" not in statistics:
        return apply_normaliser(patches, cast(Normaliser, statistics))
    whitener = cast(Whitener, statistics)
    rows = contrast_normalised(patches, whitener["centre"], whitener["channels"])
    xp = rows.__array_namespace__()
    mean, matrix = (xp.asarray(whitener[key], dtype=rows.dtype) for key in ("mean", "matrix"))
    return (rows - mean) @ matrix


def channels_of(statistics: Statistics) -> int:
    """Channels of the patches that the statistics were fitted on."""
    return cast(Whitener, statistics)["channels"] if "matrix" in statistics else len(statistics["mean"])


def middle_of(statistics: Statistics) -> float:
    """The value around which normalised patches lie: 0 for whitened ones."""
    if "matrix" in statistics:
        return 0.0
    clipped = cast(Normaliser, statistics)
    return (clipped["low"] + clipped["high"]) / 2
