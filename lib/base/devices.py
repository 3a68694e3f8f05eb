"""Where array code runs: "cpu" (NumPy) or "gpu" (CuPy). The optimiser's parameters stay on the host."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lib.base.errors import StudyError

DEVICES = ("cpu", "gpu")


@dataclass(frozen=True)
class Compute:
    """Where to compute: the device, "cpu" or "gpu", and the number of threads on the CPU."""

    device: str = "cpu"
    threads: int = 1


def device_for(gpus: int) -> str:
    """Return the device of a job with this number of GPUs."""
    return "gpu" if gpus > 0 else "cpu"


def require(device: str) -> None:
    """Raise StudyError if the device is not available: a job that asks for a GPU never falls back to the CPU."""
    if device not in DEVICES:
        raise StudyError(f"device is {device!r}, expected one of {', '.join(DEVICES)}")
    if device == "gpu":
        try:
            import cupy

            count = cupy.cuda.runtime.getDeviceCount()
        except Exception as error:  # without a driver CuPy raises its own errors, which cannot be named without CuPy
            found = f"{type(error).__name__}: {error}".splitlines()[0]
            raise StudyError(
                f"a GPU was asked for but none can be used ({found}); run without gpu=1, or see README"
            ) from None
        if count == 0:
            raise StudyError("a GPU was asked for but this machine has none; run without gpu=1")


def to_device(array: np.ndarray, device: str) -> Any:
    """Return a host array on the device. Raises StudyError if the device is not available."""
    require(device)
    if device == "gpu":
        import cupy

        return cupy.asarray(array)
    return np.asarray(array)


def to_host(array: Any) -> np.ndarray:
    """Return an array from any device as a NumPy array."""
    return np.asarray(array.get() if hasattr(array, "get") else array)


def name_of(device: str) -> str:
    """Return what to record with a result: "cpu", or "gpu" with the name of the card."""
    if device == "cpu":
        return device
    import cupy

    return f"gpu ({cupy.cuda.runtime.getDeviceProperties(0)['name'].decode()})"
