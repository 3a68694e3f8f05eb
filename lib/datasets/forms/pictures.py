"""Pictures in folders, or in a zip or tar archive of folders, in one of the layouts of lib.datasets.forms.layouts.

All images have the same side: the shorter side of the smallest picture, so that none is enlarged, but at most MAX_SIDE.
A picture is reduced until its shorter side fits, and the middle of its longer side is kept. Transparent parts become
white. The images are grey if all pictures are grey.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import numpy as np

from lib.base.errors import StudyError
from lib.datasets.faults import faults_of_file
from lib.datasets.files import data_in, normalised_name, printable
from lib.datasets.forms.layouts import SUFFIXES, Arranged, Layout, arrange, layout_of, suffixes_of
from lib.datasets.notes import N_, Note
from lib.datasets.parsers.decoding import FORMATS, MAX_PIXELS, Header, decode, read_deep_values, read_header, scale_of
from lib.datasets.parsers.recognition import Files, kind, start_of
from lib.datasets.parsers.trees import FolderTree, Tree, members_at, tree_at
from lib.datasets.splits import LABELLED, WHOLE
from lib.datasets.validation import Raw, Raws

MAX_SIDE = 96  # pixels: as in STL-10
MIN_SIDE = 8  # pixels: a patch has to fit
_EXPECTED = (
    f"a picture ({', '.join(FORMATS)}) of at least {MIN_SIDE} pixels a side and at most {MAX_PIXELS:,} pixels in all"
)
_MUCH_SMALLER = 0.5  # of the median side: if the smallest picture is smaller, a note says so


class PictureSource:
    """Pictures of any size as a source (N, side, side, channels) of uint8, decoded when they are read.

    names: of the pictures in the tree. scales: for pictures of more than 8 bits, the value that becomes white. faults:
    a sentence for each picture that turned out to be damaged; its pixels are 0.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, tree: Tree, names: Sequence[str], side: int, channels: int, scales: dict[str, int]) -> None:
        self.faults: list[str] = []
        self.shape = (len(names), side, side, channels)
        self._tree, self._names, self._side, self._scales = tree, names, side, scales

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = np.zeros((len(self._names[rows]), *self.shape[1:]), np.uint8)
        for row, name in zip(block, self._names[rows], strict=True):
            try:
                row[...] = self._picture(name).reshape(row.shape)
            except StudyError as error:
                self.faults += error.sentences
        return block

    def _picture(self, name: str) -> np.ndarray:
        from PIL import Image, ImageOps

        with faults_of_file(self._tree.path_of(name), _EXPECTED), self._tree.open(name) as file:
            picture = decode(file, self.shape[3] == 1, self._scales.get(name))
            fitted = ImageOps.fit(picture, (self._side, self._side), Image.Resampling.LANCZOS)
            return np.asarray(fitted, dtype=np.uint8)


def find(source: Path) -> Files | None:
    """Return the folders by split, None unless a folder train, test or validation holds class folders with pictures."""
    found = _folder_layout(source) if source.is_dir() else None
    if found is None or WHOLE in found.splits:
        return None
    return _files(source, found)


def find_whole(source: Path) -> Files | None:
    """Return a folder of class folders with pictures, or a zip or tar archive of pictures in a known layout, else None.

    Raises StudyError for several archives.
    """
    if source.is_dir():
        if found := _folder_layout(source):
            return _files(source, found)
        archives = [path for path in data_in(source) if path.is_file() and kind(path) in ("zip", "tar")]
        known = [path for path in archives if _archived(path)]
        if len(known) > 1:
            raise StudyError(
                f"{printable(source)}: holds the archives {', '.join(p.name for p in known)}, expected one: name it as "
                f"dataset, such as {printable(known[0])}"
            )
        return {"archive": [str(known[0])]} if known else None
    return {"archive": [str(source)]} if kind(source) in ("zip", "tar") and _archived(source) else None


def _folder_layout(source: Path) -> Layout | None:
    tree = FolderTree(source)
    return layout_of(tree.names, lambda name: _is_picture(tree, name))


def _files(source: Path, layout: Layout) -> Files:
    """Return the folders of a layout by split, including expected folders of labelled images that are missing."""
    root = source.joinpath(*layout.root)
    if WHOLE in layout.splits:
        return {split: [str(root / folder)] for split, folder in layout.splits.items()}
    wanted = {split: split for split in LABELLED} | layout.splits
    return {split: [str(root / folder)] for split, folder in wanted.items()}


