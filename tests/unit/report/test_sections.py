"""Sections have the questions of tasks and experiments, their answers, figures and tables; conclusions follow by "
"rule."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from lib.hand_in.latex_html import html, text_html
from lib.report import learner_claims
from lib.report.answers import Answer, Outcome, said
from lib.report.conclusions import answer_table, conclusions_text, sentences
from lib.report.questions import experiment_answers, questions
from lib.report.sections import experiments_text, has_text
from lib.report.tables import latex_tables, published_table
from lib.report.tasks import tasks
from lib.study import contents
from lib.study.learners import LEARNERS
from tests.unit.report.made import EXPERIMENTS, change, results

HARD = r"50 % of $\rho$ & <b>_^~#{x}"
ESCAPED = r"50 \% of \$\textbackslash{}rho\$ \& \textless{}b\textgreater{}\_\textasciicircum{}\textasciitilde{}\#\{x\}"


@pytest.fixture
def found():
    hard = {"title": HARD, "question": f"Why {HARD}?"}
    return results(EXPERIMENTS | {"beta": EXPERIMENTS["beta"] | hard})


def test_every_task_has_a_question_and_an_answer(found):
    known = tasks(found)
    assert [task.number for task in known] == list(range(1, 13))
    assert all(task.question.endswith("?") and task.answer.text for task in known)
    shown = html(answer_table(questions(found), "task"))
    assert shown.count("<tr>") == 13
    for task in known:
        assert f"sec:task-{task.number}" in answer_table(questions(found), "task")


def test_a_study_without_an_experiment_on_a_task_says_so():
    found = results({"my_own": EXPERIMENTS["my_own"]})
    assert "no experiment on this task" in tasks(found)[9].answer.text


def test_the_sections_have_the_experiments_of_their_task(found):
    text = experiments_text(found, tasks(found))
    places = [
        text.index(f"\\label{{sec:{name}}}") for name in ("task-7", "beta", "task-8", "learners", "task-9", "depth")
    ]
    assert places == sorted(places)
    assert text.index("Further experiments") < text.index("\\label{sec:my_own}")
    assert f"\\subsection[{ESCAPED}]{{Why {ESCAPED}?}}\\label{{sec:beta}}" in text
    assert HARD not in text
    assert "Mine \\& yours: 50 \\%" in text


def test_every_figure_and_table_is_cited_once_it_is_there(found):
    text = experiments_text(found, tasks(found))
    labels = re.findall(r"\\label\{((?:fig|tab):[^}]*)\}", text)
    assert labels
    assert len(labels) == len(set(labels))
    for label in labels:
        assert f"\\ref{{{label}}}" in text
    written = latex_tables(found.tables, found.study, found.classifiers)
    assert {label.removeprefix("tab:") for label in labels if label.startswith("tab:")} <= set(written)


def test_conclusions_name_tasks_by_their_outcome(found):
    values = {"mean": 0.9, "low": 0.85, "high": 0.95}
    change(found, "measures", values, experiment="learners", setting=0, measure="oriented_share")
    change(
        found,
        "measures",
        {"mean": 0.1, "difference": -0.8, "p_corrected": 0.001},
        experiment="learners",
        setting=1,
        measure="oriented_share",
    )
    assert "{Filters and accuracy.}" not in conclusions_text(found, questions(found)), "the default is the best"
    change(found, "accuracy", {"accuracy": 0.9}, experiment="beta", setting=2)
    shown, rest = conclusions_text(found, questions(found)).split("\\paragraph{Not shown:}")
    assert "sec:task-7" in shown
    assert "sec:task-10" in rest
    assert "No:} None of the questions.\n" in rest
    assert "of the filters of the most accurate features, " in rest


def test_the_table_of_answers_starts_each_with_its_verdict(found):
    assert "\\textbf{Yes.} All 2 comparisons" in answer_table(questions(found), "task")
    change(found, "gradient_check", {"passed": False}, parameters=100)
    text = answer_table(questions(found), "task")
    assert "\\textbf{No.} 1 of 2 comparisons" in text
    assert "\\textbf{Not shown.} In 0 of 2 comparisons" in text  # depth
    assert "& At the end of training the loss" in text  # a question that asks for something else


def test_every_table_of_the_sections_is_written(found):
    text = experiments_text(found, tasks(found))
    shown = set(re.findall(r"\\inputtable\{tables/([^}]+)\}", text))
    listed = {table for name in found.study.experiments for table in contents.tables(found.study, name)}
    assert {"my_own-errors", "activation-convergence", "learners-learners"} <= shown
    assert shown <= listed <= set(latex_tables(found.tables, found.study, found.classifiers))


def test_models_without_classifiers_are_compared_by_their_errors(found):
    change(found, "measures", {"mean": -0.2, "low": -0.3, "high": -0.1}, experiment="my_own", setting=1)
    shown = html(latex_tables(found.tables, found.study, found.classifiers)["my_own-errors"])
    assert "−20.0 [−30.0, −10.0]" in shown
    assert shown.count("<tr>") == 3


def test_what_all_settings_change_is_stated_once(found):
    sections = experiments_text(found, tasks(found)).split("\\subsection")
    stated = {text.split("\\label{sec:")[1].split("}")[0]: text for text in sections if "Unlike the default" in text}
    assert set(stated) == {"activation"}
    assert "experiment have: linear output layer, " in stated["activation"]


def test_macros_hold_the_answers(found):
    text = sentences(found, tasks(found))
    for name in ("AnswerOne", "AnswerTwelve", "TaskHeadingSeven", "ClassNames", "ChanceLevel", "CostClaim"):
        assert f"\\newcommand{{\\{name}}}" in text
    assert "cat and 50 \\% dog" in text
    assert "\\newcommand{\\ChanceLevel}{\\num{50.0}\\,\\%}" in text


def test_answers_are_readable_as_html(found):
    for task in tasks(found):
        shown = text_html(task.answer.text)
        assert "\\" not in shown, shown
        assert "{" not in shown, shown


def test_an_experiment_with_one_setting_has_one_row_per_classifier(found):
    change(
        found,
        "comparisons",
        {"difference": 0.1, "low": 0.05, "high": 0.15, "p_corrected": 0.01},
        experiment="classifiers",
        classifier="random_forest",
        rival="pixels",
    )
    shown = html(latex_tables(found.tables, found.study, found.classifiers)["classifiers"])
    rows = [line for line in shown.split("\n") if line.startswith("<tr><td")]
    assert len(rows) == 2
    assert "random forest" in rows[1]
    assert "+10.0 [+5.0, +15.0]" in rows[1]
    assert "p\u00a0=\u00a00.010" in rows[1]


def test_a_table_marks_significant_differences(found):
    change(found, "comparisons", {"p_corrected": 0.01, "difference": 0.1}, experiment="beta", setting=1, rival="pixels")
    change(found, "comparisons", {"p_corrected": 0.01, "difference": -0.1}, experiment="beta", setting=2, rival="first")
    shown = html(latex_tables(found.tables, found.study, found.classifiers)["beta"])
    rows = [line for line in shown.split("\n") if line.startswith("<tr><td")]
    assert [row.split(">")[2].removesuffix("</td") for row in rows] == [
        "pixels",
        *(f"β\u00a0=\u00a0{value}" for value in (0, 3, 1000)),
    ]
    assert [re.findall("<sup>(.)</sup>", row) for row in rows] == [[], ["+"], [], ["*"]]


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
    assert "nonsense" not in shown
    assert "citet" not in shown, "the text names the one source"
    assert r"\citet{c} &" in published_table(pd.DataFrame([*rows, row | {"source": "c"}]), {})


def test_the_first_experiment_that_compares_learners_says_what_each_of_them_is():
    compared = {"vary": {"learner": ["autoencoder", "kmeans", "pca"]}, "classifiers": []}
    study = results({"beta": EXPERIMENTS["beta"], "own": compared, "other": compared})
    text = learner_claims.described(study, "own")
    assert text.startswith("All learners have as many filters and learn from the same patches. Principal components")
    assert text.endswith(
        "The centroids of $k$-means with the triangle encoding are a strong single layer \\citep{coates2011analysis}."
    )
    assert "Random patches" not in text
    assert [learner_claims.described(study, one) for one in ("beta", "other")] == ["", ""]
    sizes = {
        "vary": [{"learner": ["pca"], "hidden": [[5]]}, {"learner": ["kmeans"], "hidden": [[10]]}],
        "classifiers": [],
    }
    assert learner_claims.described(results({"own": sizes}), "own").startswith("Principal components")


def test_every_learner_but_the_autoencoders_is_described():
    assert set(learner_claims.about_learners()) == set(LEARNERS) - {"autoencoder", "convolutional"}


def test_learners_are_compared_by_accuracy_reconstruction_and_time(found):
    of_untrained = {"experiment": "learners", "setting": 1, "measure": "held_out_error"}
    error = of_untrained | {"mean": 0.25, "low": -0.01, "high": 0.5}
    found.tables["measures"] = pd.concat([found.tables["measures"], pd.DataFrame([error])], ignore_index=True)
    text = latex_tables(found.tables, found.study, found.classifiers)["learners-learners"]
    trained, untrained = (line.split(" & ") for line in text.splitlines() if "network &" in line or "encoder &" in line)
    assert trained[2] == r"\num{50.0} [\num{45.0}, \num{55.0}]"
    assert trained[3] == "–", "a learner without a reconstruction has no error"
    assert untrained[3] == r"\num{0.25} [\num{0}, \num{0.5}]", "no error is below 0"
    assert untrained[4].startswith(r"\num{0.7} [")


def test_a_text_about_a_setting_belongs_to_experiments_that_vary_it(found):
    assert all(has_text(found, name) for name in EXPERIMENTS)
    assert "\\input{experiments/activation}" in experiments_text(found, tasks(found))
    others = {"activation": {"vary": {"rho": [0.01, 0.1]}}, "sample_size": {"vary": {"rho": [0.01, 0.1]}}}
    found = results({name: one | {"classifiers": []} for name, one in others.items()})
    assert not any(has_text(found, name) for name in others)
    assert "\\input{experiments/" not in experiments_text(found, [])


def test_no_hypothesis_stays_open_without_a_word(found):
    text = conclusions_text(found, [replace(one, answer=Answer("So.", Outcome.MIXED)) for one in questions(found)])
    assert "{Not shown:}" not in text, "a part of an answer may be open"
    assert "{Yes:} None of the questions as a whole." in text
    text = conclusions_text(
        found, [replace(one, answer=Answer("So.", Outcome.CONTRADICTED)) for one in questions(found)]
    )
    assert "{Not shown:} None of the questions." in text
    assert "{Yes:} None of the questions." in text


def test_an_own_question_of_a_study_that_answers_the_tasks_comes_first():
    asked = {
        "question": "How selective should a unit be?",
        "vary": {"rho": [0.01, 0.1]},
        "classifiers": ["random_forest"],
    }
    found = results(EXPERIMENTS | {"mine": asked})
    first, *others = questions(found)
    assert (first.text, first.number, first.place, first.leads) == (asked["question"], None, "mine", True)
    assert [one.number for one in others] == list(range(1, 13)), (
        "an experiment without a question, such as my_own, has none"
    )
    assert "How selective should a unit be?" in conclusions_text(found, questions(found))
    assert "sec:mine" in answer_table(questions(found), "task")
    assert experiment_answers(found)["mine"] == first.answer
    assert experiment_answers(found)["default"] == others[6].answer, "what do the filters look like?"


def test_a_verdict_is_said_once():
    assert said(Answer("So.", Outcome.OPEN)) == "\\textbf{Not shown.} So."
    assert said(Answer("Yes: so.", Outcome.SHOWN, has_verdict=True)) == "Yes: so."
    assert said(Answer("So.")) == "So."
