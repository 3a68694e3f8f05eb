"""A hidden folder for a file that is not complete yet, for programs that are not jobs of Snakemake."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

UNFINISHED = ".report-"  # begin of the names of folders; the number of the process follows


@contextmanager
def unfinished(parent: Path) -> Iterator[Path]:
    """Give the block a new hidden folder below an existing one, and remove it with all that is left in it.

    Folders that killed processes have left are removed, too.
    """
    for left in parent.glob(f"{UNFINISHED}*"):
        process = left.name.removeprefix(UNFINISHED)
        if not process.isdecimal() or not psutil.pid_exists(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{UNFINISHED}{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
