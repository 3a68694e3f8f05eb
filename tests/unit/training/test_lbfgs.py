"""Training minimises the loss, records its history, and finds edges in real photographs."""

import time

import numpy as np
import pytest

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.datasets.photographs import make_splits
from lib.evaluation.edges import edge_likeness
from lib.evaluation.thresholds import ORIENTED
from lib.learners.registry import load
from lib.sample_patches import sample_patches
from lib.training.gradient_check import away_from_kinks, check_network, reduced, require_passed
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import BlockedLoss, Network, Penalties
from lib.training.result import Recorder

NETWORK, PENALTIES = Network((6,)), Penalties(lambda_=1e-3, rho=0.05, beta=0.5)
SETTINGS = {
    **{"hidden": [6], "activation": "sigmoid", "decoder": "sigmoid", "penalty": "kl", "sparsity": "all"},
    "start": "random",
    **{"rho": PENALTIES.rho, "lambda": PENALTIES.lambda_, "beta": PENALTIES.beta},
}


@pytest.fixture
def data(rng):
    return rng.uniform(0.1, 0.9, size=(200, 12))


def test_history_follows_the_minimiser(data):
    reported = []
    objective = autoencoder_objective(data, NETWORK, PENALTIES)
    start = initialize([6], 12, rng=0)
    training = train(objective, start, 40, Recorder(lambda *row: reported.append(row)))
    columns = map(np.array, zip(*training.history, strict=True))
    iterations, evaluations, losses, reconstruction, decay, sparsity, norms, seconds = columns
    assert (iterations == np.arange(len(iterations))).all()
    assert training.iterations == iterations[-1] == len(reported) <= 40
    assert losses[0] == objective(start)[0]
    assert (np.diff(losses) <= 0).all()
    assert losses[-1] == training.loss == objective(training.theta)[0]
    assert norms[-1] == pytest.approx(np.linalg.norm(objective(training.theta)[1]))
    assert evaluations[-1] == training.evaluations >= training.iterations
    assert (np.diff(seconds) > 0).all()
    assert reported[-1] == (training.iterations, training.loss, norms[-1])
    np.testing.assert_allclose(reconstruction + decay + sparsity, losses, rtol=1e-13)
    error = autoencoder_transform(training.theta, 12, [6], 2, data) - data
    assert reconstruction[-1] == pytest.approx(np.sum(error**2) / 2 / len(data))
    W = np.concatenate([part.ravel() for part in unpack(training.theta, 12, [6])[0]])
    assert decay[-1] == pytest.approx(PENALTIES.lambda_ / 2 * np.sum(W**2))


@pytest.mark.parametrize("activation", ["sigmoid", "relu"])
def test_the_textbook_and_the_blocked_loss_record_the_same_history(data, activation):
    """The textbook is the objective on a GPU."""
    network = Network((8, 4, 8), activation)
    start = initialize(network.hidden, 12, rng=0)
    arguments = (12, network.hidden, PENALTIES.lambda_, PENALTIES.rho, PENALTIES.beta, data)
    textbook = train(lambda theta: autoencoder_loss(theta, *arguments, activation=activation), start, 8)
    blocked = train(autoencoder_objective(data, network, PENALTIES), start, 8)
    np.testing.assert_allclose([row[:-1] for row in textbook.history], [row[:-1] for row in blocked.history], rtol=1e-6)
    assert min(blocked.history[0][3:6]) > 0


def test_an_objective_without_terms_has_none_in_the_history():
    history = train(lambda x: (float(x @ x), 2 * x), np.ones(3), 5).history
    assert history[0].loss == 3
    assert np.isnan([row[3:6] for row in history]).all()


def test_seconds_are_those_of_the_processor():
    before = time.process_time()
    recorder = Recorder()
    time.sleep(0.5)  # needs no processor
    recorder.record(1.0, 1.0)
    training = recorder.training(np.ones(1), 1.0, "")
    assert 0 < training.history[0].seconds <= training.seconds <= time.process_time() - before


def test_training_converges_to_a_stationary_point():
    training = train(lambda x: (float(np.sum((x - 3) ** 4)), 4 * (x - 3) ** 3), np.zeros(4), 500)
    np.testing.assert_allclose(training.theta, 3, atol=0.05)


def test_equal_generators_give_equal_models(data):
    settings = SETTINGS | {"iterations": 5}
    first, second = (
        load("autoencoder").fit(data, settings, np.random.default_rng(3), Compute()).theta for _ in range(2)
    )
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("hidden", [[6], [8, 5, 8]])
def test_models_have_the_same_bits_for_every_number_of_threads(rng, hidden, dtype):
    data = rng.uniform(0.1, 0.9, size=(12_000, 12)).astype(dtype)  # several blocks of rows
    settings = SETTINGS | {"hidden": hidden, "iterations": 15}
    models = [
        load("autoencoder").fit(data, settings, np.random.default_rng(3), Compute(threads=threads))
        for threads in (1, 3)
    ]
    assert models[0].iterations == 15
    assert models[0].theta.tobytes() == models[1].theta.tobytes()
    assert [row[:-1] for row in models[0].history] == [row[:-1] for row in models[1].history]


def test_float32_data_give_a_close_loss_and_float64_parameters(data):
    start = initialize([6], 12, rng=0)
    exact, single = (
        train(autoencoder_objective(d, NETWORK, PENALTIES), start, 20) for d in (data, data.astype(np.float32))
    )
    assert single.theta.dtype == np.float64
    assert single.loss == pytest.approx(exact.loss, rel=0.02)


