"""Restricted Boltzmann machines agree with exact enumeration, and learn a known distribution."""

import numpy as np
import pytest

from lib.gradient import compute_gradient
from lib.training.boltzmann import (
    Machine,
    Schedule,
    contrastive_divergence,
    energy,
    fantasies,
    free_energy,
    gibbs_chain,
    hamming_distance,
    hidden_probabilities,
    initial,
    reconstruct,
    sample,
    train,
    unflatten,
    visible_probabilities,
)
from lib.training.descent import Gains
from lib.training.enumeration import (
    all_states,
    expected_contrastive_divergence,
    likelihood_gradient,
    log_likelihood,
    log_partition,
    state_probabilities,
    transitions,
)


@pytest.fixture
def machine(rng):
    return Machine(rng.normal(size=(3, 4)), rng.normal(size=4), rng.normal(size=3))


@pytest.fixture
def x(rng):
    return rng.integers(0, 2, size=(6, 4)).astype(float)


def joint(machine):
    """Return visible states, hidden states and P(x, y) of all pairs, by the energy alone."""
    visible, hidden = all_states(4), all_states(3)
    E = np.array([energy(machine, np.repeat(v[None], 8, axis=0), hidden) for v in visible])
    return visible, hidden, np.exp(-E) / np.exp(-E).sum()


def test_the_energy_is_the_formula(machine, x):
    y = np.array([1.0, 0.0, 1.0])
    expected = -sum(x[0, i] * machine.visible[i] for i in range(4)) - sum(y[j] * machine.hidden[j] for j in range(3))
    expected -= sum(x[0, i] * machine.W[j, i] * y[j] for i in range(4) for j in range(3))
    assert energy(machine, x[:1], y[None]) == pytest.approx(expected)


def test_conditionals_and_free_energy_follow_from_the_joint_distribution(machine):
    visible, hidden, P = joint(machine)
    given_x = (P / P.sum(axis=1, keepdims=True)) @ hidden
    np.testing.assert_allclose(hidden_probabilities(machine, visible), given_x)
    given_y = (P / P.sum(axis=0)).T @ visible
    np.testing.assert_allclose(visible_probabilities(machine, hidden), given_y)
    np.testing.assert_allclose(np.exp(-free_energy(machine, visible) - log_partition(machine)), P.sum(axis=1))
    np.testing.assert_allclose(state_probabilities(machine), P.sum(axis=1))
    tall = Machine(machine.W.T, machine.hidden, machine.visible)
    assert log_partition(tall) == pytest.approx(log_partition(machine)), "either side can be enumerated"


def test_the_gradient_of_the_likelihood(machine, x):
    numeric = compute_gradient(lambda theta: log_likelihood(unflatten(theta, 4, 3), x), machine.flat)
    np.testing.assert_allclose(likelihood_gradient(machine, x).flat, numeric, rtol=1e-6, atol=1e-8)


def test_gibbs_sampling_keeps_the_distribution_of_the_model(machine):
    P = state_probabilities(machine)
    np.testing.assert_allclose(P @ transitions(machine), P)
    np.testing.assert_allclose(transitions(machine).sum(axis=1), 1)


@pytest.mark.parametrize("sampled", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 15])
def test_contrastive_divergence_has_its_exact_mean(machine, x, rng, steps, sampled):
    many = np.repeat(x, 20_000, axis=0)
    found = contrastive_divergence(machine, many, steps, rng, sampled).flat
    np.testing.assert_allclose(found, expected_contrastive_divergence(machine, x, steps).flat, atol=0.01)


def test_longer_chains_approach_the_gradient_of_the_likelihood(machine, x):
    exact = likelihood_gradient(machine, x).flat
    distance = [
        np.abs(expected_contrastive_divergence(machine, x, steps).flat - exact).max() for steps in (1, 2, 15, 200)
    ]
    assert distance == sorted(distance, reverse=True)
    assert distance[0] > 0.01
    assert distance[-1] < 1e-12


