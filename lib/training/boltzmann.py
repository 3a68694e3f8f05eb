"""Restricted Boltzmann machines: binary visible units x and hidden units y, trained by contrastive divergence.

Numbers of formulas are those of the lecture on deep networks, chapter 19. The energy, which it leaves out, is

    E(x, y) = - sum_i a_i x_i - sum_j b_j y_j - sum_ij y_j w_ji x_i,

with P(x, y) = exp(-E(x, y)) / Z (19.3). Values of x between 0 and 1 are taken as probabilities of a unit to be 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from lib.training.descent import Gains, Momentum

EpochReport = Callable[["Machine", int], bool | None]  # called with the machine and the number of epochs; True ends


@dataclass(frozen=True)
class Machine:
    """A restricted Boltzmann machine, or a direction in which its parameters change.

    Attributes
    ----------
    W : weights (units, D); row j is the filter of hidden unit j.
    visible, hidden : biases a (D,) and b (units,), the thresholds T_i and T_j of the lecture.
    """

    W: np.ndarray
    visible: np.ndarray
    hidden: np.ndarray

    @property
    def arrays(self) -> list[np.ndarray]:
        """The parameters themselves, in the order of `flat`."""
        return [self.W, self.visible, self.hidden]

    @property
    def flat(self) -> np.ndarray:
        """All parameters as one array (P,), a copy."""
        return np.concatenate([array.ravel() for array in self.arrays])


def unflatten(theta: np.ndarray, visible: int, units: int) -> Machine:
    """Return the machine of flat parameters (P,), as views of them."""
    W, a, b = np.split(theta, np.cumsum([units * visible, visible]))
    return Machine(W.reshape(units, visible), a, b)


def initial(
    visible: int,
    units: int,
    rng: np.random.Generator,
    mean: float = 0.0,
    deviation: float = 0.01,
    dtype: str = "float64",
) -> Machine:
    """Return a machine with normal weights and no biases (Hinton, "A practical guide to training RBMs", 2010).

    The start that the lecture's listing has in effect is mean 0.01 and deviation 1.
    """
    W = rng.normal(mean, deviation, size=(units, visible)).astype(dtype)
    return Machine(W, np.zeros(visible, dtype), np.zeros(units, dtype))


def energy(machine: Machine, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the energy (N,) of states x (N, D) with y (N, units)."""
    return -(x @ machine.visible) - y @ machine.hidden - np.einsum("nj,nj->n", y, x @ machine.W.T)


def free_energy(machine: Machine, x: np.ndarray) -> np.ndarray:
    """Return -log sum_y exp(-E(x, y)) (N,) of x (N, D), so that P(x) (19.5) is exp(-free energy) / Z."""
    return -(x @ machine.visible) - np.sum(np.logaddexp(0, x @ machine.W.T + machine.hidden), axis=1)


def hidden_probabilities(machine: Machine, x: np.ndarray) -> np.ndarray:
    """Return p(y_j = 1 | x) (N, units) of x (N, D) (19.1)."""
    S = x @ machine.W.T
    S += machine.hidden
    return expit(S, out=S)


def visible_probabilities(machine: Machine, y: np.ndarray) -> np.ndarray:
    """Return p(x_i = 1 | y) (N, D) of y (N, units) (19.2)."""
    S = y @ machine.W
    S += machine.visible
    return expit(S, out=S)


