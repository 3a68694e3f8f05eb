"""The code of a job includes the modules that it imports, and no others."""

import json
from pathlib import Path

import pytest

from lib.base.digests import digest, module_digests, with_modules

ROOT = Path(__file__).parents[3]
FIGURES = {"draw_pictures", "draw_charts"}  # of every study
ALL_FIGURES = FIGURES | {"draw_exploration", "draw_codes"}
HTML = {"write_explorer", "write_table_pages", "write_overview"}
LEARNERS = {"train_model", "measure_filters", "extract_features", "decode_codes"}
TABLES = {
    "tabulate_data",
    "tabulate_training",
    "tabulate_filters",
    "tabulate_predictions",
    "tabulate_controls",
    "tabulate_measures",
    "tabulate_bounds",
    "tabulate_convergence",
    "tabulate_costs",
    "tabulate_published",
    "tabulate_networks",
}
REPORT = {"write_report_numbers", "typeset_report"}
HAND_IN = {"describe_study", "run_notebook", "pack_hand_in"}
PAGES = {"write_configuration"} | HTML
FAMILY = {"run_family_experiment", "run_digits_experiment"}  # they import the modules of learners that they run
DRAWN_FAMILY = {"describe_family_experiment"}
SHOWN_FAMILY = DRAWN_FAMILY | {"write_lecture"}

MODELS = {"tabulate_training", "tabulate_filters", "tabulate_gradient_checks", "tabulate_bounds"}
REPEATED = {"tabulate_measures", "tabulate_convergence"}
SCORES = {"tabulate_predictions", "tabulate_networks", "write_report_numbers", "run_notebook"}

