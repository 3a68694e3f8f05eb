"""What the hidden units of a trained model do on its training patches, and whether the network has collapsed.

A deep network with a sparsity term may settle where each hidden unit has the wanted mean activation on
every single patch: the reconstruction is then the mean patch, whatever the patch. Its loss looks like any
other, and its filters may even keep the form of edges at vanishing strength.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lib.evaluation.thresholds import CONSTANT

MEASURED_PATCHES = 100_000  # patches, the first, on which units are measured: they are in random order


def measure_layer(activations: np.ndarray, activation: str | None) -> dict[str, Any]:
    """Units of one layer by their activations (N, units) on N patches.

    A unit without variation says nothing about a patch: it is dead. One of ReLU counts as dead only if it is
    never active at all, since it has no gradient then and cannot come back.
    """
    constant = np.std(activations, axis=0, dtype=np.float64) < CONSTANT
    dead = np.max(activations, axis=0) <= 0 if activation == "relu" else constant
    return {
        "units": activations.shape[1],
        "mean_activation": float(np.mean(activations, dtype=np.float64)),
        "constant_units": int(np.sum(constant)),
        "dead_units": int(np.sum(dead)),
    }


def explained_variance(data: np.ndarray, reconstruction: np.ndarray) -> float:
    """1 - sum ||x - h(x)||^2 / sum ||x - mean||^2 of data (N, D): 1 is perfect, 0 no better than the mean.

    NaN for data without variance.
    """
    data = np.asarray(data, dtype=np.float64)
    total = float(np.sum((data - data.mean(axis=0)) ** 2))
    return 1 - float(np.sum((data - reconstruction) ** 2)) / total if total > 0 else float("nan")
