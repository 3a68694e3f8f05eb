"""Sizes and checksums of the official binary files of STL-10, and whether files that look like them are them.

A split whose files all have the official names and sizes can only be meant to be the official one; with other
bytes it is damaged, and every result from it would be silently wrong. Samples have other sizes and are left alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple


class Known(NamedTuple):
    """Size in bytes and MD5 in lower-case hexadecimal digits."""

    size: int
    md5: str


ARCHIVE = Known(2_640_397_119, "91f7769df0f17e558f3565bffb0c7dfb")
FILES = {
    "train": {
        "train_X.bin": Known(138_240_000, "918c2871b30a85fa023e0c44e0bee87f"),
        "train_y.bin": Known(5_000, "5a34089d4802c674881badbb80307741"),
    },
    "test": {
        "test_X.bin": Known(221_184_000, "7f263ba9f9e0b06b93213547f721ac82"),
        "test_y.bin": Known(8_000, "36f9794fa4beb8a2c72628de14fa638e"),
    },
    "unlabeled": {"unlabeled_X.bin": Known(2_764_800_000, "5242ba1fed5e4be9e1e742405eb56ca4")},
}


def md5(blocks: Iterable[bytes]) -> str:
    """MD5 of bytes that come in blocks, in lower-case hexadecimal digits."""
    digest = hashlib.md5(usedforsecurity=False)
    for block in blocks:
        digest.update(block)
    return digest.hexdigest()


def md5_of(path: str | Path) -> str:
    """MD5 of a file in lower-case hexadecimal digits. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def is_official_archive(path: str | Path) -> bool:
    """Whether a file is the official archive, byte for byte: then its members are the official files."""
    return Path(path).stat().st_size == ARCHIVE.size and md5_of(path) == ARCHIVE.md5


def differences(sizes: Mapping[str, int], md5s: Callable[[list[str]], Mapping[str, str]]) -> dict[str, str]:
    """What is wrong with files that should be the official ones by their sizes, as part of a sentence by name.

    sizes: bytes of each file by name. md5s: the checksums of the files with these names, asked for at most once
    and only where sizes fit.
    """
    claimed = {
        name: known
        for files in FILES.values()
        if all(sizes.get(name) == known.size for name, known in files.items())
        for name, known in files.items()
    }
    found = md5s(list(claimed)) if claimed else {}
    return {
        name: f"has md5 {found[name]}, expected {known.md5}: that of the official file of STL-10 of these "
        f"{known.size} bytes; fetch it anew"
        for name, known in claimed.items()
        if found[name] != known.md5
    }
