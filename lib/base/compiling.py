"""Numba kernels for the elementwise work between matrix products; they release the GIL.

A kernel takes C-contiguous NumPy arrays. It is compiled for the processor on first use, and its machine code is cached
on disk for later processes. This module is slow to import.
"""

from __future__ import annotations

import fcntl
import hashlib
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lib.base.linear_algebra import take_working_memory

take_working_memory()  # before Numba imports the linear algebra of SciPy

from llvmlite import binding  # noqa: E402
from numba import njit  # noqa: E402
from numba.core import config as numba_config  # noqa: E402
from numba.core.caching import FunctionCache, IndexDataCacheFile  # noqa: E402

# LLVM uses half the width of the vector registers of AVX-512 unless it is asked for all of it, which made the kernels a
# third slower. The list replaces that of the processor, so it has to name its other features, too.
config: Any = numba_config
if config.CPU_FEATURES is None and config.ENABLE_AVX and binding.get_host_cpu_features().get("avx512f"):
    config.CPU_FEATURES = binding.get_host_cpu_features().flatten() + ",-prefer-256-bit"

_DIGEST = hashlib.sha256().digest_size


class CheckedFiles(IndexDataCacheFile):  # type: ignore[misc]
    """Numba's cache files, each preceded by the SHA-256 digest of its contents.

    A file that is empty, truncated or changed counts as absent. Without the digest, Numba would fail to read it or
    would run damaged code.
    """

    def _read(self, path: str) -> bytes | None:
        """Return the contents that follow the digest, or None if the file is absent or does not match its digest."""
        try:
            content = Path(path).read_bytes()
        except OSError:
            return None
        digest, rest = content[:_DIGEST], content[_DIGEST:]
        return rest if hashlib.sha256(rest).digest() == digest else None

    def _load_index(self) -> dict[Any, str]:
        content = self._read(self._index_path)
        version, stamp, overloads = pickle.loads(content) if content else (None, None, {})
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: dict[Any, str]) -> None:
        self._write(self._index_path, self._dump((self._version, self._source_stamp, overloads)))

    def _load_data(self, name: str) -> Any:
        content = self._read(self._data_path(name))
        if content is None:
            raise OSError("absent or damaged")  # Numba compiles the function again
        return pickle.loads(content)

    def _save_data(self, name: str, data: Any) -> None:
        self._write(self._data_path(name), self._dump(data))

    def _write(self, path: str, content: bytes) -> None:
        with self._open_for_write(path) as file:
            file.write(hashlib.sha256(content).digest() + content)


class LockedCache(FunctionCache):  # type: ignore[misc]
    """Cache of machine code on disk, read and written by one process at a time.

    Numba's own cache writes its index and its code files without a lock. If two processes compile one function for
    different types at the same time, one of them may later load the other's code.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)
        self._cache_file = CheckedFiles(
            cache_path=self._cache_path,
            filename_base=self._impl.filename_base,
            source_stamp=self._impl.locator.get_source_stamp(),
        )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        folder = Path(self.cache_path)
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("a") as file:
            with suppress(OSError):  # the file system has no locks
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def load_overload(self, *arguments: Any) -> Any:
        with self._lock():
            return super().load_overload(*arguments)

    def save_overload(self, *arguments: Any) -> None:
        with self._lock():
            super().save_overload(*arguments)


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function with Numba, once for each combination of argument types.

    Sums may be reassociated and multiply-adds fused, so that loops can be vectorised. NaN stays NaN.
    """
    dispatcher: Any = njit(nogil=True, error_model="numpy", fastmath={"contract", "reassoc", "nsz"})(function)
    dispatcher._cache = LockedCache(function)
    return dispatcher
