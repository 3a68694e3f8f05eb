"""Words that a reader sees, in the language of the study."""

from __future__ import annotations

from typing import Any


def in_language(table: Any, language: str) -> Any:
    """A table of words in one language: every mapping from languages to words becomes the word itself.

    Raises KeyError for a word that is missing in that language.
    """
    if not isinstance(table, dict):
        return table
    if "en" in table:
        return table[language]
    return {key: in_language(value, language) for key, value in table.items()}
