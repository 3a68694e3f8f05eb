"""The estimate of `make plan`: it lists the jobs of Snakemake's dry run with their cost, and starts none of them."""

import json
import os
import re
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml

from lib.study.study import Study
from tests.workflow.conftest import ROOT

# The tiny study switches the experiment off, here it is back.
CHANGES = {
    "defaults": {"patches": 300},
    "experiments": {"stride": {"vary": {"stride": [44, 22]}, "inherit": True}},
}


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
    started = "Measuring this machine, once: one to three minutes …\n"
    assert re.match(f"{started}Study tiny: {total} jobs on 2 cores, for [0-9]+ models and [0-9]+ evaluations\n", text)
    rows = re.findall(r"^([a-z ]+?)  +(\d+)  ", text, re.MULTILINE)
    counts = {stage: int(count) for stage, count in rows}
    assert counts.pop("total") == total == sum(counts.values())
    assert counts["patches"] == 6, "a sample and a normaliser in each of three repetitions"
    assert list(counts) == ["patches", "gradient check", "model", "features", "predictions", *list(counts)[5:]]


def test_the_plan_says_what_has_changed_what_follows_and_what_is_kept(measured):
    _, (_, text) = measured
    changed, _, rest = re.sub("\n    +", " ", text).partition("What follows: ")
    assert "Changed since the last run:\n" in changed
    assert "  defaults.patches  200 → 300\n" in changed
    assert "  experiments.stride  false → {" in changed
    assert "code" not in changed
    follows, kept = rest.splitlines()[:2]
    assert re.match(r"\d+ trainings, \d+ feature sets, \d+ classifications, ", follows)
    assert "the report, the notebook, the hand-in" in follows
    assert re.match(r"Kept: 0 of \d+ models, 0 of \d+ feature sets, [1-9]\d* of \d+ classifications\.", kept)


@pytest.fixture
def changes(monkeypatch):
    """The module that compares a study with its last run."""
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    import changes

    return changes


def plain_jobs(changes, **counts):
    """Jobs of rules, without files."""
    return [changes.Job(rule, {}, [], [], None, 1, {}) for rule, count in counts.items() for _ in range(count)]


def test_changed_code_is_named_by_its_files(changes, tmp_path):
    config = {"study": "mine", "defaults": {"lambda": 1e-4}}
    folder = tmp_path / "results" / "mine"
    folder.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(yaml.safe_dump(config))
    recorded = changes.module_digests(ROOT) | dict.fromkeys(
        ("lib/training/loss.py", "lib/report/tables.py", "lib/gone.py"), "other"
    )
    del recorded["lib/training/lbfgs.py"]
    (folder / "code.json").write_text(json.dumps(recorded))
    jobs = plain_jobs(changes, train_model=1)
    jobs[0].wildcards = {"model": "new"}
    autoencoder = SimpleNamespace(learner="autoencoder")
    lines = changes.comparison(config, Study(models={"m": autoencoder}), jobs, tmp_path)
    used = ["lib/training/lbfgs.py (new)", "lib/training/loss.py"]
    assert lines[:4] == [
        "Changed since the last run:",
        *(f"  code: {path}" for path in used),
        "What follows: 1 training.",
    ]
    (folder / "code.json").write_text("{")
    assert changes.comparison(config, Study(), jobs, tmp_path)[1] == "  nothing"
    jobs[0].reason = "Params have changed since last execution: code"
    assert "a run that did not reach all jobs" in changes.comparison(config, Study(), jobs, tmp_path)[1]
    assert changes.comparison(config | {"study": "new"}, Study(), jobs, tmp_path) == [], "nothing to compare with"


def test_the_code_of_a_rule_is_its_script(changes):
    rules = "".join(file.read_text() for file in (ROOT / "workflow" / "rules").glob("*.smk"))
    scripts = dict(re.findall(r"rule (\w+):\n(?:(?!\brule ).)*?scripts/(\w+)\.py", rules, re.DOTALL))
    assert {rule: name for rule, name in scripts.items() if rule != name} == changes.SCRIPTS
    assert len(scripts) > 40


