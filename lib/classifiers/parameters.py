"""Parameters of a classifier as scikit-learn takes them, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

from lib.study.settings import Classifier


def _as_wanted(value: Any, constraints: Any) -> Any:
    """Return a whole number that is a float as an integer, where the class takes the integer but not the float."""
    from sklearn.utils._param_validation import make_constraint

    if not isinstance(value, float) or not value.is_integer() or constraints == "no_validation":
        return value
    kinds = [make_constraint(constraint) for constraint in constraints]
    taken = [any(kind.is_satisfied_by(one) for kind in kinds) for one in (value, int(value))]
    return int(value) if taken == [False, True] else value


def _settled(parameter: str, value: Any, constraints: Any, class_names: Sequence[str] | None) -> Any:
    if parameter == "class_weight" and isinstance(value, dict):
        if class_names is None:
            return None
        return {class_names.index(name): weight for name, weight in value.items()}
    return _as_wanted(value, constraints)


def for_scikit_learn(classifier: Classifier, class_names: Sequence[str] | None) -> Classifier:
    """Return a classifier of the configuration with parameters and grid as its class takes them.

    Floats such as 100.0 become integers where the class wants integers. The keys of a ``class_weight``, names of
    classes, become labels 0 ... K - 1; where class_names is None it is left out. Raises ImportError or AttributeError
    for a class of scikit-learn that does not exist, and ValueError for an unknown name of a class.
    """
    module, _, name = classifier.path.rpartition(".")
    known = getattr(getattr(import_module(module), name), "_parameter_constraints", {})

    def settled(parameter: str, value: Any) -> Any:
        return _settled(parameter, value, known.get(parameter, "no_validation"), class_names)

    parameters = {key: settled(key, value) for key, value in classifier.parameters.items()}
    grid = {key: [settled(key, value) for value in values] for key, values in classifier.grid.items()}
    return replace(classifier, parameters=parameters, grid=grid)


def as_configured(chosen: dict[str, Any], class_names: Sequence[str]) -> dict[str, Any]:
    """Return parameters as the configuration names them: the keys of a ``class_weight`` are names of classes again."""
    weights = chosen.get("class_weight")
    if not isinstance(weights, dict):
        return chosen
    return chosen | {"class_weight": {class_names[label]: weight for label, weight in weights.items()}}


def on_device(classifier: Classifier, device: str) -> Classifier:
    """Return a classifier that trains its network on a device; any other is as it was."""
    if not classifier.is_network or device == "cpu":
        return classifier
    return replace(classifier, parameters={**classifier.parameters, "device": device})


def seeing_images(
    classifier: Classifier, channels: int, start: Mapping[str, Any] | None, files: Mapping[str, Any]
) -> Classifier:
    """Return a classifier whose class takes rows of pixels as images with a number of channels.

    start: settings of the model and of the view whose encoder becomes the first layers, None for none. files: theta and
    normaliser of that model. They are parameters of the class as they are: only a network reads them.
    """
    images = {"channels": channels, "start": start, **{key: files[key] for key in ("theta", "normaliser")}}
    return replace(classifier, parameters={**classifier.parameters, "images": images})
