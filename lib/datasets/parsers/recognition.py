"""What a file is, as its first bytes say, and where the files of a split lie in a folder."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Collection, Iterable
from pathlib import Path

from lib.base.errors import StudyError
from lib.datasets.files import data_in, shown

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
GZIP = b"\x1f\x8b"
_MARK, _USTAR = 257, b"ustar"
STEMS = {"train": ("train",), "test": ("test",), "unlabeled": ("unlabeled", "unlabelled")}
_SUFFIXES = (".pk", ".pkl", ".pickle", ".p", ".mat", ".npz", ".npy", ".h5", ".hdf5")
# Suffixes of packed files, and what a file of that name is expected to be.
_PACKED = {".gz": "a gzip file", ".tgz": "a gzip file", ".tar": "a tar archive", ".zip": "a zip archive"}
_HEADS = {".gz": (GZIP,), ".tgz": (GZIP,), ".zip": (b"PK\x03\x04",)}


def _kind_of(head: bytes) -> str | None:
    for magic, kind in _MAGIC.items():
        if head.startswith(magic):
            return kind
    if head[512:520] == _HDF5:  # MATLAB keeps the first 512 bytes for itself
        return "hdf5"
    if head[_MARK : _MARK + len(_USTAR)] == _USTAR:
        return "tar"
    if head[:1] == b"\x80" and len(head) > 1 and head[1] <= 5:
        return "pickle"
    return None


def kind(path: Path) -> str | None:
    """Kind of a file by its content, packed by gzip or not; None for one without any mark or none at all."""
    try:
        with path.open("rb") as file:
            head = file.read(520)
            if head[:2] == GZIP:
                file.seek(0)
                with gzip.GzipFile(fileobj=file) as unpacked:
                    return _kind_of(unpacked.read(520))
            if found := _kind_of(head):
                return found
            # protocols 0 and 1 have no mark: they start with a container or a name and end with a stop
            file.seek(0, 2)
            file.seek(max(0, file.tell() - 1))
            return "pickle" if head[:1] in PICKLE_STARTS[:-1] and file.read() == b"." else None
    except (OSError, EOFError, zlib.error):
        return None


def is_packed(path: Path) -> bool:
    """Whether a file is packed by gzip. Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == GZIP


def unpacked_size(path: Path) -> int:
    """Bytes of a gzip file when unpacked, modulo 2**32, as its last four bytes claim. Raises OSError."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 4))
        return int.from_bytes(file.read(4), "little")


def start_of(data: bytes) -> str:
    """How a file starts, as part of a sentence: the first characters of a text, or the first bytes."""
    if not data:
        return "is empty"
    first = data[:24]
    if first.strip()[:1] == b"<":  # a page in place of a file, as servers send it
        first = first.strip().partition(b">")[0]
        return f"starts with {first.decode('latin-1')!r}"
    return f"starts with {first[:12]!r}"


def misnamed(path: Path) -> str | None:
    """One sentence if the name of a file promises a packed file or an archive and its bytes are none."""
    expected = _PACKED.get(path.suffix.lower())
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError:
        return None
    if expected is None or kind(path) or head.startswith(_HEADS.get(path.suffix.lower(), (b"\0",))):
        return None
    return f"{shown(path)}: {start_of(head)}, expected {expected}"


def one_of(candidates: Iterable[Path], meaning: str) -> Path | None:
    """The one file that can be meant, None if there is none. Raises StudyError for several."""
    found = list(candidates)
    if len(found) > 1:
        names = " and ".join(shown(path) for path in found[:5])
        raise StudyError(f"{names}: each of them can be meant, expected one {meaning}; move the others elsewhere")
    return found[0] if found else None


def named(folder: Path, split: str, kinds: Collection[str], suffixes: Collection[str]) -> Path | None:
    """The file of a folder that has the name of a split, a known suffix and one of the kinds.

    If there is none, a file with one of these suffixes and without any mark, which is damaged. Raises StudyError for
    several.
    """
    there = {}
    for path in data_in(folder):
        stem, _, suffix = path.name.removesuffix(".gz").partition(".")
        if stem.casefold() in STEMS[split] and f".{suffix}".lower() in _SUFFIXES and path.is_file():
            there[path] = kind(path)
    meaning = f"file for the split {split}"
    if found := one_of((path for path in there if there[path] in kinds), meaning):
        return found
    return one_of((path for path in there if there[path] is None and path.suffix.lower() in suffixes), meaning)


def by_split(folder: Path, kinds: Collection[str], suffixes: Collection[str]) -> Files | None:
    """One file per split, named train, test and unlabeled; None unless there is one for train or test.

    A labelled split without file has the name that is expected, with the first suffix or that of the other one. The
    unlabelled split is absent if it has no file. Raises StudyError for several files of one split.
    """
    found = {split: named(folder, split, kinds, suffixes) for split in STEMS}
    known = found["train"] or found["test"]
    if known is None:
        return None
    expected = {split: found[split] or folder / f"{split}{known.suffix}" for split in ("train", "test")}
    if unlabelled := found["unlabeled"]:
        expected["unlabeled"] = unlabelled
    return {split: [str(path)] for split, path in expected.items()}
