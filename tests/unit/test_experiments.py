"""Experiments become jobs: equal settings are one model, and every setting that matters is in its name."""

import copy

import pytest

from lib.errors import StudyError
from lib.experiments import PIXELS, SETTINGS, VIEW_SETTINGS, expand, labels
from tests.unit.test_configuration import DEFAULT


def study(experiments, **defaults):
    config = copy.deepcopy(DEFAULT)
    config["experiments"] = experiments
    config["defaults"] |= defaults
    return expand(config)


def test_equal_settings_are_one_model():
    found = study({"a": {"vary": {"rho": [0.01, 0.1]}}, "b": {"vary": {"beta": [3, 1.0]}}})
    assert len(found.models) == 3, "the default belongs to both experiments"
    assert len(found.features) == len(set(found.features)) == 3
    assert found.experiments["a"][0] == found.experiments["b"][0] == found.default


def test_combinations_are_crossed():
    assert len(study({"a": {"set": {"patches": 100}, "vary": {"rho": [0.1, 0.2], "seed": [0, 1, 2]}}}).models) == 7


OTHER = {
    "hidden": [10],
    "activation": "relu",
    "rho": 0.012345678,
    "lambda": 1.0e-5,
    "beta": 1.0,
    "sparsity": "narrowest",
    "patches": 20_000,
    "patch_size": 6,
    "centre": "none",
    "precision": "float32",
    "iterations": 10,
    "seed": 1,
}


@pytest.mark.parametrize("key", SETTINGS["autoencoder"])
def test_every_setting_makes_another_model(key):
    found = study({"a": {"vary": {key: [DEFAULT["defaults"][key], OTHER[key]]}}})
    assert len(found.models) == 2
    name = list(found.models)[1]
    assert found.models[name][key] == OTHER[key]
    assert labels(found)[name].startswith("autoencoder, "), "the label says what differs"


def test_settings_that_a_learner_ignores_make_no_other_model():
    assert len(study({"a": {"set": {"learner": "untrained"}, "vary": {"rho": [0.1, 0.2]}}}).models) == 2


@pytest.mark.parametrize("key", VIEW_SETTINGS)
def test_features_of_one_model_in_several_views(key):
    found = study({"a": {"vary": {key: [1, 2]}}}, hidden=[9, 5, 9])
    assert len(found.models) == 1
    assert len(found.views) == (2 if key == "layer" else 3)


def test_relu_trains_on_inputs_around_zero():
    found = study({"a": {"vary": {"activation": ["sigmoid", "relu"]}}})
    assert [found.normalisers[model["normaliser"]]["range"] for model in found.models.values()] == [
        [0.1, 0.9],
        [-0.4, 0.4],
    ]


def test_every_kind_of_features_meets_every_classifier():
    found = study({"a": {"vary": {"rho": [0.01, 0.1]}}})
    assert len(found.evaluations) == len(set(found.evaluations)) == 3 * len(DEFAULT["classifiers"])
    assert {model for model, _, _ in found.evaluations[: len(DEFAULT["classifiers"])]} == {PIXELS}


def test_switched_off_entries_are_left_out():
    config = copy.deepcopy(DEFAULT)
    config["experiments"] = {"learning": False}
    config["classifiers"]["random_forest"] = False
    found = expand(config)
    assert len(found.models) == 1
    assert {classifier for _, _, classifier in found.evaluations} == DEFAULT["classifiers"].keys() - {"random_forest"}


def test_names_do_not_depend_on_what_else_is_asked_for():
    few, many = (
        study({"a": {"vary": {"rho": [0.2]}}}),
        study({"b": {"vary": {"beta": [9.0]}}, "a": {"vary": {"rho": [0.2]}}}),
    )
    for table in ("samples", "normalisers", "networks", "models", "views"):
        assert getattr(few, table).items() <= getattr(many, table).items()


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ({"hidden": [[10, 5]]}, "experiment a: hidden_size is .*, expected a symmetric vector"),
        ({"layer": [2]}, "experiment a: layer is 2, expected at most 1"),
    ],
)
def test_settings_that_do_not_fit_are_told(vary, sentence):
    with pytest.raises(StudyError, match=sentence):
        study({"a": {"vary": vary}})
