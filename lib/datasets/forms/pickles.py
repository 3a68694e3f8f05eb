"""The course's pickles, of any protocol and of Python 2 or 3: train, test and unlabeled, or X1 ... X5.

A dict of train or test may have the key groups: a number for each image, equal for images that are not independent.

One pickle may hold all splits, such as mnist.pkl.gz: pairs of images and labels for training, validation and test.
"""

from __future__ import annotations

import gzip
import mmap
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.classes import as_text
from lib.datasets.faults import one_line
from lib.datasets.files import data_in, printable
from lib.datasets.forms.arrays import KEYS_IN_ONE, LEFT_OUT
from lib.datasets.forms.matlab import from_0
from lib.datasets.images import Concatenated
from lib.datasets.notes import Note
from lib.datasets.parsers.reading import DEFLATE, BoundedStream, read_each
from lib.datasets.parsers.recognition import PICKLE_STARTS, Files, by_split, is_packed, kind, one_of, start_of
from lib.datasets.parsers.unpickling import unpickle_plain
from lib.datasets.splits import LABELLED
from lib.datasets.validation import Raw, Raws

PARTS = tuple(f"X{number}.pk" for number in range(1, 6))  # the unlabelled images of the course's Python 2.7 folder
SUFFIXES = (".pk", ".pkl", ".pickle")
LARGEST = 2**31  # bytes that a compressed pickle may unpack to, in memory


def unpickle_bytes(file: str, data: mmap.mmap | bytes) -> Any:
    """Return the plain value of a pickle; long arrays are views of its bytes.

    file: its name for sentences. Raises StudyError for bytes that are not a complete pickle of plain data, MemoryError
    if there is too little memory for them.
    """
    try:
        return unpickle_plain(data)
    except Exception as error:  # damaged bytes become other opcodes, which raise exceptions of any kind
        if isinstance(error, MemoryError):
            bytearray(2 * len(data))  # raises MemoryError again, unless damaged bytes have asked for too much
        foreign = data[:1] not in PICKLE_STARTS
        found = start_of(bytes(data[:64])) if foreign else one_line(str(error) or type(error).__name__)
        raise StudyError(f"{file}: not a whole pickle of plain data ({found}), expected a dict with X") from None


def unpickle(path: Path) -> Any:
    """Return the plain value of a pickle file, compressed by gzip or not; long arrays are read-only views of the file.

    Raises StudyError for a file that is not a complete pickle of plain data.
    """
    try:
        if is_packed(path):
            limit = min(LARGEST, DEFLATE * path.stat().st_size)
            with gzip.open(path) as stream:
                return unpickle_bytes(str(path), BoundedStream(cast(BinaryIO, stream), limit + 1).read(limit))
        with path.open("rb") as file:
            # an empty file cannot be mapped
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except (OSError, EOFError, ValueError) as error:
        found = getattr(error, "strerror", None) or one_line(str(error))
        raise StudyError(f"{path}: cannot be read ({found}), expected a pickle file") from None
    return unpickle_bytes(str(path), data)


def read_pickle(path: Path) -> dict[str, Any]:
    """Return the dict of a pickle file with text as keys; a bare matrix becomes ``{"X": matrix}``.

    Raises StudyError for a file that is not a complete pickle of plain data.
    """
    return with_text_keys(str(path), unpickle(path))


def with_text_keys(file: str, contents: Any) -> dict[str, Any]:
    """Return a dict with text as keys; a bare matrix becomes ``{"X": matrix}``. Raises StudyError for anything else."""
    if isinstance(contents, np.ndarray):
        return {"X": contents}
    if not isinstance(contents, dict):
        raise StudyError(f"{file}: holds a {type(contents).__name__}, expected a dict with X, or a matrix")
    return {as_text(key): value for key, value in contents.items()}


def _images(path: str, contents: dict[str, Any], key: str = "X") -> np.ndarray:
    if key not in contents:
        keys = ", ".join(sorted(contents)[:10])[:200]
        raise StudyError(f"{path}: has the keys {keys or 'none'}, expected {key} with the images")
    if not isinstance(contents[key], np.ndarray):
        raise StudyError(f"{path}: {key} is a {type(contents[key]).__name__}, expected a matrix of uint8")
    return contents[key]


