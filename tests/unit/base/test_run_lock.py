"""The lock of a run ends with its process; what a killed run has left is removed, what a living one holds is not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[3]
TAKE = "from lib.base.run_lock import RunLock; lock = RunLock('mine'); print(lock.take(), flush=True)"
# As on a file system that refuses locks: the kernel's own answer there, given to every request.
WITHOUT_LOCKS = (
    "import errno, fcntl\n"
    "def flock(*_): raise OSError(errno.ENOLCK, 'No locks available')\n"
    f"fcntl.flock = flock; {TAKE}"
)
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def folder(tmp_path):
    """A folder with Snakemake's locks of two studies."""
    locks = tmp_path / ".snakemake" / "locks"
    locks.mkdir(parents=True)
    (locks / "0.input.lock").write_text("results/mine/dataset/train.npy\nconfig.yaml\n")
    (locks / "0.output.lock").write_text("results/mine/tables/data.csv\n")
    (locks / "1.output.lock").write_text("results/other/tables/data.csv\n")
    return tmp_path


@pytest.fixture(params=[TAKE, pytest.param(WITHOUT_LOCKS, id="without locks")])
def take(request):
    """Code that takes the lock, on a file system with locks and on one without."""
    if request.param == WITHOUT_LOCKS and not sys.platform.startswith("linux"):
        pytest.skip("the identity of a process is read from /proc")
    return request.param


@pytest.fixture
def holder(folder, take):
    code = f"{take}; lock.hold(); print('held', flush=True); import time; time.sleep(600)"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    assert "an earlier process was interrupted" in process.stdout.readline()
    assert process.stdout.readline() == "held\n"
    locks = folder / ".snakemake" / "locks"  # the holder has removed those that it found; these are its own
    (locks / "0.output.lock").write_text("results/mine/tables/data.csv\n")
    yield process
    process.kill()
    process.wait()


def taken(folder, code=TAKE):
    """The sentences of another process that takes the lock, and the locks of Snakemake that it leaves."""
    run = subprocess.run([sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout, sorted(lock.name for lock in (folder / ".snakemake" / "locks").iterdir())


def test_a_living_run_keeps_its_locks_and_is_named(folder, take, holder):
    sentence, locks = taken(folder, take)
    assert f"the study mine is being run by process {holder.pid} on " in sentence
    assert "0.output.lock" in locks


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_locks_of_a_killed_run_are_taken_over(folder, take, holder, number):
    holder.send_signal(number)
    holder.wait()
    sentence, locks = taken(folder, take)
    assert f"the run of mine by process {holder.pid} on " in sentence
    assert "was interrupted; this one goes on from there" in sentence
    assert locks == ["1.output.lock"], "the other study keeps its lock"
    assert taken(folder) == ("[]\n", ["1.output.lock"])


def test_a_run_on_another_machine_is_not_disturbed(folder):
    record = folder / ".snakemake" / "running" / "mine"
    record.parent.mkdir()
    record.write_text(json.dumps({"process": 1, "host": "elsewhere", "start": "2026-01-01 00:00:00"}))
    for _attempt in range(2):
        sentence, locks = taken(folder)
        assert "by process 1 on elsewhere since 2026-01-01 00:00:00: another machine" in sentence
        assert "delete .snakemake/running/mine" in sentence
        assert len(locks) == 3
    record.unlink()
    assert taken(folder)[1] == ["1.output.lock"]


@pytest.mark.parametrize("record", ["", "no JSON", "[]", "{}", "\0\0\0"])
def test_a_damaged_record_counts_as_none(folder, record):
    (folder / ".snakemake" / "running").mkdir()
    (folder / ".snakemake" / "running" / "mine").write_text(record)
    sentence, locks = taken(folder)
    assert "by an earlier process was interrupted" in sentence
    assert locks == ["1.output.lock"]


def test_jobs_of_a_run_that_is_gone_are_ended(folder):
    script = folder / ".snakemake" / "scripts" / "tmp1.train_model.py"
    script.parent.mkdir()
    script.write_text("import time\ntime.sleep(600)\n")
    # The shell ends at once and leaves the job without a parent.
    started = subprocess.run(
        ["sh", "-c", f"'{sys.executable}' '{script}' > /dev/null 2>&1 & echo $!"], capture_output=True, text=True
    )
    job = psutil.Process(int(started.stdout))
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])  # not a job
    try:
        deadline = time.monotonic() + 60
        while str(script) not in job.cmdline() and time.monotonic() < deadline:
            time.sleep(0.05)
        sentence, _ = taken(folder)
        assert "one of its jobs was still running, ended" in sentence
        assert not job.is_running() or job.status() == psutil.STATUS_ZOMBIE
        assert child.poll() is None
    finally:
        child.kill()
        child.wait()


@pytest.mark.parametrize("calls", ["lock.hold(); lock.submits('run-1')", "lock.submits('run-1'); lock.hold()"])
def test_jobs_in_a_queue_that_cannot_be_asked_are_named(folder, calls):
    code = f"{TAKE}; {calls}; import os; os._exit(1)"
    subprocess.run([sys.executable, "-c", code], cwd=folder, env=ENVIRONMENT, capture_output=True)
    without_slurm = ENVIRONMENT | {"PATH": str(folder)}
    for _attempt in range(2):  # nothing was cancelled: the next run says it again
        command = [sys.executable, "-c", TAKE]
        run = subprocess.run(command, cwd=folder, env=without_slurm, capture_output=True, text=True)
        assert "Slurm cannot be asked for the jobs of the interrupted run (" in run.stdout, run.stderr
        assert "they may still run: scancel --name run-1 ends them" in run.stdout


def test_a_folder_without_write_permission_is_no_error(tmp_path):
    (tmp_path / ".snakemake").write_text("a file")
    run = subprocess.run([sys.executable, "-c", TAKE], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True)
    assert (run.returncode, run.stdout) == (0, "[]\n")
