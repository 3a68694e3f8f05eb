"""The check of the configuration's classifiers before anything is computed."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from lib.classification import estimator_from
from lib.errors import StudyError

_CLASSES, _EACH, _FEATURES = 3, 10, 4  # of the objects that a classifier is tried on: as few as models need


def check_classifier(name: str, classifier: dict[str, Any]) -> None:
    """Raises StudyError if the class of a classifier of the configuration cannot do what it says there.

    Told are a class that does not exist or predicts neither probabilities nor what calibration can turn
    into some, parameters that it does not have, and values with which it cannot be fitted, each of the
    grid's with the first one of the other lists.
    """
    key, path = f"configuration: classifiers.{name}", classifier["class"]
    parameters, grid = classifier["parameters"], classifier["grid"]
    try:
        estimator = estimator_from(path, {}, 0)
    except (ImportError, AttributeError, TypeError):
        raise StudyError(f"{key}.class is {path}, expected a classifier that scikit-learn has") from None
    known = estimator.get_params()
    for part in ("parameters", "grid"):
        if unknown := sorted(set(classifier[part]) - set(known)):
            raise StudyError(
                f"{key}.{part} has the unknown key {', '.join(unknown)}; the parameters are {', '.join(sorted(known))}"
            )
    _try(f"{key}.parameters", path, parameters)
    first = parameters | {parameter: values[0] for parameter, values in grid.items()}
    for parameter, values in grid.items():
        for value in values:
            _try(f"{key}.grid.{parameter}", path, first | {parameter: value})
    estimator = estimator_from(path, first, 0)
    if classifier.get("calibrate") and first.get("decision_function_shape") == "ovo":
        raise StudyError(f"{key}.decision_function_shape is ovo, expected ovr: calibrate takes a value for each class")
    if not hasattr(estimator, "predict_proba"):
        if not hasattr(estimator, "decision_function"):
            raise StudyError(f"{key}.class is {path}, expected a classifier with predict_proba or decision_function")
        if not classifier.get("calibrate"):
            raise StudyError(
                f"{key}.calibrate is false, expected true or a class with predict_proba: {path} has no probabilities"
            )


def _try(key: str, path: str, parameters: dict[str, Any]) -> None:
    """Fit the class with these parameters to a few objects; raises StudyError with its message if it cannot."""
    labels = np.repeat(np.arange(_CLASSES), _EACH)
    objects = np.random.default_rng(0).normal(size=(len(labels), _FEATURES)) + labels[:, None]
    try:
        # several threads cost more than they gain on so few objects
        with warnings.catch_warnings(), threadpool_limits(limits=1):
            warnings.simplefilter("ignore")
            estimator_from(path, parameters, 0).fit(objects, labels)
    except (ValueError, TypeError) as error:
        raise StudyError(f"{key}: {' '.join(str(error).split())}") from None
