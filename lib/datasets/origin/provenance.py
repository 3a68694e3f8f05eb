"""Which raw files a data set came from, exactly enough to find the same ones again and to see when they change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lib.datasets.files import listing, shown
from lib.datasets.origin.checksums import sha256

Descriptions = dict[str, dict[str, int | str]]
Described = tuple[Descriptions, dict[str, str]]
Stamps = dict[str, list[int]]  # size in bytes, time of the last change of content and of status in ns, by path


@contextmanager
def descriptions(
    groups: Mapping[str, Iterable[str]],
) -> Iterator[dict[str, Future[tuple[Descriptions, dict[str, str]]]]]:
    """What `described` finds out about each group of files, in one background thread while the block runs.

    hashlib releases the interpreter's lock, so the block goes on at full speed on another core. A result
    is asked for by ``.result()``, which raises OSError; leaving the block by an error drops what has not begun.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="checksums") as pool:
        try:
            yield {group: pool.submit(described, paths) for group, paths in groups.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def described(paths: Iterable[str]) -> Described:
    """Bytes, number of files and SHA-256 of each raw file by its name, and the SHA-256 of each single file by its path.

    A folder counts as one file with all the data that it holds. Its checksum is that of the list of these files as
    sha256sum writes it, sorted by the bytes of their names:
    ``find -L * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`` inside of it, where it holds
    neither hidden files nor those of operating systems. Raises OSError for a file that cannot be read.
    """
    found: Descriptions = {}
    single: dict[str, str] = {}
    for path in map(Path, paths):
        inside = (
            {file: sha256(path / file) for file in listing(path).files} if path.is_dir() else {Path(): sha256(path)}
        )
        single |= {shown(path / file): checksum for file, checksum in inside.items()}
        listed = hashlib.sha256()
        for file in sorted(inside, key=bytes):
            listed.update(f"{inside[file]}  ".encode() + bytes(file) + b"\n")
        found[shown(path.name)] = {
            "bytes": sum((path / file).stat().st_size for file in inside),
            "files": len(inside),
            "sha256": listed.hexdigest() if path.is_dir() else inside[Path()],
        }
    return found, single


def files_of(paths: Iterable[str]) -> dict[str, Path]:
    """Every raw file by its path as text, those in folders included; files that are not there are left out."""
    found: dict[str, Path] = {}
    for path in map(Path, paths):
        files = [path / file for file in listing(path).files] if path.is_dir() else [path] if path.is_file() else []
        found |= {shown(file): file for file in files}
    return found


def _stamp(file: Path) -> list[int]:
    status = file.stat()
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns]


def stamps(paths: Iterable[str]) -> Stamps:
    """Size and times of every raw file. Raises OSError for files that cannot be read."""
    return {name: _stamp(file) for name, file in files_of(paths).items()}


def state_of(paths: Iterable[str], ingested: Mapping[str, Any]) -> str:
    """A name for the contents of the raw files that changes exactly when one is replaced, added, renamed or removed.

    ingested: the record of the last ingestion, which `record` wrote, {} if there is none. Where sizes and times are
    those of the record, its state holds. A file of another time is compared by its checksum, so that touching or
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


def record(state: str, found: Stamps, checksums: Mapping[str, str]) -> dict[str, Any]:
    """What ingestion keeps of the raw files: the state that they had, their sizes and times, and their checksums."""
    return {"state": state, "stamps": found, "sha256": dict(checksums)}


def read_record(path: Path) -> dict[str, Any]:
    """The record of the last ingestion in a file, {} if there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        whole = isinstance(found["state"], str) and all(len(stamp) == 3 for stamp in found["stamps"].values())
        return found if whole and isinstance(found["sha256"], dict) else {}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}
