"""Which models of a study the figures show next to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lib.study import contents
from lib.study.labels import Label
from lib.study.settings import DEFAULT
from lib.study.study import Study, single_models

RESPONSES = 49  # units of a layer whose preferred patches are drawn
MOST_DEEP = 4  # deep networks of an experiment whose units are pictured


@dataclass(frozen=True)
class Twins:
    """The default model and the untrained network with the same initial weights, in one experiment.

    Attributes
    ----------
    experiment : its name.
    trained, untrained : numbers of the two settings.
    """

    experiment: str
    trained: int
    untrained: int


def default_twins(study: Study) -> Twins | None:
    """Return the experiment that repeats both networks most often, None if no experiment has both."""
    found = []
    own = study.models[study.default[0]].settings
    for name in study.experiments:
        models = _first_models(study, name)
        if study.default[0] not in models:
            continue
        trained = models.index(study.default[0])
        for number, model in enumerate(models):
            if model and study.models[model].learner == "untrained" and number != trained:
                settings = study.models[model].settings
                if all(settings[key] == own.get(key, settings[key]) for key in settings):
                    repetitions = len(study.experiments[name].combinations[number].members)
                    found.append((repetitions, Twins(name, trained, number)))
                    break
    return max(found, key=lambda one: one[0])[1] if found else None


def of_default_learner(study: Study, rows: pd.DataFrame) -> np.ndarray:
    """Return whether each row is about features of the learner of the default model alone, (rows,) bool.

    rows: columns experiment and setting, whose number is negative for pixels.
    """
    learner = study.models[study.default[0]].learner

    def own(experiment: str, setting: int) -> bool:
        if setting < 0:
            return False
        members = study.experiments[experiment].combinations[setting].members
        return {study.models[model].learner for model, _view in study.features[members[0]]} == {learner}

    found = [own(*pair) for pair in zip(rows["experiment"], rows["setting"], strict=True)]
    return np.array(found, dtype=bool)


def repeated_default(study: Study) -> tuple[str, int]:
    """Return the experiment and setting that repeat the default features most often; the first of equals."""
    places = [
        (len(combination.members), name, number)
        for name, experiment in study.experiments.items()
        for number, combination in enumerate(experiment.combinations)
        if combination.members[0] == study.default
    ]
    most = max(count for count, _name, _number in places)
    return next((name, number) for count, name, number in places if count == most)


def setting_of(study: Study, experiment: str, model: str) -> int:
    """Return the first setting of an experiment whose first repetition is a model.

    Raises ValueError if the experiment does not have the model.
    """
    return _first_models(study, experiment).index(model)


def deep_models(study: Study, experiment: str) -> dict[str, Label]:
    """Return the labels of the first networks of an experiment with several hidden layers, at most `MOST_DEEP`."""
    deep = {model: label for model, label in study.pictured(experiment).items() if len(study.models[model].layers) > 1}
    return dict(list(deep.items())[:MOST_DEEP])


def reconstructed_models(study: Study) -> list[str]:
    """Return the models whose reconstructions are compared, each once, the default one first.

    The others are the deepest network, the one with the largest weight of the sparsity term and one with ReLU, as far
    as the study trains them on the patches of the default model, normalised in the same way but for the range. Of
    equally deep networks a greedily trained one comes first, which is less likely to have collapsed.
    """
    name = study.default[0]
    default = study.models[name]

    def same_patches(model: str) -> bool:
        other = study.models[model]
        keys = ("centre", "whiten")
        return other.sample == default.sample and all(
            other.settings.get(key) == default.settings.get(key) for key in keys
        )

    pictured = dict.fromkeys(model for experiment in study.experiments for model in study.pictured(experiment))
    networks = {model: study.models[model] for model in pictured if "beta" in study.models[model].settings}
    networks = {model: network for model, network in networks.items() if same_patches(model)}
    deep = [model for model, network in networks.items() if len(network.layers) > len(default.layers)]
    equally_deep = [model for model, network in networks.items() if len(network.layers) == len(default.layers)]
    sparser = [
        model
        for model in equally_deep
        if networks[model].settings["beta"] > default.settings.get("beta", 0)
        and networks[model].settings["activation"] == default.settings.get("activation")
    ]
    found = [name]
    if deep:
        found.append(max(deep, key=lambda model: _depth(study, model)))
    if sparser:
        found.append(max(sparser, key=lambda model: networks[model].settings["beta"]))
    found += [model for model in equally_deep if networks[model].settings["activation"] == "relu"][:1]
    return list(dict.fromkeys(found))


def compared_reconstructions(study: Study, experiment: str, named: Mapping[str, Label]) -> dict[str, Label]:
    """Return the labels of the models whose reconstructions a figure of an experiment compares, by model.

    For the default experiment they are those of `reconstructed_models`. named: labels of all models, for this figure.
    """
    if experiment == DEFAULT:
        return {model: named[model] for model in reconstructed_models(study)}
    pictured = study.pictured(experiment)
    return {model: pictured[model] for model in contents.reconstructing(study, experiment)}


def _depth(study: Study, model: str) -> tuple[int, bool, int]:
    network = study.models[model]
    return len(network.layers), network.settings.get("start") == "greedy", sum(network.layers)


def _first_models(study: Study, experiment: str) -> list[str | None]:
    """Return the model of the first repetition of each setting, None where features of several are concatenated."""
    models = [single_models(study, combination) for combination in study.experiments[experiment].combinations]
    return [of[0] if of else None for of in models]
