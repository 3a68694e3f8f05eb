"""Sparse autoencoder with any number of hidden layers: parameters, loss with its gradient, activations.

Notation: ``z = W a + b``, ``a = f(z)`` from layer to layer; W is stored (n_out, n_in) row-major, so row j
of the first W is the filter of hidden unit j. Theta is flat: every W in order, then every b.
Rows of ``data`` are objects. Arrays of NumPy, CuPy or any other library of the array API are taken.
Imports NumPy only, so that the file works by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from math import ceil
from typing import Any, NamedTuple

import numpy as np

ACTIVATIONS = ("sigmoid", "relu")
DECODERS = ("sigmoid", "linear")
SPARSITY = ("all", "narrowest")
BLOCK_ROWS = 2500  # at most
BATCH_BLOCKS = 64
KEPT_BYTES = 2**30  # of activations; those of further data are computed twice instead


def hidden_sizes(hidden_size: Any) -> list[int]:
    """The hidden layers' sizes as a list; an int stands for one layer.

    Raises ValueError for an empty or asymmetric vector, or a size that is no positive integer.
    """
    sizes = np.atleast_1d(np.asarray(hidden_size))
    if sizes.ndim != 1 or sizes.size == 0 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise ValueError(f"hidden_size is {hidden_size}, expected positive integers: one for each hidden layer")
    if (sizes != sizes[::-1]).any():
        raise ValueError(f"hidden_size is {sizes.tolist()}, expected a symmetric vector such as [100, 50, 100]")
    return [int(size) for size in sizes]


def layer_sizes(hidden_size: Any, visible_size: int) -> list[int]:
    """Sizes of all layers, the input and the output included. Raises ValueError as `hidden_sizes` does."""
    if visible_size < 1:
        raise ValueError(f"visible_size is {visible_size}, expected a positive integer")
    return [int(visible_size), *hidden_sizes(hidden_size), int(visible_size)]


def _pairs(sizes: Sequence[int]) -> list[tuple[int, int]]:
    """(n_out, n_in) of every weight matrix."""
    return list(zip(sizes[1:], sizes[:-1], strict=True))


def initialize(hidden_size: Any, visible_size: int, *, rng: np.random.Generator | int | None = None) -> np.ndarray:
    """Initial theta, float64: W ~ U[-r, r] with r = sqrt(6 / (n_in + n_out + 1)), b = 0."""
    rng = np.random.default_rng(rng)
    pairs = _pairs(layer_sizes(hidden_size, visible_size))
    weights = []
    for n_out, n_in in pairs:
        r = np.sqrt(6 / (n_in + n_out + 1))
        weights.append(rng.uniform(-r, r, size=n_out * n_in))
    return np.concatenate([*weights, np.zeros(sum(n_out for n_out, _ in pairs))])


def unpack(theta: Any, visible_size: int, hidden_size: Any) -> tuple[list[Any], list[Any]]:
    """Views of the flat theta as weight matrices (n_out, n_in) and biases (n_out,).

    Raises ValueError if theta is not flat or not of the length that the layers need.
    """
    pairs = _pairs(layer_sizes(hidden_size, visible_size))
    length = sum(n_out * (n_in + 1) for n_out, n_in in pairs)
    if theta.ndim != 1 or theta.shape[0] != length:
        raise ValueError(f"theta has shape {tuple(theta.shape)}, expected ({length},) for layers {hidden_size}")
    xp = theta.__array_namespace__()
    weights, biases, start = [], [], 0
    for n_out, n_in in pairs:
        weights.append(xp.reshape(theta[start : start + n_out * n_in], (n_out, n_in)))
        start += n_out * n_in
    for n_out, _ in pairs:
        biases.append(theta[start : start + n_out])
        start += n_out
    return weights, biases


def _check_data(data: Any, visible_size: int) -> None:
    if data.ndim != 2 or data.shape[1] != visible_size:
        raise ValueError(f"data have shape {tuple(data.shape)}, expected (N, {visible_size}): one object a row")
    if data.shape[0] == 0:
        raise ValueError("data are empty, expected at least one object")


def _check_finite(**arrays: Any) -> None:
    for name, array in arrays.items():
        xp = array.__array_namespace__()
        with np.errstate(over="ignore", invalid="ignore"):
            if bool(xp.isfinite(xp.sum(array))):  # quick, and nearly always enough
                continue
        if not bool(xp.all(xp.isfinite(array))):
            raise ValueError(f"{name} hold NaN or infinite values, expected finite numbers")


def _check_activation(activation: str, decoder: str) -> None:
    for name, value, known in (("activation", activation, ACTIVATIONS), ("decoder", decoder, DECODERS)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(known)}")


def _like(theta: Any, data: Any) -> tuple[Any, Any]:
    """Theta and data in the data's own namespace and floating dtype; integer data become float64."""
    xp = data.__array_namespace__()
    if not xp.isdtype(data.dtype, "real floating"):
        data = xp.astype(data, xp.float64)
    return xp.asarray(theta, dtype=data.dtype), data


