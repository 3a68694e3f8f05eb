"""Experiments expand into jobs: equal settings are one model, and a name holds every setting that matters."""

import copy
import re

import pytest

from lib.base.errors import StudyError
from lib.study import contents
from lib.study.experiments import _Expansion, expand, without_effect
from lib.study.learners import LEARNERS
from lib.study.model_labels import feature_labels, labels
from lib.study.settings import PIXELS, VIEW_SETTINGS, as_text
from tests.unit.study.test_validation import DEFAULT


def study(experiments, **defaults):
    config = copy.deepcopy(DEFAULT)
    config["experiments"] = experiments
    config["defaults"] |= defaults
    config["networks"]["codes"] = {
        "encoder": ["flatten", {"dense": 4}, "elu", {"sampling": 2}],
        "decoder": [{"dense": "values"}, {"reshape": "shape"}, "sigmoid"],
    }
    return expand(config)


OWN = {"variational": {"scaling": "unit", "network": "codes"}}  # settings that a learner cannot do without


def test_equal_settings_are_one_model():
    found = study({"a": {"vary": {"rho": [0.01, 0.1]}}, "b": {"vary": {"beta": [3, 1.0]}}})
    assert len(found.models) == 3, "the default belongs to both experiments"
    assert len(found.features) == len(set(found.features)) == 3
    members = [found.experiments[name].combinations[0].members for name in "ab"]
    assert members == [[found.default], [found.default]]


def test_combinations_are_crossed():
    found = study({"a": {"set": {"patches": 100}, "vary": {"rho": [0.1, 0.2], "beta": [1.0, 2.0]}, "seeds": 3}})
    assert len(found.models) == 1 + 4 * 3
    labels_of = [str(combination.label) for combination in found.experiments["a"].combinations]
    assert labels_of == ["rho 0.1, beta 1", "rho 0.1, beta 2", "rho 0.2, beta 1", "rho 0.2, beta 2"]


def test_entries_follow_one_another_and_labels_show_what_differs():
    vary = [{"hidden": [[10]]}, {"hidden": [[9, 5, 9]], "layer": [1, 2], "sparsity": ["narrowest"]}]
    found = study({"a": {"vary": vary}})
    labels_of = [str(combination.label) for combination in found.experiments["a"].combinations]
    assert labels_of == ["10 units", "9-5-9, layer 1, narrowest", "9-5-9, layer 2, narrowest"]


def test_joined_features_have_a_name_that_no_single_ones_have():
    found = study({"one": {"vary": {"pooling": [2]}}, "two": {"vary": {"together": {"pooling": [2, 0]}}}})
    (single,), (joined,) = (found.experiments[name].combinations[0].members for name in ("one", "two"))
    assert single != joined
    assert (len(found.features[single]), len(found.features[joined])) == (1, 2)


def test_joined_features_of_the_same_parts_in_another_order_are_all_compared():
    whitened = {"whiten": [True]}, {"together": {"whiten": [True, False]}}, {"together": {"whiten": [False, True]}}
    assert len(study({"a": {"vary": list(whitened)}}, decoder="linear").experiments["a"].combinations) == 3


def test_names_that_would_stand_for_two_models_are_refused():
    config = copy.deepcopy(DEFAULT)
    layers = {"encoder": ["flatten", {"dense": 20}], "decoder": [{"dense": "values"}, {"reshape": "shape"}]}
    config["networks"] |= {"plain": layers, "plain_tied": layers}
    fixed = {"learner": "convolutional", "scaling": "unit"}
    config["experiments"] = {
        "a": {"set": fixed | {"network": "plain", "tied": True}, "vary": {"epochs": [2]}},
        "b": {"set": fixed | {"network": "plain_tied", "tied": False}, "vary": {"epochs": [2]}},
    }
    with pytest.raises(
        StudyError, match=r"^experiment b: the model convolutional_plain_tied_.* give the network plain_"
    ):
        expand(config)


