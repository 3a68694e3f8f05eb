"""Exact duplicates of images within a split and between two splits."""

from __future__ import annotations

from hashlib import blake2b
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd

COLUMNS = ["first", "second", "images"]


def digests(images: np.ndarray) -> list[bytes]:
    """Return a digest of 16 bytes for each row of a matrix (N, D), which may be a memory map. Reads it once."""
    return [blake2b(row.tobytes(), digest_size=16).digest() for row in images]


def count_duplicates(splits: dict[str, list[bytes]]) -> pd.DataFrame:
    """Return one row per pair of splits: how many images of the second split are also in the first.

    splits: digests of the images by split. A pair of a split with itself counts the images that equal an earlier one.
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
