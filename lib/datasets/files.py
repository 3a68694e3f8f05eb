"""The files of a folder that are data: hidden ones and those of operating systems are left out, links are followed."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# What file managers, network drives and operating systems put beside the data, in lower case.
_SYSTEM = {
    *("__macosx", "__pycache__", "thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r", "lost+found"),
    *("$recycle.bin", "system volume information", "found.000", "network trash folder", "temporary items"),
    *("@eadir", "@recycle", "@recently-snapshot", "@tmp", "#recycle", "#snapshot", "_gsdata_"),
}

MOST = 1_000_000  # files of one data set


def is_data(name: str) -> bool:
    """Whether a file or folder of this name can be data: it is neither hidden nor one of the system."""
    return not name.startswith((".", "~$", "@__")) and name.casefold() not in _SYSTEM


def shown(path: str | Path) -> str:
    """A path as text that every file can hold: bytes of a name that are not UTF-8 become escapes such as \\xe9."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def as_name(name: str) -> str:
    """The name of a file or folder as the name of a class: valid text, with accents composed (NFC)."""
    return unicodedata.normalize("NFC", shown(name))


class Listing(NamedTuple):
    """What lies below a folder.

    files: paths relative to the folder, sorted by name at each level. folders: all folders, relative as well.
    broken: links that lead nowhere.
    """

    files: list[Path]
    folders: list[Path]
    broken: list[Path]


def listing(folder: str | Path) -> Listing:
    """All data below a folder. Links to folders are read as their targets; one that leads back up is left out.

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
            if len(found.files) > MOST:  # a whole disk rather than a data set
                raise ValueError(f"more than {MOST} files")
        elif entry.is_symlink():
            found.broken.append(path)


def data_in(folder: Path) -> Iterator[Path]:
    """Files and folders directly in a folder that can be data, sorted by name; none if it is not a folder."""
    if folder.is_dir():
        yield from sorted(path for path in folder.iterdir() if is_data(path.name))
