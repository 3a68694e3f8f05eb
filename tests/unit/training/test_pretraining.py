"""The greedy start trains one layer after the other, puts them where they belong, and is counted honestly."""

from dataclasses import replace

import numpy as np
import pytest

from lib.autoencoder import autoencoder_transform, initialize, unpack
from lib.base.devices import Compute
from lib.learners.registry import load
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import Network, Penalties
from lib.training.pretraining import pretrain, shares
from lib.training.result import Recorder

NETWORK, PENALTIES, ITERATIONS = Network((8, 4, 8)), Penalties(lambda_=1e-4, rho=0.1, beta=0.1), 40
SETTINGS = {
    **{"hidden": [8, 4, 8], "activation": "sigmoid", "decoder": "sigmoid", "penalty": "kl", "sparsity": "all"},
    **{"start": "greedy", "iterations": ITERATIONS},
    **{"rho": PENALTIES.rho, "lambda": PENALTIES.lambda_, "beta": PENALTIES.beta},
}


@pytest.fixture
def data(rng):
    return rng.uniform(0.1, 0.9, size=(200, 12))


@pytest.mark.parametrize(
    ("hidden", "iterations", "expected"),
    [
        ([75], 400, [400]),
        ([75, 50, 75], 400, [100, 100, 200]),
        ([9, 7, 5, 7, 9], 400, [66, 66, 66, 202]),
        ([9, 9], 400, [200, 200]),
        ([9, 5, 9], 1, [1, 1, 1]),
    ],
)
def test_the_stages_share_half_of_the_iterations(hidden, iterations, expected):
    assert shares(hidden, iterations) == expected


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_each_stage_is_an_autoencoder_of_what_the_layer_before_says(data, activation):
    network = replace(NETWORK, activation=activation, decoder="sigmoid" if activation == "sigmoid" else "linear")
    start = initialize([8, 4, 8], 12, rng=0)
    before = start.copy()
    theta, trainings = pretrain(start, data, network, PENALTIES, ITERATIONS)
    np.testing.assert_array_equal(start, before)
    assert [training.iterations for training in trainings] == [10, 10]

    weights, biases = unpack(start, 12, [8, 4, 8])
    found_weights, found_biases = unpack(theta, 12, [8, 4, 8])
    for first, last, size in ((0, 3, 8), (1, 2, 4)):
        alone = np.concatenate([weights[first].ravel(), weights[last].ravel(), biases[first], biases[last]])
        expected = train(autoencoder_objective(data, replace(network, hidden=(size,)), PENALTIES), alone, 10).theta
        (encoder, decoder), (b_encoder, b_decoder) = unpack(expected, data.shape[1], [size])
        np.testing.assert_array_equal(found_weights[first], encoder)
        np.testing.assert_array_equal(found_weights[last], decoder)
        np.testing.assert_array_equal(found_biases[first], b_encoder)
        np.testing.assert_array_equal(found_biases[last], b_decoder)
        data = autoencoder_transform(expected, data.shape[1], [size], 1, data, activation=activation)


def test_a_linear_decoder_stays_outside(data):
    """The decoder of an inner stage is a hidden layer of the whole network: not a linear one."""
    network = replace(NETWORK, decoder="linear")
    theta, (_, inner) = pretrain(initialize([8, 4, 8], 12, rng=0), data, network, PENALTIES, ITERATIONS)
    first = autoencoder_transform(theta, 12, [8, 4, 8], 1, data, decoder="linear")
    sigmoid, linear = (
        autoencoder_objective(first, Network((4,), decoder=decoder), PENALTIES) for decoder in ("sigmoid", "linear")
    )
    assert inner.loss == sigmoid(inner.theta)[0] != linear(inner.theta)[0]


def test_only_the_narrowest_layer_is_sparse_if_asked(data):
    def means(sparsity):
        penalties = Penalties(lambda_=1e-4, rho=0.01, beta=3.0)
        start = initialize([8, 4, 8], 12, rng=0)
        theta, _ = pretrain(start, data, replace(NETWORK, sparsity=sparsity), penalties, ITERATIONS)
        return [autoencoder_transform(theta, 12, [8, 4, 8], layer, data).mean() for layer in (1, 2)]

    assert means("all") == pytest.approx([0.01, 0.01], abs=0.02)
    first, middle = means("narrowest")
    assert first > 0.2
    assert middle == pytest.approx(0.01, abs=0.02)


@pytest.mark.parametrize(("hidden", "kept"), [([8], range(2)), ([6, 6], [1])])
def test_layers_without_a_stage_keep_their_random_weights(data, hidden, kept):
    start = initialize(hidden, 12, rng=0)
    theta, trainings = pretrain(start, data, Network(tuple(hidden)), PENALTIES, ITERATIONS)
    assert len(trainings) == len(hidden) - 1
    same = [
        np.array_equal(a, b) for a, b in zip(unpack(theta, 12, hidden)[0], unpack(start, 12, hidden)[0], strict=True)
    ]
    assert [number for number, equal in enumerate(same) if equal] == list(kept)


def test_the_whole_training_counts_its_stages(data):
    reported = []
    fit = load("autoencoder").fit
    first = fit(data, SETTINGS, np.random.default_rng(3), Compute(), Recorder(lambda *row: reported.append(row)))
    second = fit(data, SETTINGS, np.random.default_rng(3), Compute())
    assert first.theta.tobytes() == second.theta.tobytes()

    theta, stages = pretrain(
        initialize([8, 4, 8], 12, rng=np.random.default_rng(3)), data, NETWORK, PENALTIES, ITERATIONS
    )
    assert [row[0] for row in reported] == list(range(1, 41))
    assert first.iterations == 20
    assert first.history[0].loss == autoencoder_objective(data, NETWORK, PENALTIES)(theta)[0], (
        "the history is the whole network's"
    )
    assert first.history[0].evaluations == stages[-1].evaluations + 1 > stages[0].evaluations > 10
    assert first.history[-1].evaluations == first.evaluations
    assert first.history[-1].seconds <= first.seconds
