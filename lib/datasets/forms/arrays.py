"""NumPy files: X and y in train.npz, or in train.npy (or train_X.npy, X_train.npy) and train_y.npy (or y_train.npy).

One file may hold all splits, such as the mnist.npz of Keras and the files of MedMNIST. KMNIST has its own file names.
"""

from __future__ import annotations

import zipfile
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import data_in
from lib.datasets.images import Streamed
from lib.datasets.notes import N_, Note
from lib.datasets.parsers.reading import DEFLATE, BoundedStream, read_each
from lib.datasets.parsers.recognition import STEMS, Files, kind, one_of
from lib.datasets.parsers.unpickling import unpickle_plain
from lib.datasets.splits import LABELLED
from lib.datasets.validation import Raw, Raws

_IMAGES = ("{}.npz", "{}.npy", "{}_X.npy", "{}_x.npy", "X_{}.npy", "x_{}.npy", "{}_images.npy")
_LABELS = ("{}_y.npy", "{}_labels.npy", "y_{}.npy", "Y_{}.npy")
_KMNIST = ("-{}-imgs.npz", "-{}-labels.npz")  # after the name of the data set
# Names of the arrays with images, labels, class names, folds and groups, the most usual first.
_KEYS = {
    "X": ("X", "x", "images", "data", "arr_0"),
    "y": ("y", "Y", "labels", "label", "arr_1"),
    "class_names": ("class_names",),
    "fold_indices": ("fold_indices",),
    "groups": ("groups",),
}
# Names of the arrays with images and labels of each split in files with all splits.
KEYS_IN_ONE = (
    {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")},
    {"train": ("X_train", "y_train"), "test": ("X_test", "y_test")},
    {"train": ("train_x", "train_y"), "test": ("test_x", "test_y")},
    {"train": ("train_X", "train_y"), "test": ("test_X", "test_y")},
    {
        "train": ("train_images", "train_labels"),
        "validation": ("val_images", "val_labels"),
        "test": ("test_images", "test_labels"),
    },
)
LEFT_OUT = N_("The validation images are left out ({count}): the data set has test images.")
_SMALL = 2**26  # bytes of labels, names and folds
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def find(source: Path) -> Files | None:
    """Return the files by split, None if the path holds another form.

    Raises StudyError for several files of one split.
    """
    if not source.is_dir():
        return None
    if files := _of_kmnist(source):
        return files
    files = {}
    for split, stems in STEMS.items():
        images = _existing(source, _IMAGES, stems)
        path = one_of((path for path in images if kind(path) in ("npy", "zip")), f"file of images for {split}")
        if path is None:
            if split in LABELLED:
                files[split] = [str(source / f"{split}.npz")]
            continue
        files[split] = [str(path)]
        if split in LABELLED and kind(path) == "npy":
            labels = one_of(_existing(source, _LABELS, stems), f"file of labels for {split}")
            files[split].append(str(labels or source / _LABELS[0].format(split)))
    return files if any(Path(path).is_file() for split in LABELLED for path in files[split]) else None


def _existing(folder: Path, patterns: tuple[str, ...], stems: tuple[str, ...]) -> list[Path]:
    return [p for name in patterns for stem in stems if (p := folder / name.format(stem)).is_file()]


def _of_kmnist(source: Path) -> Files | None:
    ending = _KMNIST[0].format("train")
    names = [path.name.removesuffix(ending) for path in data_in(source) if path.name.endswith(ending)]
    first = one_of((source / f"{name}{ending}" for name in names), "data set")
    if first is None:
        return None
    name = first.name.removesuffix(ending)
    return {split: [str(source / (name + part.format(split))) for part in _KMNIST] for split in LABELLED}


def find_whole(source: Path) -> Files | None:
    """Return the file with all splits: the path itself, or the only such file of a folder.

    Raises StudyError for several.
    """
    candidates = [source] if source.is_file() else [path for path in data_in(source) if path.suffix == ".npz"]
    found = one_of((path for path in candidates if _keys_of(path)), "file with all splits")
    return {"archive": [str(found)]} if found else None


def _arrays_in(path: Path) -> set[str]:
    """Return the names of the arrays of an npz file. Raises exceptions of any kind for damaged files."""
    with zipfile.ZipFile(path) as archive:
        return {name.removesuffix(".npy") for name in archive.namelist()}


def _keys_of(path: Path) -> dict[str, tuple[str, str]] | None:
    """Return the names of the arrays of each split in a file with all splits, None for any other file."""
    try:
        names = _arrays_in(path) if kind(path) == "zip" else set()
    except Exception:  # damaged files raise exceptions of any kind
        return None
    return next((keys for keys in KEYS_IN_ONE if all(keys[split][0] in names for split in LABELLED)), None)


def _header(stream: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Return shape, Fortran order and dtype of an npy stream. Raises ValueError for other versions and dtypes."""
    version = np.lib.format.read_magic(stream)
    readers = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in readers:
        raise ValueError(f"version {version} of the npy format")
    shape, fortran, dtype = readers[version](stream)
    if dtype.kind not in "biufSUO" or dtype.itemsize == 0 or not all(0 <= n < 2**48 for n in shape):
        raise ValueError(f"an array of dtype {dtype} and shape {shape}")
    return shape, fortran, dtype


def read_npy(path: Path) -> np.ndarray:
    """Return the array of an npy file: a memory map, or in memory for objects. Raises StudyError for damaged files."""
    with faults_of_file(str(path), "an npy file of numbers"):
        with path.open("rb") as stream:
            shape, fortran, dtype = _header(stream)
            start = stream.tell()
        claimed, held = prod(shape) * dtype.itemsize, path.stat().st_size - start
        if dtype.kind == "O":
            return _objects(path.read_bytes()[start:] if held <= _SMALL else b"", shape)
        if claimed != held:
            raise ValueError(f"claims the shape {shape} and dtype {dtype} in {held} bytes")
        if not claimed:
            return np.empty(shape, dtype)
        return np.memmap(path, dtype, "r", start, shape, "F" if fortran else "C")


def _objects(content: bytes, shape: tuple[int, ...]) -> np.ndarray:
    """Return a small array of plain objects, such as text, which NumPy writes as a pickle.

    Raises ValueError for any other pickle.
    """
    found = unpickle_plain(content)
    if not isinstance(found, np.ndarray) or found.shape != shape:
        raise ValueError(f"claims the shape {shape} of a pickled array")
    return found


def _member(path: Path, name: str, images: bool) -> Any:
    """Return an array of an npz file: a stream for images that are stored one after the other, else in memory.

    Raises ValueError for sizes that the file cannot have, and exceptions of any kind for damaged files.
    """
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{name}.npy")
        if info.compress_type not in _METHODS or info.flag_bits & 1:
            raise ValueError(f"{name} is compressed by method {info.compress_type} or encrypted")
        if info.file_size > DEFLATE * max(info.compress_size, 1) or info.compress_size > path.stat().st_size:
            raise ValueError(f"{name} claims {info.file_size} bytes in {info.compress_size}")
        with archive.open(info) as stream:
            shape, fortran, dtype = _header(cast(BinaryIO, stream))
            start, claimed = stream.tell(), prod(shape) * dtype.itemsize
            if dtype.kind == "O":
                rest = min(info.file_size - start, _SMALL)
                return _objects(BoundedStream(cast(BinaryIO, stream), rest + 1).read(rest), shape)
            if start + claimed != info.file_size:
                raise ValueError(f"{name} claims the shape {shape} and dtype {dtype} in {info.file_size} bytes")
            # pictures (d, d, ..., N) have their images along the last axis, which a stream cannot give one by one
            by_image = len(shape) == 2 or (len(shape) > 2 and shape[0] != shape[1])
            if images and dtype.kind in "biuf" and by_image and not fortran and claimed > 0:
                return _streamed(path, name, start, shape, dtype)
            if not images and claimed > _SMALL:
                raise ValueError(f"{name} has shape {shape}")
            content = BoundedStream(cast(BinaryIO, stream), claimed + 1).read(claimed)
    if not claimed:
        return np.empty(shape, dtype)
    return np.frombuffer(content, dtype).reshape(shape, order="F" if fortran else "C")


def _streamed(path: Path, name: str, start: int, shape: tuple[int, ...], dtype: np.dtype) -> Streamed:
    def opened() -> BinaryIO:
        with zipfile.ZipFile(path) as archive:  # zipfile keeps the file open as long as its member is open
            stream = archive.open(f"{name}.npy")
        stream.read(start)
        return cast(BinaryIO, stream)

    return Streamed(f"{path}: {name}", opened, shape, dtype)


def _read_npz(file: str, names: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the arrays of an npz file by key. names: possible names of the array of each key.

    Raises StudyError for a file without an array X, and for damaged files.
    """
    path, wanted = Path(file), next(iter(names.values()))
    with faults_of_file(file, f"an npz file with {wanted[0]}"):
        arrays = _arrays_in(path)
        found = {key: next((name for name in known if name in arrays), None) for key, known in names.items()}
        if found.get("X", "") is None or all(name is None for name in found.values()):
            raise ValueError(f"has the arrays {', '.join(sorted(arrays))[:200] or 'none'}")
        return {key: _member(path, name, key == "X") for key, name in found.items() if name}


def _read_split(split: str, paths: list[str]) -> Raw:
    if kind(Path(paths[0])) == "zip":
        wanted = {key: names for key, names in _KEYS.items() if key != "y"} if len(paths) > 1 else _KEYS
        found = _read_npz(paths[0], wanted)
        if len(paths) > 1:
            found |= _read_npz(paths[1], {"y": (*_KEYS["y"], "arr_0")})
    else:
        found = {"X": read_npy(Path(paths[0]))}
        if len(paths) > 1:
            found["y"] = read_npy(Path(paths[1]))
    raw = Raw(", ".join(paths), found["X"], found.get("y"), found.get("class_names"), found.get("fold_indices"))
    raw.groups = found.get("groups") if split in LABELLED else None
    return raw


def read(files: Files) -> Raws:
    """Return the contents of the files of a data set."""
    if "archive" not in files:
        return read_each(files, _read_split)
    path = files["archive"][0]
    keys = _keys_of(Path(path)) or {}

    def read_part(split: str, paths: list[str]) -> Raw:
        found = _read_npz(path, {"X": keys[split][:1], "y": keys[split][1:]})
        return Raw(f"{path}: {split}", found["X"], found.get("y"))

    found = read_each({split: [path] for split in LABELLED if split in keys}, read_part)
    if (name := keys.get("validation", ("",))[0]) and name in _arrays_in(Path(path)) and "train" in found.splits:
        try:
            with faults_of_file(path, f"an npz file with {name}"):
                count = int(_member(Path(path), name, True).shape[0])
        except StudyError as error:
            return Raws(found.splits, [*found.faults, *error.sentences])
        found.splits["train"].notes.append(Note(LEFT_OUT, {"count": count}))
    return found
