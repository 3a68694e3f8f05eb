"""What a network makes of many objects, batch by batch, without gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from lib.base.devices import Compute
from lib.training.examples import Examples
from lib.training.objectives import Objective
from lib.training.reproducibility import reproducible

EVALUATED = 1_000  # objects of a batch


class Means(NamedTuple):
    """Terms of an objective, see `lib.training.objectives.Terms`, means over all objects."""

    error: float
    measure: float
    sparsity: float


@torch.no_grad()
def measured(network: nn.Module, objective: Objective, examples: Examples, device: torch.device) -> Means:
    """Return the terms of an objective, means over all objects, in the mode of inference."""
    network.eval()
    error = measure = sparsity = 0.0
    for start in range(0, len(examples), EVALUATED):
        rows = slice(start, min(start + EVALUATED, len(examples)))
        terms = objective(network, *examples.batch(rows, device))
        error += (rows.stop - start) * float(terms.error)
        measure += (rows.stop - start) * float(terms.measure)
        sparsity += (rows.stop - start) * float(terms.sparsity or 0)
    return Means(error / len(examples), measure / len(examples), sparsity / len(examples))


def outputs(
    function: Callable[[Tensor], Tensor], examples: Examples, compute: Compute, size: int = EVALUATED
) -> Iterator[np.ndarray]:
    """Yield what a function makes of all objects, batch by batch, such as a network in the mode of inference.

    function: takes prepared inputs (size, ...) on the device of `compute`, and returns one row for each.
    """
    with reproducible(compute, 0) as device, torch.no_grad():
        for start in range(0, len(examples), size):
            yield function(examples.batch(slice(start, start + size), device)[0]).cpu().numpy()
