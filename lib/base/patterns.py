"""Regular expressions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby


def any_of(words: Iterable[str]) -> str:
    """Return a regular expression that matches these words and nothing else.

    Words share their common beginnings: Snakemake compiles the expression for every output of a rule, and a plain list
    of thousands of long names would take half a second each time.
    """
    ordered = sorted(set(words), reverse=True)
    if len(ordered) <= 1:
        return re.escape("".join(ordered))
    first, last = ordered[0], ordered[-1]  # what they have in common, all words have
    common = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    groups = groupby((word[common:] for word in ordered), key=lambda end: end[:1])
    return re.escape(first[:common]) + "(?:" + "|".join(any_of(group) for _, group in groups) + ")"
