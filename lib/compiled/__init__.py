"""What lies between the matrix products, compiled by Numba: one pass over memory for each step, without Python's lock.

Functions for C-contiguous NumPy matrices, each beside the array code that defines what it does. They are compiled for
the processor on first use, and their machine code is kept for the next process. Slow to import.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache


class LockedCache(FunctionCache):  # type: ignore[misc]
    """Machine code on disk, read and written by one process at a time.

    Numba's own cache writes its index and its code files without a lock: of two processes that compile for the first
    time, for different types, one may later be given the other's code.
    """

    @contextmanager
    def _locked(self) -> Iterator[None]:
        folder = Path(self.cache_path)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as file:
            with suppress(OSError):  # a file system that knows no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def load_overload(self, *arguments: Any) -> Any:
        with self._locked():
            return super().load_overload(*arguments)

    def save_overload(self, *arguments: Any) -> None:
        with self._locked():
            super().save_overload(*arguments)


def compiled(function: Callable[..., Any]) -> Any:
    """The function compiled for each combination of types that it is called with.

    Loops may regroup sums and fuse a product with a sum, so that they become vector instructions. NaN stays NaN.
    """
    dispatcher: Any = njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})(function)
    dispatcher._cache = LockedCache(function)
    return dispatcher