def _into(function: str, *arguments: Any, out: Any) -> Any:
    """A function of the array API, written into ``out`` if that is a NumPy array: new memory costs more than sums."""
    if isinstance(out, np.ndarray):
        return getattr(np, function)(*arguments, out=out)
    return getattr(out.__array_namespace__(), function)(*arguments)


def _activate(z: Any, b: Any, activation: str) -> Any:
    """f(z + b); z is lost. A sigmoid is given -z and -b, which is all it needs."""
    z += b
    if activation == "sigmoid":
        with np.errstate(over="ignore"):  # exp(-z) may become infinite: the sigmoid is 0 then, as it should
            z = _into("exp", z, out=z)
            z += 1
            return _into("divide", 1.0, z, out=z)
    return _into("maximum", z, 0.0, out=z) if activation == "relu" else z


def _times_derivative(delta: Any, a: Any, activation: str) -> Any:
    """delta * f'(z), with f' written in terms of a = f(z); both are lost. ReLU has slope 0 at z = 0."""
    if activation == "sigmoid":
        delta *= a
        delta *= _into("subtract", 1.0, a, out=a)
    elif activation == "relu":
        delta *= a.__array_namespace__().astype(a > 0, a.dtype)
    return delta


def _hidden(z: Any, b: Any, activation: str) -> tuple[Any, Any]:
    xp = z.__array_namespace__()
    a = _activate(z, b, activation)
    return a, xp.sum(a, axis=0)


def _output(z: Any, b: Any, x: Any, activation: str) -> tuple[Any, Any, Any]:
    xp = z.__array_namespace__()
    a = _activate(z, b, activation)
    delta = a - x
    squared = xp.reshape(xp.sum(xp.vecdot(delta, delta)), (1,))
    delta = _times_derivative(delta, a, activation)
    return squared, delta, xp.sum(delta, axis=0)


def _backward(delta: Any, slope: Any, a: Any, activation: str) -> tuple[Any, Any]:
    xp = delta.__array_namespace__()
    delta += slope
    delta = _times_derivative(delta, a, activation)
    return delta, xp.sum(delta, axis=0)


class Kernels(NamedTuple):
    """The work on one block of rows between the matrix products; matrices that are given may be overwritten.

    activation: sigmoid, which is given -z and -b, relu or linear; backward knows no linear. All sums are over the rows.
    hidden(z, b, activation): a = f(z + b) and its sums.
    output(z, b, x, activation): ||a - x||^2, of shape (1,), with a = f(z + b); delta = (a - x) f'(z + b) and its sums.
    backward(delta, slope, a, activation): (delta + slope) f'(z), where a = f(z), and its sums.
    """

    hidden: Callable[[Any, Any, str], tuple[Any, Any]]
    output: Callable[[Any, Any, Any, str], tuple[Any, Any, Any]]
    backward: Callable[[Any, Any, Any, str], tuple[Any, Any]]


ARRAY_KERNELS = Kernels(_hidden, _output, _backward)  # any library of the array API


def _layers(weights: list[Any], biases: list[Any], activation: str, decoder: str) -> list[tuple[Any, Any, str]]:
    """Weights, biases and activation of every layer, negated for the sigmoid: once here instead of in every z.

    With ReLU the output is linear, so that negative inputs can be reconstructed.
    """
    output = "linear" if activation == "relu" else decoder
    functions = [activation] * (len(weights) - 1) + [output]
    return [
        (-W, -b, function) if function == "sigmoid" else (W, b, function)
        for W, b, function in zip(weights, biases, functions, strict=True)
    ]


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    """Threads that stay for the next evaluation."""
    return ThreadPoolExecutor(workers)


def _sums(function: Callable[[Any], list[Any]], items: Sequence[Any], workers: int) -> list[Any]:
    """Sums, in float64, of the arrays that the function returns for every item.

    They are added in the items' order whatever the number of threads, a batch at a time: what waits to be added
    does not grow with the number of items.
    """
    totals: list[Any] = []
    for start in range(0, len(items), BATCH_BLOCKS):
        batch = items[start : start + BATCH_BLOCKS]
        for parts in map(function, batch) if workers == 1 else _pool(workers).map(function, batch):
            if not totals:
                totals = [(xp := part.__array_namespace__()).astype(part, xp.float64) for part in parts]
                continue
            for total, part in zip(totals, parts, strict=True):
                total += part
    return totals


