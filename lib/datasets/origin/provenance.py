"""Sizes, times and checksums of the raw files: they identify the files and show when one has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lib.datasets.files import listing, printable
from lib.datasets.origin.checksums import sha256

Stamps = dict[str, list[int]]  # by path: size in bytes, times of the last change of content and of status in ns


@dataclass(frozen=True)
class RawFile:
    """A raw file, or a folder that counts as one.

    bytes: total size. files: number of files, 1 unless it is a folder. sha256: in 64 hexadecimal digits.
    """

    bytes: int
    files: int
    sha256: str


@dataclass(frozen=True)
class Description:
    """Raw files and folders by name, and the SHA-256 of every single file by its path."""

    files: dict[str, RawFile]
    checksums: dict[str, str]

    def files_as_json(self) -> dict[str, dict[str, Any]]:
        """Return the files and folders as plain values for a JSON file."""
        return {name: asdict(file) for name, file in self.files.items()}


@contextmanager
def describe_in_background(groups: Mapping[str, Iterable[str]]) -> Iterator[dict[str, Future[Description]]]:
    """Give the block a future of `describe` for each group of files, computed in one background thread.

    hashlib releases the GIL, so the block runs at full speed on another core. ``.result()`` waits for the description
    and raises its OSError. If the block raises, groups that have not been started are dropped.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="checksums") as pool:
        try:
            yield {group: pool.submit(describe, paths) for group, paths in groups.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def describe(paths: Iterable[str]) -> Description:
    """Return sizes and checksums of raw files and folders.

    A folder counts as one file. Its checksum is the SHA-256 of the list of its files as sha256sum writes it, sorted by
    the bytes of their paths. A folder without hidden files and files of operating systems has the checksum that
    ``find -L * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`` prints inside it. Raises OSError
    for a file that cannot be read.
    """
    files: dict[str, RawFile] = {}
    checksums: dict[str, str] = {}
    for path in map(Path, paths):
        inside = (
            {file: sha256(path / file) for file in listing(path).files} if path.is_dir() else {Path(): sha256(path)}
        )
        checksums |= {printable(path / file): checksum for file, checksum in inside.items()}
        listed = hashlib.sha256()
        for file in sorted(inside, key=bytes):
            listed.update(f"{inside[file]}  ".encode() + bytes(file) + b"\n")
        files[printable(path.name)] = RawFile(
            bytes=sum((path / file).stat().st_size for file in inside),
            files=len(inside),
            sha256=listed.hexdigest() if path.is_dir() else inside[Path()],
        )
    return Description(files, checksums)


def files_of(paths: Iterable[str]) -> dict[str, Path]:
    """Return every raw file by its path as text, including files inside folders. Missing files are left out."""
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        files = [path / file for file in listing(path).files] if path.is_dir() else [path] if path.is_file() else []
        found |= {printable(file): file for file in files}
    return found


def _stamp(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def stamps(paths: Iterable[str]) -> Stamps:
    """Return size and times of every raw file. Raises OSError for files that cannot be read."""
    return {name: _stamp(file) for name, file in files_of(paths).items()}


def state_of(paths: Iterable[str], ingested: Mapping[str, Any]) -> str:
    """Return an identifier that changes exactly when a raw file is changed, added, renamed or removed.

    ingested: the record that `make_record` made at the last ingestion, {} if there is none. A file with the size and
    times of the record counts as unchanged. If only the times differ, the checksums are compared, so that touching or
    copying the data changes nothing. Raises OSError for files that cannot be read.
    """
    files = files_of(paths)
    now = {name: _stamp(file) for name, file in files.items()}
    known, checksums = ingested.get("stamps", {}), ingested.get("sha256", {})
    if (
        ingested
        and known.keys() == now.keys()
        and all(
            known[name] == stamp or (known[name][0] == stamp[0] and sha256(files[name]) == checksums.get(name))
            for name, stamp in now.items()
        )
    ):
        return str(ingested["state"])
    return hashlib.sha256(json.dumps(now, sort_keys=True).encode()).hexdigest()[:16]


def make_record(state: str, stamps: Stamps, checksums: Mapping[str, str]) -> dict[str, Any]:
    """Return the record of an ingestion for a JSON file: state, sizes and times, and checksums of the raw files."""
    return {"state": state, "stamps": stamps, "sha256": dict(checksums)}


def read_record(path: Path) -> dict[str, Any]:
    """Return the record of the last ingestion from a file, {} if there is none or it is damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        is_whole = isinstance(found["state"], str) and all(len(stamp) == 3 for stamp in found["stamps"].values())
        return found if is_whole and isinstance(found["sha256"], dict) else {}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
