"""Where points are along an axis, its ticks and the legend: what charts of settings share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib

from lib.figures.style import LINES, MARKERS, _folded

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from lib.study.labels import Label
from lib.words.labels import Form, label_text, setting_name, setting_word
from lib.words.language import _, decimal_mark

LOGARITHMIC = 8  # an axis is logarithmic where its largest value is at least so many times the smallest above 0
SPREAD = 0.6  # of the distance of two places over which the series of one place are spread
STEP = 0.1  # of the length of an axis with numbers: the distance of two places
ZERO = 0.15  # of the length of a logarithmic axis: the distance between 0 and the smallest value above 0
LETTER = 0.6  # width of a letter of a tick on average, in sizes of its font
ROW = 0.35  # inches of a legend for which figures leave room
SHORT = 8  # characters of a line of a word that replaces a number, which has at most two
NEAR = 0.5  # of the visible range: the chance level is shown where it is not farther below


@dataclass(frozen=True)
class Places:
    """Where settings have their points on an axis.

    Attributes
    ----------
    values : of each setting (S,).
    numeric : whether they are values of a setting that is a number, not just places in a row.
    """

    values: np.ndarray
    numeric: bool

    @property
    def _positive(self) -> np.ndarray:
        return self.values[self.values > 0]

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is logarithmic. It can have 0, but nothing below."""
        positive = self._positive
        if not self.numeric or len(set(positive)) < 2 or self.values.min() < 0:
            return False
        return bool(positive.max() / positive.min() >= LOGARITHMIC)

    @property
    def breaks(self) -> bool:
        """Whether the axis is logarithmic and has a place for 0, left of all others."""
        return self.logarithmic and bool(self.values.min() == 0)

    def of(self, values: np.ndarray, shift: float = 0.0) -> np.ndarray:
        """Return the places (N,) of values (N,), moved by a share of a step so that series do not hide each other."""
        if not self.numeric:
            return values + shift
        if not self.logarithmic:
            return values + shift * STEP * (self.values.max() - self.values.min())
        low, high = self._positive.min(), self._positive.max()
        return np.where(values > 0, values, low * (high / low) ** -ZERO) * (high / low) ** (shift * STEP)

    def segments(self, values: np.ndarray) -> list[np.ndarray]:
        """Return the indices of sorted values (N,) that one line joins: a line does not cross a break of the axis."""
        parts = [np.flatnonzero(values <= 0), np.flatnonzero(values > 0)] if self.breaks else [np.arange(len(values))]
        return [part for part in parts if len(part)]


def style_of(number: int) -> dict[str, Any]:
    """Return colour, marker and line of a series by its number. No series is dotted: levels of pixels are."""
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    lines = [line for line in LINES if line != ":"]
    number, turn = number % len(colours), number // len(colours)
    return {
        "color": colours[number],
        "marker": MARKERS[(number + turn) % len(MARKERS)],
        "linestyle": lines[(number + turn) % len(lines)],
    }


def legend(figure: Figure, *axes: Axes, columns: int = 3) -> None:
    """Put one legend of all axes above the figure, in as many columns as fit; the figure grows with a tall legend.

    columns: at most. An entry that several axes have is shown once.
    """
    entries = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    # Series first, then levels.
    labels = sorted(entries, key=lambda label: not isinstance(entries[label], ErrorbarContainer))
    handles = [entries[label] for label in labels]
    for count in range(columns, 0, -1):
        found = figure.legend(handles, labels, loc="outside upper center", ncols=count)
        size = found.get_window_extent()
        if count == 1 or size.width <= figure.bbox.width:
            break
        found.remove()
    figure.set_figheight(figure.get_figheight() + max(0.0, size.height / figure.dpi - ROW))


