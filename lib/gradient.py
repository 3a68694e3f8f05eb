"""Numerical gradient by central differences, and a check of it on functions with known gradients.

Imports only NumPy, so that the file works on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

EPSILON = 1e-4
TOLERANCE = 1e-7


def _real_numbers(name: str, values: Any) -> np.ndarray:
    """Return a float64 copy of the values. Raises TypeError unless they are real numbers, ValueError if ragged."""
    try:
        found = np.asarray(values)
    except ValueError:
        raise ValueError(f"{name} holds lists of different lengths, expected an array of numbers") from None
    if found.dtype.kind not in "iuf":
        raise TypeError(f"{name} holds values of type {found.dtype}, expected real numbers")
    return np.array(found, dtype=np.float64)


def compute_gradient(J: Callable[[np.ndarray], Any], theta: np.ndarray, *, epsilon: float = EPSILON) -> np.ndarray:
    """Return central differences ``(J(theta + e_i eps) - J(theta - e_i eps)) / (2 eps)``, float64, shaped like theta.

    J maps an array like theta to a number or, like an objective with ``jac=True``, to a pair (number,
    gradient). theta may be a list. ``epsilon`` is the step, in units of theta; the difference is divided by the step
    that rounding leaves of it. Raises ValueError if theta is empty or not finite, if J is not finite near it or differs
    by more than a float can hold, or if the step is not positive or too small to change a parameter; TypeError if J is
    not a function, or if theta, epsilon or a value of J is not a real number.
    """
    if not callable(J):
        raise TypeError(f"J is {J!r}, expected a function of theta")
    point = _real_numbers("theta", theta)
    if point.size == 0:
        raise ValueError("theta is empty, expected at least one parameter")
    if not np.isfinite(point).all():
        raise ValueError("theta holds NaN or infinite values, expected finite parameters")
    step = _real_numbers("epsilon", epsilon)
    if step.size != 1 or not 0 < step.item() < np.inf:
        raise ValueError(f"epsilon is {epsilon}, expected a positive number")
    epsilon = step.item()

    def value() -> float:
        result = J(point.copy())  # J may change or keep its argument
        result = result[0] if isinstance(result, tuple) else result
        # A number of another array library, possibly on a GPU, becomes a Python number.
        found = _real_numbers("J", result.item() if getattr(result, "ndim", None) == 0 else result)
        if found.size != 1:
            raise ValueError(f"J returns {found.size} values, expected one number")
        if not np.isfinite(found).all():
            raise ValueError(f"J is {found.item()} near theta, expected a finite number")
        return float(found.item())

    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        original = float(point[index])
        higher, lower = original + epsilon, original - epsilon
        width = higher - lower
        if width == 0:
            raise ValueError(f"epsilon is {epsilon}, expected a larger step: it does not change {original}")
        point[index] = higher
        above = value()
        point[index] = lower
        below = value()
        point[index] = original
        slope = (above - below) / width if np.isfinite(width) else np.nan
        if not np.isfinite(slope):
            raise ValueError(
                f"J is {above} and {below} at a distance of {width}, expected a slope that a floating-point number can "
                "hold"
            )
        gradient[index] = slope
    return gradient


def relative_error(estimate: np.ndarray, exact: np.ndarray) -> float:
    """Return ``|estimate - exact| / (|estimate| + |exact|)`` with Euclidean norms over all elements, 0 if both are 0.

    Raises ValueError if the two have different numbers of elements or hold NaN or infinite values, TypeError if they
    are not real numbers.
    """
    one, other = (np.ravel(_real_numbers(name, one)) for name, one in (("estimate", estimate), ("exact", exact)))
    if one.size != other.size:
        raise ValueError(f"estimate has {one.size} values, expected {other.size} as exact has")
    for name, values in (("estimate", one), ("exact", other)):
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds NaN or infinite values, expected finite numbers")
    largest = max(np.abs(one).max(initial=0.0), np.abs(other).max(initial=0.0))
    if largest == 0:
        return 0.0
    # Squares of huge or tiny values would overflow or vanish; a power of two changes no digit.
    exponent = -int(np.frexp(largest)[1])
    one, other = np.ldexp(one, exponent), np.ldexp(other, exponent)
    return float(np.linalg.norm(one - other)) / (float(np.linalg.norm(one)) + float(np.linalg.norm(other)))


_MATRIX = np.array([[2.0, -1.0, 0.5], [-1.0, 3.0, 0.25], [0.5, 0.25, 1.0]])
# name, function, gradient: polynomials of degree 1 to 4, some with mixed terms, and two transcendental functions
KNOWN: tuple[tuple[str, Callable, Callable], ...] = (
    ("linear", lambda x: 3 * x[0] - 2 * x[1] + x[2] + 5, lambda x: np.array([3.0, -2.0, 1.0])),
    ("quadratic form", lambda x: x @ _MATRIX @ x / 2, lambda x: _MATRIX @ x),
    ("cubic", lambda x: np.sum(x**3) - x[0] * x[1], lambda x: 3 * x**2 - np.array([x[1], x[0], 0.0])),
    ("mixed product", lambda x: x[0] * x[1] * x[2], lambda x: np.array([x[1] * x[2], x[0] * x[2], x[0] * x[1]])),
    ("quartic", lambda x: np.sum(x**2) ** 2, lambda x: 4 * np.sum(x**2) * x),
    ("exponential", lambda x: np.sum(np.exp(x)), np.exp),
    ("sine", lambda x: np.sum(np.sin(2 * x)), lambda x: 2 * np.cos(2 * x)),
)
POINTS = (np.array([0.5, -1.5, 2.0]), np.array([-0.3, 0.7, 1.1]), np.array([10.0, -3.0, 0.1]))


def check_gradient(*, tolerance: float = TOLERANCE) -> dict[str, float]:
    """Check `compute_gradient` on functions whose gradients are known.

    Returns the largest relative error of each function over all points. Raises ArithmeticError, naming
    the function, if an error exceeds the tolerance.
    """
    errors = {
        name: max(relative_error(compute_gradient(function, x), gradient(x)) for x in POINTS)
        for name, function, gradient in KNOWN
    }
    for name, error in errors.items():
        if not error <= tolerance:
            raise ArithmeticError(
                f"compute_gradient on {name}: relative error {error:.1e}, expected at most {tolerance:.0e}"
            )
    return errors
