"""Elementwise work of the autoencoder's loss between the matrix products, as Numba kernels for one block of rows.

All arrays of a call have one dtype, float64 or float32, and C order; they are overwritten in place, which makes one
pass over memory. The formulas come from `lib.autoencoder`. Kernels are in dictionaries by activation function:

HIDDEN[f](z, b, sums): z (rows, n) becomes a = f(z + b); sums (n,) grows by the sums of a over the rows.
OUTPUT[f](z, b, x, sums): z (rows, n) becomes delta = (a - x) f'(z + b) with a = f(z + b); sums grows by the sums of
delta. Returns the sum of (a - x)^2 over all elements, in float64.
BACKWARD[f](delta, slope, a, sums): delta (rows, n) becomes (delta + slope) f'(z) for a = f(z); sums grows likewise.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from lib.base.compiling import compiled

_LOG2_E = 1 / math.log(2)
# ln 2 in two parts, the first short enough that its product with a small integer is exact (W. J. Cody and
# W. Waite, Software Manual for the Elementary Functions, 1980).
_LN2_64 = (float.fromhex("0x1.62e42feep-1"), float.fromhex("0x1.a39ef35793c76p-33"))
_LN2_32 = (np.float32(0.693359375), np.float32(math.log(2) - 0.693359375))
_TAYLOR_64 = tuple(1 / math.factorial(power) for power in range(13, -1, -1))
_TAYLOR_32 = tuple(np.float32(1 / math.factorial(power)) for power in range(7, -1, -1))
_MOST_64, _MOST_32 = 708.0, np.float32(87)  # exp(x) and exp(-x) are finite and not 0 up to here
_LOG2_E_32, _HALF_32 = np.float32(_LOG2_E), np.float32(0.5)


@intrinsic
def _from_bits(typing_context: Any, bits: Any) -> Any:
    """The float with the bits of an integer: int64 to float64, int32 to float32."""
    target = types.float64 if bits == types.int64 else types.float32

    def build(context, builder, signature, arguments):  # type: ignore[no-untyped-def]
        return builder.bitcast(arguments[0], context.get_value_type(target))

    return target(bits), build


def _exp(x: float) -> float:
    """exp(x) = 2^n exp(r), n an integer and |r| <= ln(2) / 2, with the Taylor series of exp(r), for compiled code.

    Unlike the mathematical library's function, this one compiles to vector instructions. x is clipped to
    `_MOST_64` or `_MOST_32`.
    """
    return math.exp(x)


@overload(_exp, jit_options={"fastmath": {"contract"}})  # regrouping sums would undo the two parts of ln 2
def _compiled_exp(x):  # type: ignore[no-untyped-def]
    def exp_64(x):  # type: ignore[no-untyped-def]
        x = min(max(x, -_MOST_64), _MOST_64)
        n = np.floor(x * _LOG2_E + 0.5)
        r = x - n * _LN2_64[0] - n * _LN2_64[1]
        series = 0.0
        for coefficient in _TAYLOR_64:
            series = series * r + coefficient
        return series * _from_bits(np.int64((np.int64(n) + 1023) << 52))  # type: ignore[call-arg]

    def exp_32(x):  # type: ignore[no-untyped-def]
        x = min(max(x, -_MOST_32), _MOST_32)
        n = np.floor(x * _LOG2_E_32 + _HALF_32)
        r = x - n * _LN2_32[0] - n * _LN2_32[1]
        series = np.float32(0)
        for coefficient in _TAYLOR_32:
            series = series * r + coefficient
        return series * _from_bits(np.int32((np.int32(n) + 127) << 23))  # type: ignore[call-arg]

    return exp_64 if x == types.float64 else exp_32


@compiled
def _hidden_sigmoid(z, b, sums):  # type: ignore[no-untyped-def]
    one = z.dtype.type(1)
    for row in range(z.shape[0]):
        for j in range(z.shape[1]):
            a = one / (one + _exp(-(z[row, j] + b[j])))
            z[row, j] = a
            sums[j] += a


@compiled
def _hidden_relu(z, b, sums):  # type: ignore[no-untyped-def]
    zero = z.dtype.type(0)
    for row in range(z.shape[0]):
        for j in range(z.shape[1]):
            a = max(z[row, j] + b[j], zero)
            z[row, j] = a
            sums[j] += a


@compiled
def _hidden_linear(z, b, sums):  # type: ignore[no-untyped-def]
    for row in range(z.shape[0]):
        for j in range(z.shape[1]):
            a = z[row, j] + b[j]
            z[row, j] = a
            sums[j] += a


@compiled
def _output_sigmoid(z, b, x, sums):  # type: ignore[no-untyped-def]
    one, squared = z.dtype.type(1), 0.0
    for row in range(z.shape[0]):
        of_row = z.dtype.type(0)
        for j in range(z.shape[1]):
            a = one / (one + _exp(-(z[row, j] + b[j])))
            delta = a - x[row, j]
            of_row += delta * delta
            delta *= a * (one - a)
            z[row, j] = delta
            sums[j] += delta
        squared += of_row
    return squared


@compiled
def _output_linear(z, b, x, sums):  # type: ignore[no-untyped-def]
    squared = 0.0
    for row in range(z.shape[0]):
        of_row = z.dtype.type(0)
        for j in range(z.shape[1]):
            delta = z[row, j] + b[j] - x[row, j]
            of_row += delta * delta
            z[row, j] = delta
            sums[j] += delta
        squared += of_row
    return squared


@compiled
def _backward_sigmoid(delta, slope, a, sums):  # type: ignore[no-untyped-def]
    one = delta.dtype.type(1)
    for row in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            value = (delta[row, j] + slope[j]) * (a[row, j] * (one - a[row, j]))
            delta[row, j] = value
            sums[j] += value


@compiled
def _backward_relu(delta, slope, a, sums):  # type: ignore[no-untyped-def]
    zero = delta.dtype.type(0)
    for row in range(delta.shape[0]):
        for j in range(delta.shape[1]):
            value = delta[row, j] + slope[j] if a[row, j] > zero else zero
            delta[row, j] = value
            sums[j] += value


HIDDEN = {"sigmoid": _hidden_sigmoid, "relu": _hidden_relu, "linear": _hidden_linear}
OUTPUT = {"sigmoid": _output_sigmoid, "linear": _output_linear}
BACKWARD = {"sigmoid": _backward_sigmoid, "relu": _backward_relu}
