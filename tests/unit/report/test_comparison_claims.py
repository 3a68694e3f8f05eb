"""Answers to questions that state what they compare turn round with the data."""

from dataclasses import replace

import pandas as pd
import pytest

from lib.hand_in.latex_html import text_html
from lib.report import comparison_claims
from lib.report.answers import Outcome, verdict
from lib.report.conclusions import conclusions_text
from lib.report.questions import questions
from lib.report.results import batch_sizes
from lib.report.tasks import experiment_answer
from lib.words import language
from tests.unit.report.made import contrast, results
from tests.unit.report.test_network_claims import NETWORK
from tests.unit.study.test_validation import DEFAULT

NETWORKS = dict.fromkeys(("one_block", "dropout", "normalised", "two_blocks"), DEFAULT["networks"]["one_block"])
BETTER = {"measure": "accuracy", "with": {"network": "one_block"}, "expect": "better"}
AS_GOOD = BETTER | {"expect": "as_good"}


def plain(text):
    return text_html(text).replace("\u202f", " ").replace("\xa0", " ")


def found(*comparisons, rows, networks=("one_block", "dropout"), classifiers=("tuned",), more=None):
    """Results of the experiment "blocks", which compares networks, with these rows in the table of contrasts."""
    blocks = {
        "question": "Is it so?",
        "vary": {"network": list(networks)},
        "classifiers": list(classifiers),
        "seeds": 3,
        "compare": list(comparisons),
    } | (more or {})
    defaults = {**DEFAULT["defaults"], "learner": "convolutional", "network": "one_block", "scaling": "range"}
    made = results(
        {"blocks": blocks},
        defaults=defaults | {"patch_size": 32, "image_size": 32, "stride": 32},
        networks=DEFAULT["networks"] | NETWORKS | {"head": {"layers": ["flatten", {"dense": "classes"}]}},
        classifiers=DEFAULT["classifiers"] | {"tuned": NETWORK, "other": NETWORK | {"label": "another"}},
    )
    made.tables["contrasts"] = pd.DataFrame(rows)
    return made


def answered(*comparisons, rows, **changes):
    return comparison_claims.answer(found(*comparisons, rows=rows, **changes), "blocks")


MISSING = {"low": float("nan"), "high": float("nan"), "p_value": float("nan"), "p_corrected": float("nan")}
UNCLEAR = {"p_value": 0.4, "p_corrected": 0.8}


@pytest.mark.parametrize(
    ("comparison", "row", "outcome", "start"),
    [
        (BETTER, contrast(0, 1, 0.05), Outcome.SHOWN, "Yes: the accuracy is higher with “dropout” (+5.0 points"),
        (BETTER, contrast(0, 1, -0.05), Outcome.CONTRADICTED, "No: the accuracy is lower with “dropout” (−5.0 points"),
        (BETTER, contrast(0, 1, 0.005, **UNCLEAR), Outcome.OPEN, "Not shown: the accuracy with “dropout” (+0.5 points"),
        (
            BETTER,
            contrast(0, 1, 0.05, **MISSING),
            Outcome.OPEN,
            "Not shown: the accuracy with “dropout” (+5.0 points) is",
        ),
        (
            BETTER,
            contrast(0, 1, 0.001, low=-0.004, high=0.006, **UNCLEAR),
            Outcome.CONTRADICTED,
            "No: the accuracy with “dropout” (+0.1 points [−0.4, +0.6]) is within one point of the accuracy",
        ),
        (
            AS_GOOD,
            contrast(0, 1, -0.005, low=-0.009, high=-0.001),
            Outcome.SHOWN,
            "Yes: the accuracy with “dropout” (−0.5 points [−0.9, −0.1]; 100.0 % more parameters, 100.0 % more "
            "multiplications) is within one point",
        ),
        (AS_GOOD, contrast(0, 1, 0.05), Outcome.SHOWN, "Yes: the accuracy is higher"),
        (AS_GOOD, contrast(0, 1, -0.05), Outcome.CONTRADICTED, "No: the accuracy is lower"),
        (
            AS_GOOD,
            contrast(0, 1, -0.005, **UNCLEAR),
            Outcome.OPEN,
            "Not shown: the accuracy with “dropout” (−0.5 points [−1.5, +0.5]; 100.0 % more parameters, 100.0 % more "
            "multiplications) may differ by more than one point from the accuracy with “one block”.",
        ),
    ],
)
def test_accuracies_give_each_verdict(comparison, row, outcome, start):
    answer = answered(comparison, rows=[row])
    assert plain(answer.text).startswith(start)
    assert answer.outcome is outcome
    assert verdict(answer) == "", "the sentence has the verdict"


