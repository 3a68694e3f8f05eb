"""Features of images: the activations of a layer on a regular grid of patches."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from queue import SimpleQueue

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.features.encodings import activations_per_patch
from lib.patches.normalisation import Statistics, normaliser_of_grids
from lib.sample_patches import side_of
from lib.study.settings import Model, View

NOT_FINITE = (
    "features: activations are NaN or infinite in single precision, expected finite ones; smaller values of lambda, "
    "beta or threshold may help"
)


def grid_size(length: int, patch_size: int, stride: int) -> int:
    """Return the number of patches along ``length`` pixels: an image of 12x16 has 2x3 patches of 8x8 at stride 4.

    Raises ValueError for a patch larger than the side, or a stride that is not positive.
    """
    if not 1 <= patch_size <= length:
        raise ValueError(f"patch_size is {patch_size}, expected 1 to {length}: the images are {length} pixels wide")
    if stride < 1:
        raise ValueError(f"stride is {stride}, expected at least 1")
    return (length - patch_size) // stride + 1


@dataclass(frozen=True)
class Grid:
    """Patches of square images on a regular grid, and what becomes of their activations.

    Attributes
    ----------
    patch_size, stride : side of a patch and distance between neighbouring patches, in pixels.
    units : activations per patch.
    channels : channels of the images.
    pooling : 0 keeps the activations of every patch; k takes their means over k x k cells of the image. Means rather
        than sums, because cells may differ by a row or a column of patches.
    mirror : whether the features of the images' mirror images, left and right exchanged, follow as further rows.
    """

    patch_size: int
    stride: int
    units: int
    channels: int = 3
    pooling: int = 0
    mirror: bool = False

    def patches(self, side: int) -> int:
        """Return the number of patches along a side. Raises ValueError as `grid_size` does."""
        return grid_size(side, self.patch_size, self.stride)

    def length(self, side: int) -> int:
        """Return the number of features of an image of ``side`` pixels.

        Raises ValueError as `grid_size` does, and for more cells than patches along a side.
        """
        patches = self.patches(side)
        if not 0 <= self.pooling <= patches:
            raise ValueError(
                f"pooling is {self.pooling}, expected 0 to {patches}: the grid has {patches}x{patches} patches"
            )
        return (self.pooling or patches) ** 2 * self.units

    def shape(self, images: np.ndarray) -> tuple[int, int]:
        """Return the shape of the features of images (N, D), whose rows are square images."""
        return len(images) * (2 if self.mirror else 1), self.length(side_of(images.shape[1], self.channels))


@dataclass(frozen=True)
class Blocks:
    """How much is computed at a time.

    Attributes
    ----------
    size : bytes of the float32 activations of a block of images, at least one image. A thread holds one block, so
        memory does not grow with the number of images.
    patches : patches of a block that are encoded at a time, large enough that Python's overhead is negligible.
    """

    size: int = 4 * 2**20
    patches: int = 4096


def grid_of(model: Model, view: View, channels: int) -> Grid:
    """Return the grid for a view of a model with these settings."""
    units = activations_per_patch(view.encoding, model.features_of(view.layer, view.encoding))
    return Grid(model.settings["patch_size"], view.stride, units, channels, view.pooling, view.mirror)


def pooling_matrix(patches: int, pooling: int) -> np.ndarray:
    """Return the weights (pooling**2, patches**2), float32, of each patch of a square grid in the mean of each cell.

    The image is cut into pooling x pooling cells of patches, as equal as the grid allows.
    """
    ends = np.arange(pooling + 1) * patches // pooling
    line = np.zeros((pooling, patches), dtype=np.float32)
    for cell, (start, end) in enumerate(pairwise(ends)):
        line[cell, start:end] = 1 / (end - start)
    return np.kron(line, line)


def _require_finite(activations: np.ndarray) -> None:
    """Raise StudyError for activations that are not finite: a classifier would not say where they come from."""
    if not np.isfinite(activations).all():
        raise StudyError(NOT_FINITE)


def extract_features(
    images: np.ndarray,
    statistics: Statistics,
    encode: Callable[[np.ndarray], np.ndarray],
    grid: Grid,
    compute: Compute | None = None,
    blocks: Blocks | None = None,
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the rows and the features (rows, length), float32, of one block of images after the other.

    Parameters
    ----------
    images : (N, D) uint8, may be a memory map.
    statistics : statistics that normalise the patches.
    encode : maps normalised patches (M, channels * patch_size**2), float32, to activations (M, units).
    compute : where to compute; one CPU thread by default. Each thread works on one block with one BLAS thread, so the
        features have the same bits for any number of threads.
    blocks : how much is computed at a time.

    Raises StudyError for activations that are not finite.
    """
    compute, blocks = compute or Compute(), blocks or Blocks()
    side = side_of(images.shape[1], grid.channels)
    line = grid.patches(side)
    per_picture = line**2
    weights = pooling_matrix(line, grid.pooling) if grid.pooling else None
    normalised = normaliser_of_grids(statistics, grid.patch_size, "float32")
    step = max(1, blocks.size // (per_picture * grid.units * 4))

    def features(start: int, mirrored: bool) -> np.ndarray:
        pictures = np.asarray(images[start : start + step]).reshape(-1, side, side, grid.channels)
        if mirrored:
            pictures = np.ascontiguousarray(pictures[:, :, ::-1])
        activations = np.empty((len(pictures) * per_picture, grid.units), dtype=np.float32)
        patches = spare.get()
        try:
            for first in range(0, len(activations), blocks.patches):
                part = activations[first : first + blocks.patches]
                part[:] = encode(normalised(pictures, grid.stride, first, patches[: len(part)]))
        finally:
            spare.put(patches)
        _require_finite(activations)
        if weights is not None:
            activations = weights @ activations.reshape(len(pictures), per_picture, grid.units)
        return activations.reshape(len(pictures), -1)

    spare: SimpleQueue[np.ndarray] = SimpleQueue()  # memory for patches: allocating it for each block would be slow
    for _ in range(compute.threads):
        rows = min(blocks.patches, step * per_picture)
        spare.put(np.empty((rows, grid.patch_size**2 * grid.channels), dtype=np.float32))
    ahead: deque[tuple[slice, Future[np.ndarray]]] = deque()
    with ThreadPoolExecutor(compute.threads) as pool, threadpool_limits(limits=1, user_api="blas"):
        for mirrored in (False, True) if grid.mirror else (False,):
            for start in range(0, len(images), step):
                first, last = (number + mirrored * len(images) for number in (start, min(start + step, len(images))))
                ahead.append((slice(first, last), pool.submit(features, start, mirrored)))
                if len(ahead) > compute.threads:
                    done, found = ahead.popleft()
                    yield done, found.result()
        for done, found in ahead:
            yield done, found.result()
