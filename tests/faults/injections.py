"""Faults of the machine, each as a context in which a command runs: a full disk, no memory, a killed job."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from tests.faults.project import Project, Stage

PERIOD = 0.005  # seconds between looks
ENOUGH = 0.8  # of the address space that a job uses, as its limit
CGROUPS = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")  # of version 1 and of version 2
OOM_BYTES = 24 * 2**20  # resident memory of a job that the kernel then kills
# A process of root obeys permissions as others do, without these capabilities.
AS_OTHERS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


@contextmanager
def small_disk(folder: Path, megabytes: int = 300) -> Iterator[None]:
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


def once_started(project: Project, stage: Stage, act: Callable[[psutil.Process], None]) -> Callable[[], bool]:
    """Return an action that acts on the process of a job as soon as it has opened its log."""

    def once() -> bool:
        job = job_of(project, stage)
        if job is not None:
            with suppress(psutil.Error):
                act(job)
        return job is not None

    return once


def job_of(project: Project, stage: Stage) -> psutil.Process | None:
    """Return the process of a job that has opened its log, None before that."""
    if not project.log(stage).exists():
        return None
    scripts = str(project.folder / ".snakemake" / "scripts")
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if any(word.startswith(scripts) for word in process.cmdline()[1:2]):
                return process
    return None


# The disk


@contextmanager
def disk_full(project: Project, stage: Stage) -> Iterator[None]:
    """The disk is full from the moment at which the job has started; the job waits while the disk is filled."""
    log, filler = project.log(stage), project.folder / "filler"

    def act() -> None:
        job = job_of(project, stage)
        with suppress(psutil.Error):
            if job:
                job.suspend()
        if log.exists():
            fill(filler)
        with suppress(psutil.Error):
            if job:
                job.resume()

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


@contextmanager
def temporary_disk_full(project: Project, stage: Stage) -> Iterator[None]:
    """The disk of temporary files is full."""
    folder = Path(tempfile.mkdtemp())
    with small_disk(folder, 1):
        fill(folder / "filler")
        project.environment["TMPDIR"] = str(folder)
        yield
    folder.rmdir()


@contextmanager
def read_only_disk(project: Project, stage: Stage) -> Iterator[None]:
    """The results are on a disk that can only be read."""
    subprocess.run(["mount", "--bind", project.results, project.results], check=True)
    subprocess.run(["mount", "-o", "remount,ro,bind", project.results], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", project.results], check=True)


def without_permission(place: str) -> Callable[[Project, Stage], object]:
    """Return a fault: a folder of the project cannot be written. An empty place is the folder of the job's output."""

    @contextmanager
    def inject(project: Project, stage: Stage) -> Iterator[None]:
        folder = project.folder / place if place else project.outputs(stage)[0].parent
        mode = folder.stat().st_mode
        folder.chmod(0o555)
        if os.geteuid() == 0:
            project.prefix = AS_OTHERS
        try:
            yield
        finally:
            folder.chmod(mode)

    return inject


# Files


