"""The page that leads to all results of a study."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lib.words.language import _


@dataclass(frozen=True)
class Link:
    """A link of the page.

    Attributes
    ----------
    place : file or folder to open, relative to the folder of the study.
    title : text of the link.
    about : one line on what is there.
    """

    place: str
    title: str
    about: str = ""


def main_links(hand_in: str) -> list[Link]:
    """Return the links to the results that readers open first, in that order. hand_in: name of the archive."""
    return [
        Link("report.pdf", _("Report"), _("the whole study as a typeset paper")),
        Link("explorer.html", _("Explorer"), _("every experiment and setting, with filters and accuracies")),
        Link("notebook.ipynb", _("Notebook"), _("every table and figure drawn again, and a small study in code")),
        Link(hand_in, _("Hand-in"), _("report, notebook, the four course modules and what they need")),
        Link("report.zip", _("Archive for the browser"), _("all figures and tables with captions and run times")),
        Link("configuration.yaml", _("Configuration"), _("every key as it took effect; runs the same study again")),
        Link("logs", _("Logs"), _("one file per job")),
    ]


_HIDDEN = re.compile(r'<li hidden>(?=<a href="([^"]+)">)')


def with_existing_links(page: str, folder: str | Path) -> str:
    """Return the page with each hidden link shown whose file or folder exists in the folder of the study.

    The page is written before the last results are there.
    """
    return _HIDDEN.sub(lambda link: "<li>" if Path(folder, link[1]).exists() else link[0], page)


def headlines(answers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the answers that say what the study found. answers: number, question, answer (HTML) and leads of each."""
    return [answer for answer in answers if answer["leads"]]
