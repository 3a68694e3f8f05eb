"""Sentences follow from the results: other numbers, other sentences and other outcomes."""

import re

import numpy as np
import pandas as pd
import pytest

from lib.evaluation.scores import SMALLEST_P
from lib.report import (
    accuracy_claims,
    data_claims,
    filter_claims,
    headline_claims,
    look_claims,
    sweep_claims,
    training_claims,
)
from lib.report.answers import Outcome
from lib.report.conclusions import sentences
from lib.report.phrases import corrected_p
from lib.report.tables import convergence_table, gain_table
from lib.report.tasks import experiment_answer, tasks
from tests.unit.report.made import EXPERIMENTS, change, results
from tests.unit.study.test_validation import DEFAULT

LR, FOREST = "logistic_regression", "random_forest"
GAIN = {"difference": 0.1, "low": 0.05, "high": 0.15, "p_corrected": 0.001}
LOSS = {"difference": -0.1, "low": -0.15, "high": -0.05, "p_corrected": 0.001}


@pytest.fixture
def found():
    return results()


@pytest.mark.parametrize(
    ("first", "second", "outcome", "words"),
    [
        (GAIN, GAIN, Outcome.SHOWN, "more accurate than pixels with logistic regression and random forest;"),
        (GAIN, None, Outcome.MIXED, "with logistic regression and not detectably different with random forest;"),
        (GAIN, LOSS, Outcome.MIXED, "with logistic regression and less accurate with random forest;"),
        (LOSS, None, Outcome.CONTRADICTED, "less accurate with logistic regression and not detectably"),
        (None, None, Outcome.OPEN, "not detectably different with logistic regression and random forest;"),
    ],
)
def test_features_are_compared_with_pixels_by_every_classifier(found, first, second, outcome, words):
    for classifier, values in ((LR, first), (FOREST, second)):
        change(found, "comparisons", values or {}, experiment="classifiers", classifier=classifier, rival="pixels")
    answer = experiment_answer(found, "classifiers")
    assert answer.outcome is outcome
    assert words in answer.text
    if first:
        assert f"\\num{{{100 * first['difference']:+.1f}}} points" in answer.text


def test_a_trend_needs_a_significant_slope(found):
    assert experiment_answer(found, "sample_size").outcome is Outcome.OPEN
    change(found, "trends", {"slope": 0.02, "p_corrected": 0.01}, classifier=LR)
    answer = experiment_answer(found, "sample_size")
    assert answer.outcome is Outcome.MIXED, "no trend with the forest"
    values = "\\num{50.0}\\,\\%, \\num{50.0}\\,\\% and \\num{50.0}\\,\\%"
    assert f"the accuracy rises with logistic regression ({values}; \\num{{+2.00}} points per tenfold" in answer.text
    assert "no trend was detected with random forest" in answer.text
    assert "from 100 to \\num{10000}" in answer.text
    change(found, "trends", {"slope": -0.02, "p_corrected": 0.01}, classifier=FOREST)
    assert experiment_answer(found, "sample_size").outcome is Outcome.MIXED


def test_the_most_accurate_setting_is_compared_with_the_first(found):
    change(found, "accuracy", {"accuracy": 0.6}, experiment="learners", setting=1, classifier=FOREST)
    text = accuracy_claims.best(found, "learners").text
    assert (
        "“untrained network” (\\num{60.0}\\,\\% with random forest), but no difference from “autoencoder” was" in text
    )
    change(found, "comparisons", GAIN, experiment="learners", setting=1, classifier=FOREST, rival="first")
    assert "\\num{+10.0} points [\\num{+5.0}, \\num{+15.0}] more than “autoencoder”" in (
        accuracy_claims.best(found, "learners").text
    )


def test_trained_and_untrained_filters_are_compared_in_the_same_use(found):
    change(found, "comparisons", GAIN, experiment="learners", setting=0, classifier=LR, rival="untrained")
    text = accuracy_claims.untrained(found, "learners").text
    assert "more accurate in 1 of 2 comparisons and less accurate in 0" in text
    assert accuracy_claims.untrained(found, "sample_size").text == ""


