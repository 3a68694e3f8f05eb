"""How gradients vanish with depth, the examples of chapter 19.3 of the lecture."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lib.training.feedforward import ACTIVATIONS, chain_gradient, gradient_norms, initial

# The chain of the lecture: its weights are in a figure, and follow from its printed numbers.
CHAIN, INPUT, TARGET = (1.0, -2.0, -2.0, -2.0, 1.0), 1.0, 0.5
OBJECTS, WIDTH, CLASSES = 200, 50, 10


def chain() -> pd.DataFrame:
    """Return one row per neuron of the chain, with the columns neuron, weight, output and gradient."""
    outputs, gradient = chain_gradient(CHAIN, INPUT, TARGET)
    numbers = np.arange(1, len(CHAIN) + 1)
    return pd.DataFrame({"neuron": numbers, "weight": CHAIN, "output": outputs, "gradient": gradient})


def slopes(points: int = 401) -> pd.DataFrame:
    """Return the slope of each activation between -6 and 6, with the columns activation, z and slope."""
    z = np.linspace(-6, 6, points)
    parts = [pd.DataFrame({"activation": name, "z": z, "slope": a.slope(z)}) for name, a in ACTIVATIONS.items()]
    return pd.concat(parts, ignore_index=True)


def norms(depths: tuple[int, ...], seeds: int) -> pd.DataFrame:
    """Return the norms of the gradients at the start, by activation, depth, seed and layer.

    Networks with ``depth`` layers of weights see random objects with random labels. Their weights are as
    `lib.training.feedforward.initial` draws them.
    """
    rows = []
    for seed in range(seeds):
        rng = np.random.default_rng(seed)
        x, labels = rng.normal(size=(OBJECTS, WIDTH)), rng.integers(0, CLASSES, OBJECTS)
        for activation in ACTIVATIONS:
            for depth in depths:
                network = initial([WIDTH] * depth + [CLASSES], np.random.default_rng([seed, depth]), activation)
                for layer, norm in enumerate(gradient_norms(network, x, labels), 1):
                    rows.append({"activation": activation, "depth": depth, "seed": seed, "layer": layer, "norm": norm})
    return pd.DataFrame(rows)
