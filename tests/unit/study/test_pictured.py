"""Figures show models next to each other that can be compared."""

import pytest

from lib.study.pictured import deep_models, default_twins, reconstructed_models, repeated_default, setting_of
from tests.unit.study.test_experiments import study


def of(found, experiment, setting):
    """The model of a setting in the first repetition."""
    return found.experiments[experiment].combinations[setting].members[0][0]


def test_the_twin_of_the_default_model_is_the_untrained_network_of_the_same_size():
    found = study(
        {
            "size": {"vary": {"learner": ["untrained"], "hidden": [[10], [75]], "precision": ["float32"]}},
            "once": {"vary": {"learner": ["pca", "autoencoder", "untrained"]}},
            "often": {"vary": {"learner": ["autoencoder", "untrained"]}, "seeds": 3},
        }
    )
    twins = default_twins(found)
    assert (twins.experiment, twins.trained, twins.untrained) == ("often", 0, 1), "the experiment with most repetitions"
    assert repeated_default(found) == ("often", 0)
    assert default_twins(study({"rho": {"vary": {"rho": [0.01, 0.1]}}})) is None


def test_a_study_without_experiments_has_its_default_model_once():
    assert repeated_default(study({})) == ("default", 0)


def test_a_model_is_found_by_its_setting():
    found = study(
        {"a": {"vary": [{"together": {"centre": ["patch", "none"]}}, {"rho": [0.1, 0.2], "centre": ["none"]}]}}
    )
    assert setting_of(found, "a", of(found, "a", 2)) == 2
    with pytest.raises(ValueError, match="not in list"):
        setting_of(found, "a", found.default[0])


def test_deep_networks_are_those_with_several_layers_and_at_most_four():
    sizes = [[75], *([10 + more, 5, 10 + more] for more in range(6))]
    found = study({"depth": {"vary": {"hidden": sizes, "layer": [1]}}})
    assert list(deep_models(found, "depth")) == [of(found, "depth", setting) for setting in (1, 2, 3, 4)]
    assert deep_models(found, "default") == {}


def test_reconstructions_of_the_default_the_deepest_the_sparsest_and_a_relu_network():
    found = study(
        {
            "beta": {"vary": {"beta": [3.0, 1000.0, 30.0]}},
            "depth": {
                "vary": [
                    {"hidden": [[75]]},
                    {"hidden": [[100, 50, 100]]},
                    {"hidden": [[75, 50, 75], [90, 50, 90]], "start": ["greedy"]},
                ]
            },
            "activation": {"vary": {"activation": ["sigmoid", "relu"]}, "seeds": 2},
            "learners": {"vary": {"learner": ["pca", "untrained"]}},
        }
    )
    expected = [found.default[0], of(found, "depth", 3), of(found, "beta", 1), of(found, "activation", 1)]
    assert reconstructed_models(found) == expected


def test_reconstructions_are_of_the_same_patches():
    vary = {"beta": [30.0], "patches": [100]}, {"beta": [20.0], "centre": ["none"]}, {"beta": [10.0], "seed": [4]}
    found = study({"beta": {"vary": [{key: values for key, values in one.items() if key != "seed"} for one in vary]}})
    assert reconstructed_models(found) == [found.default[0], of(found, "beta", 2)]


def test_a_default_model_of_another_learner_is_compared_too():
    found = study({"activation": {"vary": {"learner": ["autoencoder"], "activation": ["relu"]}}}, learner="kmeans")
    assert reconstructed_models(found) == [found.default[0], of(found, "activation", 0)]
