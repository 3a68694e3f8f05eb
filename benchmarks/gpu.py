"""Speed of loss and gradient on a GPU, compared with the CPU, with the device's own products, and with PyTorch.

    make bench-gpu

It writes report/measurements/<device>.csv, of which the report shows the last one by name, and prints how many images
per second get their features. A shape that does not fit into memory, or would take the CPU too long, has no figure.
Without a GPU it says why and measures nothing.
"""

from __future__ import annotations

import argparse
import datetime
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.loss import BETA, LAMBDA, RHO, VISIBLE, floating_point_operations, problem
from lib.autoencoder import initialize
from lib.base.devices import Compute, name_of, require, to_device
from lib.base.errors import StudyError
from lib.features.extraction import Grid
from lib.features.on_device import extract_on_device
from lib.learners.autoencoder import array_encoder
from lib.sample_patches import Normaliser, namespace
from lib.training.lbfgs import autoencoder_objective
from lib.training.loss import BlockedLoss, Network, Penalties

FOLDER = Path(__file__).parents[1] / "report" / "measurements"
PATCHES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
UNITS = (75, 300, 1_600, 3_200)
PRECISIONS = ("float32", "float64")
SHAPES = [(patches, units, precision) for precision in PRECISIONS for units in UNITS for patches in PATCHES]
TURN = 0.2  # seconds that each figure is measured at least, the median of its calls
CPU_OPERATIONS = 4e11  # more are left out: they would take the CPU tens of seconds
BUDGET = 200.0  # seconds of all shapes; the others are left out
SIDE, STRIDE, CELLS, PICTURES = 96, 1, 2, 500  # of the features: images of STL-10, means over quadrants
STL10 = 113_000  # images


@dataclass(frozen=True)
class Device:
    """Where loss and features are measured: "gpu", or "cpu" in its place in tests.

    Attributes
    ----------
    kind : as `lib.base.devices` names it.
    name : what the card is called.
    synchronise : waits until all work on the device is done.
    """

    kind: str
    name: str
    synchronise: Callable[[], object]

    @classmethod
    def gpu(cls) -> Device:
        """Return the GPU of this process. Raises StudyError if there is none."""
        require("gpu")
        import cupy

        card = re.fullmatch(r"gpu \((.*)\)", name_of("gpu"))
        return cls("gpu", card[1] if card else "gpu", cupy.cuda.Device().synchronize)


def seconds_of(function: Callable[[], object], device: Device | None = None) -> float:
    """Return the median seconds of a call."""
    wait = device.synchronise if device else lambda: None
    function()  # compiles and allocates
    taken: list[float] = []
    while not taken or sum(taken) < TURN:
        wait()
        start = time.perf_counter()
        function()
        wait()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def or_nan(measurement: Callable[[], float]) -> float:
    """Return the result of a measurement, NaN where its data do not fit into memory."""
    try:
        return measurement()
    except Exception as error:  # each library has its own error
        if isinstance(error, MemoryError) or "OutOfMemory" in type(error).__name__:
            return float("nan")
        raise


def products(data: Any, units: int) -> Callable[[], object]:
    """Return the five matrix products of loss and gradient alone, on the device of the data."""
    xp = namespace(data)
    first, second = (xp.full(shape, 0.01, dtype=data.dtype) for shape in ((units, VISIBLE), (VISIBLE, units)))

    def run() -> object:
        hidden = data @ first.T
        output = hidden @ second.T
        return output.T @ hidden, output @ second, hidden.T @ data

    return run


def with_torch(theta: np.ndarray, data: np.ndarray, units: int, place: str) -> Callable[[], object] | None:
    """Return loss and gradient by PyTorch with the gradient by hand; None where PyTorch or its device is missing."""
    try:
        import torch
    except ImportError:
        return None
    if place == "cuda" and not torch.cuda.is_available():
        return None
    x, flat = (torch.from_numpy(array.astype(data.dtype)).to(place) for array in (data, theta))
    first, second, b, c = torch.split(flat, [units * VISIBLE, units * VISIBLE, units, VISIBLE])
    first, second, m = first.view(units, VISIBLE), second.view(VISIBLE, units), len(data)

    @torch.no_grad()
    def run() -> object:
        a = torch.sigmoid(torch.addmm(b, x, first.T))
        h = torch.sigmoid(torch.addmm(c, a, second.T))
        mean, error = a.mean(0), h - x
        loss = (error**2).sum() / (2 * m) + LAMBDA / 2 * ((first**2).sum() + (second**2).sum())
        loss = loss + BETA * (RHO * (RHO / mean).log() + (1 - RHO) * ((1 - RHO) / (1 - mean)).log()).sum()
        delta = error * h * (1 - h)
        before = (delta @ second + BETA * ((1 - RHO) / (1 - mean) - RHO / mean)) * a * (1 - a)
        weights = before.T @ x / m + LAMBDA * first, delta.T @ a / m + LAMBDA * second
        return float(loss), [part.cpu() for part in (*weights, before.mean(0), delta.mean(0))]

    return run


