"""What the system refuses, in sentences: no space, no permission, no memory, a file that somebody has removed."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

AGAIN = "the same command then goes on"
_SPACE = {errno.ENOSPC, errno.EDQUOT}
_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}
# NumPy's words for a file that it could write in part only.
_CUT = re.compile(r"\d+ requested and \d+ written")
# Of the loader, of threads and of worker processes that the kernel has killed; none of them is a MemoryError.
_MEMORY = re.compile(
    r"failed to map segment|cannot allocate memory|memory allocation .*failed|can't start new thread"
    r"|worker process .*terminated"
    r"|terminated abruptly",
    re.IGNORECASE,
)
_UNFINISHED = re.compile(r"/\.(?:unfinished|report)-\d+\b")  # hidden folders of files that are not complete
LITTLE = 2**20  # bytes that are free on a disk that counts as full


def sentence_of(error: BaseException, inputs: Collection[str] = (), outputs: Collection[str] = ()) -> str | None:
    """Return a sentence for the user on an error of the system, with what to do; None for any other error.

    An error that was raised because of one of the system counts, too. inputs, outputs: paths of the files of the job
    that raised it: they name the place if the error does not.
    """
    found = (_sentence(one, inputs, outputs) for one in _causes(error))
    return next(filter(None, found), None)


def full_disk(folders: Collection[str]) -> str | None:
    """Return the first of these folders on a disk that is full, None if there is none."""
    for folder in folders:
        with suppress(OSError):
            if shutil.disk_usage(folder).free < LITTLE:
                return folder
    return None


def no_space(place: str) -> str:
    """Return the sentence on a full disk, with a file or folder on it; it may be empty."""
    return f"{f'{place}: ' if place else ''}no space left on the disk: make room; {AGAIN}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _sentence(error: BaseException, inputs: Collection[str], outputs: Collection[str]) -> str | None:
    if isinstance(error, MemoryError) or _MEMORY.search(str(error)):
        return _no_memory(error)
    if not isinstance(error, OSError):
        return None
    name = _UNFINISHED.sub("", str(error.filename)) if error.filename else ""
    if error.errno == errno.ENOMEM:
        return _no_memory(error)
    folders = [Path(path).parent for path in outputs]
    if error.errno in _SPACE or (error.errno is None and _CUT.search(str(error))):
        return no_space(name or full_disk([*map(str, folders), tempfile.gettempdir()]) or "")
    place = f"{name}: " if name else ""
    if error.errno in _PERMISSION:
        return f"{place}{(error.strerror or str(error)).lower()}: make it writable and readable; {AGAIN}"
    if error.errno == errno.EIO:
        return f"{place}the disk reports an error (input/output error): check it; {AGAIN}"
    if error.errno == errno.ENOENT and (name in inputs or any(map(Path(name).is_relative_to, folders))):
        return f"{name}: not found, for it was removed while the study ran; run the same command again"
    return None


def _no_memory(error: BaseException) -> str:
    words = str(error).strip().splitlines()
    detail = f" ({words[-1].rstrip('. ')})" if words else ""
    return f"not enough memory{detail}: free memory or run fewer jobs at once; {AGAIN}"
