"""Intervals and tests against published or exactly known values."""

import numpy as np
import pytest

from lib.statistics import compare_paired, confusion, metrics, recalls, wilson_interval


def test_wilson_interval_by_its_formula():
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
    np.testing.assert_allclose(recalls(truth, labels, 4), [2 / 3, 1 / 2, 0, np.nan])


def test_mcnemar_counts_only_images_on_which_the_two_differ():
    # 10 images that only the first gets right, 2 that only the second does: p = 2 P(X <= 2), X ~ Bin(12, 1/2)
    first = np.array([True] * 10 + [False] * 2 + [True] * 50 + [False] * 38)
    second = np.array([False] * 10 + [True] * 2 + [True] * 50 + [False] * 38)
    result = compare_paired(first, second)
    assert (result.only_first, result.only_second) == (10, 2)
    assert result.difference == pytest.approx(0.08)
    assert result.p_value == pytest.approx(2 * (1 + 12 + 66) / 2**12)
    assert result.shown
    assert 0 < result.low < 0.08 < result.high < 0.2
    turned = compare_paired(second, first)
    assert (turned.difference, turned.low, turned.high) == pytest.approx((-0.08, -result.high, -result.low))
    assert turned.p_value == pytest.approx(result.p_value)


def test_equal_answers_show_nothing():
    answers = np.array([True, False, True])
    result = compare_paired(answers, answers)
    assert (result.difference, result.p_value, result.shown) == (0, 1, False)


@pytest.mark.parametrize(("shares", "n"), [((0.02, 0.325), 200), ((0.05, 0.274), 1000), ((0.1, 0.1), 300)])
def test_the_interval_of_a_difference_holds_it_as_often_as_it_says(rng, shares, n):
    held = 0
    for _ in range(1000):
        outcome = rng.choice(3, size=n, p=[*shares, 1 - sum(shares)])
        result = compare_paired(outcome == 0, outcome == 1)
        held += result.low <= shares[0] - shares[1] <= result.high
    assert 0.93 < held / 1000 < 0.975
