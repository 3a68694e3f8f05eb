"""Times of several ways to do the same, measured alternately in one process, as ratios to one of them."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

ROUNDS = 5
TURN = 0.12  # seconds of a turn at least: each is the median of as many calls as that takes
# Seconds before a turn. Threads of OpenBLAS wait actively for more work during 2**28 cycles, about 0.13 s, and would
# take a core from a way that has its own threads.
PAUSE = 0.2

Way = tuple[Callable[[], object], int]  # what is timed, and the threads of BLAS meanwhile


def turn(function: Callable[[], object], threads: int) -> float:
    """Median seconds of a call, after one that wakes the threads."""
    time.sleep(PAUSE)
    taken: list[float] = []
    with threadpool_limits(limits=threads, user_api="blas"):
        function()
        while not taken or sum(taken) < TURN:
            start = time.perf_counter()
            function()
            taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def compare(ways: dict[str, Way], reference: str) -> pd.DataFrame:
    """A row for each way: median seconds, and the ratio to the reference of the same round: median and quartiles.

    The ways take turns, so that what else the machine does falls on all of them.
    """
    taken = {name: np.empty(ROUNDS) for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            taken[name][number] = turn(*way)
    rows = []
    for name, seconds in taken.items():
        low, middle, high = np.percentile(seconds / taken[reference], [25, 50, 75])
        rows.append({"way": name, "seconds": float(np.median(seconds)), "ratio": middle, "low": low, "high": high})
    return pd.DataFrame(rows)
