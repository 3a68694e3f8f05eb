"""How trainings end, according to the messages that they record."""

from __future__ import annotations

from enum import Enum


class Ending(Enum):
    """Why a training ended before it had converged or reached the number of iterations that was asked for."""

    LINE_SEARCH = "the line search found no lower loss"
    NOT_FINITE = "the loss or its gradient was not finite"
    EVALUATIONS = "the limit on evaluations of the loss was reached"
    NOT_CONVERGED = "the algorithm had not converged at its limit on iterations"
    DUPLICATES = "some units are equal, because there are fewer different patches than units"


NOT_FINITE = "STOP: LOSS OR GRADIENT NOT FINITE"  # in the form of SciPy's messages
CONVERGED = "CONVERGENCE"  # how SciPy's messages begin
STOPPED = "stopped after {} iterations"
DUPLICATES = "converged to {} different centroids"
_STARTS = {  # of messages: the first and the third are SciPy's
    "ABNORMAL": Ending.LINE_SEARCH,
    NOT_FINITE: Ending.NOT_FINITE,
    "STOP: TOTAL NO. OF F,G EVALUATIONS": Ending.EVALUATIONS,
    STOPPED.split("{")[0]: Ending.NOT_CONVERGED,
    DUPLICATES.split("{")[0]: Ending.DUPLICATES,
}


def is_converged(message: str) -> bool:
    """Return whether the training with this message ended because the loss no longer decreased."""
    return message.startswith(CONVERGED)


def ending_of(message: str) -> Ending | None:
    """Return why the training with this message ended abnormally, None if it ended as it should.

    The limit on iterations is one of the settings, so reaching it is not abnormal.
    """
    return next((ending for start, ending in _STARTS.items() if message.startswith(start)), None)
