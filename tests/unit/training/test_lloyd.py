"""Lloyd's algorithm on arrays of a GPU's library gives the centroids of scikit-learn."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from lib.base.devices import to_host
from lib.training import lloyd as module
from lib.training.lloyd import lloyd


@pytest.fixture
def data(rng):
    return rng.normal(size=(400, 5)) + 4 * rng.integers(0, 3, size=(400, 1))


@pytest.mark.parametrize("block", [module.BLOCK, 700])
def test_the_centroids_are_those_of_scikit_learn_from_the_same_start(monkeypatch, xp, data, block):
    monkeypatch.setattr(module, "BLOCK", block)
    start = data[:6]
    expected = KMeans(6, init=start, n_init=1, max_iter=100, algorithm="lloyd").fit(data)
    found = lloyd(xp.asarray(data), xp.asarray(start), 100)
    np.testing.assert_allclose(to_host(found.centroids), expected.cluster_centers_, atol=1e-9)
    assert found.loss == pytest.approx(expected.inertia_ / (2 * len(data)), rel=1e-9)
    assert abs(found.iterations - expected.n_iter_) <= 1
    assert found.different == 6


def test_it_ends_after_a_number_of_iterations(xp, data):
    one, many = (lloyd(xp.asarray(data), xp.asarray(data[:6]), count) for count in (1, 100))
    assert one.iterations == 1 < many.iterations < 100
    assert many.loss < one.loss


def test_a_centroid_without_objects_stays_and_is_not_counted(xp):
    data = np.array([[0.0, 0.0], [0.0, 1.0], [4.0, 0.0]])
    start = np.array([[0.0, 0.5], [4.0, 0.0], [90.0, 90.0]])
    found = lloyd(xp.asarray(data), xp.asarray(start), 10)
    np.testing.assert_allclose(to_host(found.centroids), start)
    assert found.different == 2
    assert found.loss == pytest.approx(0.5 / 6)
