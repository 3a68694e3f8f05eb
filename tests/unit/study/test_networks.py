"""Networks that the configuration describes, and the classifiers and learners that refer to them."""

from pathlib import Path

import pytest
import yaml

from lib.base.errors import StudyError
from lib.classifiers.network import NetworkClassifier
from lib.features.extraction import grid_of
from lib.networks.reading import read_classifier
from lib.study.experiments import expand
from lib.study.learners import LEARNERS
from lib.study.networks import described, numbers_of, with_description
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA

IMAGES = {"learner": "convolutional", "patch_size": 32, "image_size": 32, "scaling": "range", "centre": "none"}
NETWORK = {
    "label": "network",
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": "head"},
    "grid": {},
    "standardise": False,
    "rotate": False,
}
DECODER = [{"dense": "values"}, {"reshape": "shape"}]
HEAD = {"head": {"layers": ["flatten", {"dense": "classes"}]}}


def study(experiments=None, classifiers=None, networks=None, **defaults):
    """Return the study of whole images with these experiments, classifiers, networks and default settings."""
    changes = {"defaults": IMAGES | defaults, "experiments": experiments or {}, "only": list(experiments or {})}
    changes |= {"study": "s", "classifiers": classifiers or {}, "networks": HEAD | (networks or {})}
    return expand(checked(changes, SCHEMA, DEFAULT))


def test_the_units_are_the_filters_and_the_code_is_what_the_last_layer_gives():
    found = study(maps=7)
    model = found.models[found.default[0]]
    assert (model.layers, model.codes, model.features_of(1)) == ([7], [7 * 16 * 16], 7 * 16 * 16)
    assert model.arguments["network"] == DEFAULT["networks"]["one_block"]
    assert model.settings["network"] == "one_block", "tables and names have the name"


WHOLE = {
    "dense": {"encoder": ["flatten", {"dense": "maps"}, "relu", {"dense": 5}], "decoder": DECODER},
    "convolution": {"encoder": [{"convolution": "maps", "kernel": 6}, "relu", "flatten"], "decoder": DECODER},
}


@pytest.mark.parametrize("network", WHOLE)
def test_filters_that_cover_a_patch_can_be_encoded(network):
    settings = {"network": network, "maps": 7, "patch_size": 6, "scaling": "deviation", "encoding": "sign_split"}
    found = study(networks=WHOLE, pooling=2, **settings)
    model_name, view_name = found.default
    model, view = found.models[model_name], found.views[view_name]
    assert (model.features_of(1, "sign_split"), model.features_of(1)) == (7, 5 if network == "dense" else 7)
    assert grid_of(model, view, channels=3).units == 14, "a filter has two activations"


