"""Control filters, which are not edges: what edge-likeness measures of them shows what it can tell apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

CONTROLS = 1000  # filters of each kind
SIZES = (0.1, 0.5)  # standard deviation of a blob, in sides of the filter


def noise(count: int, side: int, channels: int, rng: np.random.Generator) -> np.ndarray:
    """Return white noise (count, side*side*channels), independent normal values."""
    return rng.normal(size=(count, side * side * channels))


def blobs(count: int, side: int, channels: int, rng: np.random.Generator) -> np.ndarray:
    """Return isotropic Gaussian blobs (count, side*side*channels) of random place, size and colour.

    Centres are uniform in the filter, sizes in `SIZES`, and the amplitudes of the channels are normal.
    """
    y, x = _grid(side)
    centres, size = rng.uniform(-0.5, 0.5, size=(2, count, 1)), rng.uniform(*SIZES, size=(count, 1))
    planes = np.exp(-((y - centres[0]) ** 2 + (x - centres[1]) ** 2) / (2 * size**2))
    return _coloured(planes, channels, rng)


def ramps(count: int, side: int, channels: int, rng: np.random.Generator) -> np.ndarray:
    """Return linear ramps (count, side*side*channels) at random angles, from side to side, of random colour."""
    y, x = _grid(side)
    angle = rng.uniform(0, 2 * np.pi, size=(count, 1))
    return _coloured(x * np.cos(angle) + y * np.sin(angle), channels, rng)


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places (side*side,) of pixels, from -0.5 to 0.5, down and to the right."""
    middles = (np.arange(side) + 0.5) / side - 0.5
    y, x = np.meshgrid(middles, middles, indexing="ij")
    return y.ravel(), x.ravel()


def _coloured(planes: np.ndarray, channels: int, rng: np.random.Generator) -> np.ndarray:
    """Return planes (N, pixels) times a normal amplitude for each channel, (N, pixels*channels)."""
    return (planes[:, :, None] * rng.normal(size=(len(planes), 1, channels))).reshape(len(planes), -1)


DRAWN: dict[str, Callable[[int, int, int, np.random.Generator], np.ndarray]] = {
    "noise": noise,
    "blobs": blobs,
    "ramps": ramps,
}


def control_filters(patches: np.ndarray, channels: int, side: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return up to `CONTROLS` control filters (N, D), float64, of each kind by name.

    patches: raw patches (M, D) in random order, of which the first are the kind "patches". The other kinds are drawn:
    white noise, blobs, and ramps.
    """
    drawn = {name: draw(CONTROLS, side, channels, rng) for name, draw in DRAWN.items()}
    return drawn | {"patches": np.asarray(patches[:CONTROLS], dtype=np.float64)}
