"""The look of figures, and how they are written."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, fontManager
from matplotlib.ft2font import FT2Font

from lib.words.fonts import OTHERS, SERIF, characters_of, file_of, shapeless

MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)))
FALLBACK = ("DejaVu Serif", "DejaVu Sans")  # what Matplotlib brings itself
LINE = 32  # characters of a line of a legend at most


@cache
def families() -> dict[str, frozenset[int]]:
    """Return the families of fonts that text takes its characters from, in order, with the code points of each.

    The first is the font of the report, where it is installed. Matplotlib's own Computer Modern cannot replace it: it
    has other characters in the places of signs such as < and {.
    """
    found = {}
    for file in filter(None, map(file_of, (SERIF["m", "n"], *OTHERS))):
        if str(file) not in {font.fname for font in fontManager.ttflist}:
            fontManager.addfont(file)
        found[FT2Font(str(file)).family_name] = characters_of(file)
    return found | {name: characters_of(Path(findfont(name))) for name in FALLBACK}


def plain(text: str) -> str:
    """Return a user's text in lines that Matplotlib draws to the letter: no formulas, a box for what no font has."""
    known = families().values()
    lines = wrap(" ".join(unicodedata.normalize("NFC", text).split()), LINE)
    shown = (
        "".join(one if not shapeless(one) and any(ord(one) in have for have in known) else "□" for one in line)
        for line in lines
    )
    return "\n".join(shown).replace("$", r"\$")


def set_style(style: dict[str, Any]) -> None:
    """Apply the configuration's look: width in inches, resolution in dots per inch and, where there are lines, colours.

    Lines differ in dashes as well as in colour, so that a grey print distinguishes them.
    """
    # CMU Serif calls its normal weight 500, about which Matplotlib would warn for every text.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it logs every step of a font's way into a PDF
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
    """Write the figure to each path, as PNG or PDF by its suffix. Files have no date: equal figures are equal bytes.

    A figure is drawn once for each path; `Figure.savefig` would draw it twice and compute its layout again.
    """
    for path in sorted(paths, key=lambda path: Path(path).suffix != ".png"):  # the first one finds the layout
        if Path(path).suffix == ".pdf":
            FigureCanvasPdf(figure).print_pdf(path, metadata={"CreationDate": None})
        else:
            FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})
        figure.set_layout_engine("none")
    plt.close(figure)


def _folded(text: str, width: int) -> str:
    """Return text in lines of about so many characters; formulas stay whole."""
    whole = re.sub(r"\$[^$]*\$", lambda match: match.group().replace(" ", "\0"), text)
    return "\n".join(wrap(whole, width, break_long_words=False)).replace("\0", " ")


def _blank(axis: Axes) -> None:
    """Hide all of an axis but its content. Ticks that are only hidden would still be laid out, the slowest step."""
    axis.set_axis_off()
    axis.set(xticks=[], yticks=[])
