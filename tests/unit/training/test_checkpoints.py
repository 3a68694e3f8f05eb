"""A training on mini-batches that was killed goes on from its checkpoint, to the same bits."""

import logging
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed, expected it for networks; install it by: make deep"
)

from lib.networks.convolutional import ConvNet, load, save  # noqa: E402
from lib.training.checkpoints import Checkpoint, checkpoint_of  # noqa: E402
from lib.training.examples import Examples  # noqa: E402
from lib.training.objectives import classification  # noqa: E402
from lib.training.optimisation import Optimisation  # noqa: E402
from lib.training.stochastic import Run, train  # noqa: E402

ROOT = Path(__file__).parents[3]
LAYERS = [
    *({"convolution": 4, "kernel": 3}, "batch_normalisation", "relu", "flatten"),
    *({"dropout": 0.3}, {"dense": 3}),
]
RNG = np.random.default_rng(0)
IMAGES, CLASSES = RNG.standard_normal((90, 1, 6, 6)).astype(np.float32), RNG.integers(3, size=90)
TRAINING, VALIDATION = Examples(IMAGES[:70], CLASSES[:70]), Examples(IMAGES[70:], CLASSES[70:])
UPDATES = 5  # of an epoch
SETTINGS = Optimisation(
    optimiser="sgd", momentum=0.9, learning_rate=0.1, schedule="one_cycle", batch_size=14, epochs=4, patience=3
)


class Killed(BaseException):
    """The process ends here."""


def trained(path=None, settings=SETTINGS, last=None, key="key"):
    """Train with a checkpoint after every update, up to a last one; return the network and what was fitted."""
    seen = 0

    def objective(network, inputs, targets):
        nonlocal seen
        seen += network.training
        if last is not None and seen > last:
            raise Killed
        return classification(network, inputs, targets)

    network = ConvNet(LAYERS, (1, 6, 6), seed=1)
    checkpoint = Checkpoint(path, key, seconds=0) if path else None
    found = train(network, objective, TRAINING, VALIDATION, settings, Run(seed=2, checkpoint=checkpoint))
    return network, found, seen


def assert_equal(one, other):
    states = one[0].state_dict(), other[0].state_dict()
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])
    assert [row[:-1] for row in one[1].history] == [row[:-1] for row in other[1].history]
    assert (one[1].best, one[1].message) == (other[1].best, other[1].message)


@pytest.fixture(scope="module")
def whole():
    return trained()


@pytest.mark.parametrize("last", [1, UPDATES - 1, UPDATES, UPDATES + 1, 4 * UPDATES - 1])
def test_a_killed_training_goes_on_to_the_same_bits(tmp_path, whole, last):
    with pytest.raises(Killed):
        trained(tmp_path / "state", last=last)
    resumed = trained(tmp_path / "state")
    assert_equal(resumed, whole)
    assert resumed[2] == whole[2] - last, "no update was made twice"


@pytest.mark.parametrize("schedule", ["step", "cosine"])
@pytest.mark.parametrize("optimiser", ["adam", "adamw", "adagrad", "adadelta", "rmsprop"])
def test_a_chain_of_kills_ends_with_the_same_bits(tmp_path, optimiser, schedule):
    settings = Optimisation(optimiser=optimiser, schedule=schedule, step_epochs=1, batch_size=14, epochs=3)
    for _ in range(4):
        with pytest.raises(Killed):
            trained(tmp_path / "state", settings, last=3)
    assert_equal(trained(tmp_path / "state", settings), trained(settings=settings))


@pytest.mark.parametrize("last", [UPDATES, 3 * UPDATES, 3 * UPDATES + 2])
def test_a_killed_training_averages_the_same_epochs(tmp_path, last):
    settings = replace(SETTINGS, patience=0, averaged_epochs=2)
    with pytest.raises(Killed):
        trained(tmp_path / "state", settings, last=last)
    assert_equal(trained(tmp_path / "state", settings), trained(settings=settings))


def test_seconds_of_the_history_never_fall(tmp_path):
    with pytest.raises(Killed):
        trained(tmp_path / "state", last=2 * UPDATES)
    seconds = [row.seconds for row in trained(tmp_path / "state")[1].history]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("damage", ["cut", "empty", "one bit", "other text", "other key"])
def test_a_damaged_or_stale_checkpoint_is_not_used_and_says_so(tmp_path, whole, caplog, damage):
    path = tmp_path / "state"
    with pytest.raises(Killed):
        trained(path, last=7, key="other" if damage == "other key" else "key")
    content = path.read_bytes()
    match damage:
        case "cut":
            path.write_bytes(content[:-100])
        case "empty":
            path.write_bytes(b"")
        case "one bit":
            middle = len(content) // 2
            path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        case "other text":
            path.write_text("years of work")
    with caplog.at_level(logging.WARNING, logger="study"):
        again = trained(path)
    assert_equal(again, whole)
    assert again[2] == whole[2]
    expected = "belongs to other settings, data or code" if damage == "other key" else "is damaged"
    assert f"{path}: {expected}, and is not used" in caplog.text


def test_a_state_that_cannot_be_written_does_not_stop_the_training(tmp_path, whole, caplog):
    (tmp_path / "file").write_text("no folder")
    with caplog.at_level(logging.WARNING, logger="study"):
        assert_equal(trained(tmp_path / "file" / "state"), whole)
    assert "if this training is killed, it starts from an earlier state" in caplog.text


def test_a_checkpoint_belongs_to_all_facts_and_is_removed_without_a_trace(tmp_path, caplog):
    model = tmp_path / "models" / "a"
    checkpoint = checkpoint_of(model, {"epochs": 3}, "cpu")
    checkpoint.save({"weights": torch.ones(2), "epoch": 3})
    assert torch.equal(checkpoint.load()["weights"], torch.ones(2))
    assert checkpoint_of(model, {"epochs": 3}, "cpu").load()["epoch"] == 3
    assert checkpoint_of(model, {"epochs": 4}, "cpu").load() is None
    assert "belongs to other settings" in caplog.text
    checkpoint.remove()
    assert list(tmp_path.iterdir()) == []


CHILD = """
import os, signal, sys
from dataclasses import replace
from pathlib import Path
from lib.networks.convolutional import ConvNet, save
from lib.training.checkpoints import Checkpoint
from lib.training.stochastic import Run, train
from tests.unit.training.test_checkpoints import LAYERS, SETTINGS, TRAINING, VALIDATION, classification

folder, last = Path(sys.argv[1]), int(sys.argv[2])
class Dying(Checkpoint):
    def save(self, state):
        super().save(state)
        if state["progress"][0] == last:
            os.kill(os.getpid(), signal.SIGKILL)
network = ConvNet(LAYERS, (1, 6, 6), seed=1)
run = Run(seed=2, checkpoint=Dying(folder / "state", "key", seconds=0))
train(network, classification, TRAINING, VALIDATION, SETTINGS, run)
save(network, folder / "weights.safetensors")
"""


def test_a_process_that_is_killed_and_started_again_writes_the_same_file(tmp_path, whole):
    for last, status in ((8, -signal.SIGKILL), (0, 0)):
        command = [sys.executable, "-c", CHILD, str(tmp_path), str(last)]
        process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert process.returncode == status, process.stderr
    save(whole[0], tmp_path / "expected.safetensors")
    assert (tmp_path / "weights.safetensors").read_bytes() == (tmp_path / "expected.safetensors").read_bytes()
    assert load(tmp_path / "weights.safetensors").description == whole[0].description
