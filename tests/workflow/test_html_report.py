"""Snakemake's HTML report of the tiny study, as `make` leaves it where there is no LaTeX, in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from zipfile import ZipFile

import pandas as pd
import pytest
import yaml
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

EVIL = "Edges </script><b id=broken>"  # a title that would end a script of the report
HARD = "Learners </script><b id=broken> {x}"  # and one that Snakemake would look for wildcards in
TITLE = HARD.replace("{", "{\u2060")  # as it is shown
ABSENT = {"latexmk", "apt-get", "sudo"}


def make(project, place):
    """Status and output of `make` where LaTeX neither is nor can be installed, on the tiny study without its PDF."""
    (project.folder / "results/tiny/report.pdf").unlink()
    tiny = yaml.safe_load((project.folder / "config/tiny.yaml").read_text())
    tiny["report"] = {"title": EVIL}
    tiny["experiments"]["learners"]["title"] = HARD
    (project.folder / "config/tiny.yaml").write_text(yaml.safe_dump(tiny))

    programs, environment = place / "programs", place / "venv"
    programs.mkdir()
    for folder in os.environ["PATH"].split(os.pathsep):
        for program in Path(folder).glob("*") if folder else ():
            if program.name not in ABSENT and not (programs / program.name).is_symlink():
                (programs / program.name).symlink_to(program)
    environment.mkdir()
    for name in ("bin", "lib", "pyvenv.cfg"):
        (environment / name).symlink_to(Path(sys.prefix) / name)
    (environment / ".study").touch()
    arguments = {"STUDY": "config/tiny.yaml", "VENV": environment, "PYTHON": sys.executable, "CORES": 2}
    process = subprocess.run(
        ["make", *(f"{key}={value}" for key, value in arguments.items())],
        **{"cwd": project.folder, "env": os.environ | {"PATH": str(programs)}, "text": True, "timeout": 600},
        **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT},
    )
    return process.returncode, process.stdout


@pytest.fixture(scope="session")
def made(once, finished, tmp_path_factory):
    """A copy of the finished study after this `make`, its output, and the unpacked report; tests must not change it."""

    def begin(folder):
        project = finished.copy(folder)
        outcome = make(project, tmp_path_factory.mktemp("make"))
        archive = project.folder / "results/tiny/report.zip"
        assert archive.is_file(), outcome
        ZipFile(archive).extractall(project.folder / "unpacked")
        (project.folder / "make.json").write_text(json.dumps(outcome))
        return project.folder

    project = once("made", begin)
    status, output = json.loads((project.folder / "make.json").read_text())
    page = project.folder / "unpacked" / "report" / "report.html"
    archive = project.folder / "results/tiny/report.zip"
    return SimpleNamespace(project=project, status=status, output=output, archive=archive, page=page)


@pytest.fixture
def report(made, browser):
    """The open report."""
    browser.open(made.page)
    wait(browser, "nav li a")
    return browser


def wait(browser, selector, count=1):
    """Elements that a selector matches, as soon as there are so many."""
    WebDriverWait(browser.driver, 20).until(lambda _: len(browser.find(selector)) >= count)
    return browser.find(selector)


def follow(browser, *names):
    """Click on one entry of the menu after the other."""
    for name in names:
        browser.driver.find_element("xpath", f"//nav//li/a[normalize-space()='{name}']").click()


def rows(browser):
    """Labels of the listed results, and the two buttons of each: see it, read about it."""
    found = {}
    for row in browser.find("nav tbody tr"):
        labels = row.find_elements("css selector", "td")[:-1]
        found[tuple(label.text for label in labels)] = row.find_elements("css selector", "a")
    return found


def html_report(folder):
    """Run the script that `make` runs after a study."""
    command = [sys.executable, "workflow/html_report.py", "config/tiny.yaml"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_make_without_latex_makes_all_but_the_pdf_and_names_the_packages(made):
    assert made.status != 0
    assert "LaTeX with its packages not found, expected it to typeset the report; install it by:" in made.output
    assert "apt-get install --yes --no-install-recommends latexmk" in made.output
    assert "Traceback" not in made.output
    assert not (made.archive.parent / "report.pdf").exists()


def test_the_report_is_rewritten_only_if_something_changed(made, tmp_path):
    shutil.copytree(made.project.folder, tmp_path / "project")  # with all times of modification
    results = tmp_path / "project/results/tiny"
    before = (results / "report.zip").stat()
    again = html_report(tmp_path / "project")
    assert (again.returncode, again.stdout + again.stderr) == (0, "")
    assert (results / "report.zip").stat() == before
    configuration = results / "configuration.yaml"
    configuration.write_text(configuration.read_text().replace("language: en", "language: ru"))
    russian = html_report(tmp_path / "project")
    assert russian.stdout == "  results/tiny/report.zip  все рисунки и таблицы с подписями; распакуйте его\n", (
        russian.stderr
    )
    before = (results / "report.zip").stat()
    (results / "tables/data.csv").unlink()
    (results / "tables/new").touch()
    failed = html_report(tmp_path / "project")
    assert failed.returncode == 1
    assert failed.stderr == "error: results/tiny/report.zip: not written, for results/tiny/tables/data.csv is missing\n"
    assert (results / "report.zip").stat() == before, "the last whole report stays"


def test_every_figure_and_table_is_listed_with_caption_and_labels(made, report):
    results = made.archive.parent
    expected = {results / "explorer.html", results / "configuration.yaml"}
    expected |= {*results.glob("figures/**/*.png"), *results.glob("tables/*.csv")}
    expected |= {results / "pages" / f"{table.stem}.html" for table in results.glob("tables/*.csv")}
    listed = report.run("return results")
    assert set(listed) == {str(path.relative_to(made.project.folder)) for path in expected}
    for path, entry in listed.items():
        assert len(entry["caption"]) > 50, path
        assert entry["labels"], path
        assert "broken>" not in entry["caption"]
    assert report.faults() == []


def test_the_report_opens_with_its_description_and_lists_results_first(made, report):
    assert "Edges" in wait(report, ".prose")[0].text
    assert not report.find("div#rulegraph")
    headings = [entry.text for entry in report.find("nav li") if entry.text.isupper()]
    assert headings == ["RESULTS", "GENERAL"]


def test_rule_graph_and_run_times(made, report):
    follow(report, "Workflow")
    wait(report, "div#rulegraph svg, div#rulegraph canvas")
    nodes = report.run(
        "return rulegraph_spec.data.find(data => data.name == 'node-data').values.map(node => node.rule)"
    )
    assert len(nodes) == len(set(nodes))
    rules = set(report.run("return Object.keys(rules)"))
    assert {"train_model", "classify", "draw_charts", "write_explorer"} <= rules
    follow(report, "Statistics")
    wait(report, "#runtimes svg, #runtimes canvas")
    wait(report, "#timeline svg, #timeline canvas")
    times = report.run("return runtimes_spec.data.values")
    assert {entry["rule"] for entry in times} == rules
    assert report.faults() == []


def test_each_figure_is_shown(made, report):
    seen = set()
    for category, subcategories in report.run("return categories").items():
        for subcategory, paths in subcategories.items():
            if not any(path.endswith(".png") for path in paths):
                continue
            report.find("nav nav a")[0].click()  # back to the menu
            follow(report, category, *([subcategory] if len(subcategories) > 1 else []))
            for see, _ in rows(report).values():
                see.click()
                (image,) = wait(report, "div.grow img")
                WebDriverWait(report.driver, 20).until(lambda _, image=image: image.get_property("naturalWidth") > 0)
                seen.add(Path(image.get_attribute("src")).relative_to(made.page.parent.as_uri()))
    assert len(seen) == len(list(made.archive.parent.glob("figures/**/*.png")))
    assert report.faults() == []


def test_tables_sort_and_search(made, report):
    follow(report, "Tables", "Accuracy")
    assert {("accuracy",), ("comparisons",), ("confusion",)} <= set(rows(report))
    report.driver.find_element("xpath", "//label[normalize-space()='page']").click()
    rows(report)["accuracy",][0].click()
    (frame,) = wait(report, "iframe")
    report.driver.switch_to.frame(frame)
    table = pd.read_csv(made.archive.parent / "tables" / "accuracy.csv")
    column = list(table).index("accuracy")

    def shown(place):
        return [row.find_elements("css selector", "td")[place].text for row in wait(report, "#body tr")]

    assert [heading.text for heading in report.find("#head button")] == list(table)
    assert shown(list(table).index("label")) == list(table["label"])
    for direction in ("ascending", "descending"):
        report.find("#head button")[column].click()
        found = [float(text) for text in shown(column)]
        assert found == pytest.approx(sorted(table["accuracy"], reverse=direction == "descending"), rel=1e-3)
        assert report.find("#head th")[column].get_attribute("aria-sort") == direction
    report.find("#search")[0].send_keys("Untrained learners")
    assert shown(list(table).index("label")) == ["untrained"]
    assert report.texts("#count") == [f"1 of {len(table)} rows"]
    report.driver.switch_to.default_content()
    assert report.faults() == []


def test_the_whole_configuration_is_shown(made, report, tmp_path):
    follow(report, "Tables", "Configuration")
    report.driver.find_element("xpath", "//label[normalize-space()='page']").click()
    rows(report)["configuration",][0].click()
    report.driver.switch_to.frame(wait(report, "iframe")[0])
    values = dict(row.text.split(" ", 1) for row in wait(report, "#body tr", 20))
    assert values["study"] == '"tiny"'
    assert values["defaults.hidden"] == "[6]"
    assert values["defaults.rho"] == "0.01", "what the study does not set is the default study's"
    assert values["report.title"] == f'"{EVIL}"'
    report.driver.switch_to.default_content()
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--configfile", "results/tiny/configuration.yaml"]
    folder = made.project.copy(tmp_path).folder
    output = subprocess.run(command, cwd=folder, capture_output=True, text=True).stdout
    planned = set(re.findall(r"^(\w+) +\d+$", output, re.MULTILINE))
    # Whether the notebook ran before the report failed depends on which of the two started first.
    assert planned - {"run_notebook"} == {*("typeset_report", "pack_hand_in", "write_overview", "all", "total")}, (
        "the same study but for the report that cannot be typeset"
    )
    assert report.faults() == []


def test_search_and_captions(made, report):
    field = report.find("nav input[type=text]")[0]
    field.send_keys("learners", Keys.ENTER)
    found = rows(report)
    assert {labels[:2] for labels in found} == {("accuracy", TITLE), ("filters", TITLE)}
    found[next(iter(found))][1].click()
    assert "Accuracy on the test images" in report.find("nav")[0].text
    report.find("nav input[type=text]")[0].send_keys("re:theta|nothing", Keys.ENTER)
    assert rows(report) == {}
    assert report.faults() == []


def test_the_explorer_works_inside_the_report(made, report):
    follow(report, "Explorer")
    rows(report)["Explorer",][0].click()
    report.driver.switch_to.frame(wait(report, "iframe")[0])
    wait(report, "#filters img")
    assert not report.find("#files")[0].is_displayed(), "the page has no neighbours here"
    experiment = report.find("#experiments a")[1]
    assert experiment.text == HARD
    experiment.click()
    table = pd.read_csv(made.archive.parent / "tables" / "training.csv").set_index("learner")
    value = report.find("tr[data-measure=loss] td.now data")[0].get_attribute("value")
    assert float(value) == pytest.approx(table.loc["autoencoder", "loss"], rel=1e-5)
    report.find("#settings label")[1].click()
    table = pd.read_csv(made.archive.parent / "tables" / "filters.csv").set_index("learner")
    value = report.find("tr[data-measure=edge_likeness] td.now data")[0].get_attribute("value")
    assert float(value) == pytest.approx(table.loc["untrained", "edge_likeness"], rel=1e-5)
    report.driver.switch_to.default_content()
    assert report.faults() == []
