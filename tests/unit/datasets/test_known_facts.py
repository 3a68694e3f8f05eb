"""Settings and classifiers are checked against the number, names and size of the images, as soon as these are known."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from lib.base.errors import StudyError
from lib.classifiers.check import check_classifier
from lib.classifiers.classify import Task, classify
from lib.classifiers.parameters import as_configured, for_scikit_learn
from lib.costs.fitting import check_classifiers, check_data, usual_components
from lib.datasets import photographs
from lib.datasets.known_facts import PHOTOGRAPHS, DataFacts, is_damaged, known_facts
from lib.study.experiments import expand
from lib.study.settings import Classifier
from lib.study.study import Study
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA, merged

ENTRY = {"label": "mine", "parameters": {}, "grid": {}, "standardise": True, "rotate": False}
LOGISTIC = ENTRY | {"class": "sklearn.linear_model.LogisticRegression"}
FOREST = ENTRY | {"class": "sklearn.ensemble.RandomForestClassifier"}
NEIGHBOURS = ENTRY | {"class": "sklearn.neighbors.KNeighborsClassifier"}
DISCRIMINANT = ENTRY | {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis"}
SVM = ENTRY | {"class": "sklearn.svm.LinearSVC", "calibrate": True}
TWO = DataFacts(["cat", "dog"], [40, 20], 32, 3, [])
STORED = {
    "dataset": "data/mine",
    "class_names": ["cat", "7"],
    "splits": {"train": {"side": 32, "channels": 1, "images_by_class": {"cat": 40, "7": 20}}},
}


def faults(facts, **changes):
    config = checked(merged(DEFAULT | {"dataset": "data/mine", "folds": 0}, changes), SCHEMA, DEFAULT)
    try:
        check_data(config, expand(config), facts, usual_components(DEFAULT))
    except StudyError as error:
        return list(error.sentences)
    return []


def test_the_photographs_are_known_before_they_are_cut():
    assert tuple(photographs._photographs()) == PHOTOGRAPHS
    facts = known_facts(DEFAULT)
    assert (facts.side, facts.channels, facts.images) == (96, 3, [100] * 10)
    assert not faults(facts, dataset="photographs", folds=10)
    for folds in (34, 50):
        (found,) = faults(known_facts(DEFAULT), dataset="photographs", folds=folds)
        assert found.startswith(f"configuration key folds: {folds} folds asked for, expected 0 or 2 to 33")


def test_the_pooling_of_a_fine_tuned_autoencoder_fits_the_patches_along_a_side():
    network = {"class": "lib.classifiers.network.NetworkClassifier", "rotate": False, "standardise": False, "grid": {}}
    network |= {"label": "tuned", "parameters": {"network": [{"dense": "classes"}]}, "fine_tuned": True}
    defaults = {"scaling": "range", "decoder": "linear", "stride": 1}
    experiment = {"vary": {"pooling": [5, 2, 60]}, "classifiers": ["mine"]}
    own = {"experiments": {"own": experiment}, "classifiers": {"mine": network}}
    found = faults(TWO, only=["own"], defaults=defaults, **own)
    assert [text.partition(": mine")[0] for text in found] == [
        f"configuration key pooling is {cells}, expected a divisor of 25, the patches along a side" for cells in (2, 60)
    ]


@pytest.mark.parametrize(
    ("defaults", "most"),
    [
        ({"learner": "pca", "hidden": [65]}, "64 for pca: 10000 patches of 8×8 pixels and 1 channels"),
        ({"learner": "ica", "hidden": [30], "patches": 20}, "20 for ica"),
        ({"learner": "kmeans", "hidden": [30], "patches": 20}, "20 for kmeans"),
        ({"learner": "random_patches", "hidden": [30], "patches": 20}, "20 for random_patches"),
    ],
)
def test_units_that_a_learner_cannot_have_are_told_before_anything_is_trained(defaults, most):
    (found,) = faults(replace(TWO, channels=1), only=[], defaults=defaults)
    assert found.startswith(f"configuration key hidden is {defaults['hidden'][0]}, expected at most {most}")
    assert not faults(replace(TWO, channels=1), only=[], defaults=defaults | {"hidden": [20]})


def test_too_few_labels_for_a_classifier_are_told_before_anything_is_trained():
    few = {"experiments": {"stride": {"set": {"labels": 2}}}}
    found = faults(TWO, **few)
    assert found[0].startswith(
        "configuration key labels is 2, expected at least 3, or 0 for all: the cross-validation of"
    )
    forest = {"random_forest": {"grid": {}, "calibrate": False}}
    assert not faults(
        TWO,
        only=["stride"],
        classifiers=forest,
        experiments={"stride": {"set": {"labels": 2}, "classifiers": ["random_forest"]}},
    )


def test_a_held_out_share_has_an_image_of_each_class():
    network = ENTRY | {"class": "lib.classifiers.network.NetworkClassifier", "standardise": False, "fine_tuned": False}
    network["parameters"] = {"network": "head", "validation": 0.02}
    changes = {"networks": {"head": {"layers": ["flatten", {"dense": "classes"}]}}, "classifiers": {"mine": network}}
    changes["experiments"] = {"stride": {"set": {"labels": 5}, "classifiers": ["mine"]}}
    (found,) = faults(TWO, only=["stride"], **changes)
    assert found == (
        "configuration: classifiers.mine.parameters.validation is 0.02, which holds out 1 of 10 training images, "
        "expected at least one for each of the 2 classes"
    )


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"folds": 7}, "configuration key folds: 7 folds asked for, expected 0 or 2 to 6: the smallest class has 20"),
        ({"folds": 1}, "configuration key folds: 1 folds asked for, expected 0 or 2 to 6"),
        ({"defaults": {"patch_size": 33}}, "patch_size is 33, expected 1 to 32: the images are 32 pixels wide"),
        ({"defaults": {"image_size": 40}}, "image_size is 40, expected 0 to 32: the images have that side"),
        ({"defaults": {"image_size": 12, "patch_size": 13}}, "patch_size is 13, expected 1 to 12"),
        (
            {"defaults": {"pooling": 5}, "experiments": {"stride": False}},
            "pooling is 5, expected 0 to 4: the grid has 4x4",
        ),
        (
            {"experiments": {"a": {"vary": {"patch_size": [8, 64]}, "classifiers": []}}},
            "patch_size is 64, expected 1 to 32",
        ),
        (
            {"classifiers": {"rbf_svm": {"components": 201}}},
            "configuration: classifiers.rbf_svm.components is 201, expected at most 60, the training images",
        ),
        (
            {"classifiers": {"random_forest": {"components": 61}}},
            "configuration: classifiers.random_forest.components is 61, expected at most 60, the training images",
        ),
        (
            {"classifiers": {"a": LOGISTIC | {"parameters": {"class_weight": {"cat": 1, "bird": 2}}}}},
            "classifiers.a.parameters.class_weight has the key bird, expected names of classes: cat, dog",
        ),
        (
            {"classifiers": {"a": LOGISTIC | {"grid": {"class_weight": ["balanced", {0: 1.0}]}}}},
            "configuration: classifiers.a.grid.class_weight has the key 0, expected names of classes: cat, dog",
        ),
    ],
)
def test_what_does_not_fit_the_data_is_told(changes, sentence):
    assert not faults(TWO, classifiers={"random_forest": {"components": 60}})
    found = faults(TWO, **changes)
    assert len(found) == 1
    assert sentence in found[0]


def test_all_that_does_not_fit_is_told_at_once():
    found = faults(TWO, folds=99, defaults={"patch_size": 90}, classifiers={"rbf_svm": {"components": 1000}})
    assert len(found) == 3


def test_few_images_and_classes():
    (found,) = faults(DataFacts(["cat"], [40], 32, 3, []))
    assert found == "dataset data/mine: has the class cat alone, expected 2 or more"
    found = faults(DataFacts(["cat", "dog"], [40, 1], 32, 3, []))
    assert "classifiers.linear_svm.calibrate is true, but the class dog has 1 training images" in found[0]
    plain = {"linear_svm": False, "rbf_svm": False}
    own = DataFacts(["cat", "dog"], [40, 1], 32, 3, [20, 20])
    assert not faults(own, folds=2, classifiers=plain), "the folds of the data set go first"


def test_every_classifier_that_is_switched_on_is_tried():
    check_classifiers({"first": LOGISTIC, "off": False}, Study(), TWO, 0, {})
    wrong = LOGISTIC | {"class": "sklearn.linear_model.NoSuchClass"}
    with pytest.raises(StudyError, match=r"classifiers\.second\.class"):
        check_classifiers({"first": LOGISTIC, "off": False, "second": wrong}, Study(), TWO, 0, {})


def test_a_classifier_is_tried_on_the_fewest_labels_of_the_study():
    few = Study(
        evaluations=[("a", "v", "mine"), ("b", "v", "mine")], labels={("a", "v"): 0, ("b", "v"): 5, ("c", "v"): 2}
    )
    neighbours = NEIGHBOURS | {"parameters": {"n_neighbors": 10}}
    check_classifiers({"mine": neighbours}, few, TWO, 0, {})
    neighbours = NEIGHBOURS | {"parameters": {"n_neighbors": 11}}
    check_classifiers({"mine": neighbours}, Study(), TWO, 0, {})
    with pytest.raises(StudyError, match=r"n_neighbors is 11: .* 10 objects"):
        check_classifiers({"mine": neighbours}, few, TWO, 0, {})


def test_stored_facts_are_those_of_the_data_set_of_the_configuration(tmp_path):
    folder = tmp_path / "results" / "mine" / "dataset"
    folder.mkdir(parents=True)
    config = DEFAULT | {"study": "mine", "dataset": "data/mine"}
    assert known_facts(config, tmp_path) is None
    (folder / "facts.json").write_text(json.dumps(STORED))
    (folder / "fold_indices.json").write_text(json.dumps([[1, 2], [3, 4, 5]]))
    assert known_facts(config, tmp_path) == DataFacts(["cat", "7"], [40, 20], 32, 1, [2, 3])
    assert known_facts(config | {"dataset": "data/other"}, tmp_path) is None
    assert known_facts(config | {"classes": ["cat", "7"]}, tmp_path)
    assert known_facts(config | {"classes": ["cat", "dog"]}, tmp_path) is None, "the classes have other names now"
    assert not is_damaged(folder)


@pytest.mark.parametrize("name", ["facts.json", "fold_indices.json"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe\0",
        b"[" * 5000,
        b"5",
        b'"text"',
        b'{"splits": 5}',
        json.dumps(STORED | {"splits": {"train": None}}).encode(),
        json.dumps(STORED | {"class_names": ["dog"]}).encode(),
        json.dumps(STORED | {"dataset": 5}).encode(),
    ],
)
def test_damaged_facts_count_as_absent(tmp_path, name, content):
    folder = tmp_path / "results" / "mine" / "dataset"
    folder.mkdir(parents=True)
    (folder / "facts.json").write_text(json.dumps(STORED))
    (folder / "fold_indices.json").write_text("null")
    config = DEFAULT | {"study": "mine", "dataset": "data/mine"}
    assert known_facts(config, tmp_path)
    (folder / name).write_bytes(content)
    if name == "fold_indices.json" and content.startswith((b"{", b'"')) and len(content) > 2:
        return  # a mapping or text is as long as it is: folds of that many images
    assert known_facts(config, tmp_path) is None
    assert is_damaged(folder)


@pytest.mark.parametrize(
    ("classifier", "facts", "folds", "sentence"),
    [
        # the solver takes two classes alone
        (LOGISTIC | {"parameters": {"solver": "liblinear"}}, None, 0, None),
        (LOGISTIC | {"parameters": {"solver": "liblinear"}}, TWO, 0, None),
        (
            LOGISTIC | {"parameters": {"solver": "liblinear"}},
            DataFacts(list("abc"), [20, 20, 20], 8, 1, []),
            0,
            "mine.parameters.solver is liblinear: .*, as tried on 60 objects of 64 features and 3 classes",
        ),
        # as many neighbours as there are training images: in all, in a fold, in a part of a cross-validation
        (NEIGHBOURS | {"parameters": {"n_neighbors": 60}}, TWO, 0, None),
        (NEIGHBOURS | {"parameters": {"n_neighbors": 61}}, TWO, 0, "mine.parameters.n_neighbors is 61: .* 60 objects"),
        (NEIGHBOURS | {"parameters": {"n_neighbors": 31}}, TWO, 2, "mine.parameters.n_neighbors is 31: .* 30 objects"),
        (NEIGHBOURS | {"grid": {"n_neighbors": [1, 41]}}, TWO, 0, "mine.grid.n_neighbors: .* tried on 39 objects"),
        (NEIGHBOURS | {"parameters": {"n_neighbors": 2000}}, None, 0, None),
        (NEIGHBOURS | {"parameters": {"n_neighbors": 20_000}}, None, 0, "mine.parameters.n_neighbors is 20000"),
        # components of a projection onto what tells the classes apart
        (
            ENTRY
            | {"class": "sklearn.discriminant_analysis.LinearDiscriminantAnalysis", "parameters": {"n_components": 2}},
            TWO,
            0,
            "mine.parameters.n_components is 2: n_components cannot be larger than .* and 2 classes",
        ),
        # whole numbers written with a point where the class wants whole numbers
        (FOREST | {"parameters": {"n_estimators": 5.0}, "grid": {"max_depth": [2.0, None]}}, TWO, 0, None),
        (FOREST | {"parameters": {"n_estimators": 5.5}}, TWO, 0, "The 'n_estimators' parameter"),
        # weights by class, before and after the classes are known
        (LOGISTIC | {"parameters": {"class_weight": {"cat": 1, "dog": 3}}}, None, 0, None),
        (LOGISTIC | {"parameters": {"class_weight": {"cat": 1, "dog": 3}}}, TWO, 0, None),
        (SVM | {"grid": {"class_weight": ["balanced", {"dog": 3}]}}, TWO, 2, None),
        (LOGISTIC | {"parameters": {"class_weight": {"cat": "heavy"}}}, TWO, 0, "mine.parameters.class_weight is"),
    ],
)
def test_classifiers_are_tried_on_as_many_classes_and_images_as_there_are(classifier, facts, folds, sentence):
    if sentence is None:
        check_classifier("mine", classifier, facts, folds)
    else:
        with pytest.raises(StudyError, match=sentence):
            check_classifier("mine", classifier, facts, folds)


def settled(entry, class_names=None):
    """An entry of the configuration with parameters as scikit-learn takes them."""
    return for_scikit_learn(Classifier.of(entry), class_names)


def test_floats_stay_floats_where_scikit_learn_takes_floats():
    found = settled(FOREST | {"parameters": {"max_features": 1.0, "n_estimators": 5.0}})
    assert repr(found.parameters) == "{'max_features': 1.0, 'n_estimators': 5}"
    found = settled(FOREST | {"grid": {"min_samples_leaf": [1, 0.5, 3.0], "max_depth": [4.0]}})
    assert repr(found.grid) == "{'min_samples_leaf': [1, 0.5, 3], 'max_depth': [4]}"


def test_weights_by_name_are_those_of_the_labels(rng):
    labels = np.repeat([0, 1], 40)
    objects = (rng.normal(size=(80, 5)) + labels[:, None]).astype(np.float32)
    named = LOGISTIC | {"grid": {"class_weight": [{"dog": 50.0}, {"dog": 0.02}]}}
    numbered = LOGISTIC | {"grid": {"class_weight": [{1: 50.0}, {1: 0.02}]}}
    task, names = Task(objects, labels, objects, 2), ["cat", "dog"]
    assert settled(named, names) == Classifier.of(numbered)
    found = [classify(task, entry, 0) for entry in (settled(named, names), Classifier.of(numbered))]
    assert found[0].probabilities.tobytes() == found[1].probabilities.tobytes()
    weighted = [LOGISTIC | {"parameters": {"class_weight": {name: 50.0}}} for name in ("cat", "dog")]
    shares = [classify(task, settled(entry, names), 0).labels.mean() for entry in weighted]
    assert shares[0] + 0.2 < shares[1], "what weighs most is predicted more often"
    assert as_configured(found[0].chosen, ["cat", "dog"])["class_weight"] in ({"dog": 50.0}, {"dog": 0.02})
    assert as_configured({"C": 1.0}, ["cat", "dog"]) == {"C": 1.0}


def test_every_study_of_the_project_fits_the_photographs():
    for name in ("config", "smoke", "full"):
        text = (Path(__file__).parents[3] / "config" / f"{name}.yaml").read_text()
        config = checked(merged(DEFAULT, yaml.safe_load(text)), SCHEMA, DEFAULT)
        check_data(config, expand(config), known_facts(config), {})
