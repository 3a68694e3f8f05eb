"""Entries of classifiers that contradict themselves, the workflow or each other are refused."""

import copy
import math

import pytest

from lib.base.errors import StudyError
from lib.study.classifier_entries import check_labels, untried
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA, merged


def test_classifiers_that_were_tried_are_not_tried_again():
    tried = DEFAULT["classifiers"]
    assert untried(tried, tried) == {}
    changed = merged(tried, {"linear_svm": {"grid": {"C": [1.0]}}, "rbf_svm": False})
    assert untried(changed, tried) == {"linear_svm": changed["linear_svm"]}
    assert untried(changed, changed) == {}
    assert list(untried(changed, {})) == [name for name in tried if name != "rbf_svm"]
    for value in (1, True):
        equal = merged(changed, {"linear_svm": {"grid": {"C": [value]}}})
        assert list(untried(equal, changed)) == ["linear_svm"], f"{value} is of another type than 1.0"


def test_labels_of_classifiers_must_be_unique():
    check_labels(DEFAULT)
    check_labels(merged(DEFAULT, {"classifiers": {"random_forest": False, "rbf_svm": {"label": "random forest"}}}))
    with pytest.raises(StudyError) as caught:
        check_labels(merged(DEFAULT, {"classifiers": {"rbf_svm": {"label": "linear SVM"}}}))
    assert caught.value.sentences == (
        "configuration: classifiers.rbf_svm.label is linear SVM, expected another one than that of "
        "classifiers.linear_svm",
    )


LOGISTIC = DEFAULT["classifiers"]["logistic_regression"]
FOREST = "sklearn.ensemble.RandomForestClassifier"
SVC = {"class": "sklearn.svm.SVC", "grid": {"C": [1.0]}}
KNN = {"class": "sklearn.neighbors.KNeighborsClassifier", "parameters": {}, "grid": {}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parameters": {"C": 1.0}}, "parameters.C is set under grid, too, expected one of them"),
        ({"parameters": {"random_state": 5}}, "parameters.random_state is given, expected none"),
        ({"grid": {"random_state": [5, 6]}}, "grid.random_state is given, expected none"),
        ({"parameters": {"n_jobs": 100_000}}, "parameters.n_jobs is 100000, expected none, or -1 to 64"),
        ({"grid": {"n_jobs": [1, True]}}, "grid.n_jobs is true, expected none, or -1 to 64"),
        ({"parameters": {"tol": math.nan}}, "parameters.tol is NaN, expected a number"),
        ({"grid": {"C": [1.0, math.nan]}}, "grid.C is NaN, expected a number"),
        ({"grid": {"C": [1.0] * 100, "tol": [1.0] * 30}}, "grid has 3000 combinations, expected at most 500"),
        ({"class": FOREST}, f"rotate is true, expected false: {FOREST} is not known to learn the same"),
        ({"class": "sklearn.naive_bayes.GaussianNB"}, "rotate is true, expected false"),
        ({"parameters": {"penalty": "l1"}}, "rotate is true, expected false: with penalty l1"),
        ({"parameters": {"l1_ratio": 0.5}}, "rotate is true, expected false: with l1_ratio 0.5"),
        ({"grid": {"penalty": ["l2", "elasticnet"]}}, "rotate is true, expected false: with penalty elasticnet"),
        (
            KNN | {"grid": {"metric": ["euclidean", "manhattan"]}},
            "rotate is true, expected false: with metric manhattan",
        ),
        (
            {"class": "sklearn.neighbors.KNeighborClassifier"},
            "rotate is true, expected false: sklearn.neighbors.KNeighborClassifier (did you mean "
            "neighbors.KNeighborsClassifier?) is not known",
        ),
        (SVC | {"parameters": {"gamma": "auto"}}, "rotate is true, expected false: with gamma auto"),
        (SVC | {"grid": {"gamma": [0.1, "auto"]}}, "rotate is true, expected false: with gamma auto"),
        (SVC | {"standardise": False}, "rotate is true, expected false: with gamma scale"),
        (KNN | {"parameters": {"p": 1}}, "rotate is true, expected false: with p 1"),
    ],
)
def test_parameters_that_contradict_the_entry_are_refused(changes, sentence):
    entry = copy.deepcopy(LOGISTIC) | {"label": "mine"} | {"parameters": {}, "grid": {"C": [1.0]}} | changes
    with pytest.raises(StudyError) as caught:
        checked(merged(DEFAULT, {"classifiers": {"mine": entry}}), SCHEMA, DEFAULT)
    assert caught.value.sentences[0].startswith(f"configuration: classifiers.mine.{sentence}")


@pytest.mark.parametrize(
    "changes",
    [
        *(KNN, {"class": FOREST, "components": 5}, {"parameters": {"n_jobs": -1}}, SVC),
        SVC | {"parameters": {"gamma": 0.1}, "standardise": False},
        SVC | {"parameters": {"kernel": "linear", "gamma": "auto"}, "standardise": False},
    ],
)
def test_valid_parameters_are_accepted(changes):
    entry = copy.deepcopy(LOGISTIC) | {"label": "mine", "grid": {}, "parameters": {}} | changes
    checked(merged(DEFAULT, {"classifiers": {"mine": entry}}), SCHEMA, DEFAULT)
