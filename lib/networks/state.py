"""The state of a network, its parameters and what it keeps besides them, as arrays and as one flat vector."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn


def arrays_of(network: nn.Module) -> list[np.ndarray]:
    """Return the arrays of a network's state, in the order of PyTorch."""
    return [value.detach().cpu().numpy() for value in network.state_dict().values()]


def vector_of(network: nn.Module) -> np.ndarray:
    """Return the state of a network as one vector (P,) float64, in which single precision is exact."""
    return np.concatenate([np.zeros(0), *(array.ravel().astype(np.float64) for array in arrays_of(network))])


def set_arrays(network: nn.Module, arrays: Sequence[np.ndarray]) -> None:
    """Replace the first arrays of a network's state; the others stay.

    Raises ValueError if a shape differs, or if there are more arrays than the state has.
    """
    known = network.state_dict()
    if len(arrays) > len(known):
        raise ValueError(f"{len(arrays)} arrays of a state, expected at most {len(known)}")
    for (name, value), array in zip(list(known.items()), arrays, strict=False):
        if tuple(value.shape) != array.shape:
            raise ValueError(f"{name} has the shape {array.shape}, expected {tuple(value.shape)}")
        known[name] = torch.as_tensor(np.array(array)).to(value.dtype)
    network.load_state_dict(known)


def set_vector(network: nn.Module, vector: np.ndarray) -> None:
    """Replace the state of a network by a vector (P,) of `vector_of`. Raises ValueError for another length."""
    arrays = arrays_of(network)
    if sum(array.size for array in arrays) != len(vector):
        raise ValueError(f"{len(vector)} values of a state, expected {sum(array.size for array in arrays)}")
    parts = np.split(vector, np.cumsum([array.size for array in arrays])[:-1]) if arrays else []
    set_arrays(network, [part.reshape(array.shape) for part, array in zip(parts, arrays, strict=True)])


def move(network: nn.Module, device: torch.device | str, order: torch.memory_format) -> None:
    """Move the state of a network to a device; filters of images get a memory order.

    With `torch.channels_last`, the order of the images in `lib.training.examples.Examples.batch`, PyTorch convolves
    faster. A training leaves its network in `torch.contiguous_format`, PyTorch's default.
    """
    untyped: Any = network  # PyTorch's annotations lack the argument
    untyped.to(device, memory_format=order)
