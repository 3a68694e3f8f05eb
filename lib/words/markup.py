"""Text of users in markup that others render."""

from __future__ import annotations

import re
from html import escape


def restructured(text: str) -> str:
    """Return plain text as one line of reStructuredText in which no character is markup.

    Control characters become boxes.
    """
    line = re.sub(r"[\x00-\x1f\x7f]", "□", " ".join(text.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line)


def markdown(text: str) -> str:
    """Return plain text as one line of Markdown in which no character is markup, for formulas and HTML included."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", " ".join(text.split()))


def without_wildcards(text: str) -> str:
    """Return text for labels of Snakemake's report, which would take a word in braces for a wildcard.

    A word joiner, which shows nothing, follows every opening brace.
    """
    return text.replace("{", "{\u2060")


def coded(text: str) -> str:
    """Return plain text as HTML in which words between backticks, one or two, are code."""
    return re.sub(r"(`{1,2})(.+?)\1", r"<code>\2</code>", escape(text, quote=False))
