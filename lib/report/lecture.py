"""The chapter of the report on the experiments of the lecture: question, answer, formulas, tables and figure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from lib.report.answers import Answer
from lib.report.family_claims import CLAIMS
from lib.report.lecture_tables import TABLES, ResultTable
from lib.words import lecture
from lib.words.language import _
from lib.words.latex import escape


@dataclass(frozen=True)
class Part:
    """An experiment of the lecture.

    Attributes
    ----------
    name : "points", "table", "gradients", "letters" or "digits".
    question : plain text.
    answer : from the results.
    tables : of results.
    """

    name: str
    question: str
    answer: Answer
    tables: list[ResultTable]

    @property
    def place(self) -> str:
        """Label of the subsection, without ``sec:``."""
        return f"lecture-{self.name}"

    def plain(self) -> dict[str, str]:
        """Return question, answer (LaTeX), the name of its outcome, and place, for the report's table of answers."""
        return {
            **{"question": escape(self.question), "answer": self.answer.text},
            **{"outcome": self.answer.outcome.name, "place": self.place},
        }


def parts(results: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> list[Part]:
    """Return the parts of the chapter. results: results and curves of each experiment by its name, in order."""
    questions = lecture.questions()
    return [
        Part(name, questions[name], CLAIMS[name](*tables), TABLES[name](*tables)) for name, tables in results.items()
    ]


def chapter(found: list[Part]) -> str:
    """Return the section of the report. report/<language>/lecture/ has the texts and formulas that it reads."""
    heading = _("Experiments of the lecture")  # a message inside an f-string would not be collected
    text = f"\n\\section{{{heading}}}\n\\input{{lecture/introduction}}\n"
    return text + "".join(map(_subsection, found))


def _subsection(part: Part) -> str:
    label = part.place
    text = f"\n\\subsection{{{escape(part.question)}}}\\label{{sec:{label}}}\n"
    text += f"\\answer{{{part.answer.text}}} {part.answer.details}\n\n\\input{{lecture/{part.name}}}\n"
    places = [_("Figure~{number}").format(number=f"\\ref{{fig:{label}}}")]
    places += [_("Table~{number}").format(number=f"\\ref{{tab:lecture-{one.name}}}") for one in part.tables]
    text += _("See {places}.").format(places=", ".join(places)) + "\n\n"
    text += "".join(map(_table, part.tables))
    return text + (
        "\\begin{figure}[!htbp]\\centering\n"
        f"\\inputfigure{{family-{part.name}}}\n"
        f"\\caption{{{escape(lecture.captions()[part.name])}}}\n\\label{{fig:{label}}}\n\\end{{figure}}\n"
    )


def _table(one: ResultTable) -> str:
    return (
        "\\begin{table}[H]\\centering\\footnotesize\\setlength{\\tabcolsep}{4pt}\n"
        f"\\caption{{{one.caption}}}\n\\label{{tab:lecture-{one.name}}}\n"
        f"\\begin{{lrbox}}{{\\contentbox}}%\n{one.tabular}\\end{{lrbox}}\\usecontent\n\\end{{table}}\n"
    )
