"""Checksums of the files of a study: kept when a file is written, verified when it is read.

The checksums of ``folder/name`` are in ``folder/.checksums/name.crc32``: the size of the file and a CRC-32 for each of
its blocks, so that a job that reads a part of a large file verifies that part only.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from zlib_ng import zlib_ng

from lib.base.errors import StudyError

BLOCK = 2**16  # bytes
FOLDER, SUFFIX = ".checksums", ".crc32"


@dataclass(frozen=True)
class Checksums:
    """Size in bytes of a file, and the CRC-32 (blocks,) uint32 of each of its blocks of `BLOCK` bytes."""

    size: int
    blocks: np.ndarray


def place_of(path: str | Path) -> Path:
    """Return the file that holds the checksums of a file."""
    path = Path(path)
    return path.parent / FOLDER / f"{path.name}{SUFFIX}"


def checksums_of(path: str | Path) -> Checksums:
    """Read a file and return its checksums."""
    found, content = [], memoryview(bytearray(BLOCK))
    with open(path, "rb") as file:
        while length := file.readinto(content):
            found.append(zlib_ng.crc32(content[:length]))
        return Checksums(file.tell(), np.array(found, np.uint32))


def keep(checksums: Checksums, path: str | Path) -> None:
    """Store the checksums of the file with this path."""
    place = place_of(path)
    place.parent.mkdir(exist_ok=True)
    part = place.with_name(f"{place.name}.{os.getpid()}")
    part.write_bytes(np.uint64(checksums.size).tobytes() + checksums.blocks.tobytes())
    part.replace(place)


def kept(path: str | Path) -> Checksums | None:
    """Return the stored checksums of a file, None if there are none or if they are damaged themselves."""
    try:
        stored = place_of(path).read_bytes()
    except OSError:
        return None
    if len(stored) < 8 or len(stored) % 4:
        return None
    size = int(np.frombuffer(stored[:8], np.uint64)[0])
    blocks = np.frombuffer(stored[8:], np.uint32)
    return Checksums(size, blocks) if len(blocks) == -(-size // BLOCK) else None


def damage(path: str | Path) -> str | None:
    """Return how a file differs from its stored checksums, None if it does not differ or has none."""
    stored = kept(path)
    if stored is None:
        return None
    size = Path(path).stat().st_size
    if size != stored.size:
        return f"has {size} bytes, expected {stored.size}"
    different = np.flatnonzero(checksums_of(path).blocks != stored.blocks)
    return _different(int(different[0]), size) if len(different) else None


def verify(path: str | Path) -> None:
    """Raise StudyError if a file is not as it was written; a file without checksums passes."""
    if (fault := damage(path)) is not None:
        raise _damaged(path, fault)


def verify_all(paths: Iterable[str | Path]) -> None:
    """Verify several files. Raises StudyError with one sentence for each that is not as it was written."""
    faults = [(path, fault) for path in paths if (fault := damage(path)) is not None]
    if faults:
        raise StudyError(*(str(_damaged(path, fault)) for path, fault in faults))


def files_with_checksums(folder: str | Path) -> Iterator[Path]:
    """Yield the files below a folder of which checksums are kept, in the order of their names."""
    for place in sorted(Path(folder).rglob(f"{FOLDER}/*{SUFFIX}")):
        yield place.parent.parent / place.name.removesuffix(SUFFIX)


class CheckedRows:
    """Matrix (N, D) in a .npy file in C order, mapped; indexing verifies the blocks of the rows that it reads.

    An index is one of NumPy's for a matrix, whose first part selects rows. Raises StudyError if a row is damaged.
    """

    ndim = 2

    def __init__(self, path: str | Path) -> None:
        self._path, self._stored = path, kept(path)
        if self._stored:
            # The shape is read from the first block: it must be right before NumPy maps what it states.
            if (size := Path(path).stat().st_size) != self._stored.size:
                raise _damaged(path, f"has {size} bytes, expected {self._stored.size}")
            self._verified = np.zeros(len(self._stored.blocks), bool)
            with open(path, "rb") as file:
                self._verify_block(0, file.read(BLOCK), self._stored)
        self._mapped = np.load(path, mmap_mode="r")
        self.shape, self.dtype = self._mapped.shape, self._mapped.dtype
        with open(path, "rb") as file:
            self._bytes = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __len__(self) -> int:
        return self.shape[0]

    def __array_namespace__(self) -> Any:
        return np

    def __getitem__(self, key: Any) -> np.ndarray:
        if self._stored:
            rows = np.arange(self.shape[0])[key[0] if isinstance(key, tuple) else key]
            self._verify(self._stored, np.unique(rows))
        return self._mapped[key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def _verify(self, stored: Checksums, rows: np.ndarray) -> None:
        width, start = self._mapped.strides[0], self._mapped.offset
        first, last = (start + rows * width) // BLOCK, (start + (rows + 1) * width - 1) // BLOCK
        wanted = np.zeros(len(self._verified) + 1, int)
        np.add.at(wanted, first, 1)
        np.add.at(wanted, last + 1, -1)
        for block in np.flatnonzero((np.cumsum(wanted[:-1]) > 0) & ~self._verified):
            self._verify_block(int(block), self._bytes[block * BLOCK : (block + 1) * BLOCK], stored)

    def _verify_block(self, block: int, content: bytes | memoryview, stored: Checksums) -> None:
        if zlib_ng.crc32(content) != stored.blocks[block]:
            raise _damaged(self._path, _different(block, stored.size))
        self._verified[block] = True


def _different(block: int, size: int) -> str:
    """Return what a block says that differs."""
    return f"differs from what was written, between byte {block * BLOCK} and {min((block + 1) * BLOCK, size)}"


def _damaged(path: str | Path, fault: str) -> StudyError:
    return StudyError(f"{path}: {fault}: the file is damaged; delete it, and the same command makes it again")
