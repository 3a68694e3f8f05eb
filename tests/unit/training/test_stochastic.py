"""The loop for mini-batches: its updates, its history, early stopping, equal bits, and what it refuses."""

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
)

from lib.base.devices import Compute  # noqa: E402
from lib.base.endings import ending_of  # noqa: E402
from lib.base.errors import StudyError  # noqa: E402
from lib.networks.convolutional import ConvAutoEncoder, ConvNet  # noqa: E402
from lib.training.examples import Examples, as_floats, batches  # noqa: E402
from lib.training.inference import measured, outputs  # noqa: E402
from lib.training.objectives import Reconstruction, classification  # noqa: E402
from lib.training.optimisation import OPTIMISERS, SCHEDULES, Optimisation  # noqa: E402
from lib.training.reproducibility import device_of  # noqa: E402
from lib.training.stochastic import Run, train  # noqa: E402

CPU = torch.device("cpu")
NET = [
    *({"convolution": 8, "kernel": 3}, "batch_normalisation", "relu", {"max_pooling": 2}, "flatten"),
    *({"dropout": 0.2}, {"dense": 10, "drop_connect": 0.1}),
]


def digits():
    """Return training and validation examples of handwritten digits, 8 × 8, as intensities from 0 to 255."""
    found = load_digits()
    images = (found.images * (255 / 16)).astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    rows = order[:400], order[400:600]
    return tuple(Examples(images[part], found.target[part]) for part in rows)


def fitted(settings, seed=1, run=None, layers=NET):
    network = ConvNet(layers, (1, 8, 8), seed=seed)
    return network, train(network, classification, *digits(), settings, run or Run(seed=2))


def equal(one, other):
    states = one.state_dict(), other.state_dict()
    return all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def without_seconds(history):
    return [row[:-1] for row in history]


def linear_problem(rng, objects=12):
    inputs = rng.standard_normal((objects, 3)).astype(np.float32)
    return inputs, rng.standard_normal((objects, 2)).astype(np.float32)


# --- updates


@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.9, True)])
def test_gradient_descent_with_momentum_and_decay_follows_its_formulas(rng, momentum, nesterov):
    inputs, targets = linear_problem(rng)
    network = ConvNet([{"dense": 2}], (3,), seed=0)
    W, b = (value.detach().double().numpy().copy() for value in network.parameters())
    rate, decay = 0.1, 0.5
    v_W, v_b = np.zeros_like(W), np.zeros_like(b)
    for _ in range(5):
        error = 2 * (inputs @ W.T + b - targets) / targets.size
        g_W, g_b = error.T @ inputs + decay * W, error.sum(axis=0)  # no decay of biases
        v_W, v_b = momentum * v_W + g_W, momentum * v_b + g_b
        W = W - rate * (g_W + momentum * v_W if nesterov else v_W)
        b = b - rate * (g_b + momentum * v_b if nesterov else v_b)
    settings = Optimisation(
        optimiser="sgd", learning_rate=rate, momentum=momentum, nesterov=nesterov, weight_decay=decay, epochs=5
    )
    found = train(network, Reconstruction(), Examples(inputs, targets), None, settings)
    for parameter, expected in zip(network.parameters(), (W, b), strict=True):
        np.testing.assert_allclose(parameter.detach().numpy(), expected, rtol=1e-4, atol=1e-6)
    last = found.history[-1]
    assert last.decay == pytest.approx(decay / 2 * (W**2).sum(), rel=1e-4)
    assert last.loss == pytest.approx(last.error + last.decay)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_every_optimiser_lowers_the_loss(optimiser):
    rate = {"adadelta": 1.0, "sgd": 0.1, "adagrad": 0.05}.get(optimiser, 0.003)
    _, found = fitted(Optimisation(optimiser=optimiser, learning_rate=rate, epochs=6, batch_size=32))
    assert found.history[-1].error < 0.5 * found.history[0].error
    assert found.history[-1].validation > 0.8


