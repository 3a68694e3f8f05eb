"""Numerical gradient by central differences, and a check of it on functions with known gradients.

Imports only NumPy, so that the file works on its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

EPSILON = 1e-4
TOLERANCE = 1e-7


def compute_gradient(J: Callable[[np.ndarray], Any], theta: np.ndarray, *, epsilon: float = EPSILON) -> np.ndarray:
    """Return central differences ``(J(theta + e_i eps) - J(theta - e_i eps)) / (2 eps)``, float64, shaped like theta.

    J maps an array like theta to a number or, like an objective with ``jac=True``, to a pair (number,
    gradient). ``epsilon`` is the step, in units of theta. Raises ValueError if theta is empty or not finite.
    """
    point = np.array(theta, dtype=np.float64)
    if point.size == 0:
        raise ValueError("theta is empty, expected at least one parameter")
    if not np.isfinite(point).all():
        raise ValueError("theta holds NaN or infinite values, expected finite parameters")

    def value() -> float:
        result = J(point)
        return float(result[0] if isinstance(result, tuple) else result)

    gradient = np.empty_like(point)
    for index in np.ndindex(point.shape):
        original = point[index]
        point[index] = original + epsilon
        above = value()
        point[index] = original - epsilon
        below = value()
        point[index] = original
        gradient[index] = (above - below) / (2 * epsilon)
    return gradient


def relative_error(estimate: np.ndarray, exact: np.ndarray) -> float:
    """Return ``|estimate - exact| / max(|estimate| + |exact|, 1e-300)`` with Euclidean norms over all elements."""
    difference = float(np.linalg.norm(np.ravel(estimate) - np.ravel(exact)))
    return difference / max(float(np.linalg.norm(estimate)) + float(np.linalg.norm(exact)), 1e-300)


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
