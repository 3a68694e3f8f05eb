"""The forms of data sets: how each is recognised and read.

A form is recognised by what its files hold; names only tell the splits apart. To add one, write a module
with ``find`` (the files by split that lie at a path, None if it holds another form) and ``read`` (those
files to validated splits), and list it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from lib.datasets import SPLITS, Split, arrays, binary, cifar, idx, matlab, pickles, pictures
from lib.datasets.archives import first_members
from lib.datasets.recognition import Files
from lib.errors import StudyError


class Form(NamedTuple):
    """A form of data set: its name, what recognises it and what reads it."""

    name: str
    find: Callable[[Path], Files | None]
    read: Callable[[Files], dict[str, Split]]


FORMS = (
    Form("pickles", pickles.find, pickles.read),
    Form("binary", binary.find, binary.read),
    Form("matlab", matlab.find, matlab.read),
    Form("cifar", cifar.find, cifar.read),
    Form("idx", idx.find, idx.read),
    Form("pictures", pictures.find, pictures.read),
    Form("arrays", arrays.find, arrays.read),
)


def recognised(source: Path) -> tuple[Form, Files] | None:
    """The form of what lies at a path, with its files by split, which may be missing; None for no form."""
    for form in FORMS:
        if files := form.find(source):
            return form, files
    return None


def expected_files(dataset: str) -> Files:
    """The course's pickles by split: what a path is expected to hold as long as nothing lies there."""
    return {split: [str(Path(dataset) / f"{split}.pk")] for split in SPLITS}


def raw_files(dataset: str) -> dict[str, list[str]]:
    """Files by split that the data set at a path is expected to hold.

    Raises StudyError for a folder or file that is there but has no known form.
    """
    source = Path(dataset)
    if found := recognised(source):
        return found[1]
    if source.is_file() or (source.is_dir() and any(source.iterdir())):
        holds = "an unknown kind of file"
        if names := first_members(source) if source.is_file() else []:
            holds = "an archive that holds " + ", ".join(names[:6])
        if source.is_dir():
            holds = "holds " + ", ".join(sorted(path.name for path in source.iterdir())[:6])
        raise StudyError(f"{dataset}: {holds}, expected {', '.join(form.name for form in FORMS)} in a known form")
    return expected_files(dataset)


def read_splits(paths: Iterable[str]) -> dict[str, Split]:
    """The validated splits of a data set, given all its files.

    Raises StudyError with a sentence for each fault of the files.
    """
    names = list(paths)
    source = Path(names[0]) if len(names) == 1 else Path(names[0]).parent
    found = recognised(source)
    if found is None:
        raise StudyError(f"{', '.join(names)}: of no known form, expected {', '.join(form.name for form in FORMS)}")
    form, files = found
    return form.read(files)