def test_a_small_network_learns_digits():
    layers = [{"convolution": 16, "kernel": 3}, "relu", {"max_pooling": 2}, "flatten", {"dense": 10}]
    network, found = fitted(Optimisation(epochs=15, batch_size=32, learning_rate=0.005), layers=layers)
    assert found.history[-1].validation > 0.9
    assert measured(network, classification, digits()[1], CPU)[1] == pytest.approx(found.history[-1].validation)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules_of_the_learning_rate(schedule):
    settings = Optimisation(
        optimiser="sgd", learning_rate=0.1, schedule=schedule, step_epochs=2, step_factor=0.5, epochs=6, batch_size=100
    )
    _, found = fitted(settings)
    rates = [row.learning_rate for row in found.history]
    match schedule:
        case "constant":
            expected = [0.1] * 6
        case "step":
            expected = [0.1, 0.1, 0.05, 0.05, 0.025, 0.025]
        case "cosine":
            expected = [0.05 * (1 + math.cos(math.pi * epoch / 6)) for epoch in range(6)]
        case "one_cycle":
            assert max(rates) == rates[1]  # the top is at 30 % of 24 updates
            assert rates[1] == pytest.approx(0.1, rel=0.05)
            assert rates[-1] < 1e-5
            return
    assert rates == pytest.approx(expected)


def test_batches_have_each_object_once_in_a_new_order_each_epoch():
    first, again, second = (batches(23, 5, 7, "batches", epoch) for epoch in (0, 0, 1))
    assert [len(rows) for rows in first] == [5, 5, 5, 5, 3]
    assert sorted(np.concatenate(first)) == list(range(23))
    np.testing.assert_array_equal(np.concatenate(first), np.concatenate(again))
    assert (np.concatenate(first) != np.concatenate(second)).any()


@pytest.mark.parametrize(("objects", "size", "sizes"), [(11, 5, [5, 6]), (6, 5, [6]), (1, 5, [1]), (5, 5, [5])])
def test_no_batch_has_one_object_of_several(objects, size, sizes):
    assert [len(rows) for rows in batches(objects, size, 0)] == sizes


# --- objectives


def test_the_gradient_of_cross_entropy_is_output_minus_target(rng):
    logits = torch.from_numpy(rng.standard_normal((6, 4))).requires_grad_()
    classes = torch.from_numpy(rng.integers(4, size=6))
    terms = classification(torch.nn.Identity(), logits, classes)
    z = np.exp(logits.detach().numpy())
    z /= z.sum(axis=1, keepdims=True)
    target = np.eye(4)[classes.numpy()]
    assert terms.error.item() == pytest.approx(-(target * np.log(z)).sum(axis=1).mean())
    assert terms.measure.item() == pytest.approx((z.argmax(axis=1) == classes.numpy()).mean())
    terms.error.backward()
    np.testing.assert_allclose(logits.grad.numpy(), (z - target) / 6, atol=1e-12)


def test_losses_of_reconstruction(rng):
    x, y = rng.uniform(0.1, 0.9, (2, 5, 3, 4, 4))
    expected = {
        "mse": ((y - x) ** 2).mean(),
        "l1": np.abs(y - x).mean(),
        "binary_cross_entropy": -(x * np.log(y) + (1 - x) * np.log(1 - y)).mean(),
    }
    for loss, value in expected.items():
        terms = Reconstruction(loss)(torch.nn.Identity(), torch.from_numpy(y), torch.from_numpy(x))
        assert terms.error.item() == pytest.approx(value)
        assert terms.measure.item() == pytest.approx(expected["mse"])


def test_the_sparsity_term_makes_the_code_sparse():
    images = digits()[0].inputs
    settings = Optimisation(epochs=30, batch_size=500, learning_rate=0.02)
    means = []
    for sparsity in ([], [{"kl_sparsity": 0.05, "beta": 0.1}]):
        network = ConvAutoEncoder(
            ["flatten", {"dense": 30}, "sigmoid", *sparsity], [{"dense": 64}, {"reshape": [1, 8, 8]}], (1, 8, 8), seed=0
        )
        found = train(network, Reconstruction(), Examples(images), None, settings)
        codes = np.concatenate(list(outputs(lambda x, of=network: of.encode(x).values, Examples(images), Compute())))
        means.append(codes.mean())
        assert (found.history[-1].sparsity > 0) == bool(sparsity)
        last = found.history[-1]
        assert last.loss == pytest.approx(last.error + last.sparsity + last.decay)
    assert means[1] < 0.1 < means[0]


