"""Classifiers learn from the training objects alone, and the rotation changes no prediction."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from lib.classification import classify, estimator_from, rotate, standardise
from lib.classifier_check import check_classifier
from lib.errors import StudyError

LOGISTIC = {
    "class": "sklearn.linear_model.LogisticRegression",
    "parameters": {"max_iter": 500},
    "grid": {"C": [1e-3, 1e-1]},
    "standardise": True,
    "rotate": True,
}
FOREST = {
    "class": "sklearn.ensemble.RandomForestClassifier",
    "parameters": {"n_estimators": 20},
    "grid": {},
    "standardise": False,
    "rotate": False,
}


@pytest.fixture
def objects(rng):
    centres = rng.normal(size=(3, 200))
    labels = np.repeat([0, 1, 2], 40)
    features = (centres[labels] + 2 * rng.normal(size=(120, 200))).astype(np.float32)
    order = rng.permutation(120)
    features, labels = features[order], labels[order]
    return features[:80], labels[:80], features[80:], labels[80:]


@pytest.mark.parametrize("model", [LogisticRegression(solver="newton-cg", tol=1e-10), SVC(kernel="rbf", gamma=1e-3)])
def test_rotation_changes_no_prediction(objects, model):
    train, labels, test, _ = objects
    train, test = (part.astype(np.float64) for part in standardise(train, test))
    rotated_train, rotated_test = rotate(train, test)
    assert rotated_train.shape[1] <= 80 < train.shape[1]
    expected = model.fit(train, labels).decision_function(test)
    found = model.fit(rotated_train, labels).decision_function(rotated_test)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()


def test_few_features_are_not_rotated(rng):
    train, test = rng.normal(size=(20, 5)), rng.normal(size=(4, 5))
    assert rotate(train, test)[0] is train


def test_standardisation_is_fitted_on_the_training_objects(objects):
    train, _, test, _ = objects
    scaled, later = standardise(train, test + 100)
    assert abs(scaled.mean()) < 1e-6
    np.testing.assert_allclose(scaled.std(axis=0), 1, rtol=1e-4)
    assert later.mean() > 10


@pytest.mark.parametrize("classifier", [LOGISTIC, FOREST], ids=["logistic regression", "random forest"])
def test_classifiers_learn_and_repeat(objects, classifier):
    train, labels, test, truth = objects
    first, second = (classify(train, labels, test, 3, classifier, seed=7) for _ in range(2))
    assert np.mean(first.labels == truth) > 0.6
    np.testing.assert_allclose(first.probabilities.sum(axis=1), 1)
    assert (first.probabilities.argmax(axis=1) == first.labels).mean() > 0.95
    assert (first.probabilities == second.probabilities).all()


def test_predictions_are_averaged_over_copies(objects):
    train, labels, test, _ = objects
    classifier = LOGISTIC | {"grid": {}, "rotate": False, "standardise": False}
    both, tests = np.concatenate([train, train + 1]), np.concatenate([test, test + 1])
    model = LogisticRegression(max_iter=500).fit(both, np.tile(labels, 2))
    expected = (model.predict_proba(test) + model.predict_proba(test + 1)) / 2
    result = classify(both, labels, tests, 3, classifier, seed=7, copies=2)
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-6)
    assert (result.labels == expected.argmax(axis=1)).all()


def test_copies_of_one_object_stay_on_one_side_of_the_cross_validation(rng):
    neighbours = {"class": "sklearn.neighbors.KNeighborsClassifier", "parameters": {}, "grid": {"n_neighbors": [1]}}
    train, labels = rng.normal(size=(90, 5)), np.arange(90) % 3
    classifier = neighbours | {"standardise": False, "rotate": False}
    result = classify(np.tile(train, (2, 1)), labels, np.tile(train, (2, 1)), 3, classifier, seed=7, copies=2)
    assert (result.labels == labels).all()
    assert result.validation[0]["accuracy"] < 0.6, "an object's copy told its random label"


def test_the_penalty_is_chosen_by_cross_validation(objects):
    train, labels, test, _ = objects
    result = classify(train, labels, test, 3, LOGISTIC, seed=1)
    best = max(result.validation, key=lambda entry: entry["accuracy"])
    assert result.chosen == {"C": best["C"]}
    assert [entry["C"] for entry in result.validation] == [1e-3, 1e-1]


def test_test_objects_influence_no_prediction_of_others(objects):
    train, labels, test, _ = objects
    changed = test.copy()
    changed[1:] += 50
    results = [classify(train, labels, part, 3, LOGISTIC, seed=1).probabilities[0] for part in (test, changed)]
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_classes_that_training_lacks_get_no_probability(objects):
    train, labels, test, _ = objects
    probabilities = classify(train, labels, test, 5, FOREST, seed=1).probabilities
    assert probabilities.shape == (40, 5)
    assert (probabilities[:, 3:] == 0).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"class": "sklearn.neighbor.KNeighborsClassifier"}, "expected a classifier that scikit-learn has"),
        ({"class": "sklearn.neighbors.KNeighborClassifier"}, "expected a classifier that scikit-learn has"),
        ({"class": "sklearn.svm.LinearSVC", "parameters": {}}, "expected a classifier with predict_proba"),
        ({"parameters": {"iterations": 5}}, "parameters has the unknown key iterations; the parameters are C, "),
        ({"grid": {"c": [1]}}, "grid has the unknown key c; the parameters are C, "),
    ],
)
def test_faults_of_a_classifier_are_told(changes, sentence):
    check_classifier("mine", LOGISTIC)
    with pytest.raises(StudyError, match=sentence):
        check_classifier("mine", LOGISTIC | changes)


def test_only_random_models_get_the_seed():
    assert estimator_from(FOREST["class"], {}, 5).random_state == 5
    assert not hasattr(estimator_from("sklearn.neighbors.KNeighborsClassifier", {"n_neighbors": 2}, 5), "random_state")
