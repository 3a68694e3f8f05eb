"""The sparse autoencoder with any number of hidden layers: parameters, forward pass, loss and back-propagation.

Notation of the lecture notes (A. Ng, "Sparse autoencoder", CS294A, 2011), with one object per row: from layer to
layer z = W a + b and a = f(z); rho_hat is the mean of a over the m objects. W has shape (n_out, n_in), so row j of
the first W is the filter of hidden unit j. theta is flat: every W in order, then every b. The arrays may come from
NumPy, CuPy or another library of the array API; theta may be a NumPy array in any case.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from typing import Any

import numpy as np

ACTIVATIONS = ("sigmoid", "relu")
DECODERS = ("sigmoid", "linear")
SPARSITY = ("all", "narrowest")
PENALTIES = ("kl", "l1")
Arrays = list[Any]  # one per layer


class Loss(float):
    """The value of the loss J, with the three terms that it is the sum of.

    Attributes
    ----------
    reconstruction : 1/m sum ||h(x) - x||^2 / 2.
    decay : lambda/2 sum ||W||_F^2.
    sparsity : beta times the sum of the sparsity terms of the hidden layers.
    """

    reconstruction: float
    decay: float
    sparsity: float

    def __new__(
        cls, value: float, reconstruction: float = np.nan, decay: float = np.nan, sparsity: float = np.nan
    ) -> Loss:
        """Return the value as a number that also has the terms; by default they are unknown."""
        loss = super().__new__(cls, value)
        loss.reconstruction, loss.decay, loss.sparsity = reconstruction, decay, sparsity
        return loss


def namespace(array: Any) -> Any:
    """The functions of the library that an array belongs to, as the array API names them; None for other objects.

    CuPy has the functions, but its arrays do not say so (as of version 14).
    """
    # sample_patches has the same function: each of the course modules works alone.
    if hasattr(array, "__array_namespace__"):
        return array.__array_namespace__()
    module = sys.modules.get(type(array).__module__)
    return module if getattr(module, "ndarray", None) is type(array) else None


def as_array(name: str, values: Any) -> Any:
    """An array of float32 or float64 as it is, lists as a NumPy array; integers and other floats become float64.

    Raises TypeError for values that are not real numbers, ValueError for lists of different lengths.
    """
    if isinstance(values, np.matrix) or namespace(values) is None:
        try:
            values = np.asarray(values)
        except ValueError:
            raise ValueError(f"{name} hold lists of different lengths, expected an array of numbers") from None
    xp = namespace(values)
    if not xp.isdtype(values.dtype, ("integral", "real floating")):
        raise TypeError(f"{name} hold values of type {values.dtype}, expected real numbers")
    if values.dtype in (xp.float32, xp.float64):
        return values
    with np.errstate(over="ignore"):  # longer floats may become infinite, which is refused where it matters
        return xp.astype(values, xp.float64)


def whole(name: str, value: Any) -> int:
    """A positive whole number, which may be a float such as 75.0, as an int. Raises ValueError for anything else."""
    value = value.item() if getattr(value, "ndim", None) == 0 else value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 1 or value != value // 1:
        raise ValueError(f"{name} is {value!r}, expected a positive whole number")
    return int(value)


def hidden_sizes(hidden_size: Any) -> list[int]:
    """Sizes of the hidden layers; a number is one layer. Raises ValueError unless they are positive and symmetric."""
    try:
        sizes = np.atleast_1d(np.asarray(hidden_size))
    except ValueError:  # lists of different lengths
        sizes = np.empty(0)
    if sizes.dtype.kind == "f" and (sizes == np.rint(sizes)).all() and (np.abs(sizes) < 2**53).all():
        sizes = sizes.astype(int)
    if sizes.ndim != 1 or sizes.size == 0 or sizes.dtype.kind not in "iu" or (sizes < 1).any():
        raise ValueError(f"hidden_size is {hidden_size}, expected positive integers: one for each hidden layer")
    if (sizes != sizes[::-1]).any():
        raise ValueError(f"hidden_size is {sizes.tolist()}, expected a symmetric vector such as [100, 50, 100]")
    return [int(size) for size in sizes]


def layer_sizes(hidden_size: Any, visible_size: int) -> list[int]:
    """Sizes of all layers, input and output included. Raises ValueError for sizes that are not positive."""
    visible_size = whole("visible_size", visible_size)
    return [visible_size, *hidden_sizes(hidden_size), visible_size]


def initialize(hidden_size: Any, visible_size: int, *, rng: np.random.Generator | int | None = None) -> np.ndarray:
    """Initial theta (P,), float64: W ~ U[-r, r] with r = sqrt(6 / (n_in + n_out + 1)), b = 0."""
    sizes, weights = layer_sizes(hidden_size, visible_size), []
    try:
        rng = np.random.default_rng(rng)
    except (TypeError, ValueError) as error:
        raise type(error)(f"rng is {rng!r}, expected a Generator, a whole number from 0 on, or None") from None
    for n_in, n_out in pairwise(sizes):
        r = np.sqrt(6 / (n_in + n_out + 1))
        weights.append(rng.uniform(-r, r, size=n_out * n_in))
    return np.concatenate([*weights, np.zeros(sum(sizes[1:]))])


def unpack(theta: Any, visible_size: int, hidden_size: Any) -> tuple[Arrays, Arrays]:
    """Views of theta (P,) as weights (n_out, n_in) and biases (n_out,). Raises ValueError for another length.

    A list, or an array of integers, gives views of a float64 array with the same values.
    """
    theta = as_array("theta", theta)
    sizes = layer_sizes(hidden_size, visible_size)
    shapes = [(n_out, n_in) for n_in, n_out in pairwise(sizes)]
    ends = np.cumsum([n_out * n_in for n_out, n_in in shapes] + sizes[1:]).tolist()
    if tuple(theta.shape) != (ends[-1],):
        raise ValueError(f"theta has shape {tuple(theta.shape)}, expected ({ends[-1]},) for layers {hidden_size}")
    xp, parts = namespace(theta), [theta[start:end] for start, end in pairwise([0, *ends])]
    weights, biases = parts[: len(shapes)], parts[len(shapes) :]
    return [xp.reshape(W, shape) for W, shape in zip(weights, shapes, strict=True)], biases


def usual_penalty(activation: str) -> str:
    """The form of the sparsity term that an activation function has by default: "l1" for ReLU, "kl" for the sigmoid."""
    return "l1" if activation == "relu" else "kl"


def check_names(activation: str, decoder: str, sparsity: str = "all", penalty: str | None = None) -> None:
    """Raises ValueError for a name that is not known, and for the penalty "kl" with ReLU; None is the usual penalty."""
    penalty = penalty or usual_penalty(activation)
    names = (("activation", activation, ACTIVATIONS), ("decoder", decoder, DECODERS), ("sparsity", sparsity, SPARSITY))
    for name, value, known in (*names, ("penalty", penalty, PENALTIES)):
        if value not in known:
            raise ValueError(f"{name} is {value!r}, expected one of {', '.join(known)}")
    if activation == "relu" and penalty == "kl":
        raise ValueError("penalty is 'kl', expected 'l1': the divergence needs activations below 1, which ReLU exceeds")


def check_weights(rho: float, lambda_: float, beta: float) -> None:
    """Raises ValueError for rho outside (0, 1), and for negative or infinite lambda or beta.

    Raises TypeError for one that is not a number.
    """
    for name, factor in (("sparsity_param (rho)", rho), ("lambda_", lambda_), ("beta", beta)):
        if isinstance(factor, bool) or not (isinstance(factor, (int, float)) or getattr(factor, "ndim", None) == 0):
            raise TypeError(f"{name} is {factor!r}, expected a number")
    if not 0 < rho < 1:
        raise ValueError(f"sparsity_param (rho) is {rho}, expected a number between 0 and 1, both excluded")
    for name, factor in (("lambda_", lambda_), ("beta", beta)):
        if not 0 <= factor < np.inf:
            raise ValueError(f"{name} is {factor}, expected a finite number that is not negative")


def check_data(data: Any, visible_size: int) -> None:
    """Raises ValueError unless data have the shape (N, visible_size) with N > 0."""
    if data.ndim != 2 or data.shape[1] != visible_size:
        raise ValueError(f"data have shape {tuple(data.shape)}, expected (N, {visible_size}): one object per row")
    if data.shape[0] == 0:
        raise ValueError("data are empty, expected at least one object")


def check_finite(**arrays: Any) -> None:
    """Raises ValueError that names the first array with NaN or infinite values."""
    for name, array in arrays.items():
        xp = namespace(array)
        if not xp.all(xp.isfinite(array)):
            raise ValueError(f"{name} hold NaN or infinite values, expected finite numbers")


def _prepared(theta: Any, visible_size: int, data: Any) -> tuple[Any, Any]:
    """theta and data in the library and the floating dtype of the data; integers become float64, except uint8."""
    if str(getattr(data, "dtype", "")).endswith("uint8"):
        raise ValueError(
            "data are raw intensities of type uint8, expected normalised values, as sample_patches and normalize_data "
            "return them"
        )
    data = as_array("data", data)
    check_data(data, whole("visible_size", visible_size))
    return namespace(data).asarray(theta, dtype=data.dtype), data


def f(z: Any, function: str) -> Any:
    """The activation function: "sigmoid", "relu" or "linear"."""
    xp = namespace(z)
    if function == "sigmoid":
        with np.errstate(over="ignore"):  # exp(-z) may become infinite: the sigmoid is 0 then, as it should be
            return 1 / (1 + xp.exp(-z))
    return xp.maximum(z, 0.0) if function == "relu" else z


def f_prime(a: Any, function: str) -> Any:
    """f'(z) as a function of a = f(z). The slope of ReLU at z = 0 is 0."""
    if function == "sigmoid":
        return a * (1 - a)
    return namespace(a).astype(a > 0, a.dtype) if function == "relu" else 1


