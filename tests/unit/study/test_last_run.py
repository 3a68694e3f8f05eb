"""Which classifiers the last run of a study has tried."""

import pytest
import yaml

from lib.study.last_run import Change, changed_values, classifiers_of_last_run, new_classifiers

FOREST = {"label": "forest", "parameters": {"max_depth": 10}, "grid": {}}
KNN = {"label": "kNN", "parameters": {"n_neighbors": 7}, "grid": {}}
CONFIG = {"study": "s", "dataset": "data", "crops": {"train": 1}, "folds": 5, "classifiers": {"knn": KNN}}
DEFAULT = {"classifiers": {"forest": FOREST}}


@pytest.fixture
def stored(tmp_path):
    """Function that stores a configuration as the last run does; returns the folder of the results."""

    def store(text):
        folder = tmp_path / "results" / "s"
        folder.mkdir(parents=True)
        (folder / "configuration.yaml").write_text(text)
        return tmp_path

    return store


def test_without_a_last_run_only_the_default_classifiers_are_known(tmp_path):
    assert classifiers_of_last_run(CONFIG, tmp_path) == {}
    classifiers = {"knn": KNN, "forest": FOREST, "svm": False}
    assert new_classifiers(CONFIG | {"classifiers": classifiers}, DEFAULT, tmp_path) == {"knn": KNN}


def test_classifiers_of_the_last_run_are_known(stored):
    folder = stored(yaml.safe_dump(CONFIG))
    assert classifiers_of_last_run(CONFIG, folder) == {"knn": KNN}
    assert new_classifiers(CONFIG, DEFAULT, folder) == {}
    changed = KNN | {"parameters": {"n_neighbors": 8}}
    assert new_classifiers(CONFIG | {"classifiers": {"knn": changed}}, DEFAULT, folder) == {"knn": changed}


@pytest.mark.parametrize("change", [{"dataset": "other"}, {"crops": {"train": 2}}, {"folds": 0}])
def test_a_last_run_on_other_data_does_not_count(stored, change):
    folder = stored(yaml.safe_dump(CONFIG))
    assert classifiers_of_last_run(CONFIG | change, folder) == {}
    assert new_classifiers(CONFIG | change, DEFAULT, folder) == {"knn": KNN}


@pytest.mark.parametrize("text", ["{", "", "- 1", "study: s", yaml.safe_dump(CONFIG | {"classifiers": None})])
def test_a_damaged_record_does_not_count(stored, text):
    assert classifiers_of_last_run(CONFIG, stored(text)) == {}


def test_changed_values_are_found_key_by_key():
    before = {"defaults": {"lambda": 1e-4, "hidden": [75]}, "experiments": {"a": {"seeds": 3}, "b": False}, "folds": 5}
    after = {"defaults": {"lambda": 1e-3, "hidden": [75]}, "experiments": {"a": {"seeds": 3}, "c": {}}, "folds": 5}
    assert list(changed_values(before, after)) == [
        Change("defaults.lambda", 1e-4, 1e-3),
        Change("experiments.b", False, None),
        Change("experiments.c", None, {}),
    ]
    assert list(changed_values(before, before)) == []
