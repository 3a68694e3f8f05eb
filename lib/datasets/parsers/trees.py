"""Files of pictures by their relative paths, in a folder, a zip archive or a tar archive, read in one way."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from lib.base.errors import StudyError
from lib.datasets.faults import told_of
from lib.datasets.files import is_data, listing, shown
from lib.datasets.parsers.archives import ALLOWANCE, EXPANSION, MAX_PICTURES, files_of, first_members
from lib.datasets.parsers.reading import DEFLATE, Bounded
from lib.datasets.parsers.recognition import kind

LARGEST = 2**28  # bytes of one picture in an archive
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Tree(Protocol):
    """Files below one place.

    names: their paths relative to it, with slashes, in the order to read them in. folders: paths of all folders.
    broken: links that lead nowhere.
    """

    names: list[str]
    folders: list[str]
    broken: list[str]

    def place(self, name: str) -> str:
        """Where a file lies, for sentences."""

    def opened(self, name: str) -> BinaryIO:
        """A file, open for reading. Raises OSError or ValueError."""


class FolderTree:
    """Files below a folder. broken: links that lead nowhere."""

    def __init__(self, folder: Path) -> None:
        with told_of(shown(folder), "a folder of pictures"):
            found = listing(folder)
            self.names, self.folders, self.broken = (list(map(str, paths)) for paths in found)
        self._folder = folder

    def place(self, name: str) -> str:
        return shown(self._folder / name)

    def opened(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")


class ZipTree:
    """Files of a zip archive, as it lists them. Nothing is unpacked to the disk. Raises StudyError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.broken: list[str] = []
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        with told_of(shown(path), "a whole zip archive of pictures"), zipfile.ZipFile(path) as archive:
            size = path.stat().st_size
            if len(archive.filelist) > MAX_PICTURES:
                raise ValueError(f"more than {MAX_PICTURES} members")
            if (total := sum(info.file_size for info in archive.filelist)) > EXPANSION * size + ALLOWANCE:
                raise ValueError(f"unpacks to {total} bytes from {size}")
            for info in archive.filelist:
                member = PurePosixPath(info.filename.replace("\\", "/"))  # as some programs of Windows write them
                if member.is_absolute() or ".." in member.parts:
                    raise ValueError(f"the member {ascii(info.filename)[1:-1][:100]} climbs out of its folder")
                name = "/".join(member.parts)
                if info.is_dir() or not all(map(is_data, member.parts)):
                    continue
                if name in self._members:
                    raise ValueError(f"two members {shown(name)[:100]}")
                self._members[name] = info
        self.names = sorted(self._members, key=lambda name: name.split("/"))
        self.folders = sorted({str(parent) for name in self.names for parent in PurePosixPath(name).parents} - {"."})

    def place(self, name: str) -> str:
        return f"{shown(self._path)}: {shown(name)}"

    def opened(self, name: str) -> BinaryIO:
        if self._archive is None:
            self._archive = zipfile.ZipFile(self._path)
        info = self._members[name]
        if info.compress_type not in _METHODS or info.flag_bits & 1:
            raise ValueError(f"packed by method {info.compress_type} or encrypted")
        if info.file_size > min(LARGEST, DEFLATE * max(info.compress_size, 1)):
            raise ValueError(f"claims {info.file_size} bytes in {info.compress_size}")
        with self._archive.open(info) as stream:
            return io.BytesIO(Bounded(cast(BinaryIO, stream), info.file_size + 1).read(info.file_size))


class TarTree:
    """Files of a tar archive in the order in which they lie there, so that it is read forward. Raises StudyError."""

    def __init__(self, path: Path) -> None:
        self._path, self._archive = path, files_of(str(path))
        self.broken: list[str] = []
        self.names = list(self._archive.offsets)
        self.folders = sorted({str(parent) for name in self.names for parent in PurePosixPath(name).parents} - {"."})

    def place(self, name: str) -> str:
        return f"{shown(self._path)}: {shown(name)}"

    def opened(self, name: str) -> BinaryIO:
        if (size := self._archive.sizes[name]) > LARGEST:
            raise ValueError(f"claims {size} bytes")
        return io.BytesIO(self._archive.opened(name).read(size))


def members_at(path: Path) -> list[str]:
    """Names of the members of a zip archive or of the first ones of a tar archive; none if it is neither."""
    if kind(path) != "zip":
        return first_members(path)
    try:
        return ZipTree(path).names
    except StudyError:
        return []


def tree_at(path: Path) -> Tree:
    """The files at a path, which names a folder, a zip archive or a tar archive. Raises StudyError."""
    if path.is_dir():
        return FolderTree(path)
    if (found := kind(path)) not in ("zip", "tar"):
        raise StudyError(f"{shown(path)}: is not a folder or an archive, expected one with pictures")
    return ZipTree(path) if found == "zip" else TarTree(path)
