"""Pictures of images, patches and filters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.style import _blank, _folded
from lib.study.labels import Label
from lib.words.labels import Form, label_text
from lib.words.language import _, decimal_mark

OVERVIEW = {"images": 16, "patches": 100}  # shown by the overview, at most


def pictures(panels: Mapping[str, np.ndarray], columns: int = 3) -> Figure:
    """Draw pictures (height, width, 3) uint8 under their titles, so many in a row."""
    rows = -(-len(panels) // columns)
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(width, rows * (width / columns + 0.25)))
    for axis in axes.flat:
        _blank(axis)
    for axis, (title, picture) in zip(axes.flat, panels.items(), strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title)
    return figure


def overview(mosaics: Mapping[str, tuple[int, np.ndarray]]) -> Figure:
    """Draw mosaics of images, patches and filters next to each other.

    mosaics: by images, patches or filters, how many the mosaic shows, and the mosaic (height, width, 3) uint8.
    """
    titles = {"images": _("{count} images"), "patches": _("{count} patches"), "filters": _("{count} filters")}
    return pictures({titles[name].format(count=number): mosaic for name, (number, mosaic) in mosaics.items()})


def filter_note(measured: pd.Series) -> str:
    """Return the note below the filters of a model. measured: its row of the table of filters."""
    return _("{oriented} of {units} oriented\nedge-likeness {likeness}\nactivation {activation}").format(
        oriented=measured["oriented_units"],
        units=measured["units"],
        likeness=f"{measured['edge_likeness']:.2f}".replace(".", decimal_mark()),
        activation=f"{measured['mean_activation']:.2g}".replace(".", decimal_mark()),
    )


def strip(panels: Mapping[Label, np.ndarray], notes: Sequence[str], columns: int = 4) -> Figure:
    """Draw mosaics of filters under their labels, each above a note, in rows of equal length.

    panels: mosaics (height, width, 3) uint8 by the label of the setting. columns: of one row at most.
    """
    rows = ceil(len(panels) / columns)
    size = plt.rcParams["figure.figsize"][0] / min(columns, max(len(panels), 3))
    columns = ceil(len(panels) / rows)
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * size, rows * (size + 0.65)))
    for axis in axes.flat:
        _blank(axis)
    for axis, (label, picture), note in zip(axes.flat, panels.items(), notes, strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(_folded(label_text(label, Form.MATPLOTLIB), 22), fontsize=9)
        axis.text(0.5, -0.03, note, transform=axis.transAxes, ha="center", va="top", fontsize=7)
    return figure
