"""Plots of the benchmarks, each drawn from one table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import yaml
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks import loss
from lib.figures.style import MARKERS, set_style

ROOT = Path(__file__).parents[1]


def lines(axes: Axes, table: pd.DataFrame, x: str, y: str, intervals: bool = True) -> None:
    """Draw one line per way, with the quartiles of its ratios."""
    for (way, rows), marker in zip(table.groupby("way", sort=False), MARKERS * 2, strict=False):
        rows = rows.sort_values(x)
        spread = [rows[y] - rows["low"], rows["high"] - rows[y]] if intervals else None
        axes.errorbar(rows[x], rows[y], yerr=spread, marker=marker, markersize=4, capsize=2, label=str(way))


def above(figure: Figure, axes: Axes) -> None:
    """Draw the legend of the axes above the figure, where it covers nothing."""
    figure.legend(*axes.get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize="x-small")


def scaling(table: pd.DataFrame, x: str, label: str) -> Figure:
    """Return a figure of the ratio to the limit along one size, with one panel per dtype."""
    kinds = list(dict.fromkeys(table["dtype"]))
    figure, panels = plt.subplots(1, len(kinds), sharey=True, squeeze=False)
    for axes, dtype in zip(panels[0], kinds, strict=True):
        lines(axes, table[table["dtype"] == dtype], x, "ratio")
        axes.set(xscale="log", yscale="log", xlabel=label, title=dtype)
    panels[0][0].set_ylabel(f"seconds / seconds of the {loss.LIMIT}")
    above(figure, panels[0][-1])
    return figure


def of_one_layer(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of networks with one hidden layer, with its size as a number."""
    rows = table[~table["hidden"].astype(str).str.contains("-")]
    return rows.assign(hidden=rows["hidden"].astype(int))


def on_all_cores(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows measured with the largest number of threads."""
    return table[table["threads"] == table["threads"].max()]


def by_objects(tables: dict[str, pd.DataFrame]) -> Figure:
    table = on_all_cores(of_one_layer(tables["loss"]))
    return scaling(table[table["hidden"] == loss.HIDDEN], "objects", "objects")


def by_hidden(tables: dict[str, pd.DataFrame]) -> Figure:
    table = on_all_cores(of_one_layer(tables["loss"]))
    return scaling(table[(table["objects"] == loss.OBJECTS) & (table["dtype"] == "float64")], "hidden", "hidden units")


def by_threads(tables: dict[str, pd.DataFrame]) -> Figure:
    table = of_one_layer(tables["loss"])
    table = table[(table["hidden"] == loss.HIDDEN) & (table["objects"] == loss.OBJECTS)]
    alone = table[table["threads"] == 1].set_index(["way", "dtype"])["seconds"]
    speedup = [alone[way, dtype] / seconds for way, dtype, seconds in table[["way", "dtype", "seconds"]].to_numpy()]
    table = table.assign(speedup=speedup)
    kinds = list(dict.fromkeys(table["dtype"]))
    figure, panels = plt.subplots(1, len(kinds), sharey=True, squeeze=False)
    for axes, dtype in zip(panels[0], kinds, strict=True):
        lines(axes, table[table["dtype"] == dtype], "threads", "speedup", intervals=False)
        axes.set(xlabel="threads", title=f"{dtype}, {loss.OBJECTS:,} objects", xticks=sorted(set(table["threads"])))
    panels[0][0].set_ylabel("times as fast as one thread")
    above(figure, panels[0][-1])
    return figure


def roofline(tables: dict[str, pd.DataFrame]) -> Figure:
    """Return the roofline plot: speed over operations per byte of data, below the limits of processor and memory."""
    table = on_all_cores(of_one_layer(tables["loss"]))
    figure, axes = plt.subplots()
    best = table[table["way"] == loss.LIMIT].groupby("dtype")["gflops"].max()
    for dtype, peak in best.items():
        axes.axhline(peak, color="0.6", linestyle=":")
        axes.annotate(f"products, {dtype}", (table["intensity"].min(), peak), fontsize="x-small", va="bottom")
    ends = pd.Series([table["intensity"].min(), table["intensity"].max()])
    axes.plot(ends, ends * table["gigabytes_per_second"].median(), color="0.6", linestyle="--", label="memory")
    for (way, rows), marker in zip(
        table[table["way"] != loss.LIMIT].groupby("way", sort=False), MARKERS * 2, strict=False
    ):
        axes.plot(rows["intensity"], rows["gflops"], linestyle="", marker=marker, markersize=4, label=str(way))
    axes.set(xscale="log", yscale="log", xlabel="operations per byte of data", ylabel="10⁹ operations per second")
    above(figure, axes)
    return figure


def growth(tables: dict[str, pd.DataFrame]) -> Figure:
    table = tables["growth"]
    figure, (left, right) = plt.subplots(1, 2)
    left.plot(table["objects"], table["seconds"], marker="o")
    left.set(xscale="log", yscale="log", xlabel="objects", ylabel="seconds of an evaluation")
    right.plot(table["objects"], table["memory MB"], marker="o", label="memory of the process")
    right.plot(table["objects"], table["data MB"], marker="s", label="data")
    right.set(xscale="log", yscale="log", xlabel="objects", ylabel="MB")
    right.legend(fontsize="x-small")
    return figure


def features(tables: dict[str, pd.DataFrame]) -> Figure:
    figure, axes = plt.subplots()
    lines(axes, tables["features"], "stride", "ratio")
    axes.set(xscale="log", xlabel="stride (pixels)", ylabel="seconds / seconds of the product alone")
    axes.set_xticks(sorted(set(tables["features"]["stride"])), minor=False)
    axes.xaxis.set_major_formatter("{x:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    above(figure, axes)
    return figure


PLOTS: dict[str, tuple[str, Callable[[dict[str, pd.DataFrame]], Figure]]] = {
    "objects": ("loss", by_objects),
    "hidden": ("loss", by_hidden),
    "threads": ("loss", by_threads),
    "roofline": ("loss", roofline),
    "growth": ("growth", growth),
    "features": ("features", features),
}


def draw(folder: Path) -> None:
    """Draw every plot whose table is in the folder."""
    set_style(yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["figures"])
    tables = {path.stem: pd.read_csv(path) for path in folder.glob("*.csv")}
    for name, (needed, plot) in PLOTS.items():
        if needed in tables:
            figure = plot(tables)
            figure.savefig(folder / f"{name}.png")
            plt.close(figure)
