"""Classifiers of the configuration: prepared, tuned and calibrated on the training objects alone."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline

from lib.base.linear_algebra import take_working_memory
from lib.classifiers.preparation import Parts, Splits, parts_of, splits_of
from lib.classifiers.rotation import Projection
from lib.study.settings import Classifier
from lib.training.optimisation import NetworkRecord


@dataclass(frozen=True)
class Task:
    """Objects to classify.

    Attributes
    ----------
    train : training objects (copies * N, D): all objects, then their second copies in the same order, and so on.
    labels : classes (N,) of the training objects, 0 ... classes - 1.
    test : test objects (copies * M, D), in the same order.
    classes : number of classes.
    copies : copies of every object, such as an image and its mirror image.
    groups : (N,) equal for training objects that are not independent; None if all are.
    """

    train: np.ndarray
    labels: np.ndarray
    test: np.ndarray
    classes: int
    copies: int = 1
    groups: np.ndarray | None = None


@dataclass(frozen=True)
class Predictions:
    """Predicted class (M,) and class probabilities (M, K) of the test objects, and how they were found.

    ``converged`` is false if scikit-learn warned that the fit to all training objects ended before it had converged.
    ``network`` is what is known about the training of a network, None for other classifiers.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    chosen: dict[str, Any]  # parameters that cross-validation chose
    validation: list[dict[str, Any]]  # mean cross-validated accuracy of every entry of a grid of several
    seconds: float
    converged: bool = True
    network: NetworkRecord | None = None


def estimator_from(path: str, parameters: dict[str, Any], seed: int) -> Any:
    """Return an instance of the scikit-learn class with that dotted path; a random one gets the seed."""
    module, _, name = path.rpartition(".")
    estimator = getattr(import_module(module), name)(**parameters)
    return estimator.set_params(random_state=seed) if "random_state" in estimator.get_params() else estimator


def model_from(classifier: Classifier, seed: int) -> Pipeline:
    """Return the projection and the model of a classifier, not fitted yet; both take prepared objects."""
    from lib.classifiers.faster import FASTER

    path = FASTER.get(classifier.path, classifier.path) if classifier.rotate else classifier.path
    steps = {
        "project": Projection(classifier.components, seed) if classifier.components else "passthrough",
        "model": estimator_from(path, classifier.parameters, seed),
    }
    return Pipeline(list(steps.items()))


def cross_validate(
    model: Pipeline,
    grid: list[dict[str, Any]],
    labels: np.ndarray,
    splits: Splits,
    part: Parts,
    *,
    decide: bool = False,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the mean accuracy (len(grid),) of the model with each entry's parameters on held-out objects.

    The projection is fitted once for each split, as no entry changes it. The model is refitted, so that with
    ``warm_start`` each entry starts from the one before. With ``decide``, decision values are returned too: for each
    entry, the values of the objects that were held out, in the order of the labels. groups: (N,) for a model that holds
    out objects itself, see `NetworkClassifier.fit`; None for others. Raises ValueError if ``decide`` is true and a
    class has a single object.
    """
    right = np.zeros((len(splits), len(grid)))
    decisions: list[list[np.ndarray]] = [[] for _ in grid]
    for number, (rest, held_out) in enumerate(splits):
        if decide and len(np.unique(labels[rest])) < len(np.unique(labels)):
            raise ValueError("a class has a single training image, expected 2 or more: each side of a split needs one")
        objects, unseen = part(number)
        fitted = clone(model)
        project, last = fitted[:-1], fitted[-1]
        objects, unseen = project.fit_transform(objects), project.transform(unseen)
        for column, entry in enumerate(grid):
            last.set_params(**entry).fit(objects, labels[rest], **_grouped(groups, rest))
            right[number, column] = np.mean(last.predict(unseen) == labels[held_out])
            if decide:
                decisions[column].append(last.decision_function(unseen))
    order = np.argsort(np.concatenate([held_out for _, held_out in splits]))
    return right.mean(axis=0), [np.concatenate(values)[order] for values in decisions if decide]


class _Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose input is decision values (N, K), or (N, 1) for two classes, and which decides by them."""

    def fit(self, values: np.ndarray, labels: np.ndarray) -> _Decided:
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, values: np.ndarray) -> np.ndarray:
        return values[:, 0] if values.shape[1] == 1 else values

    def predict(self, values: np.ndarray) -> np.ndarray:
        best = values.argmax(axis=1) if values.shape[1] > 1 else (values[:, 0] > 0).astype(int)
        return self.classes_[best]


