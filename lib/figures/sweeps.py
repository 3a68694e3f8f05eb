"""Chart of a setting that is a number: filters, reconstruction and accuracy against its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lib.figures.places import SPREAD, Places, draw_chance, label_numbers, legend, style_of
from lib.figures.style import _folded, plain
from lib.study.study import Axis
from lib.words.language import _

DOTS = 0.25  # of the distance of two places: single repetitions are so far right of their mean


@dataclass(frozen=True)
class Line:
    """What a sweep shows as one line, in fractions.

    Attributes
    ----------
    name : in the legend.
    means : columns mean, low, high, by the number of the setting; low and high may be missing.
    single : columns setting and value, of the repetitions; may be empty.
    level : of pixels, drawn as a dotted line; None for none.
    """

    name: str
    means: pd.DataFrame
    single: pd.DataFrame
    level: float | None = None


def measure_lines(measures: pd.DataFrame, single: pd.DataFrame) -> dict[str, list[Line]]:
    """Return the lines of the measures of filters and of reconstruction by the label of their panel.

    measures: columns setting, measure, mean, low, high. single: columns setting, measure, value. Measures that no
    setting has are left out, and so are panels without a line.
    """
    panels = {
        _("filters (%)"): {
            "oriented_share": _("oriented"),
            "colour_share": _("opponent-colour"),
            "effective_share": _("effective"),
        },
        _("explained variance (%)"): {"explained_variance": _("explained variance")},
    }
    found = {}
    for panel, names in panels.items():
        lines = []
        for measure, name in names.items():
            rows = measures[(measures["measure"] == measure) & measures["mean"].notna()]
            if len(rows):
                own = single.loc[single["measure"] == measure, ["setting", "value"]].dropna()
                # Intervals of Student's t may reach values that no share has.
                means = rows.set_index("setting")[["mean", "low", "high"]].clip(upper=1)
                lines.append(Line(name, means, own))
        if lines:
            found[panel] = lines
    return found


def accuracy_lines(table: pd.DataFrame, single: pd.DataFrame, labels: Mapping[str, str]) -> list[Line]:
    """Return one line per classifier.

    table: columns setting (-1 for pixels), classifier, accuracy, low, high. single: columns setting, classifier, value.
    labels: of the classifiers.
    """
    lines = []
    for classifier in dict.fromkeys(table["classifier"]):
        rows = table[table["classifier"] == classifier].set_index("setting")
        means = rows[rows.index >= 0].rename(columns={"accuracy": "mean"})[["mean", "low", "high"]]
        own = single.loc[single["classifier"] == classifier, ["setting", "value"]]
        lines.append(Line(plain(_(labels[classifier])), means, own, float(rows.loc[-1, "accuracy"])))
    return lines


def sweep(axis: Axis, panels: Mapping[str, Sequence[Line]], chance: Mapping[str, float]) -> Figure:
    """Draw lines against the values of a setting, in panels next to each other that share the horizontal axis.

    panels: lines by the label of their vertical axis. chance: accuracy of guessing, by the label of a panel; it is a
    thin grey line where it is in or near the visible range. Small dots are single repetitions.
    """
    places = Places(np.asarray(axis.values, dtype=float), True)
    width, height = plt.rcParams["figure.figsize"]
    figure, grid = plt.subplots(1, max(len(panels), 1), squeeze=False, figsize=(width, 0.9 * height))
    number = 0
    for axes, (label, lines) in zip(grid.flat, panels.items(), strict=False):
        for place, line in enumerate(lines):
            shift = (place - (len(lines) - 1) / 2) * SPREAD / len(lines)
            _draw_line(axes, places, line, number, shift)
            number += 1
        if any(line.level is not None for line in lines):
            axes.plot([], [], color="0.4", linestyle=":", linewidth=0.9, label=_("pixels"))
        axes.set_ylabel(_folded(label, 24))
        if label in chance:
            draw_chance(axes, chance[label])
    for axes in grid.flat:
        label_numbers(axes, places, axis.key, width / len(grid.flat) - 0.75)
    legend(figure, *grid.flat)
    return figure


def _draw_line(axes: Axes, places: Places, line: Line, number: int, shift: float) -> None:
    """Draw a line in percent with its intervals and repetitions. number, shift: of the series."""
    means = line.means.iloc[np.argsort(places.values[line.means.index], kind="stable")]
    values = places.values[means.index]
    look = style_of(number)
    for count, part in enumerate(places.segments(values)):
        some = 100 * means.iloc[part].astype(float)
        bars = np.stack([some["mean"] - some["low"], some["high"] - some["mean"]]).clip(0)
        name = "_" if count else line.name
        axes.errorbar(places.of(values[part], shift), some["mean"], yerr=bars, label=name, capsize=2, ms=4, **look)
    single = line.single
    if len(single) > len(means):  # several repetitions of a setting
        x = places.of(places.values[single["setting"]], shift + DOTS)
        axes.plot(x, 100 * single["value"], ".", ms=3, color=look["color"], alpha=0.5, zorder=3)
    if line.level is not None:
        axes.axhline(100 * line.level, color=look["color"], linestyle=":", linewidth=0.9)
