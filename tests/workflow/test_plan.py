"""What `make plan` tells before a run: the jobs of Snakemake's dry run, with a price, and not one of them started."""

import json
import re
import subprocess
import sys

import pytest

from tests.workflow.conftest import ROOT

# The tiny study switches the experiment off: setting it anew brings back what the default study says of it.
CHANGES = {"defaults": {"patches": 300}, "experiments": {"stride": {"vary": {"stride": [44, 22]}}}}


def plan(project, *arguments, config=None):
    """Exit status and output of the plan of the tiny study with these changes of its configuration."""
    command = [sys.executable, "workflow/plan/plan.py", *arguments, *project.configured(config)]
    process = subprocess.run(
        command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    return process.returncode, process.stdout


@pytest.fixture(scope="session")
def calibrated(once, finished):
    """A copy of the finished study that was planned once with changes, and what was told; tests must not change it."""

    def make(folder):
        project = finished.copy(folder)
        (project.folder / "told.json").write_text(json.dumps(plan(project, "--cores", "2", config=CHANGES)))
        return project.folder

    project = once("planned", make)
    return project, json.loads((project.folder / "told.json").read_text())


def test_the_jobs_are_those_of_the_dry_run(calibrated, project):
    _, (status, told) = calibrated
    assert status == 0, told
    total = sum(project.planned(**CHANGES).values())
    assert re.match(f"Study tiny: {total} jobs on 2 cores, for [0-9]+ models and [0-9]+ evaluations\n", told)
    rows = re.findall(r"^([a-z ]+?)  +(\d+)  ", told, re.MULTILINE)
    counts = {stage: int(count) for stage, count in rows}
    assert counts.pop("total") == total == sum(counts.values())
    assert counts["patches"] == 6, "a sample and a normaliser in each of three repetitions"
    assert list(counts) == ["patches", "gradient check", "model", "features", "predictions", *list(counts)[5:]]


def test_the_plan_changes_no_result(calibrated, finished):
    assert calibrated[0].results() == finished.results()


def test_results_may_lie_in_another_folder(calibrated):
    """The smallest study, from which the plan knows what it takes to start a job, has one of its own."""
    results = calibrated[0].folder / ".calibration/study/results/calibration"
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (results / "hand-in.zip").is_file()


def test_the_machine_is_measured_once_and_past_jobs_correct_it(calibrated, tmp_path):
    project, (_, told) = calibrated
    assert "measured now; corrected by" in told
    status, again = plan(project.copy(tmp_path), config=CHANGES)
    assert status == 0, again
    assert "measured earlier" in again


def test_a_finished_study_has_nothing_to_do_and_needs_no_measurement(project):
    status, told = plan(project)
    assert (status, told) == (0, "Study tiny: nothing to do, all results are there and up to date.\n")
    assert not (project.folder / ".calibration").exists()


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (
            {"dataset": "nowhere", "study": "other"},
            "error: nowhere: not found, expected raw data of the study other",
        ),
        ({"defaults": {"patch_size": 96, "image_size": 20}}, "error: configuration keys patch_size, image_size"),
    ],
)
def test_a_fault_is_a_sentence(project, config, sentence):
    status, told = plan(project, config=config)
    assert status == 1
    assert told.startswith(sentence), told
    assert "Traceback" not in told


def test_cores_must_be_a_number(project):
    status, told = plan(project, "--cores", "none")
    assert (status, told) == (1, "error: CORES is none, expected a whole number of at least 1, or all\n")


def test_the_smallest_study_has_no_experiment_and_one_classifier(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    from machine import smallest
    from sizes import read_study

    smallest(tmp_path / "smallest.yaml")
    study, _ = read_study([str(tmp_path / "smallest.yaml")])
    assert list(study.experiments) == ["default"]
    assert {classifier for *_, classifier in study.evaluations} == {"majority"}