def test_many_values_of_an_axis_are_not_listed(found, monkeypatch):
    monkeypatch.setattr(accuracy_claims, "_MOST_VALUES", 2)
    change(found, "trends", {"slope": 0.02, "p_corrected": 0.01}, classifier=LR)
    assert "logistic regression (\\num{+2.00} points" in experiment_answer(found, "sample_size").text


def test_deep_networks_are_better_only_if_a_test_says_so(found):
    assert experiment_answer(found, "depth").outcome is Outcome.OPEN
    change(found, "comparisons", LOSS, experiment="depth", setting=1, rival="first")
    answer = experiment_answer(found, "depth")
    assert answer.outcome is Outcome.CONTRADICTED, "none is shown to be more accurate, and one is less accurate"
    assert (
        "In 0 of 2 comparisons a deeper network is more accurate than “\\num{75} units”, in 1 it is less" in answer.text
    )
    change(found, "comparisons", LOSS, experiment="depth", setting=2, rival="first")
    assert experiment_answer(found, "depth").outcome is Outcome.CONTRADICTED
    change(found, "comparisons", GAIN, experiment="depth", setting=2, rival="first")
    assert experiment_answer(found, "depth").outcome is Outcome.MIXED


def test_the_headline_takes_features_of_the_default_learner_only(found):
    change(found, "accuracy", {"accuracy": 0.9}, experiment="learners", setting=1, classifier=LR)
    change(found, "accuracy", {"accuracy": 0.7, "n_features": 321}, experiment="sample_size", setting=1, classifier=LR)
    change(found, "comparisons", GAIN, experiment="sample_size", setting=1, classifier=LR, rival="best_pixels")
    answer = headline_claims.headline(found)
    best = (
        "“\\num{100} patches” (experiment “sample size”) has the most accurate features: \\num{70.0}\\,\\% with "
        "logistic regression (321 numbers"
    )
    assert best in answer.text
    assert "; pixels reach at most \\num{30.0}\\,\\% with random forest (100 numbers" in answer.text
    assert "; with the same classifier pixels reach \\num{30.0}\\,\\%" in answer.text
    assert answer.outcome is Outcome.SHOWN
    change(found, "comparisons", GAIN, experiment="sample_size", setting=1, classifier=LR, rival="pixels")
    change(found, "comparisons", LOSS, experiment="sample_size", setting=1, classifier=LR, rival="best_pixels")
    assert headline_claims.headline(found).outcome is Outcome.CONTRADICTED, "another classifier of pixels is better"
    change(found, "comparisons", {"p_corrected": 0.5}, experiment="sample_size", setting=1, rival="best_pixels")
    assert headline_claims.headline(found).outcome is Outcome.OPEN


def test_the_headline_names_other_learners_with_as_many_numbers():
    learners = EXPERIMENTS["learners"] | {"vary": {"learner": ["autoencoder", "untrained", "kmeans"]}}
    found = results(EXPERIMENTS | {"learners": learners})
    change(found, "accuracy", {"accuracy": 0.7}, experiment="learners", setting=0, classifier=LR)
    change(found, "accuracy", {"accuracy": 0.69}, experiment="learners", setting=2, classifier=LR)
    text = headline_claims.headline(found).text
    expected = "the accuracy is not detectably different with “k-means” (\\num{69.0}\\,\\%)."
    assert f"With as many numbers from another learner {expected}" in text
    change(found, "comparisons", LOSS, experiment="learners", setting=2, classifier=LR, rival="first")
    assert "the accuracy is significantly lower with “k-means” (" in headline_claims.headline(found).text
    change(found, "comparisons", GAIN, experiment="learners", setting=2, classifier=LR, rival="first")
    assert "the accuracy is significantly higher with “k-means” (" in headline_claims.headline(found).text
    change(found, "accuracy", {"n_features": 3}, experiment="learners", setting=2)
    assert "another learner" not in headline_claims.headline(found).text


def test_the_headline_says_which_experiment_and_which_encoding(found):
    change(found, "accuracy", {"accuracy": 0.7}, experiment="learners", setting=0, classifier=LR)
    text = headline_claims.headline(found).text
    assert "the one in the experiment “learners” has the most accurate" in text
    assert "not the activations" not in text
    encoded = EXPERIMENTS["learners"] | {"set": {"encoding": "soft_threshold"}}
    found = results(EXPERIMENTS | {"learners": encoded})
    change(found, "accuracy", {"accuracy": 0.7}, experiment="learners", setting=0, classifier=LR)
    assert "; these features are not the activations (soft threshold)" in headline_claims.headline(found).text


