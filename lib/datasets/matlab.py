"""The MATLAB files of STL-10, version 5 or 7.3: train, test and unlabeled.

X holds one image a row, one channel after the other, each column-major.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import Split
from lib.datasets.faults import told_of
from lib.datasets.hdf5 import read_hdf5
from lib.datasets.mat5 import check_mat5
from lib.datasets.reading import read_each
from lib.datasets.recognition import Files, by_split, kind
from lib.datasets.validation import Raw

VARIABLES = ("X", "y", "class_names", "fold_indices")


def find(source: Path) -> Files | None:
    """The MATLAB files by split."""
    return by_split(source, {"matlab", "hdf5"}, (".mat",))


def _plain(value: Any) -> Any:
    """Cells as lists, and text of one row as a string."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        return [_plain(cell) for cell in value.ravel()]
    if isinstance(value, np.ndarray) and value.dtype.kind == "U":
        return str(value.ravel()[0]) if value.size == 1 else [str(text).rstrip() for text in value.ravel()]
    return value


def _read_mat5(path: Path) -> dict[str, Any]:
    from scipy.io import loadmat

    check_mat5(path, VARIABLES)
    contents = loadmat(path, variable_names=list(VARIABLES), appendmat=False, verify_compressed_data_integrity=True)
    return {name: _plain(contents[name]) for name in VARIABLES if name in contents}


def _read_split(split: str, paths: list[str]) -> Raw:
    path = Path(paths[0])
    with told_of(paths[0], "a MATLAB file with X"):
        contents = read_hdf5(path, VARIABLES) if kind(path) == "hdf5" else _read_mat5(path)
        if "X" not in contents or not hasattr(contents["X"], "dtype"):
            raise ValueError("has no matrix X")
        y, names, folds = (contents.get(name) for name in VARIABLES[1:])
        if isinstance(names, str):
            names = [names]
        if isinstance(folds, list) and all(_counts_from_1(fold) for fold in folds):
            folds = [fold - 1 for fold in folds]
        return Raw(paths[0], contents["X"], y, names, folds, layout="columns")
    raise AssertionError


def _counts_from_1(fold: Any) -> bool:
    """Whether row numbers may be MATLAB's, which count from 1."""
    return isinstance(fold, np.ndarray) and fold.dtype.kind in "iuf" and fold.size > 0 and bool(fold.min() >= 1)


def read(files: Files) -> dict[str, Split]:
    """The splits of the data set. Raises StudyError with a sentence for each fault of all the files."""
    return read_each(files, _read_split)