def test_a_smaller_gap_is_better():
    gap = BETTER | {"measure": "gap"}
    answer = answered(gap, rows=[contrast(0, 1, -0.04, "gap")])
    assert plain(answer.text) == (
        "Yes: the gap between training and test accuracy is smaller with “dropout” (−4.0 points [−5.0, −3.0], "
        "p = 0.002) than with “one block”."
    )
    answer = answered(gap, rows=[contrast(0, 1, 0.04, "gap")])
    assert answer.outcome is Outcome.CONTRADICTED
    assert "is larger with" in answer.text


@pytest.mark.parametrize(
    ("measure", "difference", "outcome", "part"),
    [
        ("parameters", -0.25, Outcome.SHOWN, "has fewer parameters with “dropout” (75.0 % of the parameters) than"),
        ("parameters", 0.25, Outcome.CONTRADICTED, "has more parameters with “dropout” (125.0 % of the parameters)"),
        ("parameters", 0.0, Outcome.CONTRADICTED, "has as many parameters with"),
        ("multiply_adds", -0.25, Outcome.SHOWN, "needs fewer multiplications with “dropout” (75.0 % of the mult"),
        ("multiply_adds", 0.25, Outcome.CONTRADICTED, "needs more multiplications with"),
        ("multiply_adds", 0.0, Outcome.CONTRADICTED, "needs as many multiplications with"),
    ],
)
def test_exact_numbers_need_no_test(measure, difference, outcome, part):
    exact = {"low": difference, "high": difference, "p_value": float("nan"), "p_corrected": float("nan")}
    answer = answered(BETTER | {"measure": measure}, rows=[contrast(0, 1, difference, measure, **exact)])
    assert answer.outcome is outcome
    assert part in plain(answer.text)


@pytest.mark.parametrize(
    ("changes", "outcome", "part"),
    [
        ({}, Outcome.SHOWN, "faster with “dropout” (80.0 % [79.0, 81.0] of the CPU time, p = 0.002) than with"),
        ({"difference": 0.2, "low": 0.19, "high": 0.21}, Outcome.CONTRADICTED, "slower with “dropout” (120.0 %"),
        (UNCLEAR, Outcome.OPEN, "p = 0.800) is not shown to differ from the time with “one block”"),
        ({"difference": 0.0, "low": -0.01, "high": 0.01} | UNCLEAR, Outcome.CONTRADICTED, "within one percent"),
    ],
)
def test_times_are_ratios(changes, outcome, part):
    answer = answered(BETTER | {"measure": "seconds"}, rows=[contrast(0, 1, -0.2, "seconds") | changes])
    assert answer.outcome is outcome
    assert part in plain(answer.text)


def test_macro_f1_is_compared_as_it_is():
    comparison = BETTER | {"measure": "macro_f1"}
    answer = answered(comparison, rows=[contrast(0, 1, 0.05, "macro_f1") | {"low": 0.03, "high": 0.07}])
    start = "Yes: macro F1 is higher with “dropout” (+0.050 [+0.030, +0.070], p = "
    assert plain(answer.text).startswith(start)
    near = contrast(0, 1, 0.002, "macro_f1", **UNCLEAR) | {"low": -0.004, "high": 0.008}
    answer = answered(comparison | {"expect": "as_good"}, rows=[near])
    assert plain(answer.text).startswith(
        "Yes: macro F1 with “dropout” (+0.002 [−0.004, +0.008]) is within 0.01 of macro"
    )


def test_the_comparison_with_untrained_networks_is_said_once():
    comparison = {"measure": "accuracy", "with": {"learner": "untrained_convolutional"}, "expect": "better"}
    learners = {"vary": {"learner": ["convolutional", "untrained_convolutional"]}}
    made = found(comparison, rows=[contrast(0, 1, 0.05)], more=learners)
    answer = comparison_claims.answer(made, "blocks")
    assert "used in the same way" not in f"{answer.text} {answer.details}"


def test_a_question_is_shown_in_part_where_some_comparisons_show_it():
    networks = ("one_block", "dropout", "normalised")
    answer = answered(BETTER, rows=[contrast(0, 1, 0.05), contrast(0, 2, -0.05)], networks=networks)
    assert answer.outcome is Outcome.MIXED
    assert plain(answer.text).startswith(
        "In part (of 2 comparisons: better in 1, worse in 1): the accuracy is higher with “dropout”"
    )
    assert "; the accuracy is lower with “normalised”" in plain(answer.text)
    assert "These p-values are corrected for 2 comparisons." in answer.details
    other = contrast(0, 2, -0.05) | {"judged": False, "comparisons": 1}
    answer = answered(BETTER, rows=[contrast(0, 1, 0.05), other], networks=networks)
    assert "answer the question are corrected for these (their number: " in answer.details
    assert "those of other comparisons for the others (" in answer.details
    results = found(BETTER, rows=[contrast(0, 1, 0.05), contrast(0, 2, -0.05)], networks=networks)
    assert "\\paragraph{In part:} Is it so? (section~" in conclusions_text(results, questions(results))


