"""Errors in the user's input, reported as sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

# Ends of lines, control characters, and characters that change the direction of text around them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return text on one line, in which characters that a terminal would obey are escapes such as \\n."""
    return _INVISIBLE.sub(lambda found: ascii(found[0])[1:-1], text)


class StudyError(Exception):
    """An error that the user can fix: each sentence names what was found and what is expected.

    Sentences may hold any names: what is not `visible` in them is escaped.
    """

    def __init__(self, *sentences: str) -> None:
        sentences = tuple(map(visible, sentences))
        super().__init__("\n".join(sentences))
        self.sentences: Sequence[str] = sentences


def first(sentences: Sequence[str], most: int = 20) -> list[str]:
    """Return the sentences; of more than ``most``, the first ones and the number of the others."""
    if len(sentences) <= most:
        return list(sentences)
    return [*sentences[:most], f"{len(sentences) - most} more faults of this kind"]


@contextmanager
def faults_of(subject: str) -> Iterator[None]:
    """Turn a ValueError of the block into a StudyError that starts with the subject, a part of the user's input."""
    try:
        yield
    except ValueError as error:
        raise StudyError(f"{subject}: {error}") from error


_EXPONENT = re.compile(r"[+-]?\d+[eE][+-]?\d+|[+-]?\d*\.?\d+[eE]\d+")


def hint_of_number(value: Any) -> str:
    """Return a hint to append if YAML reads the value as text although it looks like a number, such as 1e-4."""
    if not isinstance(value, str) or not _EXPONENT.fullmatch(value):
        return ""
    return f"; YAML reads {value} as text: write it with a decimal point and a signed exponent, as in 3.0e-4"


def hint_of_name(found: Any, known: Iterable[Any], similarity: float = 0.6) -> str:
    """Return a hint to append to an unknown name: the known one that is spelt most like it, if there is one.

    similarity: the least one, from 0 to 1 for equal names, see `difflib.get_close_matches`.
    """
    spelt = {str(name).casefold(): str(name) for name in known}
    similar = get_close_matches(str(found).casefold(), spelt, n=1, cutoff=similarity)
    return f" (did you mean {spelt[similar[0]]}?)" if similar else ""
