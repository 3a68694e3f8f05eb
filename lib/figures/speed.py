"""Chart of the speed of a graphics processor."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.figures.places import legend, number_texts, style_of
from lib.study.labels import Label
from lib.words.labels import label_text
from lib.words.language import _


def speed_up(measurements: pd.DataFrame) -> Figure:
    """Draw how much faster a graphics processor is than the CPU, and the time of one evaluation on both.

    measurements: columns units, patches, precision, cpu_seconds and gpu_seconds (of one evaluation of loss and
    gradient). There is one line per number of units and precision.
    """
    figure, (ratios, times) = plt.subplots(1, 2)
    for number, ((units, precision), rows) in enumerate(measurements.groupby(["units", "precision"], sort=False)):
        rows = rows.sort_values("patches")
        look = style_of(number) | {"markersize": 4}
        name = label_text(Label.of({"hidden": [int(units)], "precision": precision}))
        ratios.plot(rows["patches"], rows["cpu_seconds"] / rows["gpu_seconds"], label=name, **look)
        times.plot(rows["patches"], 1000 * rows["gpu_seconds"], **look)
        times.plot(rows["patches"], 1000 * rows["cpu_seconds"], **look | {"markerfacecolor": "white"})
    times.plot([], [], marker="o", color="0.4", linestyle="none", label=_("graphics processor"))
    times.plot([], [], marker="o", color="0.4", markerfacecolor="white", linestyle="none", label=_("CPU"))
    ticks = np.unique(measurements["patches"])
    for axes in (ratios, times):
        axes.set(xscale="log", yscale="log", xlabel=_("training patches"))
        axes.set_xticks(ticks, number_texts(ticks.tolist()))
        axes.minorticks_off()
    ratios.axhline(1, color="0.7", linewidth=0.8, zorder=0)
    ratios.set_ylabel(_("speed-up"))
    times.set_ylabel(_("time of an evaluation (ms)"))
    legend(figure, ratios, times)
    return figure