def test_a_part_of_stl10_is_called_a_part(found):
    data = found.tables["data"]
    assert "5000 training, 8000 test and \\num{100000} unlabelled images" in data_claims.sample(data)
    assert data_claims.sample(data.assign(images=[5000, 8000, 100_000])) == ""


def test_the_sources_of_published_accuracies_are_named_and_whether_they_can_be_compared():
    data = pd.DataFrame({"split": ["train", "test"], "images": [2000, 500]})
    accuracies = pd.DataFrame({"source": ["a", "a", "b"], "data": "STL-10"})
    text = data_claims.published(accuracies, data)
    assert text.startswith(
        r"The published ones are of \citet{a} and \citet{b}, on STL-10. This study has 2000 training"
    )
    assert "accuracies can be compared" in data_claims.published(accuracies, data.assign(images=[5000, 8000]))


def test_colour_transitions_have_the_setting_with_most_of_them(found):
    change(found, "measures", {"mean": 0.02}, measure="colour_share")
    change(found, "measures", {"mean": 0.34}, experiment="beta", setting=2, measure="colour_share")
    change(found, "measures", {"mean": 0.9}, experiment="learners", setting=1, measure="colour_share")
    details = filter_claims.hypothesis(found).details
    assert "most frequent with “\\ensuremath{\\beta = \\num{1000}}” (experiment “" in details
    assert details.endswith("34\\,\\% of the filters.")


def _oriented(found, trained, untrained, p):
    values = {"mean": trained, "low": trained - 0.05, "high": trained + 0.05}
    change(found, "measures", values, experiment="learners", setting=0, measure="oriented_share")
    values = {"mean": untrained, "difference": untrained - trained, "p_corrected": p}
    change(found, "measures", values, experiment="learners", setting=1, measure="oriented_share")


def _coloured(found, p):
    change(found, "measures", {"mean": 0.1}, experiment="learners", setting=0, measure="colour_share")
    values = {"mean": 0.0, "difference": -0.1, "p_corrected": p}
    change(found, "measures", values, experiment="learners", setting=1, measure="colour_share")


@pytest.mark.parametrize(
    ("trained", "untrained", "p", "outcome"),
    [
        (0.8, 0.0, 0.001, Outcome.SHOWN),
        (0.8, 0.0, 0.2, Outcome.OPEN),
        (0.8, 0.9, 0.001, Outcome.CONTRADICTED),
        (0.4, 0.0, 0.001, Outcome.CONTRADICTED),
        (0.64, 0.0, 0.001, Outcome.OPEN),  # the interval includes two thirds
    ],
)
def test_the_hypothesis_needs_two_thirds_and_more_than_before_training(found, trained, untrained, p, outcome):
    _oriented(found, trained, untrained, p)
    _coloured(found, 0.001)
    answer = filter_claims.hypothesis(found)
    assert answer.outcome is outcome
    assert f"{100 * trained:.0f}\\,\\% [" in answer.text
    assert f"of the filters are oriented ({100 * untrained:.0f}\\,\\% before training; difference" in answer.text
    change(found, "measures", {"mean": 0.05}, experiment="learners", setting=0, measure="effective_share")
    details = filter_claims.hypothesis(found).details
    assert re.search(r"the effective number of the \D*75\D* filters is \D*3\.8", details), "copies may all be oriented"


@pytest.mark.parametrize(("p", "outcome"), [(0.001, Outcome.SHOWN), (0.2, Outcome.MIXED)])
def test_colour_transitions_have_to_become_more_frequent_too(found, p, outcome):
    _oriented(found, 0.8, 0.0, 0.001)
    _coloured(found, p)
    answer = filter_claims.hypothesis(found)
    assert answer.outcome is outcome
    assert "transitions between opponent colours (0\\,\\% before training; difference \\num{+10} points" in answer.text


