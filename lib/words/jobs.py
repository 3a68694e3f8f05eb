"""What people read for the jobs of a study: "training autoencoder, ρ = 0.003, seed 2"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lib.study.labels import Label
from lib.study.model_labels import feature_labels, labels
from lib.study.settings import PIXELS, Model
from lib.study.study import Features, Study
from lib.words.labels import label_text
from lib.words.language import _


@dataclass(frozen=True)
class JobWords:
    """What a job is called while it runs and after it has ended."""

    running: str
    done: str


def _phrases() -> dict[str, JobWords]:
    """Return the words of each rule; {what} is what the job is about. A function: a language may be chosen later."""
    return _phrases_of_computation() | _phrases_of_results()


def _phrases_of_computation() -> dict[str, JobWords]:
    return {
        "make_photographs": JobWords(_("cutting the photographs"), _("cut the photographs")),
        "download_dataset": JobWords(_("downloading the data set"), _("downloaded the data set")),
        "ingest_dataset": JobWords(_("checking the raw images"), _("checked the raw images")),
        "check_fitting": JobWords(
            _("checking that the settings fit the images"), _("checked that the settings fit the images")
        ),
        "reduce_images": JobWords(_("reducing {what}"), _("reduced {what}")),
        "draw_folds": JobWords(_("drawing the folds"), _("drew the folds")),
        "find_duplicates": JobWords(_("looking for duplicates"), _("looked for duplicates")),
        "explore_data": JobWords(_("exploring the labelled images"), _("explored the labelled images")),
        "sample_patches": JobWords(_("sampling {what}"), _("sampled {what}")),
        "fit_normaliser": JobWords(_("fitting the normalisation of {what}"), _("fitted the normalisation of {what}")),
        "check_gradient": JobWords(_("checking the gradient: {what}"), _("checked the gradient: {what}")),
        "train_model": JobWords(_("training {what}"), _("trained {what}")),
        "measure_filters": JobWords(_("measuring the filters: {what}"), _("measured the filters: {what}")),
        "decode_codes": JobWords(_("decoding codes: {what}"), _("decoded codes: {what}")),
        "extract_features": JobWords(_("extracting features: {what}"), _("extracted features: {what}")),
        "prepare_objects": JobWords(_("scaling and rotating: {what}"), _("scaled and rotated: {what}")),
        "classify": JobWords(_("classifying by {classifier}: {what}"), _("classified by {classifier}: {what}")),
    }


def _phrases_of_results() -> dict[str, JobWords]:
    tables = {
        "tabulate_data": _("the data set"),
        "tabulate_gradient_checks": _("the gradient checks"),
        "tabulate_training": _("the trainings"),
        "tabulate_filters": _("the filters"),
        "tabulate_measures": _("the measures"),
        "tabulate_bounds": _("the bounds of the likelihood"),
        "tabulate_convergence": _("the convergence"),
        "tabulate_controls": _("the control filters"),
        "tabulate_predictions": _("the predictions"),
        "tabulate_networks": _("the networks"),
        "tabulate_costs": _("the costs"),
        "tabulate_published": _("the published results"),
        "tabulate_comments": _("the comments"),
    }
    running, done = _("tabulating {what}"), _("tabulated {what}")
    return {
        **{rule: JobWords(running.format(what=what), done.format(what=what)) for rule, what in tables.items()},
        "draw_default_filters": JobWords(
            _("drawing the filters of the default model"), _("drew the filters of the default model")
        ),
        "draw_filters": JobWords(_("drawing the other filters"), _("drew the other filters")),
        "draw_pictures": JobWords(_("drawing the pictures"), _("drew the pictures")),
        "draw_exploration": JobWords(_("drawing the exploration"), _("drew the exploration")),
        "draw_codes": JobWords(_("drawing the codes"), _("drew the codes")),
        "draw_charts": JobWords(_("drawing the charts"), _("drew the charts")),
        "write_configuration": JobWords(_("writing the configuration"), _("wrote the configuration")),
        "write_table_pages": JobWords(_("writing the pages of the tables"), _("wrote the pages of the tables")),
        "write_overview": JobWords(_("writing the page of all results"), _("wrote the page of all results")),
        "write_explorer": JobWords(_("writing the explorer"), _("wrote the explorer")),
        "write_report_numbers": JobWords(_("writing the report’s sentences"), _("wrote the report’s sentences")),
        "typeset_report": JobWords(_("typesetting the report"), _("typeset the report")),
        "describe_study": JobWords(_("describing the study"), _("described the study")),
        "sample_images": JobWords(_("sampling images for the notebook"), _("sampled images for the notebook")),
        "run_notebook": JobWords(_("running the notebook"), _("ran the notebook")),
        "pack_hand_in": JobWords(_("packing the hand-in"), _("packed the hand-in")),
        "run_family_experiment": JobWords(
            _("running an experiment of the lecture"), _("ran an experiment of the lecture")
        ),
        "run_digits_experiment": JobWords(
            _("running the experiment of the lecture on digits"), _("ran the experiment of the lecture on digits")
        ),
        "write_lecture": JobWords(_("writing the chapter on the lecture"), _("wrote the chapter on the lecture")),
        "describe_family_experiment": JobWords(
            _("describing an experiment of the lecture"), _("described an experiment of the lecture")
        ),
    }


class JobNames:
    """The words of the jobs of one study.

    Parameters
    ----------
    study : the study, whose samples, models and features the jobs name in their wildcards.
    classifiers : labels of the classifiers, by name.
    """

    def __init__(self, study: Study, classifiers: Mapping[str, str]) -> None:
        self.study = study
        self.classifiers = classifiers

    def of(self, rule: str, wildcards: Mapping[str, str]) -> JobWords:
        """Return the words of a job. A rule that has none is called by its name and its wildcards."""
        phrase = _phrases().get(rule)
        if phrase is None:
            text = ", ".join([rule.replace("_", " "), *map(str, wildcards.values())])
            return JobWords(text, text)
        try:
            values = {"what": self._what(wildcards), "classifier": self._classifier(wildcards)}
        except KeyError:  # wildcards of another study
            values = {"what": ", ".join(map(str, wildcards.values())), "classifier": ""}
        return JobWords(phrase.running.format(**values), phrase.done.format(**values))

    @cached_property
    def _models(self) -> dict[str, Label]:
        return labels(self.study)

    @cached_property
    def _features(self) -> dict[Features, Label]:
        return feature_labels(self.study)

    def _what(self, wildcards: Mapping[str, str]) -> str:
        """Return what a job is about, from its wildcards. Raises KeyError for a name that the study does not have."""
        study = self.study
        if "features" in wildcards:
            return self._of_features((wildcards["features"], wildcards["view"]))
        if "view" in wildcards:
            return self._of_features((wildcards["model"], wildcards["view"]))
        if "model" in wildcards:
            return self._of_model(study.models[wildcards["model"]], self._models[wildcards["model"]])
        if "network" in wildcards:
            settings = study.networks[wildcards["network"]]
            return label_text(Label.of({key: settings[key] for key in ("hidden", "activation")}))
        if "normaliser" in wildcards:
            settings = study.normalisers[wildcards["normaliser"]]
            return self._of_sample(settings["sample"], {"centre": settings["centre"]})
        if "sample" in wildcards:
            return self._of_sample(wildcards["sample"], {})
        if "image_size" in wildcards:
            size = label_text(Label.of({"image_size": int(wildcards["image_size"])}))
            return f"{_(wildcards['split'])}, {size}"
        return ""

    def _classifier(self, wildcards: Mapping[str, str]) -> str:
        return _(self.classifiers[wildcards["classifier"]]) if "classifier" in wildcards else ""

    def _of_sample(self, name: str, more: Mapping[str, Any]) -> str:
        """Return the words of a sample: its patches, what differs from the default sample, the repetition."""
        settings = self.study.samples[name]
        usual = self.study.samples[self.study.models[self.study.default[0]].sample]
        shown = {key: settings[key] for key in settings if key == "patches" or settings[key] != usual.get(key)}
        return label_text(Label.of(shown | dict(more) | {"seed": settings["seed"]}))

    def _of_model(self, model: Model, label: Label) -> str:
        seed = {"seed": model.settings["seed"]} if "seed" in model.settings else {}
        return label_text(Label(label.settings + Label.of(seed).settings, label.together))

    def _of_features(self, features: Features) -> str:
        """Return the words of features with their repetition; of a part of joined features, the words of its model."""
        if features in self._features:
            label, seed = self._features[features], self.study.repetitions.get(features)
            ending = [] if seed is None else [label_text(Label.of({"seed": seed}))]
            return ", ".join([label_text(label), *ending])
        if features[0] == PIXELS:
            return label_text(Label.of({"learner": PIXELS}))
        return self._of_model(self.study.models[features[0]], self._models[features[0]])
