"""How much a filter looks like an edge: the share of its energy in its best-fitting oriented template."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np

from lib.sample_patches import side_of

ORIENTATIONS = 16  # equal steps over 180 degrees
CYCLES = (1.0, 1.5, 2.0, 3.0)  # along the side of the filter; a slow ramp from side to side is half a cycle and no edge
CENTRES = (-0.375, -0.1875, 0.0, 0.1875, 0.375)  # of the template, along either side, in sides from the middle
WIDTH = 0.4  # standard deviation of the envelope across the edge, in wavelengths: a bandwidth of 1.5 octaves
ELONGATIONS = (1.0, 2.0)  # standard deviation of the envelope along the edge, in those across it
_RANK = 1e-6  # a template whose two phases span less than this share of energy is one template


@lru_cache(maxsize=4)
def templates(side: int) -> np.ndarray:
    """Orthonormal pairs (T, 2, side*side) that span the two phases of each oriented grating.

    A template is a plane wave under a Gaussian envelope (a Gabor function, Daugman, J. Opt. Soc. Am. A
    2, 1985), without its mean. Every phase of one orientation, frequency, position and elongation lies
    in the span of its pair: edges are the odd phases and bars the even ones.
    """
    grid = (np.arange(side) + 0.5) / side - 0.5
    y, x = np.meshgrid(grid, grid, indexing="ij")
    pairs = []
    for turn, cycles, y0, x0, elongation in product(range(ORIENTATIONS), CYCLES, CENTRES, CENTRES, ELONGATIONS):
        angle = np.pi * turn / ORIENTATIONS
        across = (x - x0) * np.cos(angle) + (y - y0) * np.sin(angle)
        along = -(x - x0) * np.sin(angle) + (y - y0) * np.cos(angle)
        std = WIDTH / cycles
        envelope = np.exp(-((across / std) ** 2 + (along / (elongation * std)) ** 2) / 2)
        waves = np.stack([envelope * f(2 * np.pi * cycles * across) for f in (np.cos, np.sin)]).reshape(2, -1)
        waves -= waves.mean(axis=1, keepdims=True)
        _, values, basis = np.linalg.svd(waves, full_matrices=False)
        pairs.append(basis * (values > _RANK * values[0])[:, None])
    return np.stack(pairs)


def edge_likeness(filters: np.ndarray, channels: int = 3) -> np.ndarray:
    """Share of each filter's energy, 0 to 1, in the oriented template that fits it best, (N,).

    filters: (N, D), channels last. The mean of every channel is removed first: a uniform colour is no
    edge. The template has the same place, orientation and frequency in every channel, with a free
    amplitude and phase: edges between light and dark and between two colours count alike. A filter that
    is constant has likeness 0.
    Raises ValueError for rows that are no square images.
    """
    side = side_of(filters.shape[1], channels)
    planes = np.asarray(filters, dtype=np.float64).reshape(len(filters), side * side, channels)
    planes = planes - planes.mean(axis=1, keepdims=True)
    pairs = templates(side)
    best = np.zeros(len(filters))
    for number, plane in enumerate(planes):
        energy = np.sum(plane**2)
        if energy > 0:
            best[number] = np.max(np.sum((pairs @ plane) ** 2, axis=(1, 2))) / energy
    return best
