"""Sentences on the data before training follow from the tables of the exploration."""

import numpy as np
import pandas as pd
import pytest

from lib.report import exploration_claims as claims
from lib.words import language
from tests.unit.study.test_validation import CONFIG


def classes(images=(100, 100), agreement=(0.9, 0.7), sampled=(10, 10)):
    count = len(images)
    columns = {
        "class": [f"c{number}" for number in range(count)],
        "images": images,
        "share": np.divide(images, sum(images)),
    }
    columns |= {"sampled": sampled, "mean": np.linspace(20, 100, count), "deviation": 30.0}
    columns |= {"variance": np.linspace(900, 100, count), "empty_pixels": 3, "agreement": agreement}
    return pd.DataFrame(columns)


def pairs(near=50.0, nearest=10.0, far=90.0):
    rows = [
        ("nearest", 1, 2, "a", "a", nearest),
        ("nearest_of_two_classes", 3, 4, "a", "b", near),
        ("farthest_of_one_class", 5, 6, "b", "b", far),
    ]
    return pd.DataFrame(rows, columns=["kind", "image", "other", "image_class", "other_class", "distance"])


def doubts(*rows):
    return pd.DataFrame(rows, columns=["image", "class", "predicted", "probability", "predicted_probability"])


def components(*shares):
    return pd.DataFrame({"component": np.arange(len(shares)) + 1, "explained": shares, "cumulative": np.cumsum(shares)})


def test_the_size_of_the_sample_is_stated():
    assert claims.sample(classes(sampled=(100, 100))) == "All 200 training images are explored."
    assert "sample of 20 of the 200 training images" in claims.sample(classes())


@pytest.mark.parametrize(
    ("images", "words"),
    [
        ((100, 100), "The classes are balanced: each of the 2 classes has 100 training images."),
        ((100, 120), "nearly balanced: they have from 100 (“c0”) to 120 (“c1”)"),
        (
            (300, 100),
            "not balanced: the largest, “c0”, has 300 training images, \\num{3.0} times as many as the smallest",
        ),
    ],
)
def test_classes_are_balanced_or_not(images, words):
    found = claims.balance(classes(images))
    assert words in found
    assert ("right for \\num{75.0}\\,\\%" in found) == (images == (300, 100))


def test_the_darkest_and_the_most_varied_class_are_named():
    text = claims.intensities(classes())
    assert "between \\num{20.0} (“c0”) and \\num{100.0} (“c1”)" in text
    assert "class “c0” differ most from each other: the variance of a pixel is 900" in text
    assert claims.intensities(classes((5,), (np.nan,), (5,))) == ""


def test_pairs_are_compared():
    text = claims.nearest(pairs())
    assert "The nearest two images of the sample, 1 and 2, have the distance 10." in text
    assert "a “a” (image 3) and a “b” (image 4), at the distance 50" in text
    assert "No single distance separates" in text
    apart = claims.nearest(pairs(near=200.0))
    assert "No single distance" not in apart
    assert "nearer to each other" in apart
    assert "exact copies: at least 1 of its pairs" in claims.nearest(pairs(nearest=0.0))
    assert claims.nearest(pairs().head(0)) == ""
    assert "different classes" not in claims.nearest(pairs().iloc[[0, 2]])


def test_the_shares_of_the_components_are_stated():
    assert claims.maps(components(0.5, 0.3, 0.15)) == (
        "The two leading principal components hold \\num{80.0}\\,\\% of the variance. "
        "3 components hold at least 90\\,\\% of it."
    )
    assert "The first 2 components together hold \\num{60.0}" in claims.maps(components(0.4, 0.2))


def test_the_least_probable_label_is_named():
    table = doubts((17, "c0", "c1", 0.0004, 0.99), (3, "c1", "c0", 0.02, 0.95))
    text = claims.doubts(classes(agreement=(0.9, 0.7)), table)
    assert "predicts its label for \\num{80.0}\\,\\% of the images, least often for the class “c1”" in text
    assert "It gives 2 of 20 images another class with a probability of 90\\,\\% or more." in text
    assert "image 17: “c0”, with a probability of \\num{0.040}\\,\\%; predicted is “c1”" in text
    assert "gives no image another class" in claims.doubts(classes(), doubts())
    assert "No label was checked" in claims.doubts(classes(agreement=(np.nan, np.nan)), doubts())


def test_there_is_no_section_without_an_exploration():
    assert claims.macros_of({}) == {"ExplorationCount": "0"}
    assert claims.latex_tables({}) == {}


def test_macros_and_tables_hold_all_texts_and_no_markup_of_a_class():
    tables = {
        "exploration_classes": classes().assign(**{"class": ["a_b", "50 %"]}),
        "exploration_pairs": pairs(),
        "exploration_doubts": doubts((17, "a_b", "50 %", 0.0004, 0.99)),
        "exploration_components": components(0.5, 0.3, 0.15),
    }
    for catalogue in (None, CONFIG.parent / "report" / "ru.po"):
        language.use(catalogue)
        try:
            macros, shown = claims.macros_of(tables), claims.latex_tables(tables)
        finally:
            language.use()
        assert all(macros.values())
        assert (macros["ExplorationCount"], macros["DoubtCount"]) == ("2", "1")
        for text in (macros["DoubtClaim"], *shown.values()):
            assert "a\\_b" in text
            assert "50 \\%" in text
        assert [text.count("\\\\\n") for text in shown.values()] == [3, 2]
