"""Loss and gradient of the sparse autoencoder on a GPU: fused kernels, blocks of rows, one transfer in each direction.

It implements the formulas of `lib.autoencoder` in the two sweeps of `lib.training.loss`, on arrays of any library of
the array API, so that NumPy shows what it computes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lib.autoencoder import (
    Loss,
    check_data,
    check_finite,
    check_weights,
    namespace,
    sparsity_penalty,
    unpack,
    usual_penalty,
)
from lib.base.devices import to_host
from lib.training.device_kernels import BACKWARD, HIDDEN, OUTPUT, squared_sum
from lib.training.loss import Network, Penalties

Arrays = list[Any]  # one per layer


class DeviceLoss:
    """Loss and gradient as a function of theta, prepared for many evaluations on the same data.

    data: (m, D), float32 or float64, on the device; the computation has their dtype, sums over objects are in float64.
    room: bytes of the device for activations. One half is for those of a block of rows, the other for hidden
    activations that are kept between the two sweeps; those of other rows are computed twice. Raises ValueError for data
    of another shape and for settings out of range.
    """

    def __init__(self, data: Any, network: Network, penalties: Penalties, room: int) -> None:
        check_data(data, data.shape[-1])
        check_weights(penalties.rho, penalties.lambda_, penalties.beta)
        self._data, self._network, self._penalties = data, network, penalties
        (m, visible_size), units = data.shape, sum(network.hidden)
        size = namespace(data).finfo(data.dtype).bits // 8
        rows = int(np.clip(room // 2 // (size * (2 * units + 2 * visible_size)), 1, m))
        self._blocks = [slice(start, min(start + rows, m)) for start in range(0, m, rows)]
        self._kept = room // 2 // (size * units)  # rows whose hidden activations stay

    @np.errstate(over="ignore", invalid="ignore")  # the loss shows infinite values
    def __call__(self, theta: np.ndarray) -> tuple[Loss, np.ndarray]:
        """Return the loss with its terms, and its gradient (P,), float64, at theta (P,), float64; both on the host.

        Raises ValueError for theta of another shape, and for NaN or infinite values in theta or data.
        """
        data, network, lambda_ = self._data, self._network, self._penalties.lambda_
        xp, (m, visible_size) = namespace(data), data.shape
        weights, biases = unpack(xp.asarray(theta, dtype=data.dtype), visible_size, list(network.hidden))
        kept, sums = self._forward(weights, biases)
        sparse, slopes = self._sparsity([total / m for total in sums])
        squared, sums_W, sums_b = self._backward(weights, biases, slopes, kept)
        parts = [xp.reshape(part, (-1,)) for part in (squared, sparse, *sums_W, *sums_b)]
        found = to_host(xp.concat(parts))
        decayed = slice(sum(W.shape[0] * W.shape[1] for W in weights))
        gradient = found[2:] / m
        gradient[decayed] += lambda_ * theta[decayed]
        reconstruction, sparsity = float(found[0]) / (2 * m), float(found[1])
        decay = lambda_ / 2 * float(np.vdot(theta[decayed], theta[decayed]))
        loss = Loss(reconstruction + decay + sparsity, reconstruction, decay, sparsity)
        if not np.isfinite(loss):  # nothing is checked before: checks of all data would cost a pass over them
            check_finite(theta=theta, data=data)
        return loss, gradient

    def _activations(self, block: slice, weights: Arrays, biases: Arrays) -> Arrays:
        """Return the hidden activations of a block of rows."""
        kernel, found = HIDDEN[self._network.activation], [self._data[block, :]]
        for W, b in zip(weights[:-1], biases[:-1], strict=True):
            found.append(kernel(found[-1] @ W.T, b))
        return found[1:]

    def _forward(self, weights: Arrays, biases: Arrays) -> tuple[list[Arrays | None], Arrays]:
        """Return the hidden activations of every block that are kept, and the sums of each layer over all rows."""
        xp = namespace(self._data)
        kept: list[Arrays | None] = []
        sums: Arrays = [0.0] * len(self._network.hidden)
        for block in self._blocks:
            hidden = self._activations(block, weights, biases)
            sums = [total + xp.sum(a, axis=0, dtype=xp.float64) for total, a in zip(sums, hidden, strict=True)]
            kept.append(hidden if block.stop <= self._kept else None)
        return kept, sums

    def _sparsity(self, means: Arrays) -> tuple[Any, Arrays]:
        """Return beta times the sparsity terms, and beta times their derivatives by the mean activations."""
        network, penalties, dtype = self._network, self._penalties, self._data.dtype
        xp, form = namespace(self._data), network.penalty or usual_penalty(network.activation)
        total, slopes = xp.zeros(1, dtype=xp.float64), []
        for rho_hat, sparse in zip(means, network.sparse, strict=True):
            term, slope = sparsity_penalty(rho_hat, penalties.rho, form, dtype)
            weight = penalties.beta if sparse else 0.0
            total = total + weight * term
            slopes.append(xp.astype(weight * slope, dtype))
        return total, slopes

    def _backward(
        self, weights: Arrays, biases: Arrays, slopes: Arrays, kept: list[Arrays | None]
    ) -> tuple[Any, Arrays, Arrays]:
        """Return the sum of squared errors, and the sums over all rows of delta a^T and of delta for every layer."""
        xp, network = namespace(self._data), self._network
        output, kernel = OUTPUT[network.functions[-1]], BACKWARD[network.activation]
        squared: Any = 0.0
        sums_W: Arrays = [0.0] * len(weights)
        sums_b: Arrays = [0.0] * len(weights)
        for block, hidden in zip(self._blocks, kept, strict=True):
            a = [self._data[block, :], *(hidden or self._activations(block, weights, biases))]
            delta, error = output(a[-1] @ weights[-1].T, biases[-1], a[0])
            squared = squared + squared_sum(error)
            for layer in range(len(weights) - 1, -1, -1):
                sums_W[layer] = sums_W[layer] + xp.astype(delta.T @ a[layer], xp.float64)
                sums_b[layer] = sums_b[layer] + xp.sum(delta, axis=0, dtype=xp.float64)
                if layer > 0:
                    delta = kernel(delta @ weights[layer], slopes[layer - 1], a[layer])
        return squared, sums_W, sums_b
