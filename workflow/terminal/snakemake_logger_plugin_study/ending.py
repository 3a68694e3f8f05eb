"""How a run ends on the terminal: the main results, what to open, and how to go on."""

import html
import re
import textwrap
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from lib.base.jobs import read_json
from lib.datasets.known_facts import UNREADABLE
from lib.words.durations import duration
from lib.words.language import _, ngettext

_RAISED = str.maketrans("-−+0123456789", "⁻⁻⁺⁰¹²³⁴⁵⁶⁷⁸⁹")


def plain_text(markup: str) -> str:
    """Return the text of a sentence with HTML elements; exponents become raised digits."""
    raised = re.sub(r"<sup>(.*?)</sup>", lambda found: found[1].translate(_RAISED), markup)
    return re.sub(r"[ \t\n]+", " ", html.unescape(re.sub(r"<[^>]*>", "", raised))).strip()


def headlines(folder: Path) -> list[str]:
    """Return the main results of a study, from the sentences of its report; none if the file cannot be read."""
    try:
        answers = [entry["answer"] for entry in read_json(str(folder / "report" / "sentences.json")) if entry["leads"]]
    except UNREADABLE:
        return []
    nothing = _("This study has no experiment on this task.")
    return [plain_text(answer) for answer in answers if answer and answer != nothing]


def _openable(archives: Iterable[str]) -> dict[str, str]:
    """Return what each file that readers open first is, by its name. archives: names of the archive to hand in."""
    return {
        "index.html": _("leads to everything"),
        "report.pdf": _("the report"),
        "explorer.html": _("all experiments and settings, in a browser"),
        "notebook.ipynb": _("the notebook with its outputs"),
        **dict.fromkeys(archives, _("report, notebook and modules, to hand in")),
    }


def to_open(folder: Path, outputs: Collection[str]) -> list[str]:
    """Return one line for each file to open that is among the outputs of the run and exists."""
    archives = [path.name for path in map(Path, outputs) if path.parent == folder and path.suffix == ".zip"]
    paths = {str(folder / name): about for name, about in _openable(archives).items()}
    found = {path: about for path, about in paths.items() if path in outputs and Path(path).is_file()}
    width = max(map(len, found), default=0)
    return [f"  {path.ljust(width)}  {about}" for path, about in found.items()]


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def results(folder: Path, outputs: Collection[str], width: int) -> Iterator[str]:
    """Yield the lines that a complete study ends with: its main results and what to open."""
    if str(folder / "report" / "sentences.json") in outputs:
        for text in headlines(folder):
            yield from _wrapped(text, width)
    yield from to_open(folder, outputs)


def finished(study: str, jobs: int, seconds: float) -> str:
    """Return the sentence on a run without an error."""
    return ngettext("{study}: {count} job done in {time}.", "{study}: {count} jobs done in {time}.", jobs).format(
        study=study, count=jobs, time=duration(seconds)
    )


def nothing_to_do(study: str) -> str:
    """Return the sentence on a run that had no job to start."""
    return _("{study}: Nothing to be done, all results are up to date.").format(study=study)


def failed(study: str, failures: int, done: int, waiting: int) -> Iterator[str]:
    """Yield the sentences on a run with failed jobs. waiting: number of jobs that did not run."""
    yield ngettext("{study}: {count} job failed.", "{study}: {count} jobs failed.", failures).format(
        study=study, count=failures
    )
    if waiting:
        yield ngettext("{count} job did not run.", "{count} jobs did not run.", waiting).format(count=waiting)
    yield kept(done)
    yield _("Mend what the errors name, then run the same command: it goes on from here.")


def interrupted(study: str, done: int, waiting: int, seconds: float) -> Iterator[str]:
    """Yield the sentences on a run that somebody stopped."""
    yield _("{study}: interrupted after {time}.").format(study=study, time=duration(seconds))
    yield kept(done)
    yield ngettext(
        "{count} job is left; the same command goes on from here.",
        "{count} jobs are left; the same command goes on from here.",
        waiting,
    ).format(count=waiting)


def kept(done: int) -> str:
    """Return the sentence on the results that a run leaves."""
    return ngettext(
        "The results of {count} job of this run are kept.", "The results of {count} jobs of this run are kept.", done
    ).format(count=done)
