"""Which kinds of layers the networks of a study have: the report explains these and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.study.study import Study
from lib.words.latex import macros

# Words of descriptions of layers whose explanation the report has, by the name of the macro that counts them.
EXPLAINED = {
    "TransposedLayers": "transposed_convolution",
    "NormalisedLayers": "batch_normalisation",
    "DropoutLayers": "dropout",
    "DropConnectLayers": "drop_connect",
    "SeparableLayers": "separable_convolution",
    "DilatedLayers": "dilation",
    "LocalLayers": "locally_connected",
    "AverageLayers": "average_pooling",
    "GlobalLayers": "global_pooling",
    "JoinedBranches": "concatenate",
    "AddedBranches": "add",
}


def layer_macros(study: Study, classifiers: Mapping[str, Any], networks: Mapping[str, Any]) -> str:
    """Return a macro per kind of layer: 1 if a network of the study has such layers, else 0.

    classifiers, networks: entries of the configuration, by name.
    """
    found: set[str] = set()
    for model in study.models.values():
        found |= words_of(model.description)
    for name in {classifier for *_features, classifier in study.evaluations}:
        network = classifiers[name]["parameters"].get("network")
        found |= words_of(networks[network]["layers"] if isinstance(network, str) else network)
    return macros({name: str(int(word in found)) for name, word in EXPLAINED.items()})


def words_of(description: Any) -> set[str]:
    """Return the keys and the texts of a description of layers, at any depth."""
    if isinstance(description, Mapping):
        return set(description) | set().union(*map(words_of, description.values()))
    if isinstance(description, (list, tuple)):
        return set().union(*map(words_of, description))
    return {description} if isinstance(description, str) else set()
