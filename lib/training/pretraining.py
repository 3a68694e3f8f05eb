"""Greedy layer-wise start of a deep autoencoder: one hidden layer after the other learns before all learn together."""

from __future__ import annotations

from typing import Any

import numpy as np

from lib.autoencoder import autoencoder_transform, unpack
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.result import Progress, Training


def shares(hidden: list[int], iterations: int) -> list[int]:
    """Iterations of each stage of pre-training, then of the whole network, at least one each.

    The stages, one for each hidden layer up to the middle one, share one half of all equally.
    """
    if len(hidden) == 1:
        return [iterations]
    stages = (len(hidden) + 1) // 2
    each = [max(1, iterations // (2 * stages))] * stages
    return [*each, max(1, iterations - sum(each))]


def _pack(weights: list[np.ndarray], biases: list[np.ndarray]) -> np.ndarray:
    """Flat theta of weight matrices and biases, as `lib.autoencoder.unpack` reads it."""
    return np.concatenate([part.ravel() for part in (*weights, *biases)])


def pretrain(
    theta: np.ndarray,
    data: np.ndarray,
    settings: dict[str, Any],
    device: str = "cpu",
    workers: int = 1,
    report: Progress | None = None,
) -> tuple[np.ndarray, list[Training]]:
    """Theta (P,) of the whole network after each layer has been trained alone, and the training of each stage.

    From the outside in, a sparse autoencoder of one hidden layer is trained on the activations of the layer
    before (Bengio et al., "Greedy layer-wise training of deep networks", NIPS 2006). Its encoder becomes that
    layer, its decoder the mirrored one at the other end: the stack is unrolled (Hinton and Salakhutdinov,
    Science 313, 2006). Each stage starts from the weights that ``theta`` holds in these places, and carries
    the sparsity term if its layer does in the whole network. The matrix in the middle of an even number of
    hidden layers, and a network of one hidden layer, stay as they are.

    data: (N, D) normalised patches. settings: as of `lib.training.lbfgs.autoencoder_objective`, and iterations, of
    which the stages take their `shares`. ``report`` is called after each iteration as by `lib.training.lbfgs.train`,
    with the number counted over all stages.
    """
    hidden = settings["hidden"]
    weights, biases = unpack(theta, data.shape[1], hidden)
    trainings: list[Training] = []
    for number, iterations in enumerate(shares(hidden, settings["iterations"])[:-1]):
        stage = settings | {"hidden": [hidden[number]]}
        if settings["sparsity"] == "narrowest" and hidden[number] > min(hidden):
            stage["beta"] = 0.0
        if number > 0:  # the decoder's place in the whole network is a hidden layer
            stage["decoder"] = settings["activation"] if settings["activation"] == "sigmoid" else "linear"
        ends = (number, len(weights) - 1 - number)
        start = _pack([weights[end] for end in ends], [biases[end] for end in ends])
        objective = autoencoder_objective(data, stage, device, workers)
        trained = train(objective, start, iterations, counted_on(report, trainings))
        for end, W, b in zip(ends, *unpack(trained.theta, data.shape[1], stage["hidden"]), strict=True):
            weights[end], biases[end] = W, b
        data = autoencoder_transform(
            trained.theta, data.shape[1], stage["hidden"], 1, data, activation=settings["activation"]
        )
        trainings.append(trained)
    return _pack(weights, biases), trainings


def counted_on(report: Progress | None, trainings: list[Training]) -> Progress | None:
    """The report with the iterations of earlier trainings added to its number."""
    if report is None:
        return None
    before = sum(training.iterations for training in trainings)
    return lambda iteration, loss, norm: report(before + iteration, loss, norm)
