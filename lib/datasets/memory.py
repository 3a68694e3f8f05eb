"""Estimate of the memory that reading raw files takes, made before they are read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from lib.datasets.images import SLAB
from lib.datasets.parsers.reading import DEFLATE
from lib.datasets.parsers.recognition import is_packed, kind, unpacked_size

BLOCKS = 2**26  # bytes of blocks of images, statistics and labels
_START = 2**20  # first bytes of a pickle, in which a pickle of escaped bytes names _codecs.encode
_ESCAPED = b"_codecs\nencode"
_WHOLE = ("matlab", "hdf5", "zip")
_COLUMNS = ("pickle", "npy")  # arrays of these files are mapped and may be column-major


def has_escaped_arrays(path: Path) -> bool:
    """Whether the arrays of a pickle are stored as escaped text, so that they must be decoded into memory.

    Pickles of protocol 3 and later, and of protocol 2 by Python 2, store plain bytes, which are mapped.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if start[:1] != b"\x80":
        return True  # protocols 0 and 1
    return start[1:2] == b"\2" and _ESCAPED in start


def _holds_arrays(path: Path) -> bool:
    """Whether a zip archive is an npz file. A damaged archive counts as one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except Exception:  # damaged files raise exceptions of any kind
        return True


def needed(paths: Iterable[str]) -> int:
    """Return an upper bound of the memory in bytes that reading these files takes, without Python and the page cache.

    Escaped pickles: the arrays of all files, and the text of the largest file twice, as stored and as decoded. MATLAB
    files and npz files are read whole, at twice their size. Compressed pickles are unpacked into memory. All other
    files are read in blocks. Raises FileNotFoundError for missing files.
    """
    escaped, whole, columns = [], 0, 0
    for path in map(Path, paths):
        size, found = path.stat().st_size, kind(path) if path.is_file() else None
        if found == "pickle" and is_packed(path):
            whole += min(unpacked_size(path), DEFLATE * size)
        elif found == "pickle" and has_escaped_arrays(path):
            escaped.append(size)
        elif found == "zip" and not _holds_arrays(path):
            continue  # pictures are read one by one
        elif found in _WHOLE:
            whole += 2 * size
        if found in (*_COLUMNS, *_WHOLE):
            columns = max(columns, size)
    return BLOCKS + min(columns, SLAB) + whole + sum(escaped) + 2 * max(escaped, default=0)
