"""Training by L-BFGS: the objective on a device, and the history of the iterations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from threadpoolctl import threadpool_limits

from lib.autoencoder import autoencoder_loss
from lib.blocked_loss import BlockedLoss, Network, Penalties
from lib.devices import Compute, to_device
from lib.rows import RowFile

CORRECTIONS = 7  # correction pairs of L-BFGS; more, up to 10, cost time and gave no lower loss
HISTORY_COLUMNS = ("iteration", "evaluations", "loss", "gradient_norm", "seconds")

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
Progress = Callable[[int, float, float], None]  # called with iteration, loss and norm of the gradient


@dataclass
class Training:
    """Result of a training: parameters, last loss, and a row of `HISTORY_COLUMNS` for each iteration.

    Evaluations and seconds include earlier stages of the same `Recorder`.
    """

    theta: np.ndarray
    loss: float
    message: str
    evaluations: int
    seconds: float
    history: list[tuple[int, int, float, float, float]] = field(default_factory=list)

    @property
    def iterations(self) -> int:
        return max(0, len(self.history) - 1)  # row 0 is the start


class Recorder:
    """Collects the history of a training, and reports its progress.

    A training may have stages. The history is that of the last stage: its iterations count from 0, but evaluations,
    seconds and the iterations that are reported include the earlier stages.

    report: called after each iteration with its number, the loss and the gradient's Euclidean norm.
    """

    def __init__(self, report: Progress | None = None) -> None:
        self.history: list[tuple[int, int, float, float, float]] = []
        self.evaluations = 0  # an optimiser counts its evaluations here
        self._report = report
        self._earlier = 0  # iterations of earlier stages
        self._start = time.perf_counter()

    @property
    def seconds(self) -> float:
        """Seconds since the recorder was made."""
        return time.perf_counter() - self._start

    def start_stage(self) -> None:
        """Begin the history of another stage; counts and seconds go on."""
        self._earlier += max(0, len(self.history) - 1)
        self.history = []

    def record(self, loss: float, gradient_norm: float) -> None:
        """Add the row of an iteration; the first row of a stage is its start, which is not reported."""
        iteration = len(self.history)
        self.history.append((iteration, self.evaluations, loss, gradient_norm, self.seconds))
        if self._report and iteration:
            self._report(self._earlier + iteration, loss, gradient_norm)

    def training(self, theta: np.ndarray, loss: float, message: str) -> Training:
        """The result of a training that ends with theta, loss and message."""
        return Training(theta, loss, message, self.evaluations, self.seconds, self.history)


def autoencoder_objective(
    data: np.ndarray | RowFile, network: Network, penalties: Penalties, compute: Compute | None = None
) -> Objective:
    """Loss and gradient of theta, a float64 array on the host, for data (N, D) held on the device.

    The precision is that of the data, float32 or float64. compute: by default one thread of the CPU.
    Raises StudyError if the device is not there, ValueError as `lib.autoencoder.autoencoder_loss` does.
    """
    compute = compute or Compute()
    if compute.device == "cpu":
        return BlockedLoss(data, network, penalties, compute.threads)
    on_device = to_device(np.asarray(data), compute.device)

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        return autoencoder_loss(
            theta,
            on_device.shape[1],
            network.hidden,
            penalties.lambda_,
            penalties.rho,
            penalties.beta,
            on_device,
            activation=network.activation,
            decoder=network.decoder,
            sparsity=network.sparsity,
        )

    return objective


def train(objective: Objective, theta: np.ndarray, iterations: int, recorder: Recorder | None = None) -> Training:
    """Minimise the objective from theta (P,) by at most ``iterations`` iterations of L-BFGS-B.

    The recorder starts another stage. By default a new one is used.
    """
    from scipy.optimize import OptimizeResult, minimize  # not needed by jobs that only use a trained model

    recorder = recorder or Recorder()
    recorder.start_stage()
    norms: dict[bytes, float] = {}  # of the gradients since the last iteration, by theta

    def evaluate(x: np.ndarray) -> tuple[float, np.ndarray]:
        loss, gradient = objective(x)
        recorder.evaluations += 1
        # The callback gets the accepted point without its gradient, which the line search has evaluated.
        norms[x.tobytes()] = float(np.linalg.norm(gradient))
        if not recorder.history:
            record(OptimizeResult(x=x, fun=loss))
        return loss, gradient

    def record(intermediate_result: OptimizeResult) -> None:
        recorder.record(float(intermediate_result.fun), norms[intermediate_result.x.tobytes()])
        norms.clear()

    # The objective has its own threads, and BLAS threads would compete with them for the cores. One BLAS thread also
    # makes the result independent of the number of cores.
    with threadpool_limits(limits=1, user_api="blas"):
        found = minimize(
            evaluate,
            theta,
            method="L-BFGS-B",
            jac=True,
            callback=record,
            options={"maxiter": iterations, "maxfun": 20 * iterations + 20, "maxcor": CORRECTIONS},
        )
    return recorder.training(found.x, float(found.fun), str(found.message))
