"""Matrices larger than memory, written and read in blocks of rows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

IN_MEMORY = 2**29  # bytes; a larger matrix is kept in a file
KEPT_BYTES = 2**30  # of hidden activations that training keeps; activations of further rows are computed twice


class RowFile:
    """Matrix (N, D) in a .npy file in C order; indexing with a slice reads those rows only.

    Rows next to each other can be read with all of their columns; another index raises IndexError. Rows are read, not
    mapped: the pages of a memory map would count as memory of the process. Raises ValueError if the array in the file
    is not a matrix in C order.
    """

    ndim = 2

    def __init__(self, path: Path) -> None:
        mapped = np.load(path, mmap_mode="r")
        if mapped.ndim != 2 or not mapped.flags.c_contiguous:
            raise ValueError(f"{path}: an array of shape {mapped.shape}, expected a matrix in C order")
        self.shape, self.dtype, self.itemsize = mapped.shape, mapped.dtype, mapped.itemsize
        self._start = mapped.offset
        self._file = path.open("rb", buffering=0)

    def __array_namespace__(self) -> Any:
        return np

    def __getitem__(self, key: slice | tuple[slice, Any]) -> np.ndarray:
        rows, *columns = key if isinstance(key, tuple) else (key,)
        if not isinstance(rows, slice) or columns not in ([], [slice(None)]) or rows.step not in (None, 1):
            raise IndexError(f"index {key}, expected a slice of rows without a step, and all columns")
        start, stop, _ = rows.indices(self.shape[0])
        block = np.empty((max(0, stop - start), self.shape[1]), self.dtype)
        if not block.size:
            return block
        width, view, read = self.itemsize * self.shape[1], memoryview(block.data).cast("B"), 0
        while read < len(view):  # the system may give fewer bytes than asked for
            count = os.preadv(self._file.fileno(), [view[read:]], self._start + start * width + read)
            if count == 0:
                raise ValueError(f"{self._file.name}: ends after {self._start + start * width + read} bytes")
            read += count
        return block

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return self[:].astype(dtype or self.dtype, copy=False)


def concatenated(paths: str | Sequence[str], copies: int) -> np.ndarray:
    """Return the columns of matrices (copies * N, D) in .npy files as one array (copies, N, all columns).

    A single matrix is mapped instead of read.
    """
    parts = [np.load(path, mmap_mode="r") for path in ([paths] if isinstance(paths, str) else paths)]
    joined = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
    return joined.reshape(copies, -1, joined.shape[1])


def write_blocks(path: Path, shape: tuple[int, ...], dtype: Any, blocks: Iterable[np.ndarray]) -> None:
    """Write an array of that shape as a .npy file, from blocks of its rows in their order.

    The file is written, not mapped, so that its pages do not count as memory of the process.
    """
    with path.open("wb") as file:
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, header)
        for block in blocks:
            file.write(np.ascontiguousarray(block, dtype=dtype).data)


def write_rows(
    path: Path, rows: Any, function: Callable[[np.ndarray], np.ndarray], dtype: str, block: int = 2**15
) -> RowFile:
    """Apply a function to a matrix (N, D) block by block and write the result, also (N, D), to a file."""
    starts = range(0, len(rows), block)
    write_blocks(path, rows.shape, dtype, (function(rows[start : start + block]) for start in starts))
    return RowFile(path)
