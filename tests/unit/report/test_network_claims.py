"""What the report says about networks follows from their table; its questions are those of the experiments."""

import re

import pandas as pd
import pytest

from lib.hand_in.latex_html import html, text_html
from lib.report import epoch_claims, network_claims
from lib.report.answers import Outcome
from lib.report.conclusions import answer_table, conclusions_text, sentences
from lib.report.model_tables import loss_table
from lib.report.questions import about_networks, questions
from lib.report.sections import experiments_text
from lib.report.tables import accuracy_table, gain_table, latex_tables, network_table
from lib.report.tasks import experiment_answer
from lib.study import contents
from lib.words.latex import integer
from tests.unit.report.made import change, results
from tests.unit.study.test_validation import DEFAULT

NETWORK = {
    "label": "tuned & more",
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": "head"},
    **{"grid": {}, "standardise": False, "rotate": False, "image_size": 28, "fine_tuned": True},
}
EXPERIMENTS = {
    "blocks": {
        "question": "Which network is best?",
        "vary": {"network": ["one_block", "two_blocks"]},
        "classifiers": ["tuned"],
        "seeds": 3,
    },
    "start": {
        "question": "Does learning without labels help?",
        "vary": {"learner": ["convolutional", "untrained_convolutional"]},
        "classifiers": ["tuned"],
        "seeds": 3,
    },
    "silent": {"vary": {"network": ["one_block", "two_blocks"]}, "classifiers": []},
}


def plain(text):
    return text_html(text).replace("\u202f", " ").replace("\xa0", " ")


def study(experiments):
    """Results of experiments on networks."""
    networks = {
        **DEFAULT["networks"],
        "head": {"layers": ["flatten", {"dense": "classes"}]},
        "two_blocks": DEFAULT["networks"]["one_block"],
    }
    defaults = {**DEFAULT["defaults"], "learner": "convolutional", "network": "one_block", "scaling": "range"}
    return results(
        experiments,
        defaults=defaults | {"patch_size": 32, "image_size": 32, "stride": 32},
        networks=networks,
        classifiers=DEFAULT["classifiers"] | {"tuned": NETWORK},
    )


@pytest.fixture
def found():
    return study(EXPERIMENTS)


def test_a_network_beside_other_classifiers_is_not_the_answer():
    mixed = EXPERIMENTS["blocks"] | {"classifiers": ["tuned", "logistic_regression"]}
    found = study(EXPERIMENTS | {"blocks": mixed})
    assert network_claims.chosen(found, "blocks").text == ""
    assert "The most accurate setting is" in experiment_answer(found, "blocks").text


def test_a_network_that_nothing_is_compared_with_has_its_accuracy_and_cost():
    alone = {"one": EXPERIMENTS["blocks"] | {"vary": {"network": ["one_block"]}}}
    networks = {**DEFAULT["networks"], "head": {"layers": ["flatten", {"dense": "classes"}]}}
    sizes = {"patch_size": 32, "image_size": 32, "stride": 32, "scaling": "range"}
    defaults = {**DEFAULT["defaults"], "learner": "convolutional", "network": "one_block", **sizes}
    classifiers = DEFAULT["classifiers"] | {"tuned": NETWORK}
    made = results(alone, defaults=defaults, networks=networks, classifiers=classifiers)
    answer = network_claims.answer(made, "one")
    assert (
        plain(answer.text)
        == "“one block” classifies 50.0 % [45.0, 55.0] of the test images correctly (macro F1 0.450 [0.400, 0.500])."
    )
    assert plain(answer.details).startswith(
        "It has 1000 parameters and needs 5000 multiplications per image. Its training"
    )
    assert plain(answer.details).endswith("is +40.0 points.")


def test_the_validation_images_choose_and_the_test_images_judge(found):
    where = {"experiment": "blocks", "setting": 1}
    change(found, "networks", {"accuracy": 0.7, "gap": 0.1}, **where)
    answer = network_claims.chosen(found, "blocks")
    text, details = plain(answer.text), plain(answer.details)
    assert "validation images is “one block” (60.0 %)" in text
    assert "classifies 50.0 % [45.0, 55.0] of the test images" in text, "although another one has 70 %"
    assert "range from 50.0 % (“one block”) to 70.0 % (“two blocks”)" in details
    assert "between +10.0 (“two blocks”) and +40.0 points (“one block”)" in details


