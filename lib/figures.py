"""Figures of the study: functions from data to Matplotlib figures, in one style for paper and screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from lib.filters import ORIENTED

MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))


def set_style(style: dict[str, Any]) -> None:
    """Apply the configuration's look: colours, width in inches, resolution in dots per inch.

    Lines differ in dashes as well as in colour, so that they can be told apart in grey.
    """
    count = len(style["colours"])
    dashes = [LINES[k % len(LINES)] for k in range(count)]
    plt.rcParams.update(
        {
            "axes.prop_cycle": cycler(color=style["colours"]) + cycler(linestyle=dashes),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.formatter.use_mathtext": True,
            "figure.figsize": (style["width"], style["width"] * 0.45),
            "figure.constrained_layout.use": True,
            "font.family": "serif",
            "font.serif": ["cmr10"],
            "font.size": 10,
            "mathtext.fontset": "cm",
            "legend.frameon": False,
            "savefig.dpi": style["resolution"],
            "pdf.fonttype": 42,
        }
    )


def save(figure: Figure, paths: Sequence[str]) -> None:
    """Write the figure to each path in the format of its suffix; without a date, equal figures are equal bytes."""
    for path in paths:
        metadata = {"CreationDate": None} if Path(path).suffix == ".pdf" else {"Software": None}
        figure.savefig(path, metadata=metadata)
    plt.close(figure)


def pictures(panels: dict[str, np.ndarray], columns: int = 3) -> Figure:
    """Pictures (height, width, 3) uint8 side by side under their titles, so many in a row."""
    rows = -(-len(panels) // columns)
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(width, rows * (width / columns + 0.25)))
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, (title, picture) in zip(axes.flat, panels.items(), strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title)
    return figure


def convergence(histories: dict[str, pd.DataFrame]) -> Figure:
    """Loss against iteration and against seconds, a line a model, from the first iteration on; logarithmic axes."""
    figure, axes = plt.subplots(1, 2, sharey=True)
    for axis, column, label in zip(axes, ("iteration", "seconds"), ("iteration", "time (s)"), strict=True):
        for name, history in histories.items():
            axis.plot(history[column].iloc[1:], history["loss"].iloc[1:], label=name)
        axis.set(xlabel=label, xscale="log", yscale="log")
        axis.xaxis.set_minor_formatter(NullFormatter())  # labels between the decades overlap
    axes[0].set_ylabel("loss $J$")
    axes[0].legend()
    return figure


def edge_likeness(filters: dict[str, pd.DataFrame]) -> Figure:
    """Edge-likeness of every unit in increasing order, a line a model, with the bound of an oriented filter."""
    figure, axis = plt.subplots()
    for name, table in filters.items():
        values = np.sort(table["edge_likeness"])
        axis.plot(np.arange(1, len(values) + 1) / len(values), values, label=name)
    axis.axhline(ORIENTED, color="0.5", linewidth=0.8, linestyle=":")
    axis.text(0.01, ORIENTED + 0.01, "oriented", color="0.35")
    axis.set(xlabel="fraction of units", ylabel="edge-likeness", ylim=(0, 1), xlim=(0, 1))
    axis.legend()
    return figure


def accuracy(table: pd.DataFrame) -> Figure:
    """Accuracy of every kind of features with its interval, a group a classifier.

    table: columns features, classifier, accuracy, accuracy_low, accuracy_high (fractions).
    """
    figure, axis = plt.subplots()
    kinds = list(dict.fromkeys(table["features"]))
    classifiers = list(dict.fromkeys(table["classifier"]))
    for number, kind in enumerate(kinds):
        rows = table[table["features"] == kind].set_index("classifier").loc[classifiers]
        offset = (number - (len(kinds) - 1) / 2) * 0.8 / len(kinds)
        points = 100 * rows["accuracy"]
        errors = 100 * np.stack([rows["accuracy"] - rows["accuracy_low"], rows["accuracy_high"] - rows["accuracy"]])
        axis.errorbar(
            np.arange(len(classifiers)) + offset,
            points,
            yerr=errors,
            label=kind,
            linestyle="none",
            marker=MARKERS[number % len(MARKERS)],
            capsize=3,
        )
    axis.set_xticks(range(len(classifiers)), classifiers)
    axis.set_xlim(-0.5, len(classifiers) - 0.5)
    axis.set_ylabel("test accuracy (%)")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
