"""Classifiers from the configuration: scaled, rotated, tuned on the training images alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

FOLDS = 3  # of the cross-validation that chooses among the grid
_BLOCK = 1024  # rows converted at once


@dataclass
class Predictions:
    """Predicted class (N,) and class probabilities (N, K) of the test images, and how they came about."""

    labels: np.ndarray
    probabilities: np.ndarray
    chosen: dict[str, Any]  # parameters that cross-validation chose
    validation: list[dict[str, Any]]  # mean cross-validated accuracy of every entry of the grid
    seconds: float


def estimator_from(path: str, parameters: dict[str, Any], seed: int) -> Any:
    """Instance of the scikit-learn class with that dotted path; it gets the seed if it is random."""
    module, _, name = path.rpartition(".")
    estimator = getattr(import_module(module), name)(**parameters)
    return estimator.set_params(random_state=seed) if "random_state" in estimator.get_params() else estimator


def standardise(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Every feature less its mean over its standard deviation, both of the training objects; float32."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(train)
    return tuple(
        np.concatenate([scaler.transform(part[i : i + _BLOCK]).astype(np.float32) for i in range(0, len(part), _BLOCK)])
        for part in (train, test)
    )  # type: ignore[return-value]


def rotate(train: np.ndarray, test: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of centred objects in the space that the n training objects span, at most n dimensions.

    A last coordinate holds what lies outside that space: 0 for training objects, for test objects their
    distance to it. Inner products and distances between training objects and any others are thus kept,
    so that a linear model with an L2 penalty or a kernel machine predicts the same as from the d original
    features, at a cost that does not grow with d. Done where d > n; otherwise the objects are returned
    as they are.
    """
    from sklearn.decomposition import KernelPCA

    if train.shape[1] <= train.shape[0]:
        return train, test
    rotation = KernelPCA(kernel="linear", eigen_solver="dense", remove_zero_eig=True)
    # in float64: the eigenvalues span many orders of magnitude
    train, test = train.astype(np.float64), test.astype(np.float64)
    inside = rotation.fit_transform(train), rotation.transform(test)
    squared = np.sum((test - train.mean(axis=0)) ** 2, axis=1) - np.sum(inside[1] ** 2, axis=1)
    outside = np.zeros(len(train)), np.sqrt(np.maximum(squared, 0))
    return np.column_stack([inside[0], outside[0]]), np.column_stack([inside[1], outside[1]])


def classify(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    classes: int,
    classifier: dict[str, Any],
    seed: int,
    copies: int = 1,
) -> Predictions:
    """Fit a classifier on training objects (N, D) with labels 0 ... classes - 1 and predict test objects.

    With several copies of every object, train is (copies * N, D): all objects, then their second copies in
    the same order, and so on; test likewise. All copies serve in training, on the same side of every
    cross-validation; the class of a test object is the one with the largest mean probability over its copies.

    classifier: ``class`` (dotted path below sklearn), ``parameters``, ``grid`` (lists of values; one
    combination is chosen by stratified cross-validation on the training objects), ``standardise``, and
    ``rotate`` (only for models that rotations leave alone). The seed serves the folds and the model.
    """
    from sklearn.model_selection import GridSearchCV, StratifiedKFold

    start = time.perf_counter()
    if classifier["standardise"]:
        train, test = standardise(train, test)
    if classifier["rotate"]:
        train, test = rotate(train, test)
    objects, labels = labels, np.tile(labels, copies)
    model = estimator_from(classifier["class"], classifier["parameters"], seed)
    chosen: dict[str, Any] = {}
    validation: list[dict[str, Any]] = []
    if classifier["grid"]:
        folds = [
            tuple((side + len(objects) * np.arange(copies)[:, None]).ravel() for side in sides)
            for sides in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(objects, objects)
        ]
        search = GridSearchCV(model, classifier["grid"], cv=folds, scoring="accuracy").fit(train, labels)
        model, chosen = search.best_estimator_, dict(search.best_params_)
        scores = search.cv_results_["mean_test_score"]
        validation = [p | {"accuracy": float(s)} for p, s in zip(search.cv_results_["params"], scores, strict=True)]
    else:
        model.fit(train, labels)
    probabilities = np.zeros((len(test) // copies, classes))
    probabilities[:, model.classes_] = model.predict_proba(test).reshape(copies, len(probabilities), -1).mean(axis=0)
    predicted = model.predict(test) if copies == 1 else probabilities.argmax(axis=1)
    return Predictions(predicted, probabilities, chosen, validation, time.perf_counter() - start)