# the rules whose code imports a module of lib/
USERS = {
    "base/compiling": FAMILY | {"fit_normaliser", "check_gradient", "check_fitting"} | LEARNERS,
    "base/rows": FAMILY
    | {"fit_normaliser", "check_gradient", "classify", "prepare_objects", "check_fitting"}
    | LEARNERS,
    "base/table_files": FAMILY
    | SHOWN_FAMILY
    | {"pack_hand_in"}
    | {"explore_data"}
    | (TABLES - {"tabulate_costs"})
    | (ALL_FIGURES - {"draw_codes"})
    | {
        "tabulate_gradient_checks",
        "tabulate_comments",
        "write_table_pages",
        "write_explorer",
        "write_report_numbers",
        "run_notebook",
    },
    "words/language": SHOWN_FAMILY
    | HTML
    | {"write_report_numbers", "run_notebook"}
    | {"tabulate_comments"}
    | ALL_FIGURES,
    "words/labels": SHOWN_FAMILY | HTML | {"write_report_numbers", "run_notebook"} | ALL_FIGURES,
    "words/fonts": DRAWN_FAMILY | ALL_FIGURES | REPORT | {"run_notebook"},
    "words/markup": HTML | {"run_notebook"},
    "words/columns": HTML,
    "words/names": {"write_explorer", "write_table_pages", "run_notebook", "write_report_numbers"},
    "study/canonical": {"write_configuration"},
    "study/validation": set(),
    "datasets/photographs": {"make_photographs", "check_fitting"},
    "datasets/forms/pickles": {"ingest_dataset"},
    "datasets/forms/pictures": {"ingest_dataset"},
    "datasets/forms/registry": {"ingest_dataset"},
    "datasets/duplicates": {"find_duplicates"},
    "datasets/origin/checksums": {"ingest_dataset"},
    "datasets/origin/provenance": {"ingest_dataset"},
    "datasets/origin/official": {"ingest_dataset"},
    "datasets/memory": set(),
    "datasets/moments": {"ingest_dataset"},
    "datasets/sources": set(),
    "datasets/validation": {"ingest_dataset"},
    "gradient": {"check_gradient", "run_notebook", "write_report_numbers"},
    "autoencoder": {"check_gradient", "run_notebook"} | LEARNERS,
    "patches/compiled": FAMILY | {"fit_normaliser", "check_gradient", "check_fitting"} | LEARNERS,
    "patches/normalisation": FAMILY | {"fit_normaliser", "check_gradient", "check_fitting"} | LEARNERS,
    "training/gradient_check": {"check_gradient"},
    "training/kernels": {"check_gradient"} | LEARNERS,
    "training/lbfgs": LEARNERS,
    "training/loss": {"check_gradient"} | LEARNERS,
    "training/result": FAMILY | LEARNERS | {"check_gradient", "check_fitting"},
    "training/boltzmann": LEARNERS | FAMILY,
    "training/feedforward": FAMILY,
    "learners/kmeans": LEARNERS,
    "learners/rbm": LEARNERS,
    "family/experiments": FAMILY,
    "figures/exploration": {"draw_exploration", "run_notebook"},
    "figures/family": DRAWN_FAMILY | {"run_notebook"},
    "report/family_claims": SHOWN_FAMILY | {"run_notebook"},
    "report/lecture": {"write_lecture", "run_notebook"},
    "words/lecture": SHOWN_FAMILY | {"run_notebook"},
    "learners/registry": LEARNERS | {"check_fitting"},
    "features/encodings": (LEARNERS - {"train_model"}) | {"check_fitting"},
    "features/extraction": {"extract_features", "measure_filters", "check_fitting"},
    "classifiers/classify": {"classify", "check_fitting"},
    "classifiers/faster": {"classify", "check_fitting"},
    "classifiers/preparation": {"classify", "prepare_objects", "check_fitting"},
    "evaluation/edges": {"measure_filters", "tabulate_controls"},
    "evaluation/controls": {"tabulate_controls"},
    "evaluation/variance": {"measure_filters", "tabulate_controls"},
    "evaluation/examples": {"measure_filters"},
    "evaluation/exploration": {"explore_data", "draw_exploration", "write_report_numbers", "run_notebook"},
    "evaluation/units": {"measure_filters", "decode_codes", "check_fitting"},
    "evaluation/decoding": {"decode_codes", "draw_codes", "run_notebook"},
    "evaluation/scores": SHOWN_FAMILY | SCORES | {"tabulate_convergence", "tabulate_measures"},
    "evaluation/thresholds": SHOWN_FAMILY
    | SCORES
    | MODELS
    | REPEATED
    | {"draw_pictures", "measure_filters", "decode_codes", "tabulate_controls", "check_fitting"},
    "tabulation/data": {"tabulate_data"},
    "tabulation/models": MODELS,
    "tabulation/predictions": {"tabulate_predictions", "tabulate_networks"},
    "tabulation/networks": {"tabulate_networks"},
    "tabulation/trends": {"tabulate_predictions"},
    "tabulation/contrasts": {"tabulate_predictions"},
    "tabulation/controls": {"tabulate_controls"},
    "tabulation/bounds": {"tabulate_bounds"},
    "tabulation/measures": {"tabulate_measures"},
    "tabulation/convergence": {"tabulate_convergence"},
    "evaluation/repetitions": REPEATED | {"tabulate_predictions", "write_lecture", "run_notebook"},
    "display_layer": {
        *("draw_filters", "draw_pictures", "draw_exploration", "draw_codes", "run_notebook", "write_explorer"),
    },
    "figures/charts": {"draw_charts", "run_notebook"},
    "figures/convergence": {"draw_charts", "run_notebook"},
    "figures/speed": {"draw_charts"},
    "figures/sweeps": {"draw_charts", "run_notebook"},
    "figures/pictures": {"draw_pictures", "draw_exploration", "draw_codes", "run_notebook"},
    "figures/reconstructions": {"draw_pictures", "run_notebook"},
    "figures/latent": {"draw_codes", "run_notebook"},
    "figures/filters": {"draw_pictures", "run_notebook"},
    "study/pictured": {"draw_pictures", "draw_charts", "write_report_numbers", "run_notebook"},
    "figures/style": DRAWN_FAMILY | ALL_FIGURES | {"run_notebook"},
    "pages/explorer": {"write_explorer"},
    "pages/sprites": {"write_explorer"},
    "study/single_setting": {"write_explorer"},
    "study/model_labels": {
        *("tabulate_networks", "tabulate_predictions", "draw_pictures", "run_notebook"),
        "write_report_numbers",
    },
    "pages/page": HTML,
    "pages/overview": {"write_overview"},
    "report/accuracy_claims": {"write_report_numbers", "run_notebook"},
    "report/code_claims": {"write_report_numbers", "run_notebook"},
    "report/filter_claims": {"write_report_numbers", "run_notebook"},
    "report/sweep_claims": {"write_report_numbers", "run_notebook"},
    "report/tasks": {"write_report_numbers", "run_notebook"},
    "study/comments": {"tabulate_comments", "tabulate_measures"},
    "report/data_claims": {"write_report_numbers", "run_notebook"},
    "report/exploration_claims": {"write_report_numbers", "run_notebook"},
    "report/typesetting": {"typeset_report"},
    "hand_in/latex_html": {"run_notebook", "write_report_numbers", "write_lecture"},
    "hand_in/notebook": {"run_notebook"},
    "hand_in/archive": {"pack_hand_in"},
    "costs/limits": set(),
}
COURSE_MODULES = ("sample_patches", "gradient", "autoencoder", "display_layer")


