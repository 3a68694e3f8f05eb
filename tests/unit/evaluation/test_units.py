"""Constant and dead units are counted, and a network that reconstructs the mean patch counts as collapsed."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from lib.autoencoder import autoencoder_transform, initialize, unpack
from lib.base.devices import Compute
from lib.datasets.photographs import make_splits
from lib.evaluation.thresholds import CONSTANT
from lib.evaluation.units import (
    HELD_OUT,
    effective_units,
    exciting_patches,
    held_out_bounds,
    held_out_error,
    held_out_patches,
    measure_layer,
    strongest_patches,
)
from lib.evaluation.variance import explained_variance
from lib.learners.registry import load
from lib.patches.normalisation import range_normaliser
from lib.sample_patches import sample_patches
from lib.tabulation.models import summary

DEEP = {
    **{"hidden": [25, 15, 25], "activation": "sigmoid", "decoder": "sigmoid", "start": "random", "iterations": 120},
    **{"rho": 0.01, "lambda": 1e-4, "beta": 3.0, "penalty": "kl", "sparsity": "narrowest"},
}


@pytest.fixture(scope="module")
def patches():
    images = make_splits({"train": 1, "test": 1, "unlabeled": 10}, np.random.default_rng(0))["unlabeled"]["X"]
    return sample_patches(images, 1000, 8, rng=1, centre="patch").astype(np.float32)


def measured(theta, settings, data):
    hidden, activation = settings["hidden"], settings["activation"]
    *layers, output = (
        autoencoder_transform(theta, data.shape[1], hidden, layer, data, activation=activation)
        for layer in range(1, len(hidden) + 2)
    )
    table = pd.DataFrame([measure_layer(layer, activation) for layer in layers])
    return table.assign(explained_variance=explained_variance(data, output), held_out_error=0.5)


def trained(data, **changes):
    settings = DEEP | changes
    training = load("autoencoder").fit(data, settings, np.random.default_rng(2), Compute())
    return training, measured(training.theta, settings, data)


def test_a_deep_network_collapses_from_random_weights_but_not_from_a_greedy_start(patches):
    """Both start from the same random weights and use the default penalties and as many iterations."""
    random, table = trained(patches)
    assert summary(table)["collapsed"]
    assert summary(table)["explained_variance"] == pytest.approx(0, abs=0.01)
    assert table["constant_units"].tolist()[1:] == [15, 25]

    greedy, cured = trained(patches, start="greedy")
    assert not summary(cured)["collapsed"]
    assert summary(cured)["explained_variance"] > 0.25
    assert cured["constant_units"][1] == 0
    assert greedy.loss < random.loss - 0.2


def test_one_hidden_layer_does_not_collapse(patches):
    _, table = trained(patches, hidden=[25])
    assert summary(table) | {"explained_variance": 0} == {
        **{"constant_units": 0, "dead_units": 0, "explained_variance": 0, "held_out_error": 0.5, "collapsed": False}
    }
    assert summary(table)["explained_variance"] > 0.25


def test_dead_units_of_relu_are_counted(rng):
    data = rng.uniform(-0.4, 0.4, size=(300, 12))
    theta = initialize([6], 12, rng=0)
    weights, biases = unpack(theta, 12, [6])
    biases[0][:2] = -100  # never active
    biases[0][2] = 0.5
    weights[0][2] = 0  # always active, always equal
    biases[0][3] = 100  # always active, never equal
    row = measure_layer(autoencoder_transform(theta, 12, [6], 1, data, activation="relu"), "relu")
    assert (row["units"], row["dead_units"], row["constant_units"]) == (6, 2, 3)


def test_a_saturated_sigmoid_unit_is_dead(rng):
    data = rng.uniform(0.1, 0.9, size=(300, 12))
    theta = initialize([6], 12, rng=0)
    unpack(theta, 12, [6])[1][0][:2] = [-50, 50]
    row = measure_layer(autoencoder_transform(theta, 12, [6], 1, data), "sigmoid")
    assert (row["dead_units"], row["constant_units"]) == (2, 2)


@pytest.mark.parametrize(("factor", "constant"), [(0.99, 1), (1.01, 0)])
def test_the_threshold_of_a_constant_unit(factor, constant):
    activations = (0.5 + factor * CONSTANT * np.array([-1, 1] * 50))[:, None].astype(np.float32)
    assert measure_layer(activations, "sigmoid")["constant_units"] == constant


def test_a_rarely_active_unit_is_not_dead():
    activations = np.zeros((100_000, 1), dtype=np.float32)
    activations[7] = 1e-3
    assert measure_layer(activations, "relu")["dead_units"] == 0
    assert measure_layer(activations, "relu")["constant_units"] == 1


def test_the_mean_of_the_patches_that_excite_a_unit_most(rng):
    data = rng.uniform(size=(200, 12)).astype(np.float32)
    strongest = strongest_patches(np.stack([data[:, 3], -data[:, 5]], axis=1), count=10)
    assert strongest.tolist() == [np.argsort(-data[:, 3])[:10].tolist(), np.argsort(data[:, 5])[:10].tolist()]
    found = exciting_patches(data, strongest)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], data[np.argsort(data[:, 3])[-10:]].mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(found[1], data[np.argsort(data[:, 5])[:10]].mean(axis=0), rtol=1e-6)
    assert strongest_patches(np.zeros((200, 1))).tolist() == [list(range(50))], "equal ones in their order"
    assert strongest_patches(data[:7, :1]).shape == (1, 7)


def test_explained_variance(rng):
    data = rng.uniform(size=(200, 5))
    mean = np.broadcast_to(data.mean(axis=0), data.shape)
    assert explained_variance(data, data) == 1
    assert explained_variance(data, mean) == pytest.approx(0, abs=1e-12)
    assert explained_variance(data, (data + mean) / 2) == pytest.approx(0.75)
    assert explained_variance(data, mean + 1) < -1
    assert np.isnan(explained_variance(np.ones((9, 5)), np.ones((9, 5))))


@pytest.mark.parametrize(("constant", "collapsed"), [([0, 0, 0], False), ([17, 8, 17], False), ([0, 9, 0], True)])
def test_a_network_has_collapsed_if_one_of_its_layers_has(constant, collapsed):
    table = pd.DataFrame(
        {"units": [20, 10, 20], "constant_units": constant, "dead_units": 1, "effective_units": 5.0}
    ).assign(explained_variance=0.5, held_out_error=0.2)
    expected = {"constant_units": sum(constant), "dead_units": 3, "collapsed": collapsed}
    expected |= {"explained_variance": 0.5, "held_out_error": 0.2}
    assert summary(table) == expected


@pytest.mark.parametrize(("effective", "collapsed"), [([3.0, 1.05, 4.0], True), ([3.0, 1.2, np.nan], False)])
def test_a_network_whose_units_all_say_the_same_has_collapsed(effective, collapsed):
    table = pd.DataFrame({"units": 9, "constant_units": 0, "dead_units": 0, "effective_units": effective})
    assert summary(table.assign(explained_variance=0.5, held_out_error=0.2))["collapsed"] == collapsed


def test_the_effective_number_of_units(rng):
    one, others = rng.normal(size=(3000, 1)), rng.normal(size=(3000, 6))
    every = np.ones(6, bool)
    assert effective_units(others, every) == pytest.approx(6, rel=0.05)
    assert effective_units(one * [1, -2, 3, 0.1, 5, 7] + 4, every) == pytest.approx(1)
    assert effective_units(np.hstack([one * [1, 2, 3], others[:, 3:]]), every) == pytest.approx(36 / 12, rel=0.05)
    assert effective_units(others, np.arange(6) < 2) == pytest.approx(2, rel=0.05)
    assert np.isnan(effective_units(others, np.arange(6) < 1))
    wide = rng.normal(size=(100, 500))
    expected = 500**2 / np.sum(np.corrcoef(wide.T) ** 2)
    assert effective_units(wide, np.ones(500, bool)) == pytest.approx(expected)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_activations_that_are_not_finite_are_not_counted_as_alive(value):
    activations = np.ones((4, 3), np.float32)
    activations[2, 1] = value
    with pytest.raises(ValueError, match=r"^activations hold NaN or infinite values"):
        measure_layer(activations, "relu")
    with pytest.raises(ValueError, match=r"^reconstructions hold NaN or infinite values"):
        explained_variance(np.ones((4, 3)), activations)
    assert np.isnan(explained_variance(np.ones((4, 3)), np.ones((4, 3)))), "data without variance"


def test_held_out_patches_are_side_by_side_and_of_images_from_everywhere():
    images = np.arange(3 * 5 * 5 * 2, dtype=np.uint8).reshape(3, -1)  # of 5x5 pixels with two channels
    found = held_out_patches(images, 2, 2)
    assert found.shape == (3 * 4, 8)
    first = images[0].reshape(5, 5, 2)
    np.testing.assert_array_equal(found[1], first[:2, 2:4].ravel())
    np.testing.assert_array_equal(found[2], first[2:4, :2].ravel())
    np.testing.assert_array_equal(held_out_patches(images, 5, 2), images)
    many = np.repeat(np.arange(2 * HELD_OUT + 1, dtype=np.int64)[:, None], 4, axis=1)
    assert len(held_out_patches(many, 2, 1)) <= HELD_OUT
    assert held_out_patches(many, 2, 1)[-1, 0] > 1.9 * HELD_OUT, "the last classes, too"


def test_the_held_out_error_is_that_of_normalised_values():
    images = np.array([[0, 255, 255, 0]], dtype=np.uint8)
    statistics = range_normaliser(1, (-1.0, 1.0))
    assert held_out_error(images, 2, statistics, lambda patches: 0 * patches) == pytest.approx(1)
    assert held_out_error(images, 2, statistics, lambda patches: patches) == 0


def test_bounds_of_test_images_have_their_terms():
    images = np.full((3, 4), 255, dtype=np.uint8)

    def bounds(patches):
        np.testing.assert_array_equal(patches, np.ones((3, 4)))
        return SimpleNamespace(elbo=-3.0, importance=-2.5, reconstruction=1.0, divergence=2.0)

    found = held_out_bounds(images, range_normaliser(1, (0.0, 1.0)), bounds, 2)
    assert found == {"elbo": -3.0, "importance_bound": -2.5, "cross_entropy": 1.0, "divergence": 2.0}
