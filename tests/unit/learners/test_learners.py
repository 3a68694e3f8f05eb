"""Every learner gives the requested number of filters, follows its definition, and works with every encoding."""

import re
from inspect import getsource

import numpy as np
import pytest

from lib.base.devices import Compute
from lib.base.rows import RowFile
from lib.evaluation.variance import explained_variance
from lib.features.encodings import ENCODINGS, activations_per_patch, encoder_for
from lib.learners import ica, kmeans
from lib.learners.registry import load
from lib.patches import normalisation
from lib.patches.normalisation import fit_whitener, normalise, normalised_rows, range_normaliser
from lib.sample_patches import fit_normaliser
from lib.study.learners import LEARNERS, model_of
from lib.study.settings import View
from tests.unit.study.test_validation import DEFAULT

UNITS = 6
MODEL = DEFAULT["defaults"] | {
    "hidden": [UNITS],
    "patch_size": 4,
    "activation": "sigmoid",
    "decoder": "linear",
    "rho": 0.1,
    "lambda": 1e-3,
    "beta": 1.0,
    "penalty": "kl",
    "sparsity": "all",
    "start": "random",
    "iterations": 5,
    "rule": "oja",
    "gibbs_steps": 1,
    "binarise": False,
    "learning_rate": 0.01,
    "batch_size": 50,
    "epochs": 3,
}


@pytest.fixture
def raw(rng):
    return rng.integers(0, 256, size=(400, 48), dtype=np.uint8)


