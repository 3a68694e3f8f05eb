"""What people read for experiments and for the measures of a model; `lib.words.labels` has the settings.

Functions rather than tables: a language may be chosen after this module is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lib.study.settings import DEFAULT
from lib.words.language import _, pgettext

# Keys of an experiment in the configuration that change what people read, but no result.
HEADING_KEYS = ("title", "question", "task", "comment")


@dataclass(frozen=True)
class Heading:
    """Title of an experiment and the question that it answers, plain text in the language in use.

    The question is empty for an experiment without one. task: the number of the assignment's task that the experiment
    belongs to, None for none.
    """

    title: str
    question: str
    task: int | None = None


def stated_headings(experiments: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the `HEADING_KEYS` that the configuration states, by experiment, as plain values of a job.

    experiments: of the configuration, by name; an experiment that is switched off is left out.
    """
    return {
        name: {key: experiment[key] for key in HEADING_KEYS if key in experiment}
        for name, experiment in experiments.items()
        if experiment
    }


def without_headings(experiments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the experiments of the configuration without their `HEADING_KEYS`."""
    return {
        name: experiment and {key: value for key, value in experiment.items() if key not in HEADING_KEYS}
        for name, experiment in experiments.items()
    }


def heading(name: str, stated: Mapping[str, Mapping[str, Any]]) -> Heading:
    """Return the heading of an experiment; without a title it goes by its name.

    stated: the result of `stated_headings`.
    """
    if name == DEFAULT:
        return Heading(
            _("Default settings"), _("What does the default model learn from small patches without any label?")
        )
    own = stated.get(name, {})
    title, question = (own.get(key, "") for key in ("title", "question"))
    return Heading(_(title) or name.replace("_", " "), _(question), own.get("task"))


def network_measures() -> dict[str, dict[str, Any]]:
    """Return measures of networks that classifiers train, in the order in which a page shows them.

    Each has a name, and a factor by which a page multiplies the values of the table of networks.
    """
    known = {
        "parameters": (_("parameters"), 1),
        "multiply_adds": (_("multiply-adds"), 1),
        "training_accuracy": (_("accuracy on the training images (%)"), 100),
        "validation_accuracy": (_("accuracy on the validation images (%)"), 100),
        "accuracy": (_("accuracy on the test images (%)"), 100),
        "gap": (_("gap between training and test (points)"), 100),
        "f1_macro": (_("macro F1"), 1),
        "epochs": (_("epochs"), 1),
        "updates": (_("updates"), 1),
        "seconds": (_("CPU time (s)"), 1),
    }
    return {key: {"name": name, "factor": factor} for key, (name, factor) in known.items()}


def measures() -> dict[str, dict[str, str]]:
    """Return measures of a model in the order in which a page shows them: their name, and what it means."""
    known = {
        "oriented_units": (_("oriented filters"), _("edges or colour transitions")),
        "edge_likeness": (_("edge-likeness"), _("mean share of a filter's energy in the best oriented template")),
        "effective_filters": (_("effective filters"), _("copies of a filter count once")),
        "mean_activation": (_("mean activation"), _("of the units on the training patches")),
        "constant_units": (_("constant units"), _("the same on every patch")),
        "dead_units": (_("dead units"), _("they respond to no patch, and training cannot revive them")),
        "explained_variance": (_("explained variance"), _("of the patches by their reconstruction")),
        "held_out_error": (_("error on test images"), _("mean squared reconstruction error of normalised values")),
        "elbo": (_("evidence lower bound (nats)"), _("of the log-likelihood of a test image")),
        "importance_bound": (
            _("importance-weighted bound (nats)"),
            _("the same, from 50 codes per image"),
        ),
        "loss": (_("loss"), _("at the end of training")),
        "iterations": (pgettext("measure", "iterations"), _("until training stopped")),
        "iterations_to_settle": (
            _("iterations to settle"),
            _("after them the reconstruction error stays within 5 % of its last value"),
        ),
        "seconds": (_("training time (s)"), _("CPU time, summed over threads")),
    }
    return {key: {"name": name, "about": about} for key, (name, about) in known.items()}


def table_titles() -> dict[str, str]:
    """Return what people read for the names of the tables."""
    return {
        "configuration": _("Configuration"),
        "data": _("Images of each split"),
        "classes": _("Classes"),
        "files": _("Raw files"),
        "notes": _("Notes on the raw data"),
        "duplicates": _("Duplicate images"),
        "exploration_classes": _("Classes before training"),
        "exploration_pairs": _("Nearest and farthest pairs"),
        "exploration_doubts": _("Labels in doubt"),
        "exploration_maps": _("Maps of the images"),
        "exploration_components": _("Principal components of the images"),
        "gradient_check": _("Gradient checks"),
        "training": _("Trainings"),
        "convergence": _("Convergence"),
        "filters": _("Filters of the models"),
        "measures": _("Measures over the repetitions"),
        "bounds": _("Bounds of the likelihood"),
        "controls": _("Filters that are not edges"),
        "costs": _("Cost of the stages"),
        "accuracy": _("Accuracy of the settings"),
        "comparisons": _("Paired comparisons"),
        "trends": _("Trends"),
        "contrasts": _("Comparisons that questions ask for"),
        "networks": _("Networks"),
        "network_training": _("Training of networks"),
        "classification": _("Evaluations"),
        "folds": _("Accuracy over the folds"),
        "confusion": _("Confusion of classes"),
        "experiments": _("Settings of the experiments"),
        "comments": _("Comments of the author"),
        "published": _("Published accuracies"),
    }