def _archived(path: Path) -> bool:
    """Whether an archive holds pictures in a known layout, by the names of its first members."""
    names = members_at(path)
    if not names and path.suffix.lower() == ".zip":
        return True  # it is damaged: the sentence comes from reading it
    return layout_of(names, lambda name: False) is not None or any(
        PurePosixPath(name).suffix.lower() in SUFFIXES for name in names
    )


@dataclass
class _Headers:
    """Headers of pictures by name. others: files that are not pictures. faults: sentences about damaged pictures."""

    headers: dict[str, Header] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def _read_headers(tree: Tree, names: Sequence[str]) -> _Headers:
    """Return the headers of all files that are pictures by content.

    A file with a picture's suffix that is not a picture is a fault; other such files are left out.
    """
    from PIL import UnidentifiedImageError
    from tqdm import tqdm

    found = _Headers()
    for name in tqdm(names, desc="headers of pictures", unit="file", disable=None, leave=False):
        try:
            with faults_of_file(tree.path_of(name), _EXPECTED), tree.open(name) as file:
                try:
                    header = read_header(file)
                except UnidentifiedImageError:
                    if PurePosixPath(name).suffix.lower() not in SUFFIXES:
                        found.others.append(name)
                        continue
                    raise ValueError(_start(file)) from None
                if header.side < MIN_SIDE:
                    raise ValueError(f"{header.side} pixels")
            found.headers[name] = header
        except StudyError as error:
            found.faults += error.sentences
    return found


def _start(file: BinaryIO) -> str:
    file.seek(0)
    return start_of(file.read(64))


def read(files: Files) -> Raws:
    """Return the pictures by split, or labelled pictures that are not split yet.

    Raises StudyError for an unknown layout.
    """
    root = _root(files)
    tree = tree_at(root)
    layout = layout_of(tree.names, lambda name: _is_picture(tree, name))
    if layout is None:
        expected = "train/<class>/* and test/<class>/*, or <class>/*"
        raise StudyError(f"{printable(root)}: holds pictures in an unknown layout, expected {expected}")
    missing = [split for split in LABELLED if WHOLE not in layout.splits and split not in layout.splits]
    unused = _unused(tree, layout)
    found_instead = f"; the other folders are {', '.join(sorted(unused)[:10])}" if unused else ""
    faults = [
        f"{tree.path_of('/'.join((*layout.root, split)))}: not found, expected a folder for each class{found_instead}"
        for split in missing
    ]
    faults += [f"{tree.path_of(name)}: is a link without a target, expected a file" for name in tree.broken]
    measured = _read_headers(tree, [name for name in tree.names if _belongs_to(name, layout)])
    headers = measured.headers
    names = [name for name in tree.names if name in headers]
    found = arrange(layout, names, tree.folders, tree.path_of)
    faults += measured.faults
    if "train" not in missing:  # without training images no class is known
        faults += found.faults
    for split, pictures in found.splits.items():
        if not pictures.names and not missing and not measured.faults:
            folder = "/".join((*layout.root, layout.splits[split])).strip("/")
            faults.append(f"{tree.path_of(folder)}: holds no pictures, expected {_EXPECTED}")
    if faults:
        return Raws({}, faults + _faults_of_pixels(tree, headers))
    scales, notes = _scales(tree, headers, faults)
    notes += _notes(layout, found, measured)
    if unused:
        text = N_("Pictures in folders that are no split are left out ({count}): {folders}.")
        names_of_folders = ", ".join(normalised_name(folder) for folder in sorted(unused)[:10])
        notes.append(Note(text, {"count": sum(unused.values()), "folders": names_of_folders}))
    side = min(MAX_SIDE, min((one.side for one in headers.values()), default=MAX_SIDE))
    channels = 1 if all(one.grey for one in headers.values()) else 3
    raws = {}
    for split, pictures in found.splits.items():
        source = PictureSource(tree, pictures.names, side, channels, scales)
        file = tree.path_of("/".join((*layout.root, layout.splits[split])).strip("/") or ".")
        raws[split] = Raw(file, source, pictures.labels, found.classes, first_label=0)
    next(iter(raws.values())).notes += notes
    return Raws(raws, faults)


def _faults_of_pixels(tree: Tree, headers: dict[str, Header]) -> list[str]:
    """Return a sentence for each picture whose pixels cannot be decoded.

    Pixels are usually decoded later. A data set that has other faults does not get that far, so they are checked here,
    and all faults are shown at once.
    """
    source = PictureSource(tree, list(headers), MIN_SIDE, 3, {name: 65535 for name, one in headers.items() if one.deep})
    for row in range(len(headers)):
        source[row : row + 1]
    return source.faults


def _root(files: Files) -> Path:
    """Return the folder or archive that holds all splits."""
    if "archive" in files:
        return Path(files["archive"][0])
    return Path(files[WHOLE][0]) if WHOLE in files else Path(files["train"][0]).parent


