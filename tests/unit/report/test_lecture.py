"""The chapter on the experiments of the lecture has a question, an answer, formulas, tables and a figure for each."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.family.vanishing import chain, norms
from lib.report.lecture import chapter, parts
from lib.report.lecture_tables import between, digits, geometric, points, with_interval
from lib.study.schema import read_schema
from lib.words import language
from lib.words.latex import fixed
from lib.words.lecture import captions, questions
from tests.unit.words.test_labels import CATALOGUE

ROOT = Path(__file__).parents[3]
WAYS = [("pca", 0, 0.0, 1.0), ("oja", 0, 1e-4, 0.7), ("oja", 1, 2e-4, 0.9), ("sanger", 0, 1e-4, 1.0)]
POINTS = pd.DataFrame(
    [
        {"way": way, "seed": seed, "training_error": 0.05, "test_error": 0.06 + seed, "angle": angle, "cosine": cosine}
        for way, seed, angle, cosine in [*WAYS, ("nonlinear_oja", 0, 0.5, 0.4), ("gradient", 0, 1e-4, 0.8)]
    ]
)
WIDE = pd.DataFrame(
    {
        "seed": [0, 1],
        "training_error": [0.02, 0.03],
        "test_error": [0.5, 0.6],
        "pca_training_error": [0.01, 0.01],
        "pca_test_error": [0.4, 0.5],
        "largest_error": [3.0, 4.0],
    }
)
STEPS = pd.DataFrame({"seed": [0, 0], "step": [0, 300], "training_error": [1.0, 0.02]})
LETTERS = pd.DataFrame(
    [
        {
            "seed": seed,
            "network": network,
            "start": start,
            "settings": settings,
            "epochs": 10,
            "training_error": 0.1,
            "test_accuracy": accuracy + seed / 100,
            "test_letters": 312,
            "seconds": 2.0,
        }
        for seed in (0, 1)
        for network, start, settings, accuracy in (
            ("9-6-4", "random", "printed", 0.9),
            ("9-6-5-4", "random", "printed", 0.04),
            ("9-6-5-4", "pretrained", "printed", 0.8),
            ("9-6-5-4", "random", "equal", 0.7),
            ("9-6-5-4", "pretrained", "equal", 0.75),
        )
    ]
)
DIGITS = pd.DataFrame(
    [
        {
            "settings": name,
            "seed": 0,
            "gibbs_steps": 2,
            "learning_rate": 0.001,
            "epochs": 20,
            "test_hamming": 12.34,
            "test_loss": 0.2,
            "test_accuracy": accuracy,
            "test_digits": 10_000,
        }
        for name, accuracy in (("printed", 0.9), ("CD-1", 0.95))
    ]
)
NONE = pd.DataFrame()
RESULTS = {
    "points": (POINTS, NONE),
    "table": (WIDE, STEPS),
    "gradients": (chain(), norms((2, 4), 2)),
    "letters": (LETTERS, NONE),
    "digits": (DIGITS, NONE),
}


@pytest.fixture
def russian():
    language.use(CATALOGUE)
    yield
    language.use()


def test_every_part_has_its_question_answer_text_tables_and_figure():
    found = parts(RESULTS)
    text = chapter(found)
    assert text.startswith("\n\\section{Experiments of the lecture}")
    for part in found:
        assert f"\\subsection{{{part.question}}}\\label{{sec:lecture-{part.name}}}" in text
        assert f"\\answer{{{part.answer.text}}}" in text
        assert f"\\input{{lecture/{part.name}}}" in text
        assert f"\\inputfigure{{family-{part.name}}}" in text
        assert all(one.tabular in text for one in part.tables)
    labels = re.findall(r"\\label\{((?:fig|tab):[^}]*)\}", text)
    assert len(labels) == len(set(labels)) == 5 + 6
    assert all(f"\\ref{{{label}}}" in text for label in labels)


def test_the_chapter_has_the_parts_that_are_asked_for_in_their_order():
    text = chapter(parts({name: RESULTS[name] for name in ("gradients", "points")}))
    assert re.findall(r"\\label\{sec:lecture-(\w+)\}", text) == ["gradients", "points"]


def test_captions_are_plain_text(russian):
    assert list(captions()) == list(questions())
    assert not re.search(r"[$\\~]", "".join(captions().values())), "Snakemake's report shows them, too"
    assert "с~этими настройками" in chapter(parts(RESULTS)), "LaTeX breaks no line there"


def test_the_chapter_is_translated(russian):
    text = re.sub(r"\\(begin|end|toprule).*", "", chapter(parts(RESULTS)))
    prose = re.sub(r"\\\w+(\{[\w/:-]*\})?|\$[^$]*\$|Adam|ReLU|tanh|softmax", "", text)
    assert "Опыты из лекции" in prose
    assert not re.findall(r"[A-Za-z]{4,}", prose)


def test_every_part_of_the_schema_has_a_question_and_texts_in_all_languages():
    lecture = read_schema(ROOT / "config" / "schema.yaml")["properties"]["report"]["properties"]["lecture"]
    names = lecture["items"]["enum"]
    assert names == list(questions()) == list(RESULTS)
    for folder in ("en", "ru"):
        sources = {path.stem for path in (ROOT / "report" / folder / "lecture").glob("*.tex")}
        assert sources == {*names, "introduction"}


def test_intervals_are_left_out_where_they_show_nothing():
    def shown(value):
        return fixed(value, 2)

    assert with_interval(pd.Series([0.5]), shown) == r"\num{0.50}"
    assert with_interval(pd.Series([0.5, 0.5001]), shown) == r"\num{0.50}"
    wide = with_interval(pd.Series([0.9, 0.7]), shown, 1)
    assert wide == r"\num{0.80} [\num{0.00}, \num{1.00}]", "no value is below 0 or above the largest"
    assert between("3", ["2", "4"]) == "3 [2, 4]"


def test_norms_have_geometric_means():
    assert geometric(pd.Series([1e-6, 1e-4])).startswith(r"\num{1.0e-5} [")
    assert geometric(pd.Series([0.5])) == r"\num{0.50}"


def test_means_are_over_seeds_and_one_seed_has_the_interval_over_digits():
    (one,) = points(POINTS, NONE)
    row = next(line for line in one.tabular.splitlines() if line.startswith("Oja’s rule &"))
    assert r"\num{0.800}" in row
    (single,) = digits(DIGITS, NONE)
    assert r"\num{90.0} [\num{89.4}, \num{90.6}]" in single.tabular
    assert "over test digits" in single.caption
    repeated = pd.concat([DIGITS, DIGITS.assign(seed=1, test_accuracy=DIGITS["test_accuracy"] + 0.01)])
    (several,) = digits(repeated, NONE)
    assert "mean over 2 repetitions" in several.caption
    assert r"\num{90.5} [" in several.tabular


def test_the_gradient_table_has_the_chain_and_a_row_per_number_of_layers():
    (part,) = parts({"gradients": RESULTS["gradients"]})
    chained, compared = part.tables
    assert chained.tabular.count("\\\\\n") == 1 + 5
    lines = [line for line in compared.tabular.splitlines() if re.match(r"\d+ &", line)]
    assert [line.split(" &")[0] for line in lines] == ["2", "4"]
    assert np.isfinite(chain()["output"]).all()
