"""Conversion of numbers of other dtypes to intensities of uint8, where their scale is not in doubt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from lib.datasets.images import BLOCK, by_rows
from lib.datasets.notes import N_, Note
from lib.datasets.parsers.decoding import SCALES, WHITE, scale_of

_AMBIGUOUS = 16  # the scale of fractions is in doubt if the largest is above 1 and below this
_ALLOWED = "expected whole numbers from 0 to 255, 4095 or 65535, or fractions from 0 to 1 or to 255"


@dataclass
class Range:
    """The values of a source: the smallest and the largest, and whether all are whole numbers.

    denominator: 256 if all values are multiples of 1/256, else 0.
    """

    low: float
    high: float
    whole: bool
    denominator: int


def _blocks(source: Any) -> Iterator[np.ndarray]:
    step = max(1, BLOCK // max(1, prod(source.shape[1:]) * source.dtype.itemsize))
    for start in range(0, source.shape[0], step):
        yield np.asarray(source[start : start + step])


def range_of(source: Any) -> Range:
    """Return the range of a source of numbers, read once. Raises ValueError for NaN and infinite values."""
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
            with np.errstate(over="ignore"):  # values that overflow are refused later
                scaled = block * 256
            if found.denominator and not bool((scaled == np.floor(scaled)).all()):
                found.denominator = 0
    return found


class Converted:
    """A source of numbers as a source of uint8: values are shifted right by ``bits``, or multiplied and rounded."""

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
    """RGBA pictures of uint8 as RGB pictures on a white background.

    source: (N, d, d, 4), or (N, 4, d, d) if ``first``: the channels come first.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, source: Any, first: bool) -> None:
        self._source, self._axis = by_rows(source), 1 if first else 3
        self.shape = tuple(3 if axis == self._axis else size for axis, size in enumerate(source.shape))

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = np.asarray(self._source[rows]).astype(np.uint16)
        colours, alpha = np.split(block, [3], axis=self._axis)
        return ((colours * alpha + WHITE * (255 - alpha) + 127) // 255).astype(np.uint8)


def convert(source: Any, split: str, found: Range, largest: float) -> tuple[Any, Note]:
    """Return a source of numbers as a source of uint8, and a note on the scale.

    split: its name, for the note. found: the range of the source. largest: the largest value of all splits of the same
    kind of numbers, so that they have one scale. Raises ValueError if the scale is in doubt.
    """
    kind = source.dtype.kind
    if kind == "f" and found.high <= 1 < largest:
        raise ValueError(
            f"X holds fractions from {found.low:g} to {found.high:g}, but another split holds values up to "
            f"{largest:g}, expected one scale for all splits"
        )
    if found.low < 0:
        raise ValueError(f"X holds values of {source.dtype} from {found.low:g} to {found.high:g}, {_ALLOWED}")
    factor, bits, scale = 1, 0, 255
    if kind == "b" or (kind == "f" and largest <= 1):
        scale = 1
        factor = found.denominator if kind == "f" and found.denominator and found.high < 1 else 255
    elif kind == "f" and not found.whole and (largest < _AMBIGUOUS or largest > WHITE):
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
