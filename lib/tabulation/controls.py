"""The table of control filters."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from lib.evaluation.edges import colour_share, edge_likeness
from lib.evaluation.thresholds import COLOUR, ORIENTED
from lib.evaluation.variance import explained_variance


def control_table(controls: Mapping[str, np.ndarray], channels: int) -> pd.DataFrame:
    """Return one row per kind of control filters (N, D): their number, edge-likeness, and shares of oriented ones.

    colour_share is the share of all filters that are oriented and have at least `COLOUR` of their energy in opponent
    colours, missing for grey images. flat_variance is the share of the variance of all values that the mean of each
    filter in every channel explains. The shares and the edge-likeness are missing for filters that are too small to
    tell an edge from noise.
    """
    rows = []
    for name, filters in controls.items():
        likeness, colour = edge_likeness(filters, channels), colour_share(filters, channels)
        oriented = likeness >= ORIENTED
        unknown = np.isnan(likeness).all()
        rows.append(
            {"control": name, "filters": len(filters), "edge_likeness": likeness.mean()}
            | {"oriented_share": np.nan if unknown else oriented.mean()}
            | {"flat_variance": _flat_variance(filters, channels)}
            | {"colour_share": np.nan if unknown or channels == 1 else (oriented & (colour >= COLOUR)).mean()}
        )
    return pd.DataFrame(rows)


def _flat_variance(filters: np.ndarray, channels: int) -> float:
    """Return the share of the variance of filters (N, D) that their means explain, NaN for equal ones."""
    pixels = filters.reshape(len(filters), -1, channels)
    means = np.broadcast_to(pixels.mean(axis=1, keepdims=True), pixels.shape)
    return explained_variance(filters, means.reshape(filters.shape))
