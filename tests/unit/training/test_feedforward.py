"""Back-propagation, slopes, vanishing gradients, local gains and stop rules."""

import numpy as np
import pytest

from lib.gradient import compute_gradient
from lib.training.descent import Adam, Gains, Momentum, StopRule
from lib.training.feedforward import (
    ACTIVATIONS,
    FullBatch,
    Labelled,
    Network,
    accuracy,
    chain_gradient,
    cross_entropy,
    gradient_norms,
    initial,
    sigmoid,
    softmax_gradient,
    train,
)

# of the lecture, chapter 19.3: y_1 ... y_5 and dE/dw_5 ... dE/dw_1
ACTIVATIONS_OF_CHAIN = [0.731058578630005, 0.188143725087062, 0.407022630083087, 0.307029145835665, 0.576159944190332]
GRADIENTS_OF_CHAIN = [
    *(0.00571019949926838, 0.0016105892898339, -0.00035937069569135),
    *(0.000426583433503455, -0.000229451909878624),
]


def test_the_chain_of_five_neurons_has_the_printed_numbers():
    y, gradient = chain_gradient((1, -2, -2, -2, 1), x=1, target=0.5)
    np.testing.assert_allclose(y, ACTIVATIONS_OF_CHAIN, rtol=1e-13)
    np.testing.assert_allclose(gradient[::-1], GRADIENTS_OF_CHAIN, rtol=1e-13)


@pytest.mark.parametrize("steepness", [0.5, 1.0, 3.0])
def test_the_slope_of_the_sigmoid_is_at_most_a_quarter_of_its_steepness(steepness):
    z = np.linspace(-20, 20, 4001)
    function, slope = sigmoid(steepness)
    assert slope(z).max() == slope(np.zeros(1))[0] == pytest.approx(steepness / 4)
    assert function(np.zeros(1))[0] == 0.5
    assert slope(z)[[0, -1]].max() < 1e-4


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_slopes_are_derivatives(name):
    z = np.array([-2.0, -0.3, 0.4, 1.7])
    function, slope = ACTIVATIONS[name]
    np.testing.assert_allclose(slope(z), (function(z + 1e-6) - function(z - 1e-6)) / 2e-6, rtol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_back_propagation_gives_the_gradient(rng, activation):
    network = initial([5, 4, 3, 3], rng, activation)
    for b in network.biases:
        b += rng.normal(size=b.shape)  # no sum is at a kink
    x, labels = rng.normal(size=(9, 5)), rng.integers(0, 3, 9)
    shapes = [array.shape for array in network.arrays]

    def at(theta):
        parts = np.split(theta, np.cumsum([np.prod(shape) for shape in shapes])[:-1])
        arrays = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
        return cross_entropy(Network(arrays[:3], arrays[3:], activation), x, labels)

    numeric = compute_gradient(at, np.concatenate([array.ravel() for array in network.arrays]))
    found = np.concatenate([gradient.ravel() for gradient in softmax_gradient(network, x, labels)])
    np.testing.assert_allclose(found, numeric, rtol=1e-5, atol=1e-9)


def test_gradients_vanish_with_depth_for_the_sigmoid_most(rng):
    x, labels = rng.normal(size=(50, 30)), rng.integers(0, 5, 50)
    shares = {}
    for activation in ACTIVATIONS:
        norms = gradient_norms(initial([30] * 9 + [5], np.random.default_rng(0), activation), x, labels)
        assert norms.shape == (9,)
        shares[activation] = norms[0] / norms[-1]
    assert shares["sigmoid"] < 1e-4
    assert shares["sigmoid"] < shares["relu"] / 100
    assert shares["sigmoid"] < shares["tanh"] / 100


def test_adam_makes_the_steps_of_its_authors():
    p, gradients = np.array([1.0, -2.0]), [np.array([0.5, -1.0]), np.array([0.1, 3.0])]
    expected, m, v = p.copy(), np.zeros(2), np.zeros(2)
    adam = Adam(0.1)
    for t, g in enumerate(gradients, 1):
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        expected -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        adam.update([p], [g])
    np.testing.assert_allclose(p, expected, rtol=1e-5)


def test_gains_grow_while_a_gradient_keeps_its_sign():
    gains = Gains(0.5, 1.2, 0.05, 0.9)
    gain, g = np.ones(4), np.array([1.0, 1.0, -1.0, 0.0])
    previous = np.array([2.0, -2.0, -3.0, 1.0])
    np.testing.assert_allclose(gains.updated(gain, g, previous), [1.05, 0.9, 1.05, 1.0])
    for _ in range(10):
        gain = gains.updated(gain, g, previous)
    np.testing.assert_allclose(gain, [1.2, 0.5, 1.2, 1.0])


def test_momentum_and_gains_change_the_steps():
    p = np.zeros(1)
    descent = Momentum(0.1, 0.5, Gains(0.1, 10, 1.0, 0.5))
    for g, expected in ((1.0, -0.1), (1.0, -0.35), (-1.0, -0.375)):
        # steps: -0.1; -0.05 - 0.2 with a gain of 2; -0.125 + 0.1 with a gain of 1
        descent.update([p], [np.array([g])])
        assert p[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("training", "validation", "reason"),
    [
        ([3.0, 2.0], [3.0, 2.5], None),
        ([3.0, 2.0], [2.0, 2.05], None),
        ([3.0, 2.0], [2.0, 2.11], "the validation error grew"),
        ([3.0, 0.1], [3.0, 2.5], "the error is small enough"),
        ([2.0, 2.0 + 1e-8], [3.0, 2.5], "the error hardly changed"),
        ([3.0, 2.0, 1.0, 0.9], [4.0, 3.0, 2.0, 1.0], "stopped by its limit"),
    ],
)
def test_stop_rules(training, validation, reason):
    assert StopRule(4, factor=0.05, error=0.1, change=1e-7).reason(training, validation) == reason


def test_a_network_learns_until_a_rule_ends_it(rng):
    centres = rng.normal(size=(3, 6)) * 3
    labels = np.arange(90) % 3
    parts = [Labelled(centres[labels] + rng.normal(size=(90, 6)), labels) for _ in range(2)]
    network = initial([6, 5, 3], rng)
    descent = Momentum(0.001, 0.9, Gains(0.1, 10, 0.05, 0.95))
    history, reason = train(network, *parts, FullBatch(descent, StopRule(500, error=0.2)))
    assert reason == "the error is small enough"
    assert history[-1].training <= 0.2 < history[-2].training
    assert history[-1].training == pytest.approx(cross_entropy(network, parts[0].x, labels))
    assert accuracy(network, parts[1].x, labels) > 0.9
    sizes = []
    for decay in (0.0, 1.0):
        decayed = initial([6, 5, 3], np.random.default_rng(0))
        train(decayed, *parts, FullBatch(Momentum(0.01), StopRule(100), decay, summed=False))
        sizes.append(np.linalg.norm(decayed.weights[0]))
    assert sizes[1] < 0.5 * sizes[0], "weight decay pulls weights to 0"
