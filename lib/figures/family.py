"""Figures of the experiments of the lecture on autoencoders and deep networks."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.figures.places import style_of
from lib.words import lecture
from lib.words.language import _, ngettext

PANELS = 3  # side by side


def points(results: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw two codings of points in space: principal components, and the codings of a linear autoencoder.

    curves: columns way ("pca" or "adam"), coding_1 and coding_2.
    """
    figure, places = plt.subplots(1, 2)
    for axes, (way, title) in zip(
        places, (("pca", _("principal components")), ("adam", _("linear autoencoder"))), strict=True
    ):
        rows = curves[curves["way"] == way]
        axes.scatter(rows["coding_1"], rows["coding_2"], s=8)
        axes.set(title=title, xlabel=_("first coding"), ylabel=_("second coding"))
        axes.set_aspect("equal", "datalim")
    return figure


def table(results: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the error of a linear autoencoder after each step of Adam; dotted: the error of principal components.

    results: column pca_training_error. curves: columns seed, step and training_error.
    """
    figure, axes = plt.subplots()
    for number, (_seed, rows) in enumerate(curves.groupby("seed")):
        axes.plot(rows["step"], rows["training_error"], color=f"C{number}", linewidth=1)
    axes.axhline(results["pca_training_error"].mean(), color="0.4", linestyle=":")
    axes.set(yscale="log", xlabel=_("steps of Adam"), ylabel=_("mean squared error"))
    return figure


def gradients(results: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the norm of the gradient of each layer of the deepest networks, a line per activation.

    curves: columns activation, depth, seed, layer and norm, of which the mean over seeds is drawn.
    """
    figure, axes = plt.subplots()
    deepest = curves[curves["depth"] == curves["depth"].max()]
    names = lecture.activations()
    for number, (activation, rows) in enumerate(deepest.groupby("activation", sort=False)):
        norms = rows.groupby("layer")["norm"].mean()
        axes.plot(norms.index, norms, label=names[str(activation)], **style_of(number) | {"markersize": 4})
    axes.set(yscale="log", xlabel=_("layer"), ylabel=_("norm of the gradient"))
    axes.legend()
    return figure


def letters(results: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the cross-entropy of training and validation letters against the epoch, for the first seed.

    curves: columns epoch, training, validation, seed, network, start and settings. Machines are left out.
    """
    first = curves[(curves["seed"] == curves["seed"].min()) & (curves["network"] != "machines")]
    groups = list(first.groupby(["network", "start", "settings"], sort=False))
    width, _height = plt.rcParams["figure.figsize"]
    rows_of_panels = -(-(len(groups) + 1) // PANELS)  # the legend takes the place of a panel
    figure, places = plt.subplots(
        rows_of_panels, PANELS, sharey=True, squeeze=False, figsize=(width, 0.4 * width * rows_of_panels)
    )
    words, ways = lecture.starts(), lecture.trainings()
    for axes, ((network, start, settings), rows) in zip(places.flat, groups, strict=False):
        axes.plot(rows["epoch"], rows["training"], color="C0", linestyle="-", label=_("training"))
        axes.plot(rows["epoch"], rows["validation"], color="C1", linestyle="--", label=_("validation"))
        layers = str(network).count("-") - 1
        depth = ngettext("{count} hidden layer", "{count} hidden layers", layers).format(count=layers)
        axes.set_title(f"{depth}\n{words[start]}\n{ways[settings]}", fontsize=8)
        axes.set(xlabel=_("epoch"), yscale="log")
        axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    for axes in places[:, 0]:
        axes.set_ylabel(_("cross-entropy"))
    for axes in places.flat[len(groups) :]:
        axes.set_axis_off()
    places.flat[len(groups)].legend(*places[0, 0].get_legend_handles_labels(), loc="center")
    return figure


def digits(results: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """Draw the loss of the batches of the softmax layer, a line per setting, means over seeds.

    curves: columns settings, seed, update and loss.
    """
    figure, axes = plt.subplots()
    for number, (name, rows) in enumerate(curves.groupby("settings", sort=False)):
        loss = rows.groupby("update")["loss"].mean()
        axes.plot(
            loss.index, loss, label=lecture.beliefs().get(str(name), str(name)), **style_of(number) | {"markersize": 3}
        )
    axes.set(yscale="log", xlabel=_("updates of the softmax layer"), ylabel=_("cross-entropy"))
    axes.legend()
    return figure


DRAWN: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Figure]] = {
    "points": points,
    "table": table,
    "gradients": gradients,
    "letters": letters,
    "digits": digits,
}
