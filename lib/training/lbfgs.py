"""Training by L-BFGS: the objective on a device, the history of the iterations, and their progress."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.autoencoder import ARRAY_KERNELS, autoencoder_loss
from lib.base.devices import to_device, to_host
from lib.base.rows import RowFile
from lib.training.kernels import COMPILED_KERNELS
from lib.training.result import Objective, Progress, Training

CORRECTIONS = 7  # pairs that L-BFGS keeps: each costs time in every iteration, and up to 10 of them found no lower loss


def autoencoder_objective(
    data: np.ndarray | RowFile, settings: dict[str, Any], device: str = "cpu", workers: int = 1
) -> Objective:
    """Loss and gradient of theta, a float64 array on the host, for data (N, D) held on the device.

    settings: hidden, activation, decoder, rho, lambda, beta, sparsity. The data's dtype is the precision. workers:
    threads that share the rows on the CPU.
    """
    if device != "cpu":
        data = to_device(np.asarray(data), device)
    xp = data.__array_namespace__()

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = autoencoder_loss(
            xp.asarray(theta, dtype=data.dtype),
            data.shape[1],
            settings["hidden"],
            settings["lambda"],
            settings["rho"],
            settings["beta"],
            data,
            activation=settings["activation"],
            decoder=settings["decoder"],
            sparsity=settings["sparsity"],
            workers=workers,
            kernels=COMPILED_KERNELS if device == "cpu" else ARRAY_KERNELS,
        )
        return loss, to_host(gradient).astype(np.float64)

    return objective


def train(objective: Objective, theta: np.ndarray, iterations: int, report: Progress | None = None) -> Training:
    """Minimise the objective from theta by at most ``iterations`` iterations of L-BFGS-B.

    ``report`` is called after each iteration with its number, the loss and the gradient's Euclidean norm.
    """
    from scipy.optimize import minimize  # not needed by the jobs that use what was trained

    start = time.perf_counter()
    evaluated: dict[bytes, float] = {}
    count = 0

    def recorded(x: np.ndarray) -> tuple[float, np.ndarray]:
        nonlocal count
        count += 1
        loss, gradient = objective(x)
        # The callback is given the accepted point alone; its gradient is one of those of the line search.
        evaluated[x.tobytes()] = float(np.linalg.norm(gradient))
        if count == 1:
            record(x, loss)
        return loss, gradient

    result = Training(theta, np.nan, "", 0, 0.0)

    def record(x: np.ndarray, loss: float) -> None:
        norm = evaluated[x.tobytes()]
        evaluated.clear()
        result.history.append((len(result.history), count, float(loss), norm, time.perf_counter() - start))
        if report and result.iterations:
            report(result.iterations, float(loss), norm)

    # The objective has threads of its own, and the pools of BLAS would fight with them for the cores. One
    # BLAS thread also makes the result independent of the number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        found = minimize(
            recorded,
            theta,
            method="L-BFGS-B",
            jac=True,
            callback=lambda intermediate_result: record(intermediate_result.x, intermediate_result.fun),
            options={"maxiter": iterations, "maxfun": 20 * iterations + 20, "maxcor": CORRECTIONS},
        )
    result.theta, result.loss, result.message = found.x, float(found.fun), str(found.message)
    result.evaluations, result.seconds = int(found.nfev), time.perf_counter() - start
    return result
