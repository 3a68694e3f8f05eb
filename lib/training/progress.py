"""The progress of a training."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from lib.base.jobs import logger

SECONDS_BETWEEN_LINES = 2.0  # at least
SHARE_BETWEEN_LINES = 0.05  # of the seconds passed, at least: the log of a long training stays readable


def _reporter(steps: int, unit: str, spelt: Callable[[int], str]) -> Callable[[int, str], None]:
    """Return a function that shows a step and a text: in lines with the time left in the log, in a bar on a terminal.

    spelt: what a line calls a step. The first step that is shown may be any: an interrupted training goes on.
    """
    from tqdm import tqdm

    bar = tqdm(total=steps, desc="training", unit=unit, file=sys.stderr, disable=None, leave=False)
    start = last = time.monotonic()
    shown, earlier = 0, 0  # the last step, and the one before the first

    def report(step: int, text: str) -> None:
        nonlocal shown, earlier, last
        begins = shown == 0
        if begins:
            shown = earlier = bar.initial = bar.n = step - 1
        bar.set_postfix_str(text, refresh=False)
        bar.update(step - shown)
        shown, now = step, time.monotonic()
        if begins or step == steps or now - last >= max(SECONDS_BETWEEN_LINES, SHARE_BETWEEN_LINES * (now - start)):
            last = now
            left = (now - start) / (step - earlier) * (steps - step)
            logger.info("%s, %s, %.0f s passed, at most %.0f s left", spelt(step), text, now - start, left)

    return report


def training_progress(iterations: int) -> Callable[[int, float, float], None]:
    """Reporter of iteration, loss and gradient norm: lines with the time left in the log, a bar on a terminal."""
    report = _reporter(iterations, "iteration", lambda step: f"iteration {step} of at most {iterations}")
    return lambda iteration, loss, norm: report(iteration, f"loss {loss:.6g}, gradient norm {norm:.2e}")


def stochastic_progress(epochs: int, updates: int) -> Callable[[int, float], None]:
    """Reporter of update and loss of a training on mini-batches, like `training_progress`. updates: of an epoch."""

    def spelt(update: int) -> str:
        return f"epoch {(update - 1) // updates + 1} of at most {epochs}, update {update}"

    report = _reporter(epochs * updates, "update", spelt)
    return lambda update, loss: report(update, f"loss {loss:.6g}")
