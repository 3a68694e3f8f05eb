"""Objects to learn from with PyTorch, and the batches of an epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lib.base.randomness import generator


def as_floats(values: Tensor) -> Tensor:
    """Return values as float32; uint8 intensities are scaled to [0, 1]."""
    return values.float() / 255 if values.dtype == torch.uint8 else values.float()


@dataclass(frozen=True)
class Examples:
    """Objects to learn from, in memory or in a file.

    Attributes
    ----------
    inputs : (N, ...), an array or a memory map of any dtype that PyTorch has.
    targets : (N, ...), such as classes as int64. None: the prepared inputs themselves, for an autoencoder.
    prepare : turns a batch of inputs, on the device, into what the network takes.
    """

    inputs: np.ndarray
    targets: np.ndarray | None = None
    prepare: Callable[[Tensor], Tensor] = as_floats

    def __len__(self) -> int:
        return len(self.inputs)

    def batch(self, rows: Any, device: torch.device) -> tuple[Tensor, Tensor]:
        """Return inputs and targets of some rows, an array of numbers or a slice.

        Images (N, channels, rows, columns) lie in memory with the channels last, in which PyTorch convolves faster.
        """
        inputs = self.prepare(_tensor(self.inputs[rows]).to(device))
        if inputs.dim() == 4:
            inputs = inputs.to(memory_format=torch.channels_last)
        if self.targets is None:
            return inputs, inputs
        return inputs, _tensor(self.targets[rows]).to(device)


def _tensor(array: np.ndarray) -> Tensor:
    """Return a tensor of an array; of a read-only one a copy, as PyTorch cannot protect it.

    It is made from a flat one: the stride of a dimension of size 1 may be any in NumPy, but PyTorch chooses its
    algorithms, and so the last bits, by it.
    """
    flat = np.array(array, copy=None if array.flags.writeable else True, order="C", subok=False).reshape(-1)
    return torch.from_numpy(flat).view(array.shape)


def batches(objects: int, size: int, *key: Any) -> list[np.ndarray]:
    """Return the rows of each batch of an epoch, in a random order that depends on a seed and a key alone.

    A last batch of one object joins the one before it: batch normalisation needs two.
    """
    rows = generator(*key).permutation(objects)
    cuts = list(range(size, objects, size))
    if len(cuts) > 0 and objects - cuts[-1] == 1:
        cuts.pop()
    return np.split(rows, cuts)
