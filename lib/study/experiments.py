"""From the configuration to the models, features, evaluations and comparisons of a study.

An experiment names the settings that vary; all others stay at the study's defaults. Equal settings are
one model with one name, whichever experiment asks for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from lib.base.errors import StudyError, hint_of_name
from lib.study.comparisons import ERROR, Comparison, check_comparisons
from lib.study.learners import LEARNERS, effective, fault_of_tuning, model_of, used
from lib.study.settings import (
    DEFAULT,
    NETWORK_SETTINGS,
    PATCH_SETTINGS,
    PIXELS,
    RANGES,
    UNIT_SETTINGS,
    VIEW_SETTINGS,
    Classifier,
    View,
    name_of,
    stated,
)
from lib.study.study import Combination, Experiment, Features, Study, combination_label, single_models

_LONGEST_NAME = 230  # characters: files are named by models and views, and a file name has at most 255


def _joined(names: list[str]) -> str:
    """Return one name for several: the first, and the parts that each other one has beside those of the first.

    A name that only lacks parts of the first adds a plus sign, so that the result is no name of a single one.
    """
    known = set(names[0].split("_"))
    others = [name for name in names[1:] if name != names[0]]
    return "+".join([names[0], *("_".join(part for part in name.split("_") if part not in known) for name in others)])


def _combinations(vary: Any) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]], set[str]]]:
    """Yield settings, the changes of each concatenated part, and the keys that have several values in one entry."""
    for entry in vary if isinstance(vary, list) else [vary]:
        together = entry.get("together", {})
        crossed = {key: values for key, values in entry.items() if key != "together"}
        parts = [dict(zip(together, values, strict=True)) for values in product(*together.values())]
        shown = {key for key, values in crossed.items() if len(values) > 1}
        for values in product(*crossed.values()):
            yield dict(zip(crossed, values, strict=True)), parts, shown


class _Expansion:
    """Fills a study, experiment by experiment."""

    def __init__(self, config: dict[str, Any]) -> None:
        entries = {name: entry for name, entry in config["classifiers"].items() if entry}
        self.study = Study(
            described=config["networks"],
            defaults=config["defaults"],
            fine_tuning=frozenset(name for name, entry in entries.items() if entry.get("fine_tuned")),
            classifiers={name: Classifier.of(entry) for name, entry in entries.items() if "class" in entry},
        )
        self._defaults = config["defaults"]
        self._classifiers = list(entries)
        self._known: set[tuple[str, ...]] = set()  # what is folded or evaluated, to find it at once

    def experiment(self, name: str, changes: dict[str, Any]) -> None:
        """Add one experiment, given what the configuration says of it.

        Raises StudyError for settings that do not fit together.
        """
        study, fixed = self.study, changes.get("set", {})
        experiment = study.experiments.setdefault(name, Experiment())
        experiment.classifiers = [
            entry for entry in changes.get("classifiers", self._classifiers) if entry in self._classifiers
        ]
        combinations = list(_combinations(changes["vary"]))
        keys = list(dict.fromkeys(key for settings, parts, _ in combinations for key in [*settings, *parts[0]]))
        experiment.axis = changes.get("axis")
        _check_keys(name, keys, fixed, experiment.axis)
        labels = (self._defaults | fixed)["labels"]
        experiment.pixels = [self._pixels(repetition, labels) for repetition in range(changes.get("seeds", 1))]
        reference: dict[str, Any] | None = None
        known: dict[tuple[Features, ...], Combination] = {}
        for varied, parts, shown in combinations:
            settings = self._defaults | fixed | varied
            members = [
                self._features(name, [settings | part | {"seed": repetition} for part in parts], repetition)
                for repetition in range(changes.get("seeds", 1))
            ]
            differing = {key: settings[key] for key in keys}
            differing |= {key: tuple(part[key] for part in parts) for key in parts[0]}
            if same := known.get(tuple(members)):
                same.same.append(differing)
                continue
            shown_settings = differing if "learner" in parts[0] else used(differing, settings["learner"])
            reference = reference or shown_settings
            label = combination_label(shown_settings, reference, shown)
            known[tuple(members)] = Combination(label, differing, members, fixed=fixed)
            experiment.combinations.append(known[tuple(members)])
            for pair, classifier in product(zip(experiment.pixels, members, strict=True), experiment.classifiers):
                _check_tuning(study, name, pair[1], classifier)
                self._add(study.evaluations, [(*features, classifier) for features in pair])
            # The folds repeat the training, so the first repetition is enough.
            if experiment.classifiers and changes.get("folds"):
                self._add(study.folded, [experiment.pixels[0], members[0]])
        experiment.comparisons = [Comparison.stated(entry) for entry in changes.get("compare", [])]
        check_comparisons(
            name, experiment.comparisons, experiment.cells, study.networks_of(name), _without_error(study, experiment)
        )
        if any(one.measure == ERROR for one in experiment.comparisons) and not study.has_one_unit(name):
            raise StudyError(
                f"experiment {name}: compare has the measure {ERROR}, expected settings with the same "
                f"{', '.join(UNIT_SETTINGS)}: these set the unit of the errors"
            )

    def _add(self, jobs: list[Any], found: Sequence[tuple[str, ...]]) -> None:
        """Append evaluations, or features to evaluate on folds, unless they are there already."""
        for one in found:
            if one not in self._known:
                self._known.add(one)
                jobs.append(one)

    def _model(self, experiment: str, settings: dict[str, Any]) -> Features:
        """Add one combination of settings in one repetition with all that it needs, and return its model and view."""
        study = self.study
        settings = effective(experiment, settings, study.described)
        name = settings["learner"]
        learner = LEARNERS[name]
        own = {key: settings[key] for key in learner.settings}
        sample = name_of(own, PATCH_SETTINGS)
        study.samples[sample] = stated(own, PATCH_SETTINGS)
        normaliser = self._normaliser(own, learner.bounded, sample)
        network = name_of(settings, NETWORK_SETTINGS) if learner.checked else None
        if network:
            study.networks.setdefault(network, {key: settings[key] for key in NETWORK_SETTINGS})
        try:
            model = model_of(name, own, study.described, sample=sample, normaliser=normaliser, network=network)
        except StudyError as error:
            raise StudyError(f"experiment {experiment}: {error}") from None
        view = View(**{key: settings[key] for key in VIEW_SETTINGS})
        model_name = f"{name}_{name_of(own, learner.settings)}"
        if study.models.setdefault(model_name, model) != model:
            raise StudyError(
                f"experiment {experiment}: the model {model_name} has other settings in this study as well, expected "
                f"one name for each model; give the network {settings['network']} a key without “_”"
            )
        study.views |= {view.name: view, view.extracted.name: view.extracted}
        return model_name, view.name

    def _normaliser(self, settings: dict[str, Any], bounded: bool, sample: str) -> str:
        """Add the normaliser of a model and return its name.

        bounded: whether the outputs of the learner are in (0, 1) unless its settings say otherwise.
        """
        # A linear output layer reconstructs inputs around 0, a sigmoid one inputs inside (0, 1).
        decoder = settings.get("decoder", "sigmoid" if bounded else "linear")
        scaling = settings["scaling"]
        linear = [-0.4, 0.4] if decoder == "linear" else [0.1, 0.9]
        kind = "whiten" if settings["whiten"] else scaling if scaling in RANGES else decoder
        name = f"{sample}_{settings['centre']}_{kind}"
        self.study.normalisers[name] = {
            **{key: settings[key] for key in ("centre", "whiten", "scaling", "patch_size")},
            **{"range": list(RANGES[scaling]) if scaling in RANGES else linear, "sample": sample},
        }
        return name

    def _features(self, experiment: str, settings: list[dict[str, Any]], repetition: int) -> Features:
        """Add features that are concatenated, in one repetition, and return their name.

        settings: of the model and the view of each part. Raises StudyError for parts that do not fit together, and for
        a name that is too long for a file.
        """
        study = self.study
        parts = [self._model(experiment, one) for one in settings]
        for key in ("mirror", "labels"):
            if len({getattr(study.views[view], key) for _, view in parts}) > 1:
                raise StudyError(f"experiment {experiment}: {key} differs under together, expected one value for all")
        features = _joined([model for model, _ in parts]), _joined([view for _, view in parts])
        longest = max((*features, *(name for part in parts for name in part)), key=len)
        if len(longest) > _LONGEST_NAME:
            raise StudyError(
                f"experiment {experiment}: the name {longest[:40]}… has {len(longest)} characters, expected at most "
                f"{_LONGEST_NAME}: it names files; give fewer hidden layers, or fewer features under together"
            )
        if study.features.setdefault(features, parts) != parts:
            raise StudyError(
                f"experiment {experiment}: the features {' of '.join(reversed(features))} are joined from other parts "
                f"in this study as well, expected one name for each; give the values under together in another order"
            )
        study.repetitions[features] = repetition
        study.labels[features] = study.views[parts[0][1]].labels
        return features

    def _pixels(self, repetition: int, labels: int) -> Features:
        """Add the pixels of images in one repetition, and return their name.

        labels: training images of each class, 0 for all.
        """
        pixels = PIXELS, name_of({"seed": repetition, "labels": labels}, ("seed", "labels"))
        self.study.repetitions[pixels], self.study.labels[pixels] = repetition, labels
        return pixels


def without_effect(study: Study) -> Iterator[str]:
    """Yield a sentence for each experiment all of whose values give the same features."""
    for name, experiment in study.experiments.items():
        (first, *others) = experiment.combinations
        if first.same and not others:
            keys = [key for key in first.settings if any(one[key] != first.settings[key] for one in first.same)]
            yield (
                f"experiment {name}: all {1 + len(first.same)} settings under vary give the same features, as "
                f"{' and '.join(keys)} {'has' if len(keys) == 1 else 'have'} no effect with the other settings"
            )


def _check_keys(experiment: str, varied: list[str], fixed: dict[str, Any], axis: str | None) -> None:
    """Raise StudyError unless the axis varies and no setting is both fixed and varied."""
    if axis not in (None, *varied):
        raise StudyError(
            f"experiment {experiment}: axis is {axis}{hint_of_name(axis, varied)}, expected one of the settings that "
            f"vary: {', '.join(varied)}"
        )
    if both := sorted(set(fixed) & set(varied)):
        raise StudyError(f"experiment {experiment}: {', '.join(both)} is set under set and vary, expected one of them")


def _check_tuning(study: Study, name: str, features: Features, classifier: str) -> None:
    """Raise StudyError if a classifier is to train features that it cannot start from."""
    if classifier not in study.fine_tuning:
        return
    parts = study.features[features]
    if len(parts) > 1:
        fault = "features of several models are joined, expected no settings under together"
    else:
        ((model, view),) = parts
        if (found := fault_of_tuning(study.models[model], study.views[view])) is None:
            return
        fault = found
    raise StudyError(f"experiment {name}: {classifier} is fine_tuned, but {fault}")


def _without_error(study: Study, experiment: Experiment) -> list[str]:
    """Return what settings of an experiment have that gives no reconstruction: learners, or joined features."""
    found = []
    for combination in experiment.combinations:
        if (models := single_models(study, combination)) is None:
            found.append(str(combination.label))
        elif not LEARNERS[learner := study.models[models[0]].learner].reconstructs:
            found.append(learner)
    return list(dict.fromkeys(found))


def expand(config: dict[str, Any]) -> Study:
    """Return all jobs of the validated configuration.

    Raises StudyError for settings that do not fit together, naming the experiment.
    """
    experiments = {name: changes for name, changes in config["experiments"].items() if changes}  # others are off
    for name, changes in experiments.items():
        if unknown := sorted(set(changes.get("classifiers", [])) - set(config["classifiers"])):
            names = ", ".join(f"{one}{hint_of_name(one, config['classifiers'])}" for one in unknown)
            raise StudyError(
                f"experiment {name}: classifiers names {names}, expected some of {', '.join(config['classifiers'])}"
            )
    if not any(config["classifiers"].values()):
        raise StudyError("classifiers are all switched off, expected at least one")
    expansion = _Expansion(config)
    expansion.experiment(DEFAULT, {"vary": {}, "folds": True})
    for name, changes in experiments.items():
        expansion.experiment(name, changes)
    return expansion.study