def sample(probabilities: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return independent zeros and ones with these probabilities of a one, of their shape and dtype."""
    return (rng.random(probabilities.shape, probabilities.dtype) < probabilities).astype(probabilities.dtype)


def gibbs_chain(machine: Machine, y: np.ndarray, steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return x(k) (N, D) and the probabilities of y(k) (N, units) after k steps y(0) -> x(1) -> ... -> x(k)."""
    for step in range(steps):
        x = sample(visible_probabilities(machine, y), rng)
        probabilities = hidden_probabilities(machine, x)
        if step < steps - 1:
            y = sample(probabilities, rng)
    return x, probabilities


def contrastive_divergence(
    machine: Machine, x: np.ndarray, steps: int, rng: np.random.Generator, sampled: bool = False
) -> Machine:
    """Return the mean over x (N, D) of the change by CD-k for a learning rate of 1 (19.11).

    The weights change by x(0) y(0) - x(k) y(k), the biases by x(0) - x(k) and y(0) - y(k). The lecture's batch rule
    (19.12) has the sum over the batch, its listing the mean. One object gives the online rules (19.10) and (19.11).

    sampled: whether y(0) and y(k) in this difference are samples, as printed. Their probabilities, the default, have
    the same mean and less noise.
    """
    first = hidden_probabilities(machine, x)
    states = sample(first, rng)
    last_x, last = gibbs_chain(machine, states, steps, rng)
    if sampled:
        first, last = states, sample(last, rng)
    # One product of both terms is faster than the difference of two.
    y, both = np.concatenate([first, -last]), np.concatenate([x, last_x])
    scale = 1 / len(x)
    W = y.T @ both
    W *= scale
    return Machine(W, (x.sum(axis=0) - last_x.sum(axis=0)) * scale, y.sum(axis=0) * scale)


def reconstruct(machine: Machine, x: np.ndarray) -> np.ndarray:
    """Return the probabilities (N, D) of the visible units, given those of the hidden units, given x (N, D)."""
    return visible_probabilities(machine, hidden_probabilities(machine, x))


def hamming_distance(machine: Machine, x: np.ndarray) -> float:
    """Return the mean over binary x (N, D) of the number of pixels that differ in the binary reconstruction."""
    return float(np.mean(np.sum((reconstruct(machine, x) > 0.5) != (x > 0.5), axis=1)))


def fantasies(machine: Machine, x: np.ndarray, steps: int, rng: np.random.Generator) -> np.ndarray:
    """Return probabilities (N, D) of the visible units after a chain of k steps that starts from x (N, D)."""
    for _ in range(steps):
        probabilities = visible_probabilities(machine, sample(hidden_probabilities(machine, x), rng))
        x = sample(probabilities, rng)
    return probabilities


@dataclass(frozen=True)
class Schedule:
    """How a machine is trained.

    Attributes
    ----------
    learning_rate, momentum, batch_size, epochs : of the training; a batch of 1 gives the online rules.
    steps : k of CD-k.
    gains : factors of the learning rate per parameter, None for none.
    summed : whether changes are summed over a batch, as in (19.12), instead of averaged.
    sampled : as in `contrastive_divergence`.
    """

    learning_rate: float = 0.05
    momentum: float = 0.0
    batch_size: int = 64
    epochs: int = 20
    steps: int = 1
    gains: Gains | None = None
    summed: bool = False
    sampled: bool = False


def train(
    machine: Machine,
    x: np.ndarray,
    schedule: Schedule,
    rng: np.random.Generator,
    report: EpochReport | None = None,
) -> Machine:
    """Return the machine after a training by contrastive divergence on x (N, D), whose dtype is the precision.

    Objects are shuffled in each epoch. report: called after each epoch, and may end the training by returning True.
    Raises ValueError if the parameters become infinite.
    """
    machine = Machine(*(array.astype(x.dtype) for array in machine.arrays))
    descent = Momentum(schedule.learning_rate, schedule.momentum, schedule.gains)
    for epoch in range(1, schedule.epochs + 1):
        order = rng.permutation(len(x))
        for start in range(0, len(x), schedule.batch_size):
            batch = x[order[start : start + schedule.batch_size]]
            change = contrastive_divergence(machine, batch, schedule.steps, rng, schedule.sampled)
            factor = -float(len(batch) if schedule.summed else 1)  # the descent goes against a gradient
            descent.update(machine.arrays, [np.multiply(array, factor, out=array) for array in change.arrays])
        if not all(np.isfinite(array).all() for array in machine.arrays):
            raise ValueError(
                f"learning_rate is {schedule.learning_rate:g}, expected a smaller one: the weights overflow"
            )
        if report and report(machine, epoch):
            break
    return machine
