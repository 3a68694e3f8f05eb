"""Data sets: raw files of many forms are read into one validated form.

Images are rows (N, side * side * channels) of uint8, row-major, channels last, read block by block.
Labels are counted from 0.
"""

from lib.datasets.facts import facts
from lib.datasets.splits import LABELLED, SPLITS, Split

__all__ = ["LABELLED", "SPLITS", "Split", "facts"]
