"""Modules of PyTorch against NumPy written out, worked examples of the lecture, and central differences."""

import numpy as np
import pytest
from skimage import data

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
)

from lib.networks.modules import Layers, decayed, penalty_of  # noqa: E402
from lib.networks.reading import read  # noqa: E402
from tests.unit.networks.lecture import CNN, EVERY_KIND, INCEPTION, LENET, residual  # noqa: E402

SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]], dtype=np.float64)


@pytest.fixture(autouse=True)
def seed():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        yield


def built(steps, input_shape, names=None):
    return Layers(read(steps, input_shape, names=names)).double().eval()


def images(rng, *shape):
    return rng.standard_normal(shape)


def applied(network, values):
    with torch.no_grad():
        return network(torch.from_numpy(values)).numpy()


def arrays(module):
    return [value.detach().numpy() for value in module.parameters()]


def windows(image, kernel, stride, padding=(0, 0), dilation=(1, 1), fill=0.0):
    """Return the windows (out_rows, out_columns, C, rows, columns) of an image (C, H, W), pixel by pixel."""
    image = np.pad(image, ((0, 0), *((p, p) for p in padding)), constant_values=fill)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    rows = range(0, image.shape[1] - reach[0] + 1, stride[0])
    columns = range(0, image.shape[2] - reach[1] + 1, stride[1])
    return np.array(
        [[image[:, r : r + reach[0] : dilation[0], c : c + reach[1] : dilation[1]] for c in columns] for r in rows]
    )


def convolved(image, weight, bias, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    """Return the cross-correlation (F, H, W) of an image (C, H, W) with filters (F, C, rows, columns)."""
    seen = windows(image, weight.shape[2:], stride, padding, dilation)
    return np.einsum("ijckl,fckl->fij", seen, weight) + bias[:, None, None]


def transposed(image, weight, bias, stride=(1, 1), padding=(0, 0), extra=(0, 0)):
    """Return the transposed convolution (F, H, W) of an image (C, H, W) with weights (C, F, rows, columns)."""
    (_, height, width), (_, filters, rows, columns) = image.shape, weight.shape
    whole = np.zeros(
        (filters, (height - 1) * stride[0] + rows + extra[0], (width - 1) * stride[1] + columns + extra[1])
    )
    for i in range(height):
        for j in range(width):
            stamp = np.einsum("c,cfkl->fkl", image[:, i, j], weight)
            whole[:, i * stride[0] : i * stride[0] + rows, j * stride[1] : j * stride[1] + columns] += stamp
    top, left = padding
    return whole[:, top : whole.shape[1] - top, left : whole.shape[2] - left] + bias[:, None, None]


# --- worked examples of the lecture


def test_convolution_and_pooling_of_the_worked_example():
    network = built([{"convolution": 1, "kernel": 2, "bias": False}, {"max_pooling": 2}], (1, 4, 4))
    network.steps[0].weight.data = torch.eye(2).double()[None, None]
    image = np.array([[1, 2, 4, 1], [3, 4, 2, 3], [2, 1, 3, 1], [1, 1, 2, 1]], dtype=np.float64)[None, None]
    with torch.no_grad():
        found = network.steps[0](torch.from_numpy(image))
    np.testing.assert_array_equal(found[0, 0], [[5, 4, 7], [4, 7, 3], [3, 3, 4]])
    pooled = built([{"max_pooling": 2}], (1, 4, 4))
    np.testing.assert_array_equal(applied(pooled, image)[0, 0], [[4, 4], [2, 3]])


def test_transposed_convolution_undoes_the_size_of_a_convolution(rng):
    down = built([{"convolution": 1, "kernel": 3, "stride": 2}], (1, 5, 5))
    up = built([{"transposed_convolution": 1, "kernel": 3, "stride": 2, "bias": False}], (1, 2, 2))
    assert applied(down, images(rng, 1, 1, 5, 5)).shape == (1, 1, 2, 2)
    assert applied(up, images(rng, 1, 1, 2, 2)).shape == (1, 1, 5, 5)
    up.steps[0].weight.data = torch.ones(1, 1, 3, 3).double()
    expected = [[1, 1, 3, 2, 2], [1, 1, 3, 2, 2], [4, 4, 10, 6, 6], [3, 3, 7, 4, 4], [3, 3, 7, 4, 4]]
    np.testing.assert_array_equal(applied(up, np.array([[[[1.0, 2], [3, 4]]]]))[0, 0], expected)


def test_the_filter_of_sobel_finds_the_edges_of_a_photograph():
    photograph = data.camera()[::2, ::2].astype(np.float64)
    network = built([{"convolution": 2, "kernel": 3, "padding": 1, "bias": False}], (1, *photograph.shape))
    network.steps[0].weight.data = torch.from_numpy(np.array([[SOBEL], [SOBEL.T]]))
    across, along = applied(network, photograph[None, None])[0]
    inner = (slice(1, -1), slice(1, -1))
    # F(i, j) = Σ x_{i+k1, j+k2} G_{k1, k2}, as the lecture writes it
    moved = {
        (k1, k2): np.roll(photograph, (-k1, -k2), axis=(0, 1)) * SOBEL[k1 + 1, k2 + 1]
        for k1 in (-1, 0, 1)
        for k2 in (-1, 0, 1)
    }
    np.testing.assert_allclose(across[inner], sum(moved.values())[inner])
    edges = np.hypot(across, along)[inner]
    differences = np.hypot(*np.gradient(photograph))[inner]
    strongest = edges >= np.quantile(edges, 0.95)
    assert differences[strongest].mean() > 5 * differences[~strongest].mean()
    assert np.corrcoef(edges.ravel(), differences.ravel())[0, 1] > 0.9


# --- each layer against NumPy


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"padding": 1},
        {"stride": 2},
        {"dilation": 2},
        {"dilation": 3},
        {"stride": [2, 1], "padding": [0, 2], "dilation": [1, 2]},
    ],
    ids=str,
)
@pytest.mark.parametrize("kernel", [3, [2, 4]])
def test_convolution(rng, kernel, options):
    network = built([{"convolution": 4, "kernel": kernel, **options}], (3, 13, 12))
    image, (weight, bias), layer = images(rng, 3, 13, 12), arrays(network), network.description.layers[0]
    expected = convolved(image, weight, bias, layer.stride, layer.padding, layer.dilation)
    np.testing.assert_allclose(applied(network, image[None])[0], expected, atol=1e-12)