def forward(theta: Any, hidden_size: Any, x: Any, activation: str, output: str) -> Arrays:
    """Activations of every layer for objects x (m, visible_size): x, a of the hidden layers, h(x)."""
    weights, biases = unpack(theta, x.shape[1], hidden_size)
    a = [x]
    for W, b in zip(weights, biases, strict=True):
        z = a[-1] @ W.T + b
        a.append(f(z, activation if len(a) < len(weights) else output))
    return a


def sparsity_penalty(rho_hat: Any, rho: float, penalty: str, dtype: Any) -> tuple[Any, Any]:
    """Sparsity term of a layer with mean activations rho_hat (n,), and its derivative by rho_hat.

    penalty: "kl" is the sum of KL(rho || rho_hat). "l1" is the sum of rho_hat, which is the L1 norm because
    activations are not negative; it does not depend on rho.
    """
    xp = namespace(rho_hat)
    if penalty == "l1":
        return xp.sum(rho_hat), xp.ones_like(rho_hat)
    # A unit that is 0 or 1 on every object would make the divergence infinite. Within these bounds, products with
    # 1 / rho_hat stay finite in the dtype.
    rho_hat = xp.clip(rho_hat, float(xp.finfo(dtype).smallest_normal) ** 0.5, 1 - float(xp.finfo(dtype).eps))
    kl = rho * xp.log(rho / rho_hat) + (1 - rho) * xp.log((1 - rho) / (1 - rho_hat))
    return xp.sum(kl), -rho / rho_hat + (1 - rho) / (1 - rho_hat)


