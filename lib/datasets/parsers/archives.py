"""Members of a tar archive, compressed by gzip or not, read without unpacking the archive to the disk.

An archive is refused as a whole if a member has a path that leaves the folder it would be unpacked into, if a member is
not a plain file or folder, or if it unpacks to more bytes than images of its size can.
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import is_data, printable
from lib.datasets.parsers.reading import BoundedStream
from lib.datasets.parsers.recognition import kind

EXPANSION = 20  # times the archive's size that it may unpack to: photographs are compressed to half at best
ALLOWANCE = 2**26  # bytes that an archive of any size may unpack to
MAX_MEMBERS = 1000
MAX_PICTURES = 2_000_000  # members of an archive of pictures
_BLOCK = 2**20  # bytes read at once
_SUFFIXES = (".tar", ".tar.gz", ".tgz")
SMALL = 2**24  # bytes: more than any file of labels, names or folds needs
_FIRST = 2**20  # bytes of the unpacked archive in which the first members are looked for


@dataclass
class Archive:
    """Index of an archive: offsets and sizes in bytes of its members in the unpacked stream, by name.

    limit: bytes that the archive may unpack to. contents: small members that were read while the index was made.
    """

    path: str
    limit: int
    offsets: dict[str, int]
    sizes: dict[str, int]
    contents: dict[str, bytes]
    _shared: _Stream | None = field(default=None, repr=False)

    def open(self, name: str) -> BinaryIO:
        """Return the unpacked stream from the first byte of a member on, for sequential reading.

        All members share one stream. Read in the order of the archive they are unpacked in one pass; other orders work
        but are slower.
        """
        return cast(BinaryIO, _Member(self, self.offsets[name]))

    def stream_at(self, position: int) -> _Stream:
        """Return the shared stream at a position, opened again if it is behind the position."""
        if self._shared is None or self._shared.tell() > position:
            if self._shared:
                self._shared.close()
            self._shared = _stream(self.path, self.limit)
        self._shared.seek(position)
        return self._shared

    def members(self, names: Collection[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Yield these members in the order of the archive, each with an iterator over its bytes in blocks.

        The archive is unpacked in one pass: take the blocks of a member before the next member. Raises ValueError
        if a member ends early.
        """
        with _stream(self.path, self.limit) as stream:
            for name in sorted(names, key=self.offsets.__getitem__):
                stream.seek(self.offsets[name])
                yield name, _blocks(stream, self.sizes[name])


class _Member:
    """Sequential reader of an archive with its own position, so that readers of several members do not interfere."""

    def __init__(self, archive: Archive, start: int) -> None:
        self._archive, self._at = archive, start

    def read(self, count: int = -1) -> bytes:
        found = self._archive.stream_at(self._at).read(count)
        self._at += len(found)
        return found


class _Stream(BoundedStream):
    """A bounded stream that is a context manager."""

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *reason: object) -> None:
        self.close()


def _blocks(stream: _Stream, size: int) -> Iterator[bytes]:
    while size:
        block = stream.read(min(size, _BLOCK))
        if not block:
            raise ValueError("ends early")
        size -= len(block)
        yield block


def _stream(path: str, limit: int) -> _Stream:
    with open(path, "rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return _Stream(cast(BinaryIO, gzip.open(path) if packed else open(path, "rb")), limit)


def _check(member: tarfile.TarInfo) -> None:
    """Raise ValueError for a member whose path leaves its folder or that is not a plain file or folder.

    Every member that `tarfile.data_filter` refuses is refused; Python before 3.11.4 does not have that filter.
    """
    name = ascii(member.name)[1:-1][:100]
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or not member.name:
        raise ValueError(f"the member {name} leaves its folder")
    if "\0" in member.name:
        raise ValueError(f"the member {name} has a name that no file can have")
    if member.size < 0:
        raise ValueError(f"the member {name} claims {member.size} bytes")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise ValueError(f"the member {name} is not a plain file or folder")


def _tar(stream: _Stream) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:", errorlevel=2)


def archives_at(source: Path, name: str) -> list[Path]:
    """Return the archive at a path, or the archives of a folder with the one of this name first."""
    found = [source] if source.is_file() else [path for path in source.glob("*") if path.name.endswith(_SUFFIXES)]
    return sorted((path for path in found if kind(path) == "tar"), key=lambda path: (path.name != name, path.name))


def first_members(path: Path) -> list[str]:
    """Return the names of the members that begin near the start of an archive; none if it is not an archive."""
    names: list[str] = []
    try:
        with _stream(str(path), _FIRST) as stream, _tar(stream) as tar:
            names.extend(member.name for member in iter(tar.next, None))
    except Exception:  # the limit is reached, or the archive is damaged, which raises exceptions of any kind
        pass
    return names


def members_of(path: str, names: Collection[str], kept: Collection[str] = ()) -> Archive:
    """Return the index of the members with these names, in any folder of the archive.

    kept: names of members whose contents are kept if they are small. Raises StudyError for an archive that is refused.
    """

    def known(member: str) -> str | None:
        name = PurePosixPath(member).name
        return name if name in names else None

    return _indexed(path, known, kept, MAX_MEMBERS)


def files_of(path: str) -> Archive:
    """Return the index of all files of an archive that can be data, by their paths.

    Raises StudyError for an archive that is refused.
    """

    def data(member: str) -> str | None:
        parts = PurePosixPath(member).parts
        return "/".join(parts) if all(map(is_data, parts)) else None

    return _indexed(path, data, (), MAX_PICTURES)


def _indexed(path: str, key: Callable[[str], str | None], kept: Collection[str], most: int) -> Archive:
    """Return the index of an archive.

    key: name under which a member is listed, None for members to skip. kept: keys of members whose contents are kept.
    most: number of members allowed. Raises StudyError for an archive that is refused.
    """
    expected = "a whole archive of plain files"
    with faults_of_file(path, expected):
        limit = EXPANSION * Path(path).stat().st_size + ALLOWANCE
        archive = Archive(path, limit, {}, {}, {})
        with _stream(path, limit) as stream, _tar(stream) as tar:
            for number, member in enumerate(iter(tar.next, None)):
                _check(member)
                if number >= most:
                    raise ValueError(f"more than {most} members")
                name = key(member.name)
                if member.isreg() and name is not None:
                    if name in archive.sizes:
                        raise ValueError(f"two members {printable(name)}")
                    archive.offsets[name], archive.sizes[name] = member.offset_data, member.size
                    if name in kept and member.size <= SMALL:
                        archive.contents[name] = _content(stream, member)
                # checked before the next header is read, because tarfile would unpack all the data before it
                if member.offset_data + member.size > limit:
                    raise ValueError(f"unpacks to more than {limit} bytes")
                tar.members.clear()  # type: ignore[attr-defined]
            stream.seek(_end(archive))
            if archive.sizes and stream.tell() < _end(archive):
                raise ValueError("ends early")
        return archive
    raise StudyError(f"{path}: cannot be read, expected {expected}")


def _content(stream: _Stream, member: tarfile.TarInfo) -> bytes:
    stream.seek(member.offset_data)
    content = stream.read(member.size)
    if len(content) < member.size:
        raise ValueError("ends early")
    return content


def _end(archive: Archive) -> int:
    return max((archive.offsets[name] + archive.sizes[name] for name in archive.sizes), default=0)
