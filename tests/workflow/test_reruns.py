"""What a change reruns: exactly what depends on it, and nothing when contents stay the same."""

import os
import shutil
import time

from tests.unit.test_dependencies import FIGURES, HAND_IN, PAGES, REPORT, USERS
from tests.workflow.conftest import LEARNERS, RUSSIAN, Project


def test_the_study_is_complete(finished):
    results = finished.results()
    assert results["report.pdf"].startswith(b"%PDF")
    for name in (
        "data",
        "classes",
        "files",
        "duplicates",
        "gradient_check",
        "training",
        "filters",
        "classification",
        "experiments",
        "accuracy",
        "comparisons",
        "costs",
    ):
        assert results[f"tables/{name}.csv"].count(b"\n") > 1
    for name in ("overview", "learners/filters", "default/convergence", "learners/accuracy"):
        assert results[f"figures/{name}.pdf"].startswith(b"%PDF")
        assert results[f"figures/{name}.png"].startswith(b"\x89PNG")


def test_a_second_run_has_nothing_to_do(finished, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "project")
    assert "Nothing to be done" in Project(tmp_path / "project").snakemake()


def test_a_new_clone_with_the_results_has_nothing_to_do_whatever_files_are_touched(project):
    moment = time.time() + 5
    for path in project.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            moment += 0.001  # inputs become newer than outputs in one order or another
            os.utime(path, (moment, moment))
    assert project.planned() == {}


def test_another_lambda_retrains(project):
    planned = project.planned(defaults={"lambda": 2.0e-4})
    assert set(planned) == project.downstream({"train_model", "describe_study", "write_configuration"})
    assert planned["train_model"] == 1, "the untrained network has no weight decay"
    assert planned["classify"] == 1, "pixels are not classified again"


def test_another_colour_only_redraws(project):
    planned = project.planned(figures={"colours": ["#000000", "#111111", "#222222", "#333333"]})
    assert set(planned) == FIGURES | REPORT | PAGES | HAND_IN, "the report lists the configuration"


def test_another_language_only_redraws_and_retells(project, russian):
    assert set(project.planned(report={"language": "ru"})) == FIGURES | REPORT | PAGES | {"pack_hand_in"}
    told = (russian.folder / "results/tiny/report/claims.tex").read_text(encoding="utf-8")
    assert "Ориентированных фильтров" in told
    assert (russian.folder / "results/tiny/report.pdf").read_bytes().startswith(b"%PDF")


def test_another_title_only_typesets(project):
    assert set(project.planned(report={"title": "Another title"})) == REPORT | PAGES | {"pack_hand_in"}


TOLD = (
    {"tabulate_training", "tabulate_filters", "tabulate_predictions", "tabulate_costs", "tabulate_published"}
    | REPORT
    | PAGES
    | HAND_IN
)


def test_adding_a_value_trains_the_new_model(project):
    planned = project.planned(experiments={"learners": {"vary": {"learner": ["autoencoder", "untrained", "pca"]}}})
    of_the_patches = {"fit_normaliser": 1}  # around zero
    of_the_model = {"train_model": 1, "measure_filters": 1, "draw_filters": 1, "extract_features": 2, "classify": 1}
    of_the_experiment = {"draw_experiment_filters": 1, "draw_accuracy": 1}
    assert planned == of_the_patches | of_the_model | of_the_experiment | dict.fromkeys(TOLD, 1)


def test_removing_a_value_recomputes_only_tables_figures_and_report(russian, tmp_path):
    experiments = RUSSIAN["experiments"]
    fewer = experiments | {"learners": experiments["learners"] | {"vary": {"learner": LEARNERS[:-1]}}}
    planned = russian.copy(tmp_path).planned(**RUSSIAN | {"experiments": fewer})
    # and those of the other experiment, by the same tables
    assert planned == {"draw_experiment_filters": 1, "draw_accuracy": 2} | dict.fromkeys(TOLD, 1)


def test_removing_an_experiment_recomputes_only_tables_figures_and_report(project):
    planned = set(project.planned(experiments={"learners": False}))
    assert planned <= TOLD | {"draw_experiment_filters", "draw_accuracy"}


def test_a_change_of_a_module_or_a_script_reruns_exactly_the_jobs_that_use_it(project):
    """Which rules use a module is tested without Snakemake, and so is that every rule follows its code."""
    for file in ("workflow/scripts/draw_accuracy.py", "lib/claims.py"):
        path = project.folder / file
        path.write_text(path.read_text() + "\n# changed\n")
    report = {"draw_accuracy", "typeset_report", "pack_hand_in"}
    assert set(project.planned()) == report | USERS["claims"]
    path = project.folder / "lib/autoencoder.py"
    path.write_text(path.read_text() + "\n# changed\n")
    assert set(project.planned()) == report | project.downstream(USERS["autoencoder"])


def test_other_words_only_rewrite_the_pages(project):
    path = project.folder / "workflow/report/explorer.css"
    path.write_text(path.read_text() + "/* changed */")
    assert project.planned() == {"write_explorer": 1}
    path = project.folder / "workflow/report/words.yaml"
    path.write_text(path.read_text() + "# changed\n")
    assert project.planned() == {"write_explorer": 1, "write_table_pages": 1}
