"""How much memory reading raw files takes, estimated from the files before anything reads them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path

from lib.datasets.images import SLAB
from lib.datasets.parsers.reading import DEFLATE
from lib.datasets.parsers.recognition import is_packed, kind, unpacked_size

BLOCKS = 2**26  # bytes: blocks of images on their way, statistics, labels
_START = 2**20  # bytes in which a pickle of escaped bytes has named what turns text into them
_ESCAPED = b"_codecs\nencode"
_WHOLE = ("matlab", "hdf5", "zip")
_COLUMNS = ("pickle", "npy")  # arrays in the file that may be column-major


def escapes(path: Path) -> bool:
    """Whether the arrays of a pickle lie in it as text, so that they must be decoded into memory.

    From protocol 3 on, and in protocol 2 of Python 2, they are plain bytes, which are mapped where they lie.
    """
    with path.open("rb") as file:
        start = file.read(_START)
    if start[:1] != b"\x80":
        return True  # protocols 0 and 1
    return start[1:2] == b"\2" and _ESCAPED in start


def _holds_arrays(path: Path) -> bool:
    """Whether a zip archive is an npz file, which a damaged one counts as."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except Exception:  # damaged files raise exceptions of any kind
        return True


def needed(paths: Iterable[str]) -> int:
    """Bytes at most beyond the interpreter and the page cache. Raises FileNotFoundError.

    Of escaped pickles the bytes of all arrays are kept, and beside them one file's text, in the protocols
    without a mark as it lies in the file and as it was decoded. MATLAB files and npz files are read whole;
    they are taken to be packed to half their size at best. Packed pickles are unpacked into memory. Anything
    else comes in blocks.
    """
    escaped, whole, columns = [], 0, 0
    for path in map(Path, paths):
        size, found = path.stat().st_size, kind(path) if path.is_file() else None
        if found == "pickle" and is_packed(path):
            whole += min(unpacked_size(path), DEFLATE * size)
        elif found == "pickle" and escapes(path):
            escaped.append(size)
        elif found == "zip" and not _holds_arrays(path):
            continue  # pictures, one after the other
        elif found in _WHOLE:
            whole += 2 * size
        if found in (*_COLUMNS, *_WHOLE):
            columns = max(columns, size)
    return BLOCKS + min(columns, SLAB) + whole + sum(escaped) + 2 * max(escaped, default=0)
