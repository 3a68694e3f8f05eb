"""Classifiers from the configuration: scaled, rotated, tuned and calibrated on the training objects alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.pipeline import Pipeline

from lib.classifiers.preparation import rotates
from lib.classifiers.rotation import Projection, Rotation

FOLDS = 3  # of the cross-validation that chooses among the grid and of the one that calibrates


@dataclass
class Predictions:
    """Predicted class (N,) and class probabilities (N, K) of the test images, and how they came about."""

    labels: np.ndarray
    probabilities: np.ndarray
    chosen: dict[str, Any]  # parameters that cross-validation chose
    validation: list[dict[str, Any]]  # mean cross-validated accuracy of every entry of a grid of several
    seconds: float


def estimator_from(path: str, parameters: dict[str, Any], seed: int) -> Any:
    """Instance of the scikit-learn class with that dotted path; it gets the seed if it is random."""
    module, _, name = path.rpartition(".")
    estimator = getattr(import_module(module), name)(**parameters)
    return estimator.set_params(random_state=seed) if "random_state" in estimator.get_params() else estimator


def preparation_from(classifier: dict[str, Any]) -> Pipeline:
    """Scaling and rotation of an entry of the configuration, not fitted yet."""
    from sklearn.preprocessing import StandardScaler

    steps = {
        "scale": StandardScaler() if classifier["standardise"] else "passthrough",
        "rotate": Rotation() if rotates(classifier) else "passthrough",
    }
    return Pipeline(list(steps.items()))


def model_from(classifier: dict[str, Any], seed: int) -> Pipeline:
    """Projection and the model of an entry of the configuration, not fitted yet; both take prepared objects."""
    from lib.classifiers.faster import SOONER

    path, components = classifier["class"], classifier.get("components")
    steps = {
        "project": Projection(components, seed) if components else "passthrough",
        "model": estimator_from(
            SOONER.get(path, path) if classifier["rotate"] else path, classifier["parameters"], seed
        ),
    }
    return Pipeline(list(steps.items()))


Splits = list[tuple[np.ndarray, np.ndarray]]
# Given the number of a split, its training and held-out objects, prepared; given None, all training and test objects.
Parts = Callable[[int | None], tuple[np.ndarray, np.ndarray]]


def splits_of(labels: np.ndarray, seed: int, copies: int = 1) -> Splits:
    """Training and held-out objects of each split of a stratified cross-validation of objects with labels (N,).

    With several copies of every object, those of object i, which are i, N + i, 2 N + i and so on, are on one side.
    """
    from sklearn.model_selection import StratifiedKFold

    offsets = len(labels) * np.arange(copies)[:, None]
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed).split(labels, labels)
    return [((rest + offsets).ravel(), (held_out + offsets).ravel()) for rest, held_out in folds]


def parts_of(classifier: dict[str, Any], train: np.ndarray, test: np.ndarray, splits: Splits) -> Parts:
    """Scaled and rotated objects, float32, for an entry of the configuration: the same for all that prepare alike.

    Scaling and rotation are fitted on the training objects of a split, or on all of them, alone.
    """

    def part(number: int | None) -> tuple[np.ndarray, np.ndarray]:
        rest, held_out = (train, test) if number is None else (train[rows] for rows in splits[number])
        preparation = preparation_from(classifier)
        fitted = preparation.fit_transform(np.asarray(rest, dtype=np.float32))
        return fitted, preparation.transform(np.asarray(held_out, dtype=np.float32))

    return part


def _names(fold: str | int, number: int | None) -> list[str]:
    """Names of prepared objects in an archive: the fitted ones and the others of a split, or of the whole fold."""
    return [f"{fold}_{'all' if number is None else f'split{number}'}_{side}" for side in ("fitted", "others")]


def store_parts(path: Path, parts: Iterable[tuple[str | int, Parts]]) -> None:
    """Write the prepared objects of every split and of the whole of each fold as an .npz file, one after the other."""
    with ZipFile(path, "w") as archive:
        for fold, part in parts:
            for number in (*range(FOLDS), None):
                for name, objects in zip(_names(fold, number), part(number), strict=True):
                    with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                        np.lib.format.write_array(file, objects)


def stored_parts(path: Path, fold: str | int) -> Parts:
    """What `store_parts` has written of a fold."""

    def part(number: int | None) -> tuple[np.ndarray, np.ndarray]:
        with np.load(path) as arrays:
            fitted, others = (arrays[name] for name in _names(fold, number))
        return fitted, others

    return part


def cross_validate(
    model: Pipeline,
    grid: list[dict[str, Any]],
    labels: np.ndarray,
    splits: Splits,
    part: Parts,
    *,
    decide: bool = False,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Mean accuracy (len(grid),) of the model with each entry's parameters on held-out objects.

    The projection is fitted once for each split, as no entry changes it. The model is refitted, so that with
    ``warm_start`` each entry starts from the one before. Second come, if they are asked for, the decision values
    that each entry's models give to the objects held out of their training, in the order of the labels.
    Raises ValueError for these if a class has a single object.
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
            last.set_params(**entry).fit(objects, labels[rest])
            right[number, column] = np.mean(last.predict(unseen) == labels[held_out])
            if decide:
                decisions[column].append(last.decision_function(unseen))
    order = np.argsort(np.concatenate([held_out for _, held_out in splits]))
    return right.mean(axis=0), [np.concatenate(values)[order] for values in decisions if decide]


class _Decided(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of decision values (N, K), or (N, 1) for two classes, that takes them as its own."""

    def fit(self, values: np.ndarray, labels: np.ndarray) -> _Decided:
        self.classes_ = np.unique(labels)
        return self

    def decision_function(self, values: np.ndarray) -> np.ndarray:
        return values[:, 0] if values.shape[1] == 1 else values

    def predict(self, values: np.ndarray) -> np.ndarray:
        best = values.argmax(axis=1) if values.shape[1] > 1 else (values[:, 0] > 0).astype(int)
        return self.classes_[best]