def test_only_the_stated_levels_are_judged():
    comparison = BETTER | {"at": {"classifier": ["other"]}}
    rows = [contrast(0, 1, 0.05, judged=False), contrast(0, 1, -0.05, classifier="other")]
    answer = answered(comparison, rows=rows, classifiers=("tuned", "other"))
    assert answer.outcome is Outcome.CONTRADICTED
    assert plain(answer.text).startswith("No: the accuracy is lower with “dropout” (another: −5.0 points")
    assert "higher" not in answer.text
    others = "In the other comparisons, the accuracy is higher with “dropout” (tuned &amp; more: +5.0 points"
    assert plain(answer.details).startswith(others)


def test_a_question_with_two_parts_has_two_verdicts():
    gap = BETTER | {"measure": "gap"}
    rows = [contrast(0, 1, -0.04, "gap"), contrast(1, 1, -0.05)]
    answer = answered(gap, BETTER, rows=rows)
    assert plain(answer.text).startswith("(1) Yes: the gap")
    assert ". (2) No: the accuracy is lower" in plain(answer.text)
    assert answer.outcome is Outcome.MIXED
    assert answered(gap, BETTER, rows=[rows[0], contrast(1, 1, 0.05)]).outcome is Outcome.SHOWN
    both = [contrast(0, 1, 0.04, "gap"), contrast(1, 1, 0.05, **UNCLEAR)]
    assert answered(gap, BETTER, rows=both).outcome is Outcome.OPEN, "nothing is shown, and something stayed open"


def test_without_an_expectation_the_best_comes_first():
    comparison = {key: value for key, value in BETTER.items() if key != "expect"}
    results_of = found(comparison, rows=[contrast(0, 1, 0.05)])
    answer = experiment_answer(results_of, "blocks")
    assert answer.outcome is Outcome.NONE
    assert answer.text.startswith("The most accurate on the validation images is “one block”")
    assert "The accuracy is higher with “dropout”" in answer.text


def _course(setting, losses, study, rates=(0.1, 0.1, 0.1)):
    ((model, view),) = study.experiments["blocks"].combinations[setting].members[:1]
    return [
        {"model": model, "view": view, "classifier": "tuned", "epoch": epoch, "cross_entropy": loss}
        | {"updates": 10 * epoch, "seconds": 0.5 * epoch, "learning_rate": rates[epoch - 1]}
        for epoch, loss in enumerate(losses, start=1)
    ]


def test_losses_are_compared_where_all_networks_arrive():
    results_of = found({"measure": "loss"}, rows=[])
    results_of.tables["contrasts"] = pd.DataFrame(columns=list(contrast(0, 1, 0.0)))
    falling = _course(1, [4.0, 2.5, 2.75], results_of.study, rates=(0.3, 0.2, 0.1))
    courses = [_course(0, [2.5, 2.0, 1.0], results_of.study), falling]
    results_of.tables["network_training"] = pd.DataFrame([row for course in courses for row in course])
    text = plain(comparison_claims.answer(results_of, "blocks").text)
    assert text == (
        "To a cross-entropy of 2.5 in training, which all reach, “one block” (updates per epoch: 10, learning rate "
        "0.1) needs 1 epoch, 10 updates and 0.5 s of CPU time; “dropout” (updates per epoch: 10) needs 2 epochs, 20 "
        "updates and 1 s of CPU time."
    )
    text = plain(comparison_claims.answer(replace(results_of, batches={"tuned": 32}), "blocks").text)
    assert "“one block” (batches of 32 images, learning rate 0.1) needs 1 epoch" in text
    assert "“dropout” (batches of 32 images) needs" in text, "its learning rate changes"
    results_of.tables["network_training"]["updates"] = results_of.tables["network_training"]["epoch"]
    text = plain(comparison_claims.answer(replace(results_of, batches={"tuned": 5000}), "blocks").text)
    assert "“one block” (one batch of all images, learning rate 0.1)" in text


def test_the_configuration_states_the_sizes_of_batches():
    assert batch_sizes({"tuned": NETWORK, "off": False, "sgd": {"parameters": {"batch_size": 32}}}) == {"sgd": 32}


def test_a_comparison_without_expectation_adds_to_a_verdict():
    plain_gap = {key: value for key, value in BETTER.items() if key != "expect"}
    answer = answered(BETTER | {"measure": "gap"}, plain_gap, rows=[contrast(0, 1, -0.04, "gap"), contrast(1, 1, 0.05)])
    assert plain(answer.text).startswith("Yes: the gap"), "one verdict needs no number"
    assert ". In addition, the accuracy is higher with “dropout”" in plain(answer.text)
    assert answer.outcome is Outcome.SHOWN


