"""The smoke study on a Slurm of one node with accounting, through all that may happen to a long run."""

import filecmp
import re
import subprocess
import time
from datetime import datetime
from types import SimpleNamespace

import pytest

from tests.slurm.conftest import Project
from tests.workflow.test_identical_bits import without_the_clock

MODEL = "untrained_75_sigmoid_n1000_p8_patch_float64_seed0"
TRAINED = f"results/smoke/models/{MODEL}/training.json"
LEARNT = "autoencoder_75_sigmoid_rho0.01_lambda0.0001_beta3_all_n1000_p8_patch_float64_i30_seed0"  # can use a GPU
# Tables with measured times, which differ from run to run. But for these times, the tables are the same as well.
WITH_SECONDS = {"accuracy.csv", "classification.csv", "convergence.csv", "measures.csv", "training.csv"}
OF_TIMES = {"costs.csv"}
ENDED = r"^.*%, .* left +\d"  # the line on a job that has ended


@pytest.fixture(scope="module")
def history(cluster, tmp_path_factory):
    """The smoke study, interrupted by Ctrl-C, started again, with a failure of the node in between.

    Then the facts that the tests look at: both runs, what was finished at Ctrl-C, and what Slurm says on its jobs.
    """
    project = Project(tmp_path_factory.mktemp("cluster_run"))
    first = project.submit("--slurm-status-command", "sacct")
    first.wait_for(rf"(?:{ENDED}[^$]*?){{4}}")
    status = first.interrupt()
    queue = cluster.queue()
    results = project.folder / "results" / "smoke"
    done = {path: path.stat().st_mtime_ns for path in (results / "benchmarks").rglob("*.tsv")}
    second = project.submit("--slurm-status-command", "squeue")
    second.wait_for(rf"(?:{ENDED}[^$]*?){{2}}")
    lost = cluster.queue()
    cluster.lose_node()
    cluster.return_node()
    facts = SimpleNamespace(project=project, first=first, second=second, queue=queue, done=done, results=results)
    facts.statuses = (status, second.wait())
    facts.lost = lost
    facts.jobs = cluster.jobs(project, "Comment", "State", "ReqMem", "TimelimitRaw", "ReqCPUS")
    return facts


def test_ctrl_c_cancels_the_jobs_and_says_how_to_go_on(history):
    assert history.statuses[0] != 0
    assert history.queue == [], "no job waits or runs"
    assert "interrupted after" in history.first.text()
    assert "Traceback" not in history.first.text()


def test_a_new_start_redoes_nothing_that_was_finished(history):
    left = int(re.search(r"(\d+) jobs are left", history.first.text())[1])
    kept = int(re.search(r"results of (\d+) jobs", history.first.text())[1])
    assert kept >= 4
    assert f"smoke: {left} jobs on a cluster" in history.second.text()
    unchanged = [path for path, when in history.done.items() if path.stat().st_mtime_ns == when]
    assert len(unchanged) >= kept


def test_a_node_that_fails_and_returns_loses_nothing(history):
    assert history.lost, "jobs were on the node"
    assert history.statuses[1] == 0, history.second.text()
    assert "jobs done in" in history.second.text()


def test_tables_are_those_of_a_run_without_a_cluster(history, local):
    ours, theirs = history.results / "tables", local.folder / "results" / "smoke" / "tables"
    names = {str(path.relative_to(theirs)) for path in theirs.rglob("*.csv")}
    assert names == {str(path.relative_to(ours)) for path in ours.rglob("*.csv")}
    compared = sorted(names - OF_TIMES - WITH_SECONDS)
    assert len(compared) > 10
    assert filecmp.cmpfiles(theirs, ours, compared, shallow=False) == (compared, [], [])
    for name in WITH_SECONDS:
        tables = [without_the_clock(name, (folder / name).read_bytes()) for folder in (ours, theirs)]
        assert tables[0] == tables[1], name


def declared(text):
    """Memory, minutes and threads that the rules declare for each job outside a group, by its number in Slurm."""
    jobs = {}
    for job in re.split(r"^rule ", text, flags=re.MULTILINE)[1:]:
        number = re.search(r"^    jobid: (\d+)", job, re.MULTILINE)
        if not number:
            continue  # of a group, whose lines are indented further
        threads = re.search(r"^    threads: (\d+)", job, re.MULTILINE)
        memory, minutes = re.search(r"mem_mb=(\d+).* runtime=(\d+)", job).groups()
        jobs[number[1]] = (f"{memory}M", minutes, threads[1] if threads else "1")
    submitted = dict(re.findall(r"Job (\d+) has been submitted with SLURM jobid (\d+)", text))
    return {submitted[number]: values for number, values in jobs.items() if number in submitted}


