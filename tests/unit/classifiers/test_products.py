"""Gram matrices are those of NumPy and of scikit-learn, wherever they are computed."""

import numpy as np
import pytest
from sklearn.metrics.pairwise import pairwise_kernels

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.classifiers import products
from lib.classifiers.faster import kernel_matrix
from lib.classifiers.products import computing_on, in_blocks, inner_products

PARAMETERS = {
    "linear": {},
    "rbf": {"gamma": 0.1},
    "poly": {"gamma": 0.1, "degree": 3, "coef0": 0.5},
    "sigmoid": {"gamma": 0.1, "coef0": 0.5},
}


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("rows", [1, 7, 1000])
def test_blocks_give_the_products_of_numpy(rng, xp, monkeypatch, precision, rows):
    left, right = (rng.normal(size=(count, 30)).astype(precision) for count in (20, 11))
    monkeypatch.setattr(products, "BLOCK_BYTES", rows * left.itemsize * (30 + 11))
    found = in_blocks(left, xp.asarray(right))
    assert found.dtype == precision
    np.testing.assert_allclose(found, left @ right.T, rtol=0, atol=200 * np.finfo(precision).eps)


def test_products_of_the_cpu_have_the_bits_of_numpy(rng):
    left, right = rng.normal(size=(20, 30)), rng.normal(size=(11, 30))
    np.testing.assert_array_equal(inner_products(left, right), left @ right.T)


def test_a_gpu_that_is_asked_for_but_absent_is_an_error(rng):
    try:
        import cupy

        cupy.cuda.runtime.getDeviceCount()
    except Exception:
        with computing_on(Compute("gpu")), pytest.raises(StudyError, match="a GPU was asked for but none can be used"):
            inner_products(np.ones((2, 3)), np.ones((2, 3)))
    assert inner_products(np.ones((2, 3)), np.ones((2, 3)))[0, 0] == 3, "outside the block the CPU computes"


@pytest.mark.parametrize("kernel", PARAMETERS)
@pytest.mark.parametrize("same", [True, False])
def test_kernels_have_the_bits_of_scikit_learn(rng, kernel, same):
    fitted = rng.normal(size=(20, 30))
    X = fitted if same else rng.normal(size=(11, 30))
    settings = {"gamma": 0.1, "degree": 3, "coef0": 0.5}
    expected = pairwise_kernels(X, fitted, metric=kernel, **PARAMETERS[kernel])
    np.testing.assert_array_equal(kernel_matrix(X, fitted, kernel=kernel, **settings), expected)
