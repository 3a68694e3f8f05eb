"""Drawn folds are disjoint, stratified and repeatable; their table is mean and deviation over them."""

import numpy as np
import pandas as pd
import pytest

from lib.datasets.folds import check_predefined, draw_folds
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
