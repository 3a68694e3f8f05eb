"""The table of contrasts: differences of accuracies, gaps, times and sizes, paired by repetition."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_1samp

from lib.study.comparisons import ERROR
from lib.study.experiments import expand
from lib.study.study import single_models
from lib.tabulation.contrasts import contrast_table
from lib.tabulation.predictions import EvaluationResult, evaluations_of, resample
from tests.unit.study.test_networks import HEAD, IMAGES, NETWORK
from tests.unit.study.test_validation import DEFAULT

TRUTH = np.arange(200) % 2
GROUPS = np.arange(200)
NO_ERRORS = pd.Series(dtype=np.float64)
MEASURES = ("accuracy", "macro_f1", "gap", "parameters", "multiply_adds", "seconds")


def study(seeds, measures, expected=()):
    compare = [
        {"measure": measure, "with": {"maps": 4}} | ({"expect": "better"} if measure in expected else {})
        for measure in measures
    ] + [{"measure": "loss"}]
    one = {"vary": {"maps": [4, 8]}, "classifiers": ["tuned"], "seeds": seeds, "compare": compare}
    return expand(
        DEFAULT
        | {"defaults": DEFAULT["defaults"] | IMAGES | {"stride": 32}, "networks": DEFAULT["networks"] | HEAD}
        | {"classifiers": {"tuned": NETWORK | {"fine_tuned": True, "image_size": 32}}, "experiments": {"one": one}}
    )


def result(wrong, training, size, seconds):
    """Predictions of which the first ``wrong`` are wrong."""
    labels = np.where(np.arange(len(TRUTH)) < wrong, 1 - TRUTH, TRUTH)
    record = {"training_accuracy": training, "parameters": size, "multiply_adds": 2 * size}
    record["history"] = [{"seconds": 0.1}, {"seconds": seconds}]
    return EvaluationResult(labels[None], np.zeros((1, len(TRUTH), 2)), [{"network": record}])


def table(seeds, measures=MEASURES, expected=()):
    """In repetition r, the second network has 40 + 2 r wrong of 200 images, the first 80."""
    found, predictions = study(seeds, measures, expected), {}
    for compared, evaluations in evaluations_of(found).items():
        for number, one in enumerate(evaluations):
            second = compared.setting == 1
            predictions[one] = (
                result(40 + 2 * number, 0.9, 150, 2.0 + number) if second else result(80, 0.8, 100, 1.0 + number / 2)
            )
    resampled = resample(predictions, found, TRUTH, GROUPS, np.random.default_rng(1))
    return contrast_table(predictions, found, TRUTH, resampled, NO_ERRORS).set_index("measure")


def test_differences_are_means_over_the_repetitions():
    rows = table(3)
    assert list(rows.index) == list(MEASURES), "the loss has no reference"
    assert rows.loc["accuracy", ["value", "value_against"]].tolist() == pytest.approx([0.79, 0.6])
    assert rows.loc["accuracy", "difference"] == pytest.approx(0.19)
    assert rows.loc["gap", "difference"] == pytest.approx((0.9 - 0.79) - (0.8 - 0.6))
    assert rows.loc["seconds", "difference"] == pytest.approx(1.0), "it takes twice as long in each repetition"
    assert rows.loc[["parameters", "multiply_adds"], "difference"].tolist() == pytest.approx([0.5, 0.5])
    assert (rows["low"] <= rows["difference"] + 1e-12).all()
    assert (rows["high"] >= rows["difference"] - 1e-12).all()
    assert (rows["setting"] == 1).all()
    assert (rows["against_setting"] == 0).all()


def test_p_values_are_corrected_for_those_that_there_are():
    rows = table(3)
    assert rows["p_value"].notna().to_dict() == {
        **{"accuracy": True, "macro_f1": True, "gap": True, "parameters": False, "multiply_adds": False},
        "seconds": False,  # all ratios are equal: nothing shows how much they vary
    }
    assert (rows["comparisons"] == 3).all()
    assert rows["p_corrected"].min() == pytest.approx(3 * rows["p_value"].min())


def test_comparisons_that_answer_the_question_are_corrected_for_each_other():
    rows = table(3, expected=["gap"])
    assert rows["comparisons"].to_dict() == dict.fromkeys(MEASURES, 2) | {"gap": 1}
    assert rows.loc["gap", "p_corrected"] == rows.loc["gap", "p_value"]
    others = rows.drop("gap")
    assert others["p_corrected"].min() == pytest.approx(2 * others["p_value"].min())


def test_one_repetition_has_an_interval_of_the_accuracy_alone():
    rows = table(1)
    assert rows["low"].notna().to_dict() == {
        **{
            "accuracy": True,
            "macro_f1": True,
            "gap": False,
            "parameters": True,
            "multiply_adds": True,
            "seconds": False,
        }
    }


def test_exact_numbers_alone_have_no_p_values():
    rows = table(3, measures=("parameters", "multiply_adds"))
    assert rows["p_corrected"].isna().all()
    assert (rows["comparisons"] == 0).all()


def test_a_study_whose_questions_compare_nothing_has_no_rows():
    found = expand(DEFAULT | {"experiments": {"one": {"vary": {"stride": [8, 4]}, "classifiers": ["random_forest"]}}})
    predictions = {one: result(10, 0.8, 100, 1.0) for one in found.evaluations}
    resampled = resample(predictions, found, TRUTH, GROUPS, np.random.default_rng(1))
    assert contrast_table(predictions, found, TRUTH, resampled, NO_ERRORS).empty


def test_errors_of_models_are_compared_by_their_ratio():
    one = {"vary": {"rho": [0.01, 0.05]}, "classifiers": [], "seeds": 3}
    found = expand(DEFAULT | {"experiments": {"one": one | {"compare": [{"measure": ERROR, "with": {"rho": 0.01}}]}}})
    predictions = {one: result(10, 0.8, 100, 1.0) for one in found.evaluations}
    resampled = resample(predictions, found, TRUTH, GROUPS, np.random.default_rng(1))
    first, second = (single_models(found, one) for one in found.experiments["one"].combinations)
    errors = pd.Series(dict(zip(first, (1.0, 2.0, 4.0), strict=True)) | dict(zip(second, (0.5, 1.1, 1.9), strict=True)))
    (row,) = contrast_table(predictions, found, TRUTH, resampled, errors).to_dict("records")
    ratios = np.log([0.5, 0.55, 0.475])
    assert row["difference"] == pytest.approx(np.exp(ratios.mean()) - 1)
    assert row["p_value"] == row["p_corrected"] == pytest.approx(ttest_1samp(ratios, 0).pvalue)
    assert (row["repetitions"], row["value"], row["classifier"]) == (3, pytest.approx(3.5 / 3), "")
