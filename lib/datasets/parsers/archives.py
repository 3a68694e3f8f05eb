"""Reading of members of a tar archive, packed by gzip or not, without unpacking it to the disk.

Nothing of the archive is written anywhere. It is refused as a whole if any member would leave the
folder that it is unpacked into, is not a plain file or folder, or if more comes out of it than images can
make of its size.
"""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from lib.base.errors import StudyError
from lib.datasets.faults import told_of
from lib.datasets.files import is_data, shown
from lib.datasets.parsers.reading import Bounded
from lib.datasets.parsers.recognition import kind

EXPANSION = 20  # times its own size: photographs shrink to half at best
ALLOWANCE = 2**26  # bytes that any archive may unpack to
MAX_MEMBERS = 1000
MAX_PICTURES = 2_000_000  # members of an archive of pictures
_BLOCK = 2**20  # bytes read at once
_SUFFIXES = (".tar", ".tar.gz", ".tgz")
SMALL = 2**24  # bytes: more than any file of labels, names or folds needs
_FIRST = 2**20  # bytes that hold the names of the first members


@dataclass
class Archive:
    """Where the members of an archive lie: offset and size in the unpacked stream by name.

    contents: small members, kept while the archive was looked through.
    """

    path: str
    limit: int
    offsets: dict[str, int]
    sizes: dict[str, int]
    contents: dict[str, bytes]
    _shared: _Stream | None = field(default=None, repr=False)

    def opened(self, name: str) -> BinaryIO:
        """The unpacked stream from the first byte of a member on, for reading forward.

        All members share one stream: read in the order in which they lie they are unpacked in one pass,
        and in any other order as well, only slower.
        """
        return cast(BinaryIO, _Member(self, self.offsets[name]))

    def at(self, position: int) -> _Stream:
        """The shared stream at a position."""
        if self._shared is None or self._shared.tell() > position:
            if self._shared:
                self._shared.close()
            self._shared = _stream(self.path, self.limit)
        self._shared.seek(position)
        return self._shared

    def each(self, names: Collection[str]) -> Iterator[tuple[str, Iterator[bytes]]]:
        """These members in the order in which they lie, each with its bytes in blocks: unpacked in one pass.

        The blocks of a member are to be taken before the next member. Raises ValueError where one ends early.
        """
        with _stream(self.path, self.limit) as stream:
            for name in sorted(names, key=self.offsets.__getitem__):
                stream.seek(self.offsets[name])
                yield name, _blocks(stream, self.sizes[name])


class _Member:
    """Reads on from a position of an archive, whatever else is read from it in between."""

    def __init__(self, archive: Archive, start: int) -> None:
        self._archive, self._at = archive, start

    def read(self, count: int = -1) -> bytes:
        found = self._archive.at(self._at).read(count)
        self._at += len(found)
        return found


class _Stream(Bounded):
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
    """Raises ValueError for a member that no data set needs: one that leaves its folder, or is not a plain file.

    Refuses all that `tarfile.data_filter` refuses, which not every Python 3.11 has.
    """
    name = ascii(member.name)[1:-1][:100]
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or "\\" in member.name or not member.name:
        raise ValueError(f"the member {name} climbs out of its folder")
    if "\0" in member.name:
        raise ValueError(f"the member {name} has a name that no file can have")
    if member.size < 0:
        raise ValueError(f"the member {name} claims {member.size} bytes")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise ValueError(f"the member {name} is not a plain file or folder")


def _tar(stream: _Stream) -> tarfile.TarFile:
    return tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:", errorlevel=2)


def archives_at(source: Path, name: str) -> list[Path]:
    """The archive that a path names itself, or those of a folder, the one with the official name first."""
    found = [source] if source.is_file() else [path for path in source.glob("*") if path.name.endswith(_SUFFIXES)]
    return sorted((path for path in found if kind(path) == "tar"), key=lambda path: (path.name != name, path.name))


def first_members(path: Path) -> list[str]:
    """Names of the members that begin near the start of an archive, as they stand there; none if it is no archive."""
    names: list[str] = []
    try:
        with _stream(str(path), _FIRST) as stream, _tar(stream) as tar:
            names.extend(member.name for member in iter(tar.next, None))
    except Exception:  # the bound is reached, or the archive is damaged, which raises exceptions of any kind
        pass
    return names


def members_of(path: str, names: Collection[str], kept: Collection[str] = ()) -> Archive:
    """Index of the members with these names in any folder of the archive. Raises StudyError.

    kept: names of members whose contents are kept, where they are small.
    """

    def known(member: str) -> str | None:
        name = PurePosixPath(member).name
        return name if name in names else None

    return _indexed(path, known, kept, MAX_MEMBERS)


def files_of(path: str) -> Archive:
    """Index of all files of an archive that can be data, by their paths in it. Raises StudyError."""

    def data(member: str) -> str | None:
        parts = PurePosixPath(member).parts
        return "/".join(parts) if all(map(is_data, parts)) else None

    return _indexed(path, data, (), MAX_PICTURES)


def _indexed(path: str, key: Callable[[str], str | None], kept: Collection[str], most: int) -> Archive:
    """Index of the files that have a key, None for those to pass over, in an archive of at most so many members."""
    expected = "a whole archive of plain files"
    with told_of(path, expected):
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
                        raise ValueError(f"two members {shown(name)}")
                    archive.offsets[name], archive.sizes[name] = member.offset_data, member.size
                    if name in kept and member.size <= SMALL:
                        archive.contents[name] = _content(stream, member)
                # the next header lies behind the data: a claim beyond the limit ends here
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
