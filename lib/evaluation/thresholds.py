"""Thresholds at which results are called oriented, constant, collapsed, settled or supported."""

from __future__ import annotations

from math import ceil

LEVEL = 0.95  # of every interval; a difference is significant if the corrected p < 1 - LEVEL
ORIENTED = 0.6  # a filter is oriented if one template holds at least this share of its energy
EDGE_SIDE = 5  # pixels: on smaller filters some template fits white noise, so their edge-likeness is missing
COLOUR = 0.5  # a filter is one of opponent colours if at least this share of its energy differs between channels
CONSTANT = 1e-3  # a unit is constant if the standard deviation of its activation is smaller
COPIES = 3  # filters are copies of each other if their effective number is smaller
COLLAPSED = 0.9  # a layer has collapsed if at least this share of its units is constant
ALIKE = 1.1  # a layer has collapsed, too, if the effective number of its activations is smaller
SETTLED = 0.05  # training has settled when the reconstruction error stays within this share of its last value
STEADY = 0.01  # a training has converged if its loss falls by less than this share in its last iterations


def last_iterations(iterations: int) -> int:
    """Return how many last iterations of a training say whether it has converged.

    They are a tenth of all, but at least ten, as few iterations hardly change a loss; of less than twenty, half.
    """
    return max(ceil(iterations / 10), min(10, iterations // 2))


SUPPORTED = 2 / 3  # least share of oriented filters that supports the hypothesis
