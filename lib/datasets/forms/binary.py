"""The official binary files of STL-10, in a folder or inside stl10_binary.tar.gz.

An image is three channel planes, each column-major. The files have no header: the size of an image is the size of the
training images divided by the number of labels, and unlabelled images have the same size. Files with the names and
sizes of the official files must also have their checksums.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.images import Streamed
from lib.datasets.origin import official
from lib.datasets.parsers.archives import SMALL, Archive, archives_at, first_members, members_of
from lib.datasets.parsers.recognition import Files, kind
from lib.datasets.validation import Raw, Raws

FOLDER = "stl10_binary"
ARCHIVE = f"{FOLDER}.tar.gz"
NAMES = {
    "train": ("train_X.bin", "train_y.bin"),
    "test": ("test_X.bin", "test_y.bin"),
    "unlabeled": ("unlabeled_X.bin",),
}
EXTRA = ("class_names.txt", "fold_indices.txt")
MEMBERS = (*(name for names in NAMES.values() for name in names), *EXTRA)
_OTHERS = ("matlab", "hdf5", "npy", "zip", "tar")  # kinds of file with a signature too long to be pixels by chance
_KEPT = {*EXTRA, *(names[1] for names in NAMES.values() if len(names) > 1)}


@dataclass
class _File:
    """A file of the data set, in a folder or in an archive.

    size: in bytes. read_all: returns its bytes. images: returns its images as a source, given the values per image.
    """

    name: str
    size: int
    read_all: Callable[[], bytes]
    images: Callable[[int], Any]

    def content(self) -> bytes:
        """Return the bytes of a small file. Raises StudyError for a large one."""
        with faults_of_file(self.name, "a small file"):
            if self.size > SMALL:
                raise ValueError(f"{self.size} bytes")
            return self.read_all()


def find(source: Path) -> Files | None:
    """Return the files by split in a folder or its subfolder stl10_binary, or the archive; None for another form.

    The path may be the archive itself.
    """
    for folder in (source, source / FOLDER):
        if all((folder / name).is_file() and kind(folder / name) not in _OTHERS for name in NAMES["train"]):
            wanted = {split: [folder / name for name in names] for split, names in NAMES.items()}
            if not wanted["unlabeled"][0].is_file():
                del wanted["unlabeled"]
            files = {split: list(map(str, paths)) for split, paths in wanted.items()}
            extra = [str(folder / name) for name in EXTRA if (folder / name).is_file()]
            return files | ({"names": extra} if extra else {})
    for path in archives_at(source, ARCHIVE):
        parts = {part for name in first_members(path) for part in name.split("/")}
        if parts & {*MEMBERS, FOLDER} or path.name == ARCHIVE:
            return {"archive": [str(path)]}
    return None


def _in_folder(files: Files) -> dict[str, _File]:
    found = {}
    for path in (Path(name) for names in files.values() for name in names):
        if path.is_file():
            found[path.name] = _File(
                str(path),
                path.stat().st_size,
                path.read_bytes,
                lambda width, path=path: np.memmap(path, np.uint8, "r").reshape(-1, width),  # type: ignore[misc]
            )
    return found


def _in_archive(archive: Archive) -> dict[str, _File]:
    path, found = archive.path, {}
    for name, size in archive.sizes.items():
        found[name] = _File(
            f"{path}: {name}",
            size,
            lambda name=name: archive.contents[name],  # type: ignore[misc]
            lambda width, name=name, size=size: Streamed(  # type: ignore[misc]
                f"{path}: {name}", lambda: archive.open(name), (size // width, width)
            ),
        )
    return found


def _width(files: dict[str, _File], faults: list[str]) -> int:
    """Return the number of values per image from the training files; 0 and a fault if they do not fit together."""
    images, labels = (files.get(name) for name in NAMES["train"])
    if not images or not labels:
        return 0
    width = images.size // labels.size if labels.size else 0
    side = isqrt(width // 3)
    if width and width * labels.size == images.size and 3 * side * side == width:
        return width
    faults.append(
        f"{images.name}: holds {images.size} bytes for the {labels.size} labels of {labels.name}, "
        "expected 3*d*d bytes for each label"
    )
    return 0


def read(files: Files) -> Raws:
    """Return the contents of the files of a data set. Files of an archive are in the order of the archive."""
    archive = files.get("archive", [""])[0]
    members = members_of(archive, MEMBERS, _KEPT) if archive else None
    found = _in_archive(members) if members else _in_folder(files)
    faults = _wrong_checksums(found, members)
    for name in (name for names in (NAMES["train"], NAMES["test"]) for name in names):
        if name not in found:
            path = f"{archive}: {name}" if archive else Path(files["train"][0]).with_name(name)
            faults.append(f"{path}: not found, expected a file of STL-10")
    width = _width(found, faults)
    names, folds = _names(found, faults), _folds(found, faults)
    raws = {}
    for split, (images, *labels) in NAMES.items():
        if not width or images not in found:
            continue
        file = found[images]
        if file.size == 0 or file.size % width:
            faults.append(f"{file.name}: holds {file.size} bytes, expected a multiple of {width}: the size of an image")
            continue
        content = None
        if labels and labels[0] in found:
            try:
                content = np.frombuffer(found[labels[0]].content(), np.uint8)
            except StudyError as error:
                faults += error.sentences
                continue
        elif labels:
            continue  # the missing file is a fault already
        raws[split] = Raw(file.name, file.images(width), content, names, folds if split == "train" else None, "columns")
    offsets = members.offsets if members else {}
    return Raws(dict(sorted(raws.items(), key=lambda item: offsets.get(NAMES[item[0]][0], 0))), faults)


def _wrong_checksums(files: dict[str, _File], members: Archive | None) -> list[str]:
    """Return a sentence for each file that has an official name and size but not the official checksum."""

    def md5s(names: list[str]) -> dict[str, str]:
        with faults_of_file(members.path if members else ", ".join(names), "the official files of STL-10"):
            if members:
                return {name: official.md5(blocks) for name, blocks in members.members(names)}
            return {name: official.md5_of(files[name].name) for name in names}

    if members and official.is_official_archive(members.path):
        return []
    sizes = {name: file.size for name, file in files.items()}
    return [f"{files[name].name}: {found}" for name, found in official.differences(sizes, md5s).items()]


def _lines(file: _File | None, faults: list[str]) -> list[str] | None:
    if file is None:
        return None
    try:
        with faults_of_file(file.name, "lines of text"):
            return [line for line in file.content().decode().splitlines() if line.strip()]
    except StudyError as error:
        faults += error.sentences
    return None


def _names(files: dict[str, _File], faults: list[str]) -> list[str] | None:
    lines = _lines(files.get(EXTRA[0]), faults)
    return lines and [line.strip() for line in lines]


def _folds(files: dict[str, _File], faults: list[str]) -> list[np.ndarray] | None:
    lines = _lines(files.get(EXTRA[1]), faults)
    if not lines:
        return None
    try:
        with faults_of_file(files[EXTRA[1]].name, "a line of row numbers for each fold"):
            return [np.array(line.split(), dtype=np.int64) for line in lines]
    except StudyError as error:
        faults += error.sentences
    return None
