"""Figures of the study: functions from data to Matplotlib figures, in one style for paper and screen."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from math import ceil
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font
from matplotlib.ticker import NullFormatter

from lib.fonts import OTHERS, SERIF, characters_of, file_of, shapeless
from lib.labels import unformatted, words
from lib.language import _, decimal_mark

MARKERS = ("o", "s", "^", "D", "v", "P")
SYMBOLS = {"rho": r"$\rho$", "lambda": r"$\lambda$", "beta": r"$\beta$"}
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
OVERVIEW = {"images": 16, "patches": 100}  # shown by the overview, at most


FALLBACK = ("DejaVu Serif", "DejaVu Sans")  # what Matplotlib brings itself
LINE = 32  # characters of a line of a legend at most


@cache
def families() -> dict[str, frozenset[int]]:
    """The families of fonts that text takes its characters from, in their order, and the code points of each.

    The first is that of the report, where it is installed; Matplotlib's own Computer Modern would not do instead, for
    it has other characters in the places of signs such as < and {.
    """
    found = {}
    for file in filter(None, map(file_of, (SERIF["m", "n"], *OTHERS))):
        if str(file) not in {font.fname for font in fontManager.ttflist}:
            fontManager.addfont(file)
        found[FT2Font(str(file)).family_name] = characters_of(file)
    return found | {name: characters_of(Path(findfont(name))) for name in FALLBACK}


def plain(text: str) -> str:
    """A user's text in lines as Matplotlib draws it to the letter: no formulas, a box for what no font has."""
    known = families().values()
    lines = wrap(" ".join(unicodedata.normalize("NFC", text).split()), LINE)
    shown = (
        "".join(one if not shapeless(one) and any(ord(one) in have for have in known) else "□" for one in line)
        for line in lines
    )
    return "\n".join(shown).replace("$", r"\$")


def axis_label(key: str) -> str:
    """What stands at an axis of a setting, with its unit."""
    labels = {
        "hidden": _("hidden units"),
        "patches": _("training patches"),
        "patch_size": _("side of a patch (pixels)"),
        "stride": _("stride (pixels)"),
    }
    return SYMBOLS.get(key) or labels.get(key) or _(key.replace("_", " "))


def set_style(style: dict[str, Any]) -> None:
    """Apply the configuration's look: width in inches, resolution in dots per inch and, where there are lines, colours.

    Lines differ in dashes as well as in colour, so that they can be told apart in grey.
    """
    # CMU Serif calls its normal weight 500, which Matplotlib would tell for every text.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    if colours := style.get("colours"):
        dashes = [LINES[k % len(LINES)] for k in range(len(colours))]
        plt.rcParams["axes.prop_cycle"] = cycler(color=colours) + cycler(linestyle=dashes)
    plt.rcParams.update(
        {
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.formatter.use_mathtext": True,
            "figure.figsize": (style["width"], style["width"] * 0.45),
            "figure.constrained_layout.use": True,
            "font.family": list(families()),
            "font.size": 10,
            "mathtext.fontset": "cm",
            "legend.frameon": False,
            "figure.dpi": style["resolution"],
            "pdf.fonttype": 42,
        }
    )


def save(figure: Figure, paths: Sequence[str]) -> None:
    """Write the figure to each path, PNG or PDF by its suffix; without a date, equal figures are equal bytes.

    A figure is drawn once for each path: `Figure.savefig` would draw it twice, and find its layout anew.
    """
    for path in sorted(paths, key=lambda path: Path(path).suffix != ".png"):  # the first one finds the layout
        if Path(path).suffix == ".pdf":
            FigureCanvasPdf(figure).print_pdf(path, metadata={"CreationDate": None})
        else:
            FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})
        figure.set_layout_engine("none")
    plt.close(figure)


def _folded(text: str, width: int) -> str:
    """Text in lines of about so many characters; formulas stay whole."""
    whole = re.sub(r"\$[^$]*\$", lambda match: match.group().replace(" ", "\0"), text)
    return "\n".join(wrap(whole, width, break_long_words=False)).replace("\0", " ")


def _blank(axis: Axes) -> None:
    """Let an axis show its content alone. Hidden ticks would still be laid out, the slowest part of drawing."""
    axis.set_axis_off()
    axis.set(xticks=[], yticks=[])


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
