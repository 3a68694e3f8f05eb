"""Made data of known structure for linear autoencoders."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Halves(NamedTuple):
    """Objects to train on and to test, (N, D) float64 each."""

    training: np.ndarray
    test: np.ndarray


def tilted_plane() -> Halves:
    """Return 100 and 100 points in three dimensions near a plane, standardised by the first half.

    They are those of the lecture, chapter 18.3, to the last bit: NumPy keeps this generator's numbers.
    """
    from sklearn.preprocessing import StandardScaler

    rng = np.random.RandomState(4)  # noqa: NPY002
    count, noise = 200, 0.1
    angles = rng.rand(count) * 3 * np.pi / 2 - 0.5
    data = np.empty((count, 3))
    data[:, 0] = np.cos(angles) + np.sin(angles) / 2 + noise * rng.randn(count) / 2
    data[:, 1] = np.sin(angles) * 0.7 + noise * rng.randn(count) / 2
    data[:, 2] = data[:, 0] * 0.1 + data[:, 1] * 0.3 + noise * rng.randn(count)
    scaler = StandardScaler().fit(data[:100])
    return Halves(scaler.transform(data[:100]), scaler.transform(data[100:]))


def expression(
    rng: np.random.Generator, genes: int = 14376, samples: int = 295, trained: int = 201, programs: int = 60
) -> Halves:
    """Return made gene expression: samples (rows) of many correlated genes (columns), of a known number of factors.

    It stands in for the private table of the lecture, chapter 18.4, with its shape. Each of the ``programs`` factors
    acts on all genes with normal weights, the k-th with a standard deviation proportional to 1 / sqrt(k); independent
    noise has 2 % of the variance, and all genes have variance 1 on average.
    """
    strength = 1 / np.sqrt(np.arange(1, programs + 1))
    strength /= np.linalg.norm(strength)
    factors = rng.normal(size=(samples, programs)) * strength
    data = np.sqrt(0.98) * factors @ rng.normal(size=(programs, genes))
    data += np.sqrt(0.02) * rng.normal(size=data.shape)
    return Halves(data[:trained], data[trained:])