@pytest.mark.parametrize("between", [None, "relu"])
def test_separable_convolution(rng, between):
    step = {"separable_convolution": 5, "kernel": 3, "multiplier": 2, "padding": 1, "between": between}
    network, image = built([step], (3, 6, 7)), images(rng, 3, 6, 7)
    depthwise, pointwise, bias = arrays(network)
    planes = np.concatenate(
        [convolved(image[c : c + 1], depthwise[2 * c : 2 * c + 2], np.zeros(2), padding=(1, 1)) for c in range(3)]
    )
    planes = np.maximum(planes, 0) if between else planes
    np.testing.assert_allclose(applied(network, image[None])[0], convolved(planes, pointwise, bias), atol=1e-12)


def test_locally_connected_layer(rng):
    step = {"locally_connected": 4, "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0]}
    network, image = built([step], (3, 7, 6)), images(rng, 3, 7, 6)
    weight, bias = arrays(network)
    seen = windows(image, (3, 2), (2, 1), (1, 0))
    rows, columns = seen.shape[:2]
    expected = np.empty((4, rows, columns))
    for position, (i, j) in enumerate(np.ndindex(rows, columns)):
        expected[:, i, j] = weight[:, position] @ seen[i, j].ravel() + bias[:, position]
    np.testing.assert_allclose(applied(network, image[None])[0], expected, atol=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"stride": 2}, {"stride": [2, 3], "padding": [1, 0], "output_padding": [1, 2]}], ids=str
)
def test_transposed_convolution(rng, options):
    network = built([{"transposed_convolution": 4, "kernel": [3, 2], **options}], (3, 5, 4))
    image, (weight, bias), layer = images(rng, 3, 5, 4), arrays(network), network.description.layers[0]
    expected = transposed(image, weight, bias, layer.stride, layer.padding, layer.output_padding)
    np.testing.assert_allclose(applied(network, image[None])[0], expected, atol=1e-12)


