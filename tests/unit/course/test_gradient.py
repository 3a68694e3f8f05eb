"""The numerical gradient agrees with known gradients, and its check detects a wrong one."""

import numpy as np
import pytest

import lib.gradient
from lib.gradient import KNOWN, POINTS, check_gradient, compute_gradient, relative_error


@pytest.mark.parametrize(("name", "function", "gradient"), KNOWN, ids=[known[0] for known in KNOWN])
def test_known_gradients(name, function, gradient):
    for x in POINTS:
        assert relative_error(compute_gradient(function, x), gradient(x)) <= 1e-8


def test_the_gradient_has_the_shape_of_theta_and_theta_is_unchanged(rng):
    theta = rng.normal(size=(3, 4))
    before = theta.copy()
    gradient = compute_gradient(lambda t: np.sum(t**2), theta)
    assert gradient.shape == (3, 4)
    np.testing.assert_allclose(gradient, 2 * before, rtol=1e-8)
    assert (theta == before).all()


def test_an_objective_may_return_its_gradient_too():
    np.testing.assert_allclose(compute_gradient(lambda t: (t @ t, 2 * t), np.array([1.0, 2.0])), [2, 4], rtol=1e-8)


def test_integer_theta():
    np.testing.assert_allclose(compute_gradient(lambda t: np.sum(t**2), np.array([1, 2])), [2, 4], rtol=1e-8)


def test_check_reports_an_error_for_every_function():
    errors = check_gradient()
    assert list(errors) == [known[0] for known in KNOWN]
    assert max(errors.values()) < 1e-7


def test_check_detects_a_wrong_gradient(monkeypatch):
    monkeypatch.setattr(lib.gradient, "compute_gradient", lambda J, theta: compute_gradient(J, theta) * (1 + 1e-6))
    with pytest.raises(ArithmeticError, match="linear: relative error"):
        check_gradient()


@pytest.mark.parametrize("theta", [np.array([]), np.array([1.0, np.nan])])
def test_bad_theta_is_refused(theta):
    with pytest.raises(ValueError, match="theta"):
        compute_gradient(np.sum, theta)
