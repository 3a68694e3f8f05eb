"""The data files of a folder: hidden files and files of operating systems are left out, links are followed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Lower-case names of what file managers, network drives and operating systems put next to data.
_SYSTEM = {
    *("__macosx", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "lost+found"),
    *("$recycle.bin", "system volume information", "found.000", "network trash folder", "temporary items"),
    *("@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "_gsdata_"),
}

MOST = 1_000_000  # files of one data set


def is_data(name: str) -> bool:
    """Whether a file or folder of this name can be data: it is neither hidden nor made by an operating system."""
    return not name.startswith((".", "~$", "@__")) and name.casefold() not in _SYSTEM


def printable(path: str | Path) -> str:
    """Return a path as valid text: bytes that are not UTF-8 become escapes such as \\xe9."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def normalised_name(name: str) -> str:
    """Return the name of a file or folder as valid text in the Unicode normal form NFC, as class names are."""
    return unicodedata.normalize("NFC", printable(name))


class Listing(NamedTuple):
    """Data below a folder, as paths relative to it, sorted by name at each level.

    broken: links without a target.
    """

    files: list[Path]
    folders: list[Path]
    broken: list[Path]


def listing(folder: str | Path) -> Listing:
    """Return all data below a folder. Links are followed, except links to a folder above them.

    Raises OSError for a folder that cannot be read, and ValueError for more than `MOST` files.
    """
    found = Listing([], [], [])
    status = Path(folder).stat()
    _list(Path(folder), Path(), {(status.st_dev, status.st_ino)}, found)
    return found


def _list(root: Path, inner: Path, above: set[tuple[int, int]], found: Listing) -> None:
    for entry in sorted(os.scandir(root / inner), key=lambda entry: entry.name):
        if not is_data(entry.name):
            continue
        path = inner / entry.name
        if entry.is_dir():
            status = Path(entry.path).stat()
            key = (status.st_dev, status.st_ino)
            if key not in above:
                found.folders.append(path)
                _list(root, path, above | {key}, found)
        elif entry.is_file():
            found.files.append(path)
            if len(found.files) > MOST:  # probably a whole disk
                raise ValueError(f"more than {MOST} files")
        elif entry.is_symlink():
            found.broken.append(path)


def data_in(folder: Path) -> Iterator[Path]:
    """Yield the data files and folders directly in a folder, sorted by name; none if the path is not a folder."""
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if is_data(path.name))
