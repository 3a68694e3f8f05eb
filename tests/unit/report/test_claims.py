"""Conclusions turn round when the data do."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets.duplicates import count_duplicates, digests
from lib.report import claims, data_claims
from lib.report.numbers import untrained_twin
from lib.study.settings import LEARNERS
from lib.words import latex

CLASSIFIERS = {"lr": "logistic regression"}


def told(*differences, p=0.001):
    rows = [
        {"label": f"s{number}", "against": "pixels", "classifier": "lr", "difference": difference}
        | {
            "comparisons": len(differences),
            "low": difference - 0.01,
            "high": difference + 0.01,
            "p_corrected": p if difference else 0.5,
        }
        for number, difference in enumerate(differences)
    ]
    return claims.rivals(pd.DataFrame(rows), CLASSIFIERS)


def test_settings_beat_a_rival_or_fall_behind_or_neither():
    better, worse, unclear = told(0.05), told(-0.05), told(0.05, p=0.2)
    assert better.startswith("By logistic regression, “s0”")
    assert "beats pixels" in better
    assert "+5.0" in better
    assert "falls behind pixels" in worse
    assert "-5.0" in worse
    assert "no difference to pixels could be shown for “s0”" in unclear
    assert "corrected" not in unclear
    assert "beats" not in unclear


def test_settings_with_the_same_outcome_share_a_sentence():
    text = told(0.05, -0.03, 0.07, 0.0)
    assert text.index("s0") < text.index("s2") < text.index("beat pixels") < text.index("s1")
    assert text.index("s1") < text.index("falls behind pixels") < text.index("could be shown for “s3”")
    assert "corrected for 4 comparisons" in text


def test_where_the_most_filters_are_oriented():
    rows = pd.DataFrame({"label": ["a", "b", "c"], "units": [75, 75, 300], "oriented_units": [50, 10, 250]})
    text = claims.best_filters(rows)
    assert "largest for “c” (250 of 300)" in text
    assert "smallest for “b” (10 of 75)" in text
    assert "same share" in claims.best_filters(rows.assign(oriented_units=0))


def test_filters_degrade_off_the_default_or_do_not():
    rows = pd.DataFrame({"label": ["rho 1", "rho 2", "rho 3"], "units": 75, "oriented_units": [10, 60, 58]})
    low, high = claims.degradation(rows, "rho 2").split(". At")
    assert r"smallest value, “\ensuremath{\rho = \num{1}}”, 10 of 75" in low
    assert r"against 60 of 75 at “\ensuremath{\rho = \num{2}}”: fewer" in low
    assert r"largest value, “\ensuremath{\rho = \num{3}}”" in high
    assert "no difference could be shown" in high
    assert "more" in claims.degradation(rows.assign(oriented_units=[70, 40, 40]), "rho 2")
    assert "smallest" not in claims.degradation(rows, "rho 1")


def test_collapse_is_told_of_those_that_have_collapsed():
    rows = pd.DataFrame({"label": ["all", "narrowest"], "collapsed": [True, False], "explained_variance": [0.0, 0.8]})
    text = claims.collapse(rows)
    assert text.index("Collapsed has “all”") < text.index("not so “narrowest” (80")
    assert claims.collapse(rows.assign(collapsed=False)) == "No network has collapsed."
    assert "no setting of this experiment trains" in claims.collapse(rows.assign(collapsed=True))


def test_dead_units_are_told_where_there_are_any():
    rows = pd.DataFrame({"label": ["sigmoid", "relu"], "units": 75, "dead_units": [0, 27]})
    assert claims.dead_units(rows) == "Dead units: 27 of 75 for “relu”, none elsewhere."


def test_features_are_told_against_pixels_by_the_classifiers_that_agree():
    def told(**differences):
        rows = [
            {"classifier": name, "difference": difference, "low": difference - 0.01, "high": difference + 0.01}
            | {"p_corrected": 0.5 if abs(difference) < 0.02 else 0.001, "comparisons": len(differences)}
            for name, difference in differences.items()
        ]
        return claims.against_pixels(pd.DataFrame(rows), {"lr": "LR", "svm": "SVM", "rf": "RF"})

    text = told(lr=0.05, svm=0.06, rf=-0.05)
    assert text.startswith("These features are more accurate than pixels by LR (")
    assert text.index("more accurate") < text.index("SVM (") < text.index("less accurate") < text.index("RF (")
    turned = told(lr=-0.05, svm=-0.06, rf=0.05)
    assert turned.index("more accurate") < turned.index("RF (") < turned.index("less accurate") < turned.index("SVM (")
    assert "show no difference to pixels by LR" in told(lr=0.01, rf=0.05)
    assert "corrected for 2 comparisons" in told(lr=0.01, rf=0.05)
    assert "no difference" not in told(lr=0.05)


def test_published_levels_are_compared_only_on_as_many_images():
    def told(train, test):
        return data_claims.published(pd.DataFrame({"split": ["train", "test"], "images": [train, test]}))

    assert "so the levels can be compared" in told(5000, 8000)
    assert "2000 training and 500 test images" in told(2000, 500)
    assert "cannot be compared" in told(2000, 500)


def test_costs_name_the_stage_that_takes_the_most():
    costs = pd.DataFrame(
        {"stage": ["model", "features"], "jobs": [3, 4], "seconds": [30.0, 10.0], "memory": [100, 300]}
    )
    text = claims.cost(costs)
    assert text.startswith("The stage “model” took 75\\,\\% of the time of all 7 jobs; the most memory, 300 MB")
    assert "300 MB, was needed for the stage “features”" in text
    assert "stage “features” took 91" in claims.cost(costs.assign(seconds=[1.0, 10.0]))


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
    assert "where the limit of iterations stopped it" in claims.convergence(history, 3, 0.99)
    assert "found no further descent" in claims.convergence(history, 10, 0.99)
    assert f"{latex.percent(0.99)} of the fall took 1 iteration." in claims.convergence(history, 3, 0.99)


def test_duplicates_are_told_and_test_images_in_training_are_a_warning():
    splits = {"train": [b"a", b"b", b"c"], "test": [b"d", b"e"], "unlabeled": [b"f"]}
    assert data_claims.duplicates(count_duplicates(splits)).startswith("No image occurs twice")
    table = count_duplicates(splits | {"test": [b"a", b"c", b"d"], "unlabeled": [b"f", b"f"]})
    assert data_claims.duplicates(table) == (
        "Exact duplicates: 2 images of “test” are also in “train”; "
        "in “unlabeled”, 1 image equals an earlier one. "
        r"\textbf{Warning:} test images that are training images make accuracies look better than they are."
    )
    assert "Warning" not in data_claims.duplicates(count_duplicates(splits | {"unlabeled": [b"a"]}))


def test_digests_tell_images_apart():
    images = np.array([[1, 2, 3], [1, 2, 4], [1, 2, 3]], dtype=np.uint8)
    first, second, third = digests(images)
    assert first == third != second
    assert digests(np.asfortranarray(images)) == [first, second, third]


def test_gradient_claim_counts_failures():
    checks = pd.DataFrame({"check": ["a", "b"], "relative_error": [1e-9, 2e-3], "passed": [True, False]})
    assert claims.gradient(checks).startswith("1 of 2 checks passed")
    assert "“b”" in claims.gradient(checks)
    assert claims.gradient(checks.assign(passed=True)).startswith("All 2 checks passed")


def test_latex_formats():
    assert latex.escape("50 % of a_b & c\\") == r"50 \% of a\_b \& c\textbackslash{}"
    assert latex.escape("a--b [c] *") == "a-{}-b [c] *"
    assert (latex.escape("[2ex]"), latex.escape("*")) == ("{[}2ex]", "{*}"), "neither belongs to the end of a row"
    assert latex.escape("one\n\ntwo\r\nthree\u2028four") == "one two three four"
    assert latex.escape("cafe\u0301") == "caf\u00e9"
    assert latex.integer(9999) == "9999"
    assert latex.integer(27648) == r"\num{27648}"
    assert latex.scientific(2.13e-9) == r"\num{2.1e-9}"
    assert latex.number(1e-4) == r"\num{1e-4}"
    assert latex.number(3.0) == r"\num{3}"
    assert latex.percent(0.1234) == r"\num{12.3}\,\%"
    assert latex.percent(0.123, 0) == r"12\,\%"
    assert latex.percent(-0.001, 0) == r"0\,\%"
    assert latex.fixed(-0.01, 1) == r"\num{0.0}"
    assert latex.signed(-0.01, 1) == r"\num{+0.0}"
    assert latex.p_value(0.0004) == r"\ensuremath{p < \num{0.001}}"
    assert latex.fixed(-1.25, 1) == r"\num{-1.2}"
    assert latex.signed(1.25, 1) == r"\num{+1.2}"
    with pytest.raises(ValueError, match="letters only"):
        latex.macros({"A1": "x"})


def test_tables_are_complete_tabulars():
    text = latex.table(pd.DataFrame({"a_b": ["1", "2"], "c": ["x", "y"]}), "lr")
    assert text.startswith("\\begin{tabular}{lr}\n\\toprule\na\\_b & c \\\\\n\\midrule\n1 & x \\\\\n")
    assert text.endswith("\\bottomrule\n\\end{tabular}\n")


def test_filters_are_compared_with_the_network_that_they_started_from():
    keys = dict.fromkeys(LEARNERS["untrained"].settings, 1)
    rows = [
        {"model": "default", "learner": "autoencoder", **keys},
        {"model": "larger", "learner": "untrained", **keys | {"hidden": 400}},
        {"model": "twin", "learner": "untrained", **keys},
        {"model": "other seed", "learner": "untrained", **keys | {"seed": 2}},
    ]
    filters = pd.DataFrame(rows)
    assert untrained_twin(filters, "default")["model"] == "twin"
    assert untrained_twin(filters[filters["model"] != "twin"], "default") is None
