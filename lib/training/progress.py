"""The progress of a training."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from lib.base.jobs import logger

SECONDS_BETWEEN_LINES = 2.0


def training_progress(iterations: int) -> Callable[[int, float, float], None]:
    """Reporter of iteration, loss and gradient norm: lines with the time left in the log, a bar on a terminal."""
    from tqdm import tqdm

    bar = tqdm(total=iterations, desc="training", unit="iteration", file=sys.stderr, disable=None, leave=False)
    start = last = time.monotonic()

    def report(iteration: int, loss: float, gradient_norm: float) -> None:
        nonlocal last
        bar.set_postfix_str(f"loss {loss:.5g}, gradient norm {gradient_norm:.2e}", refresh=False)
        bar.update()
        now = time.monotonic()
        if iteration in (1, iterations) or now - last >= SECONDS_BETWEEN_LINES:
            last = now
            left = (now - start) / iteration * (iterations - iteration)
            logger.info(
                "iteration %d of at most %d, loss %.6g, gradient norm %.2e, %.0f s passed, at most %.0f s left",
                *(iteration, iterations, loss, gradient_norm, now - start, left),
            )

    return report
