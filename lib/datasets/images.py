"""Images as rows, read block by block from a source so that memory stays small.

A source has ``shape``, ``dtype`` and ``source[start:stop]``: an array, a memory map, or one of the classes below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import isqrt, prod
from typing import Any, BinaryIO

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file

BLOCK = 2**24  # bytes that a source reads at once if smaller reads are less efficient
STEP = 2**20  # bytes of images per block: few enough to stay in a core's cache from reading to writing
SLAB = 2**28  # bytes of a column-major matrix that are transposed at once: more bytes mean fewer passes over its file
TILE = 2**18  # bytes of images that are transposed at once, few enough to stay in a core's cache

# Layouts of an image in its row: the order of the axes, and the transposition to (N, row, column, channel).
LAYOUTS = {
    "interleaved": ("row, column, channel", None),
    "planes": ("channel, row, column", (0, 2, 3, 1)),
    "columns": ("channel, column, row", (0, 3, 2, 1)),  # as MATLAB and the binary files of STL-10 store images
    "transposed": ("channel, column, row", (0, 3, 2, 1)),  # the same, but pictures (N, d, d) are column-major, too
}


class Images:
    """Square images as rows (N, side * side * channels) of uint8, row-major, channels last.

    source: of uint8 with one image per row. layout: of its rows, a key of LAYOUTS. unclear: the file of colour
    images in rows, whose shape does not say their layout; empty for other images.
    """

    def __init__(self, source: Any, side: int, channels: int, layout: str = "interleaved", unclear: str = "") -> None:
        self.unclear = unclear
        self.shape = (int(source.shape[0]), side * side * channels)
        self.side, self.channels, self.layout, self._axes = side, channels, layout, LAYOUTS[layout][1]
        self.source = by_rows(source)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Return rows start to stop as a matrix (stop - start, side * side * channels) of uint8."""
        block = np.asarray(self.source[start:stop])
        if self._axes:
            stored = block.reshape(len(block), self.channels, self.side, self.side).transpose(self._axes)
            block = np.empty(stored.shape, dtype=np.uint8)
            few = max(1, TILE // self.shape[1])
            for first in range(0, len(block), few):
                # a few images at a time stay in the cache; copying channel by channel gives long inner loops
                for channel in range(self.channels):
                    block[first : first + few, ..., channel] = stored[first : first + few, ..., channel]
        return np.ascontiguousarray(block.reshape(len(block), self.shape[1]))

    def blocks(self) -> Iterator[np.ndarray]:
        """Yield all rows in order, about 1 MB at a time.

        Raises StudyError after the last block, with a sentence for every damaged image of the source.
        """
        step = max(1, STEP // self.shape[1])
        for start in range(0, self.shape[0], step):
            yield self.rows(start, min(start + step, self.shape[0]))
        if faults := getattr(self.source, "faults", []):
            raise StudyError(*faults)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.concatenate(list(self.blocks())).astype(dtype or np.uint8, copy=False)


def images_of(source: Any, layout: str = "interleaved", file: str = "") -> Images:
    """Return the images of a source of uint8 that `as_rows` returned. file: for sentences on the order of its values.

    Raises ValueError unless they are square.
    """
    shape = tuple(map(int, source.shape))
    width = prod(shape[1:])
    for channels in (3, 1):  # 3 d^2 and d^2 never coincide
        side = isqrt(width // channels)
        if side * side * channels == width:
            return Images(source, side, channels, layout, file if len(shape) == 2 and channels == 3 else "")
    raise ValueError(f"images have rows of {width} values, expected 3*d*d or d*d: square images in colour or grey")


def as_rows(source: Any, layout: str = "interleaved") -> tuple[Any, str]:
    """Return a source with one image per row, and the layout of its rows.

    source: rows (N, D), or pictures (N, d, d), (N, d, d, c), (N, c, d, d), or MATLAB's (d, d, N), (d, d, c, N), where c
    is 1, 3 or 4. layout: of rows (N, D). Raises ValueError for any other shape.
    """
    shape = tuple(map(int, source.shape))
    if shape[:1] == (0,):
        raise ValueError(f"X has shape {shape} and holds no images, expected at least one")
    if not 2 <= len(shape) <= 4 or 0 in shape:
        raise ValueError(f"X has shape {shape}, expected (N, 3*d*d) or (N, d*d): one image per row")
    if len(shape) == 2:
        return source, layout
    channels = (1, 3, 4)
    if shape[1] == shape[2] and shape[3:] in ((), *((c,) for c in channels)):
        return source, layout if layout == "transposed" else "interleaved"
    if len(shape) == 4 and shape[2] == shape[3] and shape[1] in channels:
        return source, "planes"
    if shape[0] == shape[1] and shape[2:-1] in ((), *((c,) for c in channels)) and hasattr(source, "T"):
        # the last axis counts the images: transposed, each image is column-major with its channels first
        return source.T, "columns"
    raise ValueError(f"X has shape {shape}, expected (N, d, d, 3), (N, 3, d, d) or (N, d, d): square pictures")


class ColumnMajor:
    """Rows (N, ...) of an array in Fortran order, in memory or in a file.

    A block of rows touches every page of such an array. Therefore many rows are transposed at once and kept until they
    have been read in order. slab: bytes of these rows.
    """

    def __init__(self, array: np.ndarray, slab: int = SLAB) -> None:
        self.shape, self.dtype, self._slab = array.shape, array.dtype, slab
        self._columns = array.T.reshape(-1, array.shape[0])  # a view: the array is stored like this
        self._start, self._rows = 0, np.empty((0, len(self._columns)), self.dtype)

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        if start < self._start or stop > self._start + len(self._rows):
            width = len(self._columns)
            end = min(max(stop, start + self._slab // (width * self.dtype.itemsize)), self.shape[0])
            self._rows = np.empty((0, width), self.dtype)  # frees the old rows before new ones are allocated
            transposed, few = np.empty((end - start, width), self.dtype), 64  # bytes of a cache line
            for first in range(0, width, few):
                transposed[:, first : first + few] = self._columns[first : first + few, start:end].T
            self._start, self._rows = start, transposed
        found = self._rows[start - self._start : stop - self._start]
        axes = range(len(self.shape) - 1, 0, -1)
        return found.reshape(len(found), *self.shape[:0:-1]).transpose(0, *axes)


def by_rows(source: Any) -> Any:
    """Return the source itself, or `ColumnMajor` for an array in Fortran order."""
    if isinstance(source, np.ndarray) and source.ndim > 1 and not source.flags.c_contiguous:
        return ColumnMajor(source) if source.flags.f_contiguous else source
    return source


class Subset:
    """Rows of a source. rows: their increasing numbers, so that a stream is read sequentially."""

    def __init__(self, source: Any, rows: np.ndarray) -> None:
        self._source, self._rows = by_rows(source), rows
        self.shape, self.dtype = (len(rows), *source.shape[1:]), source.dtype

    def __getitem__(self, rows: slice) -> np.ndarray:
        chosen = self._rows[rows]
        runs = np.split(chosen, np.flatnonzero(np.diff(chosen) != 1) + 1)  # consecutive rows are read at once
        found = [np.asarray(self._source[int(run[0]) : int(run[-1]) + 1]) for run in runs if len(run)]
        return np.concatenate(found) if found else np.asarray(self._source[0:0])

    @property
    def faults(self) -> list[str]:
        """A sentence for each damaged image that was read so far."""
        return getattr(self._source, "faults", [])


class Concatenated:
    """Sources with rows of the same shape, one after the other."""

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
    """Rows of a compressed stream, read sequentially.

    file: its name for sentences. open_at_rows: opens the stream at its first row; reading an earlier row opens it
    again. Raises StudyError if the stream is damaged or ends early.
    """

    def __init__(
        self,
        file: str,
        open_at_rows: Callable[[], BinaryIO],
        shape: tuple[int, ...],
        dtype: np.dtype | type = np.uint8,
    ) -> None:
        self.dtype = np.dtype(dtype)
        self.shape, self._file, self._open_at_rows = shape, file, open_at_rows
        self._width = prod(shape[1:]) * self.dtype.itemsize
        self._stream: BinaryIO | None = None
        self._row = 0

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        with faults_of_file(self._file, f"{self.shape[0]} images"):
            if self._stream is None or start < self._row:
                self._stream, self._row = self._open_at_rows(), 0
            while self._row < start:
                self._take(min(start - self._row, max(1, BLOCK // self._width)))
            return self._take(stop - start)

    def _take(self, count: int) -> np.ndarray:
        assert self._stream is not None
        block = self._stream.read(count * self._width)
        if len(block) != count * self._width:
            raise EOFError("ends before its last image")
        self._row += count
        return np.frombuffer(block, self.dtype).reshape(count, *self.shape[1:])