@pytest.mark.parametrize("options", [{}, {"stride": 1}, {"stride": [3, 2], "padding": 1}], ids=str)
@pytest.mark.parametrize("kernel", [2, [3, 2], 5])
def test_pooling(rng, kernel, options):
    image = images(rng, 3, 9, 8)
    for word, fill, reduce in (("max_pooling", -np.inf, np.max), ("average_pooling", 0.0, np.mean)):
        network = built([{word: kernel, **options}], (3, 9, 8))
        layer = network.description.layers[0]
        seen = windows(image, layer.kernel, layer.step, layer.padding, fill=fill)
        expected = np.moveaxis(reduce(seen, axis=(3, 4)), 2, 0)
        np.testing.assert_allclose(applied(network, image[None])[0], expected, atol=1e-12)


def test_unpooling_puts_values_where_the_maxima_were(rng):
    network = built([{"max_pooling": [2, 3]}, "unpooling"], (2, 7, 7))
    image = images(rng, 3, 2, 7, 7)
    pooled = applied(built([{"max_pooling": [2, 3]}], (2, 7, 7)), image)
    larger = np.zeros_like(image)
    larger[:, :, :6, :6] = np.repeat(np.repeat(pooled, 2, axis=2), 3, axis=3)
    # φ = x̂ where f = x, else 0; the image has no equal values
    np.testing.assert_array_equal(applied(network, image), np.where(larger == image, larger, 0))


def test_unpooling_of_equal_values_uses_one_place():
    found = applied(built([{"max_pooling": 2}, "unpooling"], (1, 2, 2)), np.ones((1, 1, 2, 2)))
    assert found.sum() == 1


def test_unpooling_equals_that_of_pytorch(rng):
    image = torch.from_numpy(images(rng, 2, 3, 7, 9))
    values, places = torch.nn.functional.max_pool2d(image, 2, return_indices=True)
    expected = torch.nn.functional.max_unpool2d(values, places, 2, output_size=(7, 9))
    assert torch.equal(built([{"max_pooling": 2}, "unpooling"], (3, 7, 9))(image), expected)


def test_global_pooling_and_upsampling(rng):
    image = images(rng, 2, 3, 4, 5)
    np.testing.assert_array_equal(applied(built([{"global_pooling": "max"}], (3, 4, 5)), image), image.max((2, 3)))
    average = applied(built([{"global_pooling": "average"}], (3, 4, 5)), image)
    np.testing.assert_allclose(average, image.mean((2, 3)), atol=1e-15)
    larger = applied(built([{"upsampling": [2, 3]}], (3, 4, 5)), image)
    np.testing.assert_array_equal(larger, np.repeat(np.repeat(image, 2, axis=2), 3, axis=3))


def test_dense_layers_and_shapes(rng):
    image = images(rng, 4, 3, 2, 5)
    network = built(["flatten", {"dense": 6}, {"reshape": [1, 2, 3]}], (3, 2, 5))
    weight, bias = arrays(network)
    expected = image.reshape(4, 30) @ weight.T + bias
    np.testing.assert_allclose(applied(network, image), expected.reshape(4, 1, 2, 3), atol=1e-12)
    np.testing.assert_array_equal(applied(built([{"reshape": [5, 2, 3]}], (3, 2, 5)), image), image.reshape(4, 5, 2, 3))


@pytest.mark.parametrize(
    ("word", "function"),
    [
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh", lambda x: (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))),
        ("relu", lambda x: np.where(x > 0, x, 0)),
        ("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x)),
        ("elu", lambda x: np.where(x > 0, x, np.exp(x) - 1)),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)),
    ],
)
@pytest.mark.parametrize("shape", [(6,), (3, 4, 5)])
def test_activations(rng, word, function, shape):
    values = images(rng, 7, *shape)
    values[0] = 0
    np.testing.assert_allclose(applied(built([word], shape), values), function(values), atol=1e-12)


