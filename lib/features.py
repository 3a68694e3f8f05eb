"""Features of images: the activations of a hidden layer on a regular grid of patches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np

from lib.sample_patches import side_of

BLOCK_BYTES = 32 * 2**20  # float32 patches or activations held at once: memory does not grow with the number of images


def grid_size(length: int, patch_size: int, stride: int) -> int:
    """Number of patches along a side of ``length`` pixels: an image of 12x16 holds 2x3 patches of 8 at stride 4.

    Raises ValueError for a patch larger than the side, or a stride that is not positive.
    """
    if not 1 <= patch_size <= length:
        raise ValueError(f"patch_size is {patch_size}, expected 1 to {length}: the images are {length} pixels wide")
    if stride < 1:
        raise ValueError(f"stride is {stride}, expected at least 1")
    return (length - patch_size) // stride + 1


def grid_patches(images: np.ndarray, patch_size: int, stride: int) -> np.ndarray:
    """All patches (n * rows * columns, channels * patch_size**2) of a regular grid over pictures.

    images: (n, height, width, channels), square or not. Patches follow row by row over each picture.
    """
    windows = np.lib.stride_tricks.sliding_window_view(images, (patch_size, patch_size), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]  # (n, rows, columns, channels, patch row, patch column)
    return windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, patch_size * patch_size * images.shape[3])


def feature_shape(
    images_shape: tuple[int, ...],
    *,
    channels: int,
    patch_size: int,
    stride: int,
    units: int,
    pooling: int = 0,
    mirror: bool = False,
) -> tuple[int, int]:
    """Shape (N, cells * units) of the features of images whose rows are square pictures; (2N, ...) with mirror.

    Cells are the patches of the grid, or pooling * pooling. Raises ValueError for more cells than patches.
    """
    patches = grid_size(side_of(images_shape[1], channels), patch_size, stride)
    if not 0 <= pooling <= patches:
        raise ValueError(f"pooling is {pooling}, expected 0 to {patches}: the grid has {patches}x{patches} patches")
    return images_shape[0] * (2 if mirror else 1), (pooling or patches) ** 2 * units


def pooling_matrix(patches: int, pooling: int) -> np.ndarray:
    """Weights (pooling**2, patches**2), float32, of the patches of a square grid in the means over cells.

    The image is cut into pooling x pooling cells of patches, as equal as the grid allows.
    """
    ends = np.arange(pooling + 1) * patches // pooling
    line = np.zeros((pooling, patches), dtype=np.float32)
    for cell, (start, end) in enumerate(pairwise(ends)):
        line[cell, start:end] = 1 / (end - start)
    return np.kron(line, line)


def extract_features(
    images: np.ndarray,
    encode: Callable[[np.ndarray], np.ndarray],
    *,
    channels: int,
    patch_size: int,
    stride: int,
    units: int,
    pooling: int = 0,
    mirror: bool = False,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows and features (rows, cells * units) of block after block of images.

    images: (N, D) uint8, may be a memory map. encode: maps raw patches (M, channels * patch_size**2) to
    activations (M, units). pooling: 0 keeps the activations of every patch; k takes their means over
    k x k cells of the image: means, not sums, because cells may differ by a row or a column of patches.
    mirror: the features of the images' mirror images, left and right exchanged, follow as rows N to 2N - 1.
    """
    side = side_of(images.shape[1], channels)
    rows = grid_size(side, patch_size, stride)
    weights = pooling_matrix(rows, pooling) if pooling else None
    block = max(1, BLOCK_BYTES // (rows**2 * max(patch_size**2 * channels, units) * 4))
    for mirrored in (False, True) if mirror else (False,):
        for start in range(0, len(images), block):
            pictures = np.asarray(images[start : start + block]).reshape(-1, side, side, channels)
            patches = grid_patches(pictures[:, :, ::-1] if mirrored else pictures, patch_size, stride)
            activations = encode(patches)
            if weights is not None:
                activations = weights @ activations.reshape(len(pictures), rows**2, units)
            first = start + mirrored * len(images)
            yield slice(first, first + len(pictures)), activations.reshape(len(pictures), -1)
