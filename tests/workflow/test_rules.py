"""Rules are complete and use what comes before them; jobs leave logs and benchmarks; models and tables have records."""

import ast
import io
import json
import re
import tokenize
from collections import defaultdict

import pandas as pd
import pytest

from lib.base.jobs import usage_of
from lib.evaluation.thresholds import CONSTANT
from tests.workflow.conftest import DEFAULT, ROOT

SNAKEFILE = (ROOT / "Snakefile").read_text()
# Text of every rule file by name, in the order in which the Snakefile includes them, and at last of the Snakefile.
SOURCES = {file: (ROOT / file).read_text() for file in re.findall(r'^include: "(.+)"$', SNAKEFILE, re.MULTILINE)} | {
    "Snakefile": SNAKEFILE
}
RULES = {
    name: body
    for path in sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    for _, name, body in re.findall(r"^( *)rule (\w+):\n((?:\1    .*\n|\n)+)", path.read_text(), re.MULTILINE)
    if "script:" in body
}


def names_of(text):
    """Places of the names that a rule file defines and of those that it uses.

    Functions, imports and constants in capitals are definitions; the places are numbers of tokens.
    """
    defined, used = defaultdict(list), defaultdict(list)
    tokens = [
        token
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type not in (tokenize.COMMENT, tokenize.NL)
    ]
    starts = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
    importing = False
    for place, (before, token, after) in enumerate(zip(tokens, tokens[1:], tokens[2:], strict=False)):
        if token.type == tokenize.STRING and token.string.startswith("f"):  # one token before Python 3.12
            for node in ast.walk(ast.parse(token.string)):
                if isinstance(node, ast.Name):
                    used[node.id].append(place)
        if before.type in starts:
            importing = False
        importing = importing or token.string == "import"
        if token.type != tokenize.NAME:
            continue
        is_constant = token.string.isupper() and before.type in starts and after.string == "="
        if before.string == "def" or is_constant or (importing and token.string != "import"):
            defined[token.string].append(place)
        elif before.string != "." and after.string != "=":
            used[token.string].append(place)
    return defined, used


NAMES = {file: names_of(text) for file, text in SOURCES.items()}


@pytest.mark.parametrize("file", SOURCES)
def test_rule_files_use_names_of_their_own_and_of_earlier_files(file):
    before = set()
    for earlier in list(SOURCES)[: list(SOURCES).index(file)]:
        before |= set(NAMES[earlier][0])
    everywhere = {name for defined, _ in NAMES.values() for name in defined}
    defined, used = NAMES[file]
    for name, places in used.items():
        if (name in everywhere or name.isupper()) and name not in before:
            assert name in defined, f"{file} uses {name} of a later file, or of none"
            assert defined[name][0] < places[0], f"{file} uses {name} before its definition"


def test_every_name_of_the_rule_files_is_used():
    everywhere = {name for _, used in NAMES.values() for name in used}
    for file, (defined, _) in NAMES.items():
        assert set(defined) <= everywhere, f"{file}: {set(defined) - everywhere} are not used"


def test_common_rules_hold_what_all_stages_share_alone():
    assert len(SOURCES["workflow/rules/common.smk"].splitlines()) <= 130


@pytest.mark.parametrize("rule", RULES)
def test_rules_are_complete(rule):
    for directive in ("output:", "log:", "benchmark:", "conda:", "threads:", "mem_mb=", "runtime="):
        assert directive in RULES[rule], f"{rule} lacks {directive}"
    for resource in ("mem_mb", "runtime"):  # a job that failed gets more
        assert re.search(rf"{resource}=lambda [^:]*\battempt:", RULES[rule]), f"{rule}: {resource}"
    script = re.search(r'"\.\./scripts/(\w+\.py)"', RULES[rule]).group(1)
    if rule == "check_fitting":  # every run checks the same with the code that it has
        assert "params:" not in RULES[rule]
    else:
        assert f'code=code_of("{script}"' in RULES[rule], f"{rule} follows no code, or that of another script"
    assert len((ROOT / "workflow" / "scripts" / script).read_text().splitlines()) <= 60


def test_every_figure_for_the_screen_is_listed_in_the_report_of_snakemake():
    outputs = {rule: body.split("output:")[1].split("log:")[0] for rule, body in RULES.items()}
    drawing = {rule for rule, text in outputs.items() if re.search("png|mosaics", text)}
    assert {"draw_charts", "draw_filters", "describe_family_experiment"} <= drawing
    assert all("listed" in outputs[rule] for rule in drawing)


def test_every_script_belongs_to_a_rule():
    scripts = {path.stem for path in (ROOT / "workflow" / "scripts").glob("*.py")}
    assert scripts == {re.search(r'"\.\./scripts/(\w+)\.py"', body).group(1) for body in RULES.values()}


def test_jobs_leave_logs_and_benchmarks(finished):
    results = finished.folder / "results" / "tiny"
    logs, benchmarks = (
        {path.relative_to(results / kind).with_suffix("") for path in (results / kind).rglob(f"*.{suffix}")}
        for kind, suffix in (("logs", "log"), ("benchmarks", "tsv"))
    )
    assert logs == benchmarks
    # photographs are known to fit
    optional = {"download_dataset", "reduce_images", "prepare_objects", "check_fitting"}
    # of the experiments of the lecture
    optional |= {"run_family_experiment", "run_digits_experiment", "describe_family_experiment", "write_lecture"}
    optional |= {"tabulate_networks"}  # this study has no network
    optional |= {"explore_data", "draw_exploration"}  # this study does not ask for them
    optional |= {"decode_codes", "draw_codes", "tabulate_bounds"}  # and no variational or denoising autoencoder
    assert {path.parts[0] for path in logs} == set(RULES) - optional, "no job downloads, reduces or shares without need"


def test_every_log_says_what_was_done_and_written_and_what_it_took(finished):
    results = finished.folder / "results" / "tiny"
    for log in sorted((results / "logs").rglob("*.log")):
        lines = log.read_text(encoding="utf-8").splitlines()
        rule = log.relative_to(results / "logs").with_suffix("").parts[0]
        assert re.search(rf" INFO {rule}( |$)", lines[0]), log
        assert re.search(r" INFO wrote [\d.]+ MB to results/", lines[-2]), log
        assert usage_of(log), log
        assert not re.search("luaotfload|fontconfig", "\n".join(lines), re.IGNORECASE), log


def test_training_logs_its_progress(finished):
    (log,) = (finished.folder / "results/tiny/logs/train_model").glob("autoencoder*.log")
    lines = [line for line in log.read_text().splitlines() if "iteration" in line]
    progress = r"iteration 1 of at most 5, loss \S+, gradient norm \S+, \d+ s passed, at most \d+ s left"
    assert re.search(progress, lines[0])
    assert "iteration 5 of at most 5" in lines[-1]


def test_models_record_settings_and_device(finished):
    (path,) = (finished.folder / "results/tiny/models").glob("autoencoder*/training.json")
    facts = json.loads(path.read_text())
    assert facts["device"] == "cpu"
    assert facts["iterations"] == 5
    assert facts["settings"]["hidden"] == [6]


def test_models_record_how_their_units_respond(finished):
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
