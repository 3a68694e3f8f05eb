"""Mean and standard deviation per channel, and number of images of a single colour, as fast as memory allows."""

from __future__ import annotations

import numpy as np

_PIXELS, _LINES, _FIRST_PIXELS = 1024, 64, 64


class Moments:
    """Sums of values and of their squares by channel, over blocks of rows.

    Values are summed over at most 64 lines of 1024 pixels: the sums of squares are below 2**24 and therefore exact in
    float32, the fastest type to add. The totals are exact in float64 for up to 10**11 values, because they are whole
    numbers below 2**53. The size of the blocks does not change them.
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
        """Return the mean (channels,) float64."""
        return self._means()[0]

    def std(self) -> np.ndarray:
        """Return the population standard deviation (channels,) float64."""
        mean, squares = self._means()
        return np.sqrt(np.maximum(squares - mean**2, 0))


class ConstantImages:
    """Number of images of a single colour, over blocks of rows.

    count: number of such images. first: number of the first such image, counted from 1; 0 if there is none.
    """

    def __init__(self, channels: int) -> None:
        self.count = self.first = self._seen = 0
        self._channels = channels

    def add(self, rows: np.ndarray) -> None:
        """Add rows (N, pixels * channels) of uint8, channels last."""
        constant = np.arange(len(rows))
        for stop in (_FIRST_PIXELS * self._channels, rows.shape[1]):  # the first pixels rule out most images
            part = rows[constant, :stop]
            constant = constant[(part[:, self._channels :] == part[:, : -self._channels]).all(axis=1)]
        if len(constant) and not self.count:
            self.first = self._seen + int(constant[0]) + 1
        self.count += len(constant)
        self._seen += len(rows)
