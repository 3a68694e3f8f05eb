"""One interface to the files of a folder, a zip archive or a tar archive, by their relative paths."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol, cast

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import is_data, listing, printable
from lib.datasets.parsers.archives import ALLOWANCE, EXPANSION, MAX_PICTURES, files_of, first_members
from lib.datasets.parsers.reading import DEFLATE, BoundedStream
from lib.datasets.parsers.recognition import kind

LARGEST = 2**28  # bytes of one picture in an archive
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Tree(Protocol):
    """Files of a folder or archive.

    names: relative paths of the files, with slashes, in the order in which they are best read. folders: relative paths
    of all folders. broken: relative paths of links without a target.
    """

    names: list[str]
    folders: list[str]
    broken: list[str]

    def path_of(self, name: str) -> str:
        """Return the full path of a file for sentences."""

    def open(self, name: str) -> BinaryIO:
        """Open a file for reading. Raises OSError or ValueError."""


class FolderTree:
    """Files below a folder."""

    def __init__(self, folder: Path) -> None:
        with faults_of_file(printable(folder), "a folder of pictures"):
            found = listing(folder)
            self.names, self.folders, self.broken = (list(map(str, paths)) for paths in found)
        self._folder = folder

    def path_of(self, name: str) -> str:
        return printable(self._folder / name)

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")


class ZipTree:
    """Files of a zip archive, which is not unpacked to the disk. Raises StudyError if it is refused."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.broken: list[str] = []
        self._archive: zipfile.ZipFile | None = None
        self._members: dict[str, zipfile.ZipInfo] = {}
        with faults_of_file(printable(path), "a whole zip archive of pictures"), zipfile.ZipFile(path) as archive:
            size = path.stat().st_size
            if len(archive.filelist) > MAX_PICTURES:
                raise ValueError(f"more than {MAX_PICTURES} members")
            if (total := sum(info.file_size for info in archive.filelist)) > EXPANSION * size + ALLOWANCE:
                raise ValueError(f"unpacks to {total} bytes from {size}")
            for info in archive.filelist:
                member = PurePosixPath(info.filename.replace("\\", "/"))  # some Windows programs write backslashes
                if member.is_absolute() or ".." in member.parts:
                    raise ValueError(f"the member {ascii(info.filename)[1:-1][:100]} leaves its folder")
                name = "/".join(member.parts)
                if info.is_dir() or not all(map(is_data, member.parts)):
                    continue
                if name in self._members:
                    raise ValueError(f"two members {printable(name)[:100]}")
                self._members[name] = info
        self.names = sorted(self._members, key=lambda name: name.split("/"))
        self.folders = sorted({str(parent) for name in self.names for parent in PurePosixPath(name).parents} - {"."})

    def path_of(self, name: str) -> str:
        return f"{printable(self._path)}: {printable(name)}"

    def open(self, name: str) -> BinaryIO:
        if self._archive is None:
            self._archive = zipfile.ZipFile(self._path)
        info = self._members[name]
        if info.compress_type not in _METHODS or info.flag_bits & 1:
            raise ValueError(f"compressed by method {info.compress_type} or encrypted")
        if info.file_size > min(LARGEST, DEFLATE * max(info.compress_size, 1)):
            raise ValueError(f"claims {info.file_size} bytes in {info.compress_size}")
        with self._archive.open(info) as stream:
            return io.BytesIO(BoundedStream(cast(BinaryIO, stream), info.file_size + 1).read(info.file_size))


class TarTree:
    """Files of a tar archive in its order, so that it is read sequentially. Raises StudyError if it is refused."""

    def __init__(self, path: Path) -> None:
        self._path, self._archive = path, files_of(str(path))
        self.broken: list[str] = []
        self.names = list(self._archive.offsets)
        self.folders = sorted({str(parent) for name in self.names for parent in PurePosixPath(name).parents} - {"."})

    def path_of(self, name: str) -> str:
        return f"{printable(self._path)}: {printable(name)}"

    def open(self, name: str) -> BinaryIO:
        if (size := self._archive.sizes[name]) > LARGEST:
            raise ValueError(f"claims {size} bytes")
        return io.BytesIO(self._archive.open(name).read(size))


def members_at(path: Path) -> list[str]:
    """Return the names of the members of a zip archive or of the first members of a tar archive; none otherwise."""
    if kind(path) != "zip":
        return first_members(path)
    try:
        return ZipTree(path).names
    except StudyError:
        return []


def tree_at(path: Path) -> Tree:
    """Return the files of a folder, a zip archive or a tar archive. Raises StudyError for anything else."""
    if path.is_dir():
        return FolderTree(path)
    if (found := kind(path)) not in ("zip", "tar"):
        raise StudyError(f"{printable(path)}: is not a folder or an archive, expected one with pictures")
    return ZipTree(path) if found == "zip" else TarTree(path)