def test_settings_without_an_effect_on_a_network_still_have_their_twin():
    found = study({"a": {"vary": {"learner": ["autoencoder", "untrained"], "rho": [0.01, 0.1]}}})
    shown = [str(one.label) for one in found.experiments["a"].combinations]
    assert shown == ["autoencoder, rho 0.01", "autoencoder, rho 0.1", "untrained"]
    assert [found.untrained_twin("a", number) for number in range(3)] == [2, 2, None]


def test_pixels_are_a_rival_where_classifiers_see_as_many_images():
    found = study({"a": {"vary": {"labels": [10, 0]}}, "b": {"set": {"labels": 10}, "vary": {"rho": [0.1]}}})
    assert [found.sees_as_much_as_pixels("a", number) for number in (0, 1)] == [False, True]
    assert found.sees_as_much_as_pixels("b", 0)
    assert (str(found.label("a", -1)), str(found.label("b", -1))) == ("pixels, labels 0", "pixels")


def test_concatenated_features_are_one_kind_of_features():
    found = study({"a": {"vary": [{"centre": ["patch"]}, {"together": {"centre": ["patch", "none"]}}], "seeds": 2}})
    both = found.experiments["a"].combinations[1]
    assert str(both.label) == "patch + none"
    assert [part.settings for part in both.label.together] == [(("centre", "patch"),), (("centre", "none"),)]
    for member, repetition in zip(both.members, range(2), strict=True):
        parts = found.features[member]
        assert [found.models[model].settings["centre"] for model, _ in parts] == ["patch", "none"]
        assert {found.models[model].settings["seed"] for model, _ in parts} == {repetition}
    assert len(found.models) == 4


def test_mirrored_images_have_two_rows_among_the_features():
    found = study({"a": {"vary": {"mirror": [False, True]}}})
    plain, mirrored = (combination.members[0] for combination in found.experiments["a"].combinations)
    assert [found.copies(features) for features in (plain, mirrored, (PIXELS, "seed0"))] == [1, 2, 1]


def test_repetitions_are_separate_models_and_pixels_have_as_many():
    found = study({"a": {"vary": {"stride": [8, 4]}, "seeds": 3, "classifiers": ["random_forest"]}})
    assert [model.settings["seed"] for model in found.models.values()] == [0, 1, 2]
    pixels = [view for model, view, classifier in found.evaluations if (model, classifier) == (PIXELS, "random_forest")]
    assert sorted(pixels) == ["seed0", "seed1", "seed2"]
    assert len({evaluation for evaluation in found.evaluations if evaluation[2] == "logistic_regression"}) == 2


def test_folds_are_evaluated_for_the_default_and_if_an_experiment_asks():
    experiments = {
        "a": {"vary": {"stride": [8, 4]}, "seeds": 2},
        "b": {"vary": {"stride": [12]}, "seeds": 2, "folds": True},
    }
    found = study(experiments)
    asked = found.experiments["b"].combinations[0].members
    assert found.folded == [(PIXELS, "seed0"), found.default, asked[0]]


def test_an_experiment_without_classifiers_extracts_no_features():
    found = study({"a": {"vary": {"rho": [0.01, 0.1]}, "classifiers": []}})
    assert len(found.models) == 2
    assert found.extracted == [found.default]


@pytest.mark.parametrize("vary", [{"sparsity": ["all", "narrowest"]}, {"start": ["random", "greedy"]}])
def test_settings_of_deep_networks_do_not_change_a_single_layer(vary):
    assert len(study({"a": {"vary": vary}}).models) == 1


def test_the_axis_is_one_of_the_settings_that_vary():
    with pytest.raises(StudyError, match="experiment a: axis is rho, expected one of the settings that vary: stride"):
        study({"a": {"vary": {"stride": [8, 2]}, "axis": "rho"}})


OTHER = {
    "hidden": [10],
    "activation": "relu",
    "decoder": "linear",
    "rho": 0.012345678,
    "lambda": 1.0e-5,
    "beta": 1.0,
    "penalty": "l1",
    "sparsity": "narrowest",
    "start": "greedy",
    "patches": 20_000,
    "patch_size": 6,
    "image_size": 32,
    "centre": "none",
    "whiten": True,
    "scaling": "range",
    "precision": "float32",
    "iterations": 10,
}