def test_without_validation_images_the_test_images_rank(found, monkeypatch):
    found.tables["networks"]["validation_accuracy"] = float("nan")
    change(found, "networks", {"accuracy": 0.7}, experiment="blocks", setting=1)
    answer = network_claims.chosen(found, "blocks")
    assert plain(answer.text).startswith("Classified correctly of the test images: 50.0 % [45.0, 55.0] by “one block”")
    assert "and 70.0 % [45.0, 55.0] by “two blocks” (macro F1 0.450 [0.400, 0.500])." in plain(answer.text)
    monkeypatch.setattr(network_claims, "MOST_STATED", 1)
    answer = network_claims.chosen(found, "blocks")
    assert plain(answer.text).startswith("The most accurate on the test images is “two blocks”: 70.0 %")
    assert "\\textsuperscript" not in network_table(found.of("networks", "blocks"), found.study, found.classifiers), (
        "nothing was chosen"
    )


def test_the_cheapest_of_nearly_equal_networks_is_named(found):
    change(found, "networks", {"accuracy": 0.505}, experiment="blocks", setting=1)
    details = network_claims.chosen(found, "blocks").details
    assert "“one block” is less accurate than the most accurate network by" in details
    assert "by 0.5 points, with 50.0 % of its multiplications (5000 per image)" in plain(details)
    change(found, "networks", {"accuracy": 0.6}, experiment="blocks", setting=1)
    assert "No network within one point" in network_claims.chosen(found, "blocks").details


def test_experiments_without_networks_have_no_such_answer(found):
    assert network_claims.chosen(found, "silent").text == ""
    assert network_claims.chosen(results(), "learners").text == ""


def test_the_questions_are_those_of_the_experiments(found):
    assert about_networks(found)
    assert not about_networks(results())
    asked = questions(found)
    assert [one.place for one in asked] == ["blocks", "start", "silent"]
    assert asked[2].text == found.headings["silent"].title, "it has no question"
    shown = answer_table(asked, "no.")
    assert "Does learning without labels help?" in html(shown)
    assert "\\ref{sec:start}" in shown
    text = experiments_text(found, [])
    assert all(f"\\label{{sec:{one.place}}}" in text for one in asked)
    assert "\\label{tab:blocks-networks}" in text
    assert text.index("sec:blocks") < text.index("sec:start") < text.index("sec:silent")


def test_learning_without_labels_is_judged_by_the_untrained_twin(found):
    assert questions(found)[1].answer.outcome is Outcome.OPEN
    better = {"difference": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.001, "p_corrected": 0.01}
    change(found, "comparisons", better, experiment="start", rival="untrained")
    asked = questions(found)
    assert asked[1].answer.outcome is Outcome.SHOWN
    shown = conclusions_text(found, asked).split("\\paragraph{Not shown:}")[0]
    assert "sec:start" in shown
    assert conclusions_text(found, asked[:1]).startswith("The experiments compare settings")


def macros(found):
    return dict(re.findall(r"\\newcommand\{\\(\w+)\}\{(.*)\}", sentences(found, [])))


def test_the_headline_is_the_network_that_the_validation_images_choose(found):
    change(found, "networks", {"accuracy": 0.9}, experiment="start", setting=0)
    change(found, "networks", {"validation_accuracy": 0.8, "accuracy": 0.7}, experiment="blocks", setting=1)
    text = plain(network_claims.headline(found))
    assert "“two blocks”, trained with tuned &amp; more, is the most accurate on the validation images (80.0 %)" in text
    assert text.startswith("Of 2 networks trained on all training images, ")
    assert re.search(r"it classifies 70\.0 % \[[^ ]* [^ ]*\] of the test images correctly \(macro F1 ", text)
    assert "; on pixels the layers of the classifier alone reach 30.0 %, a difference of " in text
    assert "HeadlineClaim" in macros(found)
    found.tables["networks"]["validation_accuracy"] = 0.6
    assert "“default”" not in network_claims.headline(found), "an experiment has a name for the same network"
    found.tables["networks"]["validation_accuracy"] = float("nan")
    assert network_claims.headline(found) == "", "the test images would have to choose"
    assert network_claims.headline(results()) == ""