def backward(weights: Arrays, a: Arrays, slopes: Arrays, activation: str, output: str) -> tuple[Arrays, Arrays]:
    """Sums over the objects of delta a^T for every W, and of delta for every b; without weight decay.

    slopes: for every layer, beta times the derivative of the sparsity term by rho_hat, or 0. Rows are objects, so a
    row of delta @ W is W^T delta of the notes.
    """
    xp = namespace(a[0])
    sums_W: Arrays = []
    sums_b: Arrays = []
    delta = (a[-1] - a[0]) * f_prime(a[-1], output)
    for layer in range(len(weights) - 1, -1, -1):
        sums_W.insert(0, delta.T @ a[layer])
        sums_b.insert(0, xp.sum(delta, axis=0, dtype=xp.float64))
        if layer > 0:
            delta = (delta @ weights[layer] + slopes[layer]) * f_prime(a[layer], activation)
    return sums_W, sums_b


@np.errstate(over="ignore", invalid="ignore")  # what is too large is refused at the end
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
    penalty: str | None = None,
) -> tuple[Loss, Any]:
    """Loss J, a float with its terms, and its gradient, an array like theta (P,), for objects data (m, visible_size).

    J = 1/m sum ||h(x) - x||^2 / 2 + lambda/2 sum ||W||_F^2 + beta sum over hidden layers of the `sparsity_penalty`.
    Float32 data are computed in float32, with sums of activations, errors and deltas in float64; others in float64.
    decoder: f of the output layer; a linear one can reconstruct any value, and ReLU always has it. sparsity: the hidden
    layers with a sparsity term, "all" or only those of the smallest size. penalty: the form of that term, "kl" or "l1",
    by default the usual one: "kl" for the sigmoid, "l1" for ReLU, which has no other. theta and data may be lists; for
    them and for integers the gradient is float64. Raises ValueError for shapes that do not fit, empty data, raw
    intensities (uint8), NaN or infinite values, and settings out of range; TypeError for what is not a real number;
    OverflowError if J or its gradient is too large for floating-point numbers.
    """
    check_names(activation, decoder, sparsity, penalty)
    theta = as_array("theta", theta)
    check_weights(sparsity_param, lambda_, beta)
    output = "linear" if activation == "relu" else decoder
    parameters, x = _prepared(theta, visible_size, data)
    xp, m, hidden = namespace(x), x.shape[0], hidden_sizes(hidden_size)
    weights, _ = unpack(parameters, visible_size, hidden)
    check_finite(theta=parameters)  # an infinite bias could give a finite loss
    a = forward(parameters, hidden, x, activation, output)
    error = a[-1] - x
    reconstruction = float(xp.sum(error**2, dtype=xp.float64)) / (2 * m)
    decay = lambda_ / 2 * sum(float(xp.sum(W**2)) for W in weights)
    sparse, slopes = 0.0, [0.0] * len(weights)
    for layer, size in enumerate(hidden, start=1):
        if sparsity == "all" or size == min(hidden):
            rho_hat = xp.sum(a[layer], axis=0, dtype=xp.float64) / m
            term, slope = sparsity_penalty(rho_hat, sparsity_param, penalty or usual_penalty(activation), x.dtype)
            sparse += beta * float(term)
            slopes[layer] = xp.astype(beta * slope, x.dtype)
    J = Loss(reconstruction + decay + sparse, reconstruction, decay, sparse)
    if not np.isfinite(J):
        check_finite(data=x)
    sums_W, sums_b = backward(weights, a, slopes, activation, output)
    parts = [total / m + lambda_ * W for total, W in zip(sums_W, weights, strict=True)] + [b / m for b in sums_b]
    gradient = xp.concat([xp.astype(xp.reshape(part, (-1,)), xp.float64) for part in parts])
    if isinstance(theta, np.ndarray):  # SciPy needs the gradient on the host, where CuPy copies it by get()
        gradient = np.asarray(gradient.get() if hasattr(gradient, "get") else gradient)
    xp = namespace(gradient)
    gradient = xp.astype(gradient, theta.dtype)
    if not (np.isfinite(J) and xp.all(xp.isfinite(gradient))):
        raise OverflowError(
            f"J is {float(J)} and the largest component of its gradient {float(xp.max(xp.abs(gradient)))}, expected "
            f"smaller theta, data, lambda_ or beta, for which both are finite in {theta.dtype}"
        )
    return J, gradient


