"""Metrics, intervals and tests, compared with published or exactly known values."""

import numpy as np
import pytest
import scipy.stats
from scipy.stats import binomtest
from sklearn.metrics import f1_score

from lib.evaluation.scores import Bootstrap, MacroF1, confusion, effective_size, holm, metrics, wilson_interval


def test_wilson_interval_agrees_with_its_formula():
    p, n, z = 0.3, 200, 1.959963984540054
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    assert wilson_interval(0.3, 200) == pytest.approx((middle - half, middle + half), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 7), (60, 200), (7, 7), (1, 1000)])
def test_wilson_interval_agrees_with_scipy(successes, trials):
    expected = binomtest(successes, trials).proportion_ci(0.95, method="wilson")
    assert wilson_interval(successes / trials, trials) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_effective_size_of_independent_images_is_their_number(rng):
    right = rng.random(300) < 0.6
    assert effective_size(right, rng.permutation(300)) == 300
    pairs = effective_size(right, np.arange(300) // 2)
    assert 200 < pairs <= 300, "pairs that are independent by chance lose little"


def test_groups_that_agree_count_little_more_than_one_image_each(rng):
    found = effective_size(np.repeat(rng.random(100) < 0.6, 10), np.repeat(np.arange(100), 10))
    t = scipy.stats.t.ppf(0.975, [999, 99])
    assert found == pytest.approx(1000 / (999 / 99) * (t[0] / t[1]) ** 2)
    assert effective_size(np.ones(1000, bool), np.repeat(np.arange(100), 10)) == 100
    with pytest.raises(ValueError, match="5 test images form a single group, expected at least 2 groups"):
        effective_size(np.ones(5, bool), np.zeros(5))


def test_the_interval_of_grouped_images_has_its_nominal_coverage(rng):
    """Images of a group share a difficulty: the interval for independent images is far too narrow for them."""
    groups = np.repeat(np.arange(60), rng.integers(5, 25, size=60))
    held, naive = 0, 0
    for _ in range(400):
        right = rng.random(len(groups)) < rng.beta(1.2, 0.8, size=60)[groups]
        low, high = wilson_interval(right.mean(), effective_size(right, groups))
        held += low <= 0.6 <= high
        low, high = wilson_interval(right.mean(), len(right))
        naive += low <= 0.6 <= high
    assert 0.915 < held / 400 < 0.985
    assert naive / 400 < 0.75


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


@pytest.mark.parametrize("repetitions", [(3, 3), (5, 5), (5, 3)])
def test_the_interval_of_a_difference_covers_what_repetitions_add(rng, repetitions):
    """Both settings are equally good, and one repetition differs from another by more than the test images explain."""
    held, rejected = 0, 0
    for number in range(200):
        answers = [rng.random((count, 1000)) < 0.6 + rng.normal(0, 0.03, size=(count, 1)) for count in repetitions]
        result = Bootstrap(answers, np.random.default_rng(number), replicates=500).difference(0, 1)
        held += result.low <= 0 <= result.high
        rejected += result.p_value < 0.05
    assert 0.91 < held / 200 < 0.99
    assert rejected / 200 < 0.09


def test_macro_f1_of_repetitions_is_that_of_scikit_learn(rng):
    truth, labels = rng.integers(4, size=300), rng.integers(4, size=(2, 300))
    labels[:, :200] = truth[:200]
    found = MacroF1(truth, np.arange(300), np.random.default_rng(0)).of(labels)
    assert found.value == pytest.approx(np.mean([f1_score(truth, one, average="macro") for one in labels]))
    assert found.low < found.value < found.high


def test_the_interval_of_macro_f1_has_its_nominal_coverage(rng):
    """Each of three classes is found in seven of ten cases, and mistaken for the next one in the others."""
    held = 0
    for number in range(200):
        truth = rng.integers(3, size=300)
        labels = np.where(rng.random(300) < 0.7, truth, (truth + 1) % 3)
        found = MacroF1(truth, np.arange(300), np.random.default_rng(number), replicates=400).of(labels[None])
        held += found.low <= 0.7 <= found.high
    assert 0.91 < held / 200 < 0.985


def test_groups_that_agree_widen_the_interval_of_macro_f1(rng):
    truth = rng.integers(3, size=100)
    labels = np.where(rng.random(100) < 0.7, truth, (truth + 1) % 3)
    widths = []
    for copies in (1, 9):
        groups = np.repeat(np.arange(100), copies)
        found = MacroF1(np.repeat(truth, copies), groups, np.random.default_rng(1)).of(np.repeat(labels, copies)[None])
        widths.append(found.high - found.low)
    assert widths[0] == pytest.approx(widths[1])


def test_the_difference_of_macro_f1_is_paired_and_changes_sign_with_the_order(rng):
    truth = rng.integers(0, 4, 400)
    noisy = lambda share: np.where(rng.random((5, 400)) < share, rng.integers(0, 4, (5, 400)), truth)  # noqa: E731
    first, second = noisy(0.2), noisy(0.5)
    found = MacroF1(truth, np.arange(400), np.random.default_rng(0)).difference(first, second)
    turned = MacroF1(truth, np.arange(400), np.random.default_rng(0)).difference(second, first)
    expected = [
        f1_score(truth, a, average="macro") - f1_score(truth, b, average="macro")
        for a, b in zip(first, second, strict=True)
    ]
    assert found.value == pytest.approx(np.mean(expected), abs=1e-6)
    assert found.low < found.value < found.high
    assert found.p_value < 0.01
    assert (turned.value, turned.low) == pytest.approx((-found.value, -found.high), abs=1e-6)
    same = MacroF1(truth, np.arange(400), rng).difference(first, first)
    assert (same.value, same.low, same.high, same.p_value) == (0, 0, 0, 1)


def test_repetitions_that_agree_count_as_one(rng):
    answers = [rng.random((1, 300)) < share for share in (0.5, 0.6)]
    once = Bootstrap(answers, np.random.default_rng(1)).compare(0, 1)
    thrice = Bootstrap([np.repeat(one, 3, axis=0) for one in answers], np.random.default_rng(1)).compare(0, 1)
    assert (thrice.difference, thrice.low, thrice.high) == pytest.approx((once.difference, once.low, once.high))


def test_groups_that_agree_widen_the_interval_as_fewer_images_do(rng):
    few = rng.random((2, 200)) < 0.6
    many, groups = np.repeat(few, 10, axis=1), rng.permutation(200).repeat(10)
    whole = Bootstrap([few], np.random.default_rng(1)).mean(0)
    grouped = Bootstrap([many], np.random.default_rng(1), groups).mean(0)
    apart = Bootstrap([many], np.random.default_rng(1)).mean(0)
    assert grouped.value == whole.value
    assert grouped.high - grouped.low == pytest.approx(whole.high - whole.low, rel=0.05)
    assert apart.high - apart.low < 0.5 * (grouped.high - grouped.low)


def test_groups_of_one_image_change_nothing(rng):
    right = [rng.random((2, 90)) < 0.6, rng.random((2, 90)) < 0.5]
    first = Bootstrap(right, np.random.default_rng(3)).compare(0, 1)
    assert Bootstrap(right, np.random.default_rng(3), np.arange(90) + 5).compare(0, 1) == first


def test_a_group_counts_with_all_its_images(rng):
    """A replicate of one group of 9 right images and one of 1 wrong image has the accuracy of its images."""
    right, groups = np.array([[True] * 9 + [False]]), np.array([0] * 9 + [1])
    found = Bootstrap([right], rng, groups).mean(0)
    assert (found.value, found.low, found.high) == (pytest.approx(0.9), 0, 1)


def test_a_contrast_is_the_slope_of_the_accuracies(rng):
    shares = np.array([0.5, 0.6, 0.7, 0.8])
    right = [rng.random((2, 400)) < share for share in shares]
    x = np.arange(4.0)
    weights = (x - x.mean()) / np.sum((x - x.mean()) ** 2)
    found = Bootstrap(right, rng).contrast(range(4), weights)
    assert found.value == pytest.approx(np.polyfit(x, [one.mean() for one in right], 1)[0])
    assert found.low < found.value < found.high
    assert found.p_value < 0.001
    equal = Bootstrap([right[0]] * 3, rng).contrast(range(3), [-0.5, 0, 0.5])
    assert (equal.value, equal.p_value) == (0, 1)
    small = Bootstrap(right, rng).contrast(range(4), 1e-9 * weights)
    assert small.p_value < 0.001, "a slope per unit may be tiny"


def test_repetitions_that_disagree_widen_the_interval(rng):
    rival = rng.random(500) < 0.5
    steady = np.stack([rng.random(500) < 0.6 for _ in range(4)])
    spread = np.stack([rng.random(500) < share for share in (0.45, 0.55, 0.65, 0.75)])
    bootstrap = Bootstrap([steady, spread, np.stack([rival] * 4)], rng)
    narrow, wide = bootstrap.compare(0, 2), bootstrap.compare(1, 2)
    assert wide.high - wide.low > 1.3 * (narrow.high - narrow.low)
    assert bootstrap.mean(1).value == pytest.approx(spread.mean())


def test_the_interval_of_a_difference_has_no_impossible_values(rng):
    first, second = np.ones((2, 50), bool), np.zeros((2, 50), bool)
    second[0] = True  # so unequal repetitions say next to nothing of the mean
    found = Bootstrap([first, second, second[:1]], rng).compare(0, 1)
    assert (found.difference, found.high) == (0.5, 1.0)
    assert found.low >= -1
    assert Bootstrap([second, ~second], rng).contrast([0, 1], [0.5, 0.25]).high <= 0.75


def test_settings_with_different_numbers_of_repetitions_are_not_compared(rng):
    with pytest.raises(ValueError, match="2 and 3 repetitions"):
        Bootstrap([np.ones((2, 5), bool), np.ones((3, 5), bool)], rng).compare(0, 1)


def test_holms_correction_of_a_worked_example():
    # 0.01 * 4, 0.02 * 3, 0.03 * 2 and 0.04 * 1, none smaller than the one before
    assert holm([0.04, 0.01, 0.03, 0.02]) == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert holm([0.6, 0.7]) == pytest.approx([1, 1])
