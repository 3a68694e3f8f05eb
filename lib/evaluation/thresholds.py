"""The bounds from which results are called oriented, constant, collapsed, reached or supported."""

from __future__ import annotations

LEVEL = 0.95  # of every interval; tests call a difference shown where the corrected p < 1 - LEVEL
ORIENTED = 0.6  # a filter is called oriented when one template holds at least this share: blobs and noise do not
CONSTANT = 1e-3  # a unit is constant if the standard deviation of its activation is smaller
COLLAPSED = 0.9  # a layer has collapsed if at least this share of its units is constant
FRACTION = 0.999  # of the improvement of the loss; iterations and seconds to reach it are told
SUPPORTED = 2 / 3  # share of oriented filters from which the hypothesis counts as supported
