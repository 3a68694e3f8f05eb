"""Regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression that matches these words and nothing else.

    Common beginnings stand there once: Snakemake compiles the expression for every output of a rule, which takes half a
    second for thousands of long names that are written side by side.
    """
    ordered = sorted(set(words), reverse=True)
    if len(ordered) <= 1:
        return re.escape("".join(ordered))
    first, last = ordered[0], ordered[-1]  # what they have in common, all words have
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    groups = groupby((word[common:] for word in ordered), key=lambda end: end[:1])
    return re.escape(first[:common]) + "(?:" + "|".join(any_of(group) for _, group in groups) + ")"
