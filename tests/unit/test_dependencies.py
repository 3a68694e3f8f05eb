"""Which jobs the code of every module belongs to."""

from pathlib import Path

import pytest

from lib.dependencies import digest, with_modules

ROOT = Path(__file__).parents[2]
FIGURES = {"draw_pictures", "draw_charts"}
LEARNERS = {"train_model", "measure_filters", "extract_features", "write_explorer", "draw_filters"}
TABLES = {
    "tabulate_data",
    "tabulate_training",
    "tabulate_filters",
    "tabulate_predictions",
    "tabulate_costs",
    "tabulate_published",
}
REPORT = {"write_report_numbers", "typeset_report"}
HAND_IN = {"describe_study", "run_notebook", "pack_hand_in"}
PAGES = {"write_configuration", "write_table_pages", "write_explorer"}

# the rules whose own code uses a module below lib/
USERS = {
    "datasets/photographs": {"make_photographs"} | {"check_fitting"},
    "datasets/pickles": {"ingest_dataset"},
    "datasets/duplicates": {"find_duplicates"},
    "datasets/registry": {"ingest_dataset"},
    "datasets/checksums": {"ingest_dataset"},
    "datasets/provenance": {"ingest_dataset"},
    "datasets/official": {"ingest_dataset"},
    "datasets/memory": set(),
    "datasets/moments": {"ingest_dataset", "write_report_numbers"} | TABLES,
    "datasets/validation": {"ingest_dataset"},
    "datasets/pictures": {"ingest_dataset"},
    "gradient": {"check_gradient", "run_notebook"},
    "gradient_check": {"check_gradient"},
    "autoencoder": {"check_gradient", "write_report_numbers", "run_notebook"}
    | LEARNERS
    | TABLES
    | FIGURES
    | {"check_fitting"},
    "blocked_loss": {"check_gradient"} | LEARNERS,
    "compiled/autoencoder": {"check_gradient"} | LEARNERS,
    "compiled/patches": {"fit_normaliser", "check_gradient"} | LEARNERS | {"check_fitting"},
    "rows": {"fit_normaliser", "check_gradient", "classify", "prepare_objects"} | LEARNERS | {"check_fitting"},
    "training": {"check_gradient"} | LEARNERS,
    "pretraining": LEARNERS,
    "units": {"measure_filters", "write_report_numbers"} | TABLES | {"check_fitting"},
    "normalisation": {"fit_normaliser", "check_gradient"} | LEARNERS | {"check_fitting"},
    "feature_encodings": LEARNERS | {"check_fitting"},
    "learners/kmeans": LEARNERS,
    "features": {"extract_features"} | {"check_fitting"},
    "classification": {"classify", "prepare_objects"} | {"check_fitting"},
    "classifiers": {"classify", "prepare_objects"} | {"check_fitting"},
    "preparation": {"classify", "prepare_objects"} | {"check_fitting"},
    "filters": {"measure_filters", "write_report_numbers"} | TABLES,
    "scores": {"write_report_numbers", "run_notebook"} | TABLES,
    "display_layer": {"draw_filters", "draw_pictures", "run_notebook", "write_explorer"},
    "figures": FIGURES | {"run_notebook"},
    "language": {"write_report_numbers", "run_notebook", "write_explorer", "write_table_pages"} | FIGURES,
    "labels": {"write_report_numbers", "run_notebook"} | FIGURES,
    "explorer": {"write_explorer"},
    "page": {"write_explorer", "write_table_pages"},
    "configuration": {"write_configuration"} | {"check_fitting"},
    "names": {"write_explorer", "run_notebook"},
    "claims": {"write_report_numbers"},
    "data_claims": {"write_report_numbers"},
    "typesetting": {"typeset_report"},
    "latex_html": {"run_notebook"},
    "fonts": FIGURES | REPORT | {"run_notebook"},
    "table_files": (TABLES - {"tabulate_costs"})
    | FIGURES
    | {"tabulate_gradient_checks", "write_table_pages", "write_explorer", "write_report_numbers", "run_notebook"},
    "markup": set(),
    "notebooks": {"run_notebook"},
    "hand_in": {"pack_hand_in"},
}
COURSE_MODULES = ("sample_patches", "gradient", "autoencoder", "display_layer")


def users(module):
    """Rules whose script, or whose notebook, imports a module; a script is named as its rule."""
    sources = {path.stem: [path] for path in (ROOT / "workflow" / "scripts").glob("*.py")}
    sources["run_notebook"].append(ROOT / "workflow" / "notebooks" / "study.ipynb")
    file = ROOT / "lib" / f"{module}.py"
    found = {rule for rule, paths in sources.items() if any(file in with_modules(path, ROOT) for path in paths)}
    # the notebook imports the course's modules by their bare names, and its rule has them as input
    return found | ({"run_notebook"} if module in COURSE_MODULES else set())


@pytest.mark.parametrize("module", USERS)
def test_a_module_belongs_to_the_jobs_that_use_it(module):
    assert users(module) == USERS[module]


def test_a_digest_follows_the_contents_of_all_modules(tmp_path):
    (tmp_path / "lib").mkdir()
    for name, text in (("a", "import lib.b\n"), ("b", "x = 1\n"), ("c", "x = 1\n")):
        (tmp_path / "lib" / f"{name}.py").write_text(text)
    script = tmp_path / "script.py"
    script.write_text("from lib import a\n")
    first = digest(script, tmp_path)
    (tmp_path / "lib" / "c.py").write_text("x = 2\n")
    assert digest(script, tmp_path) == first
    (tmp_path / "lib" / "b.py").write_text("x = 2\n")
    assert digest(script, tmp_path) != first
