"""The sections of the report on experiments, and the listing of the configuration."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import yaml

from lib.report import claims
from lib.report.tables import Tables
from lib.study.experiments import Experiment, Study
from lib.study.settings import DEFAULT, PIXELS
from lib.words.fonts import shapeless
from lib.words.language import _, ngettext
from lib.words.latex import escape
from lib.words.names import Heading

LISTING_WIDTH = 66  # characters of a line of the listing at most: a column holds no more


def configuration_listing(config: dict[str, Any]) -> str:
    """Return the whole configuration as YAML, one command ``\\listingline`` per line. No value is read as LaTeX."""
    text = yaml.safe_dump(
        config, sort_keys=False, default_flow_style=None, width=LISTING_WIDTH - 16, allow_unicode=True
    )
    lines = [piece for line in text.splitlines() for piece in folded(unicodedata.normalize("NFC", line), LISTING_WIDTH)]
    with_spaces = [escape(line).replace(" ", "\\ ") for line in lines]
    return "".join(f"\\listingline{{{line}}}\n" for line in with_spaces)


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


def figure(name: str, kind: str) -> str:
    """Return the figure of a kind of an experiment, with its caption."""
    return (
        "\\begin{figure}[htbp]\\centering\n"
        f"\\inputfigure{{{name}-{kind}}}\n"
        f"\\caption{{{figure_caption(kind)}}}\n\\label{{fig:{name}-{kind}}}\n\\end{{figure}}\n"
    )


def table(name: str) -> str:
    """Return the table of accuracies of an experiment, with its caption."""
    return (
        "\\begin{table}[htbp]\\centering\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n"
        f"\\inputtable{{tables/{name}}}\n\\caption{{{table_caption()}}}\n\\label{{tab:{name}}}\n\\end{{table}}\n"
    )


def repetitions(experiment: Experiment) -> str:
    """Return the macro with the number of repetitions, which captions of an experiment use."""
    number = len(experiment.combinations[0].members)
    count = ngettext("one repetition", "{count} repetitions", number).format(count=number)
    return f"\\renewcommand{{\\Repetitions}}{{{count}}}\n"


def figure_caption(kind: str) -> str:
    """Return the caption of a figure of an experiment."""
    if kind == "filters":
        return _(
            "Filters of each setting, each scaled from its own smallest to its own largest weight. Below: the number "
            "of oriented filters, their mean edge-likeness, and the mean activation of their units on the training "
            "patches."
        )
    if kind == "convergence":
        return _(
            "Loss (\\ref{eq:loss}) from the first iteration on, against iteration and against time. Losses with "
            "different terms, or on data with different normalisation, have different levels."
        )
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with intervals (95\\,\\%, bootstrap over test images "
        "and repetitions). Dotted lines: pixels."
    )


def table_caption() -> str:
    """Return the caption of the table of an experiment."""
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with interval (95\\,\\%, bootstrap over test images "
        "and repetitions), log loss, macro-averaged F1, and differences of accuracy from pixels and from the first "
        "setting, in points. A star marks differences that are significant at the 5\\,\\% level after Holm’s "
        "correction for the number of comparisons with the same rival."
    )


@dataclass(frozen=True)
class _Pictured:
    """The models that the figures of an experiment show.

    Attributes
    ----------
    rows : columns label and model, one row per model.
    deep : whether a model has several layers.
    """

    rows: pd.DataFrame
    deep: bool

    @classmethod
    def of(cls, study: Study, name: str) -> _Pictured:
        labels = study.pictured(name)
        rows = pd.DataFrame({"label": list(labels.values()), "model": list(labels)})
        return cls(rows, any(len(study.models[model].layers) > 1 for model in labels))


def _heading(name: str, heading: Heading) -> str:
    """Return the beginning of a section: its title, the question, and what report/<language>/experiments/ adds."""
    text = f"\n\\subsection{{{escape(heading.title)}}}\\label{{sec:{name}}}\n"
    if heading.question:
        text += escape(heading.question) + "\n"
    return text + f"\\IfFileExists{{experiments/{name}.tex}}{{\\input{{experiments/{name}}}}}{{}}\n"


def _filter_claims(study: Study, name: str, pictured: _Pictured, filters: pd.DataFrame) -> str:
    """Return the conclusions on the filters of an experiment. filters: the table, by model."""
    measured = pictured.rows.join(filters, on="model")
    axis = study.axis(name)
    if axis and not any(axis.series):
        text = claims.degradation(measured, study.label(name, 0)) + "\n"
    else:
        text = claims.best_filters(measured) + "\n"
    networks = measured.dropna(subset="explained_variance")
    if pictured.deep:
        return text + claims.collapse(networks) + "\n"
    return text + (claims.dead_units(networks) + "\n" if networks["dead_units"].any() else "")


def _accuracy_claims(study: Study, name: str, comparisons: pd.DataFrame, classifiers: Mapping[str, str]) -> str:
    """Return the conclusions on the accuracies of an experiment: against pixels, and against its first setting."""
    rows = comparisons[comparisons["experiment"] == name]
    rows = rows.assign(label=[study.label(name, setting) for setting in rows["setting"]])
    text = ""
    for setting, chosen in ((-1, rows["against"] == PIXELS), (0, rows["against"] != PIXELS)):
        if chosen.any():
            text += claims.rivals(rows[chosen], study.label(name, setting), classifiers) + "\n"
    return text


def experiments_text(
    tables: Tables, study: Study, headings: Mapping[str, Heading], classifiers: Mapping[str, str]
) -> str:
    """Return a subsection for every experiment: heading, introduction, conclusions, figures and table.

    headings, classifiers: titles and questions of experiments, and labels of classifiers, by name.
    """
    filters, training = tables["filters"].set_index("model"), tables["training"].set_index("model")
    text = ""
    for name, experiment in study.experiments.items():
        if name == DEFAULT:
            continue
        kinds, pictured = study.figures(name), _Pictured.of(study, name)
        text += _heading(name, headings[name])
        if "filters" in kinds:
            text += _filter_claims(study, name, pictured, filters)
        if "convergence" in kinds:
            trained = pictured.rows.join(training, on="model").dropna(subset="iterations_to_settle")
            text += claims.speed(trained) + "\n"
        text += _accuracy_claims(study, name, tables["comparisons"], classifiers)
        text += repetitions(experiment)
        text += "".join(figure(name, kind) for kind in kinds)
        if experiment.classifiers:
            text += table(name)
    return text
