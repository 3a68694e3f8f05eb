"""Where PyTorch computes, and how it gives the same results each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from lib.base.devices import Compute
from lib.base.errors import StudyError


def device_of(compute: Compute) -> torch.device:
    """Return PyTorch's device. Raises StudyError if a GPU is asked for and PyTorch finds none."""
    if compute.device == "gpu" and not torch.cuda.is_available():
        raise StudyError("a GPU was asked for but PyTorch can use none; run without gpu=1, or see make deep")
    return torch.device("cuda" if compute.device == "gpu" else "cpu")


@contextmanager
def reproducible(compute: Compute, seed: int) -> Iterator[torch.device]:
    """Let the block run with deterministic algorithms, a number of threads and a seed; restore these after it."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it cuBLAS has no deterministic algorithms
    device, threads = device_of(compute), torch.get_num_threads()
    deterministic = torch.are_deterministic_algorithms_enabled()
    memory: Any = torch.utils.deterministic
    filled = memory.fill_uninitialized_memory
    try:
        torch.use_deterministic_algorithms(True)
        memory.fill_uninitialized_memory = False  # finds faults of programs, and takes time
        torch.set_num_threads(compute.threads)
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(seed)
            yield device
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)
        memory.fill_uninitialized_memory = filled
