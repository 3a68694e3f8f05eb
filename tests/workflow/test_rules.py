"""Every rule declares what it needs, every job leaves its log and benchmark, and models record how they came about."""

import json
import re

import pandas as pd
import pytest

from lib.evaluation.thresholds import CONSTANT
from tests.workflow.conftest import DEFAULT, ROOT

RULES = {
    name: body
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for _, name, body in re.findall(r"^( *)rule (\w+):\n((?:\1    .*\n|\n)+)", path.read_text(), re.MULTILINE)
    if "script:" in body
}


@pytest.mark.parametrize("rule", RULES)
def test_rules_are_complete(rule):
    for directive in ("output:", "log:", "benchmark:", "conda:", "threads:", "mem_mb=", "runtime=", "code=code_of"):
        assert directive in RULES[rule], f"{rule} lacks {directive}"
    script = re.search(r'"\.\./scripts/(\w+\.py)"', RULES[rule]).group(1)
    assert f'code_of("{script}"' in RULES[rule], f"{rule} follows the code of another script"
    assert len((ROOT / "workflow" / "scripts" / script).read_text().splitlines()) <= 60


def test_every_script_belongs_to_a_rule():
    scripts = {path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py")}
    assert scripts == set(RULES)


def test_jobs_leave_logs_and_benchmarks(finished):
    results = finished.folder / "results" / "tiny"
    logs, benchmarks = (
        {path.relative_to(results / kind).with_suffix("") for path in (results / kind).rglob(f"*.{suffix}")}
        for kind, suffix in (("logs", "log"), ("benchmarks", "tsv"))
    )
    assert logs == benchmarks
    unasked = {"download_dataset", "reduce_images", "prepare_objects", "check_fitting"}  # photographs are known to fit
    assert {path.parts[0] for path in logs} == set(RULES) - unasked, "nothing is downloaded, reduced or shared unasked"


def test_training_tells_its_progress(finished):
    (log,) = (finished.folder / "results/tiny/logs/train_model").glob("autoencoder*.log")
    lines = [line for line in log.read_text().splitlines() if "iteration" in line]
    told = r"iteration 1 of at most 5, loss \S+, gradient norm \S+, \d+ s passed, at most \d+ s left"
    assert re.search(told, lines[0])
    assert "iteration 5 of at most 5" in lines[-1]


def test_models_record_settings_and_device(finished):
    (path,) = (finished.folder / "results/tiny/models").glob("autoencoder*/training.json")
    facts = json.loads(path.read_text())
    assert facts["device"] == "cpu"
    assert facts["iterations"] == 5
    assert facts["settings"]["hidden"] == [6]


def test_models_tell_what_their_units_do(finished):
    folders = sorted((finished.folder / "results" / "tiny" / "models").iterdir())
    assert len(folders) == 2
    for folder in folders:
        layers, units = (pd.read_csv(folder / f"{name}.csv") for name in ("layers", "filters"))
        assert layers["layer"].tolist() == [1]
        assert layers["units"].tolist() == [len(units)]
        assert layers["mean_activation"][0] == pytest.approx(units["mean_activation"].mean())
        assert layers["constant_units"][0] == (units["activation_std"] < CONSTANT).sum()
        assert layers["explained_variance"][0] < 1


def test_tables_have_their_columns(finished):
    tables = finished.folder / "results/tiny/tables"
    training, classification = (pd.read_csv(tables / f"{name}.csv") for name in ("training", "classification"))
    of_models = "learner hidden activation rho lambda beta patches centre precision seed seconds model"
    assert set(of_models.split()) <= set(training) & set(classification)
    assert {"device", "iterations", "evaluations", "loss"} <= set(training)
    of_evaluations = "layer stride pooling classifier fold n_train n_test n_features accuracy log_loss f1_macro"
    assert set(of_evaluations.split()) <= set(classification)
    assert list(classification["learner"]) == ["pixels"] * 3 + ["autoencoder"] * 3 + ["untrained"]
    assert list(classification["fold"]) == ["all", "0", "1"] * 2 + ["all"], "folds are for the default settings"
    assert list(classification["n_train"]) == [60, 30, 30] * 2 + [60]
    assert classification["n_features"].tolist() == 3 * [27_648] + 4 * [9 * 6]
    assert (classification["n_test"] == 40).all()


def test_every_column_of_the_tables_is_explained(finished):
    text = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"`(\w+)`", text))
    settings = set(DEFAULT["defaults"]) | {"mean_green", "mean_blue", "std_green", "std_blue", "label"}
    for path in sorted((finished.folder / "results" / "tiny" / "tables").glob("*.csv")):
        columns = set(pd.read_csv(path, nrows=0).columns)
        assert columns <= explained | settings, f"{path.name}: {columns - explained - settings}"
