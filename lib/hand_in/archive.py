"""The archive that is handed in: equal contents give equal bytes."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

UNIX = 3  # the system whose permissions an archive records
MODE = 0o100644  # a file that its owner may write and everyone may read


def pack(contents: Mapping[str, str | PathLike[str] | bytes], archive: str | PathLike[str]) -> None:
    """Write a zip archive of files or bytes by the names that they get in it, in the order of the names.

    Dates are those of the format's beginning, 1 January 1980.
    """
    with ZipFile(archive, "w", compresslevel=9) as packed:
        for name, content in sorted(contents.items()):
            entry = ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, UNIX, MODE << 16
            packed.writestr(entry, content if isinstance(content, bytes) else Path(content).read_bytes())
