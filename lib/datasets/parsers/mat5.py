"""Checks of MATLAB files of version 5 before SciPy reads them.

SciPy trusts the sizes and the nesting that a file claims. Only matrices of numbers or text and cells of such matrices
pass the checks, and only if they do not unpack to more bytes than images can.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

EXPANSION = 50  # times the file's size that it may unpack to: photographs are compressed to half at best
ALLOWANCE = 2**26  # bytes that a file of any size may unpack to
MAX_ELEMENTS = 1000
MAX_CELLS = 2**24  # bytes of a cell array with names or folds
_HEAD = 512  # more bytes than flags, dimensions and name of a variable need
_MATRIX, _COMPRESSED, _CELL = 14, 15, 1
_PLAIN = {4, *range(6, 16)}  # classes of text and of numbers
_NUMBERS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 16, 17, 18}  # types of the data elements


def _tag(data: bytes, at: int, order: str) -> tuple[int, int, int, int]:
    """Return type, size, start of the content and start of the next element.

    order: < or >, the byte order. Raises ValueError for a tag beyond the end of the data.
    """
    if at + 8 > len(data):
        raise ValueError("ends early")
    first, size = struct.unpack_from(f"{order}II", data, at)
    if first >> 16:  # a small element has up to 4 bytes, stored in the tag itself
        if first >> 16 > 4:
            raise ValueError("a small element of more than 4 bytes")
        return first & 0xFFFF, first >> 16, at + 4, at + 8
    return first, size, at + 8, at + 8 + size + -size % 8


def _head(data: bytes, order: str) -> tuple[int, str, int, int]:
    """Return class, name, number of values and start of the data of a matrix. Raises ValueError for a damaged head."""
    kind, size, start, at = _tag(data, 0, order)
    if kind != 6 or size != 8:
        raise ValueError("a matrix without flags")
    flags = struct.unpack_from(f"{order}I", data, start)[0]
    kind, size, start, at = _tag(data, at, order)
    if kind not in (5, 6) or not 8 <= size <= 32 or start + size > len(data):
        raise ValueError("a matrix without dimensions")
    count = 1
    for dimension in struct.unpack_from(f"{order}{size // 4}i", data, start):
        if dimension < 0:
            raise ValueError(f"the dimension {dimension}")
        count *= dimension
    kind, size, start, at = _tag(data, at, order)
    if kind != 1 or size > 63 or start + size > len(data):
        raise ValueError("a matrix without name")
    if flags & 0x0800:
        raise ValueError("complex numbers")
    return flags & 0xFF, data[start : start + size].decode("latin-1"), count, at


def _check_plain(data: bytes, size: int, order: str, in_cell: bool = False) -> None:
    """Raise ValueError unless a matrix holds numbers, text or cells of them and is complete.

    data: the start of the matrix, all of it for a cell array. size: of the matrix in bytes.
    """
    kind, name, count, at = _head(data, order)
    if kind == _CELL and not in_cell:
        if size > MAX_CELLS or len(data) < size or count > MAX_CELLS // 16:
            raise ValueError(f"a cell array {name} of {size} bytes")
        cells = 0
        while at < size:
            tag, length, start, at = _tag(data, at, order)
            if tag != _MATRIX or start + length > size:
                raise ValueError(f"a cell of {name} that is not a matrix")
            _check_plain(data[start : start + length], length, order, in_cell=True)
            cells += 1
        if cells != count:
            raise ValueError(f"{cells} cells where {name} has {count}")
    elif kind in _PLAIN:
        if count:
            tag, length, start, _ = _tag(data, at, order)
            # integers may be stored in fewer bytes than their class has, but in at least one each
            if tag not in _NUMBERS or start + length > size or length < count:
                raise ValueError(f"{length} bytes for the {count} values of {name}")
    else:
        raise ValueError(f"a variable {name} of class {kind}, which is not numbers, text or cells of them")


def _unpacked(file: BinaryIO, size: int, limit: int) -> bytes:
    """Return the first ``limit`` bytes of what the next ``size`` bytes of the file unpack to."""
    unpacker, found = zlib.decompressobj(), b""
    while size > 0 and len(found) < limit and not unpacker.eof:
        packed = file.read(min(size, 2**16))
        if not packed:
            raise ValueError("ends early")
        size -= len(packed)
        found += unpacker.decompress(packed, limit - len(found))
    return found


class _Element(NamedTuple):
    """A variable of a file.

    start, length: of its bytes in the file. packed: whether they are compressed. claimed: bytes when unpacked. content:
    the first unpacked bytes.
    """

    start: int
    length: int
    packed: bool
    claimed: int
    content: bytes


def _elements(file: BinaryIO, size: int) -> Iterator[tuple[str, _Element]]:
    """Yield byte order and element of each variable. size: of the file in bytes. Raises ValueError or zlib.error."""
    total = 0
    header = file.read(128)
    order = {b"IM": "<", b"MI": ">"}.get(header[126:128])
    if order is None or header[124:126] not in (b"\0\1", b"\1\0"):
        raise ValueError("has no header of version 5")
    for _ in range(MAX_ELEMENTS):
        tag = file.read(8)
        if not tag:
            return
        kind, length, _, _ = _tag(tag, 0, order)
        start = file.tell()
        if kind not in (_MATRIX, _COMPRESSED) or start + length > size or (length < 40 and kind == _MATRIX):
            raise ValueError(f"an element of type {kind} and {length} bytes at {start - 8}")
        if kind == _COMPRESSED:
            head = _unpacked(file, length, 8 + _HEAD)
            inner, claimed, _, _ = _tag(head, 0, order)
            if inner != _MATRIX:
                raise ValueError(f"a packed element of type {inner}")
            content = head[8:]
        else:
            claimed, content = length, file.read(min(length, _HEAD))
        total += claimed
        if total > EXPANSION * size + ALLOWANCE:
            raise ValueError(f"unpacks to {total} bytes from {size}")
        yield order, _Element(start, length, kind == _COMPRESSED, claimed, content)
        file.seek(start + length)  # elements of a file are not padded; SciPy reads them in the same way
    raise ValueError(f"more than {MAX_ELEMENTS} elements")


def variables_of(path: Path) -> list[str]:
    """Return the names of the variables of a file. Raises ValueError, zlib.error or OSError for a damaged file."""
    with path.open("rb") as file:
        return [_head(one.content, order)[1] for order, one in _elements(file, path.stat().st_size)]


def check_mat5(path: Path, names: Collection[str]) -> None:
    """Raise ValueError or zlib.error unless the variables with these names are safe to read."""
    with path.open("rb") as file:
        check_stream(file, path.stat().st_size, names)


def check_stream(file: BinaryIO, size: int, names: Collection[str]) -> None:
    """Do the checks of `check_mat5` on an open file. size: of the file in bytes."""
    for order, one in _elements(file, size):
        content = one.content
        found, name, _, _ = _head(content, order)
        if name not in names:
            continue
        if found == _CELL:
            file.seek(one.start)
            wanted = min(one.claimed, MAX_CELLS)
            content = _unpacked(file, one.length, 8 + wanted)[8:] if one.packed else file.read(wanted)
        _check_plain(content, one.claimed, order)
