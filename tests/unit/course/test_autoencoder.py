"""Loss, gradient and activations, compared with independent formulas for every activation and depth."""

from itertools import pairwise

import numpy as np
import pytest

from lib.autoencoder import ACTIVATIONS, SPARSITY, autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.base.devices import to_host
from lib.gradient import compute_gradient, relative_error

VISIBLE = 12
DEPTHS = [[5], [6, 4, 6], [6, 4, 3, 4, 6]]
CASES = [
    pytest.param(hidden, activation, sparsity, id=f"{len(hidden)} hidden, {activation}, {sparsity}")
    for hidden in DEPTHS
    for activation in ACTIVATIONS
    for sparsity in (SPARSITY if len(hidden) > 1 else SPARSITY[:1])
]
LAMBDA, RHO, BETA = 0.02, 0.1, 0.7


def problem(rng, hidden, count=40):
    theta = initialize(hidden, VISIBLE, rng=rng)
    return theta + 0.2 * rng.standard_normal(theta.size), rng.uniform(0.1, 0.9, size=(count, VISIBLE))


def reference_loss(theta, hidden, data, activation, sparsity, decoder="sigmoid", penalty=None):
    """Return the loss, computed patch by patch from its definition; parameters may be complex."""
    sizes = [VISIBLE, *hidden, VISIBLE]
    weights, start = [], 0
    for n_in, n_out in pairwise(sizes):
        weights.append(theta[start : start + n_in * n_out].reshape(n_out, n_in))
        start += n_in * n_out
    biases = np.split(theta[start:], np.cumsum(sizes[1:])[:-1])
    error, means = 0, [0] * len(hidden)
    for x in data:
        a = x
        for number, (W, b) in enumerate(zip(weights, biases, strict=True)):
            z = W @ a + b
            last = number == len(hidden)
            linear = last and (decoder == "linear" or activation == "relu")
            a = z if linear else 1 / (1 + np.exp(-z)) if activation == "sigmoid" else z * (z.real > 0)
            if not last:
                means[number] = means[number] + a / len(data)
        error = error + np.sum((a - x) ** 2) / 2
    total = error / len(data) + LAMBDA / 2 * sum(np.sum(W**2) for W in weights)
    for size, mean in zip(hidden, means, strict=True):
        if sparsity == "all" or size == min(hidden):
            if activation == "relu" or penalty == "l1":
                total = total + BETA * np.sum(mean)
            else:
                divergence = RHO * np.log(RHO / mean) + (1 - RHO) * np.log((1 - RHO) / (1 - mean))
                total = total + BETA * np.sum(divergence)
    return total


def complex_step_gradient(theta, *arguments):
    """Return the gradient, exact to rounding: the imaginary part of the loss after a tiny imaginary step."""
    gradient = np.empty_like(theta)
    for index in range(theta.size):
        stepped = theta.astype(complex)
        stepped[index] += 1e-30j
        gradient[index] = reference_loss(stepped, *arguments).imag / 1e-30
    return gradient


@pytest.mark.parametrize(("hidden", "activation", "sparsity"), CASES)
def test_loss_and_gradient_against_an_independent_formula(rng, xp, hidden, activation, sparsity):
    theta, data = problem(rng, hidden)
    loss, gradient = autoencoder_loss(
        xp.asarray(theta),
        VISIBLE,
        np.array(hidden),
        LAMBDA,
        RHO,
        BETA,
        xp.asarray(data),
        activation=activation,
        sparsity=sparsity,
    )
    assert isinstance(loss, float)
    assert type(gradient) is type(xp.asarray(theta))
    assert loss == pytest.approx(reference_loss(theta, hidden, data, activation, sparsity), rel=1e-13)
    expected = complex_step_gradient(theta, hidden, data, activation, sparsity)
    assert relative_error(to_host(gradient), expected) <= 1e-13


@pytest.mark.parametrize(("hidden", "activation", "sparsity"), CASES)
def test_gradient_against_central_differences(rng, hidden, activation, sparsity):
    theta, data = problem(rng, hidden)

    def J(t):
        return autoencoder_loss(t, VISIBLE, hidden, LAMBDA, RHO, BETA, data, activation=activation, sparsity=sparsity)

    assert relative_error(compute_gradient(J, theta), J(theta)[1]) <= 1e-7


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("hidden", DEPTHS)
def test_linear_decoder_against_an_independent_formula(rng, xp, hidden, activation):
    theta, data = problem(rng, hidden)
    data = 5 * (data - 0.5)
    case = {"activation": activation, "decoder": "linear", "sparsity": "all"}
    loss, gradient = autoencoder_loss(xp.asarray(theta), VISIBLE, hidden, LAMBDA, RHO, BETA, xp.asarray(data), **case)
    assert loss == pytest.approx(reference_loss(theta, hidden, data, **case), rel=1e-13)
    expected = complex_step_gradient(theta, hidden, data, activation, "all", "linear")
    assert relative_error(to_host(gradient), expected) <= 1e-13
    weights, biases = unpack(theta, VISIBLE, hidden)
    layers = [
        autoencoder_transform(theta, VISIBLE, hidden, number, data, activation=activation, decoder="linear")
        for number in (len(hidden), len(hidden) + 1)
    ]
    np.testing.assert_allclose(layers[1], layers[0] @ weights[-1].T + biases[-1], rtol=1e-12)


