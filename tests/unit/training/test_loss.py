"""The blocked loss and the prepared forward pass against the textbook, for every number of threads."""

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from lib.autoencoder import ACTIVATIONS, DECODERS, SPARSITY, autoencoder_loss, autoencoder_transform, initialize
from lib.base.rows import write_rows
from lib.gradient import relative_error
from lib.training import loss as blocked_loss
from lib.training.loss import BlockedLoss, Network, Penalties, prepared_transform

VISIBLE = 27
PENALTIES = Penalties(lambda_=0.01, rho=0.05, beta=0.7)
TOLERANCE = {np.float64: 1e-12, np.float32: 5e-6}
DTYPES = pytest.mark.parametrize("dtype", TOLERANCE)


def problem(rng, hidden, dtype, count):
    theta = initialize(hidden, VISIBLE, rng=rng)
    data = rng.uniform(0.1, 0.9, size=(count, VISIBLE)).astype(dtype)
    return theta + 0.1 * rng.standard_normal(theta.size), data


def textbook(theta, data, network):
    arguments = (VISIBLE, network.hidden, PENALTIES.lambda_, PENALTIES.rho, PENALTIES.beta)
    return autoencoder_loss(theta, *arguments, data.astype(np.float64), **network.options)


@DTYPES
@pytest.mark.parametrize("sparsity", SPARSITY)
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize(("activation", "penalty"), [("sigmoid", "kl"), ("sigmoid", "l1"), ("relu", None)])
@pytest.mark.parametrize("hidden", [(9,), (10, 5, 10)])
def test_loss_and_gradient_are_those_of_the_textbook(rng, hidden, activation, penalty, decoder, sparsity, dtype):
    theta, data = problem(rng, hidden, dtype, 3000)
    network = Network(hidden, activation, decoder, sparsity, penalty)
    loss, gradient = textbook(theta, data, network)
    found, slope = BlockedLoss(data, network, PENALTIES, threads=2)(theta)
    assert isinstance(found, float)
    assert slope.dtype == np.float64
    assert found == pytest.approx(loss, rel=TOLERANCE[dtype])
    assert relative_error(slope, gradient) <= TOLERANCE[dtype]
    for term in ("reconstruction", "decay", "sparsity"):
        assert getattr(found, term) == pytest.approx(getattr(loss, term), rel=TOLERANCE[dtype])


@DTYPES
@pytest.mark.parametrize("count", [1, 2, 7, 1279, 1281, 2563])
def test_any_number_of_rows_and_threads_gives_the_textbook(rng, monkeypatch, count, dtype):
    monkeypatch.setattr(blocked_loss, "GROUPS", 3)
    network = Network((8, 6, 4, 6, 8))
    theta, data = problem(rng, network.hidden, dtype, count)
    loss, gradient = textbook(theta, data, network)
    with threadpool_limits(limits=1, user_api="blas"):
        results = [BlockedLoss(data, network, PENALTIES, threads)(theta) for threads in (1, 2, 3, 4)]
    assert results[0][0] == pytest.approx(loss, rel=TOLERANCE[dtype])
    assert relative_error(results[0][1], gradient) <= TOLERANCE[dtype]
    assert len({loss for loss, _ in results}) == 1
    assert len({gradient.tobytes() for _, gradient in results}) == 1


