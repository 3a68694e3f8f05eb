"""Which raw files a data set came from, told exactly enough to find the same ones again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from lib.datasets.checksums import sha256

Descriptions = dict[str, dict[str, int | str]]


@contextmanager
def descriptions(groups: Mapping[str, Iterable[str]]) -> Iterator[dict[str, Future[Descriptions]]]:
    """What `described` says of each group of files, found in one background thread while the block runs.

    hashlib releases the interpreter's lock, so the block goes on at full speed on another core. A result
    is asked for by ``.result()``, which raises OSError; leaving the block by an error drops what has not begun.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="checksums") as pool:
        try:
            yield {group: pool.submit(described, paths) for group, paths in groups.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def described(paths: Iterable[str]) -> Descriptions:
    """Bytes, number of files and SHA-256 of each raw file, by its name; a folder counts as one with all it holds.

    The checksum of a folder is that of the list of its files as sha256sum writes it, sorted by the bytes of
    their names: ``find * -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`` inside of it.
    Raises OSError for a file that cannot be read.
    """
    return {Path(path).name: _folder(Path(path)) if Path(path).is_dir() else _file(Path(path)) for path in paths}


def _file(path: Path) -> dict[str, int | str]:
    return {"bytes": path.stat().st_size, "files": 1, "sha256": sha256(path)}


def _folder(folder: Path) -> dict[str, int | str]:
    names = {bytes(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    listed = hashlib.sha256()
    for name in sorted(names):
        listed.update(f"{sha256(names[name])}  ".encode() + name + b"\n")
    size = sum(path.stat().st_size for path in names.values())
    return {"bytes": size, "files": len(names), "sha256": listed.hexdigest()}
