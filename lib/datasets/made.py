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

    rng = np.random.RandomState(4)
    count, noise = 200, 0.1
    angles = rng.rand(count) * 3 * np.pi / 2 - 0.5
    data = np.empty((count, 3))
    data[:, 0] = np.cos(angles) + np.sin(angles) / 2 + noise * rng.randn(count) / 2
    data[:, 1] = np.sin(angles) * 0.7 + noise * rng.randn(count) / 2
    data[:, 2] = data[:, 0] * 0.1 + data[:, 1] * 0.3 + noise * rng.randn(count)
    scaler = StandardScaler().fit(data[:100])
    return Halves(scaler.transform(data[:100]), scaler.transform(data[100:]))


def expression(
    rng: np.random.Generator, genes: int = 14376, samples: int = 295, trained: int = 201, programs: int = 20
) -> Halves:
    """Return made gene expression: samples (rows) of many genes (columns), whose logarithms have few factors.

    It stands in for the private table of the lecture, chapter 18.4, with its shape. Levels of genes are log-normal over
    a wide range, as they are in real tables, so that few genes hold most of the variance. In each sample, levels vary
    with ``programs`` common factors (a standard deviation of 0.5 of the logarithm in all) and by noise (0.2). Values
    are divided by the root of their mean square.
    """
    levels = rng.normal(0, 2.6, size=genes)
    factors, loadings = rng.normal(size=(samples, programs)), rng.normal(size=(programs, genes))
    varied = 0.5 / np.sqrt(programs) * factors @ loadings + 0.2 * rng.normal(size=(samples, genes))
    data = np.exp(levels + varied)
    data /= np.sqrt(np.mean(data[:trained] ** 2))
    return Halves(data[:trained], data[trained:])
