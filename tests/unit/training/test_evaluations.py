"""A training that was killed goes on with the evaluations of its log, to the same bits."""

import logging
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lib.autoencoder import Loss, autoencoder_loss, initialize
from lib.base.devices import Compute
from lib.learners.registry import load
from lib.training.evaluations import EvaluationLog, key_of
from lib.training.lbfgs import train
from lib.training.result import Recorder

DATA = np.random.default_rng(0).uniform(0.1, 0.9, (50, 12))
START = initialize([4], 12, rng=1)
ITERATIONS = 30


class Killed(BaseException):
    """The process ends here."""


class Counted:
    """The loss of a small autoencoder, which counts its evaluations and ends the process after some."""

    def __init__(self, last=None):
        self.count, self.last = 0, last

    def __call__(self, theta):
        if self.count == self.last:
            raise Killed
        self.count += 1
        loss, gradient = autoencoder_loss(theta, 12, [4], 1e-4, 0.05, 3, DATA)
        return Loss(loss, 1.0, 2.0, 3.0), gradient


def training(path, objective, key="key"):
    log = EvaluationLog(path, key)
    try:
        found = train(objective, START, ITERATIONS, Recorder(log=log))
    except Killed:
        log._writer.shutdown()
        raise
    log.remove()
    return found


@pytest.fixture
def reference():
    objective = Counted()
    return train(objective, START, ITERATIONS), objective.count


@pytest.mark.parametrize("last", [0, 1, 2, 17])
def test_it_goes_on_to_the_same_bits_without_computing_again(tmp_path, reference, last):
    expected, count = reference
    with pytest.raises(Killed):
        training(tmp_path / "log", Counted(last))
    objective = Counted()
    found = training(tmp_path / "log", objective)
    assert objective.count == count - last
    np.testing.assert_array_equal(found.theta, expected.theta)
    columns = [row._replace(seconds=0) for row in found.history]
    assert columns == [row._replace(seconds=0) for row in expected.history]
    assert not (tmp_path / "log").exists()


def test_seconds_go_on(tmp_path):
    with pytest.raises(Killed):
        training(tmp_path / "log", Counted(10))
    log = EvaluationLog(tmp_path / "log", "key")
    seconds = [log.next(START).seconds]
    assert 0 < seconds[0] < 60
    history = training(tmp_path / "log", Counted()).history
    assert all(before.seconds <= after.seconds for before, after in pairwise(history))


def test_killed_many_times(tmp_path, reference):
    expected, count = reference
    for last in (3, 5, 8):
        with pytest.raises(Killed):
            training(tmp_path / "log", Counted(last))
    objective = Counted()
    np.testing.assert_array_equal(training(tmp_path / "log", objective).theta, expected.theta)
    assert objective.count == count - 16


@pytest.mark.parametrize(
    ("change", "used", "sentence"),
    [
        (lambda content: content[:-5], 9, "evaluation 10 is incomplete"),
        (lambda content: content[:-1000], 8, "evaluation 9 is incomplete"),
        (lambda content: content[:1500] + bytes([content[1500] ^ 4]) + content[1501:], 1, "evaluation 2 is damaged"),
        (lambda content: content.replace(b"key", b"Key"), 0, "belongs to other settings, data or code"),
        (lambda content: b"", 0, "belongs to other settings"),
    ],
)
def test_a_damaged_log_is_used_up_to_the_damage(tmp_path, reference, caplog, change, used, sentence):
    expected, count = reference
    path, objective = tmp_path / "log", Counted()
    with pytest.raises(Killed):
        training(path, Counted(10))
    path.write_bytes(change(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        found = training(path, objective)
    assert sentence in caplog.text
    assert objective.count == count - used
    np.testing.assert_array_equal(found.theta, expected.theta)


def test_a_log_of_another_start_is_not_used(tmp_path, caplog):
    path, objective = tmp_path / "log", Counted()
    with pytest.raises(Killed):
        training(path, Counted(10))
    found = train(objective, START + 1e-9, ITERATIONS, Recorder(log=EvaluationLog(path, "key")))
    assert "evaluation 1 is of other parameters" in caplog.text
    assert objective.count == found.evaluations


def test_all_stages_of_a_greedy_start_go_on(tmp_path):
    settings = {
        "hidden": [6, 3, 6], "lambda": 1e-4, "rho": 0.05, "beta": 3.0, "iterations": 20, "start": "greedy",
        "sparsity": "all", "activation": "sigmoid", "decoder": "sigmoid", "penalty": "kl", "precision": "float64",
    }  # fmt: skip
    fit = load("autoencoder").fit
    expected = fit(DATA, settings, np.random.default_rng(1), Compute())
    recorder = Recorder(report=kill_at(17), log=EvaluationLog(tmp_path / "log", "key"))
    with pytest.raises(Killed):
        fit(DATA, settings, np.random.default_rng(1), Compute(), recorder)
    log = EvaluationLog(tmp_path / "log", "key")
    found = fit(DATA, settings, np.random.default_rng(1), Compute(), Recorder(log=log))
    assert log.used > 10
    np.testing.assert_array_equal(found.theta, expected.theta)
    assert found.evaluations == expected.evaluations


def kill_at(iteration):
    def report(number, loss, gradient_norm):
        if number == iteration:
            raise Killed

    return report


def test_a_full_disk_stops_the_log_but_not_the_training(reference, caplog):
    expected, _ = reference
    log = EvaluationLog(full := Path("/dev/full"), "key")
    found = train(Counted(), START, ITERATIONS, Recorder(log=log))
    log._writer.shutdown()
    np.testing.assert_array_equal(found.theta, expected.theta)
    assert caplog.text.count(f"{full}: [Errno 28] No space left on device; if this training is killed") == 1


def test_keys_differ_with_every_fact():
    assert len({key_of(), key_of(1), key_of(2), key_of(1, 2), key_of([1, 2]), key_of({"a": 1})}) == 6
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