@pytest.mark.parametrize("key", [key for key in LEARNERS["autoencoder"].settings if key != "seed"])
def test_every_setting_gives_a_different_model(key):
    several = {"hidden": [9, 5, 9]} if key in ("sparsity", "start") else {}
    several |= {"decoder": "linear"} if key in ("whiten", "scaling") else {}  # patches leave [0, 1]
    found = study({"a": {"vary": {key: [(DEFAULT["defaults"] | several)[key], OTHER[key]]}}}, **several)
    assert len(found.models) == 2
    name = list(found.models)[1]
    assert found.models[name].row[key] == OTHER[key]
    assert dict(labels(found)[name].settings)["learner"] == "autoencoder"
    assert key in dict(labels(found)[name].settings), "the label says what differs"


def test_settings_that_a_learner_ignores_do_not_change_the_model():
    assert len(study({"a": {"set": {"learner": "untrained"}, "vary": {"rho": [0.1, 0.2]}}}).models) == 2


VIEWS = {
    "layer": [1, 2],
    "stride": [8, 2],
    "encoding": ["natural", "triangle"],
    "threshold": [0.0, 0.5],
    "pooling": [0, 2],
    "mirror": [False, True],
    "labels": [0, 10],
}


@pytest.mark.parametrize("key", VIEW_SETTINGS)
def test_features_of_one_model_in_several_views(key):
    encoding = {"encoding": "sign_split"} if key == "threshold" else {}  # other encodings have no threshold
    found = study({"a": {"vary": {key: VIEWS[key]}}}, hidden=[9, 5, 9], **encoding)
    assert len(found.models) == 1
    assert len(found.views) == len(found.features) == 2
    assert len(set(feature_labels(found).values())) == 3, "the label shows what differs"


def test_neutral_settings_are_left_out_of_names():
    found = study({})
    assert found.default == (
        "autoencoder_75_sigmoid_rho0.01_lambda0.0001_beta3_all_n10000_p8_patch_float64_i400_seed0",
        "layer1_stride8",
    )
    best = {"image_size": 32, "whiten": True, "decoder": "linear", "encoding": "soft_threshold", "threshold": 0.5}
    model, view = (
        study({"best": {"vary": {key: [value] for key, value in best.items()}}})
        .experiments["best"]
        .combinations[0]
        .members[0]
    )
    assert "_sigmoid_linear_" in model
    assert "_p8_size32_patch_whiten_" in model
    assert view == "layer1_stride8_soft_threshold_threshold0.5"


@pytest.mark.parametrize("learner", ["random_patches", "pca", "ica", "kmeans"])
def test_other_learners_have_one_layer_no_network_and_inputs_around_zero(learner):
    vary = {"hidden": [[9, 5, 9], [9]], "rho": [0.1, 0.2], "activation": ["sigmoid", "relu"]}
    found = study({"a": {"set": {"learner": learner}, "vary": vary}})
    assert len(found.models) == 2, "they have no rho, no activation and no further layers"
    model = found.models[found.experiments["a"].combinations[0].members[0][0]]
    assert model.settings["hidden"] == [9]
    assert model.network is None
    assert len(found.networks) == 1
    assert found.normalisers[model.normaliser]["range"] == [-0.4, 0.4]


def test_all_learners_share_patches_and_whitening():
    learners = [name for name, learner in LEARNERS.items() if not learner.bounded and name not in OWN]
    found = study({"a": {"set": {"whiten": True, "decoder": "linear"}, "vary": {"learner": learners}}})
    models = [found.models[one.members[0][0]] for one in found.experiments["a"].combinations]
    assert len({model.sample for model in models}) == len({model.normaliser for model in models}) == 1
    assert len(found.samples) == 1


def test_a_learner_of_probabilities_takes_values_between_0_and_1():
    found = study({"a": {"vary": {"learner": ["rbm", "pca"]}}})
    ranges = [found.normalisers[model.normaliser]["range"] for model in found.models.values()]
    assert [0.1, 0.9] in ranges
    with pytest.raises(StudyError, match="whiten is true, expected false: the learner takes values within"):
        study({"a": {"set": {"whiten": True, "decoder": "linear"}, "vary": {"learner": ["rbm"]}}})


