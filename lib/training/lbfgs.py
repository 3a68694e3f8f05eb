"""Training by L-BFGS: the objective on a device, and the history of the iterations."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from lib.base.devices import Compute, free_bytes, to_device
from lib.base.endings import NOT_FINITE
from lib.base.errors import StudyError
from lib.base.linear_algebra import take_working_memory
from lib.base.rows import RowFile
from lib.training.device_loss import DeviceLoss
from lib.training.loss import BlockedLoss, Network, Penalties
from lib.training.result import Objective, Recorder, Training

CORRECTIONS = 7  # correction pairs of L-BFGS; more, up to 10, cost time and gave no lower loss


def autoencoder_objective(
    data: np.ndarray | RowFile, network: Network, penalties: Penalties, compute: Compute | None = None
) -> Objective:
    """Loss and gradient of theta, a float64 array on the host, for data (N, D) held on the device.

    The precision is that of the data, float32 or float64. compute: by default one thread of the CPU.
    Raises StudyError if the device is not there, ValueError as `lib.training.loss.BlockedLoss` does.
    """
    compute = compute or Compute()
    if compute.device == "cpu":
        return BlockedLoss(data, network, penalties, compute.threads)
    on_device = to_device(np.asarray(data), compute.device)
    return DeviceLoss(on_device, network, penalties, free_bytes() // 2)


class _NotFiniteError(Exception):
    """Ends a minimisation at an evaluation whose loss or gradient is NaN or infinite."""


def train(objective: Objective, theta: np.ndarray, iterations: int, recorder: Recorder | None = None) -> Training:
    """Minimise the objective from theta (P,) by at most ``iterations`` iterations of L-BFGS-B.

    The result is the point of the last iteration. An evaluation that is NaN or infinite ends the training there, with a
    message that `lib.base.endings` knows: SciPy would take such a value for convergence, or go on from it.

    The recorder starts another stage. By default a new one is used. Raises StudyError if loss or gradient are not
    finite at the start.
    """
    from scipy.optimize import OptimizeResult, minimize  # not needed by jobs that only use a trained model

    recorder = recorder or Recorder()
    recorder.start_stage()
    # Loss and norm of the gradient at each theta since the last iteration: the callback gets the accepted point without
    # its gradient and without the terms of its loss, which the line search has evaluated.
    evaluated: dict[bytes, tuple[float, float]] = {}
    accepted = theta

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = recorder.evaluate(objective, x)
        if not (np.isfinite(loss) and np.isfinite(gradient).all()):
            if recorder.history:
                raise _NotFiniteError
            raise StudyError(
                f"training: the loss is {float(loss)} at the start, expected a finite loss and gradient; smaller "
                "values of lambda and beta, or precision float64, may help"
            )
        evaluated[x.tobytes()] = loss, float(np.linalg.norm(gradient))
        if not recorder.history:
            record(OptimizeResult(x=x, fun=loss))
        return loss, gradient

    def record(intermediate_result: OptimizeResult) -> None:
        nonlocal accepted
        accepted = intermediate_result.x.copy()
        recorder.record(*evaluated[accepted.tobytes()])
        evaluated.clear()

    take_working_memory()
    # The objective has its own threads, and BLAS threads would compete with them for the cores. One BLAS thread also
    # makes the result independent of the number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        try:
            found = minimize(
                evaluate,
                theta,
                method="L-BFGS-B",
                jac=True,
                callback=record,
                options={"maxiter": iterations, "maxfun": 20 * iterations + 20, "maxcor": CORRECTIONS},
            )
            message = str(found.message)
        except _NotFiniteError:
            message = NOT_FINITE
    # After a failed line search, the loss that SciPy returns is not the one at its point.
    return recorder.training(accepted, recorder.history[-1].loss, message)
