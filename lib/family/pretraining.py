"""Pre-training by Boltzmann machines on pictures of letters, the experiment of chapter 19.3 of the lecture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lib.datasets.letters import LetterSplits, letters
from lib.training.boltzmann import Machine, Schedule, hamming_distance, hidden_probabilities, initial, train
from lib.training.descent import Gains, Momentum, StopRule
from lib.training.feedforward import (
    FullBatch,
    Labelled,
    Network,
    accuracy,
    cross_entropy,
)
from lib.training.feedforward import initial as random_network
from lib.training.feedforward import train as train_network

SHALLOW = (841, 100, 26)
DEEP = (841, 100, 300, 100, 50, 26)


@dataclass(frozen=True)
class Way:
    """How a feed-forward network is trained on all letters at once, as `FullBatch` without state."""

    momentum: float = 0.0
    gains: Gains | None = None
    decay: float = 0.0
    stop: StopRule = StopRule(2000)  # noqa: RUF009 - frozen
    learning_rate: float = 0.001

    def full_batch(self) -> FullBatch:
        """Return the training. Gradients are summed over letters: with a mean, 17 epochs would change little."""
        return FullBatch(Momentum(self.learning_rate, self.momentum, self.gains), self.stop, self.decay, summed=True)


# Printed settings of the lecture; most epochs are stated for PLAIN alone.
PRINTED_SHALLOW = Way(0.9, Gains(0.1, 10, 0.05, 0.95), stop=StopRule(2000, 0.05))
PRINTED_PLAIN = Way(decay=0.1, stop=StopRule(2000, 0.001, error=0.1))
PRINTED_TUNING = Way(0.9, Gains(0.01, 100, 0.005, 0.995), stop=StopRule(2000, 0.01))
# Both starts in the way of the fine-tuning, until the training error is that at which PRINTED_PLAIN ends. The printed
# stop rule would end the random start after a few epochs, in which the validation error grows before it falls.
EQUAL = Way(0.9, Gains(0.01, 100, 0.005, 0.995), stop=StopRule(1000, error=0.1))
_CHAIN = Schedule(0.001, 0.9, 10, 100, 35, Gains(0.001, 1000, 0.0005, 0.9995), summed=True)
PRINTED_MACHINES = (
    (_CHAIN, StopRule(100, 0.5, change=1e-7)),
    (_CHAIN, StopRule(100, 0.1)),
    (_CHAIN, StopRule(100, 0.1)),
)

MachineWay = tuple[Schedule, StopRule]


@dataclass(frozen=True)
class Outcome:
    """Result of one network.

    Attributes
    ----------
    row : measures of the network: epochs, error and accuracy on the test letters, why it ended, CPU seconds.
    history : one row per epoch: cross-entropy of training and validation letters.
    """

    row: dict[str, float | int | str]
    history: pd.DataFrame


def fitted(network: Network, data: LetterSplits, way: Way) -> Outcome:
    """Train a network in place and measure it on the test letters."""
    start = time.process_time()
    history, reason = train_network(network, Labelled(*data.training), Labelled(*data.validation), way.full_batch())
    seconds, test = time.process_time() - start, data.test
    correct = accuracy(network, test.x, test.labels)
    row: dict[str, float | int | str] = {
        "epochs": len(history),
        "training_error": history[-1].training,
        "test_error": cross_entropy(network, test.x, test.labels),
        "test_accuracy": correct,
        "correct": round(correct * len(test.x)),
        "test_letters": len(test.x),
        "message": reason,
        "seconds": seconds,
    }
    return Outcome(row, pd.DataFrame(history))


def pretrained(
    data: LetterSplits, rng: np.random.Generator, ways: tuple[MachineWay, ...] = PRINTED_MACHINES
) -> tuple[list[Machine], pd.DataFrame]:
    """Return machines for the first layers of `DEEP`, trained greedily, and one row per machine and epoch.

    A row has the Hamming distances of training and validation letters, by which the training of a machine ends. A
    machine above the first sees probabilities, whose binary values are compared.
    """
    machines, rows = [], []
    layer, validation = data.training.x, data.validation.x
    for number, (schedule, stop) in enumerate(ways, 1):
        errors: tuple[list[float], list[float]] = ([], [])

        def report(machine: Machine, epoch: int, number: int = number, stop: StopRule = stop) -> bool:
            for found, part in zip(errors, (layer, validation), strict=True):  # noqa: B023 - called in this iteration
                found.append(hamming_distance(machine, part))
            rows.append({"machine": number, "epoch": epoch, "training": errors[0][-1], "validation": errors[1][-1]})  # noqa: B023
            return stop.reason(*errors) is not None  # noqa: B023

        machine = train(initial(layer.shape[1], DEEP[number], rng), layer, schedule, rng, report)
        machines.append(machine)
        layer, validation = (hidden_probabilities(machine, part) for part in (layer, validation))
    return machines, pd.DataFrame(rows)


def started_from(machines: list[Machine], rng: np.random.Generator) -> Network:
    """Return the network `DEEP` whose first layers are machines; the others are random."""
    network = random_network(DEEP, rng)
    weights = [machine.W.copy() for machine in machines] + network.weights[len(machines) :]
    biases = [machine.hidden.copy() for machine in machines] + network.biases[len(machines) :]
    return replace(network, weights=weights, biases=biases)


def compared(seed: int, epochs: int = 2000) -> Iterator[tuple[dict[str, int | str], Outcome | pd.DataFrame]]:
    """Yield the networks of the lecture on letters, each with what identifies it, and the history of the machines.

    With its printed settings the lecture changes the start, the decay, the momentum, the gains and the stop rule at
    once. With ``settings`` "equal" only the start differs.

    epochs: limit of all trainings; it changes none whose printed limit is lower.
    """
    data = letters(np.random.default_rng([seed, 0]))

    def limited(way: Way) -> Way:
        return replace(way, stop=replace(way.stop, epochs=min(epochs, way.stop.epochs)))

    shallow = random_network(SHALLOW, np.random.default_rng([seed, 1]))
    yield _key(seed, "841-100-26", "random", "printed"), fitted(shallow, data, limited(PRINTED_SHALLOW))
    chains = tuple((replace(one, epochs=min(epochs, one.epochs)), stop) for one, stop in PRINTED_MACHINES)
    machines, history = pretrained(data, np.random.default_rng([seed, 2]), chains)
    yield _key(seed, "machines", "random", "printed"), history
    ways = (
        ("random", "printed", PRINTED_PLAIN),
        ("pretrained", "printed", PRINTED_TUNING),
        ("random", "equal", EQUAL),
        ("pretrained", "equal", EQUAL),
    )
    for start, settings, way in ways:
        network = started_from(machines if start == "pretrained" else [], np.random.default_rng([seed, 3]))
        yield _key(seed, "841-100-300-100-50-26", start, settings), fitted(network, data, limited(way))


def _key(seed: int, network: str, start: str, settings: str) -> dict[str, int | str]:
    return {"seed": seed, "network": network, "start": start, "settings": settings}
