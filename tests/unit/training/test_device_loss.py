"""The loss for a GPU is that of the textbook in blocks of any size; its kernels compute what their formulas say."""

import ctypes
import shutil
import subprocess

import numpy as np
import pytest

from lib.autoencoder import autoencoder_loss, initialize
from lib.training.device_kernels import BACKWARD, HIDDEN, OUTPUT, squared_sum
from lib.training.device_loss import DeviceLoss
from lib.training.lbfgs import train
from lib.training.loss import BlockedLoss, Network, Penalties

WIDTH, ROWS, PENALTIES = 12, 50, Penalties(1e-3, 0.05, 0.5)
NETWORKS = [
    Network((6,)),
    Network((8, 4, 8), sparsity="narrowest"),
    Network((8, 4, 8), activation="relu"),
    Network((6,), decoder="linear", penalty="l1"),
]
MUCH, PART, LITTLE = 10**9, 3_000, 1  # bytes: all rows at once, some rows of which not all are kept, one row at a time
PRECISIONS = {"float64": 1e-12, "float32": 2e-5}


KERNELS = {
    f"{kind} {function}": kernel
    for kind, kernels in (("hidden", HIDDEN), ("output", OUTPUT), ("backward", BACKWARD))
    for function, kernel in kernels.items()
}


@pytest.mark.parametrize("room", [MUCH, PART, LITTLE])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_loss_and_gradient_are_those_of_the_textbook(rng, network, precision, room, xp):
    theta, data = initialize(network.hidden, WIDTH, rng=1), rng.uniform(0.1, 0.9, size=(ROWS, WIDTH)).astype(precision)
    weights = PENALTIES.lambda_, PENALTIES.rho, PENALTIES.beta
    expected, slope = autoencoder_loss(
        theta, WIDTH, network.hidden, *weights, data.astype(np.float64), **network.options
    )
    loss, gradient = DeviceLoss(xp.asarray(data), network, PENALTIES, room)(theta)
    bound = PRECISIONS[precision]
    for term in ("real", "reconstruction", "decay", "sparsity"):
        assert getattr(loss, term) == pytest.approx(getattr(expected, term), rel=bound)
    assert isinstance(gradient, np.ndarray), "SciPy's optimisers need it on the host"
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(gradient, slope, rtol=0, atol=bound * np.abs(slope).max())


def test_the_data_and_theta_are_not_changed(rng):
    theta, data = initialize((6,), WIDTH, rng=1), rng.uniform(0.1, 0.9, size=(ROWS, WIDTH))
    before = theta.copy(), data.copy()
    DeviceLoss(data, NETWORKS[0], PENALTIES, PART)(theta)
    np.testing.assert_array_equal(theta, before[0])
    np.testing.assert_array_equal(data, before[1])


def test_a_training_reaches_what_it_reaches_on_the_cpu(rng, xp):
    theta, data = initialize((6,), WIDTH, rng=1), rng.uniform(0.1, 0.9, size=(ROWS, WIDTH))
    expected = train(BlockedLoss(data, NETWORKS[0], PENALTIES), theta, 30)
    found = train(DeviceLoss(xp.asarray(data), NETWORKS[0], PENALTIES, PART), theta, 30)
    assert len(found.history) == len(expected.history)
    assert found.loss == pytest.approx(expected.loss, rel=1e-8)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_not_finite_are_refused(rng, value):
    theta, data = initialize((6,), WIDTH, rng=1), rng.uniform(0.1, 0.9, size=(ROWS, WIDTH))
    with pytest.raises(ValueError, match="theta hold NaN or infinite values"):
        DeviceLoss(data, NETWORKS[0], PENALTIES, PART)(np.full_like(theta, value))
    data[3, 4] = value
    with pytest.raises(ValueError, match="data hold NaN or infinite values"):
        DeviceLoss(data, NETWORKS[0], PENALTIES, PART)(theta)


def test_data_and_theta_of_another_shape_are_refused(rng):
    with pytest.raises(ValueError, match="one object per row"):
        DeviceLoss(np.ones(5), NETWORKS[0], PENALTIES, MUCH)
    with pytest.raises(ValueError, match=r"theta has shape \(3,\)"):
        DeviceLoss(np.ones((5, WIDTH)), NETWORKS[0], PENALTIES, MUCH)(np.ones(3))


def compiled(kernel, folder):
    """Return the code of a kernel as a function of C++ that works on arrays of float64, element by element."""
    names = [*kernel.inputs.split(", "), *kernel.outputs.split(", ")]
    arguments = ", ".join(f"T *_{name}" for name in names)
    values = " ".join(f"T {name} = _{name}[i];" for name in names)
    stored = " ".join(f"_{name}[i] = {name};" for name in kernel.outputs.split(", "))
    loop = f"for (long i = 0; i < n; i++) {{ {values} {kernel.code} {stored} }}"
    source, library = folder / "kernel.cpp", folder / "kernel.so"
    source.write_text(f'#include <cmath>\ntypedef double T;\nextern "C" void run(long n, {arguments}) {{ {loop} }}\n')
    subprocess.run(["g++", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    return ctypes.CDLL(str(library)).run


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ not found, expected to compile the code of the kernels")
@pytest.mark.parametrize("name", KERNELS)
def test_the_code_of_a_kernel_computes_its_formula(rng, name, tmp_path):
    kernel = KERNELS[name]
    arrays = [3 * rng.normal(size=200) for _ in kernel.inputs.split(", ")]
    if name.startswith("hidden"):
        arrays[0][:4] = 0.0, np.inf, -np.inf, np.nan
    if name.startswith("backward"):
        arrays[2] = np.maximum(arrays[2], 0) if "relu" in name else 1 / (1 + np.exp(-arrays[2]))
    with np.errstate(over="ignore"):
        expected = kernel.formula(*arrays)
    results = [np.empty(200) for _ in expected]
    pointers = [array.ctypes.data_as(ctypes.c_void_p) for array in (*arrays, *results)]
    compiled(kernel, tmp_path)(ctypes.c_long(200), *pointers)
    for found, right in zip(results, expected, strict=True):
        np.testing.assert_allclose(found, right, rtol=1e-14)


def test_squares_are_summed_in_double_precision(xp):
    found = squared_sum(xp.asarray(np.full((1000, 100), 0.1, np.float32)))
    assert found.dtype == xp.float64
    assert float(found) == pytest.approx(1000, rel=1e-6)