def calibrated(held_out: np.ndarray, labels: np.ndarray, splits: Splits, values: np.ndarray) -> np.ndarray:
    """Return probabilities (M, K) from decision values of M objects: the softmax of the values over a temperature.

    held_out: decision values of labelled objects by models that were fitted without them. The temperature is fitted to
    them (Guo et al., ICML 2017). splits: any that hold out each object once.
    """
    from sklearn.calibration import CalibratedClassifierCV

    temperature = CalibratedClassifierCV(_Decided(), method="temperature", cv=splits, ensemble=False)
    temperature.fit(held_out.reshape(len(held_out), -1), labels)
    return temperature.predict_proba(values.reshape(len(values), -1))


def classify(task: Task, classifier: Classifier, seed: int, part: Parts | None = None) -> Predictions:
    """Fit a classifier on the training objects and predict the test objects.

    The first combination of the grid with the best mean accuracy in stratified cross-validation on the training objects
    is taken; groups of objects that are not independent stay together in it. All copies of an object serve in training,
    on the same side of every split; the class of a test object is the one with the largest mean probability over its
    copies. With ``calibrate``, probabilities come from decision values, as in `calibrated`, which changes no predicted
    class.

    seed: of the splits and the model. part: objects that another job has prepared by the same seed, if any.
    """
    from sklearn.model_selection import ParameterGrid

    model, grid = model_from(classifier, seed), list(ParameterGrid(classifier.grid))
    if classifier.is_network:
        model[-1].load_libraries()
    take_working_memory()
    start = time.process_time()  # imports do not count
    needed = len(grid) > 1 or classifier.calibrate
    splits = splits_of(task.labels, seed, task.copies, task.groups) if needed else []
    part = part or parts_of(classifier, task.train, task.test, splits)
    labels, best, validation = np.tile(task.labels, task.copies), 0, []
    groups = None
    if classifier.is_network:
        own = np.arange(len(task.labels)) if task.groups is None else task.groups
        groups = np.tile(own, task.copies)
    if splits:
        scores, decisions = cross_validate(
            model, grid, labels, splits, part, decide=classifier.calibrate, groups=groups
        )
        best = int(scores.round(9).argmax())  # the first of equal ones: rounding of the means does not count
    if len(grid) > 1:
        validation = [entry | {"accuracy": float(score)} for entry, score in zip(grid, scores, strict=True)]
    model[-1].set_params(**grid[best])
    objects, unseen = part(None)
    converged = _fit(model, objects, labels, groups)
    if classifier.calibrate:
        found = calibrated(decisions[best], labels, splits, model.decision_function(unseen))
    else:
        found = model.predict_proba(unseen)
    probabilities = np.zeros((len(unseen) // task.copies, task.classes))
    probabilities[:, model.classes_] = found.reshape(task.copies, len(probabilities), -1).mean(axis=0)
    predicted = model.predict(unseen) if task.copies == 1 else probabilities.argmax(axis=1)
    seconds, network = time.process_time() - start, getattr(model[-1], "record_", None)
    return Predictions(predicted, probabilities, grid[best], validation, seconds, converged, network)


def _grouped(groups: np.ndarray | None, rows: np.ndarray | slice) -> dict[str, np.ndarray]:
    """Return the argument of the fit of a model that holds out objects itself, none for others."""
    return {} if groups is None else {"groups": groups[rows]}


def _fit(model: Pipeline, objects: np.ndarray, labels: np.ndarray, groups: np.ndarray | None) -> bool:
    """Fit the model, and return whether it converged, as far as its warnings say; they are given again."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(objects, labels, **{f"model__{key}": rows for key, rows in _grouped(groups, slice(None)).items()})
    for one in caught:
        warnings.warn_explicit(one.message, one.category, one.filename, one.lineno)
    return not any(issubclass(one.category, ConvergenceWarning) for one in caught)
