"""Files of a job: inputs are verified before it starts, outputs get their names when all of them are complete."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lib.base.checksums import checksums_of, keep, verify_all

PART = ".unfinished-"  # begin of the names of folders with unfinished files


@contextmanager
def job_files(snakemake: Any, partly: Sequence[str] = ()) -> Iterator[tuple[Any, Any]]:
    """Give the block its verified input files and its output files, as Snakemake's lists of named files.

    Outputs have other names in the block, see `whole`. partly: names of inputs of which the block reads a part, as
    `lib.base.checksums.CheckedRows`, which verifies that part. Raises StudyError with one sentence for each damaged
    input.
    """
    files = snakemake.input
    exempt = {path for name in partly for path in _paths(getattr(files, name))}
    verify_all(path for path in files if path not in exempt)
    with whole(snakemake.output) as output:
        yield files, output


def _paths(value: Any) -> Sequence[str]:
    return (value,) if isinstance(value, str) else value


def part_of(path: str) -> str:
    """Return where this process writes a file until it is complete: its own name in a hidden folder next to it."""
    return str(Path(path).parent / f"{PART}{os.getpid()}" / Path(path).name)


@contextmanager
def whole(output: Any) -> Iterator[Any]:
    """Give the block other paths for its output files; move them to their own paths once all are complete.

    output: Snakemake's list of named outputs; the block gets a list with the same names. A file appears at its own
    path only when its bytes are on the disk; its checksums are kept. If the block fails, its unfinished files are
    removed. Those of a process that was killed are removed by the next job that writes the same files.
    """
    for path in output:
        _remove_unfinished(path)
    parts = type(output)(toclone=output, custom_map=part_of)
    try:
        for part in parts:
            Path(part).parent.mkdir(exist_ok=True)
        yield parts
        for part, path in zip(parts, output, strict=True):
            with open(part, "rb") as file:
                os.fsync(file.fileno())
            keep(checksums_of(part), path)
            Path(part).replace(path)
        for folder in {Path(path).parent for path in output}:
            _sync_folder(folder)
    finally:
        for folder in {Path(part).parent for part in parts}:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_unfinished(path: str) -> None:
    """Remove what killed processes have left of a file."""
    for part in Path(path).parent.glob(f"{PART}*/{glob.escape(Path(path).name)}"):
        part.unlink(missing_ok=True)
        with suppress(OSError):  # other files of a running job may be there
            part.parent.rmdir()


def _sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
