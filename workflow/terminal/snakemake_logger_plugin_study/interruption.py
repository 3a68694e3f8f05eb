"""An interruption ends within seconds, also if a job hangs and does not answer."""

import sys
import threading
from contextlib import suppress
from types import TracebackType

import psutil

SECONDS = 10.0  # that jobs have to end by themselves


def explain() -> None:
    """Let an interruption that Snakemake does not handle, before its first job, end this process with a sentence."""
    others = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            print("interrupted before the first job: nothing has changed", file=sys.stderr)
        else:
            others(kind, error, trace)

    sys.excepthook = hook


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
