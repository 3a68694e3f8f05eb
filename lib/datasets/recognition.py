"""What a file is, told from its first bytes, and where the files of a split lie in a folder."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection
from pathlib import Path

from lib.datasets import SPLITS

Files = dict[str, list[str]]  # paths by split; further names for files that belong to no split

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MAGIC = {
    b"MATLAB 5.0 MAT-file": "matlab",
    _HDF5: "hdf5",
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "zip",
    b"\0\0\x08\x03": "idx images",
    b"\0\0\x08\x01": "idx labels",
}
PICKLE_STARTS = (b"(", b"}", b"]", b"c", b"l", b"\x80")  # a container, a name or the mark of protocols from 2 on
_MARK, _USTAR = 257, b"ustar"


def _told_by(head: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[512:520] == _HDF5:  # MATLAB keeps the first 512 bytes for itself
        return "hdf5"
    if head[_MARK : _MARK + len(_USTAR)] == _USTAR:
        return "tar"
    return None


def kind(path: Path) -> str | None:
    """Kind of a file by its content, packed by gzip or not; None for one without any mark or none at all."""
    try:
        with path.open("rb") as file:
            head = file.read(520)
            if head[:2] == b"\x1f\x8b":
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as unpacked:
                    return _told_by(unpacked.read(520))
            if found := _told_by(head):
                return found
            if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
                return "pickle"
            # protocols 0 and 1 have no mark: they start with a container or a name and end with a stop
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 1))
            return "pickle" if head[:1] in PICKLE_STARTS[:-1] and file.read() == b"." else None
    except (OSError, EOFError, zlib.error):
        return None


def named(folder: Path, stem: str, kinds: Collection[str], suffixes: Collection[str]) -> Path | None:
    """The file of a folder with this stem and one of the kinds; failing that one without mark but a suffix."""
    found = sorted(path for path in folder.glob(f"{stem}.*") if path.is_file())
    kinds_of = {path: kind(path) for path in found}
    for path in found:
        if kinds_of[path] in kinds:
            return path
    return next((path for path in found if kinds_of[path] is None and path.suffix in suffixes), None)


def by_split(folder: Path, kinds: Collection[str], suffixes: Collection[str]) -> Files | None:
    """One file a split, named train, test and unlabeled; None unless there is one for train or test.

    A split without file has the name that is expected, with the first suffix or that of the others.
    """
    found = {split: named(folder, split, kinds, suffixes) for split in SPLITS}
    known = found["train"] or found["test"]
    if known is None:
        return None
    return {split: [str(path or folder / f"{split}{known.suffix}")] for split, path in found.items()}
