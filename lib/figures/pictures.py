"""Pictures of images, patches and filters."""

from __future__ import annotations

from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.style import _blank, _folded
from lib.words.labels import words
from lib.words.language import _, decimal_mark

OVERVIEW = {"images": 16, "patches": 100}  # shown by the overview, at most


def pictures(panels: dict[str, np.ndarray], columns: int = 3) -> Figure:
    """Pictures (height, width, 3) uint8 side by side under their titles, so many in a row."""
    rows = -(-len(panels) // columns)
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(width, rows * (width / columns + 0.25)))
    for axis in axes.flat:
        _blank(axis)
    for axis, (title, picture) in zip(axes.flat, panels.items(), strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title)
    return figure


def overview(mosaics: dict[str, tuple[int, np.ndarray]]) -> Figure:
    """What the study is about side by side: by its name, how many a mosaic (height, width, 3) shows, and the mosaic."""
    titles = {"images": _("{count} images"), "patches": _("{count} patches"), "filters": _("{count} filters")}
    return pictures({titles[name].format(count=number): mosaic for name, (number, mosaic) in mosaics.items()})


def filter_note(measured: pd.Series) -> str:
    """What stands below the filters of a model; measured: its row of the table of filters."""
    return _("{oriented} of {units} oriented\nedge-likeness {likeness}\nactivation {activation}").format(
        oriented=measured["oriented_units"],
        units=measured["units"],
        likeness=f"{measured['edge_likeness']:.2f}".replace(".", decimal_mark()),
        activation=f"{measured['mean_activation']:.2g}".replace(".", decimal_mark()),
    )


def strip(panels: dict[str, np.ndarray], notes: list[str], columns: int = 4) -> Figure:
    """Mosaics of filters under their titles, each with a note below, so many in a row at most, all rows as long."""
    rows = ceil(len(panels) / columns)
    size = plt.rcParams["figure.figsize"][0] / min(columns, max(len(panels), 3))
    columns = ceil(len(panels) / rows)
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * size, rows * (size + 0.65)))
    for axis in axes.flat:
        _blank(axis)
    for axis, (title, picture), note in zip(axes.flat, panels.items(), notes, strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(_folded(words(title), 22), fontsize=9)
        axis.text(0.5, -0.03, note, transform=axis.transAxes, ha="center", va="top", fontsize=7)
    return figure
