"""Variables of MATLAB files of version 7.3, which are HDF5 files with transposed arrays.

Only arrays stored in the file itself are read. Links, storage in other files and filters that are not part of HDF5 are
refused.
"""

from __future__ import annotations

from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets.faults import faults_of_file
from lib.datasets.images import BLOCK
from lib.datasets.parsers.reading import DEFLATE

_FILTERS = {1, 2, 3}  # deflate, shuffle, checksum
_SMALL = 2**24  # bytes of labels, names and folds
_MAX_CELLS = 10_000


class Stored:
    """Rows of a dataset in the order of the file: images (N, ...), which are (..., N) in MATLAB."""

    def __init__(self, file: str, dataset: Any) -> None:
        self._file, self._dataset = file, dataset
        self.shape, self.dtype = tuple(dataset.shape), dataset.dtype

    def __getitem__(self, rows: slice) -> np.ndarray:
        with faults_of_file(self._file, "whole arrays"):
            return self._dataset[rows]


class Transposed:
    """Rows of a dataset (D, N) that MATLAB wrote as the matrix (N, D)."""

    def __init__(self, path: Path, dataset: Any) -> None:
        self._file, self._dataset = str(path), dataset
        self.shape, self.dtype = tuple(dataset.shape[::-1]), dataset.dtype
        # a compressed chunk spans many images: all its images are read at once, so that it is unpacked once
        self._chunk = dataset.chunks[-1] if dataset.chunks else 1
        self._start, self._rows = 0, np.empty((0, *self.shape[1:]), self.dtype)

    @property
    def T(self) -> Stored:
        """The same numbers with the axes in reverse order, as for NumPy arrays."""
        return Stored(self._file, self._dataset)

    def __getitem__(self, rows: slice) -> np.ndarray:
        start, stop, _ = rows.indices(self.shape[0])
        if start < self._start or stop > self._start + len(self._rows):
            step = max(1, BLOCK // max(1, prod(self.shape[1:])) // self._chunk) * self._chunk
            self._start = start // step * step if start // step == (stop - 1) // step else start
            end = min(max(stop, self._start + step), self.shape[0])
            with faults_of_file(self._file, "whole arrays"):
                self._rows = self._dataset[..., self._start : end].T
        return self._rows[start - self._start : stop - self._start]


def _checked(dataset: Any, name: str, size: int) -> Any:
    """Return a dataset that is safe to read.

    size: of the file in bytes. Raises ValueError unless the dataset is an array that is stored in the file and claims
    no more bytes than its storage can unpack to.
    """
    import h5py

    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise ValueError(f"{name} is not an array")
    properties = dataset.id.get_create_plist()
    if dataset.external or dataset.is_virtual:
        raise ValueError(f"{name} is stored in another file")
    filters = {properties.get_filter(number)[0] for number in range(properties.get_nfilters())}
    if not filters <= _FILTERS:
        raise ValueError(f"{name} is compressed by the filters {sorted(filters - _FILTERS)}")
    if dataset.dtype.kind not in "biufO" or (dataset.dtype.kind == "O" and not h5py.check_ref_dtype(dataset.dtype)):
        raise ValueError(f"{name} has dtype {dataset.dtype}")
    claimed = prod(dataset.shape) * dataset.dtype.itemsize
    stored = dataset.id.get_storage_size()
    if stored > size or claimed > stored * (DEFLATE if filters else 1):
        raise ValueError(f"{name} claims {claimed} bytes in {stored}")
    if dataset.chunks and prod(dataset.chunks) * dataset.dtype.itemsize > 2**28:
        raise ValueError(f"{name} has chunks of {prod(dataset.chunks)} values")
    return dataset


def _value(file: Any, dataset: Any, name: str, size: int, in_cell: bool = False) -> Any:
    """Return numbers, text or a list of cells of them, as SciPy returns them. Raises ValueError for anything else."""
    import h5py

    dataset = _checked(dataset, name, size)
    if prod(dataset.shape) * dataset.dtype.itemsize > _SMALL:
        raise ValueError(f"{name} has shape {dataset.shape[::-1]}")
    values = dataset[()].T
    if h5py.check_ref_dtype(dataset.dtype):
        if in_cell or h5py.check_ref_dtype(dataset.dtype) is not h5py.Reference or values.size > _MAX_CELLS:
            raise ValueError(f"{name} is not a list of numbers or text")
        cells, total = [], 0
        for reference in values.ravel():
            cells.append(_value(file, file[reference], f"a cell of {name}", size, in_cell=True))
            total += getattr(cells[-1], "nbytes", len(cells[-1]))
            if total > _SMALL:  # cells may all refer to one array
                raise ValueError(f"{name} has cells of more than {_SMALL} bytes")
        return cells
    if in_cell and dataset.dtype == np.uint16 and dataset.attrs.get("MATLAB_class") == b"char":
        return values.astype("<u2").tobytes().decode("utf-16-le")
    return values


def read_hdf5(path: Path, images: str, others: Collection[str]) -> dict[str, Any]:
    """Return the variables with these names, the images as a source of lib.datasets.images.

    Raises exceptions of any kind for damaged files, and ValueError for variables that are refused, and for files
    without the header that MATLAB puts before HDF5.
    """
    import h5py

    file = h5py.File(path, "r", locking=False)
    if not file.userblock_size:
        raise ValueError("HDF5 that MATLAB did not write, whose axes are in another order; save it as .npz")
    size, contents = path.stat().st_size, {}
    for name in (images, *others):
        link = file.get(name, getlink=True)
        if link is None:
            continue
        if not isinstance(link, h5py.HardLink):  # checked before the target of the link is opened
            raise ValueError(f"{name} is a link")
        if name == images:
            contents[name] = Transposed(path, _checked(file[name], name, size))
        else:
            contents[name] = _value(file, file[name], name, size)
    return contents