def test_an_unknown_loss_is_refused():
    expected = r"loss is mae \(did you mean mse\?\), expected one of mse, l1, binary_cross_entropy"
    with pytest.raises(StudyError, match=expected):
        Reconstruction("mae")


# --- validation and early stopping


def test_early_stopping_keeps_the_best_weights():
    training, validation = digits()
    rng = np.random.default_rng(0)
    shuffled = Examples(training.inputs[:100], rng.permutation(training.targets[:100]))
    network = ConvNet(["flatten", {"dense": 50}, "relu", {"dense": 10}], (1, 8, 8), seed=0)
    settings = Optimisation(epochs=200, patience=3, learning_rate=0.01, batch_size=50)
    found = train(network, classification, shuffled, validation, settings)
    losses = [row.validation_loss for row in found.history]
    assert found.message == "stopped early: no lower validation loss in 3 epochs"
    assert found.best == int(np.argmin(losses)) + 1 == len(losses) - 3
    assert measured(network, classification, validation, CPU)[0] == pytest.approx(min(losses), rel=1e-6)


def test_the_weights_after_the_last_epochs_are_averaged():
    layers = ["flatten", {"dense": 8}, "batch_normalisation", "relu", {"dense": 10}]
    shared = {"optimiser": "sgd", "learning_rate": 0.1, "batch_size": 50}
    ends = [fitted(Optimisation(epochs=epochs, **shared), layers=layers)[0].state_dict() for epochs in (3, 4, 5)]
    network, found = fitted(Optimisation(epochs=5, averaged_epochs=3, **shared), layers=layers)
    for name, mean in network.state_dict().items():
        if mean.is_floating_point():
            expected = np.mean([end[name].double().numpy() for end in ends], axis=0)
            np.testing.assert_allclose(mean.numpy(), expected, rtol=1e-4, atol=1e-6)
    validated = measured(network, classification, digits()[1], CPU)
    assert (validated.error, validated.measure) == (found.history[-1].validation_loss, found.history[-1].validation)
    plain = fitted(Optimisation(epochs=5, **shared), layers=layers)[1].history
    kept = slice(3), ("validation_loss", "validation")
    for row, other in zip(found.history[kept[0]], plain[kept[0]], strict=True):
        assert [getattr(row, key) for key in kept[1]] == [getattr(other, key) for key in kept[1]]
    assert found.history[-1].validation_loss != plain[-1].validation_loss


def test_without_patience_the_last_weights_are_kept():
    network, found = fitted(Optimisation(epochs=3))
    assert (found.best, found.message) == (3, "ran all 3 epochs")
    assert ending_of(found.message) is None, "the number of epochs was asked for"
    loss, accuracy, _ = measured(network, classification, digits()[1], CPU)
    assert (loss, accuracy) == pytest.approx((found.history[-1].validation_loss, found.history[-1].validation))


def test_validation_changes_no_update():
    training, validation = digits()
    networks = [ConvNet(NET, (1, 8, 8), seed=1) for _ in range(2)]
    for network, examples in zip(networks, (validation, None), strict=True):
        found = train(network, classification, training, examples, Optimisation(epochs=3))
    assert equal(*networks)
    assert all(math.isnan(row.validation_loss) and math.isnan(row.validation) for row in found.history)


# --- equal bits, and what is left as it was


@pytest.mark.parametrize("settings", [{"optimiser": "adadelta", "patience": 2}, {"schedule": "one_cycle"}], ids=str)
def test_equal_seeds_give_equal_bits(settings):
    settings = Optimisation(epochs=3, batch_size=64, **settings)
    torch.manual_seed(1)
    one, first = fitted(settings)
    torch.manual_seed(2)  # what others do with PyTorch has no effect
    same, second = fitted(settings)
    other, _ = fitted(settings, run=Run(seed=3))
    assert equal(one, same)
    assert without_seconds(first.history) == without_seconds(second.history)
    assert not equal(one, other)


