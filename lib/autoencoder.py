"""Sparse autoencoder with any number of hidden layers: parameters, loss with its gradient, activations.

Notation: ``z = W a + b``, ``a = f(z)`` from layer to layer; W is stored (n_out, n_in) row-major, so row j
of the first W is the filter of hidden unit j. Theta is flat: every W in order, then every b.
Rows of ``data`` are objects. Arrays of NumPy, CuPy or any other library of the array API are taken.
Imports NumPy only, so that the file works by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

ACTIVATIONS = ("sigmoid", "relu")
SPARSITY = ("all", "narrowest")


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
        if not bool(xp.all(xp.isfinite(array))):
            raise ValueError(f"{name} hold NaN or infinite values, expected finite numbers")


def _check_activation(activation: str) -> None:
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation is {activation!r}, expected one of {', '.join(ACTIVATIONS)}")


def _like(theta: Any, data: Any) -> tuple[Any, Any]:
    """Theta and data in the data's own namespace and floating dtype; integer data become float64."""
    xp = data.__array_namespace__()
    if not xp.isdtype(data.dtype, "real floating"):
        data = xp.astype(data, xp.float64)
    return xp.asarray(theta, dtype=data.dtype), data


def _activate(z: Any, activation: str, output: bool) -> Any:
    """f(z); with ReLU the output layer is linear, so that negative inputs can be reconstructed."""
    xp = z.__array_namespace__()
    if activation == "sigmoid":
        # exp(-z) overflows below this bound, where the sigmoid is 0 to the last digit anyway
        bound = 87.0 if z.dtype == xp.float32 else 708.0
        return 1 / (1 + xp.exp(-xp.clip(z, -bound, bound)))
    return z if output else xp.maximum(z, xp.zeros_like(z))


def _derivative(a: Any, activation: str) -> Any:
    """f'(z) written in terms of a = f(z); ReLU has slope 0 at z = 0."""
    return a * (1 - a) if activation == "sigmoid" else a.__array_namespace__().astype(a > 0, a.dtype)


def _forward(weights: list[Any], biases: list[Any], data: Any, activation: str, layers: int) -> list[Any]:
    """Activations of the input and of the next ``layers`` layers, each (N, size)."""
    activations = [data]
    for number, (W, b) in enumerate(zip(weights[:layers], biases[:layers], strict=True), start=1):
        activations.append(_activate(activations[-1] @ W.T + b, activation, output=number == len(weights)))
    return activations


def _sparse_layers(sizes: Sequence[int], sparsity: str) -> list[int]:
    """Numbers (1 = first hidden layer) of the hidden layers that carry the sparsity term."""
    if sparsity not in SPARSITY:
        raise ValueError(f"sparsity is {sparsity!r}, expected one of {', '.join(SPARSITY)}")
    hidden = sizes[1:-1]
    return [number for number, size in enumerate(hidden, start=1) if sparsity == "all" or size == min(hidden)]


def _sparsity_term(mean_activation: Any, rho: float, activation: str) -> tuple[Any, Any]:
    """Value of the sparsity term of one layer and its derivative by the mean activations.

    Sigmoid: sum of KL(rho || mean activation). ReLU, whose activations leave [0, 1]: the L1 norm.
    """
    xp = mean_activation.__array_namespace__()
    if activation == "relu":
        return xp.sum(mean_activation), xp.ones_like(mean_activation)
    # A unit that is 0 (or 1) on every object would make the divergence infinite.
    edge = float(xp.finfo(mean_activation.dtype).smallest_normal), 1 - float(xp.finfo(mean_activation.dtype).eps)
    mean = xp.clip(mean_activation, *edge)
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
    sparsity: str = "all",
) -> tuple[float, Any]:
    """Loss J and its gradient over all objects at once.

    J = 1/m sum ||h(x) - x||^2 / 2 + lambda/2 sum ||W||_F^2 + beta sum over hidden layers of the sparsity
    term: sum_j KL(rho || mean activation of unit j) for the sigmoid (Ng, CS294A lecture notes "Sparse
    autoencoder", 2011); for ReLU, whose output layer is linear, the sum of the mean activations.

    theta: flat parameters (P,). data: (N, visible_size); float32 data are computed in float32.
    sparsity: the hidden layers that carry the term, "all" or only the "narrowest".
    Returns a Python float and the gradient, an array like theta.
    Raises ValueError for shapes that do not fit, an asymmetric hidden_size, rho outside (0, 1), negative
    lambda or beta, empty data, and NaN or infinite values in data or theta.
    """
    _check_data(data, visible_size)
    _check_activation(activation)
    if not 0 < sparsity_param < 1:
        raise ValueError(f"sparsity_param (rho) is {sparsity_param}, expected a number between 0 and 1, both excluded")
    for name, value in (("lambda_", lambda_), ("beta", beta)):
        if not value >= 0:
            raise ValueError(f"{name} is {value}, expected a number that is not negative")
    sparse_layers = _sparse_layers(layer_sizes(hidden_size, visible_size), sparsity)
    parameters, data = _like(theta, data)
    xp = data.__array_namespace__()
    weights, biases = unpack(parameters, visible_size, hidden_size)
    m = data.shape[0]

    activations = _forward(weights, biases, data, activation, len(weights))
    error = activations[-1] - data
    loss = float(xp.sum(error * error)) / (2 * m)
    loss += lambda_ / 2 * sum(float(xp.sum(W * W)) for W in weights)
    slopes = {}
    for layer in sparse_layers:
        value, slopes[layer] = _sparsity_term(xp.mean(activations[layer], axis=0), sparsity_param, activation)
        loss += beta * float(value)
    if not np.isfinite(loss):  # looked into only here: the check costs nothing while all is well
        _check_finite(data=data, theta=parameters)

    delta = error * _derivative(activations[-1], activation) if activation == "sigmoid" else error
    weight_gradients, bias_gradients = [], []
    for layer in range(len(weights) - 1, -1, -1):
        weight_gradients.append(xp.reshape(delta.T @ activations[layer] / m + lambda_ * weights[layer], (-1,)))
        bias_gradients.append(xp.sum(delta, axis=0) / m)
        if layer > 0:
            delta = delta @ weights[layer]
            if layer in slopes:
                delta = delta + beta * slopes[layer]
            delta = delta * _derivative(activations[layer], activation)
    gradient = xp.concat([*reversed(weight_gradients), *reversed(bias_gradients)])
    return loss, xp.astype(gradient, theta.dtype)


def autoencoder_transform(
    theta: Any,
    visible_size: int,
    hidden_size: Any,
    layer_number: int,
    data: Any,
    *,
    activation: str = "sigmoid",
) -> Any:
    """Activations (N, size of the layer) of layer ``layer_number`` for data (N, visible_size).

    0 is the input itself, 1 the first hidden layer, ..., the last the reconstruction.
    Raises ValueError for a layer that does not exist and for all that `autoencoder_loss` refuses.
    """
    _check_data(data, visible_size)
    _check_activation(activation)
    last = len(layer_sizes(hidden_size, visible_size)) - 1
    if not 0 <= layer_number <= last:
        raise ValueError(f"layer_number is {layer_number}, expected 0 to {last}")
    parameters, data = _like(theta, data)
    _check_finite(data=data, theta=parameters)
    weights, biases = unpack(parameters, visible_size, hidden_size)
    return _forward(weights, biases, data, activation, layer_number)[-1]
