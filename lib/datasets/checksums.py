"""Checksums of raw files, taken in the background while the files are copied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path


def sha256(path: str | Path) -> str:
    """SHA-256 of a file's bytes, 64 hexadecimal digits. Raises OSError."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
