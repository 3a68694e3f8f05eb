"""The forms of data sets: how each is recognised and read.

A form is recognised by what its files hold; names only tell the splits apart. To add one, write a module
with ``find`` (the files by split that lie at a path, None if it holds another form) and ``read`` (what those
files hold, as `lib.datasets.validation.Raws`), and list it here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lib.base.errors import StudyError
from lib.datasets.files import data_in, listing, shown
from lib.datasets.forms import arrays, binary, cifar, idx, matlab, pickles, pictures
from lib.datasets.forms.layouts import suffixes_of
from lib.datasets.parsers.recognition import Files, misnamed
from lib.datasets.parsers.trees import members_at
from lib.datasets.splits import SPLITS, Split
from lib.datasets.validation import Raws, assemble

DEPTH = 2  # folders between the one that is named and the one that holds the data set
_SHOWN = 6  # names shown in one sentence


class Form(NamedTuple):
    """A form of data set: its name, what recognises it, what reads it, and what its files are called.

    last: whether it is looked for only where no other form is found.
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
EMBEDDED = "photographs"  # the data set that needs no files


def recognised(source: Path) -> tuple[Form, Files] | None:
    """The form of what lies at a path, with its files by split, which may be missing; None for no form.

    A folder of no form is looked through for one that has some. Raises StudyError for more than one.
    """
    waiting = [source]
    for _ in range(1 + DEPTH):
        found = [(place, *one) for place in waiting for one in _forms_at(place)]
        if len(found) > 1:
            held = "; ".join(_held(*one) for one in found[:_SHOWN])
            raise StudyError(
                f"{shown(source)}: holds {held}; expected one data set: name its folder or move the others"
            )
        if found:
            return found[0][1:]
        waiting = [path for place in waiting for path in data_in(place) if path.is_dir()]
    return None


def _held(place: Path, form: Form, files: Files) -> str:
    """A form that was found, as part of a sentence: pickles (train.pk, test.pk) in data."""
    names = ", ".join(shown(Path(paths[0]).name) for paths in files.values())
    return f"{form.name} ({names}) in {shown(place)}"


def _forms_at(place: Path) -> list[tuple[Form, Files]]:
    for last in (False, True):
        found: list[tuple[Form, Files]] = []
        for form in FORMS:
            files = form.find(place) if form.last == last else None
            if files and not any(files == other for _, other in found):  # an archive is read by the first that knows it
                found.append((form, files))
        if found:
            return found
    return []


def expected_files(dataset: str) -> Files:
    """The course's pickles by split: what a path is expected to hold as long as nothing lies there."""
    return {split: [str(Path(dataset) / f"{split}.pk")] for split in SPLITS}


def raw_files(dataset: str) -> Files:
    """Files by split that the data set at a path is expected to hold.

    Raises StudyError for a folder or file that is there but has no known form.
    """
    source = Path(dataset)
    if found := recognised(source):
        return found[1]
    if source.is_file() or (source.is_dir() and any(source.iterdir())):
        raise StudyError(*_unknown(source))
    return expected_files(dataset)


def _unknown(source: Path) -> list[str]:
    """Sentences about what has no known form: its files that are not what they are named, or all that is there."""
    files = [source] if source.is_file() else [path for path in data_in(source) if path.is_file()]
    if wrong := [sentence for path in files if (sentence := misnamed(path))]:
        return wrong
    if source.is_file():
        names = members_at(source)
        holds = "an archive that holds " + ", ".join(map(shown, names[:_SHOWN])) if names else "an unknown kind of file"
    else:
        names = [path.name for path in data_in(source)]
        holds = "holds " + (", ".join(map(shown, names[:_SHOWN])) or "no visible file")
        holds += f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        inside = suffixes_of(map(str, listing(source).files))
        holds += f" with the files {inside}" if inside and len(files) < len(names) else ""
    known = "; ".join(f"{form.name}: {form.files}" for form in FORMS)
    return [f"{shown(source)}: {holds}, expected a data set in one of these forms: {known}"]


def read_splits(dataset: str | Path, seed: int = 0) -> dict[str, Split]:
    """The validated splits of the data set at a path.

    seed: of the study, by which labelled images without a split are split into training and test images. Raises
    StudyError with a sentence for each fault of the files.
    """
    source = Path(dataset)
    found = recognised(source)
    if found is None:
        raise StudyError(
            *(_unknown(source) if source.exists() else [f"{shown(source)}: not found, expected a data set"])
        )
    form, files = found
    return assemble(form.read(files), seed)
