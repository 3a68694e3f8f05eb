"""Feed-forward networks in NumPy: activations and their slopes, back-propagation, and how gradients vanish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.special import expit, log_softmax, softmax

from lib.training.descent import Momentum, StopRule


class Activation(NamedTuple):
    """An activation function and its slope, both of the weighted sums z of any shape."""

    function: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]


def sigmoid(steepness: float = 1.0) -> Activation:
    """Return 1 / (1 + exp(-alpha z)), whose slope alpha f (1 - f) is at most alpha / 4, at z = 0."""

    def function(z: np.ndarray) -> np.ndarray:
        return expit(steepness * z)

    return Activation(function, lambda z: steepness * function(z) * (1 - function(z)))


ACTIVATIONS = {
    "sigmoid": sigmoid(),
    "tanh": Activation(np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": Activation(lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
}


@dataclass(frozen=True)
class Network:
    """A feed-forward network.

    Attributes
    ----------
    weights : of each layer, (outputs, inputs).
    biases : of each layer, (outputs,).
    activation : of hidden layers, a key of `ACTIVATIONS`.
    """

    weights: list[np.ndarray]
    biases: list[np.ndarray]
    activation: str = "sigmoid"

    @property
    def arrays(self) -> list[np.ndarray]:
        """All parameters themselves: weights, then biases."""
        return [*self.weights, *self.biases]


def initial(sizes: Sequence[int], rng: np.random.Generator, activation: str = "sigmoid") -> Network:
    """Return a network with layers of these sizes, the input first, uniform weights and no biases.

    Weights are in [-r, r] with r = sqrt(6 / (inputs + outputs)) (Glorot and Bengio, AISTATS 2010).
    """
    weights = []
    for inputs, outputs in pairwise(sizes):
        r = np.sqrt(6 / (inputs + outputs))
        weights.append(rng.uniform(-r, r, size=(outputs, inputs)))
    return Network(weights, [np.zeros(len(W)) for W in weights], activation)


def forward(network: Network, x: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the weighted sums z of each layer, and the input and activations of the hidden layers, for x (N, D)."""
    function = ACTIVATIONS[network.activation].function
    sums: list[np.ndarray] = []
    activations = [x]
    for W, b in zip(network.weights, network.biases, strict=True):
        if sums:
            activations.append(function(sums[-1]))
        sums.append(activations[-1] @ W.T + b)
    return sums, activations


def backward(
    network: Network, sums: list[np.ndarray], activations: list[np.ndarray], delta: np.ndarray
) -> list[np.ndarray]:
    """Return the gradients of a loss in the order of `Network.arrays`.

    delta: the gradient with respect to the sums of the last layer (N, outputs). The local gradient of a hidden layer
    is delta_j(n) = f'(z_j(n)) sum_k w_kj(n+1) delta_k(n+1).
    """
    slope = ACTIVATIONS[network.activation].slope
    weights, biases = [], []
    for layer in reversed(range(len(sums))):
        weights.append(delta.T @ activations[layer])
        biases.append(delta.sum(axis=0))
        if layer:
            delta = (delta @ network.weights[layer]) * slope(sums[layer - 1])
    return [*weights[::-1], *biases[::-1]]


def cross_entropy(network: Network, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean over x (N, D) of -log p(label), with a softmax of the last layer. labels: (N,), from 0."""
    sums, _ = forward(network, x)
    return float(-np.mean(log_softmax(sums[-1], axis=1)[np.arange(len(x)), labels]))


def accuracy(network: Network, x: np.ndarray, labels: np.ndarray) -> float:
    """Return the share of x (N, D) whose largest output is that of its label (N,)."""
    return float(np.mean(forward(network, x)[0][-1].argmax(axis=1) == labels))


def softmax_gradient(network: Network, x: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Return the gradient of `cross_entropy` in the order of `Network.arrays`."""
    sums, activations = forward(network, x)
    delta = softmax(sums[-1], axis=1)
    delta[np.arange(len(x)), labels] -= 1
    return backward(network, sums, activations, delta / len(x))


def chain_gradient(weights: Sequence[float], x: float, target: float) -> tuple[np.ndarray, np.ndarray]:
    """Return activations y_1 ... y_n and dE/dw_1 ... dE/dw_n of a chain of single sigmoid neurons without biases.

    E = (y_n - target)^2 / 2, and x is the input of the first neuron.
    """
    network = Network([np.array([[w]]) for w in weights], [np.zeros(1) for _ in weights])
    sums, activations = forward(network, np.array([[x]]))
    y = ACTIVATIONS["sigmoid"].function(sums[-1])
    delta = (y - target) * ACTIVATIONS["sigmoid"].slope(sums[-1])
    gradients = backward(network, sums, activations, delta)[: len(weights)]
    return np.concatenate([*activations[1:], y]).ravel(), np.concatenate(gradients).ravel()


def gradient_norms(network: Network, x: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the Euclidean norm of the gradient of `cross_entropy` for the weights of each layer, from the input on."""
    gradients = softmax_gradient(network, x, labels)[: len(network.weights)]
    return np.array([np.linalg.norm(gradient) for gradient in gradients])


@dataclass(frozen=True)
class Labelled:
    """Objects x (N, D) with labels (N,), from 0."""

    x: np.ndarray
    labels: np.ndarray


class EpochErrors(NamedTuple):
    """Cross-entropy of an epoch, after its update."""

    epoch: int
    training: float
    validation: float


@dataclass(frozen=True)
class FullBatch:
    """How a network is trained on all objects at once.

    Attributes
    ----------
    descent : the steps. decay : weight of half the sum of squared weights. stop : when the training ends.
    summed : whether the gradient is summed over the objects instead of averaged.
    """

    descent: Momentum
    stop: StopRule
    decay: float = 0.0
    summed: bool = True


def train(network: Network, training: Labelled, validation: Labelled, way: FullBatch) -> tuple[list[EpochErrors], str]:
    """Train a network in place with a softmax output and cross-entropy; return errors and why it ended."""
    history: list[EpochErrors] = []
    reason, scale = None, len(training.x) if way.summed else 1
    while reason is None:
        gradients = [scale * g for g in softmax_gradient(network, training.x, training.labels)]
        for gradient, W in zip(gradients, network.weights, strict=False):
            gradient += way.decay * W
        way.descent.update(network.arrays, gradients)
        errors = (cross_entropy(network, part.x, part.labels) for part in (training, validation))
        history.append(EpochErrors(len(history) + 1, *errors))
        reason = way.stop.reason([row.training for row in history], [row.validation for row in history])
    return history, reason
