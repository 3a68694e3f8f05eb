"""Faults of the machine, each as a context in which a command runs: a full disk, no memory, a killed job."""

from __future__ import annotations

import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.faults.project import Project, Stage

PERIOD = 0.005  # seconds between looks


@contextmanager
def small_disk(folder: Path, megabytes: int = 400) -> Iterator[None]:
    """Let a folder be a disk of so many megabytes; needs root."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "faults", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(file: Path) -> None:
    """Extend a file until the disk is full."""
    with file.open("ab", buffering=0) as filler:
        for size in (2**22, 2**12, 1):
            with suppress(OSError):
                while True:
                    filler.write(bytes(size))


@contextmanager
def while_running(act: Callable[[], bool | None]) -> Iterator[None]:
    """Repeat an action next to a command until it returns True or the command has ended."""
    done = threading.Event()

    def repeat() -> None:
        while not done.wait(PERIOD) and not act():
            pass

    thread = threading.Thread(target=repeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


@contextmanager
def disk_full(project: Project, stage: Stage) -> Iterator[None]:
    """The disk is full from the moment at which the job has started."""
    log, filler = project.log(stage), project.folder / "filler"

    def act() -> None:
        if log.exists():
            fill(filler)

    try:
        with while_running(act):
            yield
    finally:
        filler.unlink(missing_ok=True)


@contextmanager
def disk_full_from_the_start(project: Project, stage: Stage) -> Iterator[None]:
    """The disk is full before the command."""
    filler = project.folder / "filler"
    fill(filler)
    try:
        yield
    finally:
        filler.unlink()


def job_of(project: Project, stage: Stage) -> psutil.Process | None:
    """Return the process of a job that has opened its log."""
    if not project.log(stage).exists():
        return None
    scripts = str(project.folder / ".snakemake" / "scripts")
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            words = process.cmdline()
            if len(words) == 2 and words[1].startswith(scripts):
                return process
    return None


@contextmanager
def killed(project: Project, stage: Stage) -> Iterator[None]:
    """The kernel kills the job, as it does when memory runs out."""

    def act() -> bool:
        if job := job_of(project, stage):
            job.send_signal(signal.SIGKILL)
        return job is not None

    with while_running(act):
        yield


@contextmanager
def memory_limit(project: Project, stage: Stage, megabytes: int = 20) -> Iterator[None]:
    """The job gets no more than so much address space beyond what it has at its start."""

    def act() -> bool:
        if job := job_of(project, stage):
            with suppress(psutil.Error):
                limit = job.memory_info().vms + megabytes * 2**20
                job.rlimit(resource.RLIMIT_AS, (limit, limit))
        return job is not None

    with while_running(act):
        yield
