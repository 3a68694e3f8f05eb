"""Whether the parameters of a classifier make it invariant to rotations of the features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.base.errors import hint_of_name

_ANY: dict[str, tuple[Any, ...]] = {}
_L2 = {"penalty": ("l2", None, "deprecated"), "l1_ratio": (0, None), "l1_ratios": (None,)}
_DISTANCES = ("minkowski", "euclidean", "l2", "sqeuclidean", "cosine")
# By scikit-learn class: for each parameter that matters, the values that keep the classifier invariant to rotations.
# They include the default of the parameter.
_INVARIANT: dict[str, dict[str, tuple[Any, ...]]] = {
    "linear_model.LogisticRegression": _L2,
    "linear_model.LogisticRegressionCV": _L2,
    "linear_model.RidgeClassifier": {"positive": (False,)},
    "linear_model.RidgeClassifierCV": _ANY,
    "linear_model.SGDClassifier": {"penalty": ("l2", None)},
    "linear_model.Perceptron": {"penalty": ("l2", None)},
    "linear_model.PassiveAggressiveClassifier": _ANY,
    "svm.LinearSVC": {"penalty": ("l2",)},
    "svm.SVC": {"kernel": ("linear", "poly", "rbf", "sigmoid")},
    "svm.NuSVC": {"kernel": ("linear", "poly", "rbf", "sigmoid")},
    "neighbors.KNeighborsClassifier": {"metric": _DISTANCES, "p": (2,)},
    "neighbors.RadiusNeighborsClassifier": {"metric": _DISTANCES, "p": (2,)},
    "neighbors.NearestCentroid": {"metric": ("euclidean",), "shrink_threshold": (None,)},
    "gaussian_process.GaussianProcessClassifier": {"kernel": (None,)},
    "semi_supervised.LabelPropagation": {"kernel": ("rbf", "knn")},
    "semi_supervised.LabelSpreading": {"kernel": ("rbf", "knn")},
}


def _stated(classifier: Mapping[str, Any], name: str, default: Any) -> list[Any]:
    """Return the values that a parameter of an entry has, alone or in its grid."""
    return classifier["grid"].get(name) or [classifier["parameters"].get(name, default)]


def _changed_kernel(path: str, classifier: Mapping[str, Any]) -> str | None:
    """Return why the width of an SVM's kernel changes with a rotation to fewer features, None if it does not.

    auto depends on the number of features. scale depends on their variance around one mean of all features, which a
    rotation keeps only where every feature has the mean 0.
    """
    kernels = _stated(classifier, "kernel", "rbf")
    if path not in ("svm.SVC", "svm.NuSVC") or all(kernel == "linear" for kernel in kernels):
        return None
    widths = _stated(classifier, "gamma", "scale")
    if "auto" in widths:
        return "with gamma auto it does not learn the same from rotated features, which are fewer"
    if "scale" in widths and not classifier["standardise"]:
        return "with gamma scale it learns the same from rotated features only if standardise is true"
    return None


def changed_by_rotation(classifier: Mapping[str, Any]) -> str | None:
    """Return why a rotation changes what an entry of the configuration learns, or None if it changes nothing.

    Rotated features have the same principal components, so an entry of any class may rotate if it has ``components``.
    """
    if classifier.get("components"):
        return None
    path = classifier["class"].removeprefix("sklearn.")
    known = _INVARIANT.get(path)
    if known is None:
        hint = hint_of_name(path, _INVARIANT, 0.9)
        return f"{classifier['class']}{hint} is not known to learn the same from rotated features"
    if reason := _changed_kernel(path, classifier):
        return reason
    for name, values in known.items():
        given = [classifier["parameters"][name]] if name in classifier["parameters"] else []
        for value in given + classifier["grid"].get(name, []):
            if value not in values:
                return f"with {name} {value} it does not learn the same from rotated features"
    return None
