"""Figures of codes come up by what the models of an experiment are."""

import pytest

from lib.study import contents
from lib.study.contents import all_decoded
from lib.study.decoded import CODE_FIGURES, decoded_models, has_bounds, samples_inconsistently
from lib.study.experiments import expand
from tests.unit.study.test_validation import DEFAULT


def network(codings, **sampling):
    return {
        "encoder": ["flatten", {"dense": 4}, "elu", {"sampling": codings, **sampling}],
        "decoder": [{"dense": "values"}, {"reshape": "shape"}, "sigmoid"],
    }


PLAIN = {"encoder": ["flatten", {"dense": 4}, "relu"], "decoder": [{"dense": "values"}, {"reshape": "shape"}]}


def generative(seeds=1, **sampling):
    """A study of variational and denoising autoencoders, and of principal components.

    sampling: options of the sampling of the model with three codings.
    """
    experiments = {
        "codes": {
            "seeds": seeds,
            "vary": [
                {"learner": ["variational"], "network": ["two", "three"]},
                {"learner": ["pca"], "network": ["two"], "hidden": [[2]]},
            ],
        },
        "noise": {
            "set": {"learner": "convolutional", "network": "plain"},
            "vary": [{"corruption": ["none"]}, {"corruption": ["gaussian"], "noise": [0.5]}],
            "seeds": seeds,
        },
        "size": {"vary": {"hidden": [[10], [20]]}, "seeds": seeds},
    }
    networks = {"two": network(2), "three": network(3, **sampling), "plain": PLAIN}
    return expand(
        DEFAULT
        | {"experiments": experiments, "networks": networks, "defaults": DEFAULT["defaults"] | {"scaling": "unit"}}
    )


def kinds(study, experiment):
    return [kind for kind in contents.figures(study, experiment) if kind in CODE_FIGURES]


def test_experiments_have_the_figures_that_their_models_allow():
    study = generative()
    assert kinds(study, "codes") == ["plane", "manifold", "samples", "interpolations"]
    assert kinds(study, "noise") == ["corrections"]
    assert kinds(study, "size") == kinds(study, "default") == []


def test_each_figure_has_the_models_that_it_can_show():
    study = generative(seeds=2)
    two, three, _pca = study.pictured("codes")
    assert list(decoded_models(study, "codes", "manifold")) == [two]
    assert list(decoded_models(study, "codes", "samples")) == [two, three]
    (noisy,) = decoded_models(study, "noise", "corrections")
    assert study.models[noisy].settings["noise"] == 0.5
    assert all_decoded(study) == sorted([two, three, noisy]), "the first repetitions alone"


@pytest.mark.parametrize(("experiment", "has"), [("codes", True), ("noise", False), ("size", False)])
def test_only_variational_autoencoders_have_bounds(experiment, has):
    assert has_bounds(generative(), experiment) is has


def test_a_model_that_samples_with_another_variance_than_its_loss_counts_is_known():
    for sampling, expected in (({}, []), ({"halved": False}, ["three"])):
        models = generative(**sampling).models.values()
        found = [model for model in models if samples_inconsistently(model)]
        assert [model.settings["network"] for model in found] == expected
