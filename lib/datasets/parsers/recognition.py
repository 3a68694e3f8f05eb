"""Kinds of file, recognised by their first bytes, and the files of a split in a folder."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterable
from pathlib import Path

from lib.base.errors import StudyError
from lib.datasets.files import data_in, printable

Files = dict[str, list[str]]  # paths by split; other keys for files of all splits: archive, names

_HDF5 = b"\x89HDF\r\n\x1a\n"
_MAGIC = {
    b"MATLAB 5.0 MAT-file": "matlab",
    _HDF5: "hdf5",
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "zip",
    b"\0\0\x08\x03": "idx images",
    b"\0\0\x08\x01": "idx labels",
}
PICKLE_STARTS = (b"(", b"}", b"]", b"c", b"l", b"\x80")  # a container, a name or the signature of protocols from 2 on
GZIP = b"\x1f\x8b"
_USTAR_AT, _USTAR = 257, b"ustar"
STEMS = {"train": ("train",), "test": ("test",), "unlabeled": ("unlabeled", "unlabelled")}
_SUFFIXES = (".pk", ".pkl", ".pickle", ".p", ".mat", ".npz", ".npy", ".h5", ".hdf5")
# Suffixes of compressed files and archives: what such a file is expected to be, and how it starts.
_PACKED = {".gz": "a gzip file", ".tgz": "a gzip file", ".tar": "a tar archive", ".zip": "a zip archive"}
_STARTS = {".gz": (GZIP,), ".tgz": (GZIP,), ".zip": (b"PK\x03\x04",)}


def _kind_of(head: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[512:520] == _HDF5:  # in MATLAB files the first 512 bytes are MATLAB's header
        return "hdf5"
    if head[_USTAR_AT : _USTAR_AT + len(_USTAR)] == _USTAR:
        return "tar"
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        return "pickle"
    return None


def kind(path: Path) -> str | None:
    """Return the kind of a file by its content, compressed by gzip or not; None if it is unknown or unreadable."""
    try:
        with path.open("rb") as file:
            head = file.read(520)
            if head[:2] == GZIP:
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as unpacked:
                    return _kind_of(unpacked.read(520))
            if found := _kind_of(head):
                return found
            # protocols 0 and 1 have no signature: they start with a container or a name and end with the opcode STOP
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 1))
            return "pickle" if head[:1] in PICKLE_STARTS[:-1] and file.read() == b"." else None
    except (OSError, EOFError, zlib.error):
        return None


def is_packed(path: Path) -> bool:
    """Whether a file is compressed by gzip. Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def unpacked_size(path: Path) -> int:
    """Return the unpacked size of a gzip file in bytes, modulo 2**32, from its last four bytes. Raises OSError."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        return int.from_bytes(file.read(4), "little")


def start_of(data: bytes) -> str:
    """Return how a file starts for a sentence: the first tag of a web page, or the first bytes."""
    if not data:
        return "is empty"
    first = data[:24]
    if first.strip()[:1] == b"<":  # servers often send a web page in place of a missing file
        first = first.strip().partition(b">")[0]
        return f"starts with {first.decode('latin-1')!r}"
    return f"starts with {first[:12]!r}"


def misnamed(path: Path) -> str | None:
    """Return a sentence if a file has the suffix of a compressed file or an archive but other content, else None."""
    expected = _PACKED.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    if expected is None or kind(path) or head.startswith(_STARTS.get(path.suffix.lower(), (b"\0",))):
        return None
    return f"{printable(path)}: {start_of(head)}, expected {expected}"


def one_of(candidates: Iterable[Path], meaning: str) -> Path | None:
    """Return the only candidate, None if there is none. Raises StudyError for several.

    meaning: what the file is, for the sentence.
    """
    found = list(candidates)
    if len(found) > 1:
        names = " and ".join(printable(path) for path in found[:5])
        raise StudyError(f"{names}: several candidates, expected one {meaning}; move the others elsewhere")
    return found[0] if found else None


def file_of_split(folder: Path, split: str, kinds: Collection[str], suffixes: Collection[str]) -> Path | None:
    """Return the file of a folder that has the name of a split, a known suffix and one of the kinds.

    If there is none, return a file of unknown kind with one of ``suffixes``: it is damaged, and reading it says so.
    Raises StudyError for several.
    """
    kind_of = {}
    for path in data_in(folder):
        stem, _, suffix = path.name.removesuffix(".gz").partition(".")
        if stem.casefold() in STEMS[split] and f".{suffix}".lower() in _SUFFIXES and path.is_file():
            kind_of[path] = kind(path)
    meaning = f"file for the split {split}"
    if found := one_of((path for path in kind_of if kind_of[path] in kinds), meaning):
        return found
    return one_of((path for path in kind_of if kind_of[path] is None and path.suffix.lower() in suffixes), meaning)


def by_split(folder: Path, kinds: Collection[str], suffixes: Collection[str]) -> Files | None:
    """Return one file per split, named train, test and unlabeled; None unless there is a file for train or test.

    A missing file of a labelled split is returned under its expected name, with the suffix of the other file. A missing
    file of unlabelled images is left out. Raises StudyError for several files of one split.
    """
    found = {split: file_of_split(folder, split, kinds, suffixes) for split in STEMS}
    known = found["train"] or found["test"]
    if known is None:
        return None
    expected = {split: found[split] or folder / f"{split}{known.suffix}" for split in ("train", "test")}
    if unlabelled := found["unlabeled"]:
        expected["unlabeled"] = unlabelled
    return {split: [str(path)] for split, path in expected.items()}
