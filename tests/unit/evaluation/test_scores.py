"""Metrics, intervals and tests, compared with published or exactly known values."""

import numpy as np
import pytest
from scipy.stats import binomtest

from lib.evaluation.scores import Bootstrap, confusion, holm, metrics, wilson_interval


def test_wilson_interval_agrees_with_its_formula():
    p, n, z = 0.3, 200, 1.959963984540054
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert wilson_interval(60, 200) == pytest.approx((middle - half, middle + half), abs=1e-12)


def test_metrics_of_known_predictions():
    truth, labels = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    probabilities = np.array([[0.8, 0.2], [0.4, 0.6], [0.25, 0.75], [0.1, 0.9]])
    found = metrics(truth, labels, probabilities)
    assert found["accuracy"] == 0.75
    assert found["log_loss"] == pytest.approx(-np.mean(np.log([0.8, 0.4, 0.75, 0.9])))
    assert found["f1_macro"] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_confusion_of_known_predictions():
    truth, labels = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 2, 0])
    expected = [[2, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert confusion(truth, labels, 4).tolist() == expected, "rows are true classes, columns predicted ones"


def compared(first, second, seed=0):
    return Bootstrap([np.atleast_2d(first), np.atleast_2d(second)], np.random.default_rng(seed)).compare(0, 1)


def test_a_difference_is_that_of_the_means_and_changes_sign_with_the_order():
    first = np.array([True] * 20 + [False] * 4 + [True] * 50 + [False] * 26)
    second = np.array([False] * 20 + [True] * 4 + [True] * 50 + [False] * 26)
    result, turned = compared(first, second), compared(second, first)
    assert (result.only_first, result.only_second) == (20, 4)
    assert result.difference == pytest.approx(0.16)
    assert result.effect_size == pytest.approx(20 / 24 - 0.5)
    assert 0 < result.low < 0.16 < result.high < 0.3
    assert (turned.difference, turned.low, turned.high) == pytest.approx((-0.16, -result.high, -result.low), abs=1e-6)
    assert turned.p_value == result.p_value < 0.01


def test_equal_predictions_show_no_difference():
    answers = np.array([True, False, True])
    result = compared(answers, answers)
    assert (result.difference, result.p_value, result.effect_size) == (0, 1, 0)


def test_the_p_value_of_one_repetition_agrees_with_mcnemars_exact_test(rng):
    outcome = rng.choice(3, size=1000, p=[0.12, 0.09, 0.79])
    first, second = outcome == 0, outcome == 1
    exact = binomtest(int(first.sum()), int((first | second).sum())).pvalue
    assert compared(first, second).p_value == pytest.approx(exact, abs=0.03)


def test_the_interval_of_a_difference_has_its_nominal_coverage(rng):
    held = 0
    for number in range(200):
        outcome = rng.choice(3, size=300, p=[0.1, 0.2, 0.7])
        answers = [np.atleast_2d(outcome == 0), np.atleast_2d(outcome == 1)]
        result = Bootstrap(answers, np.random.default_rng(number), replicates=1000).compare(0, 1)
        held += result.low <= -0.1 <= result.high
    assert 0.91 < held / 200 < 0.985


def test_repetitions_that_disagree_widen_the_interval(rng):
    rival = rng.random(500) < 0.5
    steady = np.stack([rng.random(500) < 0.6 for _ in range(4)])
    spread = np.stack([rng.random(500) < share for share in (0.45, 0.55, 0.65, 0.75)])
    bootstrap = Bootstrap([steady, spread, np.stack([rival] * 4)], rng)
    narrow, wide = bootstrap.compare(0, 2), bootstrap.compare(1, 2)
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert bootstrap.mean(1).value == pytest.approx(spread.mean())


def test_settings_with_different_numbers_of_repetitions_are_not_compared(rng):
    with pytest.raises(ValueError, match="2 and 3 repetitions"):
        Bootstrap([np.ones((2, 5), bool), np.ones((3, 5), bool)], rng).compare(0, 1)


def test_holms_correction_of_a_worked_example():
    # 0.01 * 4, 0.02 * 3, 0.03 * 2 and 0.04 * 1, none smaller than the one before
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
