"""Means over repetitions have the interval and the p-value of Student's t."""

import numpy as np
import pytest
from scipy.stats import t, ttest_rel

from lib.evaluation.repetitions import mean_of


def test_the_interval_and_p_value_of_a_mean():
    values = np.array([1.0, 2.0, 4.0])
    found = mean_of(values)
    half = t.ppf(0.975, 2) * values.std(ddof=1) / np.sqrt(3)
    assert (found.value, found.low, found.high) == pytest.approx((7 / 3, 7 / 3 - half, 7 / 3 + half))
    assert found.p_value == pytest.approx(ttest_rel(values + 5, np.full(3, 5)).pvalue)


def test_one_repetition_has_no_interval():
    found = mean_of(np.array([0.7]))
    assert found.value == 0.7
    assert np.isnan([found.low, found.high, found.p_value]).all()


def test_values_that_do_not_vary_have_a_p_value_only_if_they_are_0():
    assert vars(mean_of(np.zeros(3))) == {"value": 0, "low": 0, "high": 0, "p_value": 1}
    found = mean_of(np.array([0.8, 0.6, 0.5]) - np.array([0.7, 0.5, 0.4]))  # 0.1 up to rounding
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))
    assert np.isnan(found.p_value)


def test_the_interval_has_its_nominal_coverage(rng):
    found = [mean_of(rng.normal(2, 1, size=4)) for _ in range(600)]
    assert 0.925 < np.mean([one.low <= 2 <= one.high for one in found]) < 0.975
