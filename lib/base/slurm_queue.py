"""The jobs that a run has left in the queue of Slurm."""

from __future__ import annotations

import subprocess
import time

_ANSWER = 60  # seconds in which Slurm has to answer
_END = 60  # seconds in which cancelled jobs have to end


def cancel(name: str) -> list[str]:
    """Cancel the jobs with a name, wait until they have ended, and return sentences for the user on what was done.

    Two jobs that write the same files would disturb each other. Without Slurm's commands, or if its controller does not
    answer, the sentence says how to cancel the jobs.
    """
    try:
        jobs = _queued(name)
        if not jobs:
            return []
        _output("scancel", "--name", name)
        end = time.monotonic() + _END
        while (left := _queued(name)) and time.monotonic() < end:
            time.sleep(1)
    except (OSError, subprocess.SubprocessError) as error:
        return [
            f"Slurm cannot be asked for the jobs of the interrupted run ({error}); they may still run: "
            f"scancel --name {name} ends them"
        ]
    count = f"{len(jobs)} of its jobs were" if len(jobs) > 1 else "one of its jobs was"
    sentence = f"{count} still in the queue of Slurm, cancelled"
    return [sentence if not left else f"{sentence}, but {len(left)} have not ended: squeue --name {name} lists them"]


def _queued(name: str) -> list[str]:
    """Return the numbers of the jobs with a name that wait, run or are ending."""
    return _output("squeue", "--noheader", "--format=%A", "--name", name).split()


def _output(*command: str) -> str:
    """Return what a command of Slurm prints. Raises OSError or subprocess.SubprocessError if it fails."""
    process = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER, check=True)
    return process.stdout