def test_training_on_photographs_finds_edges():
    """The hypothesis itself, at a size that a test can afford."""
    images = make_splits({"train": 1, "test": 1, "unlabeled": 40}, np.random.default_rng(0))["unlabeled"]["X"]
    data = sample_patches(images, 4000, 8, rng=1, centre="patch")
    start = initialize([25], 192, rng=2)
    penalties = Penalties(lambda_=1e-4, rho=0.01, beta=3.0)
    trained = train(autoencoder_objective(data.astype(np.float32), Network((25,)), penalties), start, 250).theta
    before, after = (edge_likeness(unpack(theta, 192, [25])[0][0]) for theta in (start, trained))
    assert (before >= ORIENTED).sum() == 0
    assert (after >= ORIENTED).mean() >= 2 / 3
    assert after.mean() > before.mean() + 0.4


@pytest.mark.parametrize(
    ("activation", "decoder", "penalty"),
    [("sigmoid", "sigmoid", "kl"), ("sigmoid", "linear", "kl"), ("sigmoid", "sigmoid", "l1"), ("relu", "linear", "l1")],
)
@pytest.mark.parametrize("hidden", [(75,), (100, 50, 100)])
def test_gradient_check_passes_for_every_network(rng, hidden, activation, decoder, penalty):
    checks = check_network(
        Network(hidden, activation, decoder, penalty=penalty), rng.uniform(0.1, 0.9, size=(60, 192)), rng
    )
    require_passed("network", checks)
    assert checks[-1].parameters == initialize(hidden, 192).size
    assert max(check.relative_error for check in checks) <= 1e-7


@pytest.mark.parametrize(("smooth", "passes"), [(7, True), (4, False)])
def test_few_patches_away_from_kinks_are_enough_and_too_few_end_the_check(rng, monkeypatch, smooth, passes):
    """The wider a layer of ReLU, the fewer patches have none of its units close to 0."""
    network, data = Network((9,), "relu", "linear", penalty="l1"), rng.uniform(0.1, 0.9, size=(60, 192))
    monkeypatch.setattr(
        "lib.training.gradient_check.away_from_kinks",
        lambda theta, hidden, objects, activation, margin: away_from_kinks(theta, hidden, objects, activation, margin)[
            :smooth
        ],
    )
    if passes:
        require_passed("network", check_network(network, data, rng))
    else:
        with pytest.raises(StudyError, match=r"hidden is \[\d\] with ReLU, .* all but 4 of 50 .*: use fewer units"):
            check_network(network, data, rng)


@pytest.mark.parametrize("seed", [9, 10, 16])
def test_gradient_check_is_not_fooled_by_the_kink_of_relu(seed, monkeypatch):
    network = Network((100, 75, 50, 75, 100), "relu")

    def checked():
        rng = np.random.default_rng(seed)
        return check_network(network, rng.uniform(0.1, 0.9, size=(60, 192)), rng)

    require_passed("network", checked())
    monkeypatch.setattr(
        "lib.training.gradient_check.away_from_kinks", lambda theta, hidden, objects, activation, margin: objects
    )
    with pytest.raises(StudyError, match="has relative error"):  # or else another seed has to show it
        require_passed("network", checked())


@pytest.mark.parametrize("wrong", ["textbook", "blocked"])
def test_gradient_check_stops_a_wrong_gradient(rng, monkeypatch, wrong):
    def spoiled(loss, gradient):
        gradient[0] *= 1.001
        return loss, gradient

    if wrong == "textbook":
        monkeypatch.setattr(
            "lib.training.gradient_check.autoencoder_loss",
            lambda *a, **options: spoiled(*autoencoder_loss(*a, **options)),
        )
    else:
        right = BlockedLoss.__call__
        monkeypatch.setattr(BlockedLoss, "__call__", lambda self, theta: spoiled(*right(self, theta)))
    with pytest.raises(StudyError, match="reduced network, every parameter has relative error"):
        require_passed("5_sigmoid", check_network(Network((5,)), rng.uniform(0.1, 0.9, size=(60, 48)), rng))


def test_a_recorder_counts_over_stages():
    reported = []
    recorder = Recorder(lambda *row: reported.append(row))
    for evaluations, losses in ((3, [5.0, 4.0, 3.0]), (2, [7.0, 6.0])):
        recorder.start_stage()
        recorder.evaluations += evaluations
        for loss in losses:
            recorder.record(loss, loss / 10)
    assert reported == [(1, 4.0, 0.4), (2, 3.0, 0.3), (3, 6.0, 0.6)]
    found = [(row.iteration, row.evaluations, row.loss, row.gradient_norm) for row in recorder.history]
    assert found == [(0, 5, 7.0, 0.7), (1, 5, 6.0, 0.6)]
    training = recorder.training(np.ones(2), 6.0, "done")
    assert (training.evaluations, training.iterations, training.message) == (5, 1, "done")
    assert training.seconds >= training.history[-1].seconds > 0


def test_reduced_networks_keep_depth_symmetry_and_order():
    assert reduced([75]) == [6]
    assert reduced([100, 50, 100]) == [6, 3, 6]
    assert reduced([1000, 1, 1000]) == [6, 2, 6]
