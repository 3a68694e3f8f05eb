"""CIFAR-10 and CIFAR-100 in their Python form, in a folder or inside the official archive.

Pickled batches hold rows with one channel after the other, each row-major. The classes of CIFAR-100 are the fine ones.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lib.datasets import LABELLED, Split
from lib.datasets.archives import archives_at, first_members, members_of
from lib.datasets.faults import told_of
from lib.datasets.pickles import decoded, plain, read_pickle, stacked, with_text_keys
from lib.datasets.reading import read_each
from lib.datasets.recognition import Files, kind
from lib.datasets.validation import Raw
from lib.errors import StudyError


class Variant(NamedTuple):
    """Names of the files, and of the keys in them, of one of the two data sets."""

    folder: str
    archive: str
    files: dict[str, tuple[str, ...]]
    labels: str
    names: str


VARIANTS = (
    Variant(
        "cifar-10-batches-py",
        "cifar-10-python.tar.gz",
        {
            "train": tuple(f"data_batch_{number}" for number in range(1, 6)),
            "test": ("test_batch",),
            "names": ("batches.meta",),
        },
        "labels",
        "label_names",
    ),
    Variant(
        "cifar-100-python",
        "cifar-100-python.tar.gz",
        {"train": ("train",), "test": ("test",), "names": ("meta",)},
        "fine_labels",
        "fine_label_names",
    ),
)
_LARGEST = 2**29  # bytes of all batches of an archive, which are in memory at once: three times what they have

Contents = Callable[[str], dict[str, Any]]


def find(source: Path) -> Files | None:
    """The batches by split, in the folder or in its subfolder of the official archive, or that archive."""
    for variant in VARIANTS:
        for folder in (source, source / variant.folder):
            paths = {group: [folder / name for name in names] for group, names in variant.files.items()}
            if any(path.is_file() and kind(path) == "pickle" for path in paths["train"]):
                if not paths["names"][0].is_file():
                    del paths["names"]
                return {group: list(map(str, found)) for group, found in paths.items()}
    for variant in VARIANTS:
        for path in archives_at(source, variant.archive):
            parts = {part for name in first_members(path) for part in name.split("/")}
            if variant.folder in parts or path.name == variant.archive:
                return {"archive": [str(path)]}
    return None


def _in_archive(path: str) -> tuple[Variant, Files, Contents]:
    """The variant that an archive holds, its files by split, and what gives the contents of each."""
    everything = {name for variant in VARIANTS for names in variant.files.values() for name in names}
    archive = members_of(path, everything)
    held = lambda variant: sum(name in archive.sizes for name in variant.files["train"])  # noqa: E731
    variant = max(VARIANTS, key=held)
    there = [name for names in variant.files.values() for name in names if name in archive.sizes]
    with told_of(path, f"the batches of {variant.archive}"):
        if (size := sum(archive.sizes[name] for name in there)) > _LARGEST:
            raise ValueError(f"batches of {size} bytes")
        found = {f"{path}: {name}": b"".join(blocks) for name, blocks in archive.each(there)}

    def contents(file: str) -> dict[str, Any]:
        if file not in found:
            raise StudyError(f"{file}: not found, expected a file of {variant.archive}")
        return with_text_keys(file, plain(file, found[file]))

    files = {group: [f"{path}: {name}" for name in names] for group, names in variant.files.items()}
    if files["names"][0] not in found:  # as in a folder, the names of the classes may be missing
        del files["names"]
    return variant, files, contents


def _batch(file: str, contents: dict[str, Any], variant: Variant) -> tuple[np.ndarray, list[Any]]:
    data, labels = contents.get("data"), contents.get(variant.labels)
    if not isinstance(data, np.ndarray) or data.ndim != 2:
        raise StudyError(f"{file}: has no matrix data, expected images of 3072 values a row")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise StudyError(f"{file}: has no list of {len(data)} {variant.labels}, expected one for each image")
    return data, labels


def _names(file: str, contents: Contents, variant: Variant) -> list[str]:
    found = contents(file).get(variant.names)
    if not isinstance(found, list) or not all(isinstance(name, str | bytes) for name in found):
        raise StudyError(f"{file}: has no list {variant.names}, expected the names of the classes")
    return [decoded(name) for name in found]


def read(files: Files) -> dict[str, Split]:
    """The splits of the data set; the training images serve as unlabelled ones. Raises StudyError."""
    contents: Contents = lambda file: read_pickle(Path(file))  # noqa: E731
    if "archive" in files:
        variant, files, contents = _in_archive(files["archive"][0])
    else:
        variant = next(v for v in VARIANTS if Path(files["test"][0]).name in v.files["test"])
    names: list[str] | None = None
    faults: list[str] = []
    if "names" in files:
        try:
            names = _names(files["names"][0], contents, variant)
        except StudyError as error:
            faults += error.sentences

    def read_split(split: str, paths: list[str]) -> Raw:
        batches = [_batch(path, contents(path), variant) for path in paths]
        labels = [label for _, labels in batches for label in labels]
        images = stacked(paths, [data for data, _ in batches])
        return Raw(", ".join(paths), images, labels, names, layout="planes", first_label=0)

    return read_each({split: files[split] for split in LABELLED}, read_split, faults)
