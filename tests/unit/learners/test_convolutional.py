"""Convolutional autoencoders as learners: filters, codes and reconstructions are those of their networks."""

import numpy as np
import pytest

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.features.encodings import encoder_for, responses_for
from lib.learners.registry import load
from lib.patches.normalisation import normalise, range_normaliser
from lib.study.learners import model_of
from lib.study.networks import autoencoder_of, stages_of
from lib.study.settings import View
from lib.training.result import Recorder, Unfinished
from tests.unit.study.test_validation import DEFAULT

torch = pytest.importorskip("torch")

from lib.learners.convolutional import of_codes  # noqa: E402
from lib.training.examples import Examples  # noqa: E402
from lib.training.objectives import Corruption, Reconstruction  # noqa: E402

SIDE, MAPS, KERNEL = 8, 3, 3
DENSE = {
    "encoder": ["flatten", {"dense": 5}, "tanh"],
    "decoder": [{"dense": SIDE * SIDE * 3}, {"reshape": [3, SIDE, SIDE]}, "tanh"],
}
BLOCK = {
    "encoder": [{"convolution": "maps", "kernel": "kernel"}, "relu", {"max_pooling": 2}],
    "decoder": ["unpooling", {"transposed_convolution": "channels", "kernel": "kernel"}, "tanh"],
}
SETTINGS = DEFAULT["defaults"] | {
    **{"network": "block", "maps": MAPS, "kernel": KERNEL, "patch_size": SIDE, "seed": 0},
    **{"epochs": 3, "batch_size": 16, "learning_rate": 0.01, "lambda": 0.0, "momentum": 0.0},
}
STATISTICS = range_normaliser(3, (-1.0, 1.0))


@pytest.fixture
def patches(rng):
    smooth = rng.integers(40, 216, size=(60, 1, 1, 3)) + rng.integers(-40, 40, size=(60, SIDE, SIDE, 3))
    return normalise(smooth.reshape(60, -1).astype(np.uint8), STATISTICS, "float32")


def fitted(patches, learner="convolutional", recorder=None, **settings):
    model = model_of(learner, SETTINGS | settings, {"block": BLOCK, "dense": DENSE})
    return model, load(learner).fit(patches, model.arguments, np.random.default_rng(1), Compute(), recorder)


def test_a_training_lowers_the_error_and_gives_the_same_bits_again(patches):
    _, first = fitted(patches)
    assert first.theta.tobytes() == fitted(patches)[1].theta.tobytes()
    assert [row.iteration for row in first.history] == [0, 1, 2, 3]
    assert [row.evaluations for row in first.history] == [0, 4, 8, 12], "updates, of 60 patches in batches of 16"
    assert first.history[-1].reconstruction < first.history[0].reconstruction
    assert (first.iterations, first.message) == (3, "ran all 3 epochs")
    _, untrained = fitted(patches, "untrained_convolutional")
    assert untrained.theta.shape == first.theta.shape
    assert (untrained.theta != first.theta).any()


def test_the_history_begins_with_the_error_of_the_untrained_twin(patches):
    model, training = fitted(patches)
    _, untrained = fitted(patches, "untrained_convolutional")
    reconstructed = load("convolutional").reconstruction(untrained.theta, model.arguments, STATISTICS, "cpu")(patches)
    assert training.history[0].loss == pytest.approx(np.mean((patches - reconstructed) ** 2), rel=1e-5)