def test_a_difference_that_nothing_tests_is_not_called_unproven(found):
    """In every repetition all filters are oriented after training and none before: no test shows how much they vary."""
    _oriented(found, 1.0, 0.0, np.nan)
    answer = filter_claims.hypothesis(found)
    assert "difference \\num{+100} points, not tested)" in answer.text
    assert "an increase by training was not tested" in answer.details


def test_colours_that_no_filter_has_need_no_test(found):
    change(found, "measures", {"mean": 0.0, "p_corrected": 1.0}, experiment="learners", measure="colour_share")
    text = filter_claims.hypothesis(found).text
    assert text.endswith(", and none are transitions between opponent colours, as before training.")


def test_small_filters_are_too_small_to_tell_an_edge_from_noise():
    found = results(defaults=DEFAULT["defaults"] | {"patch_size": 4})
    change(found, "measures", {"mean": np.nan}, measure="oriented_share")
    assert "are too small to tell an edge from noise: they need 5 pixels" in filter_claims.hypothesis(found).text


def test_grey_images_have_no_colour_transitions_to_discover(found):
    _oriented(found, 0.8, 0.0, 0.001)
    measures = found.tables["measures"]
    found.tables["measures"] = measures[measures["measure"] != "colour_share"]
    answer = filter_claims.hypothesis(found)
    assert answer.outcome is Outcome.SHOWN
    assert "colours" not in answer.text


def test_a_sweep_names_the_values_that_degrade_and_describes_both_ends(found):
    assert "No value is shown to be worse than" in experiment_answer(found, "beta").text
    values = {"mean": 0.27, "difference": -0.43, "p_corrected": 0.002}
    change(found, "measures", values, experiment="beta", setting=2, measure="explained_variance")
    change(found, "comparisons", LOSS, experiment="beta", setting=2, rival="first")
    answer = experiment_answer(found, "beta")
    assert answer.text.startswith(
        "Shown to be worse than “\\ensuremath{\\beta = \\num{3}}” in explained variance or "
        "accuracy: “\\ensuremath{\\beta = \\num{1000}}” "
        "(explained variance and accuracy); "
    )
    assert "for “\\ensuremath{\\beta = \\num{0}}” no loss is shown" in answer.text
    smallest, largest = answer.details.split("At the largest value")
    assert "no measure differs detectably" in smallest
    assert "27\\,\\% of the variance is explained instead of 70\\,\\%" in largest
    assert "the accuracy with logistic regression changes by \\num{-10.0} points" in largest


def test_degradation_names_the_worst_value_of_each_sweep(found):
    assert sweep_claims.degradation(found, ["beta"]) == ""
    for setting, mean in ((1, 0.4), (2, 0.27)):
        values = {"mean": mean, "difference": mean - 0.7, "p_corrected": 0.002}
        change(found, "measures", values, experiment="beta", setting=setting, measure="explained_variance")
    text = sweep_claims.degradation(found, ["beta"])
    least = "In each sweep, the reconstruction explains the variance of the patches least at"
    assert text == f"{least} “\\ensuremath{{\\beta = \\num{{1000}}}}” (27\\,\\%)."
    values = {"mean": 0.1, "difference": -0.6, "p_corrected": 0.002}
    change(found, "measures", values, experiment="beta", setting=1, measure="oriented_share")
    fewest = "In each sweep, oriented filters become fewest at “\\ensuremath{\\beta = \\num{0}}” (10\\,\\%)."
    assert sweep_claims.degradation(found, ["beta"]) == f"{fewest} {text}"
    change(found, "measures", {"mean": 0.02}, experiment="beta", setting=2, measure="effective_share")
    alike = "Filters become copies of each other at “\\ensuremath{\\beta = \\num{1000}}” (\\num{1.5}), by the "
    alike += "effective number of filters."
    assert sweep_claims.degradation(found, ["beta"]) == f"{alike} {fewest} {text}"


def test_filters_look_dead_alike_or_like_noise(found):
    assert look_claims.looks(found, ["beta"]) == ""
    change(found, "measures", {"mean": 0.2}, experiment="beta", setting=1, measure="edge_likeness")
    noise = "Filters turn into noise at “\\ensuremath{\\beta = \\num{0}}”: "
    assert look_claims.looks(found, ["beta"]).startswith(noise)
    answer = sweep_claims.sweep(found, "beta")
    assert answer.text.startswith(noise)
    change(found, "measures", {"mean": 0.2}, experiment="beta", setting=0, measure="edge_likeness")
    assert look_claims.looks(found, ["beta"]) == "", "the first value is as noisy"
    change(found, "measures", {"mean": 0.95}, experiment="beta", setting=1, measure="dead_share")
    vanish = "Filters vanish at “\\ensuremath{\\beta = \\num{0}}” (95\\,\\% of the units are dead)."
    assert look_claims.looks(found, ["beta"]) == vanish


