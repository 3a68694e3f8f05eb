"""Classifiers from the configuration: scaled, rotated, tuned and calibrated on the training objects alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from scipy.linalg.lapack import dpstrf
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import Pipeline

FOLDS = 3  # of the cross-validation that chooses among the grid and of the one that calibrates
_NEGLIGIBLE = 1e-6  # share of an object's squared norm that float32 products leave uncertain


@dataclass
class Predictions:
    """Predicted class (N,) and class probabilities (N, K) of the test images, and how they came about."""

    labels: np.ndarray
    probabilities: np.ndarray
    chosen: dict[str, Any]  # parameters that cross-validation chose
    validation: list[dict[str, Any]]  # mean cross-validated accuracy of every entry of a grid of several
    seconds: float


class Rotation(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Coordinates (N, r + 1) of objects (N, D) in the space of rank r that the n training objects span.

    A last coordinate holds what lies outside that space: 0 for training objects, for others their distance
    to it. Inner products and distances between training objects and any others are thus kept, so that a
    linear model with an L2 penalty or a kernel machine predicts the same as from the D original features,
    at a cost that does not grow with D. Done where D > n; otherwise objects stay as they are. The
    coordinates are the rows of the pivoted Cholesky factor of the Gram matrix (Higham, Accuracy and
    Stability of Numerical Algorithms, 2002, section 10.3). Parameters that depend on the variance of the
    features, such as a kernel's ``gamma: scale``, mean the same afterwards if the features were centred.
    """

    def fit(self, objects: np.ndarray, labels: np.ndarray | None = None) -> Rotation:
        self.fit_transform(objects, labels)
        return self

    def fit_transform(self, objects: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """The training objects' coordinates, float64."""
        self.objects_ = objects
        self.rotates_ = objects.shape[1] > objects.shape[0]
        if not self.rotates_:
            return objects
        gram = (objects @ objects.T).astype(np.float64)
        factor, order, rank, _ = dpstrf(gram, tol=_NEGLIGIBLE * gram.diagonal().max(), lower=1)
        factor, order = np.tril(factor)[:, :rank], order - 1
        self.factor_, self.pivots_ = factor[:rank], order[:rank]
        coordinates = np.zeros((len(objects), rank + 1))
        coordinates[order, :rank] = factor
        return coordinates

    def transform(self, objects: np.ndarray) -> np.ndarray:
        """Coordinates of any objects, float64."""
        if not self.rotates_:
            return objects
        products = (objects @ self.objects_.T)[:, self.pivots_].astype(np.float64)
        inside = solve_triangular(self.factor_, products.T, lower=True).T
        squared = np.einsum("ij,ij->i", objects, objects, dtype=np.float64) - np.sum(inside**2, axis=1)
        return np.column_stack([inside, np.sqrt(np.maximum(squared, 0))])


class Projection(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Projection onto the first principal components, as many as the training objects have at most."""

    def __init__(self, components: int, random_state: int = 0) -> None:
        self.components = components
        self.random_state = random_state

    def fit(self, objects: np.ndarray, labels: np.ndarray | None = None) -> Projection:
        from sklearn.decomposition import PCA

        self.pca_ = PCA(min(self.components, *objects.shape), random_state=self.random_state).fit(objects)
        return self

    def transform(self, objects: np.ndarray) -> np.ndarray:
        return self.pca_.transform(objects)


def estimator_from(path: str, parameters: dict[str, Any], seed: int) -> Any:
    """Instance of the scikit-learn class with that dotted path; it gets the seed if it is random."""
    module, _, name = path.rpartition(".")
    estimator = getattr(import_module(module), name)(**parameters)
    return estimator.set_params(random_state=seed) if "random_state" in estimator.get_params() else estimator


def pipeline_from(classifier: dict[str, Any], seed: int) -> Pipeline:
    """Scaling, rotation, projection and the model of an entry of the configuration, none of them fitted yet."""
    from sklearn.preprocessing import StandardScaler

    components = classifier.get("components")
    # principal components of rotated objects are the same, and cheaper to find
    rotates = classifier["rotate"] or components
    steps = {
        "scale": StandardScaler() if classifier["standardise"] else "passthrough",
        "rotate": Rotation() if rotates else "passthrough",
        "project": Projection(components, seed) if components else "passthrough",
        "model": estimator_from(classifier["class"], classifier["parameters"], seed),
    }
    return Pipeline(list(steps.items()))


Splits = list[tuple[np.ndarray, np.ndarray]]


def cross_validate(
    pipeline: Pipeline, grid: list[dict[str, Any]], train: np.ndarray, labels: np.ndarray, splits: Splits
) -> np.ndarray:
    """Mean accuracy (len(grid),) of the pipeline's model with each entry's parameters on held-out objects.

    All steps are fitted on the other objects of a split alone: those before the model once, as no entry
    changes them. The model is refitted, so that with ``warm_start`` each entry starts from the one before.
    """
    right = np.zeros((len(splits), len(grid)))
    for row, (rest, held_out) in enumerate(splits):
        part = clone(pipeline)
        prepare, model = part[:-1], part[-1]
        objects, unseen = prepare.fit_transform(train[rest]), prepare.transform(train[held_out])
        for column, entry in enumerate(grid):
            model.set_params(**entry).fit(objects, labels[rest])
            right[row, column] = np.mean(model.predict(unseen) == labels[held_out])
    return right.mean(axis=0)


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

    classifier: ``class`` (dotted path below sklearn), ``parameters``, ``grid`` (lists of values; the first
    combination with the best mean accuracy in stratified cross-validation on the training objects is
    taken), ``standardise``, ``rotate`` (only for models that rotations leave alone), ``components`` (number
    of principal components that the model sees) and ``calibrate``: probabilities are the softmax of the
    decision values over a temperature, fitted to decision values of held-out training objects (Guo et al.,
    ICML 2017), which leaves the predicted classes alone. The seed serves the folds and the model.
    """
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.model_selection import ParameterGrid, StratifiedKFold

    start = time.perf_counter()
    train, test = (np.asarray(part, dtype=np.float32) for part in (train, test))
    pipeline, grid = pipeline_from(classifier, seed), list(ParameterGrid(classifier["grid"]))
    chosen, validation = grid[0], []
    objects, labels = labels, np.tile(labels, copies)
    if len(grid) > 1 or classifier.get("calibrate"):
        splits = [
            tuple((side + len(objects) * np.arange(copies)[:, None]).ravel() for side in sides)
            for sides in StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(objects, objects)
        ]
    if len(grid) > 1:
        scores = cross_validate(pipeline, grid, train, labels, splits)
        chosen = grid[int(scores.argmax())]
        validation = [entry | {"accuracy": float(score)} for entry, score in zip(grid, scores, strict=True)]
    pipeline[-1].set_params(**chosen)
    if classifier.get("calibrate"):
        calibrated = CalibratedClassifierCV(pipeline, method="temperature", cv=splits, ensemble=False)
        pipeline = calibrated.fit(train, labels).calibrated_classifiers_[0].estimator
        found = calibrated.predict_proba(test)
    else:
        found = pipeline.fit(train, labels).predict_proba(test)
    probabilities = np.zeros((len(test) // copies, classes))
    probabilities[:, pipeline.classes_] = found.reshape(copies, len(probabilities), -1).mean(axis=0)
    predicted = pipeline.predict(test) if copies == 1 else probabilities.argmax(axis=1)
    return Predictions(predicted, probabilities, chosen, validation, time.perf_counter() - start)