def _sparse_layers(sizes: Sequence[int], sparsity: str) -> list[int]:
    """Numbers (1 = first hidden layer) of the hidden layers that carry the sparsity term."""
    if sparsity not in SPARSITY:
        raise ValueError(f"sparsity is {sparsity!r}, expected one of {', '.join(SPARSITY)}")
    hidden = sizes[1:-1]
    return [number for number, size in enumerate(hidden, start=1) if sparsity == "all" or size == min(hidden)]


def _sparsity_term(mean_activation: Any, rho: float, activation: str, dtype: Any) -> tuple[Any, Any]:
    """Value of the sparsity term of one layer and its derivative by the mean activations.

    Sigmoid: sum of KL(rho || mean activation). ReLU, whose activations leave [0, 1]: the L1 norm.
    """
    xp = mean_activation.__array_namespace__()
    if activation == "relu":
        return xp.sum(mean_activation), xp.ones_like(mean_activation)
    # A unit that is 0 (or 1) on every object would make the divergence infinite; the lower bound is such
    # that products of its inverse stay finite in the data's dtype.
    info = xp.finfo(dtype)
    mean = xp.clip(mean_activation, float(info.smallest_normal) ** 0.5, 1 - float(info.eps))
    divergence = rho * xp.log(rho / mean) + (1 - rho) * xp.log((1 - rho) / (1 - mean))
    return xp.sum(divergence), (1 - rho) / (1 - mean) - rho / mean


def autoencoder_loss(
    theta: Any,
    visible_size: int,
    hidden_size: Any,
    lambda_: float,
    sparsity_param: float,
    beta: float,
    data: Any,
    *,
    activation: str = "sigmoid",
    decoder: str = "sigmoid",
    sparsity: str = "all",
    workers: int = 1,
    kernels: Kernels = ARRAY_KERNELS,
) -> tuple[float, Any]:
    """Loss J and its gradient over all objects at once.

    J = 1/m sum ||h(x) - x||^2 / 2 + lambda/2 sum ||W||_F^2 + beta sum over hidden layers of the sparsity
    term: sum_j KL(rho || mean activation of unit j) for the sigmoid (Ng, CS294A lecture notes "Sparse
    autoencoder", 2011); for ReLU, whose output layer is linear, the sum of the mean activations.
    decoder: output layer of a sigmoid network; a linear one reconstructs data outside [0, 1].

    theta: flat parameters (P,). data: (N, visible_size); float32 data are computed in float32 and summed
    in float64. sparsity: the hidden layers that carry the term, "all" or only the "narrowest". workers:
    threads that share blocks of rows of a NumPy matrix; with one BLAS thread each, the result has the
    same bits for every number of workers. kernels: the work between the matrix products; compiled ones are
    in `lib.training.kernels`.
    Returns a Python float and the gradient, an array like theta.
    Raises ValueError for shapes that do not fit, an asymmetric hidden_size, rho outside (0, 1), negative
    lambda or beta, empty data, and NaN or infinite values in data or theta.
    """
    _check_data(data, visible_size)
    _check_activation(activation, decoder)
    if not 0 < sparsity_param < 1:
        raise ValueError(f"sparsity_param (rho) is {sparsity_param}, expected a number between 0 and 1, both excluded")
    for name, value in (("lambda_", lambda_), ("beta", beta)):
        if not value >= 0:
            raise ValueError(f"{name} is {value}, expected a number that is not negative")
    if workers < 1:
        raise ValueError(f"workers is {workers}, expected at least 1")
    sizes = layer_sizes(hidden_size, visible_size)
    sparse_layers = _sparse_layers(sizes, sparsity)
    parameters, data = _like(theta, data)
    xp = data.__array_namespace__()
    weights, biases = unpack(parameters, visible_size, hidden_size)
    *layers, (output_weights, output_bias, output_activation) = _layers(weights, biases, activation, decoder)
    m = data.shape[0]
    # Blocks keep what is computed in the processor's cache; other devices are fastest on all rows at once.
    # An even number of them, all as large, shares them out best, and depends on the data alone.
    rows = ceil(m / (2 * ceil(m / (2 * BLOCK_ROWS)))) if xp is np else m
    starts = range(0, m, rows)
    kept: dict[int, list[Any]] = {}
    keep = m if rows == m else KEPT_BYTES // (sum(sizes[1:-1]) * data.itemsize)  # rows, from the first

    def activate(start: int) -> tuple[list[Any], list[Any]]:
        """Activations of the input and the hidden layers for a block, and the hidden ones' sums over its rows."""
        activations, sums = [data[start : start + rows, ...]], []
        for W, b, function in layers:
            a, total = kernels.hidden(activations[-1] @ W.T, b, function)
            activations.append(a)
            sums.append(total)
        return activations, sums

    @np.errstate(over="ignore", invalid="ignore")  # infinite data are told in a sentence, below
    def forward(start: int) -> list[Any]:
        """Sums over rows of every hidden layer's activations."""
        activations, sums = activate(start)
        if start < keep:
            kept[start] = activations[1:]
        return sums

    loss = lambda_ / 2 * sum(float(xp.sum(W * W)) for W in weights)
    slopes = [xp.zeros(size, dtype=data.dtype) for size in sizes[1:-1]]
    sums = _sums(forward, starts, workers)
    for layer in sparse_layers:
        value, slope = _sparsity_term(sums[layer - 1] / m, sparsity_param, activation, data.dtype)
        loss += beta * float(value)
        slopes[layer - 1] = xp.astype(beta * slope, data.dtype)

    @np.errstate(over="ignore", invalid="ignore")
    def backward(start: int) -> list[Any]:
        """Squared error and gradients of weights and biases, from the last layer to the first."""
        known = kept.pop(start, None)
        activations = [data[start : start + rows, ...], *known] if known else activate(start)[0]
        z = activations[-1] @ output_weights.T
        squared, delta, total = kernels.output(z, output_bias, activations[0], output_activation)
        gradients = [squared, delta.T @ activations[-1], total]
        for layer in range(len(layers), 0, -1):
            delta, total = kernels.backward(delta @ weights[layer], slopes[layer - 1], activations[layer], activation)
            gradients += [delta.T @ activations[layer - 1], total]
        return gradients

    squared, *gradients = _sums(backward, starts, workers)
    loss += float(squared[0]) / (2 * m)
    if not np.isfinite(loss):  # looked into only here: the check costs nothing while all is well
        _check_finite(theta=parameters)
        for start in starts:
            _check_finite(data=data[start : start + rows, ...])
    flat = [xp.reshape(total / m + lambda_ * W, (-1,)) for total, W in zip(gradients[-2::-2], weights, strict=True)] + [
        total / m for total in gradients[::-2]
    ]
    return loss, xp.astype(xp.concat(flat), theta.dtype)