@pytest.mark.parametrize("hidden", DEPTHS)
def test_l1_term_of_the_sigmoid_against_an_independent_formula(rng, xp, hidden):
    theta, data = problem(rng, hidden)
    case = {"activation": "sigmoid", "sparsity": "all", "decoder": "sigmoid", "penalty": "l1"}
    loss, gradient = autoencoder_loss(xp.asarray(theta), VISIBLE, hidden, LAMBDA, RHO, BETA, xp.asarray(data), **case)
    assert loss == pytest.approx(reference_loss(theta, hidden, data, **case), rel=1e-13)
    expected = complex_step_gradient(theta, hidden, data, *case.values())
    assert relative_error(to_host(gradient), expected) <= 1e-13
    other = autoencoder_loss(xp.asarray(theta), VISIBLE, hidden, LAMBDA, 0.9, BETA, xp.asarray(data), **case)
    assert other[0] == loss, "rho has no effect"


@pytest.mark.parametrize(("activation", "usual"), [("sigmoid", "kl"), ("relu", "l1")])
def test_every_activation_has_its_usual_penalty(rng, activation, usual):
    theta, data = problem(rng, [5])
    arguments = (theta, VISIBLE, [5], LAMBDA, RHO, BETA, data)
    first, second = (
        autoencoder_loss(*arguments, activation=activation, **changes) for changes in ({}, {"penalty": usual})
    )
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(("hidden", "activation", "sparsity"), CASES)
def test_the_loss_is_the_sum_of_its_terms(rng, xp, hidden, activation, sparsity):
    theta, data = problem(rng, hidden)
    arguments = (xp.asarray(theta), VISIBLE, hidden)
    options = {"activation": activation, "sparsity": sparsity}
    loss, _ = autoencoder_loss(*arguments, LAMBDA, RHO, BETA, xp.asarray(data), **options)
    error = data - to_host(autoencoder_transform(*arguments, len(hidden) + 1, xp.asarray(data), activation=activation))
    assert loss.reconstruction == pytest.approx(np.sum(error**2) / 2 / len(data))
    assert loss.decay == pytest.approx(LAMBDA / 2 * sum(np.sum(W**2) for W in unpack(theta, VISIBLE, hidden)[0]))
    assert loss == pytest.approx(loss.reconstruction + loss.decay + loss.sparsity, rel=1e-14)
    alone, _ = autoencoder_loss(*arguments, LAMBDA, RHO, 0.0, xp.asarray(data), **options)
    assert alone.sparsity == 0
    assert loss - alone == pytest.approx(loss.sparsity)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_against_automatic_differentiation(rng, activation):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: the complex step stands in for it")
    hidden = [6, 4, 6]
    theta, data = problem(rng, hidden)
    parameters = torch.tensor(theta, requires_grad=True)
    sizes, a, start, means = [VISIBLE, *hidden, VISIBLE], torch.tensor(data), 0, []
    x, decay = a, 0
    bias = sum(n * m for n, m in pairwise(sizes))
    for number, (n_in, n_out) in enumerate(pairwise(sizes)):
        W = parameters[start : start + n_in * n_out].reshape(n_out, n_in)
        a = a @ W.T + parameters[bias : bias + n_out]
        last = number == len(hidden)
        a = torch.sigmoid(a) if activation == "sigmoid" else a if last else torch.relu(a)
        decay = decay + (W**2).sum()
        start, bias = start + n_in * n_out, bias + n_out
        if not last:
            means.append(a.mean(0))
    mean = torch.cat(means)
    divergence = RHO * torch.log(RHO / mean) + (1 - RHO) * torch.log((1 - RHO) / (1 - mean))
    penalty = divergence.sum() if activation == "sigmoid" else mean.sum()
    (((a - x) ** 2).sum() / 2 / len(data) + LAMBDA / 2 * decay + BETA * penalty).backward()
    _, gradient = autoencoder_loss(theta, VISIBLE, hidden, LAMBDA, RHO, BETA, data, activation=activation)
    assert relative_error(gradient, parameters.grad.numpy()) <= 1e-10


@pytest.mark.parametrize(("hidden", "activation"), [([5], "sigmoid"), ([6, 4, 6], "sigmoid"), ([6, 4, 6], "relu")])
def test_transform_gives_every_layer(rng, xp, hidden, activation):
    theta, data = problem(rng, hidden)
    weights, biases = unpack(theta, VISIBLE, hidden)
    expected = data
    for layer in range(len(hidden) + 2):
        found = autoencoder_transform(
            xp.asarray(theta), VISIBLE, hidden, layer, xp.asarray(data), activation=activation
        )
        np.testing.assert_allclose(to_host(found), expected, rtol=1e-12)
        if layer <= len(hidden):
            z = expected @ weights[layer].T + biases[layer]
            last = layer == len(hidden)
            expected = 1 / (1 + np.exp(-z)) if activation == "sigmoid" else z if last else np.maximum(z, 0)


