"""CIFAR-10 and CIFAR-100 in their Python, MATLAB and binary versions, in a folder or inside the official archive.

An image is a row of three channel planes, each row-major. The classes of CIFAR-100 are the fine classes.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.classes import as_text
from lib.datasets.faults import faults_of_file
from lib.datasets.forms.matlab import plain_cells, variables_in
from lib.datasets.forms.pickles import concatenated, read_pickle, unpickle_bytes, with_text_keys
from lib.datasets.parsers.archives import archives_at, first_members, members_of
from lib.datasets.parsers.mat5 import check_stream
from lib.datasets.parsers.reading import read_each
from lib.datasets.parsers.recognition import Files, kind
from lib.datasets.splits import LABELLED
from lib.datasets.validation import Raw, Raws

WIDTH = 3072  # values per image
_LARGEST = 2**29  # bytes of all batches of an archive, which are in memory at once: three times the official size


class Variant(NamedTuple):
    """One version of CIFAR-10 or CIFAR-100: the names of its files and of the keys in them.

    kind: of the files: pickle, matlab, or None for binary records. extra: labels in a record before the one that is
    used.
    """

    folder: str
    archive: str
    kind: str | None
    files: dict[str, tuple[str, ...]]
    labels: str
    names: str
    extra: int = 0


def _variants() -> tuple[Variant, ...]:
    ten, hundred = ("labels", "label_names"), ("fine_labels", "fine_label_names")
    batches = [f"data_batch_{number}" for number in range(1, 6)]
    found = []
    for form, short, kind_of, suffix in (("python", "py", "pickle", ""), ("matlab", "mat", "matlab", ".mat")):
        files = {
            "train": tuple(f"{name}{suffix}" for name in batches),
            "test": (f"test_batch{suffix}",),
            "names": (f"batches.meta{suffix}",),
        }
        found.append(Variant(f"cifar-10-batches-{short}", f"cifar-10-{form}.tar.gz", kind_of, files, *ten))
        files = {"train": (f"train{suffix}",), "test": (f"test{suffix}",), "names": (f"meta{suffix}",)}
        found.append(Variant(f"cifar-100-{form}", f"cifar-100-{form}.tar.gz", kind_of, files, *hundred))
    files = {
        "train": tuple(f"{name}.bin" for name in batches),
        "test": ("test_batch.bin",),
        "names": ("batches.meta.txt",),
    }
    found.append(Variant("cifar-10-batches-bin", "cifar-10-binary.tar.gz", None, files, *ten))
    files = {"train": ("train.bin",), "test": ("test.bin",), "names": ("fine_label_names.txt",)}
    found.append(Variant("cifar-100-binary", "cifar-100-binary.tar.gz", None, files, *hundred, extra=1))
    return tuple(found)


VARIANTS = _variants()

Contents = Callable[[str], dict[str, Any]]


def find(source: Path) -> Files | None:
    """Return the batches by split in a folder or its subfolder with the official name, or the archive.

    The path may be the archive itself. Returns None for another form.
    """
    for variant in VARIANTS:
        for folder in (source, source / variant.folder):
            paths = {group: [folder / name for name in names] for group, names in variant.files.items()}
            if any(_is_batch(path, variant) for path in paths["train"]):
                if not paths["names"][0].is_file():
                    del paths["names"]
                return {group: list(map(str, found)) for group, found in paths.items()}
    for variant in VARIANTS:
        for path in archives_at(source, variant.archive):
            parts = {part for name in first_members(path) for part in name.split("/")}
            if variant.folder in parts or path.name == variant.archive:
                return {"archive": [str(path)]}
    return None


def _is_batch(path: Path, variant: Variant) -> bool:
    """Whether a file can be a batch of training images of a version."""
    if not path.is_file():
        return False
    if variant.kind is None:  # records have no signature, but a known length
        return kind(path) is None and path.stat().st_size % (WIDTH + 1 + variant.extra) == 0 < path.stat().st_size
    if kind(path) != variant.kind:
        return False
    return variant.kind == "pickle" or variant.labels in variables_in(path)


def _variant_of(names: set[str]) -> Variant:
    """Return the version with the most training files among these names."""
    return max(VARIANTS, key=lambda variant: sum(name in names for name in variant.files["train"]))


def _parsed(file: str, data: bytes, variant: Variant) -> dict[str, Any]:
    """Return the contents of a file from its bytes. Raises StudyError for damaged bytes."""
    if variant.kind == "pickle":
        return with_text_keys(file, unpickle_bytes(file, data))
    with faults_of_file(file, f"a file of {variant.archive}"):
        if variant.kind == "matlab":
            return _from_mat(data, variant)
        if file.endswith(".txt"):
            return {variant.names: [line.strip() for line in data.decode().splitlines() if line.strip()]}
        size = WIDTH + 1 + variant.extra
        if not data or len(data) % size:
            raise ValueError(f"{len(data)} bytes, not a multiple of {size}")
        records = np.frombuffer(data, np.uint8).reshape(-1, size)
        return {"data": records[:, -WIDTH:], variant.labels: records[:, variant.extra].tolist()}


def _from_mat(data: bytes, variant: Variant) -> dict[str, Any]:
    from scipy.io import loadmat

    wanted = ["data", variant.labels, variant.names]
    check_stream(io.BytesIO(data), len(data), wanted)
    found = loadmat(io.BytesIO(data), variable_names=wanted, appendmat=False, verify_compressed_data_integrity=True)
    contents = {name: plain_cells(found[name]) for name in wanted if name in found}
    if isinstance(labels := contents.get(variant.labels), np.ndarray):
        contents[variant.labels] = labels.ravel().tolist()
    return contents


def _in_archive(path: str) -> tuple[Variant, Files, Contents]:
    """Return the version that an archive holds, its files by split, and a function that returns a file's contents."""
    known = {name for variant in VARIANTS for names in variant.files.values() for name in names}
    archive = members_of(path, known)
    variant = _variant_of(set(archive.sizes))
    members = [name for names in variant.files.values() for name in names if name in archive.sizes]
    with faults_of_file(path, f"the batches of {variant.archive}"):
        if (size := sum(archive.sizes[name] for name in members)) > _LARGEST:
            raise ValueError(f"batches of {size} bytes")
        found = {f"{path}: {name}": b"".join(blocks) for name, blocks in archive.members(members)}

    def contents(file: str) -> dict[str, Any]:
        if file not in found:
            raise StudyError(f"{file}: not found, expected a file of {variant.archive}")
        return _parsed(file, found[file], variant)

    files = {group: [f"{path}: {name}" for name in names] for group, names in variant.files.items()}
    if files["names"][0] not in found:  # the class names may be missing, as in a folder
        del files["names"]
    return variant, files, contents


