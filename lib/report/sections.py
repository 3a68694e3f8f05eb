"""The sections of the report that follow from the experiments, and the listing of the configuration."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pandas as pd
import yaml

from lib.evaluation.thresholds import FRACTION
from lib.report import claims
from lib.report.tables import Tables
from lib.study.experiments import Experiment, Study
from lib.study.settings import DEFAULT, layers_of
from lib.words.fonts import shapeless
from lib.words.language import _, ngettext
from lib.words.latex import escape

LISTING_WIDTH = 66  # characters of a line of the listing at most: a column holds no more


def configuration_listing(config: dict[str, Any]) -> str:
    """The whole configuration as YAML, one command ``\\listingline`` per line. No value is read as LaTeX."""
    text = yaml.safe_dump(
        config, sort_keys=False, default_flow_style=None, width=LISTING_WIDTH - 16, allow_unicode=True
    )
    lines = [piece for line in text.splitlines() for piece in folded(unicodedata.normalize("NFC", line), LISTING_WIDTH)]
    with_spaces = [escape(line).replace(" ", "\\ ") for line in lines]
    return "".join(f"\\listingline{{{line}}}\n" for line in with_spaces)


def _columns(character: str) -> int:
    """How many columns of a listing a character takes at most; those of other scripts are wider than a column."""
    if shapeless(character):
        return len("U+10FFFF")
    return 1 if character < "\u0500" else 2


def folded(line: str, width: int) -> list[str]:
    """A line in pieces of at most so many columns, broken after spaces if it has any; the second on are indented."""
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


def _figure(name: str, kind: str, caption: str) -> str:
    return (
        "\\begin{figure}[htbp]\\centering\n"
        f"\\inputfigure{{{name}-{kind}}}\n"
        f"\\caption{{{caption}}}\n\\label{{fig:{name}-{kind}}}\n\\end{{figure}}\n"
    )


def _table(name: str) -> str:
    return (
        "\\begin{table}[htbp]\\centering\\footnotesize\\setlength{\\tabcolsep}{3.5pt}\n"
        f"\\inputtable{{tables/{name}}}\n\\caption{{{table_caption()}}}\n\\label{{tab:{name}}}\n\\end{{table}}\n"
    )


def _repetitions(experiment: Experiment) -> str:
    """What the captions of an experiment say of its repetitions."""
    repetitions = len(experiment.combinations[0].members)
    count = ngettext("one repetition", "{count} repetitions", repetitions).format(count=repetitions)
    return f"\\renewcommand{{\\Repetitions}}{{{count}}}\n"


def figure_caption(kind: str) -> str:
    """What stands below a figure of an experiment."""
    if kind == "filters":
        return _(
            "Filters of each setting, each filter scaled from its own smallest to its own largest weight; below, "
            "how many are oriented, their mean edge-likeness, and the mean activation of their units on the training "
            "patches."
        )
    if kind == "convergence":
        return _(
            "Loss (\\ref{eq:loss}) from the first iteration on, against iteration and against time. Losses that "
            "contain different terms, or are measured on differently normalised data, differ in level."
        )
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with intervals (95\\,\\%, bootstrap over test images "
        "and repetitions); dotted, that of pixels."
    )


def table_caption() -> str:
    """What stands below the table of an experiment."""
    return _(
        "Accuracy on the test images, mean over \\Repetitions{} with interval (95\\,\\%, bootstrap over test images "
        "and repetitions), log loss, macro-averaged F1, and differences of accuracy in points to pixels and to the "
        "first setting. A star marks differences that remain significant at the 5\\,\\% level after Holm’s correction "
        "for the number of comparisons with the same rival."
    )


def experiments_text(tables: Tables, study: Study, classifiers: dict[str, str]) -> str:
    """A subsection for every experiment: its text in report/experiments/, conclusions, figures and table."""
    filters, training = tables["filters"].set_index("model"), tables["training"].set_index("model")
    text = ""
    for name, experiment in study.experiments.items():
        if name == DEFAULT:
            continue
        kinds, models = study.figures(name), study.pictured(name)
        title = _("Experiment {name}").format(name=claims.quoted(escape(name.replace("_", " "))))
        text += f"\n\\IfFileExists{{experiments/{name}.tex}}{{\\input{{experiments/{name}}}}}"
        text += f"{{\\subsection{{{title}}}}}\\label{{sec:{name}}}\n"
        about = pd.DataFrame({"label": list(models), "model": list(models.values())})
        measured = about.join(filters, on="model")
        axis = study.axis(name)
        if "filters" in kinds and axis and not any(axis.series):
            text += claims.degradation(measured, experiment.combinations[0].label) + "\n"
        elif "filters" in kinds:
            text += claims.best_filters(measured) + "\n"
        if "filters" in kinds:
            told = measured.dropna(subset="explained_variance")
            if any(len(layers_of(study.models[model])) > 1 for model in models.values()):
                text += claims.collapse(told) + "\n"
            elif told["dead_units"].any():
                text += claims.dead_units(told) + "\n"
        if "convergence" in kinds:
            trained = about.join(training, on="model").dropna(subset="iterations_to_fraction")
            text += claims.speed(trained, FRACTION) + "\n"
        for _rival, rows in tables["comparisons"].query("experiment == @name").groupby("against", sort=False):
            text += claims.rivals(rows, classifiers) + "\n"
        text += _repetitions(experiment)
        text += "".join(_figure(name, kind, figure_caption(kind)) for kind in kinds)
        if experiment.classifiers:
            text += _table(name)
    return text
