"""Figures of the study: functions from data to Matplotlib figures, in one style for paper and screen."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib

from lib.figures.style import LINES, MARKERS, SYMBOLS, _folded, plain

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from lib.words.labels import unformatted, words
from lib.words.language import _, decimal_mark


def axis_label(key: str) -> str:
    """What stands at an axis of a setting, with its unit."""
    labels = {
        "hidden": _("hidden units"),
        "patches": _("training patches"),
        "patch_size": _("side of a patch (pixels)"),
        "stride": _("stride (pixels)"),
    }
    return SYMBOLS.get(key) or labels.get(key) or _(key.replace("_", " "))


def _legend(figure: Figure, axis: Axes) -> None:
    """A legend above the figure, in as many columns as fit, three at most; the figure grows where it is tall."""
    for columns in (3, 2, 1):
        legend = figure.legend(*axis.get_legend_handles_labels(), loc="outside upper center", ncols=columns)
        size = legend.get_window_extent()
        if columns == 1 or size.width <= figure.bbox.width:
            break
        legend.remove()
    height = figure.get_figheight()
    figure.set_figheight(height + max(0.0, size.height / figure.dpi - height / 4))


def convergence(histories: dict[str, pd.DataFrame]) -> Figure:
    """Loss against iteration and against seconds, a line a model, from the first iteration on; logarithmic axes."""
    figure, axes = plt.subplots(1, 2, sharey=True)
    for axis, column, label in zip(axes, ("iteration", "seconds"), (_("iteration"), _("time (s)")), strict=True):
        for name, history in histories.items():
            axis.plot(history[column].iloc[1:], history["loss"].iloc[1:], label=words(name))
        axis.set(xlabel=label, xscale="log", yscale="log")
        axis.xaxis.set_minor_formatter(NullFormatter())  # labels between the decades overlap
    axes[0].set_ylabel(_("loss $J$"))
    if len(histories) > 1:
        _legend(figure, axes[0])
    return figure


def _series(setting: str, classifier: str) -> str:
    """What a legend calls a series: its setting, its classifier, or both, which one font then has to show."""
    if not classifier:
        return words(setting)
    return plain(", ".join(filter(None, [unformatted(words(setting)), classifier])))


def accuracy(table: pd.DataFrame, axis: tuple[str, Sequence[float], Sequence[str]] | None = None) -> Figure:
    """Accuracy of every setting of an experiment with its interval, a series a classifier; dotted for pixels.

    table: columns setting (-1 for pixels), label, classifier, accuracy, low, high (fractions). axis: the varied
    number, its value in each setting and what else sets each apart, where one number varies: it is then the
    horizontal axis, logarithmic if it spans much, with a series for all that is set apart.
    """
    figure, axes = plt.subplots()
    settings = table[table["setting"] >= 0].drop_duplicates("setting").sort_values("setting")
    key, values, series = axis or ("", None, [""] * len(settings))
    places = np.arange(len(settings), dtype=float) if values is None else np.asarray(values, dtype=float)
    span = places.max() - places.min()
    logarithmic = values is not None and places.min() > 0 and places.max() / places.min() >= 8
    lines = [(classifier, one) for classifier in dict.fromkeys(table["classifier"]) for one in dict.fromkeys(series)]
    several = len({classifier for classifier, _ in lines}) > 1
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    for number, (classifier, one) in enumerate(lines):
        rows = table[table["classifier"] == classifier].set_index("setting").sort_index()
        chosen = np.array([place for place, other in enumerate(series) if other == one])
        chosen = chosen[np.argsort(places[chosen], kind="stable")]
        # Series stand next to each other: by a share of the distance of two places, a factor on a logarithmic axis.
        shift = (number - (len(lines) - 1) / 2) * 0.6 / len(lines)
        if values is None:
            x = places[chosen] + shift
        elif logarithmic:
            x = places[chosen] * (places.max() / places.min()) ** (shift / 10)
        else:
            x = places[chosen] + shift * span / 10
        points = rows.loc[chosen]
        colour = colours[number % len(colours)]
        axes.errorbar(
            x,
            100 * points["accuracy"],
            yerr=100 * np.stack([points["accuracy"] - points["low"], points["high"] - points["accuracy"]]),
            label=_series(one, _(classifier) if several or not one else ""),
            linestyle="none" if values is None else LINES[number % len(LINES)],
            marker=MARKERS[number % len(MARKERS)],
            color=colour,
            capsize=3,
        )
        if one == series[0]:
            pixels = 100 * rows.loc[-1, "accuracy"]
            axes.axhline(pixels, color=colour if several else "0.4", linestyle=":", linewidth=0.9)
    if values is None:
        axes.set_xticks(places, [_folded(words(label), 16) for label in settings["label"]])
        axes.set_xlim(-0.5, len(places) - 0.5)
    else:
        axes.set_xscale("log" if logarithmic else "linear")
        ticks = np.unique(places)
        axes.set_xticks(ticks, [f"{value:g}".replace(".", decimal_mark()) for value in ticks])
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(axis_label(key))
    axes.set_ylabel(_("test accuracy (%)"))
    axes.plot([], [], color="0.4", linestyle=":", linewidth=0.9, label=_("pixels"))
    _legend(figure, axes)
    return figure
