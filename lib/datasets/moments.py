"""Mean and standard deviation per channel, and images of one colour, of images of uint8 at the speed of memory."""

from __future__ import annotations

import numpy as np

_PIXELS, _LINES = 1024, 64


class Moments:
    """Sums of the values and of their squares by channel, over as many blocks of rows as are added.

    Values are added up in lines of 1024 pixels, at most 64 lines at a time: their sums of squares stay
    below 2**24 and so are whole numbers that float32, the fastest type to add, holds exactly. The totals
    are whole numbers below 2**53 for up to 10**11 values, so the size of the blocks changes nothing.
    """

    def __init__(self, channels: int) -> None:
        self.pixels = 0
        self._sums = np.zeros((2, _PIXELS * channels))
        self._lines = np.empty((_LINES, _PIXELS * channels), np.float32)
        self._channels = channels

    def add(self, rows: np.ndarray) -> None:
        """Add rows (N, pixels * channels) of uint8, channels last."""
        values = rows.reshape(-1)
        self.pixels += len(values) // self._channels
        width = self._lines.shape[1]
        whole = len(values) // width * width
        lines = values[:whole].reshape(-1, width)
        for start in range(0, len(lines), _LINES):
            self._add(lines[start : start + _LINES])
        if whole < len(values):
            self._add(values[None, whole:])

    def _add(self, lines: np.ndarray) -> None:
        count, width = lines.shape
        values = self._lines[:count, :width]
        values[...] = lines
        self._sums[0, :width] += np.add.reduce(values, axis=0)
        np.multiply(values, values, out=values)
        self._sums[1, :width] += np.add.reduce(values, axis=0)

    def _means(self) -> np.ndarray:
        return self._sums.reshape(2, _PIXELS, self._channels).sum(axis=1) / self.pixels

    def mean(self) -> np.ndarray:
        """Mean (channels,) float64."""
        return self._means()[0]

    def std(self) -> np.ndarray:
        """Standard deviation (channels,) float64 of the population."""
        mean, squares = self._means()
        return np.sqrt(np.maximum(squares - mean**2, 0))


class Constants:
    """Counts images of one colour throughout, over as many blocks of rows as are added.

    count: their number. first: the number of the first one from 1, 0 if there is none.
    """

    def __init__(self, channels: int) -> None:
        self.count = self.first = self._seen = 0
        self._channels = channels

    def add(self, rows: np.ndarray) -> None:
        """Add rows (N, pixels * channels) of uint8, channels last."""
        still = np.arange(len(rows))
        for stop in (_LINES * self._channels, rows.shape[1]):  # the first pixels tell most images already
            part = rows[still, :stop]
            still = still[(part[:, self._channels :] == part[:, : -self._channels]).all(axis=1)]
        if len(still) and not self.count:
            self.first = self._seen + int(still[0]) + 1
        self.count += len(still)
        self._seen += len(rows)
