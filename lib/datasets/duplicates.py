"""Images that occur more than once, exactly, within a split or in two of them."""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

COLUMNS = ["first", "second", "images"]


def digests(images: np.ndarray) -> list[bytes]:
    """A digest of 16 bytes for each row (N, D); the matrix may be a memory map, read once from start to end."""
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in images]


def count_duplicates(splits: dict[str, list[bytes]]) -> pd.DataFrame:
    """For every pair of splits, how many images of the second are in the first as well.

    Within one split, where both names are the same: how many images equal an earlier one.
    """
    rows = []
    for first, second in combinations_with_replacement(splits, 2):
        if first == second:
            count = len(splits[first]) - len(set(splits[first]))
        else:
            known = set(splits[first])
            count = sum(digest in known for digest in splits[second])
        rows.append((first, second, count))
    return pd.DataFrame(rows, columns=COLUMNS)
