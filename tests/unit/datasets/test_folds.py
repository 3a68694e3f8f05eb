"""Drawn folds are disjoint, stratified and repeatable; their table is mean and deviation over them."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets.folds import check_predefined, draw_folds, training_sets
from lib.tabulation.predictions import FOLD_KEYS, fold_table


def test_folds_share_classes_and_no_image():
    labels = np.repeat(np.arange(5), 40)
    folds = draw_folds(labels, 10, seed=1)
    assert sorted(np.concatenate(folds)) == list(range(200))
    for fold in folds:
        assert np.bincount(labels[fold]).tolist() == [4] * 5
        assert (np.diff(fold) > 0).all()
    assert all((a == b).all() for a, b in zip(folds, draw_folds(labels, 10, seed=1), strict=True))
    assert any((a != b).any() for a, b in zip(folds, draw_folds(labels, 10, seed=2), strict=True))


def test_no_folds_may_be_asked_for():
    assert draw_folds(np.array([0, 1]), 0, seed=1) == []


def test_too_many_folds_are_told():
    with pytest.raises(ValueError, match="10 folds asked for, expected 0 or 2 to 4: the smallest class has 12"):
        draw_folds(np.repeat([0, 1], [12, 99]), 10, seed=1)


def test_few_labels_are_part_of_more_labels_and_the_same_for_equal_generators():
    labels = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [20, 30, 4]))
    folds = [np.arange(0, 54, 2), np.arange(1, 54, 2)]
    few, again, more, everything = (
        training_sets(folds, labels, each, np.random.default_rng(7)) for each in (3, 3, 10, 0)
    )
    assert list(few) == ["all", 0, 1]
    assert np.bincount(labels[few["all"]]).tolist() == [3, 3, 3]
    assert np.bincount(labels[more["all"]]).tolist() == [10, 10, 4], "a class with fewer has all of its images"
    for name in few:
        np.testing.assert_array_equal(few[name], again[name])
        assert set(few[name]) <= set(more[name])
        assert (np.diff(few[name]) > 0).all()
    assert set(few[0]) <= set(folds[0])
    assert everything["all"] == slice(None)
    other = training_sets(folds, labels, 3, np.random.default_rng(8))
    assert set(other["all"]) != set(few["all"])


def test_table_of_folds():
    rows = pd.DataFrame({"fold": ["all", "0", "1"], "accuracy": [0.9, 0.5, 0.7], "n_train": [20, 10, 10]})
    table = fold_table(rows.assign(**dict.fromkeys(FOLD_KEYS, "x")))
    assert table["accuracy_mean"].tolist() == pytest.approx([0.6])
    assert table["accuracy_std"].tolist() == pytest.approx([np.std([0.5, 0.7], ddof=1)])
    assert (table["folds"].item(), table["n_train"].item()) == (2, 10)


def test_a_fold_of_the_data_set_that_lacks_a_class_is_refused():
    labels = np.repeat([0, 1], 6)
    assert check_predefined([[0, 1, 2, 6, 7, 8], [3, 4, 5, 9, 10, 11]], labels, ["cat", "dog"]) is None
    sentence = "fold 1 of the data set has {} training images of the class dog, expected at least 3 of each class"
    for fold, count in (([0, 1, 2], 0), ([0, 1, 2, 6, 7], 2)):
        with pytest.raises(ValueError, match=sentence.format(count)):
            check_predefined([[0, 1, 2, 6, 7, 8], fold][::-1], labels, ["cat", "dog"])
