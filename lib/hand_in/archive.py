"""The archive of the hand-in: equal contents give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

UNIX = 3  # the system whose permissions an archive records
MODE = 0o100644  # a file that its owner may write and everyone may read


def pack(contents: Mapping[str, str | PathLike[str] | bytes], archive: str | PathLike[str]) -> None:
    """Write a zip archive of files (paths) or bytes, in the order of their names in it.

    All dates are 1 January 1980, the first that the format has.
    """
    with ZipFile(archive, "w", compresslevel=9) as packed:
        for name, content in sorted(contents.items()):
            entry = ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, UNIX, MODE << 16
            packed.writestr(entry, content if isinstance(content, bytes) else Path(content).read_bytes())
