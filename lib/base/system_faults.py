"""What the system refuses, in sentences: no space, no permission, no memory."""

from __future__ import annotations

import errno
import re

AGAIN = "the same command then goes on"
_SPACE = {errno.ENOSPC, errno.EDQUOT}
_PERMISSION = {errno.EACCES, errno.EPERM, errno.EROFS}
# NumPy's words for a file that it could write in part only.
_CUT = re.compile(r"\d+ requested and \d+ written")


def sentence_of(error: BaseException) -> str | None:
    """Return a sentence for the user on an error of the system, with what to do; None for any other error."""
    if isinstance(error, MemoryError):
        return f"not enough memory ({_text(error)}): give this job more memory or run fewer jobs at once; {AGAIN}"
    if not isinstance(error, OSError):
        return None
    place = f"{error.filename}: " if error.filename else ""
    if error.errno in _SPACE or (error.errno is None and _CUT.search(str(error))):
        return f"{place}no space left on the disk: make room; {AGAIN}"
    if error.errno in _PERMISSION:
        return f"{place}{(error.strerror or str(error)).lower()}: make it writable and readable; {AGAIN}"
    return None


def _text(error: BaseException) -> str:
    return str(error).rstrip(". ") or type(error).__name__