def test_a_value_at_which_filters_degrade_is_not_said_to_show_no_loss(found):
    change(found, "comparisons", LOSS, experiment="beta", setting=2, rival="first")
    assert "; for “\\ensuremath{\\beta = \\num{0}}” no loss is shown" in sweep_claims.sweep(found, "beta").text
    change(found, "measures", {"mean": 0.2}, experiment="beta", setting=1, measure="edge_likeness")
    assert "no loss" not in sweep_claims.sweep(found, "beta").text


def test_a_share_that_repetitions_leave_open_is_not_judged(found):
    change(found, "measures", {"low": 0.0, "high": 1.0}, experiment="beta", setting=0, measure="oriented_share")
    text = sweep_claims.sweep(found, "beta").text
    assert "The share of oriented filters cannot be judged: the repetitions of “" in text


def test_filters_that_become_alike_are_described_but_do_not_count_as_worse(found):
    values = {"mean": 0.04, "difference": -0.2, "p_corrected": 0.002}
    change(found, "measures", values, experiment="beta", setting=2, measure="effective_share")
    answer = sweep_claims.sweep(found, "beta")
    assert answer.text.startswith("No value is shown to be worse")
    assert "the effective number of filters is \\num{3.0} instead of \\num{52.5} (" in answer.details


def test_the_most_accurate_features_see_as_many_labels_as_pixels():
    few = {"task": 8, "vary": {"labels": [0, 5]}, "seeds": 3, "classifiers": [LR]}
    found = results(EXPERIMENTS | {"few": few})
    change(found, "accuracy", {"accuracy": 0.99}, experiment="few", setting=1)
    change(found, "accuracy", {"accuracy": 0.61}, experiment="learners", setting=0, classifier=FOREST)
    assert "61.0" in headline_claims.headline(found).text


def test_the_answer_of_task_8_says_whether_the_accuracy_depends_on_the_stride():
    stride = {"task": 8, "vary": {"stride": [6, 8, 12]}, "seeds": 3, "classifiers": [LR, FOREST]}
    found = results(EXPERIMENTS | {"stride": stride})
    found.tables["trends"] = found.tables["trends"].assign(experiment="stride", key="stride", scale="linear")
    change(found, "trends", {"slope": -0.02, "p_corrected": 0.01}, classifier=FOREST)
    text = tasks(found)[7].answer.text
    trend = "to 12, the accuracy falls with random forest; no trend was detected with logistic regression."
    assert trend in text


def test_effective_numbers_in_networks_of_different_sizes_are_those_of_all_filters():
    sizes = {"task": 7, "vary": {"hidden": [[75], [5], [10]]}, "seeds": 3, "classifiers": ["logistic_regression"]}
    found = results(EXPERIMENTS | {"hidden": sizes})
    values = {"mean": 0.94, "difference": 0.84, "p_corrected": 0.003}
    change(found, "measures", values, experiment="hidden", setting=1, measure="effective_share")
    answer = experiment_answer(found, "hidden")
    assert "the effective number of filters is \\num{4.7} of 5 instead of \\num{52.5} of 75 (" in answer.details


def test_a_p_value_that_the_bootstrap_cannot_undercut_is_an_upper_bound():
    row = {"p_corrected": 0.012, "comparisons": 60}
    assert "p \\le \\num{0.012}" in corrected_p(row | {"p_value": SMALLEST_P})
    assert "p = \\num{0.012}" in corrected_p(row | {"p_value": 1.5 * SMALLEST_P})


def test_collapse_is_stated_over_all_repetitions(found):
    assert filter_claims.collapse(found, "depth").text.startswith("No network collapsed: in no layer")
    change(found, "measures", {"mean": 1 / 3}, experiment="depth", setting=1, measure="collapsed")
    text = filter_claims.collapse(found, "depth").text
    assert "75-50-75 units” (70\\,\\% of the variance explained) collapsed in at least one repetition;" in text


