"""Conclusions on the experiments of the lecture follow from their tables, and opposite tables have opposite ones."""

import pandas as pd
import pytest

from lib.report.answers import Outcome
from lib.report.family_claims import digits, gradients, letters, points, table
from lib.words import language
from tests.unit.words.test_labels import CATALOGUE

NONE = pd.DataFrame()


def ways(angles, cosines):
    rules = ["oja", "sanger", "nonlinear_oja", "gradient"]
    return pd.DataFrame({"way": rules, "angle": angles, "cosine": cosines})


def test_rules_that_find_the_plane_and_the_components_are_named():
    found = points(ways([1e-4, 1e-5, 0.3, 1e-4], [0.7, 0.9999, 1.0, 0.8]), NONE)
    assert found.outcome is Outcome.SHOWN
    assert found.text.endswith("found by: Oja’s rule, Sanger’s rule and gradient descent.")
    assert found.details == "The components themselves are found by: Sanger’s rule."
    unordered = points(ways([1e-4] * 4, [0.7] * 4), NONE)
    assert unordered.details == "No rule finds the components themselves."
    assert points(ways([0.1] * 4, [1.0] * 4), NONE).outcome is Outcome.CONTRADICTED


@pytest.mark.parametrize(("error", "outcome"), [(0.0102, Outcome.SHOWN), (0.02, Outcome.CONTRADICTED)])
def test_the_error_is_compared_with_that_of_components(error, outcome):
    results = pd.DataFrame({"training_error": [error], "pca_training_error": [0.01], "largest_error": [5.0]})
    curves = pd.DataFrame({"step": [0, 1, 300], "training_error": [1.0, 5.0, error]})
    found = table(results, curves)
    assert found.outcome is outcome
    assert "300" in found.text
    assert r"\num{5.0} times" in found.details


@pytest.mark.parametrize(("first", "outcome"), [(1e-6, Outcome.SHOWN), (0.5, Outcome.CONTRADICTED)])
def test_a_gradient_vanishes_or_not(first, outcome):
    rows = [
        {
            "activation": a,
            "depth": depth,
            "seed": 0,
            "layer": layer,
            "norm": first if (a, layer) == ("sigmoid", 1) else 1,
        }
        for a in ("sigmoid", "tanh", "relu")
        for depth in (2, 4)
        for layer in range(1, depth + 1)
    ]
    found = gradients(NONE, pd.DataFrame(rows).assign(seed=0))
    assert found.outcome is outcome
    assert found.text.startswith("With 4 layers")
    assert ("vanishes for: sigmoid." in found.text) == (outcome is Outcome.SHOWN)


def networks(gains):
    rows = []
    for seed, gain in enumerate(gains):
        for start, settings, accuracy in (
            *(("random", "equal", 0.7), ("pretrained", "equal", 0.7 + gain)),
            *(("random", "printed", 0.04), ("pretrained", "printed", 0.8)),
        ):
            row = {"seed": seed, "network": "6-5-4", "start": start, "settings": settings, "test_accuracy": accuracy}
            rows.append(row)
        rows.append(row | {"network": "6-4", "start": "random", "test_accuracy": 0.9})
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("gains", "outcome", "word"),
    [
        ([0.1, 0.11, 0.12], Outcome.SHOWN, "helps"),
        ([-0.1, -0.11, -0.12], Outcome.CONTRADICTED, "harms"),
        ([0.1, -0.1, 0.02], Outcome.OPEN, "remains open"),
        ([0.1], Outcome.OPEN, "remains open"),
    ],
)
def test_pre_training_is_judged_by_equal_settings(gains, outcome, word):
    found = letters(networks(gains), NONE)
    assert found.outcome is outcome
    assert word in found.text
    assert r"it is \num{80.0}\,\% with pre-training and \num{4.0}\,\% without" in found.details


@pytest.mark.parametrize(
    ("accuracy", "outcome"), [(0.92, Outcome.SHOWN), (0.95, Outcome.SHOWN), (0.9, Outcome.CONTRADICTED)]
)
def test_the_printed_accuracy_is_reproduced_within_its_error_or_above(accuracy, outcome):
    rows = {"settings": ["printed", "CD-1"], "test_accuracy": [accuracy, 0.94], "test_digits": 10_000}
    found = digits(pd.DataFrame(rows), NONE)
    assert found.outcome is outcome
    assert rf"\num{{{100 * accuracy:.1f}}}\,\% of \num{{10000}} test digits" in found.text
    assert ("“settings of the lecture”" if accuracy > 0.94 else "“CD-1”") in found.details


def test_the_sentences_are_translated():
    language.use(CATALOGUE)
    try:
        text = letters(networks([0.1, 0.11, 0.12]), NONE).text
    finally:
        language.use()
    assert text.startswith("При равных настройках предобучение помогает")
