"""The sections of the report on tasks and experiments, and the listing of the configuration."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lib.report import code_claims, data_claims, epoch_claims, filter_claims, learner_claims
from lib.report.answers import Answer, said
from lib.report.captions import (
    bounds_caption,
    convergence_caption,
    errors_caption,
    figure_caption,
    learners_caption,
    losses_caption,
    network_caption,
    table_caption,
)
from lib.report.layer_claims import layer_macros
from lib.report.results import Results, varies
from lib.report.tasks import Task, experiment_answer
from lib.study import contents
from lib.study.decoded import has_bounds
from lib.study.labels import Label
from lib.study.settings import DEFAULT
from lib.study.study import Study
from lib.words.fonts import shapeless
from lib.words.labels import Form, label_text
from lib.words.language import _
from lib.words.latex import escape, macros

LISTING_WIDTH = 66  # characters of a line of the listing at most: a column holds no more


def configuration_listing(config: dict[str, Any]) -> str:
    """Return a part of the configuration as YAML, one command ``\\listingline`` per line. No value is read as LaTeX."""
    text = yaml.safe_dump(
        config, sort_keys=False, default_flow_style=None, width=LISTING_WIDTH - 16, allow_unicode=True
    )
    lines = [piece for line in text.splitlines() for piece in folded(unicodedata.normalize("NFC", line), LISTING_WIDTH)]
    with_spaces = [escape(line).replace(" ", "\\ ") for line in lines]
    return "".join(f"\\listingline{{{line}}}\n" for line in with_spaces)


def configuration_macros(
    changes: dict[str, Any], config: dict[str, Any], study: Study, classifiers: Mapping[str, str]
) -> str:
    """Return macros that say what the listing is, the changes of a study or default settings, and name the classifiers.

    Others say which kinds of layers the networks of the study have.

    classifiers: their labels by name.
    """
    used = [name for name in classifiers if name in {classifier for *_features, classifier in study.evaluations}]
    is_default = set(changes) <= {"defaults"} and changes.get("defaults") == config["defaults"]
    text = (
        _("This is the default study. Its default settings are:")
        if is_default
        else _("This is what the study changes in the default study \\texttt{config/config.yaml}:")
    )
    claim = data_claims.classifiers(config["classifiers"], used, classifiers)
    own = macros({"ConfigurationText": text, "ClassifierClaim": claim})
    return own + layer_macros(study, config["classifiers"], config["networks"])


def _columns(character: str) -> int:
    """Return how many columns of a listing a character takes at most: two in scripts with wider characters."""
    if shapeless(character):
        return len("U+10FFFF")
    return 1 if character < "\u0500" else 2


def folded(line: str, width: int) -> list[str]:
    """Return a line in pieces of at most so many columns, broken after spaces if there are any, the rest indented."""
    margin = line[: len(line) - len(line.lstrip())]
    pieces: list[str] = []
    piece, taken = "", 0
    for word in re.findall(r"\S+ *| +", line):
        needed = sum(map(_columns, word.rstrip()))
        if piece.strip() and taken + needed > width:
            pieces, piece, taken = [*pieces, piece], margin + "    ", len(margin) + 4
        for character in word:
            if taken + _columns(character) > width and character != " ":
                pieces, piece, taken = [*pieces, piece], margin + "    ", len(margin) + 4
            piece, taken = piece + character, taken + _columns(character)
    return [*pieces, piece]


def figure(name: str, kind: str, caption: str) -> str:
    """Return a figure of an experiment with its caption, near this place of the text."""
    return (
        "\\begin{figure}[!htbp]\\centering\n"
        f"\\inputfigure{{{name}-{kind}}}\n"
        f"\\caption{{{caption}}}\n\\label{{fig:{name}-{kind}}}\n\\end{{figure}}\n"
    )


def table(file: str, caption: str) -> str:
    """Return a table with its caption, near this place of the text."""
    return (
        "\\begin{table}[H]\\centering\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
        f"\\caption{{{caption}}}\n\\label{{tab:{file}}}\n\\inputtable{{tables/{file}}}\n\\end{{table}}\n"
    )


def _references(results: Results, name: str, kinds: Sequence[str], tables: Sequence[str]) -> str:
    """Return the sentence that points to the figures and tables of an experiment."""
    figures = [f"\\ref{{fig:{name}-{kind}}}" for kind in kinds]
    places = [_("Figure~{number}").format(number=number) for number in figures]
    places += [_("Table~{number}").format(number=f"\\ref{{tab:{file}}}") for file in tables]
    return _("See {places}.").format(places=", ".join(places)) if places else ""


def _in_common(results: Results, name: str) -> str:
    """Return what all settings of an experiment change in the default, and what those of the default learner change.

    Nothing where they change nothing together.
    """
    parts = []
    if (common := results.common_changes(name)).settings:
        parts.append(
            _(
                "Unlike the default, all settings of this experiment have: {settings}. So their numbers differ from "
                "those of the default model."
            ).format(settings=label_text(common, Form.LATEX))
        )
    if (own := results.own_changes(name)).settings:
        learner = results.study.models[results.study.default[0]].learner
        parts.append(
            _("The learner “{learner}” differs from its default also in: {settings}.").format(
                learner=label_text(Label.of({"learner": learner}), Form.LATEX), settings=label_text(own, Form.LATEX)
            )
        )
    return " ".join(parts)


# Captions of the tables of an experiment, by what follows its name in theirs.
CAPTIONS = {
    "": table_caption,
    "-learners": learners_caption,
    "-errors": errors_caption,
    "-convergence": convergence_caption,
    "-losses": losses_caption,
    "-networks": network_caption,
    "-bounds": bounds_caption,
}


# Settings that experiments vary whose text has another name.
ABOUT = {
    "activation_l1": "activation",
    "depth": "hidden",
    "normalisation": "centre",
    "sample_size": "patches",
}


def has_text(results: Results, name: str) -> bool:
    """Return whether the text of an experiment in report/<language>/experiments/ fits, if there is one.

    A text about a setting does not fit an experiment with its name that does not vary this setting.
    """
    setting = ABOUT.get(name, name)
    return setting not in results.defaults or setting in varies(results, name)


def experiment_section(results: Results, name: str, task: Task | None = None) -> str:
    """Return the subsection of an experiment: its question, the answer, figures and tables.

    task: the task of the section, whose question and answer are not repeated. report/<language>/experiments/ may add a
    text on the method, and the configuration a comment of the author.
    """
    heading = results.headings[name]
    kinds = contents.figures(results.study, name)
    title = escape(heading.title)
    repeated = task is not None and task.question == heading.question
    question = title if repeated else escape(heading.question) or title
    text = f"\n\\subsection[{title}]{{{question}}}\\label{{sec:{name}}}\n"
    answer = experiment_answer(results, name)
    if task is not None and answer == task.answer:
        answer = Answer("")
    if answer.text:
        text += f"\\answer{{{said(answer)}}}\n"
    if has_text(results, name):
        text += f"\\IfFileExists{{experiments/{name}.tex}}{{\\input{{experiments/{name}}}}}{{}}\n"
    details = [learner_claims.described(results, name), _in_common(results, name), answer.details]
    tables = contents.tables(results.study, name)
    if has_bounds(results.study, name):
        details.append(code_claims.bounds(results, name))
    if (reconstruction := filter_claims.reconstruction(results, name)) not in f"{answer.text} {answer.details}":
        details.append(reconstruction)
    details.append(epoch_claims.still_falling(results, name))
    if "filters" in kinds:
        details.append(filter_claims.dead_units(results, name))
    details += [_references(results, name, kinds, tables)]
    text += " ".join(one for one in details if one and one != answer.text) + "\n\n"
    comments = results.tables["comments"]
    text += "".join(f"{escape(one)}\n\n" for one in comments.loc[comments["experiment"] == name, "text"])
    for file in tables:
        text += table(file, CAPTIONS[file.removeprefix(name)](results, name))
    text += "".join(figure(name, kind, figure_caption(results, name, kind)) for kind in kinds)
    return text


def task_section(results: Results, task: Task) -> str:
    """Return the section of a task: its question, its answer, what the language's texts add, and its experiments."""
    text = f"\n\\section[{task_title(task)}]{{{task_heading(task)}}}\\label{{sec:task-{task.number}}}\n"
    text += f"\\answer{{{said(task.answer)}}} {task.answer.details}\n"
    text += f"\\IfFileExists{{tasks/{task.number}.tex}}{{\\input{{tasks/{task.number}}}}}{{}}\n"
    return text + "".join(experiment_section(results, name, task) for name in results.of_task(task.number))