@pytest.mark.parametrize(
    ("iterations", "seconds", "outcome"),
    [(0.5, 0.5, Outcome.SHOWN), (0.5, 1.0, Outcome.MIXED), (0.5, 1.5, Outcome.MIXED), (1.0, 1.0, Outcome.OPEN)],
)
def test_faster_convergence_has_to_hold_by_iterations_and_by_time(found, iterations, seconds, outcome):
    for against, ratio in (("iterations", iterations), ("seconds", seconds)):
        values = {"ratio": ratio, "p_corrected": 0.001 if ratio != 1 else 0.5}
        change(found, "convergence", values, against=against, setting=1)
    answer = training_claims.faster(found, "activation")
    assert answer.outcome is outcome
    clause = "smaller" if iterations < 1 else "not shown to differ"
    places = "\\num{25} to \\num{100}"
    assert f"{clause} after {places} iterations (after \\num{{50}} iterations: ratio" in answer.text
    clause = {0.5: "smaller", 1.0: "not shown to differ", 1.5: "larger"}[seconds]
    assert f"; {clause} after \\num{{0.5}} to \\num{{2}} s of CPU time (" in answer.text
    assert f"ratio \\num{{{iterations:.2f}}}" in answer.text


def test_the_gradient_check_counts_networks_and_not_known_functions(found):
    answer = training_claims.gradient(found.tables["gradient_check"])
    assert answer.text.startswith("All 2 comparisons")
    assert "\\num{1.0e-8}" in answer.text
    assert "\\num{1.0e-6}" in answer.details
    change(found, "gradient_check", {"passed": False}, parameters=100)
    assert training_claims.gradient(found.tables["gradient_check"]).text.startswith("1 of 2 comparisons")


def test_one_repetition_has_ratios_without_intervals(found):
    missing = dict.fromkeys(("ratio_low", "ratio_high", "p_value", "p_corrected"), np.nan)
    change(found, "convergence", missing | {"ratio": 0.7}, setting=1)
    text = training_claims.faster(found, "activation").text
    assert "(after \\num{50} iterations: ratio \\num{0.70})" in text
    rows = found.tables["convergence"]
    shown = convergence_table(rows[rows["experiment"] == "activation"], found.study, "activation")
    assert "& \\num{0.70} & – \\\\" in shown
    assert "nan" not in text + shown


def test_convergence_is_told_by_the_reconstruction_error(found):
    answer = training_claims.convergence(found)
    assert "from \\num{5.00} to \\num{1.00}" in answer.text
    assert "In 2 iterations and \\num{2.0} s of CPU time" in answer.text
    assert "no longer decreased" in answer.text
    assert "From iteration 20 on" in answer.details
    assert answer.outcome is Outcome.SHOWN
    assert (
        "reconstruction \\num{1.00}, weight decay \\num{0.500} and sparsity \\num{0.500}"
        in training_claims.terms(found).text
    )


@pytest.mark.parametrize(("change_of_loss", "outcome"), [(0.009, Outcome.SHOWN), (0.011, Outcome.CONTRADICTED)])
def test_training_that_ends_at_its_limit_has_converged_if_the_loss_is_steady(found, change_of_loss, outcome):
    found.tables["training"]["relative_change"] = change_of_loss
    found.tables["training"]["message"] = "STOP: TOTAL NO. OF ITERATIONS REACHED LIMIT"
    answer = training_claims.convergence(found)
    assert f"while the loss fell by \\num{{{100 * change_of_loss:.2f}}}\\,\\% in the last 1 of them" in answer.text
    assert answer.outcome is outcome


def test_a_default_learner_without_a_history_has_no_convergence(found):
    empty = results()
    object.__setattr__(empty, "history", found.history.iloc[:0])
    assert training_claims.convergence(empty).text == training_claims.terms(empty).text
    assert "does not record a loss" in training_claims.terms(empty).text


def test_groups_of_test_images_are_mentioned_where_there_are_some(found):
    assert data_claims.groups(found.tables["data"]) == ""
    change(found, "data", {"groups": 42.0}, split="test")
    assert "from 42 groups" in data_claims.groups(found.tables["data"])
    assert found.grouped