def removed(pattern: str) -> Callable[[Project, Stage], object]:
    """Return a fault: files are removed when the job has started. An empty pattern is the folder of its output."""

    @contextmanager
    def inject(project: Project, stage: Stage) -> Iterator[None]:
        def act(_: psutil.Process) -> None:
            for path in project.folder.glob(pattern) if pattern else [project.outputs(stage)[0].parent]:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()

        with while_running(once_started(project, stage, act)):
            yield

    return inject


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "one bit flipped": lambda content: (
        content[: len(content) // 2] + bytes([content[len(content) // 2] ^ 4]) + content[len(content) // 2 + 1 :]
    ),
    "cut in half": lambda content: content[: len(content) // 2],
    "emptied": lambda content: b"",
}


def damaged(pattern: str, how: str) -> Callable[[Project, Stage], object]:
    """Return a fault: a file is damaged, with its old modification time."""

    @contextmanager
    def inject(project: Project, stage: Stage) -> Iterator[None]:
        path = next(iter(sorted(project.results.glob(pattern))))
        before = path.stat()
        path.write_bytes(DAMAGES[how](path.read_bytes()))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        yield

    return inject


@contextmanager
def in_the_future(project: Project, stage: Stage) -> Iterator[None]:
    """All results were written a day ahead of the clock."""
    shift(project.results, 86400)
    yield


def shift(folder: Path, seconds: float) -> None:
    """Move the modification times of all files."""
    for path in folder.rglob("*"):
        found = path.stat()
        os.utime(path, (found.st_atime, found.st_mtime + seconds))


# Memory and processes


@contextmanager
def killed(project: Project, stage: Stage) -> Iterator[None]:
    """The job is killed as the kernel does it when memory runs out."""
    with while_running(once_started(project, stage, lambda job: job.send_signal(signal.SIGKILL))):
        yield


@contextmanager
def out_of_memory(project: Project, stage: Stage) -> Iterator[None]:
    """The kernel kills the job, for its group may have little memory."""
    root = next(root for root in CGROUPS if (root / "cgroup.procs").exists() and can_limit(root))
    group = root / f"faults{os.getpid()}"
    group.mkdir(exist_ok=True)
    names = ("memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "memory.swap.max")
    for name in names:
        with suppress(OSError):
            (group / name).write_text(str(OOM_BYTES))
    try:
        with while_running(
            once_started(project, stage, lambda job: (group / "cgroup.procs").write_text(str(job.pid)) and None)
        ):
            yield
    finally:
        time.sleep(0.5)
        group.rmdir()


def can_limit(root: Path) -> bool:
    """Return whether groups of processes in a folder of the kernel may have a limit of memory."""
    group = root / f"faults-try{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        return False
    found = any((group / name).exists() for name in ("memory.limit_in_bytes", "memory.max"))
    group.rmdir()
    return found


@contextmanager
def memory_limit_at_start(project: Project, stage: Stage) -> Iterator[None]:
    """The job gets 20 MB of address space beyond what it has at its start: its libraries do not fit."""

    def act(job: psutil.Process) -> None:
        limit = job.memory_info().vms + 20 * 2**20
        job.rlimit(resource.RLIMIT_AS, (limit, limit))

    with while_running(once_started(project, stage, act)):
        yield


@contextmanager
def memory_limit(project: Project, stage: Stage) -> Iterator[None]:
    """The job gets less address space than it used when it ran without a limit."""
    most = 0

    def watch() -> None:
        nonlocal most
        with suppress(psutil.Error):
            if job := job_of(project, stage):
                most = max(most, job.memory_info().vms)

    with while_running(watch):
        assert project.run(project.command(stage)).status == 0
    project.remove(stage)
    limit = int(most * ENOUGH)
    with while_running(
        once_started(project, stage, lambda job: job.rlimit(resource.RLIMIT_AS, (limit, limit)) and None)
    ):
        yield


@contextmanager
def memory_limit_of_all(project: Project, stage: Stage) -> Iterator[None]:
    """The whole command runs with `ulimit -v`."""
    project.prefix = ("prlimit", "--as=400000000")
    yield


@contextmanager
def hanging(project: Project, stage: Stage) -> Iterator[None]:
    """The job stops and answers nothing; then somebody presses Ctrl-C."""

    def act(job: psutil.Process) -> None:
        job.suspend()
        assert project.running is not None
        os.killpg(project.running.pid, signal.SIGINT)

    with while_running(once_started(project, stage, act)):
        yield


@contextmanager
def second_run(project: Project, stage: Stage) -> Iterator[None]:
    """Another run of the study is alive: its job is suspended while the command runs."""
    first = project.start(project.command(stage))
    while not (job := job_of(project, stage)):
        time.sleep(PERIOD)
    job.suspend()
    try:
        yield
    finally:
        job.resume()
        assert first.wait() == 0, first.communicate()[0]


@contextmanager
def second_run_without_locks(project: Project, stage: Stage) -> Iterator[None]:
    """The same on a file system that refuses locks, as some network file systems do."""
    options = ("-f", "-qq", "-o", os.devnull, "--seccomp-bpf", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK")
    project.prefix = ("strace", *options)
    with second_run(project, stage):
        yield


# Environment


def environment(**changes: str | None) -> Callable[[Project, Stage], object]:
    """Return a fault: variables of the environment have other values, or None."""

    @contextmanager
    def inject(project: Project, stage: Stage) -> Iterator[None]:
        project.environment.update(changes)
        yield

    return inject


@contextmanager
def private_files(project: Project, stage: Stage) -> Iterator[None]:
    """New files can be read by their owner alone."""
    project.prefix = ("sh", "-c", 'umask 077; exec "$@"', "sh")
    yield


@contextmanager
def unwritable_home(project: Project, stage: Stage) -> Iterator[None]:
    """The home folder cannot be written."""
    home = project.folder / "home"
    home.mkdir(mode=0o555)
    project.environment |= {"HOME": str(home), "XDG_CACHE_HOME": None, "XDG_CONFIG_HOME": None}
    if os.geteuid() == 0:
        project.prefix = AS_OTHERS
    yield


# LaTeX


@contextmanager
def broken_latex(project: Project, stage: Stage) -> Iterator[None]:
    """LuaLaTeX ends with an error."""
    programs = project.folder / "programs"
    programs.mkdir()
    (programs / "lualatex").write_text("#!/bin/sh\necho '! Emergency stop.'\nexit 1\n")
    (programs / "lualatex").chmod(0o755)
    project.environment["PATH"] = f"{programs}:{os.environ['PATH']}"
    yield


@contextmanager
def missing_latex(project: Project, stage: Stage) -> Iterator[None]:
    """There is no LaTeX."""
    programs = project.folder / "programs"
    programs.mkdir()
    for folder in map(Path, os.environ["PATH"].split(":")):
        for program in folder.glob("*") if folder.is_dir() else ():
            if "latex" not in program.name and not (programs / program.name).exists():
                (programs / program.name).symlink_to(program)
    project.environment["PATH"] = str(programs)
    yield


# Results that have another place or age


@contextmanager
def moved(project: Project, stage: Stage) -> Iterator[None]:
    """The folder of the project has another place."""
    project.folder = project.folder.rename(project.folder.with_name("moved here"))
    yield


@contextmanager
def copied(project: Project, stage: Stage) -> Iterator[None]:
    """All files are copies with new modification times, in no order, as after a download."""
    for number, path in enumerate(sorted(project.results.rglob("*"), key=lambda path: hash(path.name))):
        os.utime(path, (time.time(), time.time() - 3600 + number / 100))
    yield


@contextmanager
def older_code(project: Project, stage: Stage) -> Iterator[None]:
    """A module has changed since the results were made."""
    with (project.folder / "lib" / "report" / "answers.py").open("a") as module:
        module.write("\n# changed\n")
    yield
