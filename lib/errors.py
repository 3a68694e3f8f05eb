"""Faults of the user's input, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class StudyError(Exception):
    """A fault that the user can mend: the message names what was found and what is expected."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences: Sequence[str] = sentences


def first(sentences: Sequence[str], most: int = 20) -> list[str]:
    """The sentences, or the first of very many and how many more there are."""
    if len(sentences) <= most:
        return list(sentences)
    return [*sentences[:most], f"{len(sentences) - most} more faults of this kind"]


@contextmanager
def faults_of(subject: str) -> Iterator[None]:
    """Raise a ValueError of the block as a StudyError about this part of the user's input."""
    try:
        yield
    except ValueError as error:
        raise StudyError(f"{subject}: {error}") from error
