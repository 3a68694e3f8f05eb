"""Checksums of raw files."""

from __future__ import annotations

import hashlib
import mmap
import os
from pathlib import Path

BLOCK = 2**22  # bytes hashed at once, so that Ctrl-C takes effect between blocks


def sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file as 64 lower-case hexadecimal digits. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:  # an empty file cannot be mapped
            return digest.hexdigest()
        # mapped, because ingestion reads the same pages at the same time: no copy is made for the checksum
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            for start in range(0, len(view), BLOCK):
                with view[start : start + BLOCK] as part:
                    digest.update(part)
    return digest.hexdigest()
