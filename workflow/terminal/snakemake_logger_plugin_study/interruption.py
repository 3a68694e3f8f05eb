"""An interruption ends within seconds, also if a job hangs and does not answer."""

import threading
from contextlib import suppress

import psutil

SECONDS = 10.0  # that jobs have to end by themselves


def kill_later(seconds: float = SECONDS) -> None:
    """Kill all processes that this one has started and that still run after so many seconds.

    Nothing is lost: files get their names when they are complete, and a training goes on from its evaluations.
    """
    timer = threading.Timer(seconds, _kill)
    timer.daemon = True
    timer.start()


def _kill() -> None:
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            process.kill()
