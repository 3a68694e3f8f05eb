"""Sizes and checksums of the official binary files of STL-10, and the check of files with their names and sizes.

A split whose files all have the official names and sizes is meant to be the official split. If its bytes differ, it is
damaged, and all results from it would be wrong without a warning. Samples have other sizes and are not checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple


class OfficialFile(NamedTuple):
    """Size in bytes, and MD5 as 32 lower-case hexadecimal digits."""

    size: int
    md5: str


ARCHIVE = OfficialFile(2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb")
FILES = {
    "train": {
        "train_X.bin": OfficialFile(138_240_000, "918c2871b30a85fa023e0c44e0bee87f"),
        "train_y.bin": OfficialFile(5_000, "5a34089d4802c674881badbb80307741"),
    },
    "test": {
        "test_X.bin": OfficialFile(221_184_000, "7f263ba9f9e0b06b93213547f721ac82"),
        "test_y.bin": OfficialFile(8_000, "36f9794fa4beb8a2c72628de14fa638e"),
    },
    "unlabeled": {"unlabeled_X.bin": OfficialFile(2_764_800_000, "5242ba1fed5e4be9e1e742405eb56ca4")},
}


def md5(blocks: Iterable[bytes]) -> str:
    """Return the MD5 of blocks of bytes as 32 lower-case hexadecimal digits."""
    digest = hashlib.md5(usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def md5_of(path: str | Path) -> str:
    """Return the MD5 of a file as 32 lower-case hexadecimal digits. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def is_official_archive(path: str | Path) -> bool:
    """Whether a file is the official archive, by size and MD5; if so, its members need no check."""
    return Path(path).stat().st_size == ARCHIVE.size and md5_of(path) == ARCHIVE.md5


def differences(sizes: Mapping[str, int], md5s: Callable[[list[str]], Mapping[str, str]]) -> dict[str, str]:
    """Return, by file name, the end of a sentence about each file with an official size and another checksum.

    sizes: bytes of each file by name. md5s: returns the checksums of the files with these names; called at most once,
    and only for splits whose files all have the official sizes.
    """
    claimed = {
        name: known
        for files in FILES.values()
        if all(sizes.get(name) == known.size for name, known in files.items())
        for name, known in files.items()
    }
    found = md5s(list(claimed)) if claimed else {}
    return {
        name: f"has md5 {found[name]}, expected {known.md5}: the md5 of the official STL-10 file of {known.size} "
        "bytes; download it again"
        for name, known in claimed.items()
        if found[name] != known.md5
    }