def concatenated(paths: list[str], parts: list[np.ndarray]) -> Any:
    """Return the matrices of several files as one source. Raises StudyError if the shapes or dtypes of rows differ."""
    if len(parts) == 1:
        return parts[0]
    shapes = [part.shape[1:] for part in parts]
    if len(set(shapes)) > 1 or len({part.dtype for part in parts}) > 1 or not shapes[0]:
        raise StudyError(
            f"{', '.join(paths)}: images have rows of the shapes {shapes}, expected rows of the same shape and dtype"
        )
    return Concatenated(parts)


def _read_split(split: str, paths: list[str]) -> Raw:
    contents = [read_pickle(Path(path)) for path in paths]
    images = concatenated(paths, [_images(path, found) for path, found in zip(paths, contents, strict=True)])
    first = contents[0]
    raw = Raw(", ".join(paths), images, first.get("y"), first.get("class_names"), first.get("fold_indices"))
    raw.groups = first.get("groups") if split in LABELLED else None
    # the dict that SciPy's loadmat returns has this key; its images are column-major, its numbers start at 1
    if "__header__" in first:
        raw.layout, raw.fold_indices = "columns", from_0(raw.fold_indices)
    return raw


def find(source: Path) -> Files | None:
    """Return the pickles by split of a folder, None if it holds another form.

    The unlabelled images may be X1.pk ... X5.pk; then all five are expected. Raises StudyError for unlabeled.pk next to
    them.
    """
    files = by_split(source, {"pickle"}, SUFFIXES)
    parts = [str(source / part) for part in PARTS]
    if files and any(Path(part).is_file() for part in parts):
        if "unlabeled" in files:
            raise StudyError(
                f"{files['unlabeled'][0]} and {parts[0]}: both hold unlabelled images, expected one of them; "
                "move the other elsewhere"
            )
        files["unlabeled"] = parts
    return files


def find_whole(source: Path) -> Files | None:
    """Return the pickle with all splits: the path itself, or the only such file of a folder.

    Raises StudyError for several.
    """
    if source.is_file():
        return {"archive": [str(source)]} if kind(source) == "pickle" else None
    candidates = (path for path in data_in(source) if path.is_file() and _may_hold_splits(path))
    found = one_of(candidates, "pickle with all splits")
    return {"archive": [str(found)]} if found else None


def _may_hold_splits(path: Path) -> bool:
    """Whether a file may be a pickle with all splits, by its name."""
    return path.name.lower().removesuffix(".gz").endswith(SUFFIXES) and kind(path) == "pickle"


def _read_whole(file: str) -> Raws:
    """Return the splits of one pickle: pairs of images and labels, or a dict with the keys of npz files."""
    contents = unpickle(Path(file))
    pairs: dict[str, Any] = {}
    if isinstance(contents, list | tuple) and 2 <= len(contents) <= 3:
        splits = ("train", "validation", "test") if len(contents) == 3 else LABELLED
        pairs = dict(zip(splits, contents, strict=True))
    elif isinstance(contents, dict):
        by_key = {as_text(key): value for key, value in contents.items()}
        keys = next((keys for keys in KEYS_IN_ONE if keys["train"][0] in by_key and keys["test"][0] in by_key), None)
        pairs = {split: (by_key.get(x), by_key.get(y)) for split, (x, y) in keys.items()} if keys else {}
    pairs = {split: pair for split, pair in pairs.items() if isinstance(pair, list | tuple) and len(pair) == 2}
    arrays = {split: pair for split, pair in pairs.items() if isinstance(pair[0], np.ndarray)}
    if not set(LABELLED) <= set(arrays):
        raise StudyError(
            f"{printable(file)}: has no images and labels for training and for test, expected pairs of them, "
            "as in mnist.pkl.gz, or one file for each split: train.pk and test.pk"
        )
    notes = [Note(LEFT_OUT, {"count": len(arrays["validation"][0])})] if "validation" in arrays else []
    raws = {split: Raw(f"{printable(file)}: {split}", *arrays[split]) for split in LABELLED}
    raws["train"].notes += notes
    return Raws(raws)


def read(files: Files) -> Raws:
    """Return the contents of the pickles of a data set."""
    if "archive" in files:
        try:
            return _read_whole(files["archive"][0])
        except StudyError as error:
            return Raws({}, list(error.sentences))
    return read_each(files, _read_split)
