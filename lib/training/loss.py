"""Loss and gradient of the sparse autoencoder on the CPU: blocks of rows, threads, compiled kernels.

It implements the formulas of `lib.autoencoder`. A block of rows stays in the processor's cache from one step to the
next, and threads share the blocks. Two sweeps over the rows are needed: the sparsity term depends on the mean
activations of all objects, and the gradient depends on the sparsity term.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from itertools import pairwise
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt

from lib.autoencoder import (
    Loss,
    check_data,
    check_finite,
    check_names,
    check_weights,
    hidden_sizes,
    layer_sizes,
    sparsity_penalty,
    unpack,
    usual_penalty,
)
from lib.base.rows import KEPT_BYTES, RowFile
from lib.training.kernels import BACKWARD, HIDDEN, OUTPUT

BLOCK_ROWS = 640  # at most: a block and what is computed from it fit into the cache of one core
GROUPS = 32  # of consecutive blocks, at most: the sums of each group need the memory of a gradient
UNITS = 4  # hidden layers are padded to a multiple with units of weight 0: BLAS is up to a tenth slower for others


@dataclass(frozen=True)
class Network:
    """An autoencoder: sizes of its hidden layers and its functions, named as in `lib.autoencoder.autoencoder_loss`."""

    hidden: tuple[int, ...]
    activation: str = "sigmoid"
    decoder: str = "sigmoid"
    sparsity: str = "all"
    penalty: str | None = None

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Network:
        """Return the network of the settings of a model or of a gradient check."""
        functions = ("activation", "decoder", "sparsity", "penalty")
        return cls(tuple(settings["hidden"]), *(settings[key] for key in functions))

    @property
    def options(self) -> dict[str, Any]:
        """The keyword arguments of `lib.autoencoder.autoencoder_loss`."""
        return {key: value for key, value in asdict(self).items() if key != "hidden"}

    @property
    def functions(self) -> list[str]:
        """Activation function of every layer after the input."""
        return [self.activation] * len(self.hidden) + ["linear" if self.activation == "relu" else self.decoder]

    @property
    def sparse(self) -> list[bool]:
        """Whether each hidden layer has a sparsity term."""
        return [self.sparsity == "all" or size == min(self.hidden) for size in self.hidden]


@dataclass(frozen=True)
class Penalties:
    """Weight decay lambda_, mean activation rho that the sparsity term aims at, and the weight beta of that term."""

    lambda_: float
    rho: float
    beta: float


class _Parameters:
    """Weights (n_out, n_in) and biases (n_out,) of a network as views of one flat array of zeros."""

    def __init__(self, hidden: Sequence[int], visible_size: int, dtype: npt.DTypeLike) -> None:
        pairs = list(pairwise(layer_sizes(hidden, visible_size)))
        self.decayed = sum(n_in * n_out for n_in, n_out in pairs)  # the weights come before the biases
        self.flat = np.zeros(self.decayed + sum(n_out for _, n_out in pairs), dtype)
        self.weights, self.biases = unpack(self.flat, visible_size, hidden)

    def within(self, padded: _Parameters) -> list[tuple[np.ndarray, np.ndarray]]:
        """Each array of this network, and the view of the padded network's array with the same elements."""
        pairs = zip(self.weights + self.biases, padded.weights + padded.biases, strict=True)
        return [(inner, outer[tuple(map(slice, inner.shape))]) for inner, outer in pairs]