def _batch(file: str, contents: dict[str, Any], variant: Variant) -> tuple[np.ndarray, list[Any]]:
    data, labels = contents.get("data"), contents.get(variant.labels)
    if not isinstance(data, np.ndarray) or data.ndim != 2:
        raise StudyError(f"{file}: has no matrix data, expected rows of {WIDTH} values, one for each image")
    if not isinstance(labels, list) or len(labels) != len(data):
        raise StudyError(f"{file}: has no list of {len(data)} {variant.labels}, expected one for each image")
    return data, labels


def _names(file: str, contents: Contents, variant: Variant) -> list[str]:
    found = contents(file).get(variant.names)
    if not isinstance(found, list) or not all(isinstance(name, str | bytes) for name in found):
        raise StudyError(f"{file}: has no list {variant.names}, expected the names of the classes")
    return [as_text(name) for name in found]


def read(files: Files) -> Raws:
    """Return the contents of the batches; there are no unlabelled images. Raises StudyError for a refused archive."""
    if "archive" in files:
        variant, files, contents = _in_archive(files["archive"][0])
    else:
        variant = _variant_of({Path(path).name for path in files["train"]})

        def contents(file: str) -> dict[str, Any]:
            if variant.kind == "pickle":
                return read_pickle(Path(file))
            with faults_of_file(file, f"a file of {variant.archive}"):
                return _parsed(file, Path(file).read_bytes(), variant)

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
        images = concatenated(paths, [data for data, _ in batches])
        return Raw(", ".join(paths), images, labels, names, layout="planes", first_label=0)

    return read_each({split: files[split] for split in LABELLED}, read_split, faults)
