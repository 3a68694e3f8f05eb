"""Bare NumPy files: X and y as train.npz, or as train.npy (or train_X.npy) and train_y.npy (or train_labels.npy).

Or one file, such as the mnist.npz of Keras, with x_train, y_train, x_test and y_test.
"""

from __future__ import annotations

import zipfile
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lib.datasets import LABELLED, SPLITS, Split
from lib.datasets.faults import told_of
from lib.datasets.images import Streamed
from lib.datasets.reading import DEFLATE, Bounded, read_each
from lib.datasets.recognition import Files, kind
from lib.datasets.validation import Raw

_IMAGES = ("{}.npz", "{}.npy", "{}_X.npy")
_LABELS = ("{}_y.npy", "{}_labels.npy")
_KEYS = ("X", "y", "class_names", "fold_indices")
_IN_ONE = {split: {"X": f"x_{split}", "y": f"y_{split}"} for split in LABELLED}
_EACH = {key: key for key in _KEYS}  # what a file of one split calls its arrays
_SMALL = 2**26  # bytes of labels, names and folds
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def find(source: Path) -> Files | None:
    """The files by split; without unlabelled ones the training images serve as such."""
    files: Files = {}
    for split in SPLITS:
        path = next((p for name in _IMAGES if (p := source / name.format(split)).is_file()), None)
        if path is None or kind(path) not in ("npy", "zip"):
            if split in LABELLED:
                files[split] = [str(source / f"{split}.npz")]
            continue
        labels = [p for name in _LABELS if (p := source / name.format(split)).is_file()]
        files[split] = [str(path)]
        if split in LABELLED and kind(path) == "npy":
            files[split].append(str(labels[0] if labels else source / _LABELS[0].format(split)))
    if any(Path(path).is_file() for split in LABELLED for path in files[split]):
        return files
    candidates = [source] if source.is_file() else sorted(source.glob("*.npz"))
    return next(({"archive": [str(path)]} for path in candidates if _holds_splits(path)), None)


def _arrays_in(path: Path) -> set[str]:
    """Names of the arrays of an npz file. Raises whatever damaged files lead to."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def _holds_splits(path: Path) -> bool:
    """Whether a file holds the images of all labelled splits, under the names that Keras gives them."""
    try:
        return kind(path) == "zip" and {_IN_ONE[split]["X"] for split in LABELLED} <= _arrays_in(path)
    except Exception:  # damaged files raise whatever their bytes lead to
        return False


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, Fortran order and dtype of an npy stream. Raises ValueError."""
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"version {version} of the npy format")
    shape, fortran, dtype = readers[version](stream)
    if dtype.kind not in "biufSU" or dtype.itemsize == 0 or not all(0 <= n < 2**48 for n in shape):
        raise ValueError(f"an array of dtype {dtype} and shape {shape}")
    return shape, fortran, dtype


def read_npy(path: Path) -> np.ndarray:
    """A memory map of an npy file of numbers or text. Raises StudyError."""
    with told_of(str(path), "an npy file of numbers"):
        with path.open("rb") as stream:
            shape, fortran, dtype = _header(stream)
            start = stream.tell()
        claimed, there = prod(shape) * dtype.itemsize, path.stat().st_size - start
        if claimed != there:
            raise ValueError(f"claims the shape {shape} and dtype {dtype} in {there} bytes")
        if not claimed:
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")
    raise AssertionError


def _member(path: Path, name: str, images: bool) -> Any:
    """An array of an npz file: images in the order of their rows as a stream, anything else in memory."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type not in _METHODS or info.flag_bits & 1:
            raise ValueError(f"{name} is packed by method {info.compress_type} or encrypted")
        if info.file_size > DEFLATE * max(info.compress_size, 1) or info.compress_size > path.stat().st_size:
            raise ValueError(f"{name} claims {info.file_size} bytes in {info.compress_size}")
        with archive.open(info) as stream:
            shape, fortran, dtype = _header(cast(BinaryIO, stream))
            start, claimed = stream.tell(), prod(shape) * dtype.itemsize
            if start + claimed != info.file_size:
                raise ValueError(f"{name} claims the shape {shape} and dtype {dtype} in {info.file_size} bytes")
            if images and dtype == np.uint8 and not fortran and claimed > 0:
                return _streamed(path, name, start, shape)
            if not images and claimed > _SMALL:
                raise ValueError(f"{name} has shape {shape}")
            content = Bounded(cast(BinaryIO, stream), claimed + 1).read(claimed)
    if not claimed:
        return np.empty(shape, dtype)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _streamed(path: Path, name: str, start: int, shape: tuple[int, ...]) -> Streamed:
    def opened() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:  # the file stays open as long as its member is
            stream = archive.open(f"{name}.npy")
        stream.read(start)
        return cast(BinaryIO, stream)

    return Streamed(f"{path}: {name}", opened, shape)


def _read_npz(file: str, names: dict[str, str]) -> dict[str, Any]:
    """The arrays of an npz file by what they are to this module. names: what the file calls them."""
    path = Path(file)
    with told_of(file, f"an npz file with {names['X']}"):
        there = _arrays_in(path)
        if names["X"] not in there:
            raise ValueError(f"has the arrays {', '.join(sorted(there))[:200] or 'none'}")
        return {key: _member(path, name, key == "X") for key, name in names.items() if name in there}
    raise AssertionError


def _read_split(split: str, paths: list[str]) -> Raw:
    if kind(Path(paths[0])) == "zip":
        found = _read_npz(paths[0], _EACH)
    else:
        found = {"X": read_npy(Path(paths[0]))}
        if len(paths) > 1:
            found["y"] = read_npy(Path(paths[1]))
    return Raw(", ".join(paths), found["X"], found.get("y"), found.get("class_names"), found.get("fold_indices"))


def _read_part(split: str, paths: list[str]) -> Raw:
    found = _read_npz(paths[0], _IN_ONE[split])
    return Raw(f"{paths[0]}: {split}", found["X"], found.get("y"), first_label=0)


def read(files: Files) -> dict[str, Split]:
    """The splits of the data set. Raises StudyError with a sentence for each fault of all the files."""
    if "archive" in files:
        return read_each(dict.fromkeys(LABELLED, files["archive"]), _read_part)
    return read_each(files, _read_split)
