"""Numbers that are intensities beyond doubt, though not of uint8, become intensities from 0 to 255."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lib.datasets.images import BLOCK, by_rows
from lib.datasets.notes import N_, Note
from lib.datasets.parsers.decoding import SCALES, WHITE, scale_of

_BETWEEN = 16  # fractions whose largest is above 1 and below this may be on any scale
_ALLOWED = "expected whole numbers from 0 to 255, 4095 or 65535, or fractions from 0 to 1 or to 255"


@dataclass
class Range:
    """What values a source holds. parts: of how many parts of 1 all fractions are, 0 if of none that is known."""

    low: float
    high: float
    whole: bool
    parts: int


def _blocks(source: Any) -> Iterator[np.ndarray]:
    step = max(1, BLOCK // max(1, prod(source.shape[1:]) * source.dtype.itemsize))
    for start in range(0, source.shape[0], step):
        yield np.asarray(source[start : start + step])


def range_of(source: Any) -> Range:
    """The range of a source of numbers, which is read once. Raises ValueError where values are no numbers."""
    found = Range(np.inf, -np.inf, True, 256)
    for block in _blocks(source):
        if not block.size:
            continue
        low, high = block.min(), block.max()
        if not (np.isfinite(low) and np.isfinite(high)):
            raise ValueError(f"X holds NaN or infinite values of {source.dtype}, {_ALLOWED}")
        found.low, found.high = min(found.low, float(low)), max(found.high, float(high))
        if block.dtype.kind == "f":
            found.whole = found.whole and bool((block == np.floor(block)).all())
            with np.errstate(over="ignore"):  # of values that are no intensities anyway
                parts = block * 256
            if found.parts and not bool((parts == np.floor(parts)).all()):
                found.parts = 0
    return found


class Converted:
    """A source of numbers as one of uint8: values times a factor, or shifted by some bits, rounded."""

    dtype = np.dtype(np.uint8)

    def __init__(self, source: Any, factor: int, bits: int) -> None:
        self.shape, self._source, self._factor, self._bits = source.shape, by_rows(source), factor, bits

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = np.asarray(self._source[rows])
        if self._bits:
            return (block.astype(np.int64) >> self._bits).astype(np.uint8)
        if block.dtype.kind == "f":
            block = np.rint(block.astype(np.float64) * self._factor)
        return (block * self._factor if block.dtype.kind == "b" else block).astype(np.uint8)


class Composited:
    """Pictures of uint8 with red, green, blue and alpha as pictures of three channels on a white background.

    source: (N, d, d, 4), or (N, 4, d, d) where the channels come first.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, source: Any, first: bool) -> None:
        self._source, self._axis = by_rows(source), 1 if first else 3
        self.shape = tuple(3 if axis == self._axis else size for axis, size in enumerate(source.shape))

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = np.asarray(self._source[rows]).astype(np.uint16)
        colours, alpha = np.split(block, [3], axis=self._axis)
        return ((colours * alpha + WHITE * (255 - alpha) + 127) // 255).astype(np.uint8)


def converted(source: Any, split: str, found: Range, largest: float) -> tuple[Any, Note]:
    """A source of numbers as one of uint8, and a note on what was done.

    found: the range of this source, the images of a split. largest: the largest value of all sources of the data set
    of the same kind, so that all of them have one scale. Raises ValueError for values whose scale is not beyond doubt.
    """
    kind = source.dtype.kind
    if kind == "f" and found.high <= 1 < largest:
        raise ValueError(
            f"X holds fractions from {found.low:g} to {found.high:g} and another split values up to {largest:g}, "
            "expected one scale for all splits"
        )
    if found.low < 0:
        raise ValueError(f"X holds values of {source.dtype} from {found.low:g} to {found.high:g}, {_ALLOWED}")
    factor, bits, scale = 1, 0, 255
    if kind == "b" or (kind == "f" and largest <= 1):
        scale = 1
        factor = found.parts if kind == "f" and found.parts and found.high < 1 else 255
    elif kind == "f" and not found.whole and (largest < _BETWEEN or largest > WHITE):
        raise ValueError(f"X holds fractions from {found.low:g} to {found.high:g}, {_ALLOWED}")
    else:
        try:
            scale = scale_of(int(np.ceil(largest)))
        except ValueError as error:
            raise ValueError(f"X holds {error}, {_ALLOWED}") from None
        bits = SCALES[scale]
    text = N_("Values of {split}, {dtype} from {low} to {high}, are read on the scale from 0 to {scale}.")
    values = {
        "split": split,
        "dtype": str(source.dtype),
        "low": f"{found.low:g}",
        "high": f"{found.high:g}",
        "scale": scale,
    }
    return Converted(source, factor, bits), Note(text, values)