def test_of_many_unclear_differences_the_largest_are_stated_and_the_others_counted():
    rows = [contrast(0, one, value, **UNCLEAR) for one, value in {1: 0.01, 2: 0.03, 3: -0.02}.items()]
    for other in (dict(row) for row in rows[:2]):
        rows.append(other | {"classifier": "other", "against_classifier": "other", "difference": 0.0})
    text = plain(
        answered(
            BETTER,
            rows=rows,
            networks=("one_block", "dropout", "normalised", "two_blocks"),
            classifiers=("tuned", "other"),
        ).text
    )
    assert text.startswith("Not shown: the accuracy with “normalised” (tuned &amp; more: +3.0 points [")
    assert "“dropout” (tuned &amp; more: +1.0 points [+0.0, +2.0]) and 3 others is not shown to differ" in text
    assert "(the smallest of 5 p-values: p = 0.800)" in text
    assert "two blocks" not in text


def test_where_nothing_is_better_the_answer_says_so_first():
    comparison = {key: value for key, value in BETTER.items() if key != "expect"}
    networks = ("one_block", "dropout", "normalised", "two_blocks")
    differences = {1: 0.01, 2: 0.03, 3: -0.02}
    rows = [contrast(0, one, value, **UNCLEAR) for one, value in differences.items()]
    rows[2]["p_corrected"] = 0.6
    text = plain(answered(comparison, rows=rows, networks=networks).text)
    assert text.startswith("None is shown to be more accurate than “one block”. The accuracy with “normalised” (+3.0")
    assert text.index("“normalised”") < text.index("“dropout”") < text.index("“two blocks”"), "the largest comes first"
    assert "(the smallest of 3 p-values: p = 0.600). The most accurate on the validation images" in text
    assert text.count("p = ") == 1
    assert text.count("None is shown") == 1
    rows[0] |= {"p_value": 0.001, "p_corrected": 0.003}
    text = plain(answered(comparison, rows=rows, networks=networks).text)
    assert text.startswith("The most accurate on the validation images")
    assert "None is shown" not in text


@pytest.mark.parametrize(
    ("repetitions", "changes", "warning"),
    [
        (1, {}, "Each was trained only once: other initial weights could change this."),
        (2, {}, "Each was trained only twice: other initial weights could change this."),
        (3, {}, ""),
        (1, UNCLEAR, ""),
    ],
)
def test_few_trainings_are_a_warning(repetitions, changes, warning):
    answer = answered(BETTER, rows=[contrast(0, 1, 0.05, repetitions=repetitions, **changes)])
    assert answer.text.endswith(warning)
    assert ("Each was trained" in answer.text) == bool(warning)


def test_exact_numbers_and_t_tests_need_no_such_warning():
    exact = contrast(0, 1, -0.25, "parameters", repetitions=1, **MISSING)
    assert "Each was trained" not in answered(BETTER | {"measure": "parameters"}, rows=[exact]).text


def test_the_sizes_of_networks_belong_to_a_comparison_of_accuracies():
    answer = answered(BETTER, rows=[contrast(0, 1, 0.05)])
    assert "number of parameters: “one block” has 1000 and “dropout” has 2000." in plain(answer.details)
    made = found(BETTER, rows=[contrast(0, 1, 0.05)])
    made.tables["networks"]["parameters"] = 1000
    assert "number of parameters" not in comparison_claims.answer(made, "blocks").details
    assert "number of parameters" not in answered(AS_GOOD, rows=[contrast(0, 1, 0.05)]).details


def test_the_answers_are_russian_in_a_russian_report():
    language.use("report/ru.po")
    try:
        text = plain(answered(BETTER, rows=[contrast(0, 1, 0.05)]).text)
    finally:
        language.use()
    assert text.startswith("Да: точность выше, чем у варианта «one block»: «dropout» (")


def test_errors_of_reconstruction_have_a_verdict():
    stated = {"measure": "held_out_error", "with": {"network": "one_block"}, "expect": "better"}
    row = contrast(0, 1, -0.25) | {"measure": "held_out_error", "classifier": float("nan")}
    answer = answered(stated, rows=[row | {"low": -0.3, "high": -0.2}], classifiers=())
    assert plain(answer.text) == (
        "Yes: the error of reconstructed test images is smaller with “dropout” (75.0 % [70.0, 80.0] of the error, "
        "p = 0.002) than with “one block”."
    )
    assert answer.outcome == Outcome.SHOWN
    worse = answered(stated, rows=[row | {"difference": 0.25, "low": 0.2, "high": 0.3}], classifiers=())
    assert plain(worse.text).startswith("No: the error of reconstructed test images is larger with “dropout” (125.0 %")
