"""What readers share: reading split by split, and streams with a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from lib.base.errors import StudyError
from lib.datasets.parsers.recognition import Files
from lib.datasets.validation import Raw, Raws

DEFLATE = 1100  # above deflate's largest compression ratio, 1032: a file that claims more is damaged or hostile


def read_each(files: Files, read: Callable[[str, list[str]], Raw], earlier: list[str] | None = None) -> Raws:
    """Read files split by split and collect the faults.

    read: returns the contents of a split from its name and paths. earlier: faults of other files of the data set.
    """
    raws: dict[str, Raw] = {}
    faults = list(earlier or [])
    for split, paths in files.items():
        try:
            raws[split] = read(split, paths)
        except StudyError as error:
            faults += error.sentences
    return Raws(raws, faults)


class BoundedStream:
    """A binary stream that raises ValueError before more than ``limit`` bytes are read from it."""

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
