"""The check of the configuration's classifiers before anything is computed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import ParameterGrid
from sklearn.utils._param_validation import InvalidParameterError
from threadpoolctl import threadpool_limits

from lib.base.errors import StudyError, hint_of_name, hint_of_number
from lib.classifiers.classify import estimator_from
from lib.classifiers.parameters import for_scikit_learn
from lib.datasets.known_facts import DataFacts
from lib.study.settings import VALIDATION_SPLITS, Classifier

_CLASSES, _EACH, _FEATURES = 10, 10, 64  # of the objects that a classifier is tried on: as few as models need
_SIDE = 96  # of images that are not known yet, in pixels
_MOST = 5000  # objects that a classifier is tried on if it cannot be fitted to few
_FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)  # of a fit


class Trial(NamedTuple):
    """What a classifier is tried on: one set of objects after the other, until it can be fitted to one of them."""

    positive: bool  # whether no feature is negative
    labels: list[np.ndarray]  # (N,) of each set
    reported: int  # the set whose fault is reported if each has one: the first of examples, the last of the data

    def fault(self, path: str, parameters: dict[str, Any]) -> tuple[Exception, np.ndarray] | None:
        """Return why the class with these parameters cannot be fitted to any set, and the labels of that set."""
        faults: list[tuple[Exception, np.ndarray]] = []
        for labels in self.labels:
            try:
                _fit(path, parameters, labels, self.positive)
            except InvalidParameterError as error:
                return error, labels
            except _FAULTS as error:
                faults.append((error, labels))
            else:
                return None
        return faults[self.reported]


def _trial_of(classifier: Classifier, facts: DataFacts | None, folds: int, labels: int) -> Trial:
    """Return few objects first, as a fit to them takes milliseconds; more are for parameters such as many neighbours.

    Without facts the sets have few classes or many, so that only what fits no data set is refused.
    """
    positive = not classifier.standardise and not classifier.rotate
    if facts is None:
        sizes = [(_CLASSES, _EACH), (2, _EACH), (_CLASSES, _MOST // _CLASSES), (2, _MOST // 2)]
        return Trial(positive, [np.repeat(np.arange(classes), each) for classes, each in sizes], 0)
    counts = np.array(facts.smallest_training_set(folds, labels))
    if classifier.calibrate or np.prod([len(values) for values in classifier.grid.values()]) > 1:
        counts = np.maximum(1, counts * (VALIDATION_SPLITS - 1) // VALIDATION_SPLITS)
    few = np.minimum(counts, _EACH)
    many = np.maximum(few, counts * min(1.0, _MOST / counts.sum())).astype(int)
    sets = [few] if (few == many).all() else [few, many]
    return Trial(positive, [np.repeat(np.arange(len(counts)), one) for one in sets], -1)


def _fit(path: str, parameters: dict[str, Any], labels: np.ndarray, positive: bool) -> None:
    """Fit the class to objects with these labels, and predict some of them."""
    objects = np.random.default_rng(0).normal(size=(len(labels), _FEATURES)) + labels[:, None]
    objects = np.abs(objects) if positive else objects
    # several threads cost more than they gain on so few objects
    with warnings.catch_warnings(), threadpool_limits(limits=1):
        warnings.simplefilter("ignore")
        fitted = estimator_from(path, parameters, 0).fit(objects, labels)
        for method in ("predict", "predict_proba", "decision_function"):
            if hasattr(fitted, method):
                getattr(fitted, method)(objects[:_EACH])


def _hint_of_class(path: str) -> str:
    """Return a hint to append to the path of a class that scikit-learn does not have."""
    from sklearn.utils import all_estimators  # imports all of scikit-learn

    public = [(name, made.__module__.split("._")[0]) for name, made in all_estimators(type_filter="classifier")]
    return hint_of_name(path, [f"{module}.{name}" for name, module in public])


def check_classifier(
    name: str, entry: Mapping[str, Any], facts: DataFacts | None = None, folds: int = 0, labels: int = 0
) -> None:
    """Raises StudyError if the class of a classifier cannot do what its entry in the configuration says.

    Faults are a class that does not exist, is not a classifier, or has neither predict_proba nor, with calibrate,
    decision_function; parameters that the class does not have; and values with which it cannot be fitted. Each value of
    the grid is tried with the first values of the other lists. facts: of the training images, once they are known.
    folds: number of folds of the training images. labels: the fewest training images of each class from which it
    learns, 0 for all.
    """
    classifier = Classifier.of(entry)
    key, path = f"configuration: classifiers.{name}", classifier.path
    try:
        estimator = estimator_from(path, {}, 0)
    except (ImportError, AttributeError):
        hint = _hint_of_class(path)
        raise StudyError(f"{key}.class is {path}{hint}, expected a classifier that scikit-learn has") from None
    except TypeError:
        raise StudyError(f"{key}.class is {path}, expected a classifier that needs no other estimator") from None
    if not is_classifier(estimator):
        raise StudyError(f"{key}.class is {path}, expected a classifier")
    known = estimator.get_params()
    for part, given in (("parameters", classifier.parameters), ("grid", classifier.grid)):
        if unknown := sorted(set(given) - set(known)):
            keys = ", ".join(f"{one}{hint_of_name(one, known)}" for one in unknown)
            raise StudyError(f"{key}.{part} has the unknown key {keys}; the parameters are {', '.join(sorted(known))}")
    classifier = for_scikit_learn(classifier, facts.classes if facts else None)
    if classifier.is_network:
        _check_network(key, classifier, facts)
        return
    trial = _trial_of(classifier, facts, folds, labels)
    parameters, grid = classifier.parameters, classifier.grid
    _check_fit(f"{key}.parameters", path, parameters, trial)
    first = parameters | {parameter: values[0] for parameter, values in grid.items()}
    for parameter, values in grid.items():
        for value in values:
            _check_fit(f"{key}.grid.{parameter}", path, first | {parameter: value}, trial, hint_of_number(value))
    _check_probabilities(key, classifier, estimator_from(path, first, 0), first)


def _check_network(key: str, classifier: Classifier, facts: DataFacts | None) -> None:
    """Raises StudyError for parameters of a network without a meaning, and for layers that do not fit the pixels."""
    for entry in ParameterGrid(classifier.grid):
        network = estimator_from(classifier.path, classifier.parameters | entry, 0)
        side, channels, classes = (facts.side, facts.channels, len(facts.classes)) if facts else (_SIDE, 3, _CLASSES)
        side = classifier.image_size or side
        shape = (channels, side, side) if classifier.sees_images(pixels=True) else (channels * side**2,)
        try:
            network.check(shape, classes)
        except StudyError as error:
            raise StudyError(f"{key}.parameters: {error}") from None


def _check_probabilities(key: str, classifier: Classifier, estimator: Any, first: dict[str, Any]) -> None:
    """Raises StudyError if the estimator gives no probabilities in the way that its entry says."""
    path = classifier.path
    if classifier.calibrate and first.get("decision_function_shape") == "ovo":
        raise StudyError(
            f"{key}.parameters.decision_function_shape is ovo, expected ovr: calibrate takes a value for each class"
        )
    if not hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "decision_function"):
            raise StudyError(f"{key}.class is {path}, expected a classifier with predict_proba or decision_function")
        if not classifier.calibrate:
            raise StudyError(
                f"{key}.calibrate is false, expected true or a class with predict_proba: {path} has no probabilities"
            )


def _check_fit(key: str, path: str, parameters: dict[str, Any], trial: Trial, hint: str = "") -> None:
    """Raises StudyError with scikit-learn's message if the class cannot be fitted with these parameters."""
    if not (fault := trial.fault(path, parameters)):
        return
    error, labels = fault
    message = " ".join(str(error).split()).rstrip(".")
    if not isinstance(error, InvalidParameterError):
        classes = len(np.unique(labels))
        hint = f", as tried on {len(labels)} objects of {_FEATURES} features and {classes} classes"
        if key.endswith(".parameters"):  # it is the fault of the one parameter without which there is none
            others = ({k: v for k, v in parameters.items() if k != one} for one in parameters)
            guilty = [
                one for one, rest in zip(parameters, others, strict=True) if parameters and not trial.fault(path, rest)
            ]
            key = f"{key}.{guilty[0]} is {parameters[guilty[0]]}" if guilty else key
    raise StudyError(f"{key}: {message}{hint}") from None
