"""Elementwise work of the autoencoder's loss between the matrix products, for arrays of any library of the array API.

The functions have the names and the formulas of `lib.training.kernels`. CuPy runs each as one fused kernel, which
reads and writes every element once and overwrites its first argument; other libraries evaluate the formula.

HIDDEN[f](z, b): f(z + b) for z (rows, n) and b (n,).
OUTPUT[f](z, b, x): delta = (h - x) f'(z + b) and the error h - x, for h = f(z + b), all (rows, n).
BACKWARD[f](delta, slope, a): (delta + slope) f'(z) for a = f(z) (rows, n) and slope (n,).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from lib.autoencoder import f, f_prime, namespace

Arrays = tuple[Any, ...]


@dataclass(frozen=True)
class Fused:
    """An elementwise function of arrays of one dtype, float32 or float64, that broadcast to the first of them.

    Attributes
    ----------
    inputs, outputs : names of the arguments and of the results, separated by commas.
    code : statements of CUDA C++ that compute the results, in which T is the type of all names.
    formula : the same function of arrays of any library; it returns one array per result.
    """

    inputs: str
    outputs: str
    code: str
    formula: Callable[..., Arrays]

    def __call__(self, *arrays: Any) -> Any:
        """Return the result, or a tuple of several. On CuPy the first one has the memory of the first argument."""
        if hasattr(xp := namespace(arrays[0]), "ElementwiseKernel"):
            return _kernel(xp, self.inputs, self.outputs, self.code)(*arrays, *self._memory(arrays[0]))
        found = self.formula(*arrays)
        return found if len(found) > 1 else found[0]

    def _memory(self, first: Any) -> Arrays:
        """Return the arrays that take the results: the first argument, and new ones."""
        count = len(self.outputs.split(","))
        return (first, *(namespace(first).empty_like(first) for _ in range(count - 1)))


@cache
def _kernel(cupy: Any, inputs: str, outputs: str, code: str) -> Any:
    """Return the kernel of CuPy, which compiles it in its first call."""
    inputs, outputs = (", ".join(f"T {name.strip()}" for name in names.split(",")) for names in (inputs, outputs))
    return cupy.ElementwiseKernel(inputs, outputs, code, "autoencoder_loss")


def squared_sum(error: Any) -> Any:
    """Return the sum of the squares of an array (rows, n), a scalar array of float64."""
    xp = namespace(error)
    return _squares(xp)(error) if hasattr(xp, "ReductionKernel") else xp.sum(error**2, dtype=xp.float64)


@cache
def _squares(cupy: Any) -> Any:
    square = "static_cast<double>(e) * static_cast<double>(e)"
    return cupy.ReductionKernel("T e", "float64 total", square, "a + b", "total = a", "0", "squared_sum")


def _hidden(function: str) -> Callable[..., Arrays]:
    return lambda z, b: (f(z + b, function),)


def _output(function: str) -> Callable[..., Arrays]:
    def formula(z: Any, b: Any, x: Any) -> Arrays:
        h = f(z + b, function)
        return (h - x) * f_prime(h, function), h - x

    return formula


def _backward(function: str) -> Callable[..., Arrays]:
    return lambda delta, slope, a: ((delta + slope) * f_prime(a, function),)


# A comparison with NaN is false, so that ReLU keeps a NaN, which the loss then shows.
HIDDEN = {
    "sigmoid": Fused("z, b", "a", "a = T(1) / (T(1) + exp(-(z + b)));", _hidden("sigmoid")),
    "relu": Fused("z, b", "a", "T s = z + b; a = s < T(0) ? T(0) : s;", _hidden("relu")),
}
OUTPUT = {
    "sigmoid": Fused(
        "z, b, x",
        "delta, error",
        "T h = T(1) / (T(1) + exp(-(z + b))); error = h - x; delta = error * (h * (T(1) - h));",
        _output("sigmoid"),
    ),
    "linear": Fused("z, b, x", "delta, error", "error = z + b - x; delta = error;", _output("linear")),
}
BACKWARD = {
    "sigmoid": Fused("delta, slope, a", "before", "before = (delta + slope) * (a * (T(1) - a));", _backward("sigmoid")),
    "relu": Fused("delta, slope, a", "before", "before = a > T(0) ? delta + slope : T(0);", _backward("relu")),
}