def calibrated(held_out: np.ndarray, labels: np.ndarray, splits: Splits, values: np.ndarray) -> np.ndarray:
    """Probabilities (M, K) from decision values of M objects: their softmax over a temperature.

    held_out: decision values of labelled objects by models that were fitted without them, to which the temperature is
    fitted (Guo et al., ICML 2017); splits: any that hold out each object once.
    """
    from sklearn.calibration import CalibratedClassifierCV

    temperature = CalibratedClassifierCV(_Decided(), method="temperature", cv=splits, ensemble=False)
    temperature.fit(held_out.reshape(len(held_out), -1), labels)
    return temperature.predict_proba(values.reshape(len(values), -1))


def classify(
    train: np.ndarray,
    labels: np.ndarray,
    test: np.ndarray,
    classes: int,
    classifier: dict[str, Any],
    seed: int,
    copies: int = 1,
    part: Parts | None = None,
) -> Predictions:
    """Fit a classifier on training objects (N, D) with labels 0 ... classes - 1 and predict test objects.

    With several copies of every object, train is (copies * N, D): all objects, then their second copies in
    the same order, and so on; test likewise. All copies serve in training, on the same side of every
    cross-validation; the class of a test object is the one with the largest mean probability over its copies.

    classifier: ``class`` (dotted path below sklearn), ``parameters``, ``grid`` (lists of values; the first
    combination with the best mean accuracy in stratified cross-validation on the training objects is
    taken), ``standardise``, ``rotate`` (only for models that rotations leave alone), ``components`` (number
    of principal components that the model sees) and ``calibrate``: probabilities come from decision values, as in
    `calibrated`, which leaves the predicted classes alone. The seed serves the splits and the model. part: the
    prepared objects, of `splits_of` the labels by the same seed, if another classifier's job has prepared them.
    """
    from sklearn.model_selection import ParameterGrid

    model, grid = model_from(classifier, seed), list(ParameterGrid(classifier["grid"]))
    start = time.perf_counter()  # imports do not count
    calibrate = bool(classifier.get("calibrate"))
    splits = splits_of(labels, seed, copies) if len(grid) > 1 or calibrate else []
    part = part or parts_of(classifier, train, test, splits)
    labels, best, validation = np.tile(labels, copies), 0, []
    if splits:
        scores, decisions = cross_validate(model, grid, labels, splits, part, decide=calibrate)
        best = int(scores.round(9).argmax())  # the first of equal ones, whatever the rounding of their means
    if len(grid) > 1:
        validation = [entry | {"accuracy": float(score)} for entry, score in zip(grid, scores, strict=True)]
    model[-1].set_params(**grid[best])
    objects, unseen = part(None)
    model.fit(objects, labels)
    if calibrate:
        found = calibrated(decisions[best], labels, splits, model.decision_function(unseen))
    else:
        found = model.predict_proba(unseen)
    probabilities = np.zeros((len(unseen) // copies, classes))
    probabilities[:, model.classes_] = found.reshape(copies, len(probabilities), -1).mean(axis=0)
    predicted = model.predict(unseen) if copies == 1 else probabilities.argmax(axis=1)
    return Predictions(predicted, probabilities, grid[best], validation, time.perf_counter() - start)
