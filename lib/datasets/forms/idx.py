"""MNIST and similar data sets: idx files, compressed by gzip or not, with grey images of uint8.

The images of EMNIST are column-major, and a file next to them maps its labels to characters.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import data_in
from lib.datasets.images import Streamed
from lib.datasets.parsers.reading import DEFLATE, read_each
from lib.datasets.parsers.recognition import Files, is_packed, kind, unpacked_size
from lib.datasets.splits import LABELLED
from lib.datasets.validation import Raw, Raws

_FILES = {"idx images": "images", "idx labels": "labels"}
_EXPECTED = {"train": "train", "test": "t10k"}
# as in emnist-letters-train-images-idx3-ubyte.gz: data set, split, images or labels
_NAME = re.compile(r"(?P<set>.*?)(?P<split>train|t10k|test)[-_.]?(?P<what>images|labels)?(?P<rest>.*)", re.I | re.S)
_MAPPING = "mapping.txt"
_COLUMNS = "emnist"  # start of the names of data sets with column-major images


def find(source: Path) -> Files | None:
    """Return images and labels by split: idx files with train, and t10k or test, in their names.

    If a compressed file and its unpacked copy are there, the copy is used. Returns None for another form. Raises
    StudyError for several data sets.
    """
    if not source.is_dir():
        return None
    sets: dict[str, dict[tuple[str, str], Path]] = {}
    recognised = set()
    for path in _candidates(source):
        match = _NAME.fullmatch(path.name)
        if not match or not path.is_file():
            continue
        what = _FILES.get(kind(path) or "") or (match["what"] if "ubyte" in match["rest"].lower() else None)
        if what is None:
            continue
        if kind(path) in _FILES:
            recognised.add(match["set"])
        split = "train" if match["split"].lower() == "train" else "test"
        found = sets.setdefault(match["set"], {})
        found[split, what] = _one_copy(found[split, what], path) if (split, what) in found else path
    if len(recognised) > 1:
        raise StudyError(
            f"{source}: holds the data sets {', '.join(sorted(name.strip('-_.') or 'mnist' for name in recognised))}, "
            "expected one; put each into a separate folder"
        )
    if not recognised:
        return None
    name = recognised.pop()
    files = {
        split: [str(_expected(source, name, sets[name], split, what)) for what in _FILES.values()] for split in LABELLED
    }
    mapping = source / f"{name}{_MAPPING}"
    return files | ({"names": [str(mapping)]} if mapping.is_file() else {})


def _candidates(source: Path) -> Iterator[Path]:
    """Yield the files of a folder. Some programs unpack a file into a folder of the same name: then that file."""
    for path in data_in(source):
        yield path / path.name if path.is_dir() else path


def _one_copy(one: Path, other: Path) -> Path:
    """Return the unpacked one of a file and its compressed copy. Raises StudyError if their sizes do not match."""
    plain, packed = sorted((one, other), key=lambda path: path.suffix == ".gz")
    if plain.suffix == ".gz" or packed.suffix != ".gz" or unpacked_size(packed) != plain.stat().st_size:
        raise StudyError(
            f"{plain} and {packed}: differ, expected one file or a compressed copy of it; move one elsewhere"
        )
    return plain


def _expected(source: Path, name: str, found: dict[tuple[str, str], Path], split: str, what: str) -> Path:
    number = 3 if what == "images" else 1
    return found.get((split, what), source / f"{name}{_EXPECTED[split]}-{what}-idx{number}-ubyte")


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if is_packed(path) else path.open("rb")


def read_idx(path: Path, dimensions: int) -> Any:
    """Return the array of an idx file of uint8 as a source of lib.datasets.images.

    Raises StudyError for damaged files and for a size that is not the one in the header.
    """
    with faults_of_file(str(path), f"an idx file of uint8 with {dimensions} dimensions"):
        size = path.stat().st_size
        with _opened(path) as file:
            packed = isinstance(file, gzip.GzipFile)
            magic, header = file.read(4), file.read(4 * dimensions)
            if magic != bytes([0, 0, 8, dimensions]) or len(header) < 4 * dimensions:
                raise ValueError("has another header")
            shape = tuple(np.frombuffer(header, ">u4").tolist())
            start, claimed = 4 + 4 * dimensions, prod(shape)
            if claimed > size * (DEFLATE if packed else 1):
                raise ValueError(f"claims the shape {shape} in {size} bytes")
            step, held = 2**24, 0
            if packed:  # the number of values is known only after unpacking
                while held <= claimed and (block := file.read(min(step, claimed + 1 - held))):
                    held += len(block)
            else:
                held = size - start
        if held != claimed:
            count = "more" if held > claimed else f"{held}"
            raise StudyError(f"{path}: claims the shape {shape} but holds {count} values, expected {claimed}")
        if not packed and claimed:
            return np.memmap(path, np.uint8, "r", start, shape)

    def at_start() -> BinaryIO:
        stream = _opened(path)
        stream.seek(start)
        return stream

    return Streamed(str(path), at_start, shape)


def _mapping(path: Path) -> tuple[list[str], int]:
    """Return the class names and the label of the first class from lines of a label and a character code."""
    with faults_of_file(str(path), "a label and the code of a character on each line"):
        lines = [line.split() for line in path.read_text("ascii").splitlines() if line.strip()]
        labels = [int(line[0]) for line in lines]
        if not labels or labels != list(range(labels[0], labels[0] + len(labels))):
            raise ValueError("holds labels that are not consecutive")
        return [chr(int(line[1])) for line in lines], labels[0]


def read(files: Files) -> Raws:
    """Return the contents of the files of a data set; there are no unlabelled images."""
    faults: list[str] = []
    names: list[str] | None = None
    first = 0
    if "names" in files:
        try:
            names, first = _mapping(Path(files["names"][0]))
        except StudyError as error:
            faults += error.sentences

    def read_split(split: str, paths: list[str]) -> Raw:
        images, labels = read_idx(Path(paths[0]), 3), read_idx(Path(paths[1]), 1)
        layout = "transposed" if Path(paths[0]).name.lower().startswith(_COLUMNS) else "interleaved"
        with faults_of_file(paths[1], "labels"):
            found = np.asarray(labels[0 : labels.shape[0]])
        return Raw(", ".join(paths), images, found, names, layout=layout, first_label=first)

    return read_each({split: files[split] for split in LABELLED}, read_split, faults)
