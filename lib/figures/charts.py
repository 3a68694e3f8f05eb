"""Charts of losses and accuracies: functions from data to Matplotlib figures, in one style for paper and screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib

from lib.figures.style import LINES, MARKERS, _folded, plain

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from lib.study.experiments import Axis
from lib.study.labels import Label
from lib.words.labels import Form, label_text, setting_name
from lib.words.language import _, decimal_mark

LOGARITHMIC = 8  # an axis is logarithmic where its largest value is at least so many times the smallest
SPREAD = 0.6  # of the distance of two places over which the series of one place are spread


def _legend(figure: Figure, axis: Axes) -> None:
    """Put a legend above the figure, in up to three columns that fit; the figure grows where the legend is tall."""
    for columns in (3, 2, 1):
        legend = figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=columns)
        size = legend.get_window_extent()
        if columns == 1 or size.width <= figure.bbox.width:
            break
        legend.remove()
    height = figure.get_figheight()
    figure.set_figheight(height + max(0.0, size.height / figure.dpi - height / 4))


def convergence(histories: Mapping[Label, pd.DataFrame]) -> Figure:
    """Draw the loss against iteration and against seconds, one line per model, on logarithmic axes.

    histories: by the label of each model, with the columns iteration, seconds and loss. The first row of each, the
    loss before training, is not drawn.
    """
    figure, axes = plt.subplots(1, 2, sharey=True)
    for axis, column, label in zip(axes, ("iteration", "seconds"), (_("iteration"), _("time (s)")), strict=True):
        for name, history in histories.items():
            text = label_text(name, Form.MATPLOTLIB)
            axis.plot(history[column].iloc[1:], history["loss"].iloc[1:], label=text)
        axis.set(xlabel=label, xscale="log", yscale="log")
        axis.xaxis.set_minor_formatter(NullFormatter())  # labels between the decades overlap
    axes[0].set_ylabel(_("loss $J$"))
    if len(histories) > 1:
        _legend(figure, axes[0])
    return figure


@dataclass(frozen=True)
class _Places:
    """Where settings have their points on the horizontal axis.

    Attributes
    ----------
    values : of each setting (S,).
    numeric : whether they are values of a setting that is a number, not just places in a row.
    """

    values: np.ndarray
    numeric: bool

    @property
    def logarithmic(self) -> bool:
        low, high = self.values.min(), self.values.max()
        return bool(self.numeric and low > 0 and high / low >= LOGARITHMIC)

    def shifted(self, chosen: np.ndarray, shift: float) -> np.ndarray:
        """Return the places of chosen settings, moved by a share of a step so that series do not hide each other."""
        places, low, high = self.values[chosen], self.values.min(), self.values.max()
        if not self.numeric:
            return places + shift
        # The step is a tenth of the axis.
        return places * (high / low) ** (shift / 10) if self.logarithmic else places + shift * (high - low) / 10


def _series_name(series: Label | None, classifier: str) -> str:
    """Return what a legend calls a series: its setting, its classifier, or both.

    A classifier's label is text of the user, which is drawn without formulas.
    """
    if series is None:
        return plain(classifier)
    return plain(f"{label_text(series)}, {classifier}") if classifier else label_text(series, Form.MATPLOTLIB)


def _draw_series(axes: Axes, name: str, points: pd.DataFrame, x: np.ndarray, number: int, joined: bool) -> None:
    """Draw accuracies in percent with their intervals. number: of the series. joined: whether lines join the points."""
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    axes.errorbar(
        x,
        100 * points["accuracy"],
        yerr=100 * np.stack([points["accuracy"] - points["low"], points["high"] - points["accuracy"]]),
        label=name,
        linestyle=LINES[number % len(LINES)] if joined else "none",
        marker=MARKERS[number % len(MARKERS)],
        color=colours[number % len(colours)],
        capsize=3,
    )


def _draw_pixels(axes: Axes, levels: Sequence[tuple[float, int]]) -> None:
    """Draw dotted lines at the accuracies of pixels, in the colour of a series if there are several levels.

    levels: the accuracy (a fraction) of each classifier, and the number of its first series.
    """
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for level, number in levels:
        colour = colours[number % len(colours)] if len(levels) > 1 else "0.4"
        axes.axhline(100 * level, color=colour, linestyle=":", linewidth=0.9)
    axes.plot([], [], color="0.4", linestyle=":", linewidth=0.9, label=_("pixels"))


def _label_places(axes: Axes, places: _Places, labels: Sequence[Label], key: str) -> None:
    """Label the horizontal axis: by the settings, or by the values of the one whose key is given."""
    if not places.numeric:
        axes.set_xticks(places.values, [_folded(label_text(label, Form.MATPLOTLIB), 16) for label in labels])
        axes.set_xlim(-0.5, len(places.values) - 0.5)
        return
    axes.set_xscale("log" if places.logarithmic else "linear")
    ticks = np.unique(places.values)
    axes.set_xticks(ticks, [f"{value:g}".replace(".", decimal_mark()) for value in ticks])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(setting_name(key, Form.MATPLOTLIB))


def accuracy(table: pd.DataFrame, labels: Sequence[Label], axis: Axis | None = None) -> Figure:
    """Draw the accuracy of every setting of an experiment with its interval, one series per classifier.

    table: columns setting (-1 for pixels), classifier (its label), accuracy, low, high (fractions). labels: of the
    settings, in their order. axis: the number that varies, if there is one: it is then the horizontal axis, logarithmic
    if it spans much, and each label of its series has a separate series. Dotted lines are pixels.
    """
    figure, axes = plt.subplots()
    key, values, series = axis or ("", np.arange(len(labels)), [None] * len(labels))
    places = _Places(np.asarray(values, dtype=float), axis is not None)
    classifiers = list(dict.fromkeys(table["classifier"]))
    lines = [(classifier, one) for classifier in classifiers for one in dict.fromkeys(series)]
    levels = []
    for number, (classifier, one) in enumerate(lines):
        rows = table[table["classifier"] == classifier].set_index("setting")
        chosen = np.array([place for place, other in enumerate(series) if other == one])
        chosen = chosen[np.argsort(places.values[chosen], kind="stable")]
        shift = (number - (len(lines) - 1) / 2) * SPREAD / len(lines)
        name = _series_name(one, _(classifier) if len(classifiers) > 1 or one is None else "")
        _draw_series(axes, name, rows.loc[chosen], places.shifted(chosen, shift), number, places.numeric)
        if one == series[0]:
            levels.append((rows.loc[-1, "accuracy"], number))
    _label_places(axes, places, labels, key)
    axes.set_ylabel(_("test accuracy (%)"))
    _draw_pixels(axes, levels)
    _legend(figure, axes)
    return figure