def test_branches_are_concatenated_or_added(rng):
    image = images(rng, 2, 3, 6, 6)
    convolution = {"convolution": 3, "kernel": 3, "padding": 1}
    for join in ("concatenate", "add"):
        network = built([{"branches": [[], [convolution, "relu"]], "join": join}], (3, 6, 6))
        other = np.stack([np.maximum(convolved(each, *arrays(network), padding=(1, 1)), 0) for each in image])
        expected = np.concatenate([image, other], axis=1) if join == "concatenate" else image + other
        np.testing.assert_allclose(applied(network, image), expected, atol=1e-12)


# --- batch normalisation, dropout


@pytest.mark.parametrize("shape", [(4,), (4, 3, 5)])
def test_batch_normalisation_has_the_biased_variance_and_epsilon_under_the_root(rng, shape):
    network = built(["batch_normalisation"], shape).train()
    values, axes = 0.01 * images(rng, 6, *shape) + 2, (0, 2, 3)[: 1 if len(shape) == 1 else 3]
    scale, shift = rng.uniform(0.5, 2, 4), rng.uniform(-1, 1, 4)
    network.steps[0].weight.data, network.steps[0].bias.data = torch.from_numpy(scale), torch.from_numpy(shift)
    sizes = (1, 4, *[1] * (len(shape) - 1))
    mean, variance = values.mean(axes).reshape(sizes), values.var(axes).reshape(sizes)
    expected = scale.reshape(sizes) * (values - mean) / np.sqrt(variance + 1e-5) + shift.reshape(sizes)
    np.testing.assert_allclose(applied(network, values), expected, atol=1e-12)
    # Of the slides: ε outside the root, which shrinks small values less
    printed = scale.reshape(sizes) * (values - mean) / (np.sqrt(variance) + 1e-5) + shift.reshape(sizes)
    assert np.abs(printed - expected).max() > 1e-3
    # Inference uses running averages, a tenth of each batch
    unbiased = variance * (count := values.size / 4) / (count - 1)
    running_mean, running_variance = 0.1 * mean, 0.9 + 0.1 * unbiased
    inferred = scale.reshape(sizes) * (values - running_mean) / np.sqrt(running_variance + 1e-5) + shift.reshape(sizes)
    np.testing.assert_allclose(applied(network.eval(), values), inferred, atol=1e-12)


@pytest.mark.parametrize("step", [{"dense": 5, "drop_connect": 0.4}, {"dropout": 0.4}])
def test_inference_is_the_expectation_of_training(rng, step):
    steps = [step] if "dense" in step else [step, {"dense": 5}]
    network, values = built(steps, (8,)), images(rng, 1, 8)
    inferred = applied(network, values)
    network.train()
    drawn = np.concatenate([applied(network, values) for _ in range(4_000)])
    assert np.ptp(drawn, axis=0).min() > 0.1
    error = drawn.std(axis=0) / np.sqrt(len(drawn))
    np.testing.assert_array_less(np.abs(drawn.mean(axis=0) - inferred[0]), 5 * error)


@pytest.mark.parametrize("rate", [0.25, 0.5])
def test_dropped_weights_and_values_are_scaled_in_training(rate):
    dropped = built([{"dropout": rate}], (1000,)).train()
    found = applied(dropped, np.ones((1, 1000)))
    np.testing.assert_allclose(np.unique(found), [0, 1 / (1 - rate)])
    assert abs((found == 0).mean() - rate) < 0.06
    connected = built([{"dense": 1000, "bias": False, "drop_connect": rate}], (1,)).train()
    ratio = applied(connected, np.ones((1, 1)))[0] / arrays(connected)[0][:, 0]
    np.testing.assert_allclose(np.unique(np.round(ratio, 12)), [0, np.round(1 / (1 - rate), 12)])


# --- sparsity


