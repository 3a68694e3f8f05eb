"""A Boltzmann machine on handwritten digits with a softmax layer, the basic deep belief network of chapter 19.2."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from lib.training.boltzmann import (
    Machine,
    Schedule,
    free_energy,
    hamming_distance,
    hidden_probabilities,
    initial,
    train,
)
from lib.training.descent import Momentum
from lib.training.feedforward import Labelled, Network, accuracy, cross_entropy, softmax_gradient

UNITS = 500
PRINTED_ACCURACY, PRINTED_DIGITS = 0.933594, 256  # of the lecture, and the test digits that it rests on
MEASURED = 2_000  # digits on which errors are measured after each epoch


@dataclass(frozen=True)
class Belief:
    """Settings of a deep belief network of one machine.

    Attributes
    ----------
    schedule : of the machine; the lecture has 200 epochs, batches of 256, a rate of 0.001 and 2 steps.
    mean, deviation : of the initial weights; the lecture's listing has 0.01 and 1 in effect.
    updates, batch_size, rate : of the softmax layer; the lecture has 200 updates and states no rate.
    whole : whether the softmax layer's training changes the machine's weights, too.
    """

    schedule: Schedule = field(default_factory=lambda: Schedule(0.001, 0.0, 256, 200, 2))
    mean: float = 0.0
    deviation: float = 0.01
    updates: int = 200
    batch_size: int = 256
    rate: float = 0.3
    whole: bool = False


# The lecture's settings with a start near 0, its listing's start, and a higher rate with chains of three lengths.
BELIEFS = {
    "printed": Belief(),
    "printed start": Belief(mean=0.01, deviation=1.0),
    **{f"CD-{steps}": Belief(Schedule(0.1, 0.0, 256, 20, steps)) for steps in (1, 2, 15)},
}


@dataclass(frozen=True)
class BeliefResult:
    """Result of a deep belief network.

    Attributes
    ----------
    machine : the trained machine, as it was before the softmax layer's training.
    epochs : one row per epoch of the machine: Hamming distance and mean free energy of training and test digits.
    updates : one row per ten updates: loss and accuracy of the batch, before the update.
    loss, accuracy : of all test digits.
    """

    machine: Machine
    epochs: pd.DataFrame
    updates: pd.DataFrame
    loss: float
    accuracy: float


def binarised(images: np.ndarray, labels: np.ndarray) -> Labelled:
    """Return images (N, D) as float32, 1 where a pixel is above 0, with their labels (N,).

    Raises ValueError if fewer than a tenth of the pixels are 0: such images have no black background.
    """
    x = (np.asarray(images) > 0).astype(np.float32)
    if (ink := float(x.mean())) > 0.9:
        raise ValueError(f"{ink:.0%} of the pixels are above 0, expected bright digits on a black background")
    return Labelled(x, np.asarray(labels))


def belief_network(training: Labelled, test: Labelled, settings: Belief, rng: np.random.Generator) -> BeliefResult:
    """Train a machine of 500 units on binary digits, then a softmax layer on the probabilities of its units."""
    rows = []

    def report(machine: Machine, epoch: int) -> None:
        row: dict[str, float] = {"epoch": epoch}
        for name, part in (("training", training), ("test", test)):
            row[f"{name}_hamming"] = hamming_distance(machine, part.x[:MEASURED])
            row[f"{name}_free_energy"] = float(np.mean(free_energy(machine, part.x[:MEASURED])))
        rows.append(row)

    start = initial(training.x.shape[1], UNITS, rng, settings.mean, settings.deviation, "float32")
    machine = train(start, training.x, settings.schedule, rng, report)
    network, updates = _classifier(machine, training, settings, rng)
    return BeliefResult(
        machine,
        pd.DataFrame(rows),
        updates,
        cross_entropy(network, test.x, test.labels),
        accuracy(network, test.x, test.labels),
    )


def _classifier(
    machine: Machine, training: Labelled, settings: Belief, rng: np.random.Generator
) -> tuple[Network, pd.DataFrame]:
    """Return the machine with a trained softmax layer, and one row per ten updates."""
    classes = int(training.labels.max()) + 1
    weights = [machine.W.copy(), np.zeros((classes, UNITS), np.float32)]
    network = Network(weights, [machine.hidden.copy(), np.zeros(classes, np.float32)])
    top = Network(network.weights[1:], network.biases[1:])
    trained = network if settings.whole else top
    descent, rows = Momentum(settings.rate), []
    for update in range(settings.updates):
        chosen = rng.choice(len(training.x), min(settings.batch_size, len(training.x)), replace=False)
        x, labels = training.x[chosen], training.labels[chosen]
        if update % 10 == 0:
            measures = {"loss": cross_entropy(network, x, labels), "accuracy": accuracy(network, x, labels)}
            rows.append({"update": update} | measures)
        seen = x if settings.whole else hidden_probabilities(machine, x)
        descent.update(trained.arrays, softmax_gradient(trained, seen, labels))
    return network, pd.DataFrame(rows)
