"""Exceptions of damaged or hostile files become StudyErrors."""

from __future__ import annotations

from types import TracebackType

from lib.base.errors import StudyError


class _FaultsOfFile:
    """The context of `faults_of_file`. Its exit returns None, so mypy knows that no exception is swallowed."""

    def __init__(self, file: str, expected: str) -> None:
        self._file, self._expected = file, expected

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, StudyError) or not isinstance(error, Exception):
            return
        cause, verdict = str(error), "is refused or damaged"
        if isinstance(error, OSError):
            cause, verdict = error.strerror or cause, "cannot be read"
        found = one_line(cause or type(error).__name__)
        raise StudyError(f"{self._file}: {verdict} ({found}), expected {self._expected}") from None


def faults_of_file(file: str, expected: str) -> _FaultsOfFile:
    """Return a context that raises every exception of its block as a StudyError that names the file.

    Parsers raise exceptions of any kind for damaged bytes. A StudyError of the block is raised as it is.
    """
    return _FaultsOfFile(file, expected)


def one_line(text: str) -> str:
    """Return at most 200 characters of a library's message, printable and on one line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:200]).split())
