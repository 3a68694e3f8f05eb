"""Conclusions turn round when the data do."""

import numpy as np
import pandas as pd
import pytest

from lib import claims, latex
from lib.datasets.duplicates import count_duplicates, digests
from lib.tables import comparison_table

CLASSIFIERS = {"lr": "logistic regression"}


def compared(only_first, only_second):
    base = [True] * 50 + [False] * 50
    first = np.array([True] * only_first + [False] * only_second + base)
    second = np.array([False] * only_first + [True] * only_second + base)
    right = {("m", "v", "lr"): first, ("pixels", "all", "lr"): second}
    kinds = {("m", "v"): {"features": "autoencoder", "layer": 1, "stride": 8}}
    return claims.comparison(comparison_table(right, kinds).to_dict("records")[0], CLASSIFIERS)


def test_features_beat_pixels_or_fall_behind_or_neither():
    better, worse, unclear = compared(60, 10), compared(10, 60), compared(30, 31)
    assert "the features ``autoencoder'' beat pixels by" in better
    assert "fall behind" not in better
    assert "the features ``autoencoder'' fall behind pixels by" in worse
    assert "no difference between the features ``autoencoder'' and pixels could be shown" in unclear
    assert "29.4" in better, "points of accuracy: 50 of 170"
    assert latex.percent(110 / 170) in better
    assert latex.percent(60 / 170) in better


def row(oriented, units=75):
    return pd.Series({"oriented_units": oriented, "units": units})


@pytest.mark.parametrize(
    ("trained", "untrained", "supports", "difference"),
    [
        (60, 0, "supports", "training made more of them"),
        (20, 0, "does not support", "training made more of them"),
        (60, 60, "does not support", "no difference could be shown"),
        (0, 60, "does not support", "training made fewer of them"),
        (60, None, "supports", None),
    ],
)
def test_the_hypothesis_is_judged_by_the_filters(trained, untrained, supports, difference):
    text = claims.filters(row(trained), None if untrained is None else row(untrained))
    assert f"The result {supports} the hypothesis" in text
    assert f"Of the 75 filters {trained} (" in text
    assert difference is None or difference in text


def test_the_method_tells_what_the_configuration_says():
    assert "is removed in every channel" in claims.centring("patch", compared=False)
    assert "is kept" in claims.centring("none", compared=True)
    assert "compared" not in claims.centring("patch", compared=False)


def test_convergence_tells_what_stopped_it():
    history = pd.DataFrame({"iteration": [0, 1, 2, 3], "loss": [101.0, 1.5, 1.2, 1.0]})
    assert "where the limit of iterations stopped it" in claims.convergence(history, 3)
    assert "found no further descent" in claims.convergence(history, 10)
    assert f"{latex.percent(0.99, 0)} of the fall took 1 iterations" in claims.convergence(history, 3)


def test_duplicates_are_told_and_test_images_in_training_are_a_warning():
    splits = {"train": [b"a", b"b", b"c"], "test": [b"d", b"e"], "unlabeled": [b"f"]}
    assert claims.duplicates(count_duplicates(splits)).startswith("No image occurs twice")
    table = count_duplicates(splits | {"test": [b"a", b"c", b"d"], "unlabeled": [b"f", b"f"]})
    assert claims.duplicates(table) == (
        "Exact duplicates: 2 images of ``test'' are also in ``train''; "
        "in ``unlabeled'', 1 image equals an earlier one. "
        r"\textbf{Warning:} test images that are training images make accuracies look better than they are."
    )
    assert "Warning" not in claims.duplicates(count_duplicates(splits | {"unlabeled": [b"a"]}))


def test_digests_tell_images_apart():
    images = np.array([[1, 2, 3], [1, 2, 4], [1, 2, 3]], dtype=np.uint8)
    first, second, third = digests(images)
    assert first == third != second
    assert digests(np.asfortranarray(images)) == [first, second, third]


def test_gradient_claim_counts_failures():
    checks = pd.DataFrame({"check": ["a", "b"], "relative_error": [1e-9, 2e-3], "passed": [True, False]})
    assert claims.gradient(checks).startswith("1 of 2 checks passed")
    assert "``b''" in claims.gradient(checks)
    assert claims.gradient(checks.assign(passed=True)).startswith("All 2 checks passed")


def test_latex_formats():
    assert latex.escape("50 % of a_b & c\\") == r"50 \% of a\_b \& c\textbackslash{}"
    assert latex.integer(9999) == "9999"
    assert latex.integer(27648) == r"27\,648"
    assert latex.scientific(2.13e-9) == r"\ensuremath{2.1\times 10^{-9}}"
    assert latex.number(1e-4) == r"\ensuremath{10^{-4}}"
    assert latex.number(3.0) == "3"
    assert latex.percent(0.1234) == r"12.3\,\%"
    assert latex.p_value(0.0004) == r"\ensuremath{p < 0.001}"
    assert latex.fixed(-1.25, 1) == r"\ensuremath{-1.2}"
    with pytest.raises(ValueError, match="letters only"):
        latex.macros({"A1": "x"})


def test_tables_are_complete_tabulars():
    text = latex.table(pd.DataFrame({"a_b": ["1", "2"], "c": ["x", "y"]}), "lr")
    assert text.startswith("\\begin{tabular}{lr}\n\\toprule\na\\_b & c \\\\\n\\midrule\n1 & x \\\\\n")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")
