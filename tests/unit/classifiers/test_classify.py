"""Classifiers learn from the training objects only, and the rotation changes no prediction."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC

from lib.base.errors import StudyError
from lib.classifiers.check import check_classifier
from lib.classifiers.classify import Task, classify, cross_validate, estimator_from, model_from
from lib.classifiers.preparation import held_out_part, parts_of, preparation_from, splits_of, store_parts, stored_parts
from lib.classifiers.rotation import Projection, Rotation
from lib.study.settings import Classifier

LOGISTIC = {
    "class": "sklearn.linear_model.LogisticRegression",
    "parameters": {"max_iter": 500},
    "grid": {"C": [1e-3, 1e-1]},
    "standardise": True,
    "rotate": True,
}
FOREST = {
    "class": "sklearn.ensemble.RandomForestClassifier",
    "parameters": {"n_estimators": 20},
    "grid": {},
    "standardise": False,
    "rotate": False,
}


def predictions(train, labels, test, classes, entry, seed, copies=1, part=None):
    """Return the predictions of the classifier of an entry of the configuration."""
    return classify(Task(train, labels, test, classes, copies), Classifier.of(entry), seed, part)


@pytest.fixture
def objects(rng):
    centres = rng.normal(size=(3, 200))
    labels = np.repeat([0, 1, 2], 40)
    features = (centres[labels] + 2 * rng.normal(size=(120, 200))).astype(np.float32)
    order = rng.permutation(120)
    features, labels = features[order], labels[order]
    return features[:80], labels[:80], features[80:], labels[80:]


MODELS = [
    LogisticRegression(C=1e-2, tol=1e-8, max_iter=1000),
    LinearSVC(C=1e-3, dual=True, tol=1e-8, max_iter=100_000, random_state=0),
    SVC(kernel="linear", C=1e-3, tol=1e-8),
    SVC(kernel="rbf", gamma="scale", tol=1e-8),
]


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_rotation_changes_no_prediction(objects, model):
    train, labels, test, _ = objects
    plain = make_pipeline(StandardScaler(), clone(model)).fit(train, labels)
    rotated = make_pipeline(StandardScaler(), Rotation(), clone(model)).fit(train, labels)
    assert rotated[-1].n_features_in_ <= len(train) + 1 < train.shape[1]
    np.testing.assert_allclose(rotated.decision_function(test), plain.decision_function(test), rtol=1e-3, atol=1e-3)
    assert (rotated.predict(test) == plain.predict(test)).all()


def test_rotation_keeps_inner_products_even_of_equal_objects(rng):
    train, test = rng.normal(size=(30, 100)), rng.normal(size=(8, 100))
    train[7], train[9], test[0], test[1] = train[3], 0, 0, train[5]
    rotation = Rotation().fit(train)
    inside, other = rotation.transform(train), rotation.transform(test)
    assert inside.shape == (30, 29), "28 independent objects and a coordinate for the rest of an object"
    np.testing.assert_allclose(inside, rotation.fit_transform(train), atol=1e-5)
    np.testing.assert_allclose(other @ inside.T, test @ train.T, atol=1e-5)
    np.testing.assert_allclose(np.sum(other**2, axis=1), np.sum(test**2, axis=1))


def test_few_features_are_not_rotated(rng):
    train, test = rng.normal(size=(20, 5)), rng.normal(size=(4, 5))
    rotation = Rotation()
    assert rotation.fit_transform(train) is train
    assert rotation.transform(test) is test


def test_projection_has_no_more_components_than_objects(rng):
    assert Projection(50).fit_transform(rng.normal(size=(20, 60))).shape == (20, 20)
    assert Projection(3).fit_transform(rng.normal(size=(20, 60))).shape == (20, 3)


LINEAR_SVM = {
    "class": "sklearn.svm.LinearSVC",
    "parameters": {"dual": True},
    "grid": {"C": [1e-5, 1e-4, 1e-3]},
    "standardise": True,
    "rotate": True,
    "calibrate": True,
}
RBF_SVM = LINEAR_SVM | {
    "class": "sklearn.svm.SVC",
    "parameters": {"kernel": "rbf", "break_ties": True},
    "grid": {"C": [1.0, 10.0], "gamma": ["scale", 1e-3]},
}
BOOSTING = {
    "class": "sklearn.ensemble.HistGradientBoostingClassifier",
    "parameters": {"max_iter": 10, "min_samples_leaf": 5, "early_stopping": False},
    "grid": {},
    "standardise": True,
    "rotate": False,
    "components": 10,
}


@pytest.mark.parametrize("classifier", [LOGISTIC, LINEAR_SVM, RBF_SVM, FOREST, BOOSTING], ids=lambda c: c["class"])
def test_classifiers_learn_and_repeat(objects, classifier):
    train, labels, test, truth = objects
    first, second = (predictions(train, labels, test, 3, classifier, seed=7) for _ in range(2))
    assert np.mean(first.labels == truth) > 0.6
    np.testing.assert_allclose(first.probabilities.sum(axis=1), 1)
    assert (first.probabilities.argmax(axis=1) == first.labels).mean() > 0.95
    assert (first.probabilities == second.probabilities).all()


def test_predictions_are_averaged_over_copies(objects):
    train, labels, test, _ = objects
    classifier = LOGISTIC | {"grid": {}, "rotate": False, "standardise": False}
    both, tests = np.concatenate([train, train + 1]), np.concatenate([test, test + 1])
    model = LogisticRegression(max_iter=500).fit(both, np.tile(labels, 2))
    expected = (model.predict_proba(test) + model.predict_proba(test + 1)) / 2
    result = predictions(both, labels, tests, 3, classifier, seed=7, copies=2)
    np.testing.assert_allclose(result.probabilities, expected, atol=1e-6)
    assert (result.labels == expected.argmax(axis=1)).all()


def test_copies_of_one_object_stay_on_one_side_of_the_cross_validation(rng):
    neighbours = {"class": "sklearn.neighbors.KNeighborsClassifier", "parameters": {}, "grid": {"n_neighbors": [1, 3]}}
    train, labels = rng.normal(size=(90, 5)), np.arange(90) % 3
    classifier = neighbours | {"standardise": False, "rotate": False}
    result = predictions(np.tile(train, (2, 1)), labels, np.tile(train, (2, 1)), 3, classifier, seed=7, copies=2)
    assert (result.labels == labels).all()
    assert result.validation[0]["accuracy"] < 0.6, "the copy of an object revealed its random label"


@pytest.mark.parametrize("classifier", [LOGISTIC, LINEAR_SVM, RBF_SVM], ids=lambda c: c["class"])
def test_the_grid_is_searched_with_every_step_fitted_on_the_training_part(objects, classifier):
    train, labels, test, _ = objects
    result = predictions(train, labels, test, 3, classifier, seed=1)
    folds = StratifiedKFold(3, shuffle=True, random_state=1)
    model = estimator_from(classifier["class"], classifier["parameters"], 1)
    grid = {f"model__{key}": values for key, values in classifier["grid"].items()}
    plain = Classifier.of(classifier | {"rotate": False})
    steps = [*preparation_from(plain).steps, *model_from(plain, 1).steps]
    pipeline = Pipeline(steps).set_params(model=model)
    search = GridSearchCV(pipeline, grid, cv=folds, scoring="accuracy").fit(train, labels)
    assert [entry["accuracy"] for entry in result.validation] == pytest.approx(search.cv_results_["mean_test_score"])
    assert {f"model__{key}": value for key, value in result.chosen.items()} == search.best_params_
    assert (result.labels == search.predict(test)).all()


def test_held_out_objects_influence_no_prediction_of_others(objects):
    train, labels, _, _ = objects
    split = np.arange(0, 60), np.array([60, 61])
    changed = train.copy()
    changed[61:] = 1e3  # held out, or in neither part
    classifier = Classifier.of(LOGISTIC | {"components": 5})
    model, entries = model_from(classifier, 0), [{"C": 1e-3}]
    for other in (labels[60], labels[60] + 1):  # whether the first is predicted right
        truth = labels.copy()
        truth[60], truth[61] = other % 3, 7
        scores = [
            cross_validate(model, entries, truth, [split], parts_of(classifier, objects, objects, [split]))[0]
            for objects in (train, changed)
        ]
        assert scores[0] == scores[1]


@pytest.mark.parametrize("classifier", [LINEAR_SVM, RBF_SVM], ids=lambda c: c["class"])
def test_calibration_gives_probabilities_and_changes_no_label(objects, classifier):
    train, labels, test, truth = objects
    result = predictions(train, labels, test, 3, classifier, seed=3)
    model = model_from(Classifier.of(classifier), 3)
    model[-1].set_params(**result.chosen)
    objects, unseen = parts_of(Classifier.of(classifier), train, test, [])(None)
    assert (result.labels == model.fit(objects, labels).predict(unseen)).all()
    assert (result.labels == result.probabilities.argmax(axis=1)).all()
    np.testing.assert_allclose(result.probabilities.sum(axis=1), 1)
    loss = -np.mean(np.log(result.probabilities[np.arange(len(truth)), truth]))
    assert loss < np.log(3), "better than equal probabilities"


@pytest.mark.parametrize("classes", [2, 3])
def test_the_temperature_agrees_with_scikit_learn(objects, classes):
    train, labels, test, _ = objects
    kept = labels < classes
    train, labels = train[kept], labels[kept]
    classifier = LINEAR_SVM | {"grid": {"C": [1e-4]}, "rotate": False}
    result = predictions(train, labels, test, classes, classifier, seed=3)
    pipeline = make_pipeline(StandardScaler(), LinearSVC(C=1e-4, random_state=3))
    splits = StratifiedKFold(3, shuffle=True, random_state=3).split(train, labels)
    reference = CalibratedClassifierCV(pipeline, method="temperature", cv=list(splits), ensemble=False)
    np.testing.assert_allclose(result.probabilities, reference.fit(train, labels).predict_proba(test), rtol=1e-6)


def test_a_class_of_a_single_object_cannot_be_calibrated(objects):
    train, labels, test, _ = objects
    kept = (labels < 2) | (np.arange(len(labels)) == np.flatnonzero(labels == 2)[0])
    with pytest.raises(ValueError, match="a class has a single training image, expected 2 or more"):
        predictions(train[kept], labels[kept], test, 3, LINEAR_SVM, seed=1)


def test_stored_objects_equal_freshly_prepared_ones(objects, tmp_path):
    train, labels, test, _ = objects
    train, test = np.concatenate([train, train + 1]), np.concatenate([test, test + 1])
    own = parts_of(Classifier.of(RBF_SVM), train, test, splits_of(labels, 4, copies=2))
    store_parts(tmp_path / "prepared.npz", [("all", own), (0, own)])
    for fold in ("all", 0):
        part = stored_parts(tmp_path / "prepared.npz", fold)
        for number in (0, 1, 2, None):
            for first, second in zip(part(number), own(number), strict=True):
                assert first.dtype == np.float32
                assert first.tobytes() == second.tobytes()
        results = [predictions(train, labels, test, 3, RBF_SVM, 4, 2, given) for given in (part, None)]
        assert results[0].probabilities.tobytes() == results[1].probabilities.tobytes()


def test_one_entry_needs_no_search(objects):
    train, labels, test, _ = objects
    result = predictions(train, labels, test, 3, LOGISTIC | {"grid": {"C": [1e-3]}}, seed=1)
    assert (result.chosen, result.validation) == ({"C": 1e-3}, [])


@pytest.mark.parametrize("classifier", [LOGISTIC, RBF_SVM, BOOSTING], ids=lambda c: c["class"])
def test_test_objects_influence_no_prediction_of_others(objects, classifier):
    train, labels, test, _ = objects
    changed = test.copy()
    changed[1:] += 50
    results = [predictions(train, labels, part, 3, classifier, seed=1).probabilities[0] for part in (test, changed)]
    np.testing.assert_allclose(*results, rtol=1e-6)


def test_classes_without_training_objects_get_no_probability(objects):
    train, labels, test, _ = objects
    probabilities = predictions(train, labels, test, 5, FOREST, seed=1).probabilities
    assert probabilities.shape == (40, 5)
    assert (probabilities[:, 3:] == 0).all()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"class": "sklearn.neighbor.KNeighborsClassifier"}, "expected a classifier that scikit-learn has"),
        ({"class": "sklearn.neighbors.KNeighborClassifier"}, "expected a classifier that scikit-learn has"),
        (
            {"class": "sklearn.svm.LinearSVC", "parameters": {}},
            "mine.calibrate is false, expected true or a class with predict_proba: sklearn.svm.LinearSVC has no prob",
        ),
        (
            {"class": "sklearn.svm.OneClassSVM", "parameters": {}, "grid": {}, "calibrate": True},
            "mine.class is sklearn.svm.OneClassSVM, expected a classifier$",
        ),
        ({"parameters": {"solver": "foo"}}, "mine.parameters: The 'solver' parameter of LogisticRegression must be a"),
        ({"grid": {"C": [0.1, -1]}}, r"mine.grid.C: The 'C' parameter of LogisticRegression must be .* Got -1 instead"),
        ({"grid": {"l1_ratio": [0.0, 2.0]}}, "mine.grid.l1_ratio: The 'l1_ratio' parameter"),
        (
            {"class": "sklearn.svm.SVC", "parameters": {"decision_function_shape": "ovo"}, "calibrate": True},
            "mine.parameters.decision_function_shape is ovo, expected ovr",
        ),
        ({"class": "sklearn.multiclass.OneVsRestClassifier"}, "expected a classifier that needs no other estimator"),
        ({"grid": {"C": ["1e-4"]}}, "mine.grid.C: .* Got '1e-4' instead; YAML reads 1e-4 as text"),
        ({"parameters": {"max_iter": 0.5}}, "mine.parameters: The 'max_iter' parameter"),
        (
            {"class": "sklearn.ensemble.RandomForestClassifier", "parameters": {"max_depth": 10**30}, "grid": {}},
            "mine.parameters.max_depth is 10+: Python int too large .*, as tried on 100 objects of 64 .* 10 classes",
        ),
        (
            {"class": "sklearn.naive_bayes.MultinomialNB", "parameters": {}, "grid": {}},
            "mine.parameters: Negative values in data passed to MultinomialNB",
        ),
        ({"parameters": {"iterations": 5}}, "parameters has the unknown key iterations; the parameters are C, "),
        ({"grid": {"c": [1]}}, r"grid has the unknown key c \(did you mean C\?\); the parameters are C, "),
    ],
)
def test_a_faulty_classifier_is_refused(changes, sentence):
    check_classifier("mine", LOGISTIC)
    with pytest.raises(StudyError, match=sentence):
        check_classifier("mine", LOGISTIC | changes)


OF_POSITIVE_FEATURES = FOREST | {"class": "sklearn.naive_bayes.MultinomialNB", "parameters": {}, "grid": {}}


@pytest.mark.parametrize(
    "classifier", [LINEAR_SVM, RBF_SVM, FOREST, BOOSTING, OF_POSITIVE_FEATURES], ids=lambda c: c["class"]
)
def test_valid_classifiers_are_accepted(classifier):
    check_classifier("mine", classifier)


def test_only_random_models_get_the_seed():
    assert estimator_from(FOREST["class"], {}, 5).random_state == 5
    assert not hasattr(estimator_from("sklearn.neighbors.KNeighborsClassifier", {"n_neighbors": 2}, 5), "random_state")


def test_groups_of_objects_are_on_one_side_of_every_split():
    labels, groups = np.repeat([0, 1, 2], 12), np.repeat(np.arange(9), 4)
    for rest, held_out in splits_of(labels, 3, copies=2, groups=groups):
        assert not set(groups[rest % 36]) & set(groups[held_out % 36])
        assert set(labels[rest % 36]) == {0, 1, 2}
        assert set(rest // 36) == {0, 1}
    held_out = np.concatenate([held_out for _, held_out in splits_of(labels, 3, groups=groups)])
    assert sorted(held_out) == list(range(36)), "each object is held out once"


def equal(splits, others):
    """Whether two cross-validations have the same splits."""
    return all(
        np.array_equal(one, other)
        for split, rival in zip(splits, others, strict=True)
        for one, other in zip(split, rival, strict=True)
    )


def test_splits_ignore_groups_that_are_single_objects_or_whole_classes():
    labels = np.repeat([0, 1, 2], 12)
    assert equal(splits_of(labels, 3), splits_of(labels, 3, groups=np.arange(36)))
    assert equal(splits_of(labels, 3), splits_of(labels, 3, groups=labels)), "each class would be missing in one split"
    assert not equal(splits_of(labels, 3), splits_of(labels, 3, groups=np.repeat(np.arange(9), 4)))


@pytest.mark.parametrize("entry", [LOGISTIC, FOREST, LOGISTIC | {"rotate": False}], ids=["rotated", "forest", "plain"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_objects_that_are_not_finite_are_refused(objects, entry, value):
    train, labels, test, _ = objects
    train = train.copy()
    train[3, 5] = value
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="objects hold NaN or infinite values"):
        predictions(train, labels, test, 3, entry | {"standardise": False}, 0)


@pytest.mark.parametrize("rotate", [True, False])
def test_a_fit_that_did_not_converge_is_marked(objects, rotate):
    train, labels, test, _ = objects
    entry = LOGISTIC | {"grid": {}, "rotate": rotate, "parameters": {"C": 1e3, "max_iter": 1}}
    with pytest.warns(ConvergenceWarning):
        assert not predictions(train, labels, test, 3, entry, 0).converged
    assert predictions(train, labels, test, 3, FOREST, 0).converged


@pytest.mark.parametrize("changes", [{}, {"rotate": False}, {"components": 5}], ids=str)
@pytest.mark.parametrize("entry", [LOGISTIC, FOREST], ids=["logistic", "forest"])
def test_objects_that_are_all_equal_give_every_class_its_share(objects, entry, changes):
    _, labels, test, _ = objects
    found = predictions(np.ones((80, 200), np.float32), labels, np.ones_like(test), 3, entry | changes, 0)
    shares = np.bincount(labels) / len(labels)
    np.testing.assert_allclose(found.probabilities, np.tile(shares, (len(test), 1)), atol=0.06)


@pytest.mark.parametrize("groups", [None, "copies", "pictures"])
def test_a_held_out_part_has_its_share_of_each_class_and_separates_no_group(groups):
    labels = np.tile(np.repeat(np.arange(5), 20), 2)
    chosen = {"copies": np.tile(np.arange(100), 2), "pictures": np.arange(200) // 4}.get(groups)
    learnt, held = held_out_part(labels, 0.1, 0, chosen)
    np.testing.assert_array_equal(np.sort(np.concatenate([learnt, held])), np.arange(200))
    assert np.bincount(labels[held]).tolist() == [4] * 5
    if chosen is not None:
        assert not set(chosen[learnt]) & set(chosen[held])


@pytest.mark.parametrize("share", [0.1, 0.25, 0.3, 0.4, 0.6])
def test_a_held_out_part_of_groups_has_the_share_that_is_asked_for(share):
    labels, groups = np.tile(np.repeat(np.arange(5), 40), 2), np.tile(np.arange(200), 2)
    learnt, held = held_out_part(labels, share, 0, groups)
    assert len(held) == pytest.approx(share * 400, abs=10)
    assert not set(groups[learnt]) & set(groups[held])


def test_a_large_group_is_held_out_in_few_repetitions_only():
    labels = np.repeat([0, 1], 50)
    groups = np.where(np.arange(100) < 20, 0, np.arange(100))
    held = [held_out_part(labels, 0.1, seed, groups)[1] for seed in range(20)]
    assert not any(0 in part for part in held)
    assert [len(part) for part in held] == pytest.approx([10] * 20, abs=2)
    assert len({tuple(part) for part in held}) > 10


def test_few_objects_of_each_class_in_groups_have_a_held_out_part():
    labels, groups = np.tile(np.repeat(np.arange(10), 8), 2), np.tile(np.arange(80), 2)
    learnt, held = held_out_part(labels, 0.1, 0, groups)
    assert len(held) in range(10, 23)
    assert not set(groups[learnt]) & set(groups[held])


def test_a_class_that_is_one_group_still_has_objects_to_learn_from():
    labels = np.repeat([0, 1], 30)
    learnt, held = held_out_part(labels, 0.1, 0, labels)
    assert np.bincount(labels[learnt]).tolist() == [27, 27]
    assert np.bincount(labels[held]).tolist() == [3, 3]
