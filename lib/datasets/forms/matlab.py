"""MATLAB files, version 5 or 7.3: STL-10, SVHN, and the subset of STL-10 in the UFLDL tutorial.

X holds one image per row as column-major channel planes, or pictures (d, d, 3, N).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import data_in, printable
from lib.datasets.parsers.hdf5 import read_hdf5
from lib.datasets.parsers.mat5 import check_mat5, variables_of
from lib.datasets.parsers.reading import read_each
from lib.datasets.parsers.recognition import Files, by_split, kind
from lib.datasets.splits import LABELLED
from lib.datasets.validation import Raw, Raws

KINDS = ("matlab", "hdf5")


class Variables(NamedTuple):
    """Names of the variables with images, labels, class names and folds."""

    images: str = "X"
    labels: str = "y"
    names: str = "class_names"
    folds: str = "fold_indices"


class Named(NamedTuple):
    """A data set with other file names. classes: class names in the order of the labels from 1."""

    files: dict[str, str]
    variables: dict[str, Variables]
    classes: tuple[str, ...] | None = None


_OF_STL10 = Variables()
_OTHERS = (
    Named(
        {"train": "train_32x32.mat", "test": "test_32x32.mat", "unlabeled": "extra_32x32.mat"},
        {},
        tuple("1234567890"),  # SVHN: the label 10 means the digit 0
    ),
    Named(
        {"train": "stlTrainSubset.mat", "test": "stlTestSubset.mat"},
        {"train": Variables("trainImages", "trainLabels"), "test": Variables("testImages", "testLabels")},
    ),
)
_WITHOUT_LABELS = {"IMAGES", "IMAGESr", "patches"}  # variables of the UFLDL tutorial


def find(source: Path) -> Files | None:
    """Return the MATLAB files by split, None if the path holds another form.

    Raises StudyError for several files of one split, and for the UFLDL tutorial's files without labels.
    """
    if not source.is_dir():
        _check_labels([source])
        return None
    for other in _OTHERS:
        paths = {split: source / name for split, name in other.files.items()}
        if any(kind(paths[split]) in KINDS for split in LABELLED):
            # missing files of labelled images are expected, a missing file of unlabelled images is not
            return {split: [str(path)] for split, path in paths.items() if split in LABELLED or path.is_file()}
    files = by_split(source, KINDS, (".mat",))
    # the files of CIFAR-100 have the same names
    if files and not any(variables_in(Path(files[split][0])) & {"data"} for split in LABELLED):
        return files
    _check_labels([path for path in data_in(source) if path.suffix == ".mat"])
    return None


def _check_labels(paths: list[Path]) -> None:
    """Raise StudyError for a file of images or patches without labels: it cannot be a data set alone."""
    for path in paths:
        if found := sorted(variables_in(path) & _WITHOUT_LABELS):
            raise StudyError(
                f"{printable(path)}: holds {found[0]}, images or patches without labels, expected labelled images for "
                "training and for test: name a data set that has some, such as stlTrainSubset.mat and stlTestSubset.mat"
            )


def variables_in(path: Path) -> set[str]:
    """Return the names of the variables of a file; none if it is damaged or not a MATLAB file."""
    try:
        if kind(path) == "hdf5":
            import h5py

            with h5py.File(path, "r", locking=False) as file:
                return set(file)
        return set(variables_of(path)) if kind(path) == "matlab" else set()
    except Exception:  # damaged bytes raise exceptions of any kind
        return set()


def plain_cells(value: Any) -> Any:
    """Return cells as lists and a single text as a string; anything else as it is."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [plain_cells(cell) for cell in value.ravel()]
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return str(value.ravel()[0]) if value.size == 1 else [str(text).rstrip() for text in value.ravel()]
    return value


def read_mat(path: Path, images: str, others: tuple[str, ...]) -> dict[str, Any]:
    """Return the variables with these names of a MATLAB file of either version, the images as a source.

    Raises exceptions of any kind for damaged files.
    """
    names = (images, *others)
    if kind(path) == "hdf5":
        return read_hdf5(path, images, others)
    from scipy.io import loadmat

    check_mat5(path, names)
    contents = loadmat(path, variable_names=list(names), appendmat=False, verify_compressed_data_integrity=True)
    return {name: plain_cells(contents[name]) for name in names if name in contents}


def _read_split(split: str, paths: list[str]) -> Raw:
    path = Path(paths[0])
    other = next((one for one in _OTHERS if path.name == one.files.get(split)), None)
    variables = other.variables.get(split, _OF_STL10) if other else _OF_STL10
    with faults_of_file(paths[0], f"a MATLAB file with {variables.images}"):
        contents = read_mat(path, variables.images, variables[1:])
        images = contents.get(variables.images)
        if not hasattr(images, "dtype"):
            raise ValueError(f"has no matrix {variables.images}")
        y, names, folds = (contents.get(name) for name in variables[1:])
        if isinstance(names, str):
            names = [names]
        first = None
        if other and other.classes:
            names, first = list(other.classes), 1
        return Raw(paths[0], images, y, names, from_0(folds), layout="columns", first_label=first)


def from_0(folds: Any) -> Any:
    """Return folds with row numbers from 1, as in MATLAB files, as row numbers from 0; anything else as it is."""
    if isinstance(folds, np.ndarray) and folds.dtype == object:
        folds = folds.ravel().tolist()
    if isinstance(folds, list) and all(
        isinstance(fold, np.ndarray) and fold.dtype.kind in "iuf" and fold.size > 0 and fold.min() >= 1
        for fold in folds
    ):
        return [np.asarray(fold, dtype=np.float64) - 1 for fold in folds]
    return folds


def read(files: Files) -> Raws:
    """Return the contents of the files of a data set."""
    return read_each(files, _read_split)
