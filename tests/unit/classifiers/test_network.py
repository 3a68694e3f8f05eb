"""Networks as classifiers: of features, of images, and of images through the first layers of a trained model."""

import json

import numpy as np
import pytest

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.classifiers.check import check_classifier
from lib.classifiers.classify import Task, classify
from lib.classifiers.images import Images
from lib.classifiers.network import NetworkClassifier
from lib.classifiers.parameters import on_device, seeing_images
from lib.classifiers.preparation import held_out_part
from lib.features.encodings import encoder_for
from lib.features.extraction import extract_features, grid_of
from lib.learners.registry import load
from lib.patches.normalisation import range_normaliser
from lib.study.learners import model_of
from lib.study.settings import Classifier, View, plain
from tests.unit.learners.test_convolutional import BLOCK, SETTINGS

torch = pytest.importorskip("torch")

SIDE = 8
HEAD = ["flatten", {"dense": "classes"}]
ENTRY = {
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": HEAD, "epochs": 30, "learning_rate": 0.02, "batch_size": 16},
    **{"grid": {}, "standardise": False, "rotate": False},
}
NETWORK = Classifier.of(ENTRY)


@pytest.fixture
def images(rng):
    """Bright and dark images in grey, and their classes."""
    labels = np.repeat([0, 1, 2], 20)
    pixels = rng.integers(0, 60, size=(60, SIDE**2)) + 90 * labels[:, None]
    return pixels.astype(np.uint8), labels


def test_it_learns_from_features_and_gives_probabilities(images):
    pixels, labels = images
    found = classify(Task(pixels / 255, labels, pixels / 255, 4), NETWORK, 0)
    assert np.mean(found.labels == labels) > 0.9
    assert found.probabilities.shape == (60, 4)
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1)
    assert (found.probabilities[:, 3] == 0).all(), "a class without training objects"
    again = classify(Task(pixels / 255, labels, pixels / 255, 4), NETWORK, 0)
    assert found.probabilities.tobytes() == again.probabilities.tobytes()
    assert (
        found.probabilities != classify(Task(pixels / 255, labels, pixels / 255, 4), NETWORK, 1).probabilities
    ).any()


def test_the_validation_part_separates_no_copies_and_no_groups(images, monkeypatch):
    """A network that is validated on mirror images of what it learns from stops too late and looks too good."""
    pixels, labels = images
    seen = []
    monkeypatch.setattr(
        "lib.classifiers.network.held_out_part",
        lambda numbers, share, seed, groups: seen.append(groups) or held_out_part(numbers, share, seed, groups),
    )
    entry = Classifier.of(ENTRY | {"parameters": ENTRY["parameters"] | {"validation": 0.1, "epochs": 1}})
    mirrored = np.concatenate([pixels, pixels[:, ::-1]]) / 255
    classify(Task(mirrored, labels, mirrored, 3, copies=2), entry, 0)
    classify(Task(pixels / 255, labels, pixels / 255, 3, groups=np.arange(60) // 2), entry, 0)
    assert [one.tolist() for one in seen] == [[*range(60)] * 2, [number // 2 for number in range(60)]]


def test_a_training_logs_its_progress_with_the_time_left(images, caplog):
    pixels, labels = images
    caplog.set_level("INFO")
    classify(Task(pixels / 255, labels, pixels / 255, 3), NETWORK, 0)
    lines = [message for message in caplog.messages if message.startswith("epoch")]
    assert lines[0].startswith("epoch 1 of at most 30, update ")
    assert lines[-1].startswith("epoch 30 of at most 30, update 120, loss ")
    assert all(line.endswith(" s left") for line in lines)


def test_it_sees_images_of_pixels(images):
    pixels, labels = images
    layers = [{"convolution": 4, "kernel": 3}, "relu", {"global_pooling": "average"}, {"dense": "classes"}]
    entry = ENTRY | {"parameters": ENTRY["parameters"] | {"network": layers}}
    seeing = seeing_images(Classifier.of(entry), 1, None, {"theta": [], "normaliser": []})
    assert np.mean(classify(Task(pixels, labels, pixels, 3), seeing, 0).labels == labels) > 0.9
    assert NETWORK.sees_images(pixels=True)
    assert not NETWORK.sees_images(pixels=False)
    assert Classifier.of(ENTRY | {"fine_tuned": True}).sees_images(pixels=False)
    assert not Classifier.of(ENTRY | {"standardise": True}).sees_images(pixels=True)


@pytest.mark.parametrize(
    ("learner", "settings", "view"),
    [
        ("convolutional", {"patch_size": SIDE}, View(1, SIDE)),
        ("autoencoder", {"patch_size": 4, "hidden": [5], "decoder": "linear", "iterations": 5}, View(1, 1)),
        ("untrained", {"patch_size": 2, "hidden": [5], "decoder": "linear"}, View(1, 2, pooling=2)),
    ],
)
def test_a_network_starts_with_the_features_of_a_model(images, tmp_path, learner, settings, view):
    pixels, labels = images
    statistics = range_normaliser(1, (-1.0, 1.0))
    changes = {"scaling": "range", "centre": "none", "whiten": False, "image_size": SIDE, **settings}
    model = model_of(learner, SETTINGS | changes, {"block": BLOCK})
    sample = (np.random.default_rng(0).random((200, settings["patch_size"] ** 2)) * 2 - 1).astype(np.float32)
    theta = load(learner).fit(sample, model.arguments, np.random.default_rng(0), Compute()).theta
    np.save(tmp_path / "theta.npy", theta)
    (tmp_path / "normaliser.json").write_text(json.dumps(statistics))
    files = {"theta": str(tmp_path / "theta.npy"), "normaliser": str(tmp_path / "normaliser.json")}
    start = {"model": plain(model), "view": plain(view)}
    network = {**ENTRY["parameters"], "epochs": 1, "learning_rate": 1e-12}
    classifier = seeing_images(Classifier.of(ENTRY | {"parameters": network, "fine_tuned": True}), 1, start, files)
    fitted = NetworkClassifier(**classifier.parameters, random_state=0).fit(pixels, labels)
    encode = encoder_for(theta, model, statistics, view, "cpu")
    features = np.concatenate(
        [rows for _, rows in extract_features(pixels, statistics, encode, grid_of(model, view, 1))]
    )
    first = len(Images.of(fitted.images).start(SIDE).steps)
    values = torch.from_numpy((pixels / 127.5 - 1).astype(np.float32).reshape(60, 1, SIDE, SIDE))
    for module in fitted.network_.layers.steps[:first]:
        values = module(values)
    order = features if learner == "convolutional" else np.sort(features, axis=1)
    found = values.detach().flatten(1).numpy()
    found = found if learner == "convolutional" else np.sort(found, axis=1)
    np.testing.assert_allclose(found, order, atol=1e-4)


def test_training_changes_the_first_layers_too(images, tmp_path):
    pixels, labels = images
    model = model_of("convolutional", SETTINGS | {"scaling": "range", "image_size": SIDE}, {"block": BLOCK})
    sample = (pixels / 127.5 - 1).astype(np.float32)
    theta = load("convolutional").fit(sample, model.arguments, np.random.default_rng(0), Compute()).theta
    np.save(tmp_path / "theta.npy", theta)
    (tmp_path / "normaliser.json").write_text(json.dumps(range_normaliser(1, (-1.0, 1.0))))
    files = {"theta": str(tmp_path / "theta.npy"), "normaliser": str(tmp_path / "normaliser.json")}
    start = {"model": plain(model), "view": plain(View(1, SIDE))}
    seeing = seeing_images(Classifier.of(ENTRY | {"fine_tuned": True}), 1, start, files)
    fitted = NetworkClassifier(**seeing.parameters, random_state=0).fit(pixels, labels)
    (weights, *_rest) = Images.of(seeing.parameters["images"]).start(SIDE).state
    assert np.abs(fitted.network_.state_dict()["layers.steps.0.weight"].numpy() - weights).max() > 1e-3
    assert np.mean(fitted.predict(pixels) == labels) > 0.9


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"optimiser": "adm"}, "parameters: optimiser is adm .did you mean adam.., expected one of sgd"),
        ({"network": [{"dense": 10}]}, r"parameters: layers, step 1 \(dense\): the input has the shape 3 × 96 × 96"),
        ({"network": ["flatten", {"dense": 3}]}, "parameters: layers: the output has the shape 3, expected 10"),
        ({"patience": 3}, "parameters: validation is 0.0, expected above 0 and below 1: patience needs it"),
        ({"epoch": 3}, "parameters has the unknown key epoch .did you mean epochs"),
    ],
)
def test_faults_of_a_network_are_sentences(parameters, sentence):
    entry = ENTRY | {"parameters": ENTRY["parameters"] | parameters}
    with pytest.raises(StudyError, match=rf"configuration: classifiers.net.{sentence}"):
        check_classifier("net", entry)
    check_classifier("net", ENTRY)


