"""Linear autoencoders and principal components: the points of chapter 18.3 and a wide table as in chapter 18.4."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.base.devices import Compute
from lib.datasets.made import Halves, tilted_plane
from lib.learners import hebbian
from lib.training.hebbian import principal_angles, squared_error
from lib.training.linear import initial, principal, train

# Settings with which each rule settles on the points.
RULES = {
    "oja": {"learning_rate": 0.01, "batch_size": 1, "epochs": 200},
    "sanger": {"learning_rate": 0.01, "batch_size": 1, "epochs": 200},
    "nonlinear_oja": {"learning_rate": 0.01, "batch_size": 1, "epochs": 200},
    "gradient": {"learning_rate": 0.1, "batch_size": 10, "epochs": 300},
}


class Comparison(NamedTuple):
    """One way to two codings of the points, compared with the principal components.

    Attributes
    ----------
    way : "pca", "adam" for the lecture's listing, or a rule.
    seed : of the initial weights and the order of points.
    training_error, test_error : mean squared errors over points and values.
    angle : largest angle between the planes, in radians.
    cosine : smallest absolute cosine between a unit's weights and the component of its number: 1 where units are
        ordered components.
    """

    way: str
    seed: int
    training_error: float
    test_error: float
    angle: float
    cosine: float


def comparisons(seeds: int) -> pd.DataFrame:
    """Return one row per way and seed, with the columns of `Comparison`."""
    data = tilted_plane()
    best = principal(data.training, 2)
    rows = [Comparison("pca", 0, best.error(data.training), best.error(data.test), 0.0, 1.0)]
    for seed in range(seeds):
        model = initial(3, 2, np.random.default_rng(seed))
        error = train(model, data.training, 0.01, 1000)
        rows.append(Comparison("adam", seed, error, model.error(data.test), *_against(best.W, model.V.T)))
        for rule in RULES:
            rows.append(_by_rule(rule, seed, data, best.W))
    return pd.DataFrame(rows)


def _by_rule(rule: str, seed: int, data: Halves, components: np.ndarray) -> Comparison:
    settings = RULES[rule] | {"rule": rule, "hidden": [2]}
    theta = hebbian.fit(data.training, settings, np.random.default_rng(seed), Compute()).theta
    W, V = theta[:6].reshape(2, 3), theta[6:].reshape(3, 2)
    nonlinear = rule == "nonlinear_oja"

    def error(X: np.ndarray) -> float:
        return squared_error(X, hebbian.decode(hebbian.encode(X, W, nonlinear), V, nonlinear)) * 2 / X.shape[1]

    return Comparison(rule, seed, error(data.training), error(data.test), *_against(components, W))


def _against(components: np.ndarray, W: np.ndarray) -> tuple[float, float]:
    """Return the largest angle between the planes, and the smallest cosine between rows of equal number."""
    unit = W / np.linalg.norm(W, axis=1, keepdims=True)
    return float(principal_angles(W, components)[0]), float(np.abs(np.sum(unit * components, axis=1)).min())


class WideErrors(NamedTuple):
    """Errors of a linear autoencoder on a wide table.

    Attributes
    ----------
    history : mean squared error of the training rows after each number of steps, the first before any.
    test : mean squared error of the test rows at the end.
    components, components_test : the same of as many principal components.
    """

    history: np.ndarray
    test: float
    components: float
    components_test: float


def on_wide_table(data: Halves, units: int, iterations: int, rng: np.random.Generator) -> WideErrors:
    """Train a linear autoencoder by Adam with the lecture's rate of 0.01 on all rows at once, in single precision."""
    x, unseen = (half.astype(np.float32) for half in data)
    model, history = initial(x.shape[1], units, rng, "float32"), []
    last = train(model, x, 0.01, iterations, lambda error, _gradients: history.append(error))
    best = principal(data.training, units)
    errors = (model.error(unseen), best.error(data.training), best.error(data.test))
    return WideErrors(np.array([*history, last]), *errors)