def test_a_training_leaves_the_settings_of_pytorch_as_they_were():
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    fitted(Optimisation(epochs=1), run=Run(compute=Compute(threads=2)))
    after = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    assert torch.equal(before[0], after[0])
    assert before[1:] == after[1:]


def test_the_history_counts_updates_and_seconds():
    _, found = fitted(Optimisation(epochs=3, batch_size=100))
    assert [row.epoch for row in found.history] == [1, 2, 3]
    assert [row.updates for row in found.history] == [4, 8, 12]
    seconds = [row.seconds for row in found.history]
    assert 0 < seconds[0] < seconds[1] < seconds[2]


def test_progress_is_reported_at_the_end_of_each_epoch():
    reported = []
    fitted(Optimisation(epochs=3, batch_size=100), run=Run(report=lambda update, loss: reported.append((update, loss))))
    assert {4, 8, 12} <= {update for update, _ in reported}
    assert all(math.isfinite(loss) for _, loss in reported)


# --- data


def test_examples_may_be_read_only_files(tmp_path):
    training, validation = digits()
    np.save(tmp_path / "images.npy", training.inputs)
    stored = Examples(np.load(tmp_path / "images.npy", mmap_mode="r"), training.targets)
    networks = [ConvNet(NET, (1, 8, 8), seed=1) for _ in range(2)]
    for network, examples in zip(networks, (training, stored), strict=True):
        train(network, classification, examples, validation, Optimisation(epochs=1))
    assert equal(*networks)
    found = np.concatenate(list(outputs(networks[0], stored, Compute(), size=150)))
    assert found.shape == (400, 10)


def test_images_have_their_channels_last_in_memory_during_the_training_alone():
    training, _ = digits()
    orders = []

    def objective(network, inputs, targets):
        kernel = next(value for value in network.parameters() if value.ndim == 4)
        orders.append((inputs.stride()[1], kernel.stride()[1]))
        return classification(network, inputs, targets)

    network = ConvNet([{"convolution": 8, "kernel": 3}, {"convolution": 4, "kernel": 3}, *NET[-3:]], (1, 8, 8), seed=1)
    train(network, objective, training, None, Optimisation(epochs=1, batch_size=100), Run())
    assert set(orders) == {(1, 1)}
    assert all(value.is_contiguous() for value in network.state_dict().values())


def test_intensities_are_scaled_and_an_autoencoder_learns_what_it_sees():
    images = digits()[0].inputs
    inputs, targets = Examples(images).batch(slice(0, 9), CPU)
    assert inputs is targets
    np.testing.assert_allclose(inputs.numpy(), images[:9] / 255, rtol=1e-6)
    symmetric = Examples(images, prepare=lambda values: 2 * as_floats(values) - 1)
    assert symmetric.batch(slice(0, 9), CPU)[1].min() == -1


# --- refusals


def test_a_loss_that_is_not_finite_ends_the_training():
    with pytest.raises(
        StudyError, match=r"the loss is (nan|inf) in epoch \d+, expected a finite number; learning_rate"
    ):
        fitted(Optimisation(optimiser="sgd", learning_rate=1e30, epochs=5), layers=["flatten", {"dense": 10}])


def test_impossible_trainings_are_refused():
    training, validation = digits()
    network = ConvNet(NET, (1, 8, 8))
    empty = Examples(training.inputs[:0], training.targets[:0])
    with pytest.raises(StudyError, match="there is no object to learn from"):
        train(network, classification, empty, None, Optimisation())
    with pytest.raises(StudyError, match="there is no object to learn from or to validate with"):
        train(network, classification, training, empty, Optimisation())
    with pytest.raises(StudyError, match="patience is 2 without validation objects"):
        train(network, classification, training, None, Optimisation(patience=2))
    with pytest.raises(StudyError, match="schedule is one_cycle with 4 updates in all, expected at least 10"):
        train(network, classification, training, validation, Optimisation(schedule="one_cycle", epochs=1))


@pytest.mark.skipif(torch.cuda.is_available(), reason="PyTorch has a GPU, expected none")
def test_a_gpu_that_is_missing_is_asked_for_in_vain():
    with pytest.raises(StudyError, match="a GPU was asked for but PyTorch can use none"):
        device_of(Compute("gpu"))
