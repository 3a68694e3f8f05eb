"""Checksums of raw files."""

from __future__ import annotations

import hashlib
import mmap
import os
from pathlib import Path

BLOCK = 2**22  # bytes hashed at once: a stop comes through in between


def sha256(path: str | Path) -> str:
    """SHA-256 of a file in 64 lower-case hexadecimal digits. Raises OSError."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        if not os.fstat(file.fileno()).st_size:  # an empty file cannot be mapped
            return digest.hexdigest()
        # mapped, for the pages that are copied at the same time need not be copied once more for this
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped, memoryview(mapped) as view:
            for start in range(0, len(view), BLOCK):
                with view[start : start + BLOCK] as part:
                    digest.update(part)
    return digest.hexdigest()
