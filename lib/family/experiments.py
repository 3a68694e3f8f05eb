"""The experiments of the lecture, each as two tables; all but that on digits make their data."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from lib.datasets.made import expression, tilted_plane
from lib.family import linear, pretraining, vanishing
from lib.family.digits import BELIEFS, belief_network
from lib.training.feedforward import Labelled
from lib.training.linear import initial, principal, train

DEPTHS = (2, 4, 8, 16)


class Tables(NamedTuple):
    """Results of an experiment, one row per measured thing, and what its curves or points are drawn from."""

    results: pd.DataFrame
    curves: pd.DataFrame


def points(seeds: int) -> Tables:
    """Return how the ways to two codings of the points in space agree, and the codings of the test half.

    The curves have the columns way, coding_1 and coding_2: the coordinates of each point for PCA, and for Adam.
    """
    data = tilted_plane()
    model = initial(3, 2, np.random.default_rng(0))
    train(model, data.training, 0.01, 1000)
    codings = {"pca": principal(data.training, 2), "adam": model}
    drawn = [
        pd.DataFrame(one.encode(data.test), columns=["coding_1", "coding_2"]).assign(way=way)
        for way, one in codings.items()
    ]
    return Tables(linear.comparisons(seeds), pd.concat(drawn, ignore_index=True))


def table(seeds: int) -> Tables:
    """Return the errors of a linear autoencoder with 100 units on a wide table, and its errors step by step."""
    rows, curves = [], []
    for seed in range(seeds):
        data = expression(np.random.default_rng([seed, 0]))
        found = linear.on_wide_table(data, 100, 300, np.random.default_rng([seed, 1]))
        rows.append(
            {
                "seed": seed,
                "training_error": found.history[-1],
                "test_error": found.test,
                "pca_training_error": found.components,
                "pca_test_error": found.components_test,
                "largest_error": found.history[1:].max(),
            }
        )
        steps = np.arange(len(found.history))
        curves.append(pd.DataFrame({"seed": seed, "step": steps, "training_error": found.history}))
    return Tables(pd.DataFrame(rows), pd.concat(curves, ignore_index=True))


def gradients(seeds: int) -> Tables:
    """Return the chain of five neurons, and the norms of gradients by activation, depth, seed and layer."""
    return Tables(vanishing.chain(), vanishing.norms(DEPTHS, seeds))


def letters(seeds: int) -> Tables:
    """Return the networks on letters, and the errors of each epoch: Hamming distances of machines, or cross-entropy."""
    rows, curves = [], []
    for seed in range(seeds):
        for key, found in pretraining.compared(seed):
            if isinstance(found, pd.DataFrame):
                curves.append(found.assign(**key))
            else:
                rows.append(key | found.row)
                curves.append(found.history.assign(**key))
    return Tables(pd.DataFrame(rows), pd.concat(curves, ignore_index=True))


def digits(training: Labelled, test: Labelled, seeds: int) -> Tables:
    """Return deep belief networks of one machine on binary digits, and the loss of their softmax layers' batches."""
    rows, curves = [], []
    for seed in range(seeds):
        for name, settings in BELIEFS.items():
            found = belief_network(training, test, settings, np.random.default_rng(seed))
            schedule, last = settings.schedule, found.epochs.iloc[-1]
            row = {
                "settings": name,
                "seed": seed,
                "gibbs_steps": schedule.steps,
                "learning_rate": schedule.learning_rate,
                "epochs": schedule.epochs,
                "deviation": settings.deviation,
                "test_hamming": last["test_hamming"],
                "test_loss": found.loss,
                "test_accuracy": found.accuracy,
                "test_digits": len(test.x),
            }
            rows.append(row)
            curves.append(found.updates.assign(settings=name, seed=seed))
    return Tables(pd.DataFrame(rows), pd.concat(curves, ignore_index=True))


EXPERIMENTS: dict[str, Callable[[int], Tables]] = {
    "points": points,
    "table": table,
    "gradients": gradients,
    "letters": letters,
}