@pytest.mark.parametrize(
    ("first", "sentence"),
    [
        ([{"max_pooling": 2}, "flatten", {"dense": 7}], r"\(dense\) sees 27 values, expected the 108 of an image"),
        ([{"convolution": 7, "kernel": [3, 5]}, "flatten"], "has filters of 3×5 pixels, expected square ones"),
        (
            ["flatten", {"reshape": [12, 3, 3]}, {"convolution": 7, "kernel": 3}, "flatten"],
            "sees 12 channels, expected 3",
        ),
    ],
    ids=str,
)
def test_the_first_layer_has_filters_of_images(first, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(networks={"small": {"encoder": first, "decoder": DECODER}}, network="small", patch_size=6)


@pytest.mark.parametrize(
    "first",
    [
        [{"convolution": 4, "kernel": 5}, "flatten", {"dense": 7}],
        [{"convolution": 7, "kernel": 3, "dilation": 2}, "flatten"],
    ],
    ids=str,
)
def test_filters_that_do_not_cover_a_patch_are_not_encoded(first):
    networks = {"small": {"encoder": first, "decoder": DECODER}}
    with pytest.raises(StudyError, match="natural: filters of small are smaller than patches"):
        study(networks=networks, network="small", patch_size=6, scaling="deviation", encoding="triangle")


def test_a_number_that_no_layer_names_changes_no_model():
    fixed = {"encoder": [{"convolution": 4, "kernel": 3}], "decoder": [{"transposed_convolution": 3, "kernel": 3}]}
    found = study({"a": {"vary": {"maps": [4, 8]}}}, networks={"fixed": fixed}, network="fixed")
    assert len(found.models) == 1
    assert numbers_of(DEFAULT["networks"]["one_block"]) == {"maps", "kernel"}


def test_momentum_is_a_setting_of_optimisers_that_have_it():
    found = study({"a": {"vary": {"optimiser": ["sgd", "adam"], "momentum": [0.5, 0.9]}}})
    assert [(model.settings["optimiser"], model.settings["momentum"]) for model in found.models.values()] == [
        *(("adam", 0.0), ("sgd", 0.5), ("sgd", 0.9))
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"network": "two"}, "experiment default: network is two, expected a key of networks: one_block, head"),
        ({"network": "head"}, "network is head, expected one with encoder and decoder: it has no encoder"),
        (
            {"kernel": 40},
            r"default: networks.one_block.encoder, step 1 .convolution.: the input has the shape",
        ),
        ({"layer": 2}, "layer is 2, expected 1: convolutional gives the code alone"),
        ({"encoding": "triangle"}, "encoding is triangle, expected natural: filters of one_block are smaller than"),
    ],
)
def test_settings_that_do_not_fit_a_network_are_refused(changes, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(**changes)


def test_pixels_as_they_are_have_no_centring_and_leave_the_range_of_a_sigmoid():
    found = study(centre="patch", whiten=True)
    assert {model.settings["centre"] for model in found.models.values()} == {"none"}
    assert not any(model.settings["whiten"] for model in found.models.values())
    (normaliser,) = found.normalisers.values()
    assert (normaliser["scaling"], normaliser["range"]) == ("range", [-1.0, 1.0])
    with pytest.raises(StudyError, match="decoder is sigmoid, expected linear: scaling is range"):
        study(learner="autoencoder", patch_size=8)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"mirror": True}, "tuned is fine_tuned, but mirror is true, expected false"),
        ({"scaling": "deviation", "centre": "patch"}, "patches are centred or whitened, expected scaling range"),
        ({"patch_size": 16}, "patch_size is 16, expected 32, the image_size"),
        ({"learner": "pca"}, "learner is pca, expected one of autoencoder, untrained, convolutional, "),
    ],
)
def test_features_that_a_network_cannot_start_from_are_refused(changes, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(classifiers={"tuned": NETWORK | {"fine_tuned": True}}, **changes)
    study(classifiers={"frozen": NETWORK}, **changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"class": "sklearn.svm.SVC", "parameters": {}}, "sklearn.svm.SVC takes no images"),
        ({"standardise": True}, "standardise prepares features, but it sees images"),
    ],
)
def test_only_networks_without_preparation_are_fine_tuned(changes, sentence):
    entry = NETWORK | {"fine_tuned": True} | changes
    with pytest.raises(StudyError, match=rf"classifiers.tuned.fine_tuned is true, expected false: {sentence}"):
        study(classifiers={"tuned": entry})


def test_features_that_are_trained_with_the_classifier_are_not_extracted():
    experiments = {"a": {"vary": {"learner": ["convolutional", "untrained_convolutional"]}, "classifiers": ["tuned"]}}
    known = dict.fromkeys(DEFAULT["classifiers"], False)
    found = study(experiments, known | {"tuned": NETWORK | {"fine_tuned": True}})
    assert found.extracted == []
    assert found.untrained_twin("a", 0) == 1
    assert LEARNERS["convolutional"].twin == "untrained_convolutional"


def test_fewer_labels_use_the_same_features_and_their_own_pixels():
    found = study(
        {"a": {"vary": {"labels": [0, 10]}, "seeds": 2}, "b": {"set": {"labels": 10}, "vary": {"maps": [16]}}}
    )
    assert {view for _, view in found.extracted} == {"layer1_stride8"}
    assert {found.labels[features] for features in found.features} == {0, 10}
    assert found.experiments["a"].pixels == [("pixels", "seed0"), ("pixels", "seed1")]
    assert found.experiments["b"].pixels == [("pixels", "seed0_labels10")]


