"""Charts of trainings: reconstruction errors, and the terms of the loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from lib.figures.places import legend, number_texts, style_of
from lib.study.labels import Label
from lib.words.labels import Form, label_text
from lib.words.language import _

DECADES = 1.5  # an axis that spans fewer has ticks at 1, 2 and 5 times the powers of ten
TERMS = ("reconstruction", "decay", "sparsity")


def _mean_line(histories: Sequence[pd.DataFrame], column: str, against: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the means over the repetitions of iteration or seconds, and of a column, after each iteration (I,).

    histories: from the first iteration on; I is the number of iterations that all repetitions have made.
    """
    count = min(map(len, histories))
    across, up = (np.mean([one[key].iloc[:count] for one in histories], axis=0) for key in (against, column))
    return across, up


def _from_first_iteration(history: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that logarithmic axes can show: those after the start."""
    return history[(history["iteration"] > 0) & (history["seconds"] > 0)]


def convergence(histories: Mapping[Label, Sequence[pd.DataFrame]]) -> Figure:
    """Draw the reconstruction error against iteration and against CPU seconds, on logarithmic axes.

    histories: of the repetitions of each setting, with the columns iteration, seconds, loss and reconstruction. The
    start of each training is not drawn. A setting has thin lines for its repetitions, and one that joins their means
    after each iteration. If a training does not record the reconstruction error, all lines show the loss.
    """
    shown = {
        label: [rows for history in some if len(rows := _from_first_iteration(history))]
        for label, some in histories.items()
    }
    known = all(rows["reconstruction"].notna().all() for some in shown.values() for rows in some)
    column = "reconstruction" if known else "loss"
    figure, axes = plt.subplots(1, 2, sharey=True)
    for axis, against in zip(axes, ("iteration", "seconds"), strict=True):
        for number, (label, some) in enumerate(shown.items()):
            if some:
                _draw_setting(axis, label_text(label, Form.MATPLOTLIB), [some, column, against], number)
        _label(axis, _("iteration") if against == "iteration" else _("CPU time (s)"))
    axes[0].set_ylabel(_("reconstruction error") if known else _("loss $J$"))
    if len(shown) > 1:
        legend(figure, axes[0])
    return figure


def _label(axis: Axes, name: str) -> None:
    """Name the horizontal axis; both axes are logarithmic if there is anything to show."""
    axis.set_xlabel(name)
    if any(np.size(line.get_xdata()) for line in axis.lines):
        axis.set(xscale="log", yscale="log")
        for direction in (axis.xaxis, axis.yaxis):
            low, high = direction.get_view_interval()
            if np.log10(high / low) < DECADES:
                direction.set_major_locator(LogLocator(subs=(1, 2, 5)))
                direction.set_major_formatter(FuncFormatter(lambda value, _place: number_texts([value])[0]))
            direction.set_minor_formatter(NullFormatter())  # labels between the ticks overlap


def _draw_setting(axis: Axes, name: str, line: Sequence, number: int) -> None:
    """Draw a setting's mean, and its repetitions if there are several."""
    some, column, against = line
    look = style_of(number) | {"marker": None}
    if len(some) > 1:
        for history in some:
            axis.plot(history[against], history[column], color=look["color"], linestyle="-", linewidth=0.5, alpha=0.5)
    axis.plot(*_mean_line(some, column, against), label=name, linewidth=1.5, **look)


def network_training(histories: Mapping[str, Sequence[pd.DataFrame]]) -> Figure:
    """Draw the cross-entropy of networks on their training images against updates, epochs and CPU seconds.

    histories: of the repetitions of each network, by its text in the legend, with the columns updates, epoch, seconds
    and cross_entropy. All axes are logarithmic. A network has thin lines for its repetitions, and one for their means.
    """
    names = {"updates": _("updates"), "epoch": _("epochs"), "seconds": _("CPU time (s)")}
    figure, axes = plt.subplots(1, 3, sharey=True)
    for axis, (against, name) in zip(axes, names.items(), strict=True):
        for number, (text, some) in enumerate(histories.items()):
            _draw_setting(axis, text, [[rows[rows["seconds"] > 0] for rows in some], "cross_entropy", against], number)
        _label(axis, name)
    axes[0].set_ylabel(_("cross-entropy, training images"))
    legend(figure, axes[0])
    return figure


def terms(history: pd.DataFrame) -> Figure:
    """Draw the loss of a training and its terms against iteration, on logarithmic axes.

    history: columns iteration, seconds, loss, reconstruction, decay and sparsity. The start is not drawn, nor a term
    that is 0 or that the training does not record.
    """
    rows = _from_first_iteration(history)
    names = {
        "loss": _("loss $J$"),
        "reconstruction": _("reconstruction error"),
        "decay": _("weight decay"),
        "sparsity": _("sparsity term"),
    }
    figure, axes = plt.subplots()
    for number, column in enumerate(("loss", *TERMS)):
        if column == "loss" or (rows[column] > 0).any():
            look = style_of(number) | {"marker": None}
            axes.plot(rows["iteration"], rows[column], label=names[column], **look)
    axes.set_ylabel(_("term of the loss"))
    _label(axes, _("iteration"))
    legend(figure, axes, columns=4)
    return figure
