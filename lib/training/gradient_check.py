"""The gate before training: the analytic gradient of the loss against central differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.base.errors import StudyError
from lib.gradient import EPSILON, TOLERANCE, check_gradient, compute_gradient, relative_error

SMALL_VISIBLE = 12  # inputs of the reduced network whose gradient is compared in every component
SMALL_LAYER = 6  # units of its widest hidden layer
OBJECTS = 50
DIRECTIONS = 5  # random directions along which the network of full size is compared
# Strong terms, so that each of them weighs in the gradient
LAMBDA, RHO, BETA = 0.1, 0.05, 0.5


def reduced(hidden: list[int]) -> list[int]:
    """Hidden layers of the same depth and the same order of sizes, the widest with `SMALL_LAYER` units."""
    return [max(2, round(size * SMALL_LAYER / max(hidden))) for size in hidden]


def away_from_kinks(
    theta: np.ndarray, hidden: list[int], objects: np.ndarray, activation: str, margin: float
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


def check_network(network: dict[str, Any], data: np.ndarray, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Relative errors of the gradients of one network, first of the checker itself on known functions.

    network: hidden, activation, decoder, sparsity. data: normalised patches (N, D). Returns a row a check with the
    keys check, parameters, relative_error, tolerance and passed.
    """
    rows: list[dict[str, Any]] = []

    def add(check: str, parameters: int, error: float) -> None:
        passed = bool(error <= TOLERANCE)
        rows.append(
            {
                "check": check,
                "parameters": parameters,
                "relative_error": error,
                "tolerance": TOLERANCE,
                "passed": passed,
            }
        )

    for name, error in check_gradient(tolerance=np.inf).items():
        add(f"known function: {name}", 3, error)

    options = {key: network[key] for key in ("activation", "decoder", "sparsity")}

    def loss_of(hidden: list[int], objects: np.ndarray) -> Any:
        return lambda x: autoencoder_loss(x, objects.shape[1], hidden, LAMBDA, RHO, BETA, objects, **options)

    def smooth_point(hidden: list[int], objects: np.ndarray, margin: float) -> tuple[np.ndarray, np.ndarray]:
        """Random parameters, and the objects at which their network is smooth: at least half of them."""
        while True:
            theta = initialize(hidden, objects.shape[1], rng=rng)
            theta += 0.1 * rng.standard_normal(theta.size)  # biases too are off zero
            smooth = away_from_kinks(theta, hidden, objects, network["activation"], margin)
            if 2 * len(smooth) >= len(objects):
                return theta, smooth

    objects = np.asarray(data[:OBJECTS], dtype=np.float64)
    small = objects[:, :SMALL_VISIBLE]
    theta, smooth = smooth_point(reduced(network["hidden"]), small, 20 * EPSILON)
    J = loss_of(reduced(network["hidden"]), smooth)
    add("reduced network, every parameter", theta.size, relative_error(compute_gradient(J, theta), J(theta)[1]))

    # One direction weighs all parameters of the full network for the price of two evaluations. Spread over
    # all of them, the step moves the input of a unit much less.
    theta, smooth = smooth_point(network["hidden"], objects, EPSILON)
    J = loss_of(network["hidden"], smooth)
    gradient = J(theta)[1]
    directions = rng.standard_normal((DIRECTIONS, theta.size))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    numeric = [
        compute_gradient(lambda t, u=u: J(theta + t[0] * u), np.zeros(1))[0]  # type: ignore[misc]
        for u in directions
    ]
    add("full network, random directions", theta.size, relative_error(np.array(numeric), directions @ gradient))
    return rows


def require_passed(network: str, rows: list[dict[str, Any]]) -> None:
    """Raises StudyError that names every failed check of the network."""
    failed = [row for row in rows if not row["passed"]]
    if failed:
        raise StudyError(
            *(
                f"gradient check of {network}: {row['check']} has relative error {row['relative_error']:.1e}, "
                f"expected at most {row['tolerance']:.0e}; no model of this network trains"
                for row in failed
            )
        )
