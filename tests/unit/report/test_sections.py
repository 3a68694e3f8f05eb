"""Sections of experiments have the titles and questions of the configuration and the conclusions of their tables."""

import numpy as np
import pandas as pd
import pytest

from lib.hand_in.latex_html import html
from lib.report.sections import experiments_text
from lib.report.tables import accuracy_table, fold_table, published_table
from lib.study.experiments import expand
from lib.tabulation.predictions import EvaluationResult, comparison_tables, resample
from lib.tabulation.published import PUBLISHED_SETTINGS
from lib.words.names import heading, stated_headings
from tests.unit.study.test_validation import DEFAULT

HARD = r"50 % of $\rho$ & <b>_^~#{x}"
ESCAPED = r"50 \% of \$\textbackslash{}rho\$ \& \textless{}b\textgreater{}\_\textasciicircum{}\textasciitilde{}\#\{x\}"
EXPERIMENTS = {
    "stride": {"title": HARD, "question": f"Why {HARD}?", "vary": {"stride": [8, 4]}, "classifiers": ["random_forest"]},
    "my_own": {"vary": {"rho": [0.01, 0.1]}, "classifiers": []},
}


@pytest.fixture
def study():
    return expand(DEFAULT | {"experiments": EXPERIMENTS})


@pytest.fixture
def tables(study, rng):
    truth = np.zeros(200, int)
    predictions = {
        (model, view, classifier): EvaluationResult(
            (rng.random((1, 200)) < (0.9 if view == "layer1_stride4" else 0.5)).astype(int),
            np.full((1, 200, 2), 0.5),
            [{"n_features": 7}],
        )
        for model, view, classifier in study.evaluations
    }
    accuracy, comparisons = comparison_tables(
        predictions, study, truth, resample(predictions, study, truth, np.arange(200), rng)
    )
    filters = pd.DataFrame({"model": list(study.models), "units": 75, "oriented_units": 40, "explained_variance": 0.5})
    filters = filters.assign(dead_units=0, collapsed=False)
    return {"accuracy": accuracy, "comparisons": comparisons, "filters": filters, "training": filters}


@pytest.fixture
def text(study, tables):
    stated = stated_headings(EXPERIMENTS)
    headings = {name: heading(name, stated) for name in study.experiments}
    return experiments_text(tables, study, headings, {"random_forest": "random forest"})


def test_a_title_is_the_heading_and_a_question_the_first_sentence(text):
    assert f"\\subsection{{{ESCAPED}}}\\label{{sec:stride}}\nWhy {ESCAPED}?\n\\IfFileExists" in text
    assert "\\subsection{my own}\\label{sec:my_own}\n\\IfFileExists{experiments/my_own.tex}" in text
    assert HARD not in text


def test_the_first_setting_and_pixels_are_rivals(text):
    assert "With random forest, the features of “stride \\num{4}” (" in text
    assert "are less accurate than the features of “stride \\num{8}”." in text
    assert "are less accurate than pixels" in text
    assert "“\\ensuremath{\\rho = \\num{0.1}}”, the number of oriented filters is 40 of 75" in text


def test_the_table_of_an_experiment_names_its_settings(study, tables):
    own = {name: tables[name].query("experiment == 'stride'") for name in ("accuracy", "comparisons")}
    shown = html(accuracy_table(own["accuracy"], own["comparisons"], study, {"random_forest": "random forest"}))
    rows = [line for line in shown.split("\n") if line.startswith("<tr><td")]
    assert [row.split(">")[2].removesuffix("</td") for row in rows] == ["pixels", "stride 8", "stride 4"]
    assert rows[0].count("–") == 2, "pixels have no rival"
    assert rows[1].count("–") == 1, "the first setting is compared with pixels only"
    assert rows[2].count("−") == 2
    assert rows[2].count("<sup>*</sup>") == 2


def test_tables_of_features_look_their_labels_up(study):
    model, view = study.default
    folds = pd.DataFrame({"features": "nonsense", "model": [model, "pixels"], "view": [view, "seed0"], "n_train": 10})
    folds = folds.assign(classifier="lr", accuracy_mean=0.5, accuracy_std=0.1)
    shown = fold_table(folds, study, {"lr": "LR"})
    assert "autoencoder & LR" in shown
    assert "pixels & LR" in shown
    assert "nonsense" not in shown


def test_a_table_without_publications_has_its_headings_alone():
    empty = pd.DataFrame(columns=["source", "data", "classifier", "accuracy", *PUBLISHED_SETTINGS, "this_study"])
    shown = published_table(empty, {})
    assert "source & data & features & classifier" in shown
    assert "\\citet" not in shown


def test_published_features_are_named_by_their_settings():
    row = {"source": "a", "data": "b", "features": "nonsense", "classifier": None, "accuracy": 0.5, "this_study": None}
    rows = [
        row | {"learner": "kmeans", "hidden": "1600"},
        row | {"learner": "autoencoder", "hidden": "100-75-100", "layer": 1.0, "stride": 6.0},
        row | {"learner": "random_centroids", "patches": 100.0},
    ]
    shown = published_table(pd.DataFrame(rows), {})
    assert r"k-means, \num{1600} units &" in shown
    assert r"autoencoder, 100-75-100 units, layer \num{1}, stride \num{6} &" in shown
    assert r"random centroids, \num{100} patches &" in shown
    assert "nonsense" not in shown