def test_filters_codes_and_responses_follow_from_the_weights(patches):
    model, training = fitted(patches)
    filters = load("convolutional").filters(training.theta, model.arguments, 3 * SIDE**2)
    assert filters.shape == (MAPS, KERNEL * KERNEL * 3)
    bias = training.theta[filters.size : filters.size + MAPS]  # of the first layer, behind its weights
    images = patches.reshape(60, SIDE, SIDE, 3).astype(np.float64)
    line = SIDE - KERNEL + 1
    windows = [images[:, i : i + KERNEL, j : j + KERNEL].reshape(60, -1) for i in range(line) for j in range(line)]
    maps = np.maximum(np.stack(windows) @ filters.T + bias, 0).reshape(line, line, 60, MAPS)
    pooled = maps.reshape(line // 2, 2, line // 2, 2, 60, MAPS).max(axis=(1, 3))
    code = encoder_for(training.theta, model, STATISTICS, View(1, SIDE), "cpu")(patches)
    assert code.shape == (60, model.features_of(1)) == (60, MAPS * 9)
    np.testing.assert_allclose(code, pooled.transpose(2, 3, 0, 1).reshape(60, -1), atol=1e-5)
    responses = responses_for(training.theta, model, STATISTICS, 1)(patches)
    np.testing.assert_allclose(responses, maps.max(axis=(0, 1)), atol=1e-5)


def test_filters_of_a_dense_layer_are_images(patches):
    model, training = fitted(patches, network="dense")
    assert (model.layers, model.codes) == ([5], [5])
    filters = load("convolutional").filters(training.theta, model.arguments, 3 * SIDE**2)
    bias = training.theta[filters.size : filters.size + 5]
    code = encoder_for(training.theta, model, STATISTICS, View(1, SIDE), "cpu")(patches)
    np.testing.assert_allclose(code, np.tanh(patches @ filters.T + bias), atol=1e-5)


def test_filters_of_a_dense_layer_can_be_encoded(patches):
    model, training = fitted(patches, network="dense")
    filters = load("convolutional").filters(training.theta, model.arguments, 3 * SIDE**2)
    view = View(1, SIDE, "soft_threshold", 0.1)
    found = encoder_for(training.theta, model, STATISTICS, view, "cpu")(patches)
    projections = patches @ (filters / np.linalg.norm(filters, axis=1, keepdims=True)).T
    np.testing.assert_allclose(found, np.maximum(projections - 0.1, 0), atol=1e-5)


def test_a_winner_take_all_autoencoder_trains_on_winners_and_encodes_without_competition(patches):
    layers = {
        "encoder": [
            *({"convolution": 4, "kernel": 3}, "relu", "spatial_sparsity", {"lifetime_sparsity": 0.1}),
            {"max_pooling": 2},
        ],
        "decoder": ["unpooling", {"transposed_convolution": "channels", "kernel": 3}],
    }
    settings = SETTINGS | {"network": "winners", "epochs": 10}
    model = model_of("convolutional", settings, {"winners": layers})
    training = load("convolutional").fit(patches, model.arguments, np.random.default_rng(1), Compute())
    assert training.history[-1].reconstruction < training.history[1].reconstruction
    plain = {**layers, "encoder": [layers["encoder"][0], "relu", {"max_pooling": 2}]}
    view = View(1, SIDE)
    found, without = (
        encoder_for(training.theta, model_of("convolutional", settings, {"winners": one}), STATISTICS, view, "cpu")
        for one in (layers, plain)
    )
    np.testing.assert_array_equal(found(patches), without(patches))
    assert (found(patches) > 0).mean() > 0.1, "more than the winners"


def test_a_greedy_start_trains_one_layer_after_the_other(patches):
    layers = {
        "encoder": [
            {"convolution": 4, "kernel": 3},
            "relu",
            {"max_pooling": 2},
            {"convolution": 2, "kernel": 2},
            "relu",
        ],
        "decoder": [
            *({"transposed_convolution": 4, "kernel": 2}, "relu", "unpooling"),
            *({"transposed_convolution": "channels", "kernel": 3}, "tanh"),
        ],
    }
    model = model_of("convolutional", SETTINGS | {"network": "deep", "start": "greedy", "epochs": 8}, {"deep": layers})
    stages = stages_of(autoencoder_of(model.arguments, 3))
    assert [len(encoder) for encoder, _decoder in stages] == [3, 2]
    assert stages[0][1] == ["unpooling", {"transposed_convolution": 3, "kernel": 3}, "tanh"]
    assert stages[1][1] == [{"transposed_convolution": 4, "kernel": 2}, "relu"]
    fit = load("convolutional").fit
    first, second = (fit(patches, model.arguments, np.random.default_rng(1), Compute()) for _ in range(2))
    assert first.theta.tobytes() == second.theta.tobytes()
    assert first.iterations == 4, "half of the epochs are for the whole network"
    at_once = model_of("convolutional", SETTINGS | {"network": "deep", "epochs": 8}, {"deep": layers})
    plain = fit(patches, at_once.arguments, np.random.default_rng(1), Compute())
    assert first.history[0].loss < plain.history[0].loss, "the stages have learnt something"
    assert first.evaluations == plain.evaluations, "the updates of the stages count"
    assert 0 < first.history[0].seconds < first.history[1].seconds, "and so does their time"
    assert 0 < first.history[0].evaluations < first.history[1].evaluations
    uneven = {
        "encoder": [{"convolution": 4, "kernel": 3}, "relu", {"convolution": 2, "kernel": 1}],
        "decoder": [{"transposed_convolution": "channels", "kernel": 3}],
    }
    with pytest.raises(StudyError, match=r"networks.uneven: start is greedy with 2 layers in the encoder and 1"):
        model_of("convolutional", SETTINGS | {"network": "uneven", "start": "greedy"}, {"uneven": uneven})


def test_a_killed_training_continues_with_the_same_bits(patches, tmp_path, monkeypatch):
    from lib.training import checkpoints
    from lib.training.examples import Examples

    folder = tmp_path / "models" / "one"
    monkeypatch.setattr(checkpoints.Checkpoint, "due", lambda self: True)
    model = model_of("convolutional", SETTINGS, {"block": BLOCK})
    objective, calls = Examples.batch, []

    def killed(self, rows, device):
        calls.append(rows)
        if len(calls) == 9:
            raise KeyboardInterrupt
        return objective(self, rows, device)

    recorder = Recorder(unfinished=Unfinished(folder, ["facts"]))
    monkeypatch.setattr(Examples, "batch", killed)
    with pytest.raises(KeyboardInterrupt):
        load("convolutional").fit(patches, model.arguments, np.random.default_rng(1), Compute(), recorder)
    assert (tmp_path / "unfinished" / "one.checkpoint").is_file()
    again = Recorder(unfinished=Unfinished(folder, ["facts"]))
    _, continued = fitted(patches, recorder=again)
    assert len(calls) < 9 + 13, "it does not begin again"
    assert continued.theta.tobytes() == fitted(patches)[1].theta.tobytes()
    (kept,) = again.kept
    kept.remove()
    assert not (tmp_path / "unfinished").exists()


def test_noise_in_inner_codes_has_the_range_of_the_codes():
    """Codes of a sigmoid are never -1, the black of pixels that are scaled to [-1, 1]."""
    codes = Examples(np.array([[0.2, 0.75], [0.5, 0.4]], np.float32))
    noisy = of_codes(Reconstruction("mse", Corruption("zeros", 0.5, -1.0, 1.0)), codes)
    assert noisy.corruption == Corruption("zeros", 0.5, 0.0, 0.75)
    assert of_codes(Reconstruction("mse"), codes) == Reconstruction("mse")
