"""The course's pickles, of any protocol and of Python 2 or 3: train, test and unlabeled, or X1 ... X5."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import Split
from lib.datasets.faults import one_line
from lib.datasets.images import Stacked
from lib.datasets.reading import read_each
from lib.datasets.recognition import PICKLE_STARTS, Files, by_split
from lib.datasets.unpickling import unpickled
from lib.datasets.validation import Raw
from lib.errors import StudyError

PARTS = tuple(f"X{number}.pk" for number in range(1, 6))  # the unlabelled images of the course's Python 2.7 folder
SUFFIXES = (".pk", ".pkl", ".pickle")


def plain(file: str, data: mmap.mmap | bytes) -> Any:
    """The plain value of the bytes of one pickle, which a file of this name holds; long arrays are views of them.

    Raises StudyError for bytes that are no complete pickle of plain data.
    """
    try:
        return unpickled(data)
    except Exception as error:  # damaged bytes raise whatever the opcode that they became raises
        foreign = len(data) and data[:1] not in PICKLE_STARTS
        found = f"starts with {bytes(data[:12])!r}" if foreign else one_line(str(error) or type(error).__name__)
        raise StudyError(f"{file}: not a whole pickle of plain data ({found}), expected a dict with X") from None


def unpickle(path: Path) -> Any:
    """The plain value of one pickle; long arrays are read-only views of the file.

    Raises StudyError for a file that is no complete pickle of plain data.
    """
    try:
        with path.open("rb") as file:
            # an empty file cannot be mapped
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if path.stat().st_size else b""
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error.strerror}), expected a pickle file") from None
    return plain(str(path), data)


def decoded(key: Any) -> str:
    """A key as text; the keys of Python 2 are bytes."""
    return key.decode("latin-1") if isinstance(key, bytes) else str(key)


def read_pickle(path: Path) -> dict[str, Any]:
    """Contents of one pickle with text keys; a bare matrix becomes ``{"X": matrix}``.

    Raises StudyError for a file that is no complete pickle of plain data.
    """
    return with_text_keys(str(path), unpickle(path))


def with_text_keys(file: str, contents: Any) -> dict[str, Any]:
    """A dict with text as keys; a bare matrix becomes ``{"X": matrix}``. Raises StudyError for anything else."""
    if isinstance(contents, np.ndarray):
        return {"X": contents}
    if not isinstance(contents, dict):
        raise StudyError(f"{file}: holds a {type(contents).__name__}, expected a dict with X, or a matrix")
    return {decoded(key): value for key, value in contents.items()}


def _images(path: str, contents: dict[str, Any], key: str = "X") -> np.ndarray:
    if key not in contents:
        keys = ", ".join(sorted(contents)[:10])[:200]
        raise StudyError(f"{path}: has the keys {keys or 'none'}, expected {key} with the images")
    if not isinstance(contents[key], np.ndarray):
        raise StudyError(f"{path}: {key} is a {type(contents[key]).__name__}, expected a matrix of uint8")
    return contents[key]


def stacked(paths: list[str], parts: list[np.ndarray]) -> Any:
    """Matrices of several files, one after the other. Raises StudyError if their rows differ."""
    if len(parts) == 1:
        return parts[0]
    shapes = [part.shape[1:] for part in parts]
    if len(set(shapes)) > 1 or len({part.dtype for part in parts}) > 1 or not shapes[0]:
        raise StudyError(
            f"{', '.join(paths)}: images have rows of the shapes {shapes}, expected equal rows of the same dtype"
        )
    return Stacked(parts)


def _read_split(split: str, paths: list[str]) -> Raw:
    contents = [read_pickle(Path(path)) for path in paths]
    images = stacked(paths, [_images(path, found) for path, found in zip(paths, contents, strict=True)])
    found = {key: contents[0].get(key) for key in ("y", "class_names", "fold_indices")}
    return Raw(", ".join(paths), images, found["y"], found["class_names"], found["fold_indices"])


def find(source: Path) -> Files | None:
    """The pickles by split that a folder is expected to hold: X1.pk ... X5.pk where there is no unlabeled.pk."""
    files = by_split(source, {"pickle"}, SUFFIXES)
    parts = [str(source / part) for part in PARTS if (source / part).is_file()]
    if files and parts and not Path(files["unlabeled"][0]).is_file():
        files["unlabeled"] = parts
    return files


def read(files: Files) -> dict[str, Split]:
    """The splits of a data set. Raises StudyError with a sentence for each fault of all the files."""
    return read_each(files, _read_split)
