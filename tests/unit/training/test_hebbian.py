"""Hebbian rules follow their formulas, differ from the gradient where they should, and find the principal subspace."""

import numpy as np
import pytest

from lib.base.devices import Compute
from lib.datasets.made import tilted_plane
from lib.gradient import compute_gradient
from lib.learners import hebbian as learner
from lib.training.hebbian import (
    decoder_rule,
    encoder_gradient,
    nonlinear_oja,
    oja,
    principal_angles,
    sanger,
    squared_error,
    tied_gradient,
)
from lib.training.linear import principal


@pytest.fixture
def problem(rng):
    return rng.normal(size=(3, 5)), rng.normal(size=(5, 3)), rng.normal(size=(7, 5))


def negative_slope(function, point):
    return -compute_gradient(lambda theta: function(theta.reshape(point.shape)), point.ravel()).reshape(point.shape)


def test_the_online_rules_are_those_of_the_lecture(problem):
    W, V, X = problem
    x = X[0]
    y, F = W @ x, np.tanh
    printed = {name: np.empty_like(W) for name in ("oja", "sanger", "nonlinear")}
    z = F(y)
    for j in range(3):
        for i in range(5):
            printed["oja"][j, i] = y[j] * (x[i] - sum(W[k, i] * y[k] for k in range(3)))
            printed["sanger"][j, i] = y[j] * (x[i] - sum(W[k, i] * y[k] for k in range(j + 1)))
            printed["nonlinear"][j, i] = z[j] * (x[i] - F(sum(W[k, i] * z[k] for k in range(3))))
    np.testing.assert_allclose(oja(W, X[:1]), printed["oja"])
    np.testing.assert_allclose(sanger(W, X[:1]), printed["sanger"])
    np.testing.assert_allclose(nonlinear_oja(W, X[:1]), printed["nonlinear"])
    decoder = np.array([[y[j] * (x[i] - sum(V[i, k] * y[k] for k in range(3))) for j in range(3)] for i in range(5)])
    np.testing.assert_allclose(decoder_rule(V, X[:1], y[None]), decoder)


def test_decoder_rule_and_gradients_are_slopes_of_the_squared_error(problem):
    W, V, X = problem
    Y = X @ W.T
    np.testing.assert_allclose(decoder_rule(V, X, Y), negative_slope(lambda v: squared_error(X, Y @ v.T), V), rtol=1e-6)
    slope = negative_slope(lambda w: squared_error(X, X @ w.T @ V.T), W)
    np.testing.assert_allclose(encoder_gradient(W, V, X), slope, rtol=1e-6)
    slope = negative_slope(lambda w: squared_error(X, X @ w.T @ w), W)
    np.testing.assert_allclose(tied_gradient(W, X), slope, rtol=1e-6)
    slope = negative_slope(lambda w: squared_error(X, np.tanh(np.tanh(X @ w.T) @ w)), W)
    np.testing.assert_allclose(tied_gradient(W, X, nonlinear=True), slope, rtol=1e-6)


def test_printed_rules_are_no_gradients_of_the_squared_error(problem):
    W, _, X = problem
    for rule, gradient in ((oja(W, X), tied_gradient(W, X)), (nonlinear_oja(W, X), tied_gradient(W, X, True))):
        cosine = np.sum(rule * gradient) / np.linalg.norm(rule) / np.linalg.norm(gradient)
        assert cosine < 0.99


def fitted(rule, data, **settings):
    settings = {"rule": rule, "hidden": [2], "learning_rate": 0.01, "batch_size": 1, "epochs": 100} | settings
    training = learner.fit(data, settings, np.random.default_rng(0), Compute())
    return learner.filters(training.theta, settings, data.shape[1]), training


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("oja", {}),
        ("sanger", {"batch_size": 10, "learning_rate": 0.05}),
        ("gradient", {"batch_size": 10, "learning_rate": 0.1, "epochs": 300}),
    ],
)
def test_linear_rules_find_the_principal_plane_with_its_error(rule, settings):
    data = tilted_plane().training
    W, training = fitted(rule, data, **settings)
    assert principal_angles(W, principal(data, 2).W)[0] <= 1e-3
    assert training.loss * 2 / 3 == pytest.approx(0.045459, abs=1e-6)
    assert training.iterations == settings.get("epochs", 100)
    assert training.history[0].loss > training.loss


def test_only_the_rule_of_sanger_orders_the_components():
    data = tilted_plane().training
    components = principal(data, 2).W
    ordered, _ = fitted("sanger", data, batch_size=10, learning_rate=0.05)
    np.testing.assert_allclose(np.abs(ordered @ components.T), np.eye(2), atol=0.01)
    start, cosines = np.array([[0.3, 1.0, 0.2], [0.1, 0.4, -1.0]]), []
    for rule in (oja, sanger):
        W = start.copy()
        for _ in range(3000):
            W += 0.05 * rule(W, data)
        np.testing.assert_allclose(W @ W.T, np.eye(2), atol=1e-6)  # the last term bounds the weights
        cosines.append(np.abs(W @ components.T).diagonal().min())
    assert cosines[0] < 0.95
    assert cosines[1] > 0.9999


def test_the_nonlinear_rule_does_not_find_the_principal_plane():
    data = tilted_plane().training
    W, _ = fitted("nonlinear_oja", data, batch_size=100, learning_rate=0.1)
    assert principal_angles(W, principal(data, 2).W)[0] > 0.05


def test_weights_that_grow_without_bound_are_a_fault():
    with pytest.raises(ValueError, match="learning_rate is 50, expected a smaller one"):
        fitted("oja", tilted_plane().training, learning_rate=50.0)