@DTYPES
def test_bits_depend_neither_on_threads_nor_on_what_is_kept(rng, monkeypatch, tmp_path, dtype):
    monkeypatch.setattr(blocked_loss, "BLOCK_ROWS", 150)
    network = Network((9,))
    theta, data = problem(rng, network.hidden, dtype, 6000)
    rows = write_rows(tmp_path / "rows.npy", data, np.copy, data.dtype.name)
    with threadpool_limits(limits=1, user_api="blas"):
        loss, gradient = BlockedLoss(data, network, PENALTIES)(theta)
        for kept in (2**28, len(data) // 2 * 12 * data.itemsize, 0):  # all, half and none
            monkeypatch.setattr(blocked_loss, "KEPT_BYTES", kept)
            for matrix, threads in ((data, 1), (data, 3), (rows, 2)):
                again = BlockedLoss(matrix, network, PENALTIES, threads)(theta)
                assert again[0] == loss
                assert again[1].tobytes() == gradient.tobytes()


def test_each_evaluation_depends_on_theta_alone(rng):
    network = Network((9,), "relu", "linear")
    theta, data = problem(rng, network.hidden, np.float64, 2000)
    objective = BlockedLoss(data, network, PENALTIES, threads=2)
    loss, gradient = objective(theta)
    kept = gradient.copy()
    assert objective(2 * theta)[0] != loss
    np.testing.assert_array_equal(gradient, kept)
    again = objective(theta)
    assert again[0] == loss
    np.testing.assert_array_equal(again[1], gradient)


def test_rows_that_are_not_contiguous_are_read(rng):
    network = Network((9,))
    theta, wide = problem(rng, network.hidden, np.float64, 300)
    wide = np.concatenate([wide, wide], axis=1)
    loss, _ = BlockedLoss(wide[:, :VISIBLE], network, PENALTIES)(theta)
    assert loss == BlockedLoss(wide[:, :VISIBLE].copy(), network, PENALTIES)(theta)[0]


@DTYPES
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_that_are_not_finite_raise(rng, activation, value, dtype):
    network = Network((9,), activation)
    theta, data = problem(rng, network.hidden, dtype, 2000)
    data[1500, 3] = value
    with pytest.raises(ValueError, match="data hold NaN or infinite values"):
        BlockedLoss(data, network, PENALTIES, threads=2)(theta)
    theta[0] = value
    with pytest.raises(ValueError, match="theta hold NaN or infinite values"):
        BlockedLoss(data, network, PENALTIES)(theta)


def test_an_error_in_any_thread_is_raised():
    entered = threading.Barrier(2)

    def work(numbers, thread):
        entered.wait(timeout=60)
        if thread == 1:
            raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        blocked_loss._share(work, 2, 2)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": np.ones((0, 12))}, "data are empty"),
        ({"data": np.ones((4, 12), dtype=int)}, "data have dtype int64, expected float32 or float64"),
        ({"network": Network((6, 4))}, "expected a symmetric vector"),
        ({"network": Network((5,), "tanh")}, "activation is 'tanh'"),
        ({"network": Network((5,), sparsity="some")}, "sparsity is 'some'"),
        ({"network": Network((5,), penalty="l2")}, "penalty is 'l2', expected one of kl, l1"),
        ({"network": Network((5,), "relu", penalty="kl")}, "penalty is 'kl', expected 'l1'"),
        ({"penalties": Penalties(-1.0, 0.1, 1.0)}, "lambda_ is -1.0"),
        ({"penalties": Penalties(0.1, 1.0, 1.0)}, "sparsity_param .* is 1.0"),
        ({"threads": 0}, "threads is 0, expected at least 1"),
    ],
)
def test_bad_settings_raise_a_clear_sentence(changes, sentence):
    arguments = {"data": np.ones((4, 12)), "network": Network((5,)), "penalties": PENALTIES, "threads": 1}
    with pytest.raises(ValueError, match=sentence):
        BlockedLoss(**arguments | changes)


def test_theta_of_another_length_is_refused():
    with pytest.raises(ValueError, match=r"theta has shape \(5,\), expected \(137,\)"):
        BlockedLoss(np.ones((4, 12)), Network((5,)), PENALTIES)(np.ones(5))
    with pytest.raises(ValueError, match=r"theta has shape \(5,\), expected \(137,\)"):
        prepared_transform(np.ones(5), 12, Network((5,)), 1)


@DTYPES
@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_prepared_transform_gives_every_layer_of_the_textbook(rng, activation, decoder, dtype):
    network = Network((10, 5, 10), activation, decoder)
    theta, data = problem(rng, network.hidden, dtype, 100)
    theta = theta.astype(dtype)
    for layer in range(5):
        transform = prepared_transform(theta, VISIBLE, network, layer)
        functions = {"activation": activation, "decoder": decoder}
        expected = autoencoder_transform(theta, VISIBLE, network.hidden, layer, data, **functions)
        for rows in (data, data[3:4]):
            found = transform(rows)
            assert found.dtype == dtype
            np.testing.assert_allclose(
                found, expected if len(rows) > 1 else expected[3:4], rtol=0, atol=TOLERANCE[dtype]
            )


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_does_not_exist_is_refused(layer):
    with pytest.raises(ValueError, match="expected 0 to 2"):
        prepared_transform(np.ones(137), 12, Network((5,)), layer)
