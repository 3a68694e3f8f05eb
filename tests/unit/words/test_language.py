"""Every text that people read has a Russian translation with the same values."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from lib.report.tables import file_table
from lib.report.tasks import experiment_answer, tasks
from lib.words import language
from tests.unit.report.made import change, results
from tests.unit.study.test_validation import CONFIG, DEFAULT

ROOT = Path(__file__).parents[3]
CATALOGUE = ROOT / "report" / "ru.po"


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use()


@pytest.fixture
def russian():
    language.use(str(CATALOGUE))


def catalogue():
    with CATALOGUE.open("rb") as file:
        return read_po(file)


def said():
    """Messages of code, templates, captions and notebook by their files: contexts with texts or their two numbers."""
    with (ROOT / "report" / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = {}
    for folder in ("lib", "workflow"):
        for file, _line, message, _comments, context in extract_from_dir(ROOT / folder, methods, options):
            found.setdefault(f"{folder}/{file}", set()).add((context, message))
    return found


def placeholders(text):
    return set(re.findall(r"\{([a-z_]+)\}", text))


def test_every_message_has_a_translation():
    found = said()
    assert {Path(file).suffix for file in found} == {".py", ".smk", ".html", ".rst", ".ipynb"}
    captions = {path.relative_to(ROOT).as_posix() for path in (ROOT / "workflow" / "report").rglob("*.rst")}
    assert captions <= set(found)
    known = {(message.context, message.id) for message in catalogue()}
    keys = {(None, key) for key in ("reporttitle", "reportauthor", "check")}  # of what is translated, not words
    assert set().union(*found.values()) - known - keys == set()


def test_translations_hold_the_same_values():
    for message in catalogue():
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(texts), message.id
        assert not message.fuzzy, message.id
        for text in texts:
            assert placeholders(text) <= placeholders(" ".join(ids)), message.id
            assert placeholders(ids[0]) - {"count"} <= placeholders(text), message.id


def test_titles_questions_and_classifiers_of_the_studies_have_a_translation():
    known = {message.id for message in catalogue()}
    for name in ("config", "smoke", "stl10", "stl10-official", "full"):  # other files in config/ are studies of a user
        study = yaml.safe_load((CONFIG / f"{name}.yaml").read_text(encoding="utf-8"))
        entries = [one for table in ("experiments", "classifiers") for one in study.get(table, {}).values() if one]
        texts = {entry[key] for entry in entries for key in ("title", "question", "label") if key in entry}
        assert texts <= known, name


def test_experiments_of_the_default_study_have_a_title_and_a_question():
    for name, experiment in DEFAULT["experiments"].items():
        assert not experiment or {"title", "question"} <= set(experiment), name


@pytest.mark.usefixtures("russian")
def test_numbers_and_plurals_are_russian():
    files = pd.DataFrame({"split": ["train"], "file": ["train"], "files": [5], "bytes": [1], "sha256": ["0"]})
    assert "(5 файлов)" in file_table(files)


@pytest.mark.usefixtures("russian")
def test_russian_conclusions_turn_round_with_the_data():
    found = results()

    def sentence(difference, p):
        values = {"difference": difference, "low": difference - 0.01, "high": difference + 0.01, "p_corrected": p}
        change(found, "comparisons", values, experiment="classifiers", classifier="random_forest", rival="pixels")
        return experiment_answer(found, "classifiers").text

    better, worse, unclear = sentence(0.05, 0.001), sentence(-0.05, 0.001), sentence(0.05, 0.4)
    assert " точнее (классификаторы: случайный лес)" in better
    assert "менее точны (классификаторы: случайный лес)" in worse
    assert "не показали отличия (классификаторы: логистическая регрессия и~случайный лес)" in unclear
    assert all("\\num{+5.0}~п.\\,п." in text for text in (better, unclear))


@pytest.mark.usefixtures("russian")
def test_no_answer_to_a_task_is_left_in_english():
    english = re.compile(r"\b(?:the|of|is|are|with|than|and|for)\b")
    for task in tasks(results()):
        text = f"{task.title} {task.question} {task.answer.text} {task.answer.details}"
        assert not english.search(text), text


@pytest.mark.parametrize("folder", ["en", "ru"])
def test_both_languages_have_the_same_sources(folder):
    names = {path.relative_to(ROOT / "report" / folder) for path in (ROOT / "report" / folder).rglob("*.tex")}
    other = "ru" if folder == "en" else "en"
    assert names == {path.relative_to(ROOT / "report" / other) for path in (ROOT / "report" / other).rglob("*.tex")}


@pytest.mark.parametrize("source", sorted((ROOT / "report" / "en").rglob("*.tex")), ids=lambda path: path.stem)
def test_both_languages_use_the_same_macros_and_references(source):
    def used(text):
        found = re.findall(r"\\(?:ref|label|inputtable|inputfigure|input|includegraphics(?:\[.*?\])?)\{.*?\}", text)
        found += re.findall(r"(?<=\\cite)[pt]\{.*?\}", text)
        return sorted(one.lstrip("pt") for one in found), set(re.findall(r"\\[A-Z][A-Za-z]+", text))

    russian = ROOT / "report" / "ru" / source.relative_to(ROOT / "report" / "en")
    if source.stem != "language":
        assert used(source.read_text(encoding="utf-8")) == used(russian.read_text(encoding="utf-8"))
