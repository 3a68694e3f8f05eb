"""Benchmarks compare ways that compute the same, and write a table and a plot of everything they measure."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import boltzmann, classifiers, features, gpu, loss, measuring, plots, stochastic, training
from lib.autoencoder import autoencoder_loss
from lib.gradient import relative_error


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(gpu, "TURN", 0.0)
    for name, value in {"TURN": 0.0, "PAUSE": 0.0, "ROUNDS": 2}.items():
        monkeypatch.setattr(measuring, name, value)
    monkeypatch.setattr(loss, "OBJECTS", 300)
    monkeypatch.setattr(loss, "HIDDEN", 5)
    monkeypatch.setattr(loss, "SHAPES", [(300, [5], "float64"), (300, [5], "float32"), (300, [6, 4, 6], "float64")])
    monkeypatch.setattr(loss, "memory_bandwidth", lambda: 1e10)
    monkeypatch.setattr(features, "PATCHES", 200)
    monkeypatch.setattr(features, "STRIDES", (8, 44))
    of_study = classifiers.settings_of
    monkeypatch.setattr(classifiers, "settings_of", lambda name: of_study(name) | {"grid": {"C": [1e-6, 1e-5]}})
    for name, value in {"OBJECTS": 400, "UNITS": (20,), "LONG": 3}.items():
        monkeypatch.setattr(boltzmann, name, value)
    monkeypatch.setattr(training, "ITERATIONS", 3)
    monkeypatch.setattr(training, "EVALUATIONS", 4)


@pytest.mark.parametrize("hidden", [[5], [6, 4, 6]])
def test_peers_compute_the_same_loss_and_gradient(hidden):
    theta, data = loss.problem(200, hidden, "float64")
    settings = (loss.VISIBLE, hidden, loss.LAMBDA, loss.RHO, loss.BETA, data)
    expected, gradient = autoencoder_loss(theta, *settings)
    own = loss.ways(200, hidden, "float64", 2)
    for found, slope in (own[loss.OURS][0](), own[loss.TEXTBOOK][0](), loss.plain_numpy(theta, hidden, data)):
        assert found == pytest.approx(expected, rel=1e-12)
        assert relative_error(slope, gradient) < 1e-12
    for peer in loss.with_torch(theta, hidden, data, 1).values():
        found, gradients = peer()
        assert found.item() == pytest.approx(expected, rel=1e-12)
        if isinstance(gradients[0], tuple):  # the gradient by hand, from the last layer to the first
            gradients = [g for g, _ in gradients[::-1]] + [g for _, g in gradients[::-1]]
        slope = np.concatenate([np.asarray(g).ravel() for g in gradients])
        assert relative_error(slope, gradient) < 1e-12


def test_the_operations_of_one_layer_are_those_of_five_products():
    assert loss.floating_point_operations(7, [75]) == 10 * 7 * 192 * 75


def test_both_routes_of_a_classifier_give_equal_decisions():
    for table in classifiers.measure(objects=60):
        assert set(table["way"]) == {"rotated", "direct"}
        assert table["largest difference"].max() <= 1e-3


@pytest.mark.parametrize("name", list(stochastic.NETWORKS))
def test_a_bare_loop_trains_the_same_network(monkeypatch, name):
    torch = pytest.importorskip(
        "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
    )
    monkeypatch.setattr(stochastic, "OBJECTS", 150)
    one, other = stochastic.ours(name)().state_dict(), stochastic.bare(name, alike=True)().state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)


STAND_IN = gpu.Device("cpu", "stand-in", lambda: None)  # the CPU in place of a GPU


def test_a_gpu_is_measured_by_every_way_until_the_time_is_spent():
    shapes = [(3_000, 6, "float64"), (300, 6, "float32")]
    small, large = gpu.measure(STAND_IN, 1, shapes)
    assert [(row["patches"], row["units"], row["precision"]) for row in (small, large)] == shapes[::-1]
    for row in (small, large):
        assert all(row[key] > 0 for key in ("cpu_seconds", "gpu_seconds", "product_seconds", "product_tflops"))
        assert row["share_of_products"] == row["product_seconds"] / row["gpu_seconds"]
    assert list(gpu.measure(STAND_IN, 1, shapes, budget=0)) == []
    assert gpu.bandwidth(STAND_IN, 2**16) > 0
    assert gpu.images_per_second(STAND_IN, 5, pictures=3, side=16) > 0


def test_what_does_not_fit_into_memory_has_no_figure():
    class OutOfMemoryError(Exception):
        pass

    def fail():
        raise OutOfMemoryError

    assert np.isnan(gpu.or_nan(lambda: gpu.seconds_of(fail, STAND_IN)))
    with pytest.raises(ZeroDivisionError):
        gpu.or_nan(lambda: 1 / 0)


def test_pytorch_computes_the_loss_that_the_gpu_computes():
    pytest.importorskip("torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep")
    theta, data = loss.problem(200, [6], "float64")
    value, parts = gpu.with_torch(theta, data, 6, "cpu")()
    expected, gradient = autoencoder_loss(theta, loss.VISIBLE, [6], loss.LAMBDA, loss.RHO, loss.BETA, data)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(
        np.concatenate([part.numpy().ravel() for part in parts]), gradient, rtol=1e-9, atol=1e-12
    )


def test_both_boltzmann_machines_are_measured_the_same_way():
    (table,) = boltzmann.measure()
    assert list(table["way"]) == [boltzmann.OURS, boltzmann.PEER]
    assert (table["pseudo-likelihood"] < 0).all()
    assert (table["squared error"] < 0.25).all(), "better than a constant of a half"


def test_every_measurement_has_a_table_and_a_plot(tmp_path):
    tables = {
        "loss": pd.concat(loss.measure(2)),
        "features": pd.concat(features.measure(2)),
        "training": training.optimiser(300, 2, "float64"),
        "growth": pd.DataFrame(training.growth(1, tmp_path, (500, 2000))),
    }
    shapes = tables["loss"].groupby("way").size()
    assert set(shapes) == {3 * 2}, "every way for every shape, on one thread and on two"
    assert (tables["loss"].loc[tables["loss"]["way"] == loss.LIMIT, "ratio"] == 1).all()
    assert tables["growth"]["objects"].tolist() == [500, 2000]
    assert (tables["growth"]["memory MB"] > 30).all()
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    plots.draw(tmp_path)
    assert {path.stem for path in tmp_path.glob("*.png")} == set(plots.PLOTS)


@pytest.mark.parametrize("module", sorted(path.stem for path in Path(loss.__file__).parent.glob("*.py")))
def test_every_module_of_the_benchmarks_can_be_imported(module):
    import_module(f"benchmarks.{module}")
