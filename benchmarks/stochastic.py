"""Training on mini-batches compared with a bare PyTorch loop on the same networks and batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.measuring import compare

OBJECTS, BATCH, CLASSES = 1_280, 128, 10  # few objects: other processes affect short turns less
OURS, BARE = "ours", "bare loop"
NETWORKS: dict[str, tuple[list[Any], tuple[int, ...]]] = {
    "convolution, 1 × 28 × 28": (
        [{"convolution": 8, "kernel": 5}, "relu", {"max_pooling": 2}, "flatten", {"dense": CLASSES}],
        (1, 28, 28),
    ),
    "convolution, 3 × 32 × 32": (
        [
            *({"convolution": 16, "kernel": 3, "padding": 1}, "batch_normalisation", "relu", {"max_pooling": 2}),
            *({"convolution": 32, "kernel": 3, "padding": 1}, "batch_normalisation", "relu", {"max_pooling": 2}),
            *("flatten", {"dense": CLASSES}),
        ],
        (3, 32, 32),
    ),
    "dense, 192": ([{"dense": 75}, "sigmoid", {"dense": CLASSES}], (192,)),
}


def problem(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Return images (OBJECTS, *shape), float32, and classes (OBJECTS,), int64."""
    rng = np.random.default_rng(0)
    return rng.standard_normal((OBJECTS, *shape), dtype=np.float32), rng.integers(CLASSES, size=OBJECTS)


def ours(name: str) -> Callable[[], Any]:
    """Return a function that trains a network for one epoch by our loop, and returns it."""
    from lib.networks.convolutional import ConvNet
    from lib.training.examples import Examples
    from lib.training.objectives import classification
    from lib.training.optimisation import Optimisation
    from lib.training.stochastic import Run, train

    layers, shape = NETWORKS[name]
    examples = Examples(*problem(shape))

    def run() -> Any:
        network = ConvNet(layers, shape, seed=0)
        train(network, classification, examples, None, Optimisation(batch_size=BATCH, epochs=1), Run(seed=1))
        return network

    return run


def bare(name: str, alike: bool = False) -> Callable[[], Any]:
    """Return a function that does the same by the shortest loop, without validation, history or fixed seeds.

    alike: whether Adam's step is compiled and channels are last in memory, as ours; by default PyTorch does neither.
    """
    import torch
    from torch import nn

    from lib.networks.convolutional import ConvNet
    from lib.training.examples import batches

    layers, shape = NETWORKS[name]
    images, classes = map(torch.from_numpy, problem(shape))
    last = alike and images.ndim == 4

    def run() -> Any:
        network: Any = ConvNet(layers, shape, seed=0)
        loss = nn.CrossEntropyLoss()
        if last:
            network.to(memory_format=torch.channels_last)
        weights = [value for value in network.parameters() if value.ndim > 1]
        others = [value for value in network.parameters() if value.ndim == 1]
        groups = [{"params": weights, "weight_decay": 1e-4}, {"params": others, "weight_decay": 0.0}]
        optimiser = torch.optim.Adam(groups, lr=0.001, fused=alike)
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        network.train()
        for rows in map(torch.from_numpy, batches(OBJECTS, BATCH, 1, "batches", 0)):
            optimiser.zero_grad()
            some = images[rows].to(memory_format=torch.channels_last) if last else images[rows]
            loss(network(some), classes[rows]).backward()
            optimiser.step()
        torch.set_num_threads(threads)
        return network

    return run


def measure() -> Iterator[pd.DataFrame]:
    """Yield a table for each network; nothing where PyTorch is not installed."""
    try:
        import torch  # noqa: F401
    except ImportError:
        print("PyTorch is not installed, expected it for this part: make deep")
        return
    for name in NETWORKS:
        table = compare({BARE: (bare(name), 1), OURS: (ours(name), 1)}, BARE)
        yield table.assign(network=name, objects=OBJECTS, batch=BATCH, threads=1)