def autoencoder_transform(
    theta: Any,
    visible_size: int,
    hidden_size: Any,
    layer_number: int,
    data: Any,
    *,
    activation: str = "sigmoid",
    decoder: str = "sigmoid",
) -> Any:
    """Activations (N, size of the layer) of layer ``layer_number`` for data (N, visible_size).

    0 is the input itself, 1 the first hidden layer, ..., the last the reconstruction.
    Raises ValueError for a layer that does not exist, and as `autoencoder_loss` does; OverflowError for activations
    that are too large for floating-point numbers.
    """
    check_names(activation, decoder)
    last = len(hidden_sizes(hidden_size)) + 1
    if isinstance(layer_number, bool) or layer_number not in range(last + 1):  # 1.0 is in the range, too
        raise ValueError(f"layer_number is {layer_number!r}, expected 0 to {last}")
    theta = as_array("theta", theta)
    parameters, x = _prepared(theta, visible_size, data)
    check_finite(theta=parameters, data=x)
    output = "linear" if activation == "relu" else decoder
    with np.errstate(over="ignore", invalid="ignore"):
        activations = forward(parameters, hidden_size, x, activation, output)[int(layer_number)]
    xp = namespace(activations)
    if not xp.all(xp.isfinite(activations)):
        raise OverflowError(f"activations of layer {layer_number} are too large, expected smaller theta or data")
    return activations
