"""Pictures of images, patches and reconstructions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.display_layer import mosaic
from lib.figures.style import _blank, _folded, plain
from lib.words.language import _

OVERVIEW = {"images": 16, "patches": 100}  # shown by the overview, at most
CLASSES = {"row": 12, "all": 24}  # classes next to each other, and in all rows, at most
_TITLE = 0.25  # inches of height that a title of one line takes
_CHARACTERS = 120  # of a small font that fit on a line across the figure


def percent(share: float) -> str:
    """Return a share as whole percent. An explained variance is negative where the mean would be a better guess."""
    percentage = round(100 * share)
    return "< 0 %" if percentage < 0 else f"{percentage} %"


_LETTERS = 13  # of a title per inch


def pictures(panels: Mapping[str, np.ndarray], columns: int = 3, loc: str = "center") -> Figure:
    """Draw pictures (height, width, 3) uint8 under their titles, so many in a row. loc: where a title starts."""
    rows = ceil(len(panels) / columns)
    width = plt.rcParams["figure.figsize"][0]
    shape = max(picture.shape[0] / picture.shape[1] for picture in panels.values())
    titles = [_folded(title, int(_LETTERS * width / columns)) for title in panels]
    lines = [max(title.count("\n") + 1 for title in titles[row * columns : (row + 1) * columns]) for row in range(rows)]
    size = (width, rows * shape * width / columns + _TITLE * sum(lines))
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=size)
    for axis in axes.flat:
        _blank(axis)
    for axis, title, picture in zip(axes.flat, titles, panels.values(), strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title, loc=loc, fontsize=9)
    return figure


def overview(mosaics: Mapping[str, tuple[int, np.ndarray]]) -> Figure:
    """Draw mosaics of images and of patches next to each other.

    mosaics: by images or patches, how many the mosaic shows, and the mosaic (height, width, 3) uint8.
    """
    titles = {"images": _("{count} images"), "patches": _("{count} patches")}
    shown = {titles[name].format(count=number): picture for name, (number, picture) in mosaics.items()}
    return pictures(shown, columns=len(shown))


def classes(splits: Mapping[str, tuple[np.ndarray, np.ndarray]], names: Sequence[str]) -> Figure:
    """Draw the first image of every class in every split: one row per split, one column per class.

    splits: by train or test, its images (N, D) uint8 and their classes (N,) from 0. names: of the classes. Classes that
    do not fit next to each other continue below; classes beyond the first 24 are left out. The place of a class without
    an image in a split stays white.
    """
    shown = list(names[: CLASSES["all"]])
    blocks = ceil(len(shown) / CLASSES["row"])
    columns = ceil(len(shown) / blocks)
    tile = plt.rcParams["figure.figsize"][0] / max(columns + 1, 7)
    size = ((columns + 1) * tile, blocks * (len(splits) * tile + 0.35))
    figure, axes = plt.subplots(blocks, 1, squeeze=False, figsize=size)
    for block, axis in enumerate(axes.flat):
        numbers = list(range(block * columns, min((block + 1) * columns, len(shown))))
        rows = [_first_images(*split, numbers, columns) for split in splits.values()]
        _draw_rows(axis, np.concatenate(rows), columns, [_(split) for split in splits])
        _name_columns(axis, [shown[number] for number in numbers], columns)
    return figure


def _first_images(images: np.ndarray, labels: np.ndarray, numbers: Sequence[int], columns: int) -> np.ndarray:
    """Return the first image of each class (columns, D), white where there is none."""
    found = np.full((columns, images.shape[1]), 255, dtype=np.uint8)
    for place, number in enumerate(numbers):
        if len(at := np.flatnonzero(labels == number)):
            found[place] = images[at[0]]
    return found


def _draw_rows(axis: Axes, tiles: np.ndarray, columns: int, names: Sequence[str]) -> None:
    """Draw images (rows * columns, D) uint8 in rows, each with its name on the left."""
    picture = mosaic(tiles, scale="none", columns=columns)
    axis.imshow(picture, interpolation="nearest")
    axis.set_yticks((np.arange(len(names)) + 0.5) * picture.shape[0] / len(names), names, fontsize=8)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _name_columns(axis: Axes, names: Sequence[str], columns: int) -> None:
    """Write names above the columns of a picture, slanted where one does not fit above its column."""
    width = axis.get_images()[0].get_size()[1]
    line = _CHARACTERS // max(columns + 1, 7)
    folded = [_folded(plain(name), line) for name in names]
    fits = max(len(word) for name in folded for word in name.split("\n")) <= line
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.set_xticks((np.arange(len(names)) + 0.5) * width / columns, folded if fits else list(map(plain, names)))
    plt.setp(axis.get_xticklabels(), fontsize=7)
    if not fits:
        plt.setp(axis.get_xticklabels(), rotation=30, ha="left", rotation_mode="anchor")
