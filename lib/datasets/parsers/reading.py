"""What the readers share: splits read one by one, and bounded unpacking."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from lib.base.errors import StudyError
from lib.datasets.parsers.recognition import Files
from lib.datasets.validation import Raw, Raws

DEFLATE = 1100  # the most that deflate can shrink data; a file that claims more is damaged or hostile


def read_each(files: Files, read: Callable[[str, list[str]], Raw], also: list[str] | None = None) -> Raws:
    """What files hold that are read split by split. also: sentences about other files of the data set."""
    raws: dict[str, Raw] = {}
    faults = list(also or [])
    for split, paths in files.items():
        try:
            raws[split] = read(split, paths)
        except StudyError as error:
            faults += error.sentences
    return Raws(raws, faults)


class Bounded:
    """A binary stream that stops where more comes out of it than ``limit`` bytes. Raises ValueError there."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream, self._limit, self._at = stream, limit, 0

    def read(self, count: int = -1) -> bytes:
        if count < 0 or count > self._limit - self._at:
            raise ValueError(f"unpacks to more than {self._limit} bytes")
        found = self._stream.read(count)
        self._at += len(found)
        return found

    def seek(self, position: int, whence: int = 0) -> int:
        if whence != 0 or position > self._limit:
            raise ValueError(f"unpacks to more than {self._limit} bytes")
        self._at = self._stream.seek(position)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        self._stream.close()
