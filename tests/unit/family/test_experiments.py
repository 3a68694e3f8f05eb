"""The experiments of the lecture, in small, and its numbers where they are quick."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.datasets.forms.registry import read_splits
from lib.datasets.letters import letters
from lib.datasets.made import expression
from lib.family import experiments, pretraining
from lib.family.digits import Belief, belief_network, binarised
from lib.family.linear import comparisons, on_wide_table
from lib.family.vanishing import chain, norms, slopes
from lib.training.boltzmann import Schedule
from lib.training.descent import StopRule
from lib.training.feedforward import Labelled

MNIST = Path(__file__).parents[3].parent / "shared" / "data" / "mnist"


def test_linear_ways_agree_with_pca_and_only_sanger_orders():
    table = comparisons(1).set_index("way")
    linear = table.drop("nonlinear_oja")
    assert linear["training_error"].to_numpy() == pytest.approx(0.045459, abs=1e-5)
    assert linear["test_error"].to_numpy() == pytest.approx(0.051857, abs=1e-4)
    assert (table.loc[["oja", "sanger", "gradient"], "angle"] < 1e-3).all()
    assert table.loc["nonlinear_oja", "angle"] > 0.05
    assert table.loc["sanger", "cosine"] > 0.999
    assert table.loc["oja", "cosine"] < 0.9999


def test_a_wide_table_has_a_transient_above_the_error_of_its_components():
    data = expression(np.random.default_rng(0), genes=400)
    found = on_wide_table(data, 100, 60, np.random.default_rng(1))
    assert found.history.shape == (61,)
    assert found.components < found.history[-1] < found.history[0]
    assert found.components < found.components_test


def test_the_chain_and_the_slopes():
    table = chain()
    assert list(table["neuron"]) == [1, 2, 3, 4, 5]
    assert table["output"].iloc[-1] == pytest.approx(0.576159944190332, rel=1e-13)
    assert table["gradient"].iloc[0] == pytest.approx(-0.000229451909878624, rel=1e-13)
    most = slopes().groupby("activation")["slope"].max()
    assert most.to_dict() == pytest.approx({"sigmoid": 0.25, "tanh": 1, "relu": 1})


def test_gradients_of_deep_sigmoid_networks_vanish():
    table = norms((2, 8), 2)
    assert len(table) == 3 * 2 * (2 + 8)
    first = table[(table["layer"] == 1) & (table["depth"] == 8)].groupby("activation")["norm"].mean()
    assert first["sigmoid"] < 1e-3 * min(first["tanh"], first["relu"])


def test_experiments_give_tables(monkeypatch):
    monkeypatch.setattr(experiments, "expression", lambda rng: expression(rng, genes=150))
    monkeypatch.setattr(experiments, "DEPTHS", (2, 3))
    found = {name: experiments.EXPERIMENTS[name](2) for name in ("points", "table", "gradients")}
    codings = found["points"].curves.groupby("way").size()
    assert codings.to_dict() == {"adam": 100, "pca": 100}
    assert list(found["points"].results.columns[:2]) == ["way", "seed"]
    errors = found["table"].results
    assert (errors["largest_error"] > errors["training_error"]).all()
    assert (errors["training_error"] > errors["pca_training_error"]).all()
    assert len(found["table"].curves) == 2 * 301
    assert len(found["gradients"].results) == 5
    assert set(found["gradients"].curves["depth"]) == {2, 3}


def test_networks_on_letters_with_every_start_and_setting():
    found = list(pretraining.compared(0, epochs=3))
    outcomes = [(key, outcome) for key, outcome in found if not isinstance(outcome, pd.DataFrame)]
    assert len(found) == 6
    (machines,) = (outcome for _, outcome in found if isinstance(outcome, pd.DataFrame))
    assert set(machines["machine"]) == {1, 2, 3}
    assert machines["epoch"].max() <= 3
    for key, outcome in outcomes:
        assert outcome.row["epochs"] <= 3
        assert outcome.row["test_letters"] == 312
        assert list(outcome.history.columns) == ["epoch", "training", "validation"]
        assert key["network"].startswith("841-100-")
    starts = {(key["start"], key["settings"]) for key, _ in outcomes[1:]}
    assert starts == {(start, way) for start in ("random", "pretrained") for way in ("printed", "equal")}


def test_the_plain_deep_network_outputs_a_constant_as_in_the_lecture():
    data = letters(np.random.default_rng(0))
    network = pretraining.started_from([], np.random.default_rng(1))
    way = replace(pretraining.PRINTED_PLAIN, stop=StopRule(60, 0.001, error=0.1))
    row = pretraining.fitted(network, data, way).row
    assert row["test_error"] == pytest.approx(np.log(26), abs=0.02)
    assert row["test_accuracy"] < 0.1


def test_a_belief_network_learns_from_the_probabilities_of_its_machine():
    rng = np.random.default_rng(0)
    shapes = rng.integers(0, 2, size=(4, 36))
    labels = rng.integers(0, 4, 600)
    images = np.where(rng.random((600, 36)) < 0.1, 1 - shapes[labels], shapes[labels]) * 200
    training, test = binarised(images[:400], labels[:400]), binarised(images[400:], labels[400:])
    assert set(np.unique(training.x)) == {0, 1}
    settings = Belief(Schedule(0.1, 0.0, 50, 20), updates=60, batch_size=50, rate=0.03)
    found = belief_network(training, test, settings, np.random.default_rng(0))
    assert found.accuracy > 0.9
    assert found.epochs["test_hamming"].iloc[-1] < found.epochs["test_hamming"].iloc[0]
    assert list(found.updates["update"]) == [0, 10, 20, 30, 40, 50]
    assert found.updates["loss"].iloc[0] == pytest.approx(np.log(4))
    whole = belief_network(training, test, replace(settings, whole=True), np.random.default_rng(0))
    assert whole.accuracy > 0.9
    np.testing.assert_array_equal(whole.machine.W, found.machine.W, "the machine is returned as it was trained")


def test_the_experiment_on_digits_compares_settings(monkeypatch):
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 3
    images = (rng.random((3, 25)) < 0.5)[labels] * 255
    monkeypatch.setattr(experiments, "BELIEFS", {name: Belief(Schedule(0.1, epochs=2), batch_size=50) for name in "ab"})
    data = binarised(images, labels)
    found = experiments.digits(data, data, 2)
    assert list(found.results["settings"]) == ["a", "b"] * 2
    assert (found.results["test_digits"] == 300).all()
    assert len(found.curves) == 2 * 2 * 20


def test_images_without_a_black_background_are_refused():
    with pytest.raises(
        ValueError, match="100% of the pixels are above 0, expected bright digits on a black background"
    ):
        binarised(np.full((5, 9), 7), np.arange(5))


@pytest.mark.skipif(not MNIST.is_dir(), reason=f"no MNIST in {MNIST}")
def test_a_belief_network_on_handwritten_digits():
    splits = read_splits(MNIST)
    training, test = (binarised(np.asarray(splits[s].images), splits[s].labels) for s in ("train", "test"))
    few = Labelled(training.x[:5000], training.labels[:5000])
    found = belief_network(few, test, Belief(Schedule(0.1, 0.0, 100, 3)), np.random.default_rng(0))
    assert len(test.x) == 10_000
    assert found.accuracy > 0.85
