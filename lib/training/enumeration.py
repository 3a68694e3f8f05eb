"""Exact probabilities of restricted Boltzmann machines that are small enough to enumerate all their states."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from lib.training.boltzmann import (
    Machine,
    free_energy,
    hidden_probabilities,
    visible_probabilities,
)

MOST_UNITS = 20  # of the side whose states are enumerated


def all_states(units: int) -> np.ndarray:
    """Return all binary states (2 ** units, units), float64.

    Raises ValueError for more than `MOST_UNITS` units.
    """
    if units > MOST_UNITS:
        raise ValueError(f"{units} units have 2**{units} states, expected at most {MOST_UNITS} units")
    return (np.arange(2**units)[:, None] >> np.arange(units) & 1).astype(np.float64)


def log_partition(machine: Machine) -> float:
    """Return log Z (19.4), by the states of the smaller side."""
    if len(machine.hidden) <= len(machine.visible):
        machine = Machine(machine.W.T, machine.hidden, machine.visible)  # the energy treats both sides equally
    return float(logsumexp(-free_energy(machine, all_states(len(machine.visible)))))


def log_likelihood(machine: Machine, x: np.ndarray) -> float:
    """Return the mean of log P(x) (19.6) over x (N, D)."""
    return float(np.mean(-free_energy(machine, x))) - log_partition(machine)


def state_probabilities(machine: Machine) -> np.ndarray:
    """Return P(x) (2 ** D,) of all visible states, in the order of `all_states`."""
    return np.exp(-free_energy(machine, all_states(len(machine.visible))) - log_partition(machine))


def _moments(machine: Machine, x: np.ndarray, weights: np.ndarray) -> Machine:
    """Return the means of y x, x and y over x (N, D), with weights (N,) that sum to 1."""
    y = hidden_probabilities(machine, x)
    return Machine((y * weights[:, None]).T @ x, weights @ x, weights @ y)


def _difference(machine: Machine, x: np.ndarray, probabilities: np.ndarray) -> Machine:
    data = _moments(machine, x, np.full(len(x), 1 / len(x)))
    model = _moments(machine, all_states(len(machine.visible)), probabilities)
    return Machine(*(a - b for a, b in zip(data.arrays, model.arrays, strict=True)))


def likelihood_gradient(machine: Machine, x: np.ndarray) -> Machine:
    """Return the gradient of `log_likelihood`, E[x y] of the data minus E[x y] of the model (19.9)."""
    return _difference(machine, x, state_probabilities(machine))


def transitions(machine: Machine) -> np.ndarray:
    """Return the probabilities (2 ** D, 2 ** D) of a Gibbs step from each visible state to each other."""
    x, y = all_states(len(machine.visible)), all_states(len(machine.hidden))
    return _products(hidden_probabilities(machine, x), y) @ _products(visible_probabilities(machine, y), x)


def _products(probabilities: np.ndarray, states: np.ndarray) -> np.ndarray:
    """Return the probability of each state (M, n), given the probabilities (N, n) of independent ones: (N, M)."""
    return np.exp(np.log(probabilities) @ states.T + np.log1p(-probabilities) @ (1 - states).T)


def expected_contrastive_divergence(machine: Machine, x: np.ndarray, steps: int) -> Machine:
    """Return the mean of `lib.training.boltzmann.contrastive_divergence` over its random numbers, for binary x."""
    states = all_states(len(machine.visible))
    start = (x[:, None, :] == states[None]).all(axis=2).mean(axis=0)
    return _difference(machine, x, start @ np.linalg.matrix_power(transitions(machine), steps))