def task_title(task: Task) -> str:
    """Return the entry of a task in the list of contents."""
    return _("Task {number}: {title}").format(number=task.number, title=escape(task.title))


def task_heading(task: Task) -> str:
    """Return the heading of a task's section: its number and its question."""
    return _("Task {number}. {question}").format(number=task.number, question=escape(task.question))


FIRST_OF_EXPERIMENTS = 7  # sections of earlier tasks are texts of the report itself


def experiments_text(results: Results, tasks: Sequence[Task]) -> str:
    """Return the sections of the tasks that experiments answer, then a section of all other experiments.

    Without tasks all experiments are in one section, in the order of the configuration.
    """
    if not tasks:
        names = [name for name in results.study.experiments if name != DEFAULT]
        heading = _("Experiments")
        return f"\n\\section{{{heading}}}\n" + "".join(experiment_section(results, name) for name in names)
    text = "".join(task_section(results, task) for task in tasks if task.number >= FIRST_OF_EXPERIMENTS)
    names = [name for number in (None, *range(1, FIRST_OF_EXPERIMENTS)) for name in results.of_task(number)]
    if names:
        heading = _("Further experiments")  # a message inside an f-string would not be collected
        text += f"\n\\section{{{heading}}}\n"
        text += "".join(experiment_section(results, name) for name in names)
    return text
