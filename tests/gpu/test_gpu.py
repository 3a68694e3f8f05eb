"""A GPU computes what the CPU computes: loss, gradient, activations, a whole training, features.

Without a GPU that CuPy can use, all tests are skipped, with the reason. `tests/unit` runs the same code on
array-api-strict in place of CuPy.
"""

import numpy as np
import pytest

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize
from lib.base.devices import Compute, require, to_device, to_host
from lib.base.errors import StudyError
from lib.classifiers.faster import SVC
from lib.classifiers.products import computing_on
from lib.classifiers.rotation import Rotation
from lib.features.encodings import array_encoder_for, encoder_for
from lib.features.extraction import extract_features, grid_of
from lib.features.on_device import extract_on_device
from lib.patches.normalisation import fit_whitener, normalise
from lib.sample_patches import fit_normaliser, sample_patches_raw
from lib.study.settings import Model, View
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.lloyd import lloyd
from lib.training.loss import Network, Penalties
from tests.unit.study.test_validation import DEFAULT


def fault():
    """Why no GPU can be used, an empty text if one can."""
    try:
        require("gpu")
    except StudyError as error:
        return str(error)
    return ""


WITHOUT = fault()
pytestmark = pytest.mark.skipif(bool(WITHOUT), reason=WITHOUT)
BOUNDS = {"float64": 1e-10, "float32": 1e-4}  # of relative differences
NETWORKS = [
    Network((20,)),
    Network((20, 10, 20), sparsity="narrowest"),
    Network((20,), activation="relu"),
    Network((20,), decoder="linear", penalty="l1"),
]
PENALTIES = Penalties(1e-4, 0.05, 3.0)
WIDTH = 8 * 8 * 3


def patches(rng, precision, count=3_000):
    return rng.uniform(0.1, 0.9, size=(count, WIDTH)).astype(precision)


def difference(found, expected):
    """Norm of the difference relative to that of the expected array."""
    return np.linalg.norm(to_host(found) - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_loss_and_gradient(rng, network, precision):
    theta, data = initialize(network.hidden, WIDTH, rng=1), patches(rng, precision)
    expected, slope = autoencoder_objective(data, network, PENALTIES)(theta)
    found, gradient = autoencoder_objective(data, network, PENALTIES, Compute("gpu"))(theta)
    assert abs(found - expected) / expected <= BOUNDS[precision]
    assert difference(gradient, slope) <= BOUNDS[precision]


def test_parameters_of_numpy_go_with_data_on_the_gpu(rng):
    theta, data = initialize([20], WIDTH, rng=1), patches(rng, "float64")
    weights = WIDTH, [20], 1e-4, 0.05, 3.0
    expected, slope = autoencoder_loss(theta, *weights, data)
    found, gradient = autoencoder_loss(theta, *weights, to_device(data, "gpu"))
    assert isinstance(gradient, np.ndarray), "SciPy's optimisers need it on the host"
    assert abs(found - expected) <= 1e-10 * expected
    assert difference(gradient, slope) <= 1e-10


@pytest.mark.parametrize("precision", BOUNDS)
@pytest.mark.parametrize("layer", [0, 1, 2, 4])
def test_activations(rng, precision, layer):
    hidden = [20, 10, 20]
    theta, data = initialize(hidden, WIDTH, rng=1), patches(rng, precision)
    expected = autoencoder_transform(theta, WIDTH, hidden, layer, data)
    found = autoencoder_transform(theta, WIDTH, hidden, layer, to_device(data, "gpu"))
    assert difference(found, expected) <= BOUNDS[precision]


def test_a_whole_training(rng):
    theta, data, network = initialize([20], WIDTH, rng=1), patches(rng, "float64"), NETWORKS[0]
    expected = train(autoencoder_objective(data, network, PENALTIES), theta, 50)
    found = train(autoencoder_objective(data, network, PENALTIES, Compute("gpu")), theta, 50)
    assert len(found.history) == len(expected.history)
    np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-6)  # rounding adds up along the iterations


def test_k_means(rng):
    data = rng.normal(size=(2_000, 12)) + 4 * rng.integers(0, 3, size=(2_000, 1))
    expected = lloyd(data, data[:6], 100)
    found = lloyd(to_device(data, "gpu"), to_device(data[:6], "gpu"), 100)
    assert difference(found.centroids, expected.centroids) <= 1e-9
    assert found.iterations == expected.iterations


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("view", [View(1, stride=4), View(1, stride=2, pooling=2, encoding="triangle")], ids=str)
def test_features(rng, whiten, view):
    images = rng.integers(0, 256, size=(40, 32 * 32 * 3), dtype=np.uint8)
    raw = sample_patches_raw(images, 1_000, 8, rng=rng)
    statistics = (fit_whitener if whiten else fit_normaliser)(raw, centre="patch", channels=3)
    model = Model("autoencoder", DEFAULT["defaults"] | {"hidden": [20], "whiten": whiten, "centre": "patch"}, (20,))
    theta = initialize([20], normalise(raw, statistics).shape[1], rng=1)
    grid = grid_of(model, view, 3)
    encode = encoder_for(theta, model, statistics, view, "cpu")
    expected = np.concatenate([block for _, block in extract_features(images, statistics, encode, grid)])
    on_device = array_encoder_for(theta, model, statistics, view)
    found = np.concatenate([block for _, block in extract_on_device(images, statistics, on_device, grid, "gpu")])
    assert difference(found, expected) <= BOUNDS["float32"]


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_rotation_and_kernels(rng, kernel):
    objects, others = (rng.normal(size=(count, 5_000)).astype(np.float32) for count in (200, 50))
    labels = np.arange(200) % 4
    values = []
    for device in ("cpu", "gpu"):
        with computing_on(Compute(device)):
            rotation = Rotation().fit(objects)
            machine = SVC(kernel=kernel).fit(rotation.transform(objects), labels)
            values.append(machine.decision_function(rotation.transform(others)))
    assert difference(values[1], values[0]) <= BOUNDS["float32"]