def _belongs_to(name: str, layout: Layout) -> bool:
    """Whether a file belongs to a split of the layout."""
    parts = PurePosixPath(name).parts
    depth = len(layout.root)
    if parts[:depth] != layout.root or len(parts) < depth + 2 or parts[depth] in layout.left_out:
        return False
    return WHOLE in layout.splits or parts[depth] in layout.splits.values()


def _unused(tree: Tree, layout: Layout) -> Counter[str]:
    """Return the number of files with the suffix of a picture in each folder next to the splits that is not one."""
    if WHOLE in layout.splits:
        return Counter()
    depth = len(layout.root)
    known = {*layout.splits.values(), *layout.left_out}
    paths = (PurePosixPath(name) for name in tree.names)
    inside = [one for one in paths if one.parts[:depth] == layout.root and len(one.parts) > depth + 1]
    return Counter(
        one.parts[depth] for one in inside if one.suffix.lower() in SUFFIXES and one.parts[depth] not in known
    )


def _is_picture(tree: Tree, name: str) -> bool:
    """Whether a file is a picture by its content."""
    try:
        with tree.open(name) as file:
            return bool(read_header(file).side)
    except Exception:  # what is not a picture raises exceptions of any kind
        return False


def _scales(tree: Tree, headers: dict[str, Header], faults: list[str]) -> tuple[dict[str, int], list[Note]]:
    """Return the value that becomes white in each picture of more than 8 bits, by name, and a note on it.

    It is the same for all of these pictures and depends on their largest value. Damaged pictures are added to the
    faults.
    """
    deep = [name for name, one in headers.items() if one.deep]
    largest = 0
    for name in deep:
        try:
            with faults_of_file(tree.path_of(name), _EXPECTED), tree.open(name) as file:
                values = read_deep_values(file)
                colours = values[..., :-1] if values.shape[2] in (2, 4) else values  # without alpha
                if colours.min() < 0:
                    raise ValueError(f"values down to {colours.min()}, expected at least 0")
                scale_of(int(colours.max()))
                largest = max(largest, int(colours.max()))
        except StudyError as error:
            faults += error.sentences
    if faults or not deep:
        return {}, []
    scale = scale_of(largest)
    text = N_(
        "Pictures of more than 8 bits ({count}): their values, up to {largest}, are read on the scale from 0 to "
        "{scale}."
    )
    return dict.fromkeys(deep, scale), [Note(text, {"count": len(deep), "largest": largest, "scale": scale})]


def _notes(layout: Layout, found: Arranged, measured: _Headers) -> list[Note]:
    """Return notes on what was left out or converted, and on a picture that is much smaller than the others."""
    notes = []
    if others := measured.others:
        text = N_("Files that cannot be read as pictures are left out ({count}): {suffixes}.")
        notes.append(Note(text, {"count": len(others), "suffixes": suffixes_of(others)}))
    for split, count in found.stray.items():
        text = N_("Pictures of {split} outside of every class folder are left out: {count}.")
        notes.append(Note(text, {"count": count, "split": split}))
    if found.empty:
        text = N_("Class folders without pictures are not classes ({count}): {classes}.")
        notes.append(Note(text, {"count": len(found.empty), "classes": ", ".join(found.empty[:10])}))
    for folder in layout.left_out:
        text = N_("The validation images in {folder} are left out: the data set has test images.")
        notes.append(Note(text, {"folder": normalised_name(folder)}))
    if layout.validation_as_test:
        text = N_("The validation images in {folder} are used as test images: the data set has no others.")
        notes.append(Note(text, {"folder": normalised_name(layout.splits["test"])}))
    if transparent := sum(one.transparent for one in measured.headers.values()):
        text = N_("Pictures with transparent parts, which become white: {count}.")
        notes.append(Note(text, {"count": transparent}))
    if animated := sum(one.animated for one in measured.headers.values()):
        text = N_("Pictures of several frames, of which the first is used: {count}.")
        notes.append(Note(text, {"count": animated}))
    sides = {name: one.side for name, one in measured.headers.items()}
    smallest = min(sides, key=lambda name: sides[name])
    median = statistics.median(min(side, MAX_SIDE) for side in sides.values())
    if sides[smallest] < _MUCH_SMALLER * median:
        text = N_(
            "The smallest picture, {picture}, has {side} pixels a side, and all pictures are reduced to that; half of "
            "them have at least {median}."
        )
        notes.append(Note(text, {"picture": printable(smallest), "side": sides[smallest], "median": int(median)}))
    return notes