def test_costs_are_cpu_times(found):
    text = data_claims.cost(found.tables["costs"])
    assert (
        "The 4 jobs up to the predictions used \\num{40} s of CPU time; the stage “model” used 75\\,\\% of it" in text
    )
    change(found, "costs", {"cpu_seconds": np.nan, "memory": np.nan}, stage="model")
    unknown = "The CPU time of the stage “model” is unknown, because some of its jobs left no measurement."
    assert data_claims.cost(found.tables["costs"]) == unknown, "a sum of the others would be too small"


def test_abnormal_ends_of_trainings_and_fits_are_said(found):
    assert training_claims.endings(found) == ""
    names = found.tables["training"]["model"]
    change(found, "training", {"message": "ABNORMAL: "}, model=names[0])
    change(found, "training", {"message": "stopped after 200 iterations"}, model=names[1])
    change(found, "training", {"relative_change": -0.01}, model=names[2])
    text = training_claims.convergence(found).details
    total = len(names)
    assert f"\\textbf{{Warning:}} Abnormal end of 1 of {total} models (“autoencoder”): L-BFGS found no lower" in text
    assert f"Abnormal end of 1 of {total} models (“autoencoder”): the algorithm had not converged" in text
    assert f"iterations the loss of 1 of {total} models (“autoencoder”) rose." in text
    assert "no longer decreased" not in text
    change(found, "classification", {"converged": False}, classifier=LR)
    assert "2 of 3 fits of classifiers ended before they had converged (logistic regression)." in (
        training_claims.endings(found)
    )


def test_the_loss_that_is_not_finite_is_said_without_a_history(found):
    change(found, "training", {"message": "STOP: LOSS OR GRADIENT NOT FINITE"}, seed=0)
    object.__setattr__(found, "history", found.history.iloc[:0])
    assert "the last ones before are used" in training_claims.convergence(found).details


def test_few_independent_test_images_are_warned_of(found):
    assert data_claims.groups(found.tables["data"]) == ""
    change(found, "data", {"images": 12}, split="test")
    assert "with only 12 independent test images" in data_claims.groups(found.tables["data"])
    change(found, "data", {"images": 1200, "groups": 3.0}, split="test")
    text = data_claims.groups(found.tables["data"])
    assert "from 3 groups" in text
    assert "with only 3 independent test images" in text


def test_two_settings_are_compared_by_every_classifier(found):
    for classifier, values in ((LR, GAIN), (FOREST, LOSS)):
        change(found, "comparisons", values, experiment="sample_size", classifier=classifier, rival="first", setting=1)
    text = accuracy_claims.against_first(found, "sample_size")
    assert text.startswith("Compared with “")
    assert "is higher with logistic regression (\\num{+10.0} points" in text
    assert "; lower with random forest (\\num{-10.0} points" in text


@pytest.mark.parametrize(
    ("own", "outcome"),
    [(GAIN, Outcome.MIXED), (LOSS, Outcome.CONTRADICTED), ({"p_corrected": 0.5}, Outcome.OPEN)],
)
def test_task_8_is_judged_by_the_default_features_and_by_the_best_ones(found, own, outcome):
    """The best features are not shown to differ from pixels."""
    for classifier in (LR, FOREST):
        change(found, "comparisons", own, experiment="classifiers", classifier=classifier, rival="pixels")
    answer = {task.number: task for task in tasks(found)}[8].answer
    assert headline_claims.headline(found).outcome is Outcome.OPEN
    assert answer.outcome is outcome


def test_collapsed_networks_do_not_count_as_deep_ones(found):
    change(found, "comparisons", LOSS, experiment="depth", setting=1, rival="first")
    assert experiment_answer(found, "depth").outcome is Outcome.CONTRADICTED
    change(found, "measures", {"mean": 1 / 3}, experiment="depth", setting=1, measure="collapsed")
    answer = experiment_answer(found, "depth")
    assert answer.outcome is Outcome.OPEN
    assert "In 0 of 1 comparison a deeper network" in answer.text
    assert answer.text.endswith("Collapsed networks do not count.")
    change(found, "measures", {"mean": 1 / 3}, experiment="depth", setting=2, measure="collapsed")
    assert "do not count" not in experiment_answer(found, "depth").text, "all of them did"


