"""The forms of data sets: how each is recognised and read.

A form is recognised by the content of its files; names only say which split a file belongs to. To add a form, write a
module with ``find`` (returns the files by split at a path, None if it holds another form) and ``read`` (returns the
contents of these files as `lib.datasets.validation.Raws`), and list it here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lib.base.errors import StudyError
from lib.datasets.files import data_in, listing, printable
from lib.datasets.forms import arrays, binary, cifar, idx, matlab, pickles, pictures
from lib.datasets.forms.layouts import suffixes_of
from lib.datasets.parsers.recognition import Files, misnamed
from lib.datasets.parsers.trees import members_at
from lib.datasets.splits import SPLITS, Split
from lib.datasets.validation import Raws, assemble

DEPTH = 2  # levels of folders below the given one that are searched for a data set
_SHOWN = 6  # names in one sentence


class Form(NamedTuple):
    """A form of data set.

    find, read: the functions of its module. files: the names of its files, for sentences. last: whether it is looked
    for only if no other form is found.
    """

    name: str
    find: Callable[[Path], Files | None]
    read: Callable[[Files], Raws]
    files: str
    last: bool = False


FORMS = (
    Form("pickles", pickles.find, pickles.read, "train.pk, test.pk and, if there is one, unlabeled.pk"),
    Form(
        "binary", binary.find, binary.read, "train_X.bin, train_y.bin, test_X.bin, test_y.bin, or stl10_binary.tar.gz"
    ),
    Form("matlab", matlab.find, matlab.read, "train.mat and test.mat"),
    Form("cifar", cifar.find, cifar.read, "data_batch_1 ... data_batch_5 and test_batch, or cifar-10-python.tar.gz"),
    Form(
        "idx", idx.find, idx.read, "train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-..., t10k-labels-..."
    ),
    Form("pictures", pictures.find, pictures.read, "train/<class>/* and test/<class>/*"),
    Form(
        "arrays",
        arrays.find,
        arrays.read,
        "train.npz and test.npz, or train_X.npy, train_y.npy, test_X.npy, test_y.npy",
    ),
    Form("pictures by class", pictures.find_whole, pictures.read, "<class>/*, or a zip or tar archive", last=True),
    Form("one npz file", arrays.find_whole, arrays.read, "x_train, y_train, x_test, y_test", last=True),
    Form("one pickle", pickles.find_whole, pickles.read, "pairs of images and labels, as in mnist.pkl.gz", last=True),
)
EMBEDDED = "photographs"  # the data set that needs no raw files


def recognise(source: Path) -> tuple[Form, Files] | None:
    """Return the form of the data set at a path and its files by split, some of which may be missing; None if unknown.

    If a folder has no known form, the folders in it are searched, `DEPTH` levels deep. Raises StudyError for several
    data sets.
    """
    folders = [source]
    for _ in range(1 + DEPTH):
        found = [(folder, *one) for folder in folders for one in _forms_at(folder)]
        if len(found) > 1:
            held = "; ".join(_as_words(*one) for one in found[:_SHOWN])
            raise StudyError(
                f"{printable(source)}: holds {held}; expected one data set: name its folder or move the others"
            )
        if found:
            return found[0][1:]
        folders = [path for folder in folders for path in data_in(folder) if path.is_dir()]
    return None


def _as_words(folder: Path, form: Form, files: Files) -> str:
    """Return a form that was found for a sentence, such as pickles (train.pk, test.pk) in data."""
    names = ", ".join(printable(Path(paths[0]).name) for paths in files.values())
    return f"{form.name} ({names}) in {printable(folder)}"


def _forms_at(source: Path) -> list[tuple[Form, Files]]:
    """Return the forms of the files at a path, not below it."""
    for last in (False, True):
        found: list[tuple[Form, Files]] = []
        for form in FORMS:
            files = form.find(source) if form.last == last else None
            if files and not any(files == other for _, other in found):  # the first form that knows an archive reads it
                found.append((form, files))
        if found:
            return found
    return []


def expected_files(dataset: str) -> Files:
    """Return the course's pickles by split: the files that are expected at an empty or missing path."""
    return {split: [str(Path(dataset) / f"{split}.pk")] for split in SPLITS}


def raw_files(dataset: str) -> Files:
    """Return the files by split of the data set at a path; `expected_files` for an empty folder or a missing path.

    Raises StudyError for a folder or file without a known form.
    """
    source = Path(dataset)
    if found := recognise(source):
        return found[1]
    if source.is_file() or (source.is_dir() and any(source.iterdir())):
        raise StudyError(*_unknown(source))
    return expected_files(dataset)


def _unknown(source: Path) -> list[str]:
    """Return sentences about a path without a known form: on files with a wrong suffix, else on all that it holds."""
    files = [source] if source.is_file() else [path for path in data_in(source) if path.is_file()]
    if wrong := [sentence for path in files if (sentence := misnamed(path))]:
        return wrong
    if source.is_file():
        names = members_at(source)
        holds = (
            "an archive that holds " + ", ".join(map(printable, names[:_SHOWN])) if names else "an unknown kind of file"
        )
    else:
        names = [path.name for path in data_in(source)]
        holds = "holds " + (", ".join(map(printable, names[:_SHOWN])) or "no visible file")
        holds += f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        inside = suffixes_of(map(str, listing(source).files))
        holds += f" with the files {inside}" if inside and len(files) < len(names) else ""
    known = "; ".join(f"{form.name}: {form.files}" for form in FORMS)
    return [f"{printable(source)}: {holds}, expected a data set in one of these forms: {known}"]


def read_splits(dataset: str | Path, seed: int = 0, classes: Sequence[str] = ()) -> dict[str, Split]:
    """Return the validated splits of the data set at a path.

    seed: the study's seed, which splits labelled images into training and test images if the data set has no split.
    classes: names of the classes in the order of their labels, for files that hold numbers alone.
    Raises StudyError with a sentence for each fault of the files.
    """
    source = Path(dataset)
    found = recognise(source)
    if found is None:
        raise StudyError(
            *(_unknown(source) if source.exists() else [f"{printable(source)}: not found, expected a data set"])
        )
    form, files = found
    return assemble(form.read(files), seed, classes)
