"""The working memory of the linear algebra of NumPy and SciPy."""

from __future__ import annotations

import mmap

import numpy as np

_ROOM = 160 * 2**20  # bytes of address space: SciPy's libraries, and the 32 MiB that each of the two takes


def take_working_memory() -> None:
    """Let NumPy and SciPy take the memory in which their linear algebra works, as long as there is some.

    They ask for it when they are imported, and in their first call. Where none is left, OpenBLAS asks again without
    end, and the job hangs (https://github.com/OpenMathLib/OpenBLAS/issues/5289). Raises MemoryError if there is none.
    """
    try:
        mmap.mmap(-1, _ROOM).close()
    except OSError:
        raise MemoryError("no room for the working memory of linear algebra") from None
    from scipy.linalg import lapack  # takes longer to import than some jobs run

    np.linalg.inv(np.eye(2))
    lapack.dpotrf(np.eye(2))