def random_networks(found_labels=100, more=None, classifiers=("tuned", "other")):
    """Results of a study whose networks all start from random weights. more: experiments, by name."""
    blocks = EXPERIMENTS["blocks"] | {"vary": {"network": ["one_block", "two_blocks"]}}
    one = {"vary": {"network": ["one_block"]}, "classifiers": ["tuned", "other"]}
    more = {name: one and one | {"classifiers": list(classifiers)} for name, one in (more or {}).items()}
    defaults = {**DEFAULT["defaults"], "learner": "untrained_convolutional", "network": "one_block", "scaling": "range"}
    made = results(
        {"blocks": blocks, "one": one} | more,
        defaults=defaults | {"patch_size": 32, "image_size": 32, "stride": 32, "labels": found_labels},
        networks={
            **DEFAULT["networks"],
            "head": {"layers": ["flatten", {"dense": "classes"}]},
            "two_blocks": DEFAULT["networks"]["one_block"],
        },
        classifiers=DEFAULT["classifiers"] | {"tuned": NETWORK, "other": NETWORK | {"label": "another"}},
    )
    made.tables["gradient_check"] = made.tables["gradient_check"][:0]
    return made


def test_the_test_images_choose_the_headline_of_networks_without_validation_images():
    random = random_networks()
    random.tables["networks"]["validation_accuracy"] = float("nan")
    change(random, "networks", {"accuracy": 0.9}, experiment="one", setting=0, classifier="other")
    text = plain(network_claims.headline(random))
    assert re.match(
        r"Of 3 networks trained on 100 images per class, “one block”, trained with another, is the most accurate on "
        r"the test images: 90\.0 % \[.*\] \(macro F1 ",
        text,
    )
    assert text.endswith(" An accuracy that is the best of 3 on the test images is optimistic.")


def test_the_headline_compares_networks_that_see_the_most_images():
    random = random_networks(more={"many": {"set": {"labels": 0}, "vary": {"network": ["one_block"]}}})
    change(random, "networks", {"validation_accuracy": 0.9}, experiment="blocks", setting=1)
    assert plain(network_claims.headline(random)).startswith("Of 2 networks trained on all training images, ")
    only = random_networks(
        more={"many": {"set": {"labels": 0}, "vary": {"network": ["one_block"]}}}, classifiers=["tuned"]
    )
    text = plain(network_claims.headline(only))
    assert text.startswith("“one block”, trained with tuned &amp; more on all training images, classifies ")
    assert "optimistic" not in text


def test_a_default_network_that_no_experiment_compares_is_not_described():
    assert macros(random_networks())["LearnerClaim"]
    alone = random_networks(more={"blocks": False, "one": {"set": {"labels": 0}, "vary": {"network": ["one_block"]}}})
    assert macros(alone)["LearnerClaim"] == ""


def test_a_study_that_learns_from_labels_alone_says_so(found):
    random = random_networks()
    assert random.study.learns_from_labels
    assert not found.study.learns_from_labels
    assert {"mosaic", "reconstructions"}.isdisjoint(contents.figures(random.study, "default"))
    assert {"mosaic", "reconstructions"} <= set(contents.figures(found.study, "default"))
    text = plain(macros(random)["LearnerClaim"])
    assert text.startswith("The default network, “one block”, starts from random weights and learns from 100 labelled")
    assert "from all labelled training images" in macros(random_networks(0))["LearnerClaim"]
    assert "without any label" in macros(found)["LearnerClaim"]
    assert (macros(random)["LearningCount"], macros(random)["PictureCount"]) == ("0", "0")
    assert (macros(found)["LearningCount"], macros(found)["PictureCount"]) == ("1", "1")


def test_tables_of_networks_have_no_number_of_features(found):
    random = random_networks()
    for name in ("blocks", "one"):
        assert "features" not in latex_tables(random.tables, random.study, random.classifiers)[name]
    one = random.tables["accuracy"].query("experiment == 'one'")
    tests = random.tables["comparisons"].query("experiment == 'one'")
    assert "trained with & pixels (\\%) & network (\\%)" in gain_table(one, tests, random.study, random.classifiers)
    mixed = found.tables["accuracy"].query("experiment == 'default'")
    tests = found.tables["comparisons"].query("experiment == 'default'")
    change(found, "accuracy", {"n_features": 7}, classifier="logistic_regression", experiment="default")
    mixed = found.tables["accuracy"].query("experiment == 'default'")
    shown = accuracy_table(mixed, tests, found.study, found.classifiers)
    assert "& features &" in shown
    (pixels,) = (line for line in shown.splitlines() if line.startswith("pixels"))
    assert pixels.split(" & ")[1] == integer(7)


