"""Loss and gradient of the sparse autoencoder compared with its matrix products alone and with peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from benchmarks.measuring import Way, compare, turn
from lib.autoencoder import autoencoder_loss, initialize, layer_sizes, unpack
from lib.training.loss import BlockedLoss, Network, Penalties

VISIBLE = 192
LAMBDA, RHO, BETA = 1.0e-4, 0.01, 3.0
OBJECTS, HIDDEN = 10_000, 75  # of the default study; more objects are measured on all cores only
LIMIT, OURS, TEXTBOOK = "products alone", "blocked and compiled", "textbook"
SHAPES = [  # objects, hidden layers, dtype
    *((n, [HIDDEN], dtype) for n in (1_000, OBJECTS, 100_000) for dtype in ("float64", "float32")),
    *((OBJECTS, [hidden], "float64") for hidden in (25, 300)),
    *((OBJECTS, [100, 50, 100], dtype) for dtype in ("float64", "float32")),
]


def floating_point_operations(objects: int, hidden: list[int]) -> int:
    """Of the products: for each pair of layers one forward, one for the gradient, and except for the first one back."""
    pairs = list(pairwise(layer_sizes(hidden, VISIBLE)))
    return objects * (6 * sum(a * b for a, b in pairs) - 2 * pairs[0][0] * pairs[0][1])


def products(data: np.ndarray, hidden: list[int]) -> Callable[[], object]:
    """Only the matrix products of loss and gradient, on all data at once, into memory that is already allocated."""
    sizes = layer_sizes(hidden, VISIBLE)
    rng = np.random.default_rng(0)
    weights = [rng.uniform(-1, 1, size=(b, a)).astype(data.dtype) for a, b in pairwise(sizes)]
    activations = [data] + [rng.uniform(size=(len(data), size)).astype(data.dtype) for size in sizes[1:]]

    results = [np.empty_like(a) for a in activations]
    gradients = [np.empty_like(W) for W in weights]

    def run() -> None:
        for number, W in enumerate(weights):
            np.matmul(activations[number], W.T, out=results[number + 1])
        for number in range(len(weights) - 1, -1, -1):
            np.matmul(activations[number + 1].T, activations[number], out=gradients[number])
            if number:
                np.matmul(activations[number + 1], weights[number], out=results[number])

    return run


def plain_numpy(theta: np.ndarray, hidden: list[int], data: np.ndarray) -> tuple[float, np.ndarray]:
    """Loss and gradient by the shortest NumPy code: whole arrays, one operation after the other."""
    weights, biases = unpack(theta.astype(data.dtype), VISIBLE, hidden)
    m, activations = len(data), [data]
    for W, b in zip(weights, biases, strict=True):
        activations.append(1 / (1 + np.exp(-(activations[-1] @ W.T + b))))
    loss = np.sum((activations[-1] - data) ** 2) / (2 * m) + LAMBDA / 2 * sum(np.sum(W**2) for W in weights)
    delta = (activations[-1] - data) * activations[-1] * (1 - activations[-1])
    gradients_w, gradients_b = [], []
    for number in range(len(weights) - 1, -1, -1):
        gradients_w.insert(0, delta.T @ activations[number] / m + LAMBDA * weights[number])
        gradients_b.insert(0, delta.mean(axis=0))
        if number:
            a = activations[number]
            mean = a.mean(axis=0)
            loss += BETA * np.sum(RHO * np.log(RHO / mean) + (1 - RHO) * np.log((1 - RHO) / (1 - mean)))
            delta = (delta @ weights[number] + BETA * ((1 - RHO) / (1 - mean) - RHO / mean)) * a * (1 - a)
    return float(loss), np.concatenate([g.ravel() for g in gradients_w + gradients_b])


def with_torch(theta: np.ndarray, hidden: list[int], data: np.ndarray, threads: int) -> dict[str, Callable[[], object]]:
    """PyTorch on the CPU, gradient by hand and by automatic differentiation; empty where it is not installed."""
    try:
        import torch
    except ImportError:
        return {}
    X = torch.from_numpy(data)
    sizes = layer_sizes(hidden, VISIBLE)
    parameters = [torch.from_numpy(p.astype(data.dtype)) for group in unpack(theta, VISIBLE, hidden) for p in group]
    weights, biases = parameters[: len(sizes) - 1], parameters[len(sizes) - 1 :]

    def terms(weights: list, biases: list) -> tuple:  # type: ignore[type-arg]
        activations = [X]
        for W, b in zip(weights, biases, strict=True):
            activations.append(torch.sigmoid(torch.addmm(b, activations[-1], W.T)))
        means = [a.mean(0) for a in activations[1:-1]]
        loss = ((activations[-1] - X) ** 2).sum() / (2 * len(X)) + LAMBDA / 2 * sum((W**2).sum() for W in weights)
        for mean in means:
            loss = loss + BETA * (RHO * (RHO / mean).log() + (1 - RHO) * ((1 - RHO) / (1 - mean)).log()).sum()
        return loss, activations, means

    def by_hand() -> object:
        torch.set_num_threads(threads)
        with torch.no_grad():
            loss, activations, means = terms(weights, biases)
            delta = (activations[-1] - X) * activations[-1] * (1 - activations[-1])
            gradients = []
            for number in range(len(weights) - 1, -1, -1):
                gradients.append((delta.T @ activations[number] / len(X) + LAMBDA * weights[number], delta.mean(0)))
                if number:
                    a, mean = activations[number], means[number - 1]
                    delta = (delta @ weights[number] + BETA * ((1 - RHO) / (1 - mean) - RHO / mean)) * a * (1 - a)
            return loss, gradients

    def automatic() -> object:
        torch.set_num_threads(threads)
        leaves = [p.clone().requires_grad_() for p in parameters]
        loss, *_ = terms(leaves[: len(weights)], leaves[len(weights) :])
        loss.backward()
        return loss, [leaf.grad for leaf in leaves]

    return {"PyTorch, gradient by hand": by_hand, "PyTorch, automatic": automatic}


def problem(objects: int, hidden: list[int], dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Theta (P,), float64, and data (objects, VISIBLE) in the range of normalised patches."""
    data = np.random.default_rng(0).uniform(0.1, 0.9, size=(objects, VISIBLE)).astype(dtype)
    return initialize(hidden, VISIBLE, rng=0), data


