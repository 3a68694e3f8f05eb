"""Where array code runs: "cpu" (NumPy) or "gpu" (CuPy). The optimiser's parameters stay on the host."""

from __future__ import annotations

import fcntl
import logging
import os
import platform
import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

from lib.base.errors import StudyError

DEVICES = ("cpu", "gpu")
VISIBLE = "CUDA_VISIBLE_DEVICES"  # where CUDA, and clusters such as Slurm, state the GPUs that a process may use
SECONDS_BETWEEN_LOOKS = 5.0  # at GPUs that other jobs use
_claimed: list[IO[str]] = []  # the lock on this process's GPU, held until the process ends


@dataclass(frozen=True)
class Compute:
    """Where to compute: the device, "cpu" or "gpu", and the number of threads on the CPU."""

    device: str = "cpu"
    threads: int = 1


def device_for(gpus: int) -> str:
    """Return the device of a job with this number of GPUs."""
    return "gpu" if gpus > 0 else "cpu"


def visible_gpus(environment: Mapping[str, str], folder: Path = Path("/dev")) -> list[str]:
    """Return the names of the GPUs that this process may use: those that a cluster has assigned, or all.

    environment: variables of the process. folder: where the driver shows its devices.
    """
    if VISIBLE in environment:
        return [name.strip() for name in environment[VISIBLE].split(",") if name.strip()]
    found = (re.fullmatch(r"nvidia(\d+)", path.name) for path in folder.glob("nvidia*"))
    return sorted((match[1] for match in found if match), key=int)


def claim(gpus: Sequence[str], folder: Path, patience: float = float("inf")) -> tuple[str, IO[str]]:
    """Return the first GPU that no other job of this machine has claimed, and the lock on it.

    The lock is one of the operating system, which ends with the process. If every GPU is claimed, wait for one.

    gpus: names of GPUs, at least one. folder: where the locks are, the same for all jobs of a user. patience: seconds
    to wait. Raises StudyError if none is free in time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end, waiting = time.monotonic() + patience, False
    while True:
        for gpu in gpus:
            lock = (folder / re.sub(r"\W", "_", gpu)).open("w", encoding="utf-8")
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.close()
                continue
            return gpu, lock
        if time.monotonic() >= end:
            raise StudyError(f"a GPU was asked for but other jobs use all of {', '.join(gpus)}")
        if not waiting:
            logging.getLogger("study").info("waiting for a GPU: other jobs use all of %s", ", ".join(gpus))
            waiting = True
        time.sleep(min(SECONDS_BETWEEN_LOOKS, max(0.0, end - time.monotonic())))


def _claim_one() -> None:
    """Claim a GPU for this process and let CUDA see no other, before CUDA starts."""
    gpus = visible_gpus(os.environ)
    if _claimed or not gpus:  # without a sign of a GPU, CUDA itself says whether there is one
        return
    gpu, lock = claim(gpus, Path(tempfile.gettempdir()) / f"gpus-in-use-{os.getuid()}")
    os.environ[VISIBLE] = gpu
    _claimed.append(lock)


def require(device: str) -> None:
    """Raise StudyError if the device is not available: a job that asks for a GPU never falls back to the CPU.

    The first call for a GPU claims one, so that two jobs of a machine never compute on the same.
    """
    if device not in DEVICES:
        raise StudyError(f"device is {device!r}, expected one of {', '.join(DEVICES)}")
    if device == "gpu":
        _claim_one()
        try:
            import cupy

            count = cupy.cuda.runtime.getDeviceCount()
        except Exception as error:  # without a driver CuPy raises its own errors, which cannot be named without CuPy
            found = f"{type(error).__name__}: {error}".splitlines()[0]
            raise StudyError(
                f"a GPU was asked for but none can be used ({found}); run without gpu=1, or see docs/how-to/cluster.md"
            ) from None
        if count == 0:
            raise StudyError("a GPU was asked for but this machine has none; run without gpu=1")


def processor_name() -> str:
    """Return what the processor of this machine is called."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def to_device(array: np.ndarray, device: str) -> Any:
    """Return a host array on the device. Raises StudyError if the device is not available."""
    require(device)
    if device == "gpu":
        import cupy

        return cupy.asarray(array)
    return np.asarray(array)


def free_bytes() -> int:
    """Return the bytes of the GPU of this process that are free."""
    import cupy

    return int(cupy.cuda.runtime.memGetInfo()[0])


def to_host(array: Any) -> np.ndarray:
    """Return an array from any device as a NumPy array."""
    return np.asarray(array.get() if hasattr(array, "get") else array)


def name_of(device: str) -> str:
    """Return what to record with a result: "cpu", or "gpu" with the name of the card."""
    if device == "cpu":
        return device
    import cupy

    return f"gpu ({cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()})"
