"""One run per study and folder: the kernel knows whether the process of an earlier run is alive.

Snakemake's own locks are files, which stay when its process is killed. Each run holds a lock of the operating system
as well, which ends with the process. So the next run can tell whether Snakemake's locks have an owner. On a file system
without such locks, process id and start of the process that the last run has stated decide instead.
"""

from __future__ import annotations

import atexit
import errno
import fcntl
import json
import os
import socket
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

import psutil

from lib.base import slurm_queue

SNAKEMAKE = Path(".snakemake")  # in the folder of the run
HELD = {errno.EACCES, errno.EAGAIN}  # by another process; other errors come from a file system without locks


@dataclass(frozen=True)
class Owner:
    """The process that holds a lock, as it states itself.

    Attributes
    ----------
    process : its number.
    host : name of the machine.
    start : local time of the run.
    identity : see `_identity`; None where it is not known.
    slurm : name of the jobs that it submits to Slurm, "" if it submits none.
    """

    process: int
    host: str
    start: str
    identity: str | None = None
    slurm: str = ""

    @classmethod
    def this_process(cls) -> Owner:
        """Return the record of this process."""
        return cls(os.getpid(), socket.gethostname(), time.strftime("%Y-%m-%d %H:%M:%S"), _identity(os.getpid()))

    @classmethod
    def stated(cls, file: IO[str]) -> Owner | None:
        """Return who states to hold a lock, None if nobody does."""
        file.seek(0)
        try:
            return cls(**json.loads(file.read()))
        except (ValueError, TypeError):
            return None

    @property
    def is_here(self) -> bool:
        """Whether the process runs, or ran, on this machine."""
        return self.host == socket.gethostname()

    @property
    def is_alive(self) -> bool:
        """Whether the process runs on this machine: its number may belong to another."""
        return self.is_here and self.identity is not None and _identity(self.process) == self.identity

    def __str__(self) -> str:
        return f"process {self.process} on {self.host} since {self.start}"


class RunLock:
    """The lock of a study in the present folder, held until the process ends.

    study: its name. The file `.snakemake/running/<study>` states who holds the lock: process, host, and start.
    """

    def __init__(self, study: str) -> None:
        self._study, self._path = study, SNAKEMAKE / "running" / study
        self._file: IO[str] | None = None
        self._owner: Owner | None = None  # this process, once it holds the lock
        self._slurm = ""

    def take(self) -> list[str]:
        """Try to take the lock, and remove what a run that was killed has left. Return sentences for the user.

        If another process holds the lock, or a run on another machine has not ended, nothing is removed.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="utf-8")
        except OSError:  # a folder without write permission: Snakemake says so if it needs to write
            return []
        owner = Owner.stated(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = False
        except OSError as error:
            held = error.errno in HELD or (owner is not None and owner.is_alive)
        self._file = None if held else file
        if self._file is None:
            return [f"the study {self._study} is being run by {owner}; wait for its end or stop it"] if owner else []
        if owner and not owner.is_here:
            self._file.close()  # the record of the other machine stays
            self._file = None
            return [
                f"the study {self._study} is being run, or was interrupted, by {owner}: another machine, "
                f"where this one cannot look; if that run has ended, delete {self._path}"
            ]
        ended, removed = _end_orphans(), _remove_locks(self._study)
        queue = slurm_queue.cancel(owner.slurm) if owner and owner.slurm else []
        return _sentences(self._study, owner, ended, removed) + queue

    @property
    def is_taken(self) -> bool:
        """Whether `take` got the lock."""
        return self._file is not None

    def hold(self) -> None:
        """Hold the lock until the process ends, and state the owner. Called when jobs are about to start."""
        if self._file is None:  # a dry run may have held it for some seconds
            self.take()
        if self._file is None:
            return
        self._owner = replace(Owner.this_process(), slurm=self._slurm)
        self._state()
        atexit.register(self._release)

    def submits(self, name: str) -> None:
        """State the name of the jobs that this run submits to Slurm, which outlive a run that is killed."""
        self._slurm = name
        if self._owner:
            self._owner = replace(self._owner, slurm=name)
            self._state()

    def _state(self) -> None:
        """Write who holds the lock."""
        if self._file is not None and self._owner is not None:
            with suppress(OSError):  # a full disk: the lock itself is held
                self._file.truncate(0)
                self._file.write(json.dumps(asdict(self._owner)))
                self._file.flush()

    def _release(self) -> None:
        """Give the lock back after a run that has ended by itself: nobody is stated as its owner any more."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._file.close()
            self._file = None


def _identity(process: int) -> str | None:
    """Return an identity that no other process has: the boot of the machine, and the clock ticks until the start.

    None if there is no such process.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        stated = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return f"{boot} {stated.rpartition(')')[2].split()[19]}"  # the name of a process, in parentheses, may hold any text


def _sentences(study: str, owner: Owner | None, ended: int, removed: int) -> list[str]:
    """Return what was taken over from a killed run: ended, a number of jobs, and removed, a number of locks."""
    sentences = []
    if removed:
        sentences.append(
            f"the run of {study} by {owner or 'an earlier process'} was interrupted; this one goes on from there"
        )
    if ended:
        count = f"{ended} of its jobs were" if ended > 1 else "one of its jobs was"
        sentences.append(f"{count} still running, ended")
    return sentences


def _remove_locks(study: str) -> int:
    """Remove Snakemake's locks on files of a study. Return their number."""
    removed = 0
    for lock in (SNAKEMAKE / "locks").glob("*.lock"):
        with suppress(OSError, UnicodeDecodeError):
            with lock.open(encoding="utf-8") as file:
                ours = any(line.startswith(f"results/{study}/") for line in file)
            if ours:
                lock.unlink()
                removed += 1
    return removed


def _end_orphans() -> int:
    """End the jobs in this folder that no Snakemake process waits for. Return their number."""
    scripts = str((SNAKEMAKE / "scripts").resolve()) + os.sep
    orphans = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            is_job = any(word.startswith(scripts) for word in process.cmdline())
            if is_job and not any(_is_snakemake(parent) for parent in process.parents()):
                orphans.append(process)
    for process in orphans:
        with suppress(psutil.Error):
            process.terminate()
    _, alive = psutil.wait_procs(orphans, timeout=5)
    for process in alive:
        with suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(alive, timeout=5)
    return len(orphans)


def _is_snakemake(process: psutil.Process) -> bool:
    return any(Path(word).name in ("snakemake", "__main__.py") for word in process.cmdline()[:3])
