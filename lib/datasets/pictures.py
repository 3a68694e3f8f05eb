"""Folders of pictures: train/<class>/*, test/<class>/* and, if there are any, unlabeled/*.

All pictures get one side: the shorter side of the smallest picture, so that none is enlarged, but at
most MAX_SIDE. A picture is reduced until its shorter side fits, and the middle of the longer one kept.
The images are grey if all pictures are.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lib.datasets import LABELLED, SPLITS, Split
from lib.datasets.faults import told_of
from lib.datasets.recognition import Files
from lib.datasets.validation import Raw, assemble
from lib.errors import StudyError

MAX_SIDE = 96  # pixels: as in STL-10
MIN_SIDE = 8  # pixels: a patch of the study has to fit
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "TIFF")  # none whose decoder runs programs
MAX_PIXELS = 2**26
_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".ppm", ".pgm", ".webp", ".tif", ".tiff"}
_GREY = {"1", "L", "LA", "I;16", "I;16B"}
_EXPECTED = f"a picture ({', '.join(FORMATS)}) of at least {MIN_SIDE} pixels a side"


def _opened(path: Path) -> Any:
    """A picture, upright. Raises whatever Pillow raises for a damaged or too large one."""
    from PIL import Image

    picture = Image.open(path, formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise ValueError(f"{picture.width}x{picture.height} pixels")
    if picture.mode == "F":  # no bounds are known that could be scaled to 0 ... 255
        raise ValueError("pixels that are fractions")
    return picture


def _upright(path: Path, mode: str) -> Any:
    from PIL import ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata: the pixels decide
        with _opened(path) as picture:
            turned = ImageOps.exif_transpose(picture)
            # 16 bits of grey would be cut off, not scaled, by Pillow itself
            if turned.mode.startswith("I"):
                from PIL import Image

                turned = Image.fromarray((np.asarray(turned, dtype=np.int64).clip(0, 65535) >> 8).astype(np.uint8))
            return turned.convert(mode)


class Pictures:
    """Pictures of any size as a source (N, side, side) or (N, side, side, 3), read as they are asked for."""

    dtype = np.dtype(np.uint8)

    def __init__(self, paths: Sequence[Path], side: int, channels: int) -> None:
        self._paths, self._side = paths, side
        self.shape = (len(paths), side, side, channels)

    def __getitem__(self, rows: slice) -> np.ndarray:
        block = [self._picture(path) for path in self._paths[rows]]
        return np.stack(block).reshape(-1, *self.shape[1:])

    def _picture(self, path: Path) -> np.ndarray:
        from PIL import Image, ImageOps

        with told_of(str(path), _EXPECTED):
            picture = _upright(path, "L" if self.shape[3] == 1 else "RGB")
            fitted = ImageOps.fit(picture, (self._side, self._side), Image.Resampling.LANCZOS)
            return np.asarray(fitted, dtype=np.uint8)
        raise AssertionError


def find(source: Path) -> Files | None:
    """The folders by split: those whose folder train or test holds folders with pictures."""
    splits = {split: source / split for split in SPLITS}
    if not any(_pictures(folder) for split in LABELLED for folder in _folders(splits[split])):
        return None
    return {split: [str(path)] for split, path in splits.items() if split in LABELLED or path.is_dir()}


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES and path.is_file())


def _measured(paths: Sequence[Path], faults: list[str]) -> tuple[int, bool]:
    """Shorter side of the smallest picture, and whether all are grey."""
    side, grey = MAX_SIDE, True
    for path in paths:
        try:
            with told_of(str(path), _EXPECTED):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    with _opened(path) as picture:
                        shorter, mode = min(picture.size), picture.mode
                if shorter < MIN_SIDE:
                    raise ValueError(f"{shorter} pixels")
            side, grey = min(side, shorter), grey and mode in _GREY
        except StudyError as error:
            faults += error.sentences
    return side, grey


def read(files: Files) -> dict[str, Split]:
    """The splits; the folders of both labelled ones name the classes. Raises StudyError."""
    missing = [paths[0] for paths in files.values() if not Path(paths[0]).is_dir()]
    faults = [f"{path}: not found, expected a folder for each class" for path in missing]
    classes = [folder.name for folder in _folders(Path(files["train"][0]))]
    found: dict[str, list[Path]] = {}
    labels: dict[str, list[int]] = {}
    for split, (name,) in files.items():
        folder = Path(name)
        if split in LABELLED:
            found[split], labels[split] = [], []
            for inner in _folders(folder):
                if inner.name not in classes:
                    faults.append(f"{inner}: is no class of {files['train'][0]}, expected one of {classes[:10]}")
                    continue
                pictures = _pictures(inner)
                found[split] += pictures
                labels[split] += [classes.index(inner.name)] * len(pictures)
        elif folder.is_dir():
            found[split] = _pictures(folder)
        if folder.is_dir() and not found[split]:
            faults.append(f"{folder}: holds no picture, expected {_EXPECTED}")
    side, grey = _measured([path for paths in found.values() for path in paths], faults)
    if faults:
        raise StudyError(*faults)
    raws = {}
    for split, paths in found.items():
        source = Pictures(paths, side, 1 if grey else 3)
        raws[split] = Raw(files[split][0], source, labels.get(split), classes, first_label=0)
    return assemble(raws)
