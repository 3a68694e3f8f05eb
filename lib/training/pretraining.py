"""Greedy layer-wise start of a deep autoencoder: each hidden layer is trained alone before all are trained together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lib.autoencoder import autoencoder_transform, unpack
from lib.base.devices import Compute
from lib.training.lbfgs import autoencoder_objective, train
from lib.training.loss import Network, Penalties
from lib.training.result import Recorder, Training


def shares(hidden: Sequence[int], iterations: int) -> list[int]:
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


def _stage(network: Network, number: int) -> Network:
    """The network of one hidden layer that a stage trains; the first stage is number 0."""
    decoder = network.decoder
    if number > 0:  # the decoder becomes a hidden layer of the whole network
        decoder = "sigmoid" if network.activation == "sigmoid" else "linear"
    return replace(network, hidden=(network.hidden[number],), decoder=decoder)


def pretrain(
    theta: np.ndarray,
    data: np.ndarray,
    network: Network,
    penalties: Penalties,
    iterations: int,
    compute: Compute | None = None,
    recorder: Recorder | None = None,
) -> tuple[np.ndarray, list[Training]]:
    """Theta (P,) of the whole network after each layer has been trained alone, and the training of each stage.

    From the outside in, a sparse autoencoder of one hidden layer is trained on the activations of the layer
    before (Bengio et al., "Greedy layer-wise training of deep networks", NIPS 2006). Its encoder becomes that
    layer, its decoder the mirrored one at the other end: the stack is unrolled (Hinton and Salakhutdinov,
    Science 313, 2006). Each stage starts from the weights that ``theta`` holds in these places, and has a
    sparsity term if its layer has one in the whole network. The matrix in the middle of an even number of
    hidden layers, and a network of one hidden layer, stay as they are.

    theta: (P,). data: (N, D) normalised patches. iterations: of the whole training; the stages take their `shares`.
    recorder: records one stage for each layer.
    """
    recorder = recorder or Recorder()
    weights, biases = unpack(theta, data.shape[1], network.hidden)
    trainings: list[Training] = []
    for number, share in enumerate(shares(network.hidden, iterations)[:-1]):
        stage = _stage(network, number)
        terms = penalties if network.sparse[number] else replace(penalties, beta=0.0)
        ends = (number, len(weights) - 1 - number)
        start = _pack([weights[end] for end in ends], [biases[end] for end in ends])
        trained = train(autoencoder_objective(data, stage, terms, compute), start, share, recorder)
        for end, W, b in zip(ends, *unpack(trained.theta, data.shape[1], stage.hidden), strict=True):
            weights[end], biases[end] = W, b
        data = autoencoder_transform(trained.theta, data.shape[1], stage.hidden, 1, data, activation=network.activation)
        trainings.append(trained)
    return _pack(weights, biases), trainings