def test_the_record_has_the_size_of_the_network_and_its_training(images):
    pixels, labels = images
    entry = ENTRY | {"parameters": ENTRY["parameters"] | {"epochs": 3, "validation": 0.25}}
    found = classify(Task(pixels / 255, labels, pixels / 255, 3), Classifier.of(entry), 0).network
    assert (found.parameters, found.multiply_adds) == (SIDE**2 * 3 + 3, SIDE**2 * 3)
    assert [row.epoch for row in found.history] == [1, 2, 3]
    assert 0 <= found.history[-1].validation <= 1
    assert 0 <= found.training_accuracy <= 1
    json.dumps(found.plain(), allow_nan=False)


def test_distortions_change_the_training_and_not_the_predictions(images):
    pixels, labels = images
    given = {"theta": [], "normaliser": []}
    plain, distorted = (
        seeing_images(Classifier.of(ENTRY | {"parameters": ENTRY["parameters"] | more}), 1, None, given)
        for more in ({}, {"shift": 2, "mirror": True})
    )
    task = Task(pixels, labels, pixels, 3)
    first, second, again = (classify(task, one, 0).probabilities for one in (plain, distorted, distorted))
    assert (first != second).any()
    assert second.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("changes", "shape", "message"),
    [
        ({"shift": -1}, (1, 8, 8), "shift is -1, expected a whole number of pixels from 0 to 7"),
        ({"shift": 8}, (1, 8, 8), "shift is 8"),
        ({"mirror": True}, (64,), "rows of features, expected images"),
    ],
)
def test_distortions_without_a_meaning_are_refused(changes, shape, message):
    with pytest.raises(StudyError, match=message):
        NetworkClassifier(HEAD, **changes).check(shape, 3)


def test_only_networks_go_to_the_gpu():
    forest = Classifier.of(ENTRY | {"class": "sklearn.ensemble.RandomForestClassifier", "parameters": {}})
    assert on_device(NETWORK, "gpu").parameters == {**NETWORK.parameters, "device": "gpu"}
    assert on_device(NETWORK, "cpu") == NETWORK
    assert on_device(forest, "gpu") == forest


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU that PyTorch can use")
def test_a_gpu_that_is_not_there_is_named():
    with pytest.raises(StudyError, match="GPU"):
        NetworkClassifier(epochs=1, device="gpu").fit(np.zeros((4, 3), np.float32), np.array([0, 1, 0, 1]))
