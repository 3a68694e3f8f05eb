"""Restricted Boltzmann machines: speed and quality compared with scikit-learn's BernoulliRBM, on the same patches."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from sklearn.neural_network import BernoulliRBM

from benchmarks.data import patches
from benchmarks.measuring import Way, compare
from lib.training.boltzmann import Machine, Schedule, initial, train

OBJECTS, UNITS = 4_000, (75, 500)
EPOCHS, LONG = 1, 10  # epochs that are timed, and after which the quality is measured
RATE, BATCH = 0.05, 100
OURS, PEER = "contrastive divergence", "scikit-learn"


def visible(objects: int) -> np.ndarray:
    """Return patches (N, 192) of the photographs as probabilities, float32: each is scaled to [0, 1]."""
    data = patches(objects, "float32")
    low, high = (function(data, axis=1, keepdims=True) for function in (np.min, np.max))
    return (data - low) / np.maximum(high - low, 1e-6)


def ours(x: np.ndarray, units: int, epochs: int) -> Machine:
    """Return a machine that is trained by CD-1."""
    rng = np.random.default_rng(0)
    return train(initial(x.shape[1], units, rng, dtype="float32"), x, Schedule(RATE, 0.0, BATCH, epochs), rng)


def peer(x: np.ndarray, units: int, epochs: int) -> BernoulliRBM:
    """Return scikit-learn's machine, which is trained by persistent contrastive divergence."""
    return BernoulliRBM(units, learning_rate=RATE, batch_size=BATCH, n_iter=epochs, random_state=0).fit(x)


def as_machine(model: BernoulliRBM) -> Machine:
    """Return the parameters of scikit-learn's machine."""
    return Machine(model.components_, model.intercept_visible_, model.intercept_hidden_)


def pseudo_likelihood(machine: Machine, x: np.ndarray) -> float:
    """Return scikit-learn's estimate of log P(x) per object, a mean over binary x (N, D), for either machine."""
    model = BernoulliRBM(len(machine.hidden), random_state=0)
    model.components_, model.intercept_visible_, model.intercept_hidden_ = machine.arrays
    return float(np.mean(model.score_samples(x)))


def reconstruction_error(machine: Machine, x: np.ndarray) -> float:
    """Return the mean squared error of reconstructions of x (N, D)."""
    from lib.training.boltzmann import reconstruct

    return float(np.mean((reconstruct(machine, x) - x) ** 2))


def measure() -> Iterator[pd.DataFrame]:
    """Yield one table per number of units: seconds of an epoch, their ratio, and the quality on held-out patches."""
    data = visible(OBJECTS + OBJECTS // 4)
    x, unseen = data[:OBJECTS], data[OBJECTS:]
    states = (unseen > 0.5).astype(np.float32)
    for units in UNITS:
        timed: dict[str, Callable[[], object]] = {
            OURS: lambda units=units: ours(x, units, EPOCHS),
            PEER: lambda units=units: peer(x, units, EPOCHS),
        }
        ways: dict[str, Way] = {name: (function, 1) for name, function in timed.items()}
        machines = {OURS: ours(x, units, LONG), PEER: as_machine(peer(x, units, LONG))}
        yield compare(ways, OURS).assign(
            units=units,
            objects=OBJECTS,
            **{
                "pseudo-likelihood": [pseudo_likelihood(machines[name], states) for name in ways],
                "squared error": [reconstruction_error(machines[name], unseen) for name in ways],
            },
        )
