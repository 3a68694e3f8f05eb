"""Charts of accuracies: functions from data to Matplotlib figures, in one style for paper and screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from lib.figures.places import SPREAD, Places, draw_chance, label_numbers, label_words, legend, style_of
from lib.figures.style import _folded, plain
from lib.study.labels import PIXELS_LABEL, Label
from lib.study.study import Axis
from lib.words.labels import Form, label_text
from lib.words.language import _

WIDTH = 16  # characters of a line of a tick at most, where settings are in a row
LINE_HEIGHT = 0.17  # inches of a line of text
MOST_NUMBERS = 12  # classes of a confusion matrix whose cells show numbers
MOST_NAMES = 24  # classes of a confusion matrix whose names are shown
SHORT = 14  # characters of the name of a class at most


@dataclass(frozen=True)
class Layout:
    """How settings are along the axes of a chart of accuracies.

    Attributes
    ----------
    labels : of the settings (S).
    places : of the settings, on the horizontal axis unless ``vertical``.
    series : of the settings (S), None where they have one series.
    key : of the setting that is the horizontal axis, empty for settings in a row.
    vertical : whether settings are below each other, because their labels are long.
    pixels : label of the line of pixels.
    """

    labels: Sequence[Label]
    places: Places
    series: Sequence[Label | None]
    key: str
    vertical: bool
    pixels: Label

    @classmethod
    def of(cls, labels: Sequence[Label], axis: Axis | None, pixels: Label) -> Layout:
        """Return the layout of settings with these labels, given the number that varies, if there is one."""
        if axis is not None:
            places = Places(np.asarray(axis.values, dtype=float), True)
            return cls(labels, places, axis.series, axis.key, False, pixels)
        texts = [_folded(label_text(label), WIDTH).split("\n") for label in labels]
        longest = max((len(line) for lines in texts for line in lines), default=0)
        vertical = longest * len(labels) * 0.08 > plt.rcParams["figure.figsize"][0] - 0.7
        places = Places(np.arange(len(labels), dtype=float), False)
        return cls(labels, places, [None] * len(labels), "", vertical, pixels)


def _series_name(series: Label | None, classifier: str) -> str:
    """Return what a legend calls a series: its setting, or its classifier if it has none.

    A classifier's label is text of the user, which is drawn without formulas.
    """
    return plain(_(classifier)) if series is None else _folded(label_text(series, Form.MATPLOTLIB), 2 * WIDTH)


def _draw_series(axes: Axes, layout: Layout, name: str, points: pd.DataFrame, number: int, shift: float) -> None:
    """Draw accuracies in percent with their intervals.

    points: columns accuracy, low, high (fractions), by the number of the setting. number: of the series. shift: of
    the points, in shares of the distance of two places.
    """
    points = points.iloc[np.argsort(layout.places.values[points.index], kind="stable")]
    values = layout.places.values[points.index]
    for count, part in enumerate(layout.places.segments(values)):
        x, some = layout.places.of(values[part], shift), points.iloc[part]
        y = 100 * some["accuracy"]
        bars = 100 * np.stack([some["accuracy"] - some["low"], some["high"] - some["accuracy"]]).clip(0)
        look = style_of(number) | {"capsize": 2.5, "markersize": 4.5, "label": "_" if count else name}
        if not layout.places.numeric:
            look["linestyle"] = "none"
        if layout.vertical:
            axes.errorbar(y, x, xerr=bars, **look)
        else:
            axes.errorbar(x, y, yerr=bars, **look)


def _draw_pixels(axes: Axes, layout: Layout, levels: Sequence[tuple[float, int]]) -> None:
    """Draw dotted lines at the accuracies of pixels, in the colour of a series if there are several levels.

    levels: the accuracy (a fraction) of each classifier, and the number of its first series.
    """
    line = axes.axvline if layout.vertical else axes.axhline
    for level, number in levels:
        line(100 * level, color=style_of(number)["color"] if len(levels) > 1 else "0.4", linestyle=":", linewidth=0.9)
    name = _folded(label_text(layout.pixels, Form.MATPLOTLIB), 2 * WIDTH)
    axes.plot([], [], color="0.4", linestyle=":", linewidth=0.9, label=name)


def _draw_settings(axes: Axes, layout: Layout, table: pd.DataFrame, chance: float) -> None:
    """Draw the accuracies of settings with one series per classifier and label of a series, of pixels and of chance."""
    classifiers = list(dict.fromkeys(table["classifier"]))
    series = list(dict.fromkeys(layout.series))
    lines = [(classifier, one) for classifier in classifiers for one in series]
    levels = []
    for number, (classifier, one) in enumerate(lines):
        rows = table[table["classifier"] == classifier].set_index("setting")
        chosen = [place for place, other in enumerate(layout.series) if other == one]
        shift = (number - (len(lines) - 1) / 2) * SPREAD / len(lines)
        _draw_series(axes, layout, _series_name(one, classifier), rows.loc[chosen], number, shift)
        if one == series[0]:
            levels.append((rows.loc[-1, "accuracy"], number))
    _draw_pixels(axes, layout, levels)
    draw_chance(axes, chance, layout.vertical)


def accuracy(
    table: pd.DataFrame,
    labels: Sequence[Label],
    axis: Axis | None = None,
    chance: float = -1.0,
    pixels: Label = PIXELS_LABEL,
) -> Figure:
    """Draw the accuracy of every setting of an experiment with its interval, one series per classifier.

    table: columns setting (-1 for pixels), classifier (its label), accuracy, low, high (fractions). labels: of the
    settings, in their order. axis: the number that varies, if there is one: it is then the horizontal axis, logarithmic
    if it spans much, and each label of its series has a separate series; several classifiers then have one panel each.
    Dotted lines are pixels. chance: accuracy of guessing, a thin grey line where it is in or near the visible range.
    pixels: their label.
    """
    layout = Layout.of(labels, axis, pixels)
    classifiers = list(dict.fromkeys(table["classifier"]))
    if len(set(layout.series)) > 1 and len(classifiers) > 1:
        return _accuracy_panels(table, layout, classifiers, chance)
    width, height = plt.rcParams["figure.figsize"]
    if layout.vertical:
        texts = [_folded(label_text(label, Form.MATPLOTLIB), 2 * WIDTH) for label in labels]
        lines = sum(text.count("\n") + 1.4 for text in texts)
        height = max(height, 0.8 + LINE_HEIGHT * max(lines, 1.1 * len(labels) * len(classifiers)))
    figure, axes = plt.subplots(figsize=(width, height))
    _draw_settings(axes, layout, table, chance)
    if layout.vertical:
        axes.set_yticks(range(len(labels)), texts, fontsize=8)
        axes.set(ylim=(len(labels) - 0.5, -0.5), xlabel=_("test accuracy (%)"))
    else:
        axes.set_ylabel(_("test accuracy (%)"))
        _label_settings(axes, layout, width - 0.7)
    legend(figure, axes)
    return figure


def _label_settings(axes: Axes, layout: Layout, inches: float) -> None:
    """Label the horizontal axis, of about so many inches: by the settings, or by the values of the number."""
    if layout.places.numeric:
        label_numbers(axes, layout.places, layout.key, inches)
    else:
        label_words(axes, layout.labels, WIDTH)


def _accuracy_panels(table: pd.DataFrame, layout: Layout, classifiers: Sequence[str], chance: float) -> Figure:
    """Draw one panel per classifier, with one series per label."""
    columns = min(3, len(classifiers)) if len(classifiers) != 4 else 2
    rows = ceil(len(classifiers) / columns)
    width, height = plt.rcParams["figure.figsize"]
    figure, grid = plt.subplots(
        rows, columns, sharey=True, squeeze=False, figsize=(width, max(height, 1.0 + 2.2 * rows))
    )
    panels = list(grid.flat)
    for axes, classifier in zip(panels, classifiers, strict=False):
        _draw_settings(axes, layout, table[table["classifier"] == classifier], chance)
        _label_settings(axes, layout, width / columns - 0.4)
        axes.set_title(plain(_(classifier)), fontsize=plt.rcParams["font.size"])
    for axes in grid[:, 0]:
        axes.set_ylabel(_folded(_("test accuracy (%)"), 24))
    for axes in panels[len(classifiers) :]:
        axes.set_axis_off()
    legend(figure, *panels)
    return figure


def gain(table: pd.DataFrame, chance: float = -1.0) -> Figure:
    """Draw the accuracies on pixels and on features of one setting with each classifier, joined by a line.

    table: columns setting (-1 for pixels, 0), classifier (its label), accuracy, low, high (fractions). Classifiers
    follow the table from top to bottom. chance: accuracy of guessing, as in `accuracy`.
    """
    names = list(dict.fromkeys(table["classifier"]))
    width, height = plt.rcParams["figure.figsize"]
    texts = [plain(_(name)) for name in names]
    lines = sum(text.count("\n") + 2.2 for text in texts)
    figure, axes = plt.subplots(figsize=(width, max(0.5 * height, 0.8 + LINE_HEIGHT * lines)))
    rows = table.set_index(["setting", "classifier"])
    places = np.arange(len(names))
    ends = {setting: rows.loc[setting].loc[names] for setting in (-1, 0)}
    axes.hlines(places, *(100 * ends[setting]["accuracy"] for setting in (-1, 0)), color="0.75", linewidth=2.5)
    for number, (setting, name) in enumerate(((0, _("features")), (-1, _("pixels")))):
        points = ends[setting]
        bars = 100 * np.stack([points["accuracy"] - points["low"], points["high"] - points["accuracy"]]).clip(0)
        look = style_of(number) | {"linestyle": "none", "capsize": 2.5, "label": name}
        # The two intervals of a classifier would hide each other.
        axes.errorbar(100 * points["accuracy"], places + (0.14 if setting < 0 else -0.14), xerr=bars, **look)
    axes.set_yticks(places, texts)
    axes.set(ylim=(len(names) - 0.5, -0.5), xlabel=_("test accuracy (%)"))
    draw_chance(axes, chance, vertical=True)
    legend(figure, axes)
    return figure


def confusion(matrices: Mapping[str, pd.DataFrame]) -> Figure:
    """Draw confusion matrices next to each other: the share of the images of a class, in percent, by predicted class.

    matrices: by title, with the numbers of images, true classes as rows and predicted ones as columns, in one order.
    A class without images has an empty row.
    """
    names = [str(name) for name in next(iter(matrices.values())).index]
    shown = range(len(names)) if len(names) <= MOST_NAMES else []
    texts, titles = [_short(names[place]) for place in shown], list(map(plain, matrices))
    small = float(np.clip(120 / len(names), 5, 8))
    width = plt.rcParams["figure.figsize"][0]
    # Squares with room for titles above, and for names and the name of the axis below.
    above = LINE_HEIGHT * max(title.count("\n") + 1 for title in titles)
    below = 0.45 + 0.008 * small * max(map(len, texts), default=0)
    size = (width, 0.4 * width + above + below)
    figure, panels = plt.subplots(1, len(matrices), squeeze=False, sharey=True, figsize=size)
    for axes, title, counts in zip(panels.flat, titles, matrices.values(), strict=True):
        image = _draw_matrix(axes, counts.to_numpy(dtype=float), small)
        axes.set_title(title, fontsize=9)
        axes.set_xticks(shown, texts, rotation=90, fontsize=small)
        axes.set_yticks(shown, texts, fontsize=small)
        axes.tick_params(length=0)
        axes.set_xlabel(_("predicted class"))
    panels[0, 0].set_ylabel(_("true class"))
    figure.colorbar(image, ax=panels, shrink=0.7, label=_("share of the true class (%)"))
    return figure


def _draw_matrix(axes: Axes, counts: np.ndarray, size: float) -> AxesImage:
    """Draw the shares of the rows of a matrix (C, C), in percent, with numbers of a font size if there are few."""
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    if len(counts) <= MOST_NUMBERS:
        for (row, column), share in np.ndenumerate(shares):
            colour = "white" if share > 50 else "black"
            axes.text(column, row, f"{share:.0f}", ha="center", va="center", color=colour, fontsize=size - 1)
    return axes.imshow(shares, vmin=0, vmax=100, cmap="Blues", interpolation="nearest")


def _short(name: str) -> str:
    """Return the name of a class in one line, shortened if it is long."""
    text = " ".join(name.split())
    return plain(text if len(text) <= SHORT else text[: SHORT - 1] + "…").replace("\n", " ")