def number_texts(values: Sequence[float]) -> list[str]:
    """Return numbers as ticks show them; as powers of ten where the smallest or the largest has many digits."""
    sizes = [abs(value) for value in values if value]
    if not sizes or (min(sizes) >= 1e-4 and max(sizes) < 1e5):
        return [f"{value:g}".replace(".", decimal_mark()) for value in values]
    texts = []
    for value in values:
        mantissa, exponent = f"{value:e}".split("e")
        power, factor = f"10^{{{int(exponent)}}}", f"{float(mantissa):g}".replace(".", decimal_mark())
        texts.append("0" if value == 0 else f"${power}$" if factor == "1" else rf"${factor} \times {power}$")
    return texts


def _crowded(positions: np.ndarray, texts: Sequence[str], inches: float, size: float) -> bool:
    """Return whether texts at positions (N,), shares of an axis of so many inches, are too long to be in one line."""
    drawn = [text.translate(str.maketrans("", "", "${}^\\")) for text in texts]
    lengths = np.array([max(map(len, text.split("\n"))) for text in drawn])
    gaps = np.diff(positions) * inches
    return bool(np.any((lengths[1:] + lengths[:-1]) / 2 + 1 > gaps / (LETTER * size / 72)))


def _word(key: str, value: float) -> str:
    """Return the short text of a number that stands for something else, empty for other numbers."""
    lines = _folded(setting_word(key, value), SHORT).split("\n")
    return "\n".join(lines) if len(lines) <= 2 and max(map(len, lines)) <= SHORT else ""


def label_numbers(axes: Axes, places: Places, key: str, inches: float) -> None:
    """Label the horizontal axis with the values of a setting. inches: about the length of the axis."""
    values = np.unique(places.values)
    ticks = places.of(values)
    axes.set_xscale("log" if places.logarithmic else "linear")
    texts = [_word(key, value) or text for value, text in zip(values, number_texts(values.tolist()), strict=True)]
    along = np.log(ticks) if places.logarithmic else ticks
    size = float(plt.rcParams["font.size"]) - 1
    # The margins on both sides take a tenth of the axis.
    crowded = len(values) > 1 and _crowded((along - along[0]) / (along[-1] - along[0]) * 0.9, texts, inches, size)
    axes.set_xticks(ticks, texts, fontsize=size, rotation=90 if crowded else 0)
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.minorticks_off()
    axes.set_xlabel(setting_name(key, Form.MATPLOTLIB))
    if places.breaks:
        _mark_break(axes, float(np.sqrt(ticks[0] * ticks[1])), float(ticks[-1] / ticks[0]))


def _mark_break(axes: Axes, place: float, span: float) -> None:
    """Interrupt the horizontal axis, whose values span a factor, at a place by two slanted strokes."""
    look: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "clip_on": False, "zorder": 5, "linestyle": "none"}
    axes.plot([place], [0], marker="s", markersize=5, color="white", **look)
    for shift in (-0.01, 0.01):
        axes.plot([place * span**shift], [0], marker=[(-0.5, -1), (0.5, 1)], markersize=8, color="black", **look)


def label_words(axes: Axes, labels: Sequence[Label], width: int) -> None:
    """Label places in a row on the horizontal axis, in lines of about so many characters."""
    axes.set_xticks(range(len(labels)), [_folded(label_text(label, Form.MATPLOTLIB), width) for label in labels])
    axes.set_xlim(-0.5, len(labels) - 0.5)


def draw_chance(axes: Axes, chance: float, vertical: bool = False) -> None:
    """Draw the accuracy of guessing (a fraction) as a thin grey line where it is in or near the visible range.

    vertical: whether accuracies are on the horizontal axis.
    """
    low, high = axes.get_xlim() if vertical else axes.get_ylim()
    if low - NEAR * (high - low) <= 100 * chance <= high:
        line = axes.axvline if vertical else axes.axhline
        line(100 * chance, color="0.7", linewidth=0.8, zorder=0, label=_("chance"))
        if 100 * chance < low:
            limits = (100 * chance - 0.05 * (high - 100 * chance), high)
            axes.set_xlim(limits) if vertical else axes.set_ylim(limits)