def test_rows_of_the_first_matrix_are_the_filters():
    theta = initialize([3], 2, rng=0)
    weights, biases = unpack(np.arange(theta.size, dtype=float), 2, [3])
    assert weights[0].tolist() == [[0, 1], [2, 3], [4, 5]]
    assert weights[1].shape == (2, 3)
    assert biases[0].tolist() == [12, 13, 14]


def test_initial_parameters_follow_their_distribution():
    theta = initialize(np.array([75]), 192, rng=1)
    weights, biases = unpack(theta, 192, 75)
    r = np.sqrt(6 / (192 + 75 + 1))
    for W in weights:
        assert np.abs(W).max() <= r
        assert np.abs(W).max() > 0.99 * r
        assert abs(W.std() - r / np.sqrt(3)) < 0.01 * r
    assert all((b == 0).all() for b in biases)
    assert (theta == initialize(75, 192, rng=1)).all(), "an int means one layer, and a seed gives the same numbers"


def test_precision_follows_the_data_and_the_gradient_follows_theta(rng, xp):
    theta, data = problem(rng, [5])
    exact = autoencoder_loss(theta, VISIBLE, [5], LAMBDA, RHO, BETA, data)
    loss, gradient = autoencoder_loss(
        xp.asarray(theta), VISIBLE, [5], LAMBDA, RHO, BETA, xp.asarray(data.astype(np.float32))
    )
    assert gradient.dtype == xp.float64
    assert loss == pytest.approx(exact[0], rel=1e-5)
    assert 0 < relative_error(to_host(gradient), exact[1]) < 1e-5


def test_integer_data_are_computed_in_float64(rng, xp):
    theta, data = problem(rng, [5])
    arguments = (VISIBLE, [5], LAMBDA, RHO, BETA)
    whole = np.round(data).astype(np.int64)
    found, slope = autoencoder_loss(theta, *arguments, xp.asarray(whole))
    loss, gradient = autoencoder_loss(theta, *arguments, whole.astype(np.float64))
    assert found == pytest.approx(loss, rel=1e-14)
    assert relative_error(np.asarray(slope), gradient) < 1e-14


@pytest.mark.parametrize("scale", [1e3, 1e6])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_saturated_units_give_finite_numbers_without_warnings(rng, scale, dtype):
    theta, data = problem(rng, [5])
    loss, gradient = autoencoder_loss(scale * theta, VISIBLE, [5], 0.0, RHO, BETA, data.astype(dtype))
    assert np.isfinite(loss)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"data": np.ones((4, 11))}, r"data have shape \(4, 11\), expected \(N, 12\)"),
        ({"data": np.ones((0, 12))}, "data are empty"),
        ({"data": np.full((4, 12), np.nan)}, "data hold NaN"),
        ({"data": np.full((4, 12), np.inf)}, "data hold NaN or infinite"),
        ({"theta": np.ones(5)}, r"theta has shape \(5,\), expected \(137,\)"),
        ({"theta": np.full(137, np.nan)}, "theta hold NaN"),
        ({"hidden_size": [6, 4]}, "expected a symmetric vector"),
        ({"hidden_size": [0]}, "expected positive integers"),
        ({"hidden_size": []}, "expected positive integers"),
        ({"hidden_size": [2.5]}, "expected positive integers"),
        ({"sparsity_param": 0.0}, "sparsity_param .* is 0.0"),
        ({"sparsity_param": 1.0}, "sparsity_param .* is 1.0"),
        ({"lambda_": -1.0}, "lambda_ is -1.0"),
        ({"beta": float("nan")}, "beta is nan"),
        ({"activation": "tanh"}, "activation is 'tanh'"),
        ({"decoder": "tanh"}, "decoder is 'tanh'"),
        ({"sparsity": "some"}, "sparsity is 'some'"),
        ({"penalty": "l2"}, "penalty is 'l2', expected one of kl, l1"),
        ({"activation": "relu", "penalty": "kl"}, "penalty is 'kl', expected 'l1'"),
    ],
)
def test_bad_input_raises_a_clear_sentence(changes, sentence):
    arguments = {
        "theta": np.ones(137),
        "visible_size": 12,
        "hidden_size": [5],
        "lambda_": 0.1,
        "sparsity_param": 0.1,
        "beta": 1.0,
        "data": np.ones((4, 12)),
    }
    with pytest.raises(ValueError, match=sentence):
        autoencoder_loss(**arguments | changes)


@pytest.mark.parametrize("layer", [-1, 3])
def test_a_layer_that_does_not_exist_is_refused(layer):
    with pytest.raises(ValueError, match="expected 0 to 2"):
        autoencoder_transform(np.ones(137), 12, [5], layer, np.ones((4, 12)))
