"""Every word that people read has a Russian translation, and sentences keep what they tell."""

import re
from pathlib import Path

import pandas as pd
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from lib.report import claims
from lib.report.tables import file_table
from lib.study.experiments import expand
from lib.study.validation import read_schema
from lib.words import language
from lib.words.labels import words
from tests.unit.study.test_validation import DEFAULT

ROOT = Path(__file__).parents[3]
CATALOGUE = ROOT / "report" / "ru.po"
SCHEMA = read_schema(ROOT / "config" / "schema.yaml")
CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)


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


@pytest.mark.usefixtures("russian")
def test_labels_of_all_settings_are_translated():
    enumerated = {
        value.replace("_", " ")
        for name, setting in SCHEMA["$defs"]["settings"]["properties"].items()
        if name not in ("precision", "learner")
        for value in setting.get("enum", [])
        if isinstance(value, str)
    } - {"relu"}
    learners = {"autoencoder", "untrained", "random patches", "pca", "kmeans", "pixels", "default"}
    numbers = {f"{name} 3" for name in ("patches", "stride", "layer", "pooling", "threshold", "patch size", "seed")}
    for word in enumerated | learners | numbers | {"75 units", "whiten", "no mirror"}:
        assert CYRILLIC.search(words(word)), word
    for classifier in DEFAULT["classifiers"].values():
        assert CYRILLIC.search(language._(classifier["label"])) or "SVM" in classifier["label"]


@pytest.mark.usefixtures("russian")
def test_labels_of_the_default_study_hold_no_english_word():
    for experiment in expand(DEFAULT).experiments.values():
        for combination in experiment.combinations:
            text = re.sub(r"\$.*?\$|float\d+|ReLU|k-|[\d.,+-]", "", words(combination.label))
            assert not re.search("[a-z]", text), combination.label


def test_labels_show_symbols_and_numbers():
    assert words("rho 0.01, stride 8") == r"$\rho = 0.01$, stride 8"
    assert words("lambda 1e-06") == r"$\lambda = 10^{-6}$"
    assert words("lambda 1e-06", latex=True) == r"\ensuremath{\lambda = \num{1e-06}}"
    assert words("1 units") == "1 unit"
    assert words("patch + none") == "patch + none"
    assert words("a_b", latex=True) == r"a\_b"
    assert words("") == ""


@pytest.mark.usefixtures("russian")
def test_numbers_and_plurals_are_russian():
    assert words("threshold 0.25") == "порог 0,25"
    assert [words(f"{count} units") for count in (1, 3, 75)] == ["1 нейрон", "3 нейрона", "75 нейронов"]
    files = pd.DataFrame({"split": ["train"], "file": ["train"], "files": [5], "bytes": [1], "sha256": ["0"]})
    assert "(5 файлов)" in file_table(files)


@pytest.mark.usefixtures("russian")
def test_russian_conclusions_turn_round_with_the_data():
    def told(difference, p):
        row = {"label": "stride 4", "against": "pixels", "classifier": "lr", "difference": difference, "comparisons": 1}
        row |= {"low": difference - 0.01, "high": difference + 0.01, "p_corrected": p}
        return claims.rivals(pd.DataFrame([row]), {"lr": "logistic regression"})

    better, worse, unclear = told(0.05, 0.001), told(-0.05, 0.001), told(0.05, 0.4)
    assert better.startswith("Классификатор «логистическая регрессия»: точнее, чем пиксели")
    assert "хуже, чем пиксели" in worse
    assert "не установлено" in unclear
    assert all("«шаг \\num{4}»" in text for text in (better, worse, unclear))


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