def ways(objects: int, hidden: list[int], dtype: str, threads: int) -> dict[str, Way]:
    """All that is timed for one shape. Our blocked loss has its own threads, with one BLAS thread each."""
    theta, data = problem(objects, hidden, dtype)
    settings = (VISIBLE, hidden, LAMBDA, RHO, BETA, data)
    blocked = BlockedLoss(data, Network(tuple(hidden)), Penalties(LAMBDA, RHO, BETA), threads)
    peers = with_torch(theta, hidden, data, threads)
    return {
        LIMIT: (products(data, hidden), threads),
        OURS: (lambda: blocked(theta), 1),
        TEXTBOOK: (lambda: autoencoder_loss(theta, *settings), threads),
        "plain NumPy": (lambda: plain_numpy(theta, hidden, data), threads),
        **{name: (function, threads) for name, function in peers.items()},
    }


def memory_bandwidth() -> float:
    """Bytes per second that one thread reads and writes when it copies an array larger than the caches."""
    source, target = np.ones(2**25), np.empty(2**25)
    return 2 * source.nbytes / turn(lambda: np.copyto(target, source), 1)


def measure(cores: int) -> Iterator[pd.DataFrame]:
    """A table for each shape and number of threads."""
    bandwidth = memory_bandwidth()
    for objects, hidden, dtype in SHAPES:
        for threads in sorted({1, cores} if objects <= OBJECTS else {cores}):
            table = compare(ways(objects, hidden, dtype, threads), LIMIT)
            operations = floating_point_operations(objects, hidden)
            yield table.assign(
                objects=objects,
                hidden="-".join(map(str, hidden)),
                dtype=dtype,
                threads=threads,
                gflops=operations / table["seconds"] / 1e9,
                intensity=operations / (objects * VISIBLE * np.dtype(dtype).itemsize),
                gigabytes_per_second=bandwidth / 1e9,
            )
