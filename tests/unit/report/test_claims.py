"""Conclusions turn round when the data do."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets.duplicates import count_duplicates, digests
from lib.report import claims, data_claims
from lib.report.numbers import untrained_twin
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.learners import LEARNERS, model_of
from lib.words import latex

CLASSIFIERS = {"lr": "logistic regression"}
# Letters replace settings: a label shows an unknown value as it is.
A, B, C, D = LETTERS = [Label.of({"letter": letter}) for letter in "abcd"]


def comparisons(*differences, p=0.001):
    """Comparisons of the settings a, b, ... with one rival."""
    rows = [
        {"label": label, "classifier": "lr", "difference": difference, "comparisons": len(differences)}
        | {"low": difference - 0.01, "high": difference + 0.01, "p_corrected": p if difference else 0.5}
        for label, difference in zip(LETTERS, differences, strict=False)
    ]
    return pd.DataFrame(rows)


def against(rival, *differences, p=0.001):
    return claims.rivals(comparisons(*differences, p=p), rival, CLASSIFIERS)


def test_settings_are_more_or_less_accurate_than_a_rival_or_neither():
    better, worse, unclear = (against(PIXELS_LABEL, 0.05), against(PIXELS_LABEL, -0.05), against(PIXELS_LABEL, 0.0))
    assert better.startswith("With logistic regression, the features of “a” (")
    assert better.endswith(") are more accurate than pixels.")
    assert "+5.0" in better
    assert "are less accurate than pixels" in worse
    assert "-5.0" in worse
    assert "no difference from pixels was detected for “a”" in unclear
    assert "corrected" not in unclear
    assert "accurate" not in unclear


def test_a_rival_that_is_a_setting_is_quoted():
    assert "are more accurate than the features of “a”." in against(A, 0.05)


def test_settings_with_the_same_outcome_share_a_clause():
    text = against(PIXELS_LABEL, 0.05, -0.03, 0.07, 0.0)
    assert text.index("“a”") < text.index("“c”") < text.index("are more accurate than pixels") < text.index("“b”")
    assert text.index("“b”") < text.index("are less accurate than pixels") < text.index("was detected for “d”")
    assert "(corrected for 4 comparisons)" in text


def test_where_the_most_filters_are_oriented():
    rows = pd.DataFrame({"label": [A, B, C], "units": [75, 75, 300], "oriented_units": [50, 10, 250]})
    text = claims.best_filters(rows)
    assert "largest for “c” (250 of 300)" in text
    assert "smallest for “b” (10 of 75)" in text
    assert "same share" in claims.best_filters(rows.assign(oriented_units=0))


def test_filters_degrade_off_the_default_or_do_not():
    sweep = [Label.of({"rho": number}) for number in (1, 2, 3)]
    rows = pd.DataFrame({"label": sweep, "units": 75, "oriented_units": [1, 60, 58]})
    low, high = claims.degradation(rows, sweep[1]).split(". At")
    assert r"smallest value, “\ensuremath{\rho = \num{1}}”, the number of oriented filters is 1 of 75" in low
    assert r"compared with 60 of 75 at “\ensuremath{\rho = \num{2}}”: significantly fewer" in low
    assert r"largest value, “\ensuremath{\rho = \num{3}}”" in high
    assert "no difference was detected" in high
    assert "significantly more" in claims.degradation(rows.assign(oriented_units=[70, 40, 40]), sweep[1])
    assert "smallest" not in claims.degradation(rows, sweep[0])


def test_which_networks_collapsed():
    rows = pd.DataFrame({"label": [A, B], "collapsed": [True, False], "explained_variance": [0.0, 0.8]})
    variance = r"(0\,\% of the variance explained)", r"(80\,\% of the variance explained)"
    assert claims.collapse(rows) == f"“a” {variance[0]} collapsed; “b” {variance[1]} did not."
    assert claims.collapse(rows.assign(collapsed=False)) == "No network collapsed."
    every = claims.collapse(rows.assign(collapsed=True))
    assert every == f"Every network collapsed: “a” {variance[0]} and “b” {variance[1]}."


def test_dead_units_are_counted_where_there_are_any():
    rows = pd.DataFrame({"label": [A, B, C], "units": 75, "dead_units": [0, 27, 0]})
    assert claims.dead_units(rows) == "Dead units: 27 of 75 for “b”; the other settings have none."
    assert claims.dead_units(rows[:2]) == "Dead units: 27 of 75 for “b”; the other setting has none."
    assert claims.dead_units(rows[1:2]) == "Dead units: 27 of 75 for “b”."


def test_how_long_each_setting_took():
    columns = ["iterations_to_settle", "iterations", "seconds_to_settle"]
    rows = pd.DataFrame([(10, 20, 1.5), (30, 40, 2.5)], columns=columns).assign(label=[A, B])
    assert claims.speed(rows) == (
        "Iterations (CPU seconds) after which the reconstruction error stays within "
        rf"{latex.percent(0.05, 0)} of its last value: "
        r"“a” 10 of 20 (\num{1.5} s) and “b” 30 of 40 (\num{2.5} s)."
    )


def test_features_are_compared_with_pixels_by_the_classifiers_that_agree():
    def sentences(**differences):
        rows = [
            {"classifier": name, "difference": difference, "low": difference - 0.01, "high": difference + 0.01}
            | {"p_corrected": 0.5 if abs(difference) < 0.02 else 0.001, "comparisons": len(differences)}
            for name, difference in differences.items()
        ]
        return claims.against_pixels(pd.DataFrame(rows), {"lr": "LR", "svm": "SVM", "rf": "RF"})

    text = sentences(lr=0.05, svm=0.06, rf=-0.05)
    assert text.startswith("These features are more accurate than pixels with LR (")
    assert text.index("more accurate") < text.index("SVM (") < text.index("less accurate") < text.index("RF (")
    turned = sentences(lr=-0.05, svm=-0.06, rf=0.05)
    assert turned.index("more accurate") < turned.index("RF (") < turned.index("less accurate") < turned.index("SVM (")
    assert "No difference from pixels was detected with LR" in sentences(lr=0.01, rf=0.05)
    assert "(corrected for 2 comparisons)." in sentences(lr=0.01, rf=0.05)
    assert "difference" not in sentences(lr=0.05)


def test_published_accuracies_are_compared_only_on_as_many_images():
    def sentence(train, test):
        return data_claims.published(pd.DataFrame({"split": ["train", "test"], "images": [train, test]}))

    assert "so accuracies can be compared" in sentence(5000, 8000)
    assert "2000 training and 500 test images" in sentence(2000, 500)
    assert "cannot be compared" in sentence(2000, 500)


def test_costs_name_the_stage_that_takes_the_most():
    costs = pd.DataFrame(
        {"stage": ["model", "features"], "jobs": [3, 4], "seconds": [30.0, 10.0], "memory": [100, 300]}
    )
    text = claims.cost(costs)
    assert text == (
        "The stage “model” took 75\\,\\% of the time of all 7 jobs; the stage “features” used the most memory, 300 MB."
    )
    assert "stage “features” took 91" in claims.cost(costs.assign(seconds=[1.0, 10.0]))
    assert "of the time of the one job;" in claims.cost(costs[:1].assign(jobs=1))


def row(oriented, units=75):
    return pd.Series({"oriented_units": oriented, "units": units})


@pytest.mark.parametrize(
    ("trained", "untrained", "supports", "difference"),
    [
        (60, 0, "supports", "training increased it"),
        (20, 0, "does not support", "training increased it"),
        (60, 60, "does not support", "no difference was detected"),
        (0, 60, "does not support", "training decreased it"),
        (60, None, "supports", None),
    ],
)
def test_the_hypothesis_is_judged_by_the_filters(trained, untrained, supports, difference):
    text = claims.filters(row(trained), None if untrained is None else row(untrained))
    assert f"The result {supports} the hypothesis" in text
    assert text.startswith(
        "None of the 75 filters is oriented (" if trained == 0 else f"{trained} of the 75 filters are"
    )
    assert difference is None or f"the count is {untrained} of 75; {difference} (Fisher" in text


@pytest.mark.parametrize(
    ("oriented", "units", "beginning"),
    [
        (0, 75, "None of the 75 filters is oriented ("),
        (1, 75, "1 of the 75 filters is oriented ("),
        (2, 75, "2 of the 75 filters are oriented ("),
        (75, 75, "All 75 filters are oriented ("),
        (1, 1, "The one filter is oriented ("),
        (0, 1, "The one filter is not oriented ("),
    ],
)
def test_singular_and_plural_fit_every_count(oriented, units, beginning):
    assert claims.filters(row(oriented, units), None).startswith(beginning)


def test_one_hidden_unit_is_singular():
    settings = {"learner": "autoencoder", "hidden": [1], "patches": 100, "patch_size": 8}
    assert "with 1 hidden unit learns" in claims.learner(model_of("autoencoder", settings))
    assert "with 5–5 hidden units learns" in claims.learner(model_of("autoencoder", settings | {"hidden": [5, 5]}))
    assert "“k-means” computes 1 filter from" in claims.learner(model_of("kmeans", settings))


def test_the_method_describes_the_centring_of_the_configuration():
    assert "is removed in every channel" in claims.centring("patch", compared=False)
    assert "is kept" in claims.centring("none", compared=True)
    assert "compared" not in claims.centring("patch", compared=False)


def test_convergence_says_what_ended_training():
    history = pd.DataFrame({"iteration": [0, 1, 2, 3], "loss": [101.0, 1.5, 1.2, 1.0], "seconds": [0.0, 1.0, 2.0, 3.0]})
    history["reconstruction"] = [100.0, 0.82, 0.81, 0.8]
    assert claims.convergence(history, 3).endswith(" Training ended at the limit on iterations.")
    assert "because the loss no longer decreased" in claims.convergence(history, 10)
    settled = f"After 1 iteration the reconstruction error stays within {latex.percent(0.05, 0)} of its last value."
    assert f"in 3 iterations. {settled} " in claims.convergence(history, 3)
    assert "in 1 iteration. " in claims.convergence(history[:2], 3)
    assert "reconstruction" not in claims.convergence(history.assign(reconstruction=np.nan), 3)


def test_duplicates_are_listed_and_test_images_in_training_are_a_warning():
    splits = {"train": [b"a", b"b", b"c"], "test": [b"d", b"e"], "unlabeled": [b"f"]}
    assert data_claims.duplicates(count_duplicates(splits)).startswith("No image occurs twice")
    table = count_duplicates(splits | {"test": [b"a", b"c", b"d"], "unlabeled": [b"f", b"f"]})
    assert data_claims.duplicates(table) == (
        "Exact duplicates: 2 images of “test” are also in “train”; "
        "in “unlabeled”, 1 image equals an earlier one. "
        r"\textbf{Warning:} test images that are also training images make accuracies look better than they are."
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