@pytest.mark.parametrize("shape", [(50, 4), (50, 4, 3, 2)])
def test_kl_sparsity_is_the_divergence_of_mean_activations(rng, shape):
    activations = rng.uniform(0, 1, shape)
    mean = activations.mean(axis=(0, 2, 3)[: 1 if len(shape) == 2 else 3])
    divergence = 0.05 * np.log(0.05 / mean) + 0.95 * np.log(0.95 / (1 - mean))
    network = built([{"kl_sparsity": 0.05, "beta": 3}], shape[1:])
    np.testing.assert_array_equal(applied(network, activations), activations)
    assert penalty_of(network).item() == pytest.approx(3 * divergence.sum())
    assert penalty_of(network) is None, "a penalty counts once"
    applied(network, np.zeros(shape))
    assert torch.isfinite(penalty_of(network))


def test_penalties_of_several_layers_add_up(rng):
    values = images(rng, 30, 5)
    steps = ["sigmoid", {"kl_sparsity": 0.1}], ["sigmoid", {"kl_sparsity": 0.1}, "sigmoid", {"kl_sparsity": 0.2}]
    penalties = []
    for some in steps:
        network = built(some, (5,))
        applied(network, values)
        penalties.append(penalty_of(network).item())
    last = built(["sigmoid", "sigmoid", {"kl_sparsity": 0.2}], (5,))
    applied(last, values)
    assert penalties[1] == pytest.approx(penalties[0] + penalty_of(last).item())


def gradient(network, values):
    """Return the gradient (N, ...) of the sum of the squared outputs, halved."""
    inputs = torch.from_numpy(values).requires_grad_()
    (network(inputs) ** 2).sum().div(2).backward()
    return inputs.grad.numpy()


@pytest.mark.parametrize("shape", [(12,), (2, 3, 2)], ids=str)
def test_k_sparse_keeps_the_largest_values_of_each_object(rng, shape):
    values = images(rng, 5, *shape)
    network = built([{"k_sparse": 4, "factor": 1.7}], shape)
    for training, kept in ((True, 4), (False, 7)):  # 7 is the rounded 1.7 · 4
        rows = values.reshape(5, 12)
        least = np.sort(rows, axis=1)[:, -kept, None]
        expected = np.where(rows >= least, rows, 0).reshape(values.shape)
        np.testing.assert_array_equal(applied(network.train(training), values), expected)
        np.testing.assert_array_equal(gradient(network, values), expected)
    np.testing.assert_array_equal(applied(built([{"k_sparse": 9, "factor": 2}], shape), values), values)


def test_k_sparse_keeps_k_of_equal_values():
    found = applied(built([{"k_sparse": 3}], (8,)), np.ones((2, 8)))
    np.testing.assert_array_equal(found.sum(axis=1), [3, 3])


@pytest.mark.parametrize(("share", "kept"), [(0.25, 2), (0.3, 3), (0.01, 1)])  # of 10 objects, rounded
def test_lifetime_sparsity_keeps_each_unit_for_a_share_of_the_batch(rng, share, kept):
    values = images(rng, 10, 6)
    network = built([{"lifetime_sparsity": share}], (6,))
    expected = np.where(values >= np.sort(values, axis=0)[-kept], values, 0)
    np.testing.assert_array_equal(applied(network.train(), values), expected)
    np.testing.assert_array_equal(gradient(network, values), expected)
    np.testing.assert_array_equal(applied(network.eval(), values), values)


def test_a_map_of_lifetime_sparsity_counts_by_its_largest_value(rng):
    values = images(rng, 10, 3, 4, 5)
    network = built([{"lifetime_sparsity": 0.2}], (3, 4, 5))
    largest = values.max(axis=(2, 3))
    expected = np.where((largest >= np.sort(largest, axis=0)[-2])[..., None, None], values, 0)
    np.testing.assert_array_equal(applied(network.train(), values), expected)
    np.testing.assert_array_equal(applied(network.eval(), values), values)


def test_spatial_sparsity_keeps_the_largest_value_of_each_map(rng):
    values = images(rng, 4, 3, 5, 6)
    network = built(["spatial_sparsity"], (3, 5, 6))
    expected = np.where(values == values.max(axis=(2, 3), keepdims=True), values, 0)
    np.testing.assert_array_equal(applied(network.train(), values), expected)
    np.testing.assert_array_equal(gradient(network, values), expected)
    np.testing.assert_array_equal(applied(network.eval(), values), values)
    assert np.count_nonzero(applied(network.train(), np.ones((4, 3, 5, 6)))) == 4 * 3, "one winner among equals"


