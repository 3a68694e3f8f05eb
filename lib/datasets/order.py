"""The order of the values in rows that hold colour images: rows say nothing about it, but images are smooth."""

from __future__ import annotations

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.images import LAYOUTS, Images

_LEAST_SIDE = 12  # pixels; smaller images are too rough to tell
# Neighbouring pixels of another order are so many times as alike before the order is doubted. Photographs in a wrong
# order exceed it (1.9 and more from 16 pixels on), and noise is as rough in each.
_DOUBTFUL = 1.4


def _roughness(pictures: np.ndarray) -> float:
    """Return the mean difference of neighbouring pixels of pictures (N, d, d, 3), in the direction where it is larger.

    In a wrong order neighbours may be channels of one pixel, which are alike, but in one direction alone.
    """
    return max(float(np.abs(np.diff(pictures, axis=axis)).mean()) for axis in (1, 2))


def check_order(images: Images, rows: np.ndarray) -> None:
    """Check that colour images in rows are in the order in which they were read.

    images: of the split. rows: the first of them (n, D) uint8, as they are read. Images whose shape says the order
    pass. Raises StudyError if neighbouring pixels are much more alike in another order.
    """
    if not images.unclear or images.side < _LEAST_SIDE:
        return
    side, pictures = images.side, rows.astype(np.int16).reshape(-1, images.side, images.side, 3)
    if images.layout == "interleaved":
        other, name = pictures.reshape(-1, 3, side, side).transpose(0, 2, 3, 1), "planes"
    else:
        other, name = pictures.transpose(0, 3, 1, 2).reshape(-1, side, side, 3), "interleaved"
    if _roughness(pictures) > _DOUBTFUL * _roughness(other):
        raise StudyError(
            f"{images.unclear}: X has rows of {rows.shape[1]} values, which are read in the order "
            f"{LAYOUTS[images.layout][0]}, but neighbouring pixels are more alike in the order {LAYOUTS[name][0]}; "
            "expected pictures, whose shape says the order: (N, d, d, 3) or (N, 3, d, d), in MATLAB (d, d, 3, N)"
        )
