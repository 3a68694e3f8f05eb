"""Layouts of pictures in folders: which split and which class each picture belongs to.

Two layouts are known: train/<class>/*, test/<class>/* and optionally unlabeled/*; or <class>/* alone, which the study's
seed splits into training and test images. Either may be inside further folders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from lib.base.errors import StudyError
from lib.datasets.files import normalised_name, printable
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
    """Folders of pictures.

    root: the folders above. splits: the folder of each split, "" if the class folders are directly below the root.
    left_out: folders of validation images that are not used because there are test images. validation_as_test:
    whether validation images are used as test images.
    """

    root: tuple[str, ...]
    splits: dict[str, str]
    left_out: list[str] = field(default_factory=list)
    validation_as_test: bool = False


def layout_of(names: Iterable[str], is_picture: Callable[[str], bool]) -> Layout | None:
    """Return the layout of files with these relative paths, None if it is unknown.

    is_picture: whether a file is a picture by its content; called for few files. Raises StudyError for two folders of
    one split.
    """
    return _layout([PurePosixPath(name).parts for name in names], (), is_picture)


def _layout(
    paths: Sequence[tuple[str, ...]], root: tuple[str, ...], is_picture: Callable[[str], bool]
) -> Layout | None:
    """Return the layout of files below a folder. paths: parts of each path below it. root: parts of its own path."""
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
        return Layout(root, splits | {"test": folder}, validation_as_test=True)
    if len(tops) == 1 and (top := next(iter(tops))) not in splits.values() and all(len(p) > 2 for p in tops[top]):
        return _layout([parts[1:] for parts in tops[top]], (*root, top), is_picture)
    classes = [top for top in tops if top not in splits.values() and has_pictures(top, 2)]
    inner = {parts[1].casefold() for top in classes for parts in tops[top] if len(parts) > 2}
    if inner & _NAMES.keys():  # folders that contain splits are data sets, not classes
        return None
    if not classes or (len(classes) == 1 and len(tops) > 1):  # probably a folder of figures next to other folders
        return None
    return Layout(root, {WHOLE: ""} | {split: top for split, top in splits.items() if split == "unlabeled"})


@dataclass
class Pictures:
    """Pictures of one split: paths, and the class numbers of labelled pictures."""

    names: list[str]
    labels: list[int] | None


@dataclass
class Arranged:
    """Pictures by split, and the names of the classes.

    empty: class folders without pictures. stray: number of files outside every class folder, by split. faults:
    sentences about class folders that cannot be used.
    """

    splits: dict[str, Pictures]
    classes: list[str]
    empty: list[str]
    stray: Counter[str]
    faults: list[str]


def arrange(layout: Layout, names: Sequence[str], folders: Sequence[str], path_of: Callable[[str], str]) -> Arranged:
    """Return the pictures of a layout by split and class, in the order of their names.

    names: relative paths of the pictures. folders: relative paths of all folders. path_of: returns a path for sentences
    from a relative path.
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
    found.classes = sorted({normalised_name(folder) for folder, _ in inside.get(first, [])})
    for split, files in inside.items():
        if split == "unlabeled":
            found.splits[split] = Pictures([name for _, name in files], None)
        else:
            above = PurePosixPath(*layout.root, layout.splits[split])
            found.splits[split] = _labelled(files, found, above, path_of)
    there = {
        normalised_name(PurePosixPath(path).name) for path in folders if _is_class(PurePosixPath(path).parts, layout)
    }
    found.empty = sorted(there - {normalised_name(folder) for files in inside.values() for folder, _ in files})
    return found


def _labelled(
    files: Sequence[tuple[str, str]], found: Arranged, above: PurePosixPath, path_of: Callable[[str], str]
) -> Pictures:
    """Return the pictures of one split with their labels; add folders that are not classes to the faults.

    files: class folder and path of each picture. above: the folder that holds the class folders.
    """
    labels: dict[str, int] = {}  # by class folder
    known: dict[str, str] = {}  # class folder by class name
    for folder in dict.fromkeys(folder for folder, _ in files):
        name = normalised_name(folder)
        if name not in found.classes:
            expected = ", ".join(found.classes[:10])
            found.faults.append(
                f"{path_of(str(above / folder))}: this class has no training images, expected one of {expected}"
            )
        elif name in known:
            found.faults.append(
                f"{path_of(str(above / folder))}: the classes {known[name]!a} and {folder!a} have names that look "
                "the same, expected one folder for each class"
            )
        else:
            known[name], labels[folder] = folder, found.classes.index(name)
    chosen = [(name, labels[folder]) for folder, name in files if folder in labels]
    return Pictures([name for name, _ in chosen], [label for _, label in chosen])


def _is_class(parts: tuple[str, ...], layout: Layout) -> bool:
    """Whether a folder is at the level of the class folders."""
    depth = len(layout.root)
    if parts[:depth] != layout.root:
        return False
    if WHOLE in layout.splits:
        return len(parts) == depth + 1 and parts[depth] not in (*layout.splits.values(), *layout.left_out)
    return len(parts) == depth + 2 and parts[depth] in [layout.splits.get(split) for split in LABELLED]


def suffixes_of(names: Iterable[str]) -> str:
    """Return the number of files with each suffix for a sentence, such as 2 .heic, 1 .txt."""
    count = Counter(printable(PurePosixPath(name).suffix.lower()) or "without suffix" for name in names)
    return ", ".join(f"{number} {suffix}" for suffix, number in count.most_common(10))