def row_of(device: Device, patches: int, units: int, precision: str, threads: int) -> dict[str, Any]:
    """Return the seconds of one evaluation of loss and gradient, by every way that can be measured."""
    theta, data = problem(patches, [units], precision)
    network, penalties = Network((units,)), Penalties(LAMBDA, RHO, BETA)
    operations = floating_point_operations(patches, [units])
    place = "cuda" if device.kind == "gpu" else "cpu"

    def on_device() -> float:
        objective = autoencoder_objective(data, network, penalties, Compute(device.kind, threads))
        return seconds_of(lambda: objective(theta), device)

    def with_peer() -> float:
        run = with_torch(theta, data, units, place)
        return seconds_of(run) if run else float("nan")

    def on_cpu() -> float:
        if operations > CPU_OPERATIONS:
            return float("nan")
        blocked = BlockedLoss(data, network, penalties, threads)
        return seconds_of(lambda: blocked(theta))

    own, peer, cpu = or_nan(on_device), or_nan(with_peer), or_nan(on_cpu)
    limit = or_nan(lambda: seconds_of(products(to_device(data, device.kind), units), device))
    return {
        **{"device": device.name, "date": datetime.date.today().isoformat(), "patches": patches, "units": units},
        **{"precision": precision, "cpu_threads": threads, "cpu_seconds": cpu, "gpu_seconds": own},
        **{"product_seconds": limit, "torch_seconds": peer, "product_tflops": operations / limit / 1e12},
        "share_of_products": limit / own,
    }


def measure(
    device: Device, threads: int, shapes: Sequence[tuple[int, int, str]] = SHAPES, budget: float = BUDGET
) -> Iterator[dict[str, Any]]:
    """Yield one row per shape, the small ones first, until the budget of seconds is spent."""
    end = time.monotonic() + budget
    for shape in sorted(shapes, key=lambda shape: shape[0] * shape[1]):
        if time.monotonic() >= end:
            return
        yield row_of(device, *shape, threads)


def bandwidth(device: Device, size: int = 2**28) -> float:
    """Return the bytes per second that the device reads and writes when it copies an array of this many bytes."""
    source = to_device(np.zeros(size // 4, np.float32), device.kind)
    return 2 * size / seconds_of(lambda: source + 0, device)


def images_per_second(device: Device, units: int, pictures: int = PICTURES, side: int = SIDE) -> float:
    """Return how many colour images per second get their features: patches of 8 × 8 pixels, pooled over quadrants."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, size=(pictures, side * side * 3), dtype=np.uint8)
    normaliser = Normaliser(centre="patch", mean=[0.0] * 3, std=[60.0] * 3, low=0.1, high=0.9)
    settings = {"hidden": [units], "activation": "sigmoid", "decoder": "linear"}
    encode = array_encoder(initialize([units], VISIBLE, rng=0).astype(np.float32), settings, 1)
    grid = Grid(8, STRIDE, units, pooling=CELLS)
    run = lambda: [*extract_on_device(images, normaliser, encode, grid, device.kind)]  # noqa: E731
    return pictures / seconds_of(run, device)


def main() -> None:
    parser = argparse.ArgumentParser("python -m benchmarks.gpu", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=FOLDER, help="folder of the table")
    parser.add_argument("--threads", type=int, default=2, help="threads of the CPU that the GPU is compared with")
    arguments = parser.parse_args()
    try:
        device = Device.gpu()
    except StudyError as error:
        print(f"skipped: {error}")
        return
    print(f"{device.name}: copies {bandwidth(device) / 1e9:.0f} GB/s", flush=True)
    rows = []
    for row in measure(device, arguments.threads):
        print({key: value for key, value in row.items() if key not in ("device", "date")}, flush=True)
        rows.append(row)
    for units in (75, 1_600):
        speed = images_per_second(device, units)
        print(
            f"features, {units} units: {speed:.0f} images/s, {STL10 / speed:.0f} s for all of STL-10",
            flush=True,
        )
    arguments.output.mkdir(parents=True, exist_ok=True)
    path = arguments.output / f"{re.sub(r'[^A-Za-z0-9]+', '-', device.name).strip('-').lower()}.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    print(f"Table: {path}")


if __name__ == "__main__":
    main()
