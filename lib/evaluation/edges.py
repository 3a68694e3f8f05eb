"""Edge-likeness of a filter, the share of its energy in the best oriented template; its colour; copies of filters."""

from __future__ import annotations

from functools import lru_cache
from itertools import product

import numpy as np
import pandas as pd

from lib.evaluation.thresholds import CONSTANT, EDGE_SIDE
from lib.sample_patches import side_of

ORIENTATIONS = 16  # equal steps over 180 degrees
CYCLES = (
    1.0,
    1.5,
    2.0,
    3.0,
)  # along the side of the filter; a slow ramp from side to side, half a cycle, is not an edge
CENTRES = (-0.375, -0.1875, 0.0, 0.1875, 0.375)  # of the template, along either side, in sides from the middle
WIDTH = 0.4  # standard deviation of the envelope across the edge, in wavelengths: a bandwidth of 1.5 octaves
ELONGATIONS = (1.0, 2.0)  # standard deviation of the envelope along the edge, relative to that across it
_RANK = 1e-6  # relative singular value below which the two phases of a template count as one


@lru_cache(maxsize=4)
def templates(side: int) -> np.ndarray:
    """Return orthonormal pairs (T, 2, side*side) that span the two phases of each oriented grating.

    A template is a plane wave under a Gaussian envelope (a Gabor function, Daugman, J. Opt. Soc. Am. A
    2, 1985), minus its mean. A pair spans every phase of one orientation, frequency, position and
    elongation: edges are the odd phases and bars the even ones.
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
    """Return the share of each filter's energy, 0 to 1, in the oriented template that fits it best, (N,).

    filters: (N, D), channels last. The mean of every channel is removed first: a uniform colour is not
    an edge. The template has the same place, orientation and frequency in every channel, but a free
    amplitude and phase in each, so edges in brightness and edges between colours are treated equally.
    A constant filter has likeness 0. It is NaN for filters with sides below `EDGE_SIDE` pixels. Raises ValueError if
    rows are not square images or not finite.
    """
    planes, side = _planes(filters, channels), side_of(filters.shape[1], channels)
    return _best_templates(planes, side)[1] if side >= EDGE_SIDE else np.full(len(planes), np.nan)


def fitted_templates(filters: np.ndarray, channels: int = 3) -> np.ndarray:
    """Return the oriented template that fits each filter best, with its amplitude and phase in each channel, (N, D).

    filters: (N, D), channels last. The template's share of the energy of a filter without the means of its channels is
    the `edge_likeness`. The template of a constant filter is 0. Raises ValueError if rows are not square images or not
    finite.
    """
    side = side_of(filters.shape[1], channels)
    planes, pairs = _planes(filters, channels), templates(side)
    chosen = pairs[_best_templates(planes, side)[0]]
    fitted = np.swapaxes(chosen, 1, 2) @ (chosen @ planes)
    return fitted.reshape(filters.shape)


def unit_table(filters: np.ndarray, activations: np.ndarray, channels: int = 3) -> pd.DataFrame:
    """Return one row per unit of the first layer: measures of its filter and of its activations.

    filters: (units, D), channels last. activations: (N, units). Filters of edges may have vanishing strength: the
    standard deviation of the activations reveals it. The overlap is with the filters of units that vary, and is NaN for
    a constant unit. Raises ValueError if rows are not square images or not finite.
    """
    deviation = activations.std(axis=0, dtype=np.float64)
    varying, overlaps = deviation >= CONSTANT, np.full(len(filters), np.nan)
    if varying.any():
        overlaps[varying] = overlap(filters[varying], channels)
    columns = {
        "edge_likeness": edge_likeness(filters, channels),
        "colour_share": colour_share(filters, channels),
        "overlap": overlaps,
        "mean_activation": activations.mean(axis=0, dtype=np.float64),
        "activation_std": deviation,
    }
    return pd.DataFrame(columns).rename_axis("unit")


def _best_templates(planes: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the template that fits each filter best (N,), and its share of the filter's energy (N,).

    planes: filters (N, pixels, channels) without the mean of each channel.
    """
    planes, pairs = _scaled(planes), templates(side)
    numbers, shares = np.zeros(len(planes), dtype=np.int64), np.zeros(len(planes))
    for place, plane in enumerate(planes):
        energy = np.sum(plane**2)
        if energy > 0:
            inside = np.sum((pairs @ plane) ** 2, axis=(1, 2))
            numbers[place] = np.argmax(inside)
            shares[place] = inside[numbers[place]] / energy
    return numbers, shares


def colour_share(filters: np.ndarray, channels: int = 3) -> np.ndarray:
    """Return the share of each filter's energy, 0 to 1, that differs between its channels, (N,); NaN for grey images.

    filters: (N, D), channels last. The mean of every channel is removed first. The rest of the energy, along the
    grey axis (1, 1, 1)/sqrt(3), is contrast in brightness. A constant filter has share 0. Raises ValueError if rows
    are not square images or not finite.
    """
    planes = _scaled(_planes(filters, channels))
    if channels == 1:
        return np.full(len(planes), np.nan)
    energy = np.sum(planes**2, axis=(1, 2))
    colour = np.sum((planes - planes.mean(axis=2, keepdims=True)) ** 2, axis=(1, 2))
    return np.divide(colour, energy, out=np.zeros(len(planes)), where=energy > 0)


def overlap(filters: np.ndarray, channels: int = 3) -> np.ndarray:
    """Return the mean squared cosine of the angle between each filter and all filters, itself included, (N,).

    filters: (N, D), channels last. The mean of every channel is removed first; constant filters are equal to each
    other and at a right angle to the others. The inverse of the mean of all overlaps is the effective number of
    filters: it is N for orthogonal filters and 1 for copies of one filter. It is the participation ratio of the
    eigenvalues of the Gram matrix of the filters scaled to unit length (Gao et al., "A theory of multineuronal
    dimensionality, dynamics and measurement", bioRxiv 214262, 2017, for covariance matrices). Raises ValueError if
    rows are not square images or not finite.
    """
    planes = _scaled(_planes(filters, channels)).reshape(len(filters), -1)
    length = np.linalg.norm(planes, axis=1, keepdims=True)
    units = np.divide(planes, length, out=np.zeros_like(planes), where=length > 0)
    if len(units) <= units.shape[1]:
        found = np.sum((units @ units.T) ** 2, axis=1)
    else:
        found = np.einsum("nd,nd->n", units @ (units.T @ units), units)
    constant = length[:, 0] == 0
    found[constant] = constant.sum()
    return found / len(filters)


def _planes(filters: np.ndarray, channels: int) -> np.ndarray:
    """Return filters (N, pixels, channels), float64, without the mean of each channel.

    Raises ValueError for values that are not finite: shares of their energy would be 0, as for constant filters.
    """
    side_of(filters.shape[1], channels)
    planes = np.asarray(filters, dtype=np.float64).reshape(len(filters), -1, channels)
    if not np.isfinite(planes).all():
        raise ValueError("filters hold NaN or infinite values, expected finite numbers")
    return planes - planes.mean(axis=1, keepdims=True)


def _scaled(planes: np.ndarray) -> np.ndarray:
    """Return filters (N, pixels, channels), each times a power of two, with the largest magnitudes from 0.5 to 1.

    The energy of huge filters would be infinite, and that of tiny ones 0. No digit changes.
    """
    largest = np.abs(planes).max(axis=(1, 2), keepdims=True, initial=0.0)
    return np.ldexp(planes, -np.frexp(largest)[1])
