"""The linear autoencoder finds the principal plane, and the made data are as described."""

import numpy as np
import pytest

from lib.datasets.made import expression, tilted_plane
from lib.gradient import compute_gradient
from lib.training.hebbian import principal_angles
from lib.training.linear import LinearAutoencoder, gradient, initial, principal, train


def test_the_points_of_the_lecture():
    data = tilted_plane()
    assert data.training.shape == data.test.shape == (100, 3)
    np.testing.assert_allclose(data.training.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(data.training.std(axis=0), 1)
    shares = np.linalg.eigvalsh(np.cov(data.training.T, bias=True))[::-1] / 3
    np.testing.assert_allclose(shares, [0.7850, 0.1695, 0.0455], atol=5e-5)
    best = principal(data.training, 2)
    assert best.error(data.training) == pytest.approx(0.045459, abs=5e-7)
    assert best.error(data.test) == pytest.approx(0.051857, abs=5e-7)


def test_adam_finds_the_principal_plane():
    data = tilted_plane()
    model = initial(3, 2, np.random.default_rng(4))
    train(model, data.training, learning_rate=0.01, iterations=1000)
    assert model.error(data.training) == pytest.approx(0.045459, abs=1e-6)
    assert model.error(data.test) == pytest.approx(0.051857, abs=5e-6)
    best = principal(data.training, 2)
    assert principal_angles(model.V.T, best.W)[0] <= 1e-3
    # The codings are the principal components up to an affine map.
    codings, components = model.encode(data.test), best.encode(data.test)
    design = np.column_stack([codings, np.ones(100)])
    _, rest, *_ = np.linalg.lstsq(design, components, rcond=None)
    assert (rest / 100 < 1e-6).all()


def test_the_gradient_of_the_linear_autoencoder(rng):
    x = rng.normal(size=(7, 5))
    model = LinearAutoencoder(*(rng.normal(size=shape) for shape in ((3, 5), 3, (5, 3), 5)))
    error, gradients = gradient(model, x)
    assert error == pytest.approx(model.error(x))
    sizes = np.cumsum([15, 3, 15])

    def at(theta):
        W, b, V, c = np.split(theta, sizes)
        return LinearAutoencoder(W.reshape(3, 5), b, V.reshape(5, 3), c).error(x)

    numeric = compute_gradient(at, np.concatenate([array.ravel() for array in model.arrays]))
    np.testing.assert_allclose(np.concatenate([g.ravel() for g in gradients]), numeric, rtol=1e-6, atol=1e-9)


def test_made_expression_has_few_strong_genes_and_a_wide_table():
    data = expression(np.random.default_rng(0), genes=500)
    assert data.training.shape == (201, 500)
    assert data.test.shape == (94, 500)
    assert np.mean(data.training**2) == pytest.approx(1)
    assert (data.training > 0).all()
    energy = np.sort(np.sum(data.training**2, axis=0))[::-1]
    assert energy[:25].sum() / energy.sum() > 0.5
    # The logarithms have 20 factors, which are stronger than the noise.
    values = np.linalg.svd(np.log(data.training) - np.log(data.training).mean(axis=0), compute_uv=False)
    assert values[19] / values[20] > 1.3


@pytest.mark.parametrize(("genes", "iterations"), [(3000, 8), (300, 300)])
def test_adam_overshoots_on_a_wide_table_and_then_approaches_the_error_of_pca(genes, iterations):
    data = expression(np.random.default_rng(0), genes=genes).training
    errors = []
    model = initial(genes, 100, np.random.default_rng(1))
    last = train(model, data, 0.01, iterations, lambda error, _gradients: errors.append(error))
    assert len(errors) == iterations
    if iterations < 10:
        assert max(errors[1:]) > 2 * errors[0]
    else:
        assert principal(data, 100).error(data) < last < errors[100] < errors[20]
        assert last < 0.05
