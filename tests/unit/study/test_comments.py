"""Comments of the author take their numbers from the tables, and name only what the study has."""

import pandas as pd
import pytest

from lib.base.errors import StudyError
from lib.study.comments import Placeholder, check_comments, filled, placeholder
from lib.study.experiments import expand
from lib.tabulation.comments import comment_table
from tests.unit.study.test_validation import DEFAULT


@pytest.fixture
def study():
    experiments = {"rho": {"vary": {"rho": [0.01, 0.1]}, "classifiers": ["random_forest"]}}
    return expand(DEFAULT | {"experiments": experiments})


def test_a_placeholder_names_a_measure_a_setting_and_a_classifier():
    assert placeholder("accuracy 1 random_forest") == Placeholder("accuracy", 1, "random_forest")
    assert placeholder("accuracy pixels random_forest") == Placeholder("accuracy", -1, "random_forest")
    assert placeholder("loss 0") == Placeholder("loss", 0)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("accuracy", "expected a measure, the number of a setting"),
        ("accuracy 1", "expected one of the measures oriented_share"),
        ("loss 0 random_forest", "expected one of the measures accuracy, gain, difference"),
        ("gain pixels random_forest", "expected a measure, the number of a setting"),
        ("loss 2", "expected a setting from 0 to 1"),
        ("accuracy 0 rbf_svm", "expected one of the experiment's classifiers: random_forest"),
        ("difference 0 random_forest", "expected a setting from 1 on"),
        ("", "expected a measure"),
    ],
)
def test_a_placeholder_that_names_nothing_is_refused(study, words, sentence):
    with pytest.raises(StudyError) as caught:
        check_comments({"rho": f"Text {{{words}}}."}, study)
    assert "configuration: experiments.rho.comment has the placeholder" in str(caught.value)
    assert f"{{{words}}}" in str(caught.value)
    assert sentence in str(caught.value)


def test_a_gain_over_pixels_that_see_other_images_is_refused():
    few = {"vary": {"labels": [10]}, "classifiers": ["random_forest"]}
    study = expand(DEFAULT | {"experiments": {"few": few}})
    with pytest.raises(StudyError, match="setting 0 has other labels than pixels, so they are not compared"):
        check_comments({"few": "{gain 0 random_forest}"}, study)
    check_comments({"few": "{accuracy 0 random_forest}"}, study)


def test_a_comment_without_placeholders_stays_as_it_is(study):
    check_comments({"rho": "100 % & <b>"}, study)
    assert filled("100 % & <b>", None) == "100 % & <b>"


def test_numbers_replace_placeholders():
    accuracy = pd.DataFrame({"experiment": "rho", "setting": [-1, 1], "classifier": "random_forest"})
    accuracy = accuracy.assign(accuracy=[0.5, 0.625])
    comparisons = pd.DataFrame({"experiment": "rho", "setting": 1, "classifier": "random_forest", "rival": ["pixels"]})
    measures = pd.DataFrame({"experiment": ["rho", "other"], "setting": 1, "measure": "oriented_share"})
    tables = {
        "accuracy": accuracy,
        "comparisons": comparisons.assign(difference=-0.125),
        "measures": measures.assign(mean=[0.753, 0.1]),
    }
    text = (
        "{accuracy pixels random_forest} %, {accuracy 1 random_forest} %, {gain 1 random_forest} points, "
        "{oriented_share 1} %, {loss 1}"
    )
    table = comment_table({"rho": text}, tables)
    assert table.to_dict("records") == [{"experiment": "rho", "text": "50.0 %, 62.5 %, −12.5 points, 75 %, –"}]
