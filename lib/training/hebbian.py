"""Hebbian rules of autoencoders with one hidden layer, and the gradients that they resemble.

A batch X (N, D) has activations Y = F(X W^T) (N, units) and reconstructions F(Y V^T) (N, D), with the identity as F for
a linear network. Rules return the mean change of the weights over a batch, for a learning rate of 1. A batch of one
patch gives the online rules of the lecture on autoencoders, whose numbers of formulas are given.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Rule = Callable[[np.ndarray, np.ndarray], np.ndarray]  # from weights and a batch to the change of the weights


def squared_error(X: np.ndarray, reconstructed: np.ndarray) -> float:
    """Return the mean over patches of half the squared error, E_S / L of (18.1). Both arguments are (N, D)."""
    return float(np.mean(np.sum((reconstructed - X) ** 2, axis=1))) / 2


def decoder_rule(V: np.ndarray, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return the change of the decoder V (D, units) of a linear network, y_j (x_i - sum_k v_ik y_k) (18.2).

    It is the negative gradient of (18.1) with respect to V.
    """
    return (X - Y @ V.T).T @ Y / len(X)


def encoder_gradient(W: np.ndarray, V: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return the negative gradient of (18.1) of a linear network with respect to the encoder W (units, D).

    With V = W^T fixed it differs from Oja's rule (18.3), which uses the activations where this has V^T (x - V y).
    """
    return (V.T @ (X - X @ W.T @ V.T).T) @ X / len(X)


def oja(W: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return Oja's symmetric rule for W (units, D), y_j (x_i - sum_k w_ik y_k) (18.3).

    The rows of W become an orthonormal basis of the principal subspace, but not the components themselves
    (Oja, Int. J. Neural Systems 1, 1989). The subtracted term bounds the weights.
    """
    Y = X @ W.T
    return Y.T @ (X - Y @ W) / len(X)


def sanger(W: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return Sanger's rule for W (units, D): ``y_j (x_i - sum_{k <= j} w_ik y_k)`` (Sanger, Neural Networks 2, 1989).

    The rows of W become the principal components, ordered by variance.
    """
    Y = X @ W.T
    return (Y.T @ X - np.tril(Y.T @ Y) @ W) / len(X)


def nonlinear_oja(W: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return Oja's rule for W (units, D) with F = tanh in both layers, y_j (x_i - F(sum_k w_ik y_k)) (18.4).

    The rule lacks the slopes of F, so it is not a gradient; `tied_gradient` is the one of (18.1).
    """
    Y = np.tanh(X @ W.T)
    return Y.T @ (X - np.tanh(Y @ W)) / len(X)


def tied_gradient(W: np.ndarray, X: np.ndarray, nonlinear: bool = False) -> np.ndarray:
    """Return the negative gradient of (18.1) for W (units, D) that is encoder and transposed decoder.

    nonlinear: whether F is tanh; the network is linear otherwise.
    """
    S = X @ W.T
    Y = np.tanh(S) if nonlinear else S
    reconstructed = np.tanh(Y @ W) if nonlinear else Y @ W
    error = X - reconstructed
    if nonlinear:
        error = error * (1 - reconstructed**2)  # F' of the output layer
    back = error @ W.T * (1 - Y**2) if nonlinear else error @ W.T
    return (Y.T @ error + back.T @ X) / len(X)


RULES: dict[str, Rule] = {"oja": oja, "sanger": sanger, "nonlinear_oja": nonlinear_oja}


def principal_angles(A: np.ndarray, B: np.ndarray) -> np.ndarray:
    """Return the angles between the row spaces of A and B in radians, from the largest to the smallest."""
    from scipy.linalg import subspace_angles

    return np.asarray(subspace_angles(A.T, B.T))