def _padded(layers: list[tuple[Any, Any, str]]) -> list[tuple[Any, Any, str]]:
    """The layers with further units of weight 0, up to a multiple of 4: BLAS takes up to a tenth longer for others."""
    padded, before = [], 0
    for W, b, function in layers:
        xp, more = W.__array_namespace__(), -W.shape[0] % 4
        W = xp.concat([W, xp.zeros((W.shape[0], before), dtype=W.dtype)], axis=1)
        W = xp.concat([W, xp.zeros((more, W.shape[1]), dtype=W.dtype)])
        padded.append((W, xp.concat([b, xp.zeros(more, dtype=b.dtype)]), function))
        before = more
    return padded


def transformer(
    theta: Any,
    visible_size: int,
    hidden_size: Any,
    layer_number: int,
    *,
    activation: str = "sigmoid",
    decoder: str = "sigmoid",
    kernels: Kernels = ARRAY_KERNELS,
) -> Callable[[Any], Any]:
    """`autoencoder_transform` prepared for many matrices of finite data: a function of data in theta's dtype.

    What it returns may be a view of wider rows.
    """
    _check_activation(activation, decoder)
    last = len(layer_sizes(hidden_size, visible_size)) - 1
    if not 0 <= layer_number <= last:
        raise ValueError(f"layer_number is {layer_number}, expected 0 to {last}")
    weights, biases = unpack(theta, visible_size, hidden_size)
    _check_finite(theta=theta)
    units = layer_sizes(hidden_size, visible_size)[layer_number]
    layers = _padded(_layers(weights, biases, activation, decoder)[:layer_number])

    def transform(data: Any) -> Any:
        _check_data(data, visible_size)
        for W, b, function in layers:
            data, _ = kernels.hidden(data @ W.T, b, function)
        return data[:, :units]

    return transform


def autoencoder_transform(
    theta: Any,
    visible_size: int,
    hidden_size: Any,
    layer_number: int,
    data: Any,
    *,
    activation: str = "sigmoid",
    decoder: str = "sigmoid",
    kernels: Kernels = ARRAY_KERNELS,
) -> Any:
    """Activations (N, size of the layer) of layer ``layer_number`` for data (N, visible_size).

    0 is the input itself, 1 the first hidden layer, ..., the last the reconstruction.
    Raises ValueError for a layer that does not exist and for all that `autoencoder_loss` refuses.
    """
    _check_data(data, visible_size)
    parameters, data = _like(theta, data)
    _check_finite(data=data)
    functions = {"activation": activation, "decoder": decoder}
    found = transformer(parameters, visible_size, hidden_size, layer_number, **functions, kernels=kernels)(data)
    return data.__array_namespace__().asarray(found, copy=True)
