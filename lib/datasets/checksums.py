"""Checksums of raw files, taken in the background while the files are copied."""

from __future__ import annotations

import hashlib
import mmap
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
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


@contextmanager
def checksums(paths: Iterable[str]) -> Iterator[dict[str, Future[str]]]:
    """SHA-256 by path, being computed in one background thread in this order while the block runs.

    hashlib releases the interpreter's lock, so the block goes on at full speed on another core. A result
    is asked for by ``.result()``, which raises OSError; leaving the block by an error drops what has not begun.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="sha256") as pool:
        try:
            yield {path: pool.submit(sha256, path) for path in paths}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
