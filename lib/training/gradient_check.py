"""The check before training: the analytic gradients of the loss against central differences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.base.errors import StudyError
from lib.gradient import EPSILON, TOLERANCE, check_gradient, compute_gradient, relative_error
from lib.training.loss import BlockedLoss, Network, Penalties
from lib.training.result import Objective

SMALL_VISIBLE = 12  # inputs of the reduced network whose gradient is compared in every component
SMALL_LAYER = 6  # units of its widest hidden layer
OBJECTS = 50
FEWEST = 5  # objects at which the loss must have a derivative
ATTEMPTS = 20  # to find parameters at which half of the objects, or at least these, are far enough from kinks
DIRECTIONS = 5  # random directions along which the network of full size is compared
# Strong terms: each of them has a share in the gradient that the check can see
LAMBDA, RHO, BETA = 0.1, 0.05, 0.5


def reduced(hidden: Sequence[int]) -> list[int]:
    """Hidden layers of the same depth and the same order of sizes, the widest with `SMALL_LAYER` units."""
    return [max(2, round(size * SMALL_LAYER / max(hidden))) for size in hidden]


def away_from_kinks(
    theta: np.ndarray, hidden: Sequence[int], objects: np.ndarray, activation: str, margin: float
) -> np.ndarray:
    """The objects (N, D) whose hidden units all have an input further than ``margin`` from 0.

    ReLU has no derivative at 0: near it, the numerical gradient would take a difference across the kink.
    All objects are kept for the sigmoid.
    """
    if activation != "relu":
        return objects
    weights, biases = unpack(theta, objects.shape[1], hidden)
    smooth = np.ones(len(objects), dtype=bool)
    for layer, (W, b) in enumerate(zip(weights[:-1], biases[:-1], strict=True)):
        a = autoencoder_transform(theta, objects.shape[1], hidden, layer, objects, activation=activation)
        smooth &= (np.abs(a @ W.T + b) > margin).all(axis=1)
    return objects[smooth]


@dataclass(frozen=True)
class Check:
    """One comparison of gradients: its name, the number of parameters, and the relative error with its tolerance."""

    check: str
    parameters: int
    relative_error: float
    tolerance: float
    passed: bool


def _check(name: str, parameters: int, error: float) -> Check:
    return Check(name, parameters, error, TOLERANCE, bool(error <= TOLERANCE))


def _loss(network: Network, objects: np.ndarray) -> Objective:
    """Loss and gradient as the formulas give them, whole arrays at a time."""
    return lambda theta: autoencoder_loss(
        theta, objects.shape[1], network.hidden, LAMBDA, RHO, BETA, objects, **network.options
    )


def _smooth_point(
    network: Network, objects: np.ndarray, margin: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random parameters (P,), and the objects at which the loss has a derivative: half of them, or all that are found.

    The more units a layer has, the fewer objects have none of them close to a kink. Raises StudyError if they are
    fewer than `FEWEST` and than half of the objects.
    """
    best: tuple[np.ndarray, np.ndarray] | None = None
    for _ in range(ATTEMPTS):
        theta = initialize(network.hidden, objects.shape[1], rng=rng)
        theta += 0.1 * rng.standard_normal(theta.size)  # biases are not 0 either
        smooth = away_from_kinks(theta, network.hidden, objects, network.activation, margin)
        if 2 * len(smooth) >= len(objects):
            return theta, smooth
        if best is None or len(smooth) > len(best[1]):
            best = theta, smooth
    assert best is not None
    if len(best[1]) < FEWEST:
        raise StudyError(
            f"gradient check: hidden is {list(network.hidden)} with ReLU, whose loss has a kink close to all but "
            f"{len(best[1])} of {len(objects)} patches, expected at most {len(objects) - FEWEST}: use fewer units"
        )
    return best


def _gradients(network: Network, objects: np.ndarray, theta: np.ndarray) -> tuple[Objective, list[np.ndarray]]:
    """The loss, and its gradients at theta by each implementation that training uses: on a GPU and on the CPU."""
    J = _loss(network, objects)
    blocked = BlockedLoss(objects, network, Penalties(LAMBDA, RHO, BETA))
    return J, [J(theta)[1], blocked(theta)[1]]


def check_network(network: Network, data: np.ndarray, rng: np.random.Generator) -> list[Check]:
    """Compare the gradients of one network with central differences, after checks of known functions.

    data: normalised patches (N, D), of which the first `OBJECTS` are used. A check of the network has the larger
    error of `lib.autoencoder` and `lib.training.loss`.
    """
    checks = [_check(f"known function: {name}", 3, e) for name, e in check_gradient(tolerance=np.inf).items()]
    objects = np.asarray(data[:OBJECTS], dtype=np.float64)

    small = replace(network, hidden=tuple(reduced(network.hidden)))
    theta, smooth = _smooth_point(small, objects[:, :SMALL_VISIBLE], 20 * EPSILON, rng)
    J, gradients = _gradients(small, smooth, theta)
    numeric = compute_gradient(J, theta)
    error = max(relative_error(numeric, gradient) for gradient in gradients)
    checks.append(_check("reduced network, every parameter", theta.size, error))

    # One direction involves all parameters of the full network for two evaluations. The step is spread over all of
    # them, so it changes the input of a unit much less.
    theta, smooth = _smooth_point(network, objects, EPSILON, rng)
    J, gradients = _gradients(network, smooth, theta)
    directions = rng.standard_normal((DIRECTIONS, theta.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    numeric = np.array([_slope(J, theta, u) for u in directions])
    error = max(relative_error(numeric, directions @ gradient) for gradient in gradients)
    checks.append(_check("full network, random directions", theta.size, error))
    return checks


def _slope(J: Objective, theta: np.ndarray, direction: np.ndarray) -> float:
    """Numerical derivative of J at theta along a direction (P,)."""
    return float(compute_gradient(lambda t: J(theta + t[0] * direction), np.zeros(1))[0])


def require_passed(network: str, checks: list[Check]) -> None:
    """Raises StudyError that names every failed check of the network."""
    failed = [check for check in checks if not check.passed]
    if failed:
        raise StudyError(
            *(
                f"gradient check of {network}: {check.check} has relative error {check.relative_error:.1e}, "
                f"expected at most {check.tolerance:.0e}; no model of this network trains"
                for check in failed
            )
        )
