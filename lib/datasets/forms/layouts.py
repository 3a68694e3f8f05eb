"""How pictures are arranged in folders: which split and which class each one belongs to.

Known are train/<class>/*, test/<class>/* and, if there are any, unlabeled/*, and <class>/* alone, which is split
into training and test images by the study's seed. Either may lie in a folder of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import PurePosixPath

from lib.base.errors import StudyError
from lib.datasets.files import as_name, shown
from lib.datasets.splits import LABELLED, WHOLE

SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".gif", ".webp", ".tif", ".tiff"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".apng"),
}
_NAMES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("test", "testing"), "test"),
    **dict.fromkeys(("val", "valid", "validation"), "validation"),
    **dict.fromkeys(("unlabeled", "unlabelled"), "unlabeled"),
}


@dataclass
class Layout:
    """Where pictures lie. root: the folders above, splits: the folder of each split ("" for all of them)."""

    root: tuple[str, ...]
    splits: dict[str, str]
    left_out: list[str] = field(default_factory=list)  # folders of validation images beside test images
    of_validation: bool = False  # whether validation images serve as test images


def layout_of(names: Iterable[str], is_picture: Callable[[str], bool]) -> Layout | None:
    """The layout of files with these relative paths, None if it is not a known one.

    is_picture: whether a file is a picture, asked for few files. Raises StudyError for two folders of one split.
    """
    return _layout([PurePosixPath(name).parts for name in names], (), is_picture)


def _layout(
    paths: Sequence[tuple[str, ...]], root: tuple[str, ...], is_picture: Callable[[str], bool]
) -> Layout | None:
    tops: dict[str, list[tuple[str, ...]]] = {}
    for parts in paths:
        if len(parts) > 1:
            tops.setdefault(parts[0], []).append(parts)

    def has_pictures(top: str, depth: int) -> bool:
        deep = [parts for parts in tops[top] if len(parts) >= depth]
        known = any(PurePosixPath(parts[-1]).suffix.lower() in SUFFIXES for parts in deep)
        return known or any(is_picture("/".join((*root, *parts))) for parts in deep[:20])

    splits: dict[str, str] = {}
    for top in tops:
        split = _NAMES.get(top.casefold())
        if split and split in splits:
            raise StudyError(f"{splits[split]} and {top}: two folders of the split {split}, expected one")
        if split:
            splits[split] = top
    if any(has_pictures(splits[split], 3) for split in (*LABELLED, "validation") if split in splits):
        folder = splits.pop("validation", None)
        if folder is None or "test" in splits:
            return Layout(root, splits, [folder] if folder else [])
        return Layout(root, splits | {"test": folder}, of_validation=True)
    if len(tops) == 1 and (top := next(iter(tops))) not in splits.values() and all(len(p) > 2 for p in tops[top]):
        return _layout([parts[1:] for parts in tops[top]], (*root, top), is_picture)
    classes = [top for top in tops if top not in splits.values() and has_pictures(top, 2)]
    inner = {parts[1].casefold() for top in classes for parts in tops[top] if len(parts) > 2}
    if inner & _NAMES.keys():  # folders that are split themselves are data sets, not classes
        return None
    if not classes or (len(classes) == 1 and len(tops) > 1):  # a folder of figures beside other things
        return None
    return Layout(root, {WHOLE: ""} | {split: top for split, top in splits.items() if split == "unlabeled"})


@dataclass
class Pictures:
    """The pictures of one split: their paths, and for labelled ones the number of the class of each."""

    names: list[str]
    labels: list[int] | None


@dataclass
class Arranged:
    """Pictures by split, the names of the classes, and what is not as expected.

    stray: how many files lie outside of every class, by split. faults: sentences.
    """

    splits: dict[str, Pictures]
    classes: list[str]
    empty: list[str]  # classes without any picture
    stray: Counter[str]
    faults: list[str]


def arranged(layout: Layout, names: Sequence[str], folders: Sequence[str], place: Callable[[str], str]) -> Arranged:
    """The files of a layout by split and class, each split in the order in which its files are named.

    names: files that are pictures. folders: all folders. place: where a path lies, for sentences.
    """
    found = Arranged({}, [], [], Counter(), [])
    inside: dict[str, list[tuple[str, str]]] = {split: [] for split in layout.splits}  # class folder and file
    of_top = {top: split for split, top in layout.splits.items() if top}
    depth = len(layout.root)
    for name in names:
        parts = PurePosixPath(name).parts
        if parts[:depth] != layout.root or len(parts) <= depth + 1:
            continue
        split = of_top.get(parts[depth], WHOLE)
        if split not in inside or parts[depth] in layout.left_out:
            continue
        inner = parts[depth + (split != WHOLE) :]
        if split != "unlabeled" and len(inner) < 2:
            found.stray[split] += 1
        else:
            inside[split].append((inner[0], name))
    first = WHOLE if WHOLE in inside else "train"
    found.classes = sorted({as_name(folder) for folder, _ in inside.get(first, [])})
    for split, files in inside.items():
        if split == "unlabeled":
            found.splits[split] = Pictures([name for _, name in files], None)
        else:
            above = filter(None, (*layout.root, layout.splits[split]))
            found.splits[split] = _labelled(files, found, partial(_place, place, tuple(above)))
    there = {as_name(PurePosixPath(path).name) for path in folders if _is_class(PurePosixPath(path).parts, layout)}
    found.empty = sorted(there - {as_name(folder) for files in inside.values() for folder, _ in files})
    return found


def _place(place: Callable[[str], str], above: tuple[str, ...], folder: str) -> str:
    """Where a class folder lies, for sentences."""
    return place("/".join((*above, folder)))


def _labelled(files: Sequence[tuple[str, str]], found: Arranged, place: Callable[[str], str]) -> Pictures:
    """The pictures of one split with their labels; adds to the faults what is not a class."""
    labels: dict[str, int] = {}  # by class folder
    known: dict[str, str] = {}  # class folder by name
    for folder in dict.fromkeys(folder for folder, _ in files):
        name = as_name(folder)
        if name not in found.classes:
            expected = ", ".join(found.classes[:10])
            found.faults.append(f"{place(folder)}: no training image is of this class, expected one of {expected}")
        elif name in known:
            found.faults.append(
                f"{place(folder)}: the classes {known[name]!a} and {folder!a} have names that look the same, "
                "expected one folder for each class"
            )
        else:
            known[name], labels[folder] = folder, found.classes.index(name)
    chosen = [(name, labels[folder]) for folder, name in files if folder in labels]
    return Pictures([name for name, _ in chosen], [label for _, label in chosen])


def _is_class(parts: tuple[str, ...], layout: Layout) -> bool:
    """Whether a folder stands where classes do."""
    depth = len(layout.root)
    if parts[:depth] != layout.root:
        return False
    if WHOLE in layout.splits:
        return len(parts) == depth + 1 and parts[depth] not in (*layout.splits.values(), *layout.left_out)
    return len(parts) == depth + 2 and parts[depth] in [layout.splits.get(split) for split in LABELLED]


def suffixes_of(names: Iterable[str]) -> str:
    """How many files have which suffix, as part of a sentence: 2 .heic, 1 .txt."""
    count = Counter(shown(PurePosixPath(name).suffix.lower()) or "without suffix" for name in names)
    return ", ".join(f"{number} {suffix}" for suffix, number in count.most_common(10))
