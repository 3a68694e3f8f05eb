"""What the report says about the whole study: the answers to the tasks, and the conclusions."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lib.report import (
    accuracy_claims,
    captions,
    data_claims,
    exploration_claims,
    filter_claims,
    headline_claims,
    network_claims,
    training_claims,
)
from lib.report.answers import Outcome, said, verdict
from lib.report.phrases import listed
from lib.report.questions import Question, about_networks
from lib.report.results import Results
from lib.report.sections import task_heading, task_title
from lib.report.tables import own_images
from lib.report.tasks import Task
from lib.study import contents
from lib.study.learners import is_random_network
from lib.study.settings import DEFAULT, NEUTRAL, Model
from lib.study.study import Study
from lib.words.labels import Form, label_text
from lib.words.language import _
from lib.words.latex import LEFT, escape, macros, percent, table

NAMES = ("One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")


def answer_table(questions: Sequence[Question], title: str) -> str:
    """Return one row per question: its number, the question, the answer, the section. title: of the numbers."""
    cells = {
        title: [str(one.number or "–") for one in questions],
        _("question"): [one.text for one in questions],
        _("answer"): [said(one.answer) for one in questions],
        _("section"): [f"\\ref{{sec:{one.place}}}" for one in questions],
    }
    return table(pd.DataFrame(cells), f"r{LEFT}{{0.19\\linewidth}}{LEFT}{{0.62\\linewidth}}r", over_pages=True)


def conclusions_text(results: Results, questions: Sequence[Question]) -> str:
    """Return what was shown, what could not be shown, and what contradicts a hypothesis, one paragraph each.

    Each has the questions with the sections that answer them. A last paragraph compares the filters of the most
    accurate features with those of the default model.
    """
    judged = [one for one in questions if one.judged]
    if all(one.answer.outcome is Outcome.NONE for one in judged):
        return _("The experiments compare settings; none of them tests a hypothesis.") + "\n\n"
    in_part = any(one.answer.outcome is Outcome.MIXED for one in judged)
    none = _("None of the questions.")
    text = ""
    for outcome, title, nothing in (
        (Outcome.SHOWN, _("Yes:"), _("None of the questions as a whole.") if in_part else none),
        (Outcome.MIXED, _("In part:"), ""),
        (Outcome.OPEN, _("Not shown:"), "" if in_part else none),  # a part of what was shown in part may be open
        (Outcome.CONTRADICTED, _("No:"), none),
        (Outcome.NONE, _("Other questions:"), ""),
    ):
        found = [
            f"{one.text} ({_('section')}~\\ref{{sec:{one.place}}})" for one in judged if one.answer.outcome is outcome
        ]
        if found or nothing:
            text += f"\\paragraph{{{title}}} {' '.join(found) or nothing}\n\n"
    filters = headline_claims.filters_of_the_best(results)
    heading = _("Filters and accuracy.")  # a message inside an f-string would not be collected
    return text + (f"\\paragraph{{{heading}}} {filters}\n\n" if filters else "")


def _few_repetitions(study: Study) -> str:
    """Return what a difference over one or two repetitions shows, where the study has such comparisons."""
    counts = {len(one.combinations[0].members) for one in study.experiments.values() if len(one.combinations) > 1}
    if not counts or min(counts) > 2:
        return ""
    return _("With one or two repetitions a difference is shown for these trainings alone.")


def _deep_ones(study: Study) -> list[Model]:
    return [model for model in study.models.values() if len(model.layers) > 1]


def _task_macros(tasks: Sequence[Task]) -> dict[str, str]:
    found = {}
    for task in tasks:
        name = NAMES[task.number - 1]
        found[f"Answer{name}"], found[f"Details{name}"] = task.answer.text, task.answer.details
        found[f"Verdict{name}"] = verdict(task.answer)
        found[f"TaskHeading{name}"], found[f"TaskTitle{name}"] = task_heading(task), task_title(task)
    return found


def sentences(results: Results, tasks: Sequence[Task]) -> str:
    """Return macros with the sentences of the report that belong to no experiment.

    tasks: the twelve, or none where the report does not answer them.
    """
    tables, study = results.tables, results.study
    default = study.models[study.default[0]]
    classes = int(tables["data"].set_index("split").loc["train", "classes"])
    centres = set(tables["training"]["centre"])
    return macros(
        _task_macros(tasks)
        | exploration_claims.macros_of(tables)
        | {
            "AnswersTitle": _("The twelve questions and their answers")
            if tasks
            else _("The questions and their answers"),
            "TaskCount": str(len(tasks)),
            "NetworkStudy": str(int(about_networks(results))),
            "LearningCount": str(int(any(not is_random_network(model) for model in study.models.values()))),
            "PictureCount": str(int("mosaic" in contents.figures(study, DEFAULT))),
            "HeadlineClaim": network_claims.headline(results) or headline_claims.headline(results).text,
            "ClassNames": listed([escape(_(name)) for name in tables["classes"].query("split == 'train'")["class"]]),
            "ConfusionCount": str(len(tables["accuracy"])),
            "LearnerClaim": training_claims.learner(default)
            if not study.learns_from_labels
            else training_claims.network(default, study.labels[study.default])
            if study.compares_default
            else "",
            "DefaultSettings": label_text(results.default_settings, Form.LATEX),
            "CentringText": training_claims.centring(default.settings["centre"], compared=len(centres) > 1),
            "ClippingCount": str(int(training_claims.is_clipped(default))),
            "NormalisationText": training_claims.normalisation(results),
            "UnlabelledClaim": data_claims.unlabelled(tables["data"]),
            "SampleClaim": data_claims.sample(tables["data"]) if len(tables["published"]) else "",
            "DataNotes": data_claims.notes(tables["notes"]),
            "DuplicateClaim": data_claims.duplicates(own_images(tables["duplicates"], tables["data"])),
            "GroupClaim": data_claims.groups(tables["data"]),
            "ControlClaim": filter_claims.controls(tables["controls"]),
            "ChanceLevel": percent(1 / classes),
            "PublishedClaim": data_claims.published(tables["published"], tables["data"])
            if len(tables["published"])
            else "",
            "MosaicCaption": captions.mosaic_caption(results),
            "FewRepetitions": _few_repetitions(study),
            "EncodingCount": str(len({view.encoding for view in study.views.values()} - {NEUTRAL["encoding"]})),
            "WhiteningCount": str(sum(bool(model.settings.get("whiten")) for model in study.models.values())),
            "GreedyCount": str(sum(model.settings.get("start") == "greedy" for model in study.models.values())),
            "SparsityCount": str(len({model.settings.get("sparsity") for model in _deep_ones(study)})),
            "FlatClaim": filter_claims.flat(results),
            "HypothesisClaim": filter_claims.meaning(tasks[6].answer.outcome) if tasks else "",
            "FoldClaim": accuracy_claims.folds(results),
            "CostClaim": data_claims.cost(tables["costs"]),
        }
    )