def test_spatial_and_lifetime_sparsity_leave_the_winners_of_the_batch(rng):
    values = np.maximum(images(rng, 10, 3, 5, 6), 0)
    sparsity = ["spatial_sparsity", {"lifetime_sparsity": 0.2}]
    sparse = applied(built(sparsity, (3, 5, 6)).train(), values)
    for index in range(3):
        winners = values[:, index].reshape(10, 30).max(axis=1)
        np.testing.assert_array_equal(np.sort(sparse[:, index][sparse[:, index] > 0]), np.sort(winners)[-2:])
    # Pooling and unpooling of what is left change nothing: each map has at most one value.
    pooled = built([*sparsity, {"max_pooling": 2}, "unpooling"], (3, 4, 6)).train()
    expected = applied(built(sparsity, (3, 4, 6)).train(), values[:, :, :4])
    np.testing.assert_array_equal(applied(pooled, values[:, :, :4]), expected)


# --- all kinds


@pytest.mark.parametrize(("step", "input_shape"), EVERY_KIND, ids=str)
def test_modules_have_the_shapes_and_parameters_of_their_description(rng, step, input_shape):
    network = built([step], input_shape)
    description = network.description
    assert applied(network, images(rng, 2, *input_shape)).shape == (2, *description.output_shape)
    assert sum(value.numel() for value in network.parameters()) == description.parameters


@pytest.mark.parametrize(
    ("steps", "input_shape", "parameters"),
    [
        (CNN, (1, 28, 28), 1_199_882),
        (LENET, (1, 28, 28), 61_706),
        ([{"convolution": 10, "kernel": 3}], (4, 32, 32), 370),
        ([{"separable_convolution": 10, "kernel": 3}], (4, 32, 32), 86),
        ([INCEPTION], (192, 28, 28), 256 * 192 + 139_648),
    ],
    ids=["CNN", "LeNet-5", "convolution", "separable", "Inception"],
)
def test_networks_of_the_lecture_have_their_parameters(steps, input_shape, parameters):
    network = built(steps, input_shape, names={"classes": 10})
    assert sum(value.numel() for value in network.parameters()) == network.description.parameters == parameters


@pytest.mark.parametrize(("step", "input_shape"), [*EVERY_KIND, ("unpooled", (2, 6, 6))], ids=str)
def test_gradients_equal_central_differences(rng, step, input_shape):
    steps = [{"max_pooling": 2}, "tanh", "unpooling"] if step == "unpooled" else [step]
    network = built(steps, input_shape)
    network.train(step == "batch_normalisation" or step == residual(3))
    values = torch.from_numpy(images(rng, 3, *input_shape)).requires_grad_()
    weights = torch.from_numpy(images(rng, 3, *network.description.output_shape))
    parameters = [values, *network.parameters()]
    torch.autograd.backward((weights * network(values)).sum(), inputs=parameters)
    for parameter in parameters:
        flat, gradient = parameter.data.view(-1), parameter.grad.reshape(-1)
        for place in rng.choice(len(flat), size=min(8, len(flat)), replace=False):
            differences = []
            for moved in (1e-6, -1e-6):
                before = flat[place].item()
                flat[place] = before + moved
                with torch.no_grad():
                    differences.append((weights * network(values)).sum().item())
                flat[place] = before
            numeric = (differences[0] - differences[1]) / 2e-6
            assert numeric == pytest.approx(gradient[place].item(), rel=1e-5, abs=1e-6)


def test_weights_decay_but_neither_biases_nor_normalisations():
    network = built([{"convolution": 2, "kernel": 3}, "batch_normalisation", "flatten", {"dense": 4}], (1, 4, 4))
    assert [tuple(value.shape) for value in decayed(network)] == [(2, 1, 3, 3), (4, 8)]