def test_a_chain_goes_on_from_its_last_state(rng):
    # A weak machine forgets its start: after many steps the states follow the model.
    weak = Machine(np.array([[0.5, -0.3]]), np.array([0.2, -0.1]), np.array([0.1]))
    x, _ = gibbs_chain(weak, np.ones((40_000, 1)), 20, rng)
    np.testing.assert_allclose(x.mean(axis=0), state_probabilities(weak) @ all_states(2), atol=0.02)


def test_the_batch_rule_is_the_mean_of_the_online_rules(machine, x):
    # Large weights make all samples certain, so that the random numbers do not matter.
    certain = Machine(100 * machine.W, 100 * machine.visible, 100 * machine.hidden)
    rng = np.random.default_rng(0)
    online = [contrastive_divergence(certain, row[None], 2, rng).flat for row in x]
    np.testing.assert_allclose(contrastive_divergence(certain, x, 2, rng).flat, np.mean(online, axis=0), atol=1e-9)


def test_samples_have_their_probabilities(rng):
    p = np.broadcast_to(np.array([0.0, 0.2, 1.0], np.float32), (50_000, 3))
    found = sample(p, rng)
    assert found.dtype == np.float32
    assert set(np.unique(found)) == {0, 1}
    np.testing.assert_allclose(found.mean(axis=0), [0, 0.2, 1], atol=0.01)


BARS = np.array([[1, 1, 0, 0], [0, 0, 1, 1]], dtype=float)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(0.1, 0.0, 10, 150),
        Schedule(0.02, 0.0, 1, 60, sampled=True),
        Schedule(0.1, 0.5, 10, 100, steps=2),
        Schedule(0.005, 0.5, 10, 100, gains=Gains(0.1, 10, 0.05, 0.95), summed=True),
    ],
    ids=["batch", "online", "momentum", "gains"],
)
def test_training_raises_the_likelihood(schedule):
    rng = np.random.default_rng(0)
    data = np.repeat(BARS, 50, axis=0)
    start = initial(4, 3, rng)
    trained = train(start, data, schedule, rng)
    assert np.abs(start.W).max() < 0.1, "the start is not changed"
    assert log_likelihood(start, data) == pytest.approx(-4 * np.log(2), abs=0.1)
    assert log_likelihood(trained, data) > -1.2  # the best is -log 2
    assert hamming_distance(trained, data) == 0
    drawn = fantasies(trained, data, 5, rng)
    assert drawn.shape == data.shape
    assert np.mean(np.abs(drawn[:, None] - BARS).max(axis=2).min(axis=1) < 0.5) > 0.8, "the chain draws bars"


def test_the_hamming_distance_counts_pixels():
    dark = Machine(np.zeros((2, 4)), np.full(4, -9.0), np.zeros(2))
    assert hamming_distance(dark, BARS) == 2
    assert reconstruct(dark, BARS).max() < 1e-3


def test_the_start_has_the_requested_moments():
    rng = np.random.default_rng(0)
    usual, printed = initial(100, 100, rng), initial(100, 100, rng, mean=0.01, deviation=1.0)
    assert usual.W.std() == pytest.approx(0.01, rel=0.05)
    assert printed.W.std() == pytest.approx(1, rel=0.05)
    assert not usual.visible.any()
    assert not usual.hidden.any()


def test_a_report_can_end_the_training():
    seen = []

    def report(machine, epoch):
        seen.append(epoch)
        return epoch == 3

    train(initial(4, 2, np.random.default_rng(0)), BARS, Schedule(epochs=9), np.random.default_rng(0), report)
    assert seen == [1, 2, 3]


def test_weights_that_overflow_are_a_fault():
    with (
        pytest.raises(ValueError, match="learning_rate is 1e\\+308, expected a smaller one"),
        np.errstate(all="ignore"),
    ):
        train(initial(4, 2, np.random.default_rng(0)), BARS, Schedule(1e308, 0.9, epochs=5), np.random.default_rng(0))


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match="21 units have 2\\*\\*21 states, expected at most 20 units"):
        all_states(21)