def test_a_classifier_has_the_layers_of_the_network_that_it_names():
    assert with_description(NETWORK, HEAD)["parameters"] == {"network": ["flatten", {"dense": "classes"}]}
    forest = DEFAULT["classifiers"]["random_forest"]
    assert with_description(forest, HEAD) == forest
    with pytest.raises(StudyError, match=r"network is haed .did you mean head.., expected a key of networks: head"):
        described("haed", HEAD, ("layers",))


@pytest.mark.parametrize(
    ("network", "parameters", "multiply_adds"),
    [("lecture", 1_199_882, 11_992_448), ("inception", 1_199_882 + 256 * 64 + 139_648, 34_405_760)],
)
def test_the_networks_of_the_lecture_have_its_numbers_of_parameters(network, parameters, multiply_adds):
    networks = yaml.safe_load((Path(__file__).parents[3] / "config" / "networks.yaml").read_text())["networks"]
    layers = [*networks[network]["encoder"], *networks["dense_head"]["layers"]]
    found = read_classifier(layers, (1, 28, 28), 10)
    assert (found.parameters, found.multiply_adds) == (parameters, multiply_adds)


def code(*steps):
    return {"sparse": {"encoder": ["flatten", {"dense": 5}, *steps], "decoder": DECODER}}


@pytest.mark.parametrize(
    ("steps", "batch_size", "sentence"),
    [
        (["relu", {"kl_sparsity": 0.1}], 500, r"step 4 \(kl_sparsity\) follows no sigmoid or softmax, expected activ"),
        ([{"kl_sparsity": 0.1}], 500, "follows no sigmoid"),
        (
            ["sigmoid", {"kl_sparsity": 0.1}],
            499,
            "batch_size is 499, expected at least 500 for networks.sparse.encoder",
        ),
        (["sigmoid", {"kl_sparsity": 0.1, "beta": 0}], 500, "beta is 0, expected a number above 0"),
    ],
)
def test_a_penalty_of_mean_activations_needs_probabilities_and_large_batches(steps, batch_size, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(networks=code(*steps), network="sparse", batch_size=batch_size)
    study(networks=code("sigmoid", {"kl_sparsity": 0.1}), network="sparse", batch_size=500)
    study(networks=code("sigmoid"), network="sparse", batch_size=1)


BRANCHES = [["sigmoid"], [{"kl_sparsity": 0.1}]]


@pytest.mark.parametrize(("before", "right"), [("sigmoid", True), ("relu", False)])
def test_a_penalty_at_the_begin_of_a_branch_sees_what_the_branches_take(before, right):
    networks = code(before, {"branches": BRANCHES, "join": "concatenate"})
    if right:
        study(networks=networks, network="sparse", batch_size=500)
    else:
        with pytest.raises(StudyError, match=r"branch 2.* follows no sigmoid"):
            study(networks=networks, network="sparse", batch_size=500)


def test_one_object_is_no_batch_to_normalise_features_with():
    head = {"layers": ["flatten", {"dense": 8}, "batch_normalisation", {"dense": "classes"}]}
    of_images = {"layers": [{"convolution": 4, "kernel": 3}, "batch_normalisation", "flatten", {"dense": "classes"}]}
    shape = (3, 32, 32)
    NetworkClassifier(of_images["layers"], batch_size=1).check(shape, 10)
    with pytest.raises(StudyError, match=r"batch_size is 1, expected at least 2 for .*batch_normalisation"):
        NetworkClassifier(head["layers"], batch_size=1).check(shape, 10)
    encoder = ["flatten", {"dense": 8}, "batch_normalisation"]
    networks = {"mine": {"encoder": encoder, "decoder": [*DECODER, "tanh"]}}
    study(networks=networks, network="mine", batch_size=2)
    with pytest.raises(StudyError, match=r"networks\.mine: batch_size is 1, expected at least 2"):
        study(networks=networks, network="mine", batch_size=1)


def test_a_variational_autoencoder_has_no_penalty_of_mean_activations():
    networks = {
        "sampled": {
            "encoder": ["flatten", {"dense": 5}, "sigmoid", {"kl_sparsity": 0.1}, {"sampling": 2}],
            "decoder": [*DECODER, "sigmoid"],
        }
    }
    with pytest.raises(StudyError, match="expected no kl_sparsity"):
        study(networks=networks, network="sampled", learner="variational", scaling="unit", batch_size=500)
