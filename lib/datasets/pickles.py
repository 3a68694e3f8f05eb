"""Reading of the course's pickles, of any protocol and of Python 2 or 3, without running code from them."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import LABELLED, Split, check_together, checked_split
from lib.errors import StudyError

PARTS = tuple(f"X{number}.pk" for number in range(1, 6))  # the unlabelled images of the course's Python 2.7 folder


def _latin1(text: str, encoding: str) -> bytes:
    """What ``_codecs.encode`` is for in a pickle: bytes written as text by protocols 0 to 2."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"encodes text as {encoding!r}")
    return text.encode("latin-1")


def _plain_dtype(*arguments: Any) -> np.dtype:
    dtype = np.dtype(*arguments)
    if dtype.kind not in "biufSU":
        raise pickle.UnpicklingError(f"holds an array of dtype {dtype}")
    return dtype


# Every way that NumPy itself writes arrays, dtypes and scalars: nothing else is ever called.
_MULTIARRAY = ("numpy.core.multiarray", "numpy._core.multiarray")
_ALLOWED: dict[tuple[str, str], Any] = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _plain_dtype,
    ("_codecs", "encode"): _latin1,
    ("builtins", "bytes"): bytes,
    ("__builtin__", "bytes"): bytes,
    ("builtins", "bytearray"): bytearray,
    **{(module, "_reconstruct"): np._core.multiarray._reconstruct for module in _MULTIARRAY},  # type: ignore[attr-defined]
    **{(module, "scalar"): np._core.multiarray.scalar for module in _MULTIARRAY},  # type: ignore[attr-defined]
    **{
        (module, "_frombuffer"): np._core.numeric._frombuffer  # type: ignore[attr-defined]
        for module in ("numpy.core.numeric", "numpy._core.numeric")
    },
}


class PlainUnpickler(pickle.Unpickler):
    """Builds containers, text, numbers and arrays of numbers or text; refuses everything else by name."""

    def find_class(self, module: str, name: str) -> Any:
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"names {module}.{name}") from None

    def persistent_load(self, pid: Any) -> Any:
        raise pickle.UnpicklingError("refers to an object outside the file")


def _decoded(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def read_pickle(path: Path) -> dict[str, Any]:
    """Contents of one pickle with text keys; a bare matrix becomes ``{"X": matrix}``.

    Raises StudyError for a file that is no complete pickle of plain data.
    """
    try:
        with path.open("rb") as file:
            contents = PlainUnpickler(file, encoding="latin1").load()
    except OSError as error:
        raise StudyError(f"{path}: cannot be read ({error.strerror}), expected a pickle file") from None
    except Exception as error:  # damaged bytes raise whatever the opcode that they became raises
        found = str(error) or type(error).__name__
        raise StudyError(f"{path}: no complete pickle of plain data ({found}), expected a dict with X") from None
    if isinstance(contents, np.ndarray):
        return {"X": contents}
    if not isinstance(contents, dict):
        raise StudyError(f"{path}: holds a {type(contents).__name__}, expected a dict with X, or a matrix")
    contents = {str(_decoded(key)): value for key, value in contents.items()}
    if "class_names" in contents:
        contents["class_names"] = [_decoded(name) for name in np.ravel(contents["class_names"]).tolist()]
    return contents


def read_splits(files: dict[str, Sequence[str]]) -> dict[str, Split]:
    """The splits of a data set; unlabelled images may lie in several files.

    files: paths by split. Raises StudyError with a sentence for each fault of all the files.
    """
    splits: dict[str, Split] = {}
    faults: list[str] = []
    for name, paths in files.items():
        parts = []
        for path in paths:
            try:
                parts.append(checked_split(read_pickle(Path(path)), path, labelled=name in LABELLED))
            except StudyError as error:
                faults += error.sentences
        if len(parts) == len(paths) == 1:
            splits[name] = parts[0]
        elif len(parts) == len(paths):
            widths = {path: part.images.shape[1] for path, part in zip(paths, parts, strict=True)}
            if len(set(widths.values())) > 1:
                faults.append(
                    f"{', '.join(paths)}: images have rows of {list(widths.values())} values, expected equal rows"
                )
            else:
                splits[name] = Split(np.concatenate([part.images for part in parts]))
    if faults:
        raise StudyError(*faults)
    check_together(splits, {name: ", ".join(paths) for name, paths in files.items()})
    return splits


def raw_files(folder: str) -> dict[str, list[str]]:
    """The pickles by split that a folder is expected to hold: X1.pk ... X5.pk where there is no unlabeled.pk."""
    base = Path(folder)
    parts = [str(base / part) for part in PARTS if (base / part).is_file()]
    whole = base / "unlabeled.pk"
    return {
        "train": [str(base / "train.pk")],
        "test": [str(base / "test.pk")],
        "unlabeled": [str(whole)] if whole.is_file() or not parts else parts,
    }
