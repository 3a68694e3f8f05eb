"""A training that ends abnormally keeps the last good parameters, and its message, its log and the report say so."""

import logging

import numpy as np
import pytest

from lib.autoencoder import initialize
from lib.base.devices import Compute
from lib.base.endings import Ending, ending_of
from lib.base.errors import StudyError
from lib.learners.registry import load
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import Network, Penalties
from lib.training.result import Iteration, Training, check_ending

START = np.array([3.0, 4.0])


def square(x):
    return float(np.vdot(x, x)), 2 * x


def broken(number, loss=np.nan, gradient=1.0):
    """The objective `square` whose evaluation of that number is not finite."""
    count = 0

    def objective(x):
        nonlocal count
        count += 1
        value, slope = square(x)
        return (loss, np.full_like(slope, gradient)) if count == number else (value, slope)

    return objective


@pytest.mark.parametrize(("loss", "gradient"), [(np.nan, 1), (np.inf, 1), (-np.inf, 1), (1.0, np.nan), (1.0, np.inf)])
def test_a_training_ends_before_the_first_value_that_is_not_finite(loss, gradient):
    training = train(broken(3, loss, gradient), START, 50)
    assert ending_of(training.message) is Ending.NOT_FINITE
    assert training.iterations == 1
    assert training.loss == square(training.theta)[0] == training.history[-1].loss < square(START)[0]


@pytest.mark.parametrize(("loss", "gradient"), [(np.nan, 1), (np.inf, 1), (1.0, np.nan)])
def test_a_training_that_starts_with_no_finite_value_is_refused(loss, gradient):
    with pytest.raises(StudyError, match=r"training: the loss is .* at the start, expected a finite"):
        train(broken(1, loss, gradient), START, 50)


def test_a_wrong_gradient_ends_the_line_search_at_a_known_loss():
    training = train(lambda x: (float(x @ x), np.array([7.0, -3.0])), START, 50)
    assert ending_of(training.message) is Ending.LINE_SEARCH
    assert training.loss == float(training.theta @ training.theta) == training.history[-1].loss


def test_a_usual_end_is_not_abnormal():
    assert ending_of(train(square, START, 50).message) is None
    assert ending_of(train(lambda x: (float(np.sum((x - 3) ** 4)), 4 * (x - 3) ** 3), START, 3).message) is None
    assert ending_of("not trained") is ending_of("exact") is ending_of("converged") is None
    assert ending_of("STOP: TOTAL NO. OF F,G EVALUATIONS EXCEEDS LIMIT") is Ending.EVALUATIONS


def test_weights_that_overflow_end_the_training(rng):
    """The loss of huge weights is infinite; nothing is warned of and nothing else is returned."""
    objective = autoencoder_objective(rng.uniform(0.1, 0.9, size=(20, 12)), Network((3,)), Penalties(1e-3, 0.05, 3))
    loss, _ = objective(1e200 * initialize([3], 12, rng=0))
    assert loss == np.inf
    with pytest.raises(StudyError, match="the loss is inf"):
        train(objective, 1e200 * initialize([3], 12, rng=0), 5)


def test_a_stage_of_the_greedy_start_that_ends_abnormally_is_named(rng, monkeypatch):
    data = rng.uniform(0.1, 0.9, size=(50, 12))
    settings = {"hidden": [6, 4, 6], "activation": "sigmoid", "decoder": "sigmoid", "penalty": "kl", "sparsity": "all"}
    settings |= {"start": "greedy", "rho": 0.05, "lambda": 1e-3, "beta": 0.5, "iterations": 20}
    assert ending_of(load("autoencoder").fit(data, settings, np.random.default_rng(0), Compute()).message) is None

    class Ended:
        """A recorder whose fifth evaluation, in the first stage, is not finite."""

        def __init__(self):
            from lib.training.result import Recorder

            self.recorder = Recorder()

        def __getattr__(self, name):
            return getattr(self.recorder, name)

        def evaluate(self, objective, theta):
            loss, gradient = self.recorder.evaluate(objective, theta)
            return (np.inf if self.recorder.evaluations == 5 else loss), gradient

    training = load("autoencoder").fit(data, settings, np.random.default_rng(0), Compute(), Ended())
    assert ending_of(training.message) is Ending.NOT_FINITE
    assert training.message.endswith("(stage 1 of the greedy start)")


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_fewer_different_patches_than_units_are_said(dtype):
    patches = np.repeat(np.eye(3, 12, dtype=dtype), 10, axis=0)
    training = load("kmeans").fit(patches, {"hidden": [5]}, np.random.default_rng(0), Compute())
    assert ending_of(training.message) is Ending.DUPLICATES
    assert training.message == "converged to 3 different centroids"


@pytest.mark.parametrize("learner", ["pca", "ica"])
def test_more_components_than_directions_are_refused(learner, rng):
    patches = rng.normal(size=(50, 3)) @ rng.normal(size=(3, 12))
    with pytest.raises(ValueError, match="hidden is 4, expected at most 3: patches have no more independent direc"):
        load(learner).fit(patches, {"hidden": [4]}, np.random.default_rng(0), Compute())


def history(*losses):
    return [Iteration(number, number, loss, *[np.nan] * 4, 0.0) for number, loss in enumerate(losses)]


def test_the_log_says_how_a_training_ended(caplog):
    caplog.set_level(logging.INFO)
    check_ending(Training(START, 1.0, "CONVERGENCE: x", 2, 3, 0.1, history(3.0, 1.0)))
    assert not caplog.records
    check_ending(Training(START, 1.0, "ABNORMAL: ", 2, 3, 0.1, history(3.0, 1.0)))
    assert "training ended abnormally: the line search found no lower loss (ABNORMAL: )" in caplog.text
    check_ending(Training(START, 4.0, "CONVERGENCE: x", 2, 3, 0.1, history(3.0, 4.0)))
    assert "training ended with the loss 4, which is larger than 3 at the start" in caplog.text


def test_parameters_that_are_not_finite_are_refused():
    with pytest.raises(StudyError, match="training: ended with NaN or infinite parameters"):
        check_ending(Training(np.array([np.nan]), 1.0, "converged", 2, 3, 0.1))