def test_networks_and_other_classifiers_are_compared_by_their_log_loss_too(found):
    mixed = study(EXPERIMENTS | {"mixed": EXPERIMENTS["blocks"] | {"classifiers": ["tuned", "logistic_regression"]}})
    assert "mixed-losses" in contents.tables(mixed.study, "mixed")
    assert "blocks-losses" not in contents.tables(mixed.study, "blocks"), "networks alone"
    shown = loss_table(mixed.of("accuracy", "mixed"), mixed.study, mixed.classifiers)
    rows = [line for line in shown.splitlines() if "1.25" in line]
    assert [row.split(" & ")[0] for row in rows] == ["pixels", "one block", "two blocks"]
    assert all(row.count("1.25") == 2 for row in rows)
    text = experiments_text(mixed, [])
    assert re.search(r"Guessing has .num\{\d\.\d\d\}\. An accurate classifier", text)
    assert "The features of “one block” are not detectably different with" in text_html(text)
    change(mixed, "comparisons", {"difference": 0.2, "accuracy_against": 0.1}, experiment="mixed", classifier="tuned")
    answer = plain(experiment_answer(mixed, "mixed").text)
    assert answer.startswith(
        "Tuned &amp; more gains most over pixels (+20.0 points [−2.0, +2.0], p = 1.000, corrected for 4 comparisons); "
        "it is also the least"
    )
    change(mixed, "comparisons", {"accuracy_against": 0.6}, experiment="mixed", classifier="tuned")
    answer = plain(experiment_answer(mixed, "mixed").text)
    assert "; the least accurate on pixels is logistic regression (30.0 %), which gains +0.0 points" in answer


def test_the_chosen_network_has_another_mark_than_a_difference(found):
    shown = network_table(found.of("networks", "blocks"), found.study, found.classifiers)
    assert shown.count("\\textsuperscript{†}") == 1
    assert "*}" not in shown


def test_the_conclusions_have_every_question(found):
    better = {"difference": 0.1, "low": 0.05, "high": 0.15, "p_value": 0.001, "p_corrected": 0.01}
    change(found, "comparisons", better, experiment="start", rival="untrained")
    text = conclusions_text(found, questions(found))
    assert all(f"\\ref{{sec:{name}}}" in text for name in EXPERIMENTS)
    assert "sec:blocks" in text.split("\\paragraph{Other questions:}")[1]


@pytest.mark.parametrize(
    ("learning", "expected"),
    [
        (
            {"difference": 0.02, "low": -0.03, "high": 0.07, "p_corrected": 0.6},
            "that learning without labels adds to it is not shown (+2.0 points [−3.0, +7.0], p = 0.600",
        ),
        (
            {"difference": 0.05, "low": 0.02, "high": 0.08, "p_corrected": 0.01},
            "learning without labels adds +5.0 points [+2.0, +8.0] to it (p = 0.010",
        ),
        (
            {"difference": -0.05, "low": -0.08, "high": -0.02, "p_corrected": 0.01},
            "learning without labels takes some of it away (−5.0 points [−8.0, −2.0], p = 0.010",
        ),
    ],
)
def test_a_gain_is_divided_between_the_layers_and_what_they_have_learnt(learning, expected):
    mixed = study({"mixed": EXPERIMENTS["start"] | {"classifiers": ["tuned", "logistic_regression"]}})
    gains = {"difference": 0.2, "low": 0.1, "high": 0.3, "p_corrected": 0.01}
    where = {"experiment": "mixed", "classifier": "tuned"}
    change(mixed, "comparisons", gains, **where, setting=0, rival="pixels")
    change(mixed, "comparisons", gains | {"difference": 0.15}, **where, setting=1, rival="pixels")
    change(mixed, "comparisons", learning, **where, setting=0, rival="untrained")
    text = plain(experiment_answer(mixed, "mixed").text)
    assert "gains most over pixels (+20.0 points [+10.0, +30.0], p = 0.010" in text
    assert f"Without training the same layers gain +15.0 points [+10.0, +30.0]; {expected}" in text


def test_errors_of_trainings_that_have_not_converged_say_so():
    found = study(EXPERIMENTS)
    models = sorted(found.study.models_of("silent"))
    training = pd.DataFrame({"model": models, "epochs": 15.0, "iterations": 15, "relative_change": [0.25, 0.001]})
    found.tables["training"] = training
    text = plain(epoch_claims.still_falling(found, "silent"))
    assert text.startswith("In 1 of 2 trainings over epochs the loss still fell by 20 % over the last epochs")
    assert "(7 of 15)" in text
    assert epoch_claims.still_falling(found, "blocks") == "", "classifiers judge its features"
    found.tables["training"] = training.assign(relative_change=0.001)
    assert epoch_claims.still_falling(found, "silent") == ""