def test_results_that_are_gone_are_named(changes, tmp_path):
    config = {"study": "mine"}
    folder = tmp_path / "results" / "mine"
    (folder / "tables").mkdir(parents=True)
    (folder / "configuration.yaml").write_text(yaml.safe_dump(config))
    (folder / "code.json").write_text(json.dumps(changes.module_digests(ROOT)))
    (folder / "tables" / "kept.csv").touch()
    jobs = plain_jobs(changes, tabulate_data=1)
    jobs[0].output = [f"results/mine/tables/{name}.csv" for name in ("kept", *"abcdef")]
    jobs[0].reason = "Missing output files: results/mine/tables/a.csv"
    lines = changes.comparison(config, Study(), jobs, tmp_path)
    assert lines[1:7] == [*(f"  gone: tables/{name}.csv" for name in "abcde"), "  gone: 1 more files"]


def test_files_that_were_touched_are_named_with_the_command_that_checks_them(changes, tmp_path):
    folder = tmp_path / "results" / "mine"
    folder.mkdir(parents=True)
    (folder / "configuration.yaml").write_text(yaml.safe_dump({"study": "mine"}))
    (folder / "code.json").write_text(json.dumps(changes.module_digests(ROOT)))
    jobs = plain_jobs(changes, tabulate_data=2)
    jobs[0].output, jobs[0].reason = ["made.csv"], "Updated input files: theta.npy, other.npy; Params"
    jobs[1].reason = "Updated input files: made.csv"
    for job in jobs:
        job.wildcards = {"model": "of another study"}
    lines = changes.comparison({"study": "mine"}, Study(), jobs, tmp_path)
    check = "  make verify says whether these files are damaged"
    assert lines[1:4] == ["  touched: other.npy", "  touched: theta.npy", check]


def test_jobs_that_the_last_run_did_not_finish_do_not_follow_from_a_change(changes, tmp_path):
    before = Study(models={"m1": None, "m2": None})
    old, made, new = (
        changes.Job("train_model", {"model": name}, [], [name], None, 1, {}) for name in ("m1", "m2", "m3")
    )
    (tmp_path / "m2").touch()
    table = changes.Job("tabulate_training", {}, [], ["table"], None, 1, {})
    assert changes.unfinished([old, made, new, table], before, tmp_path) == [old, table]


def test_what_follows_is_counted_in_the_words_of_a_class(changes):
    jobs = plain_jobs(changes, train_model=2, classify=1, tabulate_data=1, tabulate_costs=1, typeset_report=1, other=3)
    found = changes.consequences(jobs)
    assert found == ["2 trainings", "1 classification", "2 table jobs", "the report", "3 other jobs"]


def test_long_values_are_cut(changes):
    assert changes.shown(1e-4) == "0.0001"
    assert changes.shown({"vary": {}, "seeds": 3}) == "{vary, seeds}"
    assert len(changes.shown("x" * 1000)) == changes.LONGEST


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
    assert status == 2
    assert text.endswith("argument --cores: 'none', expected a whole number of at least 1, or all\n")


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


def test_more_slots_make_a_run_shorter_and_its_memory_larger(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "plan"))
    from dry_run import Job
    from plan import slot_rows

    from lib.costs.estimates import Rates
    from lib.costs.work import Work

    jobs = [Job("train_model", {}, [], [f"{number}"], None, 1, {"gpu": number % 2}) for number in range(8)]
    jobs.append(Job("tabulate_training", {}, [str(number) for number in range(8)], ["table"], None, 1, {}))
    rates = Rates({}, {}, {}, 0.0, {})
    lines = slot_rows(jobs, [Work(memory=1e9)] * 9, [3600.0] * 9, rates, [1, 8, 64])
    rows = [re.split("  +", line) for line in lines[0].splitlines()]
    assert rows[1:] == [
        ["1", "9.0 h", "1.0 GB", "100 %"],
        ["8", "2.0 h", "8.0 GB", "56 %"],
        ["64", "2.0 h", "8.0 GB", "7 %"],
    ]
    assert lines[2].startswith("9.00 core-hours and 4.00 GPU-hours; ")
    assert lines[2].endswith("longest chain of jobs, 2.0 h.")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--slots", "8,x", "error: SLOTS is 8,x, expected whole numbers of at least 1 with commas between them\n"),
        ("--profile", "none", "error: PROFILE is none, expected a folder in profiles/, such as slurm\n"),
        (
            *("--profile", "kubernetes"),
            "error: profiles/kubernetes: its executor kubernetes is not installed, expected its plugin: run "
            ".venv/bin/python -m pip install snakemake-executor-plugin-kubernetes\n",
        ),
    ],
)
def test_slots_and_profile_are_checked(option, value, sentence):
    command = [sys.executable, "workflow/plan/plan.py", option, value]
    process = subprocess.run(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert (process.returncode, process.stderr) == (1, sentence)
