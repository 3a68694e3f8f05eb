"""Text of users in markup that others render."""

from __future__ import annotations

import re


def restructured(text: str) -> str:
    """Plain text as one line of reStructuredText, in which no character is markup; control characters become boxes."""
    line = re.sub(r"[\x00-\x1f\x7f]", "□", " ".join(text.split()))
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line)
