"""Answers: a sentence that follows from the results, and what it means for the hypotheses of the study."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from lib.words.language import _


class Outcome(Enum):
    """Whether the answer to a question is yes."""

    NONE = auto()  # the question asks for something else
    SHOWN = auto()
    OPEN = auto()
    CONTRADICTED = auto()
    MIXED = auto()  # shown in some comparisons, and not in others


@dataclass(frozen=True)
class Answer:
    """One sentence, LaTeX in the language in use, its outcome, and sentences that add details.

    has_verdict: whether the sentence has the outcome in words, so that nothing else needs to say it.
    """

    text: str
    outcome: Outcome = Outcome.NONE
    details: str = ""
    has_verdict: bool = False


def verdict(answer: Answer) -> str:
    """Return the short answer to a question that asks whether something is so, LaTeX.

    It is empty for other questions, and for an answer whose sentence has it.
    """
    if answer.has_verdict:
        return ""
    word = {
        Outcome.NONE: "",
        Outcome.SHOWN: _("Yes."),
        Outcome.OPEN: _("Not shown."),
        Outcome.CONTRADICTED: _("No."),
        Outcome.MIXED: _("In part."),
    }[answer.outcome]
    return f"\\textbf{{{word}}} " if word else ""


def said(answer: Answer) -> str:
    """Return an answer with its verdict, LaTeX."""
    return verdict(answer) + answer.text