@pytest.mark.parametrize("without", [{"penalty": "l1"}, {"activation": "relu"}, {"beta": 0.0}])
def test_a_target_without_effect_makes_no_other_model(without):
    found = study({"a": {"set": without, "vary": {"rho": [0.1, 0.2]}}})
    assert len(found.experiments["a"].combinations) == 1
    sparse = study({"a": {"vary": {"rho": [0.1, 0.2]}}})
    assert len(sparse.experiments["a"].combinations) == 2


def test_settings_without_effect_do_not_change_the_features():
    found = study({"a": {"vary": {"threshold": [0.0, 0.5], "encoding": ["natural", "triangle", "linear"]}}})
    assert len(found.views) == 3
    relu = study({"a": {"set": {"activation": "relu"}, "vary": {"decoder": ["sigmoid", "linear"]}}})
    assert len(relu.models) == 2


def test_relu_trains_on_inputs_around_zero():
    found = study({"a": {"vary": {"activation": ["sigmoid", "relu"]}}})
    assert [found.normalisers[model.normaliser]["range"] for model in found.models.values()] == [
        [0.1, 0.9],
        [-0.4, 0.4],
    ]


def test_all_features_are_evaluated_with_all_classifiers():
    found = study({"a": {"vary": {"rho": [0.01, 0.1]}}})
    assert len(found.evaluations) == len(set(found.evaluations)) == 3 * len(DEFAULT["classifiers"])
    assert sum(model == PIXELS for model, _, _ in found.evaluations) == len(DEFAULT["classifiers"])


def test_switched_off_entries_are_left_out():
    config = copy.deepcopy(DEFAULT)
    config["experiments"] = {"learners": False}
    config["classifiers"]["random_forest"] = False
    found = expand(config)
    assert len(found.models) == 1
    assert {classifier for _, _, classifier in found.evaluations} == DEFAULT["classifiers"].keys() - {"random_forest"}


def test_names_do_not_depend_on_other_experiments():
    few, many = (
        study({"a": {"vary": {"rho": [0.2]}}}),
        study({"b": {"vary": {"beta": [9.0]}}, "a": {"vary": {"rho": [0.2]}}}),
    )
    for table in ("samples", "normalisers", "networks", "models", "views"):
        assert getattr(few, table).items() <= getattr(many, table).items()


