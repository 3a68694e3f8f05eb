"""Images of any source as validated rows, read block by block so that memory stays small.

A source is anything with ``shape``, ``dtype`` and ``source[start:stop]``: an array, a memory map, or one
of the classes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isqrt, prod
from typing import Any, BinaryIO

import numpy as np

from lib.datasets.faults import told_of

BLOCK = 2**24  # bytes that sources read at once where reading less costs more
STEP = 2**20  # bytes of images given at once: so few stay in the cache of a core from reading to writing
SLAB = 2**28  # bytes of a column-major matrix turned at once: the more, the fewer passes over its file
TILE = 2**18  # bytes of images that stay in the cache of one core while they are turned

# How one image lies in its row, as the axes that make (N, row, column, channel) of what is stored.
LAYOUTS = {
    "interleaved": ("row, column, channel", None),
    "planes": ("channel, row, column", (0, 2, 3, 1)),
    "columns": ("channel, column, row", (0, 3, 2, 1)),  # as MATLAB and the binary files of STL-10 store images
}


class Images:
    """Square images as rows (N, side * side * channels) of uint8, row-major, channels last."""

    def __init__(self, source: Any, side: int, channels: int, layout: str = "interleaved") -> None:
        self.shape = (int(source.shape[0]), side * side * channels)
        self.side, self.channels, self._axes = side, channels, LAYOUTS[layout][1]
        self._source = by_rows(source)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Rows start to stop as a matrix (stop - start, side * side * channels)."""
        block = np.asarray(self._source[start:stop])
        if self._axes:
            stored = block.reshape(len(block), self.channels, self.side, self.side).transpose(self._axes)
            block = np.empty(stored.shape, dtype=np.uint8)
            few = max(1, TILE // self.shape[1])
            for first in range(0, len(block), few):
                # a few images at a time stay in the cache; channel by channel the copies have long inner loops
                for channel in range(self.channels):
                    block[first : first + few, ..., channel] = stored[first : first + few, ..., channel]
        return np.ascontiguousarray(block.reshape(len(block), self.shape[1]))

    def blocks(self) -> Iterator[np.ndarray]:
        """All rows in order, about 1 MB at a time."""
        step = max(1, STEP // self.shape[1])
        for start in range(0, self.shape[0], step):
            yield self.rows(start, min(start + step, self.shape[0]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.concatenate(list(self.blocks())).astype(dtype or np.uint8, copy=False)


def images_of(source: Any, layout: str = "interleaved") -> Images:
    """The images of a source of rows (N, D) or of pictures (N, d, d) or (N, d, d, channels).

    Raises ValueError with what was found and expected if they are no square images of uint8.
    """
    if source.dtype != np.uint8:
        raise ValueError(f"X has dtype {source.dtype}, expected uint8")
    shape = tuple(map(int, source.shape))
    if not 2 <= len(shape) <= 4 or 0 in shape:
        raise ValueError(f"X has shape {shape}, expected (N, 3*d*d) or (N, d*d): one image a row")
    width = prod(shape[1:])
    for channels in (3, 1):  # 3 d^2 and d^2 never coincide
        side = isqrt(width // channels)
        pictures = len(shape) == 2 or (side, side, channels) == (*shape[1:], 1)[:3]
        if side * side * channels == width and pictures:
            return Images(source, side, channels, layout)
    if len(shape) > 2:
        raise ValueError(f"X has shape {shape}, expected (N, d, d, 3) or (N, d, d): square pictures")
    raise ValueError(f"images have rows of {width} values, expected 3*d*d or d*d: square images in colour or grey")


class ColumnMajor:
    """Rows (N, ...) of an array that lies in memory, or in a file, with its first index running fastest.

    Every block of rows touches every page of such an array. So many rows at once are turned upright and
    kept until they have been asked for, in order.
    """

    def __init__(self, array: np.ndarray, slab: int = SLAB) -> None:
        self.shape, self.dtype, self._slab = array.shape, array.dtype, slab
        self._columns = array.T.reshape(-1, array.shape[0])  # no copy: this is how it lies
        self._start, self._rows = 0, np.empty((0, len(self._columns)), self.dtype)

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        if start < self._start or stop > self._start + len(self._rows):
            width = len(self._columns)
            end = min(max(stop, start + self._slab // (width * self.dtype.itemsize)), self.shape[0])
            self._rows = np.empty((0, width), self.dtype)  # the old ones go before the new ones come
            turned, few = np.empty((end - start, width), self.dtype), 64  # bytes of a cache line
            for first in range(0, width, few):
                turned[:, first : first + few] = self._columns[first : first + few, start:end].T
            self._start, self._rows = start, turned
        found = self._rows[start - self._start : stop - self._start]
        axes = range(len(self.shape) - 1, 0, -1)
        return found.reshape(len(found), *self.shape[:0:-1]).transpose(0, *axes)


def by_rows(source: Any) -> Any:
    """The source itself, or one that gives the rows of a column-major array quickly."""
    if isinstance(source, np.ndarray) and source.ndim > 1 and not source.flags.c_contiguous:
        return ColumnMajor(source) if source.flags.f_contiguous else source
    return source


class Stacked:
    """Sources of equal rows one after the other."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self._parts = [by_rows(part) for part in parts]
        self._starts = np.cumsum([0] + [part.shape[0] for part in parts]).tolist()
        self.shape = (self._starts[-1], *parts[0].shape[1:])
        self.dtype = np.result_type(*(part.dtype for part in parts))

    def __getitem__(self, rows: slice) -> np.ndarray:
        first, last, _ = rows.indices(self.shape[0])
        found = [
            np.asarray(part[max(first - start, 0) : last - start])
            for part, start in zip(self._parts, self._starts, strict=False)
            if start < last and start + part.shape[0] > first
        ]
        return found[0] if len(found) == 1 else np.concatenate(found)


class Streamed:
    """Rows of uint8 that come out of a compressed stream, read once from front to back.

    file: its name for sentences. opened: opens the stream at the first row; a step back opens it anew.
    Raises StudyError where the stream is damaged or ends early.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, file: str, opened: Callable[[], BinaryIO], shape: tuple[int, ...]) -> None:
        self.shape, self._file, self._opened, self._width = shape, file, opened, prod(shape[1:])
        self._stream: BinaryIO | None = None
        self._row = 0

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        with told_of(self._file, f"{self.shape[0]} images"):
            if self._stream is None or start < self._row:
                self._stream, self._row = self._opened(), 0
            while self._row < start:
                self._take(min(start - self._row, max(1, BLOCK // self._width)))
            return self._take(stop - start)
        raise AssertionError

    def _take(self, count: int) -> np.ndarray:
        assert self._stream is not None
        block = self._stream.read(count * self._width)
        if len(block) != count * self._width:
            raise EOFError("ends before its last image")
        self._row += count
        return np.frombuffer(block, np.uint8).reshape(count, *self.shape[1:])
