"""Gram matrices of objects, on the CPU or on a GPU.

Where objects have many features these products are most of the work of a kernel machine and of the rotation. All else
is done on the host: the matrices have one row and one column per object, however many features there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute, to_device, to_host
from lib.sample_patches import namespace

BLOCK_BYTES = 2**30  # of a block of rows and its products on the device
_device: ContextVar[str] = ContextVar("device", default="cpu")


@contextmanager
def computing_on(compute: Compute) -> Iterator[None]:
    """Let NumPy, SciPy and scikit-learn use so many threads, and `inner_products` the device, within the block."""
    token = _device.set(compute.device)
    try:
        with threadpool_limits(limits=compute.threads):
            yield
    finally:
        _device.reset(token)


def inner_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the inner products (N, M) of objects (N, D) and others (M, D), in their dtype, float32 or float64.

    They are computed where `computing_on` says, by default on the CPU. The first call for a GPU raises StudyError if
    there is none.
    """
    device = _device.get()
    return left @ right.T if device == "cpu" else in_blocks(left, to_device(np.ascontiguousarray(right), device))


def in_blocks(left: np.ndarray, right: Any) -> np.ndarray:
    """Return the inner products (N, M) of objects (N, D) and others (M, D) that are on a device, block by block."""
    xp, found = namespace(right), np.empty((left.shape[0], right.shape[0]), left.dtype)
    step = max(1, BLOCK_BYTES // (left.dtype.itemsize * sum(right.shape)))
    for start in range(0, len(left), step):
        block = xp.asarray(np.ascontiguousarray(left[start : start + step]))
        found[start : start + step] = to_host(block @ right.T)
    return found
