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
from pathlib import Path
from typing import IO, Any

import psutil

SNAKEMAKE = Path(".snakemake")  # in the folder of the run
HELD = {errno.EACCES, errno.EAGAIN}  # by another process; other errors come from a file system without locks


class RunLock:
    """The lock of a study in the present folder, held until the process ends.

    study: its name. The file `.snakemake/running/<study>` states who holds the lock: process, host, and start.
    """

    def __init__(self, study: str) -> None:
        self._study, self._path = study, SNAKEMAKE / "running" / study
        self._file: IO[str] | None = None

    def take(self) -> list[str]:
        """Try to take the lock, and remove what a run that was killed has left. Return sentences for the user.

        If another process holds the lock, or a run on another machine has not ended, nothing is removed.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            file = self._path.open("a+", encoding="utf-8")
        except OSError:  # a folder without write permission: Snakemake says so if it needs to write
            return []
        owner = _owner(file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = False
        except OSError as error:
            held = error.errno in HELD or _is_alive(owner)
        self._file = None if held else file
        if self._file is None:
            busy = f"the study {self._study} is being run by {_words(owner)}; wait for its end or stop it"
            return [busy] if owner else []
        if owner and owner["host"] != socket.gethostname():
            self._file.close()  # the record of the other machine stays
            self._file = None
            return [
                f"the study {self._study} is being run, or was interrupted, by {_words(owner)}: another machine, "
                f"where this one cannot look; if that run has ended, delete {self._path}"
            ]
        ended, removed = _end_orphans(), _remove_locks(self._study)
        return _sentences(self._study, owner, ended, removed)

    def hold(self) -> None:
        """Hold the lock until the process ends, and state the owner. Called when jobs are about to start."""
        if self._file is None:  # a dry run may have held it for some seconds
            self.take()
        if self._file is None:
            return
        record = {"process": os.getpid(), "host": socket.gethostname(), "start": time.strftime("%Y-%m-%d %H:%M:%S")}
        record["identity"] = _identity(os.getpid())
        with suppress(OSError):  # a full disk: the lock itself is held
            self._file.truncate(0)
            self._file.write(json.dumps(record))
            self._file.flush()
        atexit.register(self._release)

    def _release(self) -> None:
        """Give the lock back after a run that has ended by itself: nobody is stated as its owner any more."""
        if self._file is not None:
            with suppress(OSError):
                self._file.truncate(0)
                self._file.close()
            self._file = None


def _owner(file: IO[str]) -> dict[str, Any] | None:
    """Return who states to hold a lock, None if nobody does."""
    file.seek(0)
    try:
        owner = json.loads(file.read())
        return owner if {"process", "host", "start"} <= set(owner) else None
    except (ValueError, TypeError):
        return None


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


def _is_alive(owner: dict[str, Any] | None) -> bool:
    """Return whether the process that states to hold a lock runs on this machine: its number may belong to another."""
    if owner is None or owner["host"] != socket.gethostname():
        return False
    return owner.get("identity") is not None and _identity(owner["process"]) == owner["identity"]


def _words(owner: dict[str, Any] | None) -> str:
    return f"process {owner['process']} on {owner['host']} since {owner['start']}" if owner else "an earlier process"


def _sentences(study: str, owner: dict[str, Any] | None, ended: int, removed: int) -> list[str]:
    sentences = []
    if removed:
        sentences.append(f"the run of {study} by {_words(owner)} was interrupted; this one goes on from there")
    if ended:
        sentences.append(f"{ended} of its jobs were still running and have been ended")
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