@pytest.mark.parametrize(
    ("vary", "sentence"),
    [
        ({"hidden": [[10, 5]]}, r"experiment a: hidden is \[10, 5\], expected a symmetric list"),
        ({"layer": [2]}, "experiment a: layer is 2, expected at most 1"),
        ({"learner": ["kmeans"], "hidden": [[9, 5, 9]], "layer": [3]}, "layer is 3, expected at most 1"),
        ({"whiten": [True]}, "experiment a: decoder is sigmoid, expected linear"),
        (
            {"hidden": [[9, 5, 9]], "layer": [2], "encoding": ["triangle"]},
            "layer is 2, expected 1: encoding is triangle",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(vary, sentence):
    with pytest.raises(StudyError, match=sentence):
        study({"a": {"vary": vary}})


def test_a_setting_may_be_under_set_or_vary_but_not_both():
    with pytest.raises(StudyError, match="experiment a: rho is set under set and vary, expected one of them"):
        study({"a": {"set": {"rho": 0.1}, "vary": {"rho": [0.2]}}})


@pytest.mark.parametrize("learner", LEARNERS)
def test_any_learner_can_be_the_default(learner):
    found = study({}, learner=learner, **OWN.get(learner, {}))
    assert found.models[found.default[0]].learner == learner
    assert bool(found.networks) == LEARNERS[learner].checked
    assert ("convergence" in contents.figures(found, "default")) == bool(
        {"iterations", "epochs"} & set(LEARNERS[learner].settings)
    )


def test_at_least_one_classifier_must_be_switched_on():
    with pytest.raises(StudyError, match="classifiers are all switched off, expected at least one"):
        expand(DEFAULT | {"classifiers": dict.fromkeys(DEFAULT["classifiers"], False)})


def test_an_unknown_classifier_of_an_experiment_is_refused():
    with pytest.raises(StudyError, match="experiment a: classifiers names guessing, expected some of "):
        study({"a": {"vary": {"rho": [0.1]}, "classifiers": ["guessing"]}})


@pytest.mark.parametrize(
    ("one", "other"), [(0.1, 0.1000000000001), (1e-4, 1e-4 + 1e-19), (3.0, 3.0 + 2**-50), (1e9, 1e9 - 1e-6)]
)
def test_different_values_are_different_models(one, other):
    found = study({"close": {"vary": {"lambda": [one, other, one]}, "classifiers": []}})
    members = [combination.members[0][0] for combination in found.experiments["close"].combinations]
    assert [found.models[model].settings["lambda"] for model in members] == [one, other]
    assert len(set(members)) == 2
    assert float(as_text(other)) == other


def test_a_name_that_is_too_long_for_a_file_is_refused():
    deep = {"vary": {"hidden": [[75], [75] * 99]}, "classifiers": []}
    with pytest.raises(
        StudyError, match=r"experiment deep: the name autoencoder_75-75.* has \d+ characters, expected at most"
    ):
        study({"deep": deep})
    wide = {"vary": {"together": {"lambda": [i / 7 for i in range(1, 30)]}}, "classifiers": ["linear_svm"]}
    with pytest.raises(StudyError, match=r"experiment wide: the name autoencoder_.* fewer features under together"):
        study({"wide": wide})
    found = study({"deep": {"vary": {"hidden": [[75] * 25]}, "classifiers": []}})
    assert max(map(len, found.models)) <= 230


def test_the_expansion_does_not_compare_all_pairs_of_combinations(monkeypatch):
    """Features are compared a few times per combination, not once per pair."""
    compared = 0

    class Counted(tuple):
        __hash__ = tuple.__hash__

        def __eq__(self, other):
            nonlocal compared
            compared += 1
            return tuple(self) == tuple(other)

    add = _Expansion._features
    monkeypatch.setattr(_Expansion, "_features", lambda self, *arguments: Counted(add(self, *arguments)))
    found = study({"many": {"vary": {"lambda": [i / 1e5 for i in range(1000)]}, "folds": True}})
    assert len(found.experiments["many"].combinations) == 1000
    assert compared < 20_000


@pytest.mark.parametrize(
    ("experiment", "keys"),
    [
        ({"set": {"beta": 0.0}, "vary": {"rho": [0.01, 0.1, 0.3]}}, "all 3 settings .* rho has"),
        ({"vary": {"momentum": [0.0, 0.5], "noise": [0.1, 0.2]}}, "all 4 settings .* momentum and noise have"),
        ({"set": {"learner": "kmeans"}, "vary": {"rho": [0.01, 0.1]}}, "all 2 settings .* rho has"),
        ({"vary": {"rho": [0.01, 0.1]}}, None),
        ({"vary": {"learner": ["autoencoder"]}}, None),
    ],
)
def test_an_experiment_whose_settings_have_no_effect_is_named(experiment, keys):
    found = list(without_effect(study({"own": experiment})))
    if keys is None:
        assert found == []
    else:
        assert re.match(f"experiment own: {keys} no effect with the other settings$", found[0])


def test_nesterov_momentum_needs_momentum_where_a_learner_has_an_optimiser():
    fixed = {"network": "one_block", "scaling": "range", "centre": "none", "optimiser": "nesterov"}
    with pytest.raises(StudyError, match="momentum is 0, expected above 0: optimiser is nesterov"):
        study({"a": {"set": fixed | {"learner": "convolutional"}, "vary": {"momentum": [0.9, 0.0]}}})
    study({"a": {"set": fixed | {"learner": "untrained_convolutional", "momentum": 0.0}, "vary": {"maps": [4, 8]}}})