@pytest.mark.parametrize("learner", [name for name, learner in LEARNERS.items() if not learner.is_described])
def test_every_learner_gives_filters_and_features_of_every_encoding(raw, learner):
    statistics = fit_whitener(raw, centre="patch", channels=3)
    data, model = normalise(raw, statistics), MODEL | {"learner": learner}
    patches = data.astype(np.float32)
    first, second = (load(learner).fit(data, model, np.random.default_rng(1), Compute()).theta for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.dtype == np.float64
    assert first.ndim == 1
    assert load(learner).filters(first, model, 48).shape == (UNITS, 48)
    for encoding in ("natural", *ENCODINGS):
        view = View(1, 1, encoding, 0.1)
        encode = encoder_for(first, model_of(learner, model), statistics, view, "cpu")
        found = encode(patches)
        assert found.shape == (400, activations_per_patch(encoding, UNITS))
        assert found.dtype == np.float32
        assert np.ptp(found, axis=0).min() > 0, f"a feature of {encoding} is constant"
        np.testing.assert_allclose(encode(patches[7:8]), found[7:8], atol=1e-5)


@pytest.mark.parametrize("learner", [name for name, learner in LEARNERS.items() if not learner.is_described])
def test_the_learners_that_reconstruct_are_known_before_they_are_loaded(learner):
    assert hasattr(load(learner), "reconstruction") == LEARNERS[learner].reconstructs


@pytest.mark.parametrize("learner", LEARNERS)
def test_learners_say_whether_they_compute_on_a_gpu(learner):
    module = load(learner)
    uses = re.findall(r"\bcompute\b", getsource(module.fit)) != ["compute"]  # not in the list of arguments alone
    assert getattr(module, "ON_GPU", False) == uses


@pytest.mark.parametrize("learner", LEARNERS)
def test_learners_that_read_patches_in_blocks_are_known_before_they_are_loaded(learner):
    assert getattr(load(learner), "BLOCKWISE", False) == LEARNERS[learner].blockwise


def test_only_learners_that_read_patches_in_blocks_get_a_file(tmp_path, monkeypatch, rng):
    monkeypatch.setattr(normalisation, "IN_MEMORY", 0)
    patches = rng.integers(0, 256, (50, 12), dtype=np.uint8)
    statistics = fit_whitener(patches, centre="patch", channels=3)
    in_file = normalised_rows(patches, statistics, "float32", tmp_path)
    array = normalised_rows(patches, statistics, "float32", None)
    assert isinstance(in_file, RowFile)
    assert isinstance(array, np.ndarray)
    np.testing.assert_array_equal(np.asarray(in_file), array)


@pytest.mark.parametrize(
    ("learner", "encoding"),
    [("random_patches", "triangle"), ("kmeans", "triangle"), ("pca", "linear"), ("ica", "linear")],
)
def test_the_natural_encoding_of_a_learner(raw, learner, encoding):
    statistics = fit_whitener(raw, centre="patch", channels=3)
    model = MODEL | {"learner": learner}
    patches = normalise(raw, statistics, "float32")
    theta = load(learner).fit(patches, model, np.random.default_rng(1), Compute()).theta
    fitted = model_of(learner, model)
    natural, named = (
        encoder_for(theta, fitted, statistics, View(1, 1, e), "cpu")(patches) for e in ("natural", encoding)
    )
    np.testing.assert_array_equal(natural, named)


@pytest.mark.parametrize("scaling", ["range", "unit", "deviation"])
def test_a_patch_activates_its_own_centroid_most(raw, scaling):
    """The ranges of these normalisations have their middle at 0, at 0.5 and, for a sigmoid output layer, at 0.5."""
    statistics = {"range": {"low": -1.0, "high": 1.0}, "unit": {"low": 0.0, "high": 1.0}}.get(
        scaling, {"low": 0.1, "high": 0.9}
    )
    patches = raw / np.float32(255) * (statistics["high"] - statistics["low"]) + statistics["low"]
    statistics |= {"channels": 3, "mean": [0.0] * 3}
    theta = load("kmeans").fit(patches, MODEL | {"learner": "kmeans"}, np.random.default_rng(1), Compute()).theta
    centroids = theta.reshape(UNITS, -1)
    own = np.argmin(((patches[:, None] - centroids) ** 2).sum(axis=2), axis=1)
    model = model_of("kmeans", MODEL | {"learner": "kmeans"})
    found = encoder_for(theta, model, statistics, View(1, 1), "cpu")(patches.astype(np.float32))
    np.testing.assert_array_equal(found.argmax(axis=1), own)


def filters_of(learner, data, units, seed=0):
    model = MODEL | {"hidden": [units]}
    training = load(learner).fit(data, model, np.random.default_rng(seed), Compute())
    return load(learner).filters(training.theta, model, data.shape[1]), training


def test_random_patches_are_different_training_patches(rng):
    data = rng.normal(size=(50, 12))
    filters, _ = filters_of("random_patches", data, 50)
    np.testing.assert_array_equal(np.sort(filters, axis=0), np.sort(data, axis=0))
    assert (filters_of("random_patches", data, 9, seed=1)[0] != filters_of("random_patches", data, 9, seed=2)[0]).any()


def test_kmeans_finds_clusters(rng):
    centres = rng.normal(size=(3, 12)) * 10
    data = (centres[:, None] + rng.normal(size=(3, 100, 12))).reshape(300, 12)
    best = min((filters_of("kmeans", data, 3, seed) for seed in range(10)), key=lambda found: found[1].loss)
    filters = best[0][np.argsort(best[0][:, 0])]
    np.testing.assert_allclose(filters, centres[np.argsort(centres[:, 0])], atol=0.5)
    nearest = np.min(((data[:, None] - best[0]) ** 2).sum(axis=2), axis=1)
    assert best[1].loss == pytest.approx(nearest.mean() / 2, rel=1e-6)
    assert 1 <= best[1].iterations < 100
    assert best[1].message == "converged"


@pytest.mark.parametrize(("learner", "module"), [("kmeans", kmeans), ("ica", ica)])
def test_a_learner_without_history_states_its_iterations_and_why_it_ended(rng, monkeypatch, learner, module):
    monkeypatch.setattr(module, "ITERATIONS", 2)  # too few to converge
    _, training = filters_of(learner, rng.normal(size=(400, 12)), 6)
    assert (training.iterations, training.message) == (2, "stopped after 2 iterations")
    assert (training.evaluations, training.history) == (0, [])


def test_components_are_the_leading_directions(rng):
    data = rng.normal(size=(500, 12)) * np.arange(12, 0, -1) + 3
    filters, training = filters_of("pca", data, 4)
    np.testing.assert_allclose(filters @ filters.T, np.eye(4), atol=1e-12)
    centred = data - data.mean(axis=0)
    lost = centred - centred @ filters.T @ filters
    assert training.loss == pytest.approx(np.sum(lost**2) / (2 * 499), rel=1e-9)
    values = np.linalg.svd(centred, compute_uv=False)
    assert np.sum(lost**2) == pytest.approx(np.sum(values[4:] ** 2), rel=1e-9), "no other four components lose less"
    settings, statistics = {"hidden": [4], "patch_size": 2}, {"low": -1, "high": 1, "mean": [0, 0, 0]}
    reconstruct = load("pca").reconstruction(training.theta, settings, statistics, "cpu")
    other = rng.normal(size=(5, 12)).astype(np.float32)
    expected = (other - data.mean(axis=0)) @ filters.T @ filters + data.mean(axis=0)
    np.testing.assert_allclose(reconstruct(other), expected, atol=1e-5)


def test_independent_components_recover_mixed_sources(rng):
    sources = rng.laplace(size=(2000, 4))
    data = sources @ rng.normal(size=(4, 12)) + 5
    filters, training = filters_of("ica", data, 4)
    found = data @ filters.T
    correlation = np.abs(np.corrcoef(found.T, sources.T)[:4, 4:])
    assert (np.sort(correlation, axis=1)[:, -1] > 0.99).all(), "each filter gives one source, up to its sign"
    assert sorted(correlation.argmax(axis=1)) == [0, 1, 2, 3]
    assert training.loss == pytest.approx(0, abs=1e-9), "four components hold all of the data"
    assert training.message == "converged"


@pytest.mark.parametrize(("learner", "most"), [("random_patches", 20), ("kmeans", 20), ("pca", 12), ("ica", 12)])
def test_more_units_than_data_are_refused(rng, learner, most):
    with pytest.raises(ValueError, match=f"hidden is {most + 1}, expected at most {most}"):
        filters_of(learner, rng.normal(size=(20, 12)), most + 1)


@pytest.mark.parametrize("learner", ["linear_autoencoder", "hebbian"])
def test_linear_learners_reconstruct_almost_as_well_as_components(rng, learner):
    data = rng.normal(size=(400, 27)) * np.linspace(1, 0, 27) ** 2 / 5
    settings = MODEL | {"hidden": [9], "patch_size": 3, "iterations": 1500, "epochs": 300, "rule": "oja"}
    settings |= {"learning_rate": 0.01 if learner == "linear_autoencoder" else 1.0}
    training = load(learner).fit(data, settings, np.random.default_rng(0), Compute())
    statistics = {"low": -1, "high": 1, "mean": [0, 0, 0]}
    found = load(learner).reconstruction(training.theta, settings, statistics, "cpu")(data.astype(np.float32))
    assert found.shape == data.shape
    filters, _ = filters_of("pca", data, 9)
    best = np.mean((data - data.mean(axis=0)) ** 2) - np.mean(((data - data.mean(axis=0)) @ filters.T) ** 2) * 9 / 27
    assert np.mean((found - data) ** 2) < 1.1 * best
    assert training.loss == pytest.approx(np.mean(np.sum((found - data) ** 2, axis=1)) / 2, rel=1e-4)


def test_a_stack_of_boltzmann_machines_has_layers_and_reconstructs(rng):
    bars = np.repeat(np.eye(4)[rng.integers(0, 4, 500)], 4, axis=1) * 0.8 + 0.1
    settings = MODEL | {"hidden": [8, 4], "patch_size": 4, "epochs": 60, "learning_rate": 0.2, "binarise": True}
    statistics = range_normaliser(1, (0, 1))
    rbm = load("rbm")
    training = rbm.fit(bars, settings, np.random.default_rng(0), Compute())
    assert rbm.filters(training.theta, settings, 16).shape == (8, 16)
    assert len(training.history) == 61
    patches = bars.astype(np.float32)
    layers = [rbm.encoder(training.theta, settings, statistics, layer, "cpu")(patches) for layer in (1, 2)]
    assert [layer.shape for layer in layers] == [(500, 8), (500, 4)]
    assert all(0 <= layer.min() < layer.max() <= 1 for layer in layers)
    found = rbm.reconstruction(training.theta, settings, statistics, "cpu")(patches)
    assert np.mean((found > 0.5) == (patches > 0.5)) > 0.95
    one = rbm.fit(bars, settings | {"hidden": [8]}, np.random.default_rng(0), Compute())
    np.testing.assert_array_equal(one.theta, training.theta[: one.theta.size], "the first machine is trained alone")


def test_a_binary_boltzmann_machine_reconstructs_values_of_patches(rng):
    """0 and 1 stand for black and white as patches are normalised: errors are as large as those of other learners."""
    digits = np.where(rng.random((400, 4)).repeat(4, axis=1) > 0.7, 255, 0).astype(np.uint8)
    statistics = fit_normaliser(digits, centre="none", channels=1)
    patches = normalise(digits, statistics, "float32")
    settings = MODEL | {"hidden": [8], "patch_size": 4, "epochs": 60, "learning_rate": 0.2, "binarise": True}
    rbm = load("rbm")
    training = rbm.fit(patches, settings, np.random.default_rng(0), Compute())
    found = rbm.reconstruction(training.theta, settings, statistics, "cpu")(patches)
    assert explained_variance(patches, found) > 0.9
    np.testing.assert_allclose(rbm.levels(statistics, 16), [patches.min(axis=0), patches.max(axis=0)])
    removed = fit_normaliser(digits, centre="patch", channels=1)
    np.testing.assert_allclose(
        rbm.levels(removed, 16), np.outer([0.5 - 0.4 / 3, 0.5 + 0.4 / 3], np.ones(16)), rtol=1e-6
    )
