"""MNIST and Fashion-MNIST: idx files, packed by gzip or not, with grey images of uint8."""

from __future__ import annotations

import gzip
from math import prod
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from lib.datasets import Split
from lib.datasets.faults import told_of
from lib.datasets.images import Streamed
from lib.datasets.reading import DEFLATE, read_each
from lib.datasets.recognition import Files, kind
from lib.datasets.validation import Raw
from lib.errors import StudyError

_FILES = ("idx images", "idx labels")
_NAMES = {"train": ("train",), "test": ("t10k", "test")}


def find(source: Path) -> Files | None:
    """Images and labels by split: files that start with train, and with t10k or test."""
    if not source.is_dir():
        return None
    candidates = sorted(p for p in source.iterdir() if p.is_file() and p.name.startswith(("train", "t10k", "test")))
    kinds = {path: kind(path) for path in candidates}
    files: Files = {}
    for split, starts in _NAMES.items():
        found = [next((p for p in candidates if kinds[p] == k and p.name.startswith(starts)), None) for k in _FILES]
        names = [f"{starts[0]}-images-idx3-ubyte", f"{starts[0]}-labels-idx1-ubyte"]
        files[split] = [str(path or source / name) for path, name in zip(found, names, strict=True)]
    return files if any(found in _FILES for found in kinds.values()) else None


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return cast(BinaryIO, gzip.open(path)) if packed else path.open("rb")


def read_idx(path: Path, dimensions: int) -> Any:
    """The array of an idx file of uint8, as a source of lib.datasets.images. Raises StudyError."""
    with told_of(str(path), f"an idx file of uint8 with {dimensions} dimensions"):
        size = path.stat().st_size
        with _opened(path) as file:
            packed = isinstance(file, gzip.GzipFile)
            magic, header = file.read(4), file.read(4 * dimensions)
            if magic != bytes([0, 0, 8, dimensions]) or len(header) < 4 * dimensions:
                raise ValueError("another header")
            shape = tuple(np.frombuffer(header, ">u4").tolist())
            start, claimed = 4 + 4 * dimensions, prod(shape)
            if claimed > size * (DEFLATE if packed else 1):
                raise ValueError(f"claims the shape {shape} in {size} bytes")
            step, there = 2**24, 0
            if packed:  # what it really holds shows only when it is unpacked
                while there <= claimed and (block := file.read(min(step, claimed + 1 - there))):
                    there += len(block)
            else:
                there = size - start
        if there != claimed:
            beyond = "more" if there > claimed else f"{there}"
            raise StudyError(f"{path}: claims the shape {shape} but holds {beyond} values, expected {claimed}")
        if not packed and claimed:
            return np.memmap(path, np.uint8, "r", start, shape)

    def at_start() -> BinaryIO:
        stream = _opened(path)
        stream.seek(start)
        return stream

    return Streamed(str(path), at_start, shape)


def _read_split(split: str, paths: list[str]) -> Raw:
    images, labels = read_idx(Path(paths[0]), 3), read_idx(Path(paths[1]), 1)
    with told_of(paths[1], "labels"):
        return Raw(", ".join(paths), images, np.asarray(labels[0 : labels.shape[0]]), first_label=0)
    raise AssertionError


def read(files: Files) -> dict[str, Split]:
    """The splits of the data set; the training images serve as unlabelled ones. Raises StudyError."""
    return read_each(files, _read_split)
