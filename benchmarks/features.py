"""Features from uint8 images compared with their matrix product alone, and with a convolution by PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.measuring import Way, compare
from lib.autoencoder import initialize, unpack
from lib.base.devices import Compute
from lib.features.encodings import encoder_for
from lib.features.extraction import Grid, extract_features, grid_size
from lib.sample_patches import fit_normaliser, sample_patches_raw
from lib.study.settings import Model, View

SIDE, PATCH, UNITS, CHANNELS = 96, 8, 75, 3
STRIDES = (1, 2, 4, 8)
PATCHES = 400_000  # encoded in each round: enough that the start of the threads does not count
BATCH = 10_000  # patches at a time, for PyTorch: more and fewer are slower
LIMIT, OURS = "product alone", "lib.features"
MODEL = Model(
    "autoencoder",
    {"hidden": [UNITS], "activation": "sigmoid", "decoder": "sigmoid", "patch_size": PATCH},
    layers=[UNITS],
)


def with_torch(
    images: np.ndarray, theta: np.ndarray, mean: np.ndarray, scale: np.ndarray, stride: int, threads: int
) -> dict[str, Callable[[], object]]:
    """Convolution and sigmoid by PyTorch, channels last, one batch after the other, as is usual.

    Patches are neither centred nor clipped, which favours it.
    """
    try:
        import torch
    except ImportError:
        return {}
    weights, biases = unpack(theta.astype(np.float32), PATCH**2 * CHANNELS, [UNITS])
    kernel = torch.from_numpy(weights[0].reshape(UNITS, PATCH, PATCH, CHANNELS)).permute(0, 3, 1, 2)
    kernel = kernel.contiguous(memory_format=torch.channels_last)
    bias, middle, slope = (torch.from_numpy(np.asarray(a, np.float32)) for a in (biases[0], mean, scale))

    batch = max(1, BATCH // grid_size(SIDE, PATCH, stride) ** 2)

    def run() -> None:
        torch.set_num_threads(threads)
        with torch.no_grad():
            for start in range(0, len(images), batch):
                pictures = torch.from_numpy(images[start : start + batch]).reshape(-1, SIDE, SIDE, CHANNELS).float()
                pictures = ((pictures - middle) * slope + 0.5).permute(0, 3, 1, 2)
                torch.sigmoid(torch.conv2d(pictures, kernel, bias, stride=stride)).permute(0, 2, 3, 1).numpy()

    return {"PyTorch, conv2d": run}


def ways(stride: int, threads: int) -> dict[str, Way]:
    """Return all that is timed at one stride."""
    patches = grid_size(SIDE, PATCH, stride) ** 2
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(max(1, PATCHES // patches), SIDE**2 * CHANNELS), dtype=np.uint8)
    statistics = fit_normaliser(sample_patches_raw(images, 1000, PATCH, rng=0), centre="patch")
    theta = initialize([UNITS], PATCH**2 * CHANNELS, rng=0)
    encode = encoder_for(theta, MODEL, statistics, View(1, stride), "cpu")
    grid = Grid(PATCH, stride, UNITS, CHANNELS)
    data = rng.uniform(size=(len(images) * patches, PATCH**2 * CHANNELS)).astype(np.float32)
    product = np.empty((len(data), UNITS), dtype=np.float32)
    filters = unpack(theta.astype(np.float32), PATCH**2 * CHANNELS, [UNITS])[0][0]

    def ours() -> None:
        for _rows, _block in extract_features(images, statistics, encode, grid, Compute(threads=threads)):
            pass

    scale = 0.4 / (3 * np.array(statistics["std"]))
    return {
        LIMIT: (lambda: np.matmul(data, filters.T, out=product), threads),
        OURS: (ours, 1),
        **{
            name: (function, threads)
            for name, function in with_torch(
                images, theta, np.array(statistics["mean"]), scale, stride, threads
            ).items()
        },
    }


def measure(cores: int) -> Iterator[pd.DataFrame]:
    """A table for each stride."""
    for stride in STRIDES:
        yield compare(ways(stride, cores), LIMIT).assign(stride=stride, threads=cores)
