"""Features of images: the activations of a hidden layer on a regular grid of patches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from queue import SimpleQueue

import numpy as np
from threadpoolctl import threadpool_limits

from lib.patches.normalisation import Statistics, normaliser_of_grids
from lib.sample_patches import side_of

BLOCK_BYTES = 4 * 2**20  # float32 activations of a thread: memory does not grow with the number of images
GPU_BLOCK_BYTES = 2**28  # a GPU is fastest on many patches at once
CHUNK = 4096  # patches that a thread encodes at a time, larger than what Python does between them


def grid_size(length: int, patch_size: int, stride: int) -> int:
    """Number of patches along a side of ``length`` pixels: an image of 12x16 holds 2x3 patches of 8 at stride 4.

    Raises ValueError for a patch larger than the side, or a stride that is not positive.
    """
    if not 1 <= patch_size <= length:
        raise ValueError(f"patch_size is {patch_size}, expected 1 to {length}: the images are {length} pixels wide")
    if stride < 1:
        raise ValueError(f"stride is {stride}, expected at least 1")
    return (length - patch_size) // stride + 1


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
    statistics: Statistics,
    encode: Callable[[np.ndarray], np.ndarray],
    *,
    channels: int,
    patch_size: int,
    stride: int,
    units: int,
    pooling: int = 0,
    mirror: bool = False,
    workers: int = 1,
    chunk: int = CHUNK,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Rows and features (rows, cells * units) of block after block of images.

    images: (N, D) uint8, may be a memory map. statistics: those that normalise patches. encode: maps normalised
    patches (M, channels * patch_size**2), float32, to activations (M, units). pooling: 0 keeps the activations of
    every patch; k takes their means over k x k cells of the image: means, not sums, because cells may differ by a row
    or a column of patches. mirror: the features of the images' mirror images, left and right exchanged, follow as
    rows N to 2N - 1. workers: threads with a block each, of which they encode so many patches at a time as ``chunk``
    says; with one BLAS thread each, the features have the same bits for every number of them. block_bytes: of the
    activations of a block, which is one image at least.
    """
    side = side_of(images.shape[1], channels)
    per_picture = grid_size(side, patch_size, stride) ** 2
    weights = pooling_matrix(grid_size(side, patch_size, stride), pooling) if pooling else None
    normalised = normaliser_of_grids(statistics, patch_size, "float32")

    def features(start: int, mirrored: bool) -> np.ndarray:
        pictures = np.asarray(images[start : start + block]).reshape(-1, side, side, channels)
        if mirrored:
            pictures = np.ascontiguousarray(pictures[:, :, ::-1])
        activations = np.empty((len(pictures) * per_picture, units), dtype=np.float32)
        patches = spare.get()
        try:
            for first in range(0, len(activations), chunk):
                part = activations[first : first + chunk]
                part[:] = encode(normalised(pictures, stride, first, patches[: len(part)]))
        finally:
            spare.put(patches)
        if weights is not None:
            activations = weights @ activations.reshape(len(pictures), per_picture, units)
        return activations.reshape(len(pictures), -1)

    block = max(1, block_bytes // (per_picture * units * 4))
    spare: SimpleQueue[np.ndarray] = SimpleQueue()  # memory for patches, which is slow to get anew for each block
    for _ in range(workers):
        spare.put(np.empty((min(chunk, block * per_picture), patch_size**2 * channels), dtype=np.float32))
    ahead: deque[tuple[slice, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(workers) as pool, threadpool_limits(limits=1, user_api="blas"):
        for mirrored in (False, True) if mirror else (False,):
            for start in range(0, len(images), block):
                first, last = (number + mirrored * len(images) for number in (start, min(start + block, len(images))))
                ahead.append((slice(first, last), pool.submit(features, start, mirrored)))
                if len(ahead) > workers:
                    rows, found = ahead.popleft()
                    yield rows, found.result()
        for rows, found in ahead:
            yield rows, found.result()
