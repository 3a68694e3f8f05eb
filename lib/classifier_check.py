"""The check of the configuration's classifiers before anything is computed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils._param_validation import InvalidParameterError
from threadpoolctl import threadpool_limits

from lib.classification import estimator_from
from lib.configuration import hint_of_number
from lib.errors import StudyError

_CLASSES, _EACH, _FEATURES = 10, 10, 64  # of the objects that a classifier is tried on: as few as models need
_FAULTS = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)  # of a fit


def check_classifier(name: str, classifier: dict[str, Any]) -> None:
    """Raises StudyError if the class of a classifier of the configuration cannot do what it says there.

    Told are a class that does not exist, is no classifier or predicts neither probabilities nor what calibration
    can turn into some, parameters that it does not have, and values with which it cannot be fitted, each of the
    grid's with the first one of the other lists.
    """
    key, path = f"configuration: classifiers.{name}", classifier["class"]
    parameters, grid = classifier["parameters"], classifier["grid"]
    try:
        estimator = estimator_from(path, {}, 0)
    except (ImportError, AttributeError):
        raise StudyError(f"{key}.class is {path}, expected a classifier that scikit-learn has") from None
    except TypeError:
        raise StudyError(f"{key}.class is {path}, expected a classifier that needs no other estimator") from None
    if not is_classifier(estimator):
        raise StudyError(f"{key}.class is {path}, expected a classifier")
    known = estimator.get_params()
    for part in ("parameters", "grid"):
        if unknown := sorted(set(classifier[part]) - set(known)):
            raise StudyError(
                f"{key}.{part} has the unknown key {', '.join(unknown)}; the parameters are {', '.join(sorted(known))}"
            )
    positive = not classifier["standardise"] and not classifier["rotate"]
    _try(f"{key}.parameters", path, parameters, positive)
    first = parameters | {parameter: values[0] for parameter, values in grid.items()}
    for parameter, values in grid.items():
        for value in values:
            _try(f"{key}.grid.{parameter}", path, first | {parameter: value}, positive, hint_of_number(value))
    estimator = estimator_from(path, first, 0)
    if classifier.get("calibrate") and first.get("decision_function_shape") == "ovo":
        raise StudyError(
            f"{key}.parameters.decision_function_shape is ovo, expected ovr: calibrate takes a value for each class"
        )
    if not hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "decision_function"):
            raise StudyError(f"{key}.class is {path}, expected a classifier with predict_proba or decision_function")
        if not classifier.get("calibrate"):
            raise StudyError(
                f"{key}.calibrate is false, expected true or a class with predict_proba: {path} has no probabilities"
            )


def _try(key: str, path: str, parameters: dict[str, Any], positive: bool, hint: str = "") -> None:
    """Fit the class with these parameters to a few objects; raises StudyError with its message if it cannot.

    positive: whether the features that the classifier will see, pixels or activations, are.
    """
    labels = np.repeat(np.arange(_CLASSES), _EACH)
    objects = np.random.default_rng(0).normal(size=(len(labels), _FEATURES)) + labels[:, None]
    try:
        # several threads cost more than they gain on so few objects
        with warnings.catch_warnings(), threadpool_limits(limits=1):
            warnings.simplefilter("ignore")
            estimator_from(path, parameters, 0).fit(np.abs(objects) if positive else objects, labels)
    except _FAULTS as error:
        told = " ".join(str(error).split()).rstrip(".")
        if not isinstance(error, InvalidParameterError):
            hint = f", as tried on {len(objects)} objects of {_FEATURES} features and {_CLASSES} classes"
        raise StudyError(f"{key}: {told}{hint}") from None
