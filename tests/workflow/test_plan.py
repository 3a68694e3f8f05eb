"""The estimate of `make plan`: it lists the jobs of Snakemake's dry run with their cost, and starts none of them."""

import json
import os
import re
import subprocess
import sys

import pytest

from tests.workflow.conftest import ROOT

# The tiny study switches the experiment off: setting it again restores the keys of the default study.
CHANGES = {"defaults": {"patches": 300}, "experiments": {"stride": {"vary": {"stride": [44, 22]}}}}


def plan(project, *arguments, config=None):
    """Exit status and output of the plan of the tiny study with these changes of its configuration."""
    command = [sys.executable, "workflow/plan/plan.py", *arguments, *project.configured(config)]
    process = subprocess.run(
        command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600
    )
    return process.returncode, process.stdout


@pytest.fixture(scope="session")
def measured(once, finished):
    """A copy of the finished study that was planned once with changes, and the plan; tests must not change it."""

    def make(folder):
        project = finished.copy(folder)
        (project.folder / "plan.json").write_text(json.dumps(plan(project, "--cores", "2", config=CHANGES)))
        return project.folder

    project = once("planned", make)
    return project, json.loads((project.folder / "plan.json").read_text())


def test_the_jobs_are_those_of_the_dry_run(measured, project):
    _, (status, text) = measured
    assert status == 0, text
    total = sum(project.planned(**CHANGES).values())
    assert re.match(f"Study tiny: {total} jobs on 2 cores, for [0-9]+ models and [0-9]+ evaluations\n", text)
    rows = re.findall(r"^([a-z ]+?)  +(\d+)  ", text, re.MULTILINE)
    counts = {stage: int(count) for stage, count in rows}
    assert counts.pop("total") == total == sum(counts.values())
    assert counts["patches"] == 6, "a sample and a normaliser in each of three repetitions"
    assert list(counts) == ["patches", "gradient check", "model", "features", "predictions", *list(counts)[5:]]


def test_the_plan_changes_no_result(measured, finished):
    assert measured[0].results() == finished.results()


def test_results_may_be_in_another_folder(measured):
    """The smallest study, which measures how long jobs take to start, runs in a separate folder."""
    results = measured[0].folder / ".rates/study/results/rates"
    assert (results / "report.pdf").read_bytes().startswith(b"%PDF")
    assert (results / "hand-in.zip").is_file()


def test_this_machine_is_measured_once_and_past_jobs_correct_it(measured, tmp_path):
    project, (_, text) = measured
    assert "measured now; corrected by" in text
    status, again = plan(project.copy(tmp_path), config=CHANGES)
    assert status == 0, again
    assert "measured earlier" in again


def test_a_finished_study_has_nothing_to_do_and_needs_no_measurement(project):
    status, text = plan(project)
    assert (status, text) == (0, "Study tiny: nothing to do, all results are there and up to date.\n")
    assert not (project.folder / ".rates").exists()


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
    status, text = plan(project, config=config)
    assert status == 1
    assert text.startswith(sentence), text
    assert "Traceback" not in text


def test_cores_must_be_a_number(project):
    status, text = plan(project, "--cores", "none")
    assert (status, text) == (1, "error: CORES is none, expected a whole number of at least 1, or all\n")


def test_the_smallest_study_has_no_experiment_and_one_classifier(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    from rates import smallest
    from studies import read_study

    smallest(tmp_path / "smallest.yaml")
    study, _ = read_study([str(tmp_path / "smallest.yaml")])
    assert list(study.experiments) == ["default"]
    assert {classifier for *_, classifier in study.evaluations} == {"majority"}


def test_benchmarks_of_the_last_few_studies_correct_a_plan(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    import plan as planning

    monkeypatch.setattr(planning, "ROOT", tmp_path)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    for number in range(100):
        (tmp_path / "config" / f"{number}.yaml").write_text(f"study: s{number}\n")
        for folder in ("benchmarks/train_model", "dataset"):
            (tmp_path / "results" / f"s{number}" / folder).mkdir(parents=True)
        (tmp_path / "results" / f"s{number}" / "dataset" / "facts.json").touch()
        for folder in ("benchmarks/train_model", "benchmarks"):
            os.utime(tmp_path / "results" / f"s{number}" / folder, (number, number))
    (tmp_path / "results" / "s99" / "dataset" / "facts.json").unlink()
    (tmp_path / "config" / "schema.yaml").write_text("type: object\n")
    os.utime(tmp_path / "results" / "s5" / "benchmarks" / "train_model", (200, 200))

    own = ["config/7.yaml", "config/changes.yaml"]
    others = [[str(tmp_path / "config" / f"{number}.yaml")] for number in (5, 98, 97)]
    assert planning.studies_that_ran(own, "s7") == [own, *others]
    assert planning.studies_that_ran(own, "new") == others, "this study has not run"
