"""A change reruns exactly the jobs that depend on it, and none if contents stay the same."""

import base64
import os
import re
import shutil
import subprocess
import sys
import time
from zipfile import ZipFile

import nbformat

from tests.unit.base.test_digests import FIGURES, HAND_IN, PAGES, REPORT, USERS
from tests.workflow.conftest import LEARNERS, RUSSIAN, Project


def test_the_study_is_complete(finished):
    results = finished.results()
    assert results["report.pdf"].startswith(b"%PDF")
    log = (finished.folder / "results/tiny/logs/typeset_report.log").read_text(encoding="utf-8")
    assert [line for line in log.splitlines()[1:-2] if "Overfull" not in line] == [], "no character is missing"
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


def test_touched_files_of_a_new_clone_rerun_nothing(project):
    moment = time.time() + 5
    for path in project.folder.rglob("*"):
        if path.is_file() and ".snakemake" not in path.parts:
            moment += 0.001  # inputs become newer than outputs in one order or another
            os.utime(path, (moment, moment))
    assert project.planned() == {}


def test_a_damaged_file_that_verify_removes_is_made_again(project):
    """All that follows from it is there and up to date."""
    results = project.folder / "results" / "tiny"
    damaged = next((results / "predictions").rglob("*.npz")), next((results / "models").rglob("theta.npy"))
    for path in damaged:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    command = [sys.executable, "workflow/verify.py", "config/tiny.yaml"]
    process = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    assert process.returncode == 1
    assert process.stdout.count(": removed\n") == len(damaged)
    assert not any(path.exists() for path in damaged)
    planned = project.planned()
    assert planned["train_model"] == 1
    assert planned["classify"] >= 1
    process = subprocess.run(command, cwd=project.folder, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr


def test_images_that_nothing_needs_any_more_are_made_again(project):
    """People load them in notebooks."""
    (project.folder / "results" / "tiny" / "dataset" / "unlabeled.npy").unlink()
    assert project.planned()["ingest_dataset"] == 1


def test_another_lambda_retrains(project):
    planned = project.planned(defaults={"lambda": 2.0e-4})
    others = {"draw_filters"}  # the filters of other models, here those of the untrained network
    assert set(planned) == project.downstream({"train_model", "describe_study", "write_configuration"}) - others
    assert planned["train_model"] == 1, "the untrained network has no weight decay"
    assert planned["classify"] == 1, "pixels are not classified again"


def test_another_colour_only_redraws(project):
    colours = {"colours": ["#000000", "#111111", "#222222", "#333333"]}
    redrawn = {"draw_charts"} | REPORT | PAGES | HAND_IN  # the report lists the configuration
    assert project.planned(figures=colours) == dict.fromkeys(redrawn, 1), "one job for all charts, none for pictures"
    wider = FIGURES | redrawn
    assert project.planned(figures={"width": 5.0}) == dict.fromkeys(wider, 1)


def test_another_language_only_redraws_and_rewrites(project, russian):
    rewritten = FIGURES | REPORT | PAGES | HAND_IN | {"tabulate_comments"}
    assert set(project.planned(report={"language": "ru"})) == rewritten
    text = (russian.folder / "results/tiny/report/claims.tex").read_text(encoding="utf-8")
    assert "фильтров" in text
    assert (russian.folder / "results/tiny/report.pdf").read_bytes().startswith(b"%PDF")
    notebook = nbformat.read(russian.folder / "results/tiny/notebook.ipynb", as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert {output.output_type for output in outputs} == {"display_data"}, "there are no warnings"
    outputs = [output.data for output in outputs]
    titles = [data["text/markdown"] for data in outputs if data.get("text/markdown", "").startswith("### ")]
    assert any("автокодировщик" in title for title in titles)
    pictures = [base64.b64decode(data["image/png"]) for data in outputs if "image/png" in data]
    assert (russian.folder / "results/tiny/figures/learners/accuracy.png").read_bytes() in pictures
    headings = re.findall(r"<th\b.*?>(.*?)</th>", "".join(data.get("text/html", "") for data in outputs))
    # The label of a classifier is text of the user.
    foreign = {one for one in headings if re.search("[A-Za-z]{3}", one) and "λ≥0" not in one}
    assert foreign == {"SHA-256"}
    with ZipFile(russian.folder / "results/tiny/hand-in.zip") as archive:
        assert "report/ru.po" in archive.namelist(), "the notebook runs again in Russian"
        readme = archive.read("README.txt").decode()
        assert "отчёт" in readme
        for place in re.findall(r"^([\w/.-]+?)/?  +[а-я]", readme, re.MULTILINE):
            assert any(name.startswith(place) for name in archive.namelist()), f"README.txt names {place}"


def test_another_title_only_typesets(project):
    assert set(project.planned(report={"title": "Another title"})) == REPORT | PAGES | {"pack_hand_in"}


def test_a_chapter_on_the_lecture_runs_its_experiments_alone(project):
    planned = project.planned(report={"lecture": ["points", "gradients"]})
    lecture = {"run_family_experiment": 2, "describe_family_experiment": 2, "write_lecture": 1}
    assert planned == lecture | dict.fromkeys(REPORT | PAGES | HAND_IN | {"tabulate_costs"}, 1)


def test_another_title_of_an_experiment_reruns_only_what_shows_it(project):
    planned = project.planned(experiments={"learners": {"title": "Another title", "question": "Why?"}})
    assert set(planned) == REPORT | PAGES | HAND_IN


SUMMARIES = (
    {"tabulate_training", "tabulate_filters", "tabulate_predictions", "tabulate_costs", "tabulate_published"}
    | {"tabulate_comments", "tabulate_convergence", "tabulate_measures", "draw_filters"}
    | FIGURES
    | REPORT
    | PAGES
    | HAND_IN
)


def test_adding_a_value_trains_the_new_model(project):
    planned = project.planned(experiments={"learners": {"vary": {"learner": ["autoencoder", "untrained", "pca"]}}})
    of_the_patches = {"fit_normaliser": 1}  # around zero
    of_the_model = {"train_model": 1, "measure_filters": 1, "extract_features": 1, "classify": 1}
    assert planned == of_the_patches | of_the_model | dict.fromkeys(SUMMARIES, 1)


def test_removing_a_value_recomputes_only_tables_figures_and_report(russian, tmp_path):
    experiments = RUSSIAN["experiments"]
    fewer = experiments | {"learners": experiments["learners"] | {"vary": {"learner": LEARNERS[:-1]}}}
    planned = russian.copy(tmp_path).planned(**RUSSIAN | {"experiments": fewer})
    assert planned == dict.fromkeys(SUMMARIES, 1)


def test_removing_an_experiment_recomputes_only_tables_figures_and_report(project):
    assert set(project.planned(experiments={"learners": False})) <= SUMMARIES


def test_a_change_of_a_module_or_a_script_reruns_exactly_the_jobs_that_use_it(project):
    """Which rules use a module is tested without Snakemake, and so is that every rule follows its code."""
    for file in ("workflow/scripts/draw_charts.py", "lib/report/tasks.py"):
        path = project.folder / file
        path.write_text(path.read_text() + "\n# changed\n")
    report = {"draw_charts", "typeset_report", "pack_hand_in", "write_table_pages"}
    answers = USERS["report/tasks"] | {"write_explorer", "write_overview"}
    assert set(project.planned()) == report | answers
    path = project.folder / "lib/autoencoder.py"
    path.write_text(path.read_text() + "\n# changed\n")
    elsewhere = {"check_fitting", "decode_codes"}  # of raw data, and of autoencoders whose codes are decoded
    assert set(project.planned()) == report | project.downstream(USERS["autoencoder"] - elsewhere)


def test_another_look_only_rewrites_the_pages(project):
    path = project.folder / "workflow/report/explorer.css"
    path.write_text(path.read_text() + "/* changed */")
    assert project.planned() == {"write_explorer": 1, "write_overview": 1}
    path = project.folder / "workflow/report/page.css"
    path.write_text(path.read_text() + "/* changed */")
    assert project.planned() == {"write_explorer": 1, "write_overview": 1, "write_table_pages": 1}
