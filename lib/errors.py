"""Faults of the user's input, told in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class StudyError(Exception):
    """A fault that the user can mend: the message names what was found and what is expected."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences: Sequence[str] = sentences


@contextmanager
def faults_of(subject: str) -> Iterator[None]:
    """Tell a ValueError of the code within as a fault of this part of the user's input."""
    try:
        yield
    except ValueError as error:
        raise StudyError(f"{subject}: {error}") from error