def test_slurm_has_the_declared_memory_time_and_cores(history):
    text = max((history.project.folder / ".snakemake" / "log").glob("*.log")).read_text(encoding="utf-8")
    requested = {job["JobID"]: (job["ReqMem"], job["TimelimitRaw"], job["ReqCPUS"]) for job in history.jobs}
    wanted = declared(text)
    assert len(wanted) > 10
    assert {number: requested[number] for number in wanted} == wanted
    assert {cores for _, _, cores in wanted.values()} == {"1", "2"}


def test_a_job_over_its_memory_runs_again_with_more(cluster, with_models):
    run = with_models.submit(
        *(TRAINED, "--forcerun", "train_model", "--slurm-status-command", "sacct"),
        *("--set-resources", "train_model:mem_mb=attempt * attempt * 250"),
    )
    assert run.wait() == 0, run.text()
    attempts = cluster.jobs(with_models, "ReqMem", "State")
    assert [attempt["ReqMem"] for attempt in attempts] == ["250M", "1000M"]
    assert re.search("error: training .*: ended by Slurm: .*memory limit", run.text())
    assert attempts[0]["State"] != "COMPLETED"
    assert attempts[1]["State"] == "COMPLETED"


def test_the_jobs_of_a_killed_run_are_cancelled_by_the_next_one(cluster, with_models):
    arguments = (TRAINED, "--forcerun", "train_model", "--slurm-status-command", "sacct")
    first = with_models.submit(*arguments, "--set-resources", "train_model:slurm_extra='--hold'")  # its job waits
    deadline = time.monotonic() + 120
    while not cluster.queue() and time.monotonic() < deadline:
        time.sleep(0.5)
    first.process.kill()
    first.wait()
    left = cluster.queue()
    assert len(left) == 1, first.text()
    second = with_models.submit(*arguments)
    assert second.wait() == 0, second.text()
    assert "was interrupted; this one goes on from there" in second.text()
    assert "one of its jobs was still in the queue of Slurm, cancelled" in second.text()
    assert cluster.queue() == []
    states = {job["JobID"]: job["State"] for job in cluster.jobs(with_models, "State") if job["JobID"] not in left}
    assert list(states.values()) == ["COMPLETED"]


def test_a_gpu_that_is_asked_for_and_absent_is_an_error_shown_within_a_minute(cluster, with_models):
    run = with_models.submit(
        *(f"results/smoke/models/{LEARNT}/training.json", "--forcerun", "train_model"),
        *("--slurm-status-command", "sacct", "--retries", "0"),
        *("--set-resources", "train_model:gpu=1", "train_model:slurm_partition=gpu"),
    )
    run.wait_for(r"error: training .*a GPU was asked for")
    shown = time.time()
    (job,) = cluster.jobs(with_models, "ReqTRES", "State", "Partition", "End")
    assert "gres/gpu=1" in job["ReqTRES"]
    assert (job["State"], job["Partition"]) == ("FAILED", "gpu")
    assert shown - datetime.fromisoformat(job["End"]).timestamp() < 60
    assert run.wait() != 0
    assert re.search(r"log: .*train_model/.*\.log", run.text()), "the log is named"


def test_jobs_of_one_machine_have_different_gpus(cluster, tmp_path):
    logs = [tmp_path / f"{number}.txt" for number in range(2)]
    script = "echo $CUDA_VISIBLE_DEVICES; until [ -e both ]; do sleep 0.2; done"
    for log in logs:
        command = ["sbatch", "--gpus=1", "--partition=gpu", "--mem=100", f"--output={log}", f"--wrap={script}"]
        subprocess.run([*command, f"--chdir={tmp_path}"], check=True, capture_output=True)
    end = time.monotonic() + 120
    while not all(log.exists() and log.read_text() for log in logs) and time.monotonic() < end:
        time.sleep(0.5)
    (tmp_path / "both").touch()
    assert sorted(log.read_text().strip() for log in logs) == ["0", "1"]