def _padded(hidden: Sequence[int]) -> list[int]:
    """Sizes of hidden layers, rounded up to multiples of `UNITS`."""
    return [size + -size % UNITS for size in hidden]


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that wait for the next evaluation."""
    return ThreadPoolExecutor(threads)


def _share(work: Callable[[Iterator[int], int], None], count: int, threads: int) -> None:
    """Call work(numbers, thread) once in each thread; together they take each of the ``count`` numbers once.

    The calling thread is one of them. An exception of any thread is raised again.
    """
    numbers = iter(range(count))  # each call of next() gives one thread the next number
    others = [_pool(threads - 1).submit(work, numbers, thread) for thread in range(1, min(threads, count))]
    try:
        work(numbers, 0)
    finally:
        for other in others:
            if not other.cancel():  # one that has not started yet is not needed any more
                other.exception()
    for other in others:
        if not other.cancelled():
            other.result()


class _Workspace:
    """Memory of one thread for one block of rows; new memory would cost more than the computation."""

    def __init__(self, hidden: Sequence[int], visible_size: int, rows: int, dtype: npt.DTypeLike) -> None:
        self.gradient = _Parameters(hidden, visible_size, dtype)
        self.hidden = [np.empty((rows, size), dtype) for size in hidden]
        self.deltas = [np.empty((rows, size), dtype) for size in (*hidden, visible_size)]
        self.unused = [np.zeros(size, dtype) for size in hidden]


class BlockedLoss:
    """Loss and gradient as a function of theta, prepared for many evaluations on the same data.

    data: (m, D), float32 or float64, in memory or in a `RowFile`; the computation has their dtype, sums over objects
    are in float64. threads: number of threads that share the rows. With one BLAS thread each, the result has the same
    bits for every number of threads. Hidden activations of the first rows, up to `KEPT_BYTES`, are kept between the
    two sweeps over the rows, the others are computed twice. An object must not be called by two threads at a time.
    Raises ValueError for data of another shape and for settings out of range.
    """

    def __init__(self, data: np.ndarray | RowFile, network: Network, penalties: Penalties, threads: int = 1) -> None:
        check_data(data, data.shape[-1])
        check_names(**network.options)
        check_weights(penalties.rho, penalties.lambda_, penalties.beta)
        if threads < 1:
            raise ValueError(f"threads is {threads}, expected at least 1")
        if data.dtype not in (np.float32, np.float64):
            raise ValueError(f"data have dtype {data.dtype}, expected float32 or float64")
        self._data = data if isinstance(data, RowFile) else np.ascontiguousarray(data)
        self._network, self._penalties, self._threads = network, penalties, threads
        m, visible_size = data.shape
        # The blocks depend on the data alone, never on the number of threads: so do the sums, bit by bit.
        self._rows = ceil(m / (2 * ceil(m / (2 * BLOCK_ROWS))))
        self._blocks = ceil(m / self._rows)
        self._groups = min(GROUPS, self._blocks)
        self._parts = max(1, min(threads, self._groups // 4))  # few groups are added before another thread has started
        hidden, dtype = _padded(hidden_sizes(network.hidden)), data.dtype
        kept = KEPT_BYTES // (sum(hidden) * dtype.itemsize) // self._rows * self._rows
        self._kept = [np.empty((min(m, kept), size), dtype) for size in hidden]
        self._sums = [np.empty((self._blocks, size), dtype) for size in hidden]
        self._slopes = [np.zeros(size, dtype) for size in hidden]
        self._squared = np.empty(self._blocks)
        self._workspaces = [_Workspace(hidden, visible_size, self._rows, dtype) for _ in range(threads)]
        self._theta, self._gradient = (_Parameters(network.hidden, visible_size, np.float64) for _ in range(2))
        self._padded = _Parameters(hidden, visible_size, dtype)
        self._total = _Parameters(hidden, visible_size, np.float64)
        self._totals = np.empty((self._groups, self._total.flat.size))
        self._inputs = self._theta.within(self._padded)
        self._outputs = self._gradient.within(self._total)

    def __call__(self, theta: np.ndarray) -> tuple[Loss, np.ndarray]:
        """Loss with its terms, and its gradient (P,), float64, at theta (P,).

        Raises ValueError for theta of another shape, and for NaN or infinite values in theta or data.
        """
        if theta.shape != self._theta.flat.shape:
            raise ValueError(f"theta has shape {theta.shape}, expected {self._theta.flat.shape}")
        self._theta.flat[:] = theta
        for part, padded in self._inputs:
            padded[...] = part
        m, lambda_, decayed = self._data.shape[0], self._penalties.lambda_, slice(self._theta.decayed)
        _share(self._forward, self._blocks, self._threads)
        sparsity = self._sparsity()
        _share(self._backward, self._groups, self._threads)
        reconstruction = float(self._squared.sum()) / (2 * m)
        decay = lambda_ / 2 * float(np.vdot(self._theta.flat[decayed], self._theta.flat[decayed]))
        loss = Loss(sparsity + reconstruction + decay, reconstruction, decay, sparsity)
        if not np.isfinite(loss):  # nothing is checked before: checks of all data would cost more than this sum
            self._check_finite(theta)
        _share(self._add_groups, self._parts, self._threads)
        for part, total in self._outputs:
            part[...] = total
        gradient = self._gradient.flat / m
        gradient[decayed] += lambda_ * self._theta.flat[decayed]
        return loss, gradient

    def _block(self, number: int) -> slice:
        return slice(number * self._rows, min((number + 1) * self._rows, self._data.shape[0]))

    def _hidden(self, rows: slice, space: _Workspace) -> list[np.ndarray]:
        """Where the hidden activations of a block are: kept, or in the memory of the thread."""
        if rows.start < len(self._kept[0]):
            return [a[rows] for a in self._kept]
        return [a[: rows.stop - rows.start] for a in space.hidden]

    def _activate(self, x: np.ndarray, hidden: Sequence[np.ndarray], sums: Sequence[np.ndarray]) -> None:
        """Compute the hidden activations of a block x, and their sums over its rows."""
        kernel = HIDDEN[self._network.activation]
        for W, b, a, total in zip(self._padded.weights, self._padded.biases, hidden, sums, strict=False):
            total[:] = 0
            kernel(np.matmul(x, W.T, out=a), b, total)
            x = a

    @np.errstate(over="ignore", invalid="ignore")  # the loss shows infinite data
    def _forward(self, blocks: Iterator[int], thread: int) -> None:
        """First sweep: hidden activations and their sums over the rows of every block."""
        for number in blocks:
            rows = self._block(number)
            hidden = self._hidden(rows, self._workspaces[thread])
            self._activate(self._data[rows], hidden, [sums[number] for sums in self._sums])

    def _sparsity(self) -> float:
        """Return beta times the sparsity terms, and store beta times their derivatives by rho_hat as slopes."""
        network, value = self._network, 0.0
        form = network.penalty or usual_penalty(network.activation)
        for slope, sums, size, sparse in zip(self._slopes, self._sums, network.hidden, network.sparse, strict=True):
            if sparse:
                rho_hat = sums.sum(axis=0, dtype=np.float64)[:size] / self._data.shape[0]
                term, derivative = sparsity_penalty(rho_hat, self._penalties.rho, form, sums.dtype)
                value += self._penalties.beta * float(term)
                slope[:size] = self._penalties.beta * derivative
        return value

    @np.errstate(over="ignore", invalid="ignore")
    def _backward(self, groups: Iterator[int], thread: int) -> None:
        """Second sweep: squared errors of every block, and sums of the gradients of every group of blocks."""
        space = self._workspaces[thread]
        for count in groups:
            group = self._groups - 1 - count  # the last rows first: the first sweep has left them in the cache
            first, last = (number * self._blocks // self._groups for number in (group, group + 1))
            for number in range(first, last):
                self._add_gradient(number, space)
                if number == first:
                    self._totals[group] = space.gradient.flat
                else:
                    self._totals[group] += space.gradient.flat

    def _add_gradient(self, number: int, space: _Workspace) -> None:
        """Squared error of a block, and its part of the gradient in the memory of the thread."""
        rows = self._block(number)
        x, hidden = self._data[rows], self._hidden(rows, space)
        if rows.start >= len(self._kept[0]):
            self._activate(x, hidden, space.unused)
        activations, network, gradient = [x, *hidden], self._network, space.gradient
        deltas = [delta[: len(x)] for delta in space.deltas]
        for total in gradient.biases:
            total[:] = 0
        np.matmul(hidden[-1], self._padded.weights[-1].T, out=deltas[-1])
        kernel = OUTPUT[network.functions[-1]]
        self._squared[number] = kernel(deltas[-1], self._padded.biases[-1], x, gradient.biases[-1])
        kernel = BACKWARD[network.activation]
        for layer in range(len(hidden), -1, -1):
            np.matmul(deltas[layer].T, activations[layer], out=gradient.weights[layer])
            if layer > 0:
                np.matmul(deltas[layer], self._padded.weights[layer], out=deltas[layer - 1])
                kernel(deltas[layer - 1], self._slopes[layer - 1], activations[layer], gradient.biases[layer - 1])

    def _add_groups(self, parts: Iterator[int], thread: int) -> None:
        """The gradient's sums over all groups, for a part of the parameters at a time."""
        size = self._totals.shape[1]
        for part in parts:
            columns = slice(part * size // self._parts, (part + 1) * size // self._parts)
            total = self._total.flat[columns]
            total[:] = self._totals[0, columns]
            for group in range(1, self._groups):  # np.sum might choose another order for another number of columns
                total += self._totals[group, columns]

    def _check_finite(self, theta: np.ndarray) -> None:
        check_finite(theta=theta)
        for number in range(self._blocks):
            check_finite(data=self._data[self._block(number)])


def prepared_transform(
    theta: np.ndarray, visible_size: int, network: Network, layer_number: int
) -> Callable[[np.ndarray], np.ndarray]:
    """`lib.autoencoder.autoencoder_transform` prepared for many blocks of patches, on the CPU.

    Returns a function from finite data (N, visible_size) of theta's dtype, float32 or float64, in C order, to the
    activations (N, size of the layer), which may be a view of wider rows. Several threads may call it at a time.
    Raises ValueError for a layer that does not exist, and for theta of another length or with values not finite.
    """
    check_names(network.activation, network.decoder)
    sizes = layer_sizes(network.hidden, visible_size)
    if not 0 <= layer_number < len(sizes):
        raise ValueError(f"layer_number is {layer_number}, expected 0 to {len(sizes) - 1}")
    check_finite(theta=theta)
    exact, padded = (_Parameters(h, visible_size, theta.dtype) for h in (network.hidden, _padded(network.hidden)))
    if theta.shape != exact.flat.shape:
        raise ValueError(f"theta has shape {theta.shape}, expected {exact.flat.shape}")
    exact.flat[:] = theta
    for part, outer in exact.within(padded):
        outer[...] = part
    layers = list(zip(padded.weights, padded.biases, network.functions, strict=True))[:layer_number]

    def transform(data: np.ndarray) -> np.ndarray:
        check_data(data, visible_size)
        for W, b, function in layers:
            data = data @ W.T
            HIDDEN[function](data, b, np.zeros_like(b))
        return data[:, : sizes[layer_number]]

    return transform
