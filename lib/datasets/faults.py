"""Exceptions of any kind that damaged or hostile files lead to, as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from lib.base.errors import StudyError


@contextmanager
def told_of(file: str, expected: str) -> Iterator[None]:
    """Raise every exception of the block as a StudyError that names this file."""
    try:
        yield
    except StudyError:
        raise
    except OSError as error:
        found = error.strerror or str(error) or type(error).__name__
        raise StudyError(f"{file}: cannot be read ({one_line(found)}), expected {expected}") from None
    except Exception as error:  # damaged bytes raise what the parser that meets them raises
        found = str(error) or type(error).__name__
        raise StudyError(f"{file}: is refused or damaged ({one_line(found)}), expected {expected}") from None


def one_line(text: str) -> str:
    """A message of a library as the part of a sentence, however long or strange it is."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:200]).split())
