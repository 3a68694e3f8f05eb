"""Faster solvers of classifiers find the same optimum as scikit-learn."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn import linear_model, svm
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from lib.classifiers.faster import BLOCK, FASTER, SVC, LogisticRegression

KINDS = LogisticRegression, linear_model.LogisticRegression


@pytest.fixture
def objects(rng):
    """Coordinates (150, 120) of very different variance, as rotated objects have, and labels of three classes."""
    labels = np.repeat([2, 5, 9], 50)
    scale = 10 ** np.linspace(2, -1, 120)
    return scale * (rng.normal(size=(150, 120)) + 0.5 * rng.normal(size=(10, 120))[labels]), labels


def mean_loss(model, X, y):
    """Return the objective of a fitted logistic regression, divided by C N."""
    rows = np.arange(len(y)), np.searchsorted(model.classes_, y)
    return -np.mean(np.log(model.predict_proba(X)[rows])) + np.sum(model.coef_**2) / (2 * model.C * len(y))


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("C", [1e-6, 1e-3, 1.0])
def test_logistic_regression_has_the_optimum_of_scikit_learn(objects, C, fit_intercept):
    X, y = objects
    ours = LogisticRegression(C=C, tol=1e-8, max_iter=5000, fit_intercept=fit_intercept).fit(X, y)
    theirs = linear_model.LogisticRegression(C=C, tol=1e-9, solver="newton-cg", max_iter=5000)
    theirs = theirs.set_params(fit_intercept=fit_intercept).fit(X, y)
    assert mean_loss(ours, X, y) == pytest.approx(mean_loss(theirs, X, y), abs=1e-12)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert (ours.classes_ == [2, 5, 9]).all()
    assert (ours.predict(X) == theirs.predict(X)).all()


def test_logistic_regression_needs_fewer_iterations(objects):
    X, y = objects
    ours = LogisticRegression(C=1e-3, max_iter=500).fit(X, y)
    theirs = linear_model.LogisticRegression(C=1e-3, max_iter=500).fit(X, y)
    assert ours.n_iter_[0] < theirs.n_iter_[0] / 2
    assert mean_loss(ours, X, y) <= mean_loss(theirs, X, y) + 1e-5


def test_a_warm_start_saves_iterations_and_keeps_the_optimum(objects):
    X, y = objects
    cold = LogisticRegression(C=1e-2, tol=1e-8, max_iter=2000).fit(X, y)
    warm = LogisticRegression(C=9e-3, tol=1e-8, max_iter=2000, warm_start=True).fit(X, y).set_params(C=1e-2).fit(X, y)
    assert warm.n_iter_[0] < cold.n_iter_[0]
    np.testing.assert_allclose(warm.decision_function(X), cold.decision_function(X), atol=1e-5)
    fewer = warm.fit(X[:, :50], y)
    assert fewer.coef_.shape == (3, 50), "coefficients of other features are not used as a start"


def test_a_warning_is_given_if_iterations_run_out(objects):
    sentence = r"stopped after 2 iterations \(max_iter=2\) with a derivative of .*, expected at most tol=0.0001"
    with pytest.warns(ConvergenceWarning, match=sentence):
        LogisticRegression(max_iter=2).fit(*objects)


@pytest.mark.parametrize("offset", [0.0, 10.0])
@pytest.mark.parametrize("C", [1e-2, 1.0, 100.0])
def test_the_default_tolerance_reaches_the_optimum(rng, C, offset):
    """Classes may become certain during the iterations, and features may have a mean that the intercept offsets."""
    labels = np.arange(300) % 3
    X = rng.normal(size=(300, 50)) + 2 * rng.normal(size=(3, 50))[labels] + offset
    ours = LogisticRegression(C=C, max_iter=500).fit(X, labels)
    exact = linear_model.LogisticRegression(C=C, tol=1e-10, solver="newton-cg", max_iter=5000).fit(X, labels)
    assert mean_loss(ours, X, labels) == pytest.approx(mean_loss(exact, X, labels), rel=1e-3, abs=1e-7)


def test_a_warm_start_without_intercept_forgets_the_intercept(objects):
    X, y = objects
    model = LogisticRegression(C=1e-3, warm_start=True, max_iter=500).fit(X + 5, y)
    assert np.abs(model.intercept_).max() > 0
    model.set_params(fit_intercept=False).fit(X + 5, y)
    assert (model.intercept_ == 0).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"penalty": None},
        {"solver": "newton-cg"},
        {"C": np.inf},
        {"class_weight": "balanced"},
        {"l1_ratio": 1.0, "solver": "saga"},
    ],
    ids=str,
)
def test_other_parameters_are_left_to_scikit_learn(objects, parameters):
    X, y = objects
    X = X[:, -20:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours, theirs = (kind(**parameters, max_iter=50, random_state=0).fit(X, y) for kind in KINDS)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-9)


def test_two_classes_and_many_features_are_left_to_scikit_learn(objects, rng):
    X, y = objects
    for part, labels in ((X, y > 4), (rng.normal(size=(150, 200)), y)):
        ours, theirs = (kind(C=1e-3).fit(part, labels) for kind in KINDS)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-6, atol=1e-9)


def test_a_penalty_below_rounding_is_left_to_scikit_learn(rng):
    X, y = np.repeat(rng.normal(size=(40, 1)), 30, axis=1) * 1e6, np.arange(40) % 3
    assert np.isfinite(LogisticRegression(C=1e12).fit(X, y).coef_).all()


@pytest.mark.parametrize("gamma", ["scale", "auto", 1e-4])
@pytest.mark.parametrize("kernel", ["linear", "rbf", "poly", "sigmoid"])
def test_kernel_machines_agree_with_scikit_learn(objects, rng, kernel, gamma):
    X, y = objects
    X = X / np.abs(X).max()
    others = np.tile(X + 0.01 * rng.normal(size=X.shape), (BLOCK // len(X) + 1, 1))  # more than a block
    settings = {"kernel": kernel, "gamma": gamma, "C": 10.0, "coef0": 0.1, "degree": 2, "break_ties": True}
    ours, theirs = (kind(**settings).fit(X, y) for kind in (SVC, svm.SVC))
    np.testing.assert_allclose(ours.decision_function(others), theirs.decision_function(others), atol=1e-5)
    assert (ours.predict(others) == theirs.predict(others)).all()
    assert not hasattr(ours, "predict_proba")


@pytest.mark.parametrize("model", [SVC(C=2.0, gamma=0.1), LogisticRegression(C=2.0)], ids=str)
def test_parameters_survive_cloning_and_storing(objects, model):
    X, y = objects
    X = X / np.abs(X).max()
    assert clone(model).get_params() == model.get_params()
    fitted = clone(model).fit(X, y)
    stored = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(stored.decision_function(X), fitted.decision_function(X), rtol=1e-9, atol=1e-9)


def test_derived_classes_have_the_parameters_of_scikit_learn():
    for kind, name in ((LogisticRegression, "sklearn.linear_model.LogisticRegression"), (SVC, "sklearn.svm.SVC")):
        assert FASTER[name] == f"lib.classifiers.faster.{kind.__name__}"
        assert set(kind().get_params()) == set(kind.__mro__[1]().get_params())
