"""The check of the configuration's classifiers before anything is computed."""

from __future__ import annotations

from typing import Any

from lib.classification import estimator_from
from lib.errors import StudyError


def check_classifier(name: str, classifier: dict[str, Any]) -> None:
    """Raises StudyError if the class of a classifier of the configuration cannot do what it says there.

    Told are a class that does not exist or predicts no probabilities, and parameters that it does not have.
    """
    key, path = f"configuration: classifiers.{name}", classifier["class"]
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
    if not hasattr(estimator_from(path, classifier["parameters"], 0), "predict_proba"):
        raise StudyError(f"{key}.class is {path}, expected a classifier with predict_proba")