def users(module):
    """Return the rules whose script or notebook imports a module; a script has the name of its rule."""
    sources = {path.stem: [path] for path in (ROOT / "workflow" / "scripts").glob("*.py")}
    sources["run_notebook"].append(ROOT / "workflow" / "notebooks" / "study.ipynb")
    for rule in LEARNERS:  # a job loads its learner by the name in its settings
        sources[rule] += sorted((ROOT / "lib" / "learners").glob("*.py"))
    file = ROOT / "lib" / f"{module}.py"
    found = {rule for rule, paths in sources.items() if file in with_modules(ROOT, *paths)}
    # the notebook imports the course modules by their bare names, and its rule has them as input
    return found | ({"run_notebook"} if module in COURSE_MODULES else set())


@pytest.mark.parametrize("module", USERS)
def test_the_code_of_a_job_includes_the_modules_that_it_imports(module):
    assert users(module) == USERS[module]


def test_a_digest_changes_with_the_modules_that_a_script_imports(tmp_path):
    (tmp_path / "lib").mkdir()
    for name, text in (("a", "import lib.b\n"), ("b", "x = 1\n"), ("c", "x = 1\n")):
        (tmp_path / "lib" / f"{name}.py").write_text(text)
    script = tmp_path / "script.py"
    script.write_text("from lib import a\n")
    first = digest(tmp_path, script)
    (tmp_path / "lib" / "c.py").write_text("x = 2\n")
    assert digest(tmp_path, script) == first
    (tmp_path / "lib" / "b.py").write_text("x = 2\n")
    assert digest(tmp_path, script) != first


def test_a_digest_changes_with_every_package_above_a_module(tmp_path):
    (tmp_path / "lib" / "room").mkdir(parents=True)
    packages = [tmp_path / "lib" / "__init__.py", tmp_path / "lib" / "room" / "__init__.py"]
    for path in packages:
        path.write_text("x = 1\n")
    (tmp_path / "lib" / "room" / "a.py").write_text("x = 1\n")
    script = tmp_path / "script.py"
    script.write_text("from lib.room.a import x\n")
    found = digest(tmp_path, script)
    for path in packages:
        path.write_text("x = 2\n")
        found, before = digest(tmp_path, script), found
        assert found != before, path


def test_the_digests_of_modules_follow_the_code_alone(tmp_path):
    for path in ("lib/room/a.py", "workflow/scripts/b.py", "workflow/notebooks/c.ipynb"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "lib/room/a.py").write_text("x = 1\n")
    (tmp_path / "workflow/scripts/b.py").write_text("y = 1\n")
    cell = {"cell_type": "code", "source": ["z = 1"], "outputs": []}
    (tmp_path / "workflow/notebooks/c.ipynb").write_text(json.dumps({"cells": [cell]}))
    before = module_digests(tmp_path)
    assert list(before) == ["lib/room/a.py", "workflow/notebooks/c.ipynb", "workflow/scripts/b.py"]
    (tmp_path / "workflow/notebooks/c.ipynb").write_text(json.dumps({"cells": [cell | {"outputs": [1]}]}))
    assert module_digests(tmp_path) == before
    (tmp_path / "lib/room/a.py").write_text("x = 2\n")
    changed = module_digests(tmp_path)
    assert {path for path in before if before[path] != changed[path]} == {"lib/room/a.py"}
