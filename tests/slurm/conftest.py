"""A Slurm of one node on this machine, with accounting, and copies of the project that run on it."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.workflow.conftest import LEFT_BEHIND, ROOT

ONE_NODE = ROOT / "tests" / "slurm" / "one_node.sh"
PROGRAMS = ("sbatch", "slurmctld", "slurmd", "munged", "slurmdbd", "mariadbd")
DAEMONS = {"slurmctld", "slurmd", "slurmstepd", "munged", "slurmdbd", "mariadbd"}
# The profile waits longer before it looks at the jobs; those of the smoke study take seconds.
IMPATIENT = ("--slurm-init-seconds-before-status-checks", "2")
RUNNING = []  # runs of Snakemake, which would wait for ever for the jobs of a Slurm that is gone
SMOKE = ("--configfile", "config/smoke.yaml")


def pytest_collection_modifyitems(items):
    """Skip the tests of this folder where no Slurm can be started."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if os.getuid() != 0:
        reason = "needs root: the daemons of Slurm run as root"
    elif missing:
        reason = f"{', '.join(missing)} not found: apt-get install slurm-wlm munge slurmdbd mariadb-server"
    else:
        return
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.skip(reason=reason))


def one_node(*arguments, accounting=True, check=True, **environment):
    """Run the script that starts and stops Slurm, with further variables. Return the process that has ended."""
    environment = os.environ | {"ACCOUNTING": "yes" if accounting else "no"} | environment
    # Files instead of pipes: a daemon that kept a pipe open would hold this process.
    return subprocess.run([ONE_NODE, *arguments], env=environment, check=check, timeout=600)


def daemons():
    """The processes of Slurm on this machine; one that has ended may stay as a zombie for a moment."""
    found = psutil.process_iter(["name", "status"])
    return [each for each in found if each.info["name"] in DAEMONS and each.info["status"] != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """A Slurm with accounting; it is stopped at the end, also after a failure."""
    folder = tmp_path_factory.mktemp("cluster") / "slurm"
    one_node("start", str(folder))
    try:
        yield Cluster()
    finally:
        for run in RUNNING:
            run.process.kill()
            run.wait()
        one_node("stop")


class Cluster:
    """What Slurm says, and its node, which can fail."""

    def jobs(self, project, *fields):
        """One dictionary for every job of a project, in their order, with these fields of sacct."""
        fields = ("JobID", "WorkDir", *fields)
        command = ["sacct", "-X", "--noheader", "--parsable2", "--allusers", "--format", ",".join(fields)]
        lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
        found = [dict(zip(fields, line.split("|"), strict=True)) for line in lines]
        return [job for job in found if job["WorkDir"] == str(project.folder)]

    def queue(self):
        """Numbers of the jobs that wait or run."""
        return subprocess.run(["squeue", "--noheader", "--format=%i"], capture_output=True, text=True).stdout.split()

    def lose_node(self):
        """Let the node fail: its daemon and its jobs end at once, and the controller notices."""
        lost = [process for process in daemons() if process.info["name"] in ("slurmd", "slurmstepd")]
        for process in [*(child for each in lost for child in each.children(recursive=True)), *lost]:
            if process.is_running():
                process.kill()
        psutil.wait_procs(lost, timeout=30)
        subprocess.run(["scontrol", "update", "nodename=node1", "state=down", "reason=lost"], check=True)

    def return_node(self):
        """Start the node again."""
        command = ["slurmd", "-f", "/etc/slurm/slurm.conf", "-N", "node1"]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        subprocess.run(["scontrol", "update", "nodename=node1", "state=resume"], check=True)


@dataclass
class Run:
    """A run of Snakemake in the background; its output goes to a file."""

    process: subprocess.Popen
    output: Path

    def text(self):
        """What the run has printed so far."""
        return self.output.read_text(encoding="utf-8")

    def wait_for(self, pattern, timeout=900):
        """Wait until the output matches; return the match. Fails if the run ends before."""
        end = time.monotonic() + timeout
        while not (found := re.search(pattern, self.text(), re.MULTILINE)):
            assert self.process.poll() is None, f"the run ended without {pattern!r}:\n{self.text()}"
            assert time.monotonic() < end, f"no {pattern!r} after {timeout} s:\n{self.text()}"
            time.sleep(0.5)
        return found

    def wait(self, timeout=1800):
        """Wait for the end; return the exit status."""
        return self.process.wait(timeout)

    def interrupt(self):
        """Press Ctrl-C once; return the exit status."""
        self.process.send_signal(signal.SIGINT)
        return self.wait()


def _hear_ctrl_c():
    """Undo what a shell does to commands in the background, and with them to their children: they ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Project:
    """A copy of the project in a folder."""

    def __init__(self, folder, results=None):
        """results: a folder of results to start from, copied with its modification times."""
        self.folder = folder / "project"
        shutil.copytree(ROOT, self.folder, ignore=LEFT_BEHIND)
        if results:
            shutil.copytree(results / "results", self.folder / "results")
            shutil.copytree(results / ".snakemake", self.folder / ".snakemake")
        self.count = 0

    def start(self, *arguments):
        """Start Snakemake on the smoke study."""
        self.count += 1
        output = self.folder.parent / f"run{self.count}.txt"
        command = [sys.executable, "-m", "snakemake", *arguments, *SMOKE]
        with output.open("w") as file:
            process = subprocess.Popen(
                command, cwd=self.folder, stdout=file, stderr=subprocess.STDOUT, preexec_fn=_hear_ctrl_c
            )
        RUNNING.append(Run(process, output))
        return RUNNING[-1]

    def submit(self, *arguments):
        """Start Snakemake on the smoke study, on the cluster."""
        return self.start(*arguments, "--profile", "profiles/slurm", *IMPATIENT)

    def full_text(self):
        """Snakemake's own text on all runs."""
        logs = sorted((self.folder / ".snakemake" / "log").glob("*.log"))
        return "\n".join(log.read_text(encoding="utf-8") for log in logs)


@pytest.fixture(scope="session")
def local(tmp_path_factory):
    """The smoke study, finished on this machine without a cluster."""
    project = Project(tmp_path_factory.mktemp("local"))
    run = project.start("--cores", "all")
    assert run.wait() == 0, run.text()
    return project


@pytest.fixture
def with_models(local, tmp_path):
    """The finished smoke study, to be changed."""
    return Project(tmp_path, local.folder)