def test_only_the_embedded_photographs_reveal_their_classes():
    assert "its colours can reveal it" in data_claims.embedded("photographs")
    assert data_claims.embedded("data/stl10") == ""


def answered(vary, **settings):
    study = results({"own": {"set": settings, "vary": vary, "seeds": 3, "classifiers": [LR]}})
    change(study, "comparisons", GAIN, experiment="own", setting=1, rival="first")
    return experiment_answer(study, "own").text


def test_an_answer_on_depth_needs_networks_of_more_layers_than_the_first():
    three = [100, 50, 100]
    assert answered({"hidden": [[100], three]}).startswith("In 1 of 1 comparison a deeper network is more accurate")
    assert answered({"hidden": [three, [100]]}).startswith("The most accurate setting is")
    assert answered({"encoding": ["natural", "linear"]}, hidden=three).startswith("The most accurate setting is")
    assert answered({"learner": ["autoencoder", "pca"]}, hidden=three).startswith("The most accurate setting is")


def test_features_of_one_setting_are_named_and_do_not_answer_for_the_default():
    one = {"task": 8, "vary": {"learner": ["kmeans"]}, "seeds": 3, "classifiers": [LR]}
    study = results({"km": one})
    change(study, "comparisons", LOSS, experiment="km", setting=0, rival="pixels")
    change(study, "comparisons", GAIN, experiment="default", setting=0, rival="pixels")
    assert experiment_answer(study, "km").text.startswith("The features of “k-means” are less accurate")
    assert tasks(study)[7].answer.text.startswith("The features of the default model are more accurate")


def test_errors_of_reconstructions_in_different_units_are_not_ranked():
    vary = {"whiten": [False, True], "decoder": ["linear"]}
    study = results({"own": {"vary": vary, "classifiers": [LR]}, "other": {"vary": {"rho": [0.1, 0.2]}}})
    rows = study.tables["measures"].query("measure == 'explained_variance'").assign(measure="held_out_error")
    study.tables["measures"] = pd.concat([study.tables["measures"], rows])
    assert filter_claims.held_out_error(study, "own") == ""
    assert "reconstructed test images is smallest for" in filter_claims.held_out_error(study, "other")


def test_one_fold_has_no_deviation(found):
    found.tables["folds"] = pd.DataFrame({"model": ["m"], "view": "v", "classifier": LR, "folds": 1})
    found.tables["folds"] = found.tables["folds"].assign(accuracy_mean=0.5, accuracy_std=np.nan)
    assert accuracy_claims.folds(found) == ""


def test_features_of_few_labels_have_no_difference_from_pixels_of_all():
    study = results({"few": {"vary": {"labels": [10]}, "classifiers": [LR]}})
    tests = study.tables["comparisons"].query("rival != 'pixels'")
    rows = study.tables["accuracy"].query("experiment == 'few'")
    assert gain_table(rows, tests, study.study, study.classifiers).count("& – & –") == 1


@pytest.mark.parametrize(
    ("scaling", "text", "clipped"),
    [
        ("deviation", "The mean of each patch is removed in every channel", "1"),
        ("unit", "The mean of each patch is kept", "0"),
    ],
)
def test_the_text_on_normalisation_is_that_of_the_default_model(scaling, text, clipped):
    study = results(defaults=DEFAULT["defaults"] | {"scaling": scaling})
    shown = sentences(study, tasks(study))
    assert f"\\newcommand{{\\CentringText}}{{{text}" in shown
    assert f"\\newcommand{{\\ClippingCount}}{{{clipped}}}" in shown


def test_the_parameters_of_the_classifiers_are_stated():
    entries, labels = DEFAULT["classifiers"], {"random_forest": "random forest", "rbf_svm": "RBF SVM"}
    assert data_claims.classifiers(entries, ["rbf_svm", "random_forest"], labels) == (
        r"The classifiers are RBF SVM (kernel rbf; gamma scale; break\_ties true; C from 0.3, 1, 3, 10, 30, 100; "
        r"200 principal components) and random forest (n\_estimators 100)."
    )
    assert data_claims.classifiers(entries, [], labels) == ""
