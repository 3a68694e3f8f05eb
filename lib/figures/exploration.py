"""Figures of labelled images before anything is trained: classes, pairs of images, maps and labels in doubt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullFormatter

from lib.display_layer import mosaic
from lib.evaluation.exploration import DOUBTS_SHOWN
from lib.figures.pictures import CLASSES
from lib.figures.places import legend, style_of
from lib.figures.style import _blank, _folded, plain
from lib.words.language import _, decimal_mark

MOST_CLASSES = CLASSES["all"]  # with a bar, pictures, a histogram and a name on a map
PANELS = 5  # histograms in a row
NAME = 16  # letters of a line of the name of a class below a picture
DOUBTS = {"row": 6, "all": DOUBTS_SHOWN}  # images whose label is in doubt, in a row and in all
# Of classes where the configuration has too few colours: the scheme "muted" of Paul Tol, safe for colour-blind readers.
COLOURS = ("#332288", "#88CCEE", "#117733", "#DDCC77", "#CC6677", "#44AA99", "#AA4499", "#999933", "#882255", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "X")
NAME_SIZE = 10  # points: the font of the names on a map
LETTER, LINE = 0.55, 1.3  # width of a letter and height of a line, in sizes of the font
LETTERS = 9  # of a name below a picture per inch


def draw(kind: str, tables: Mapping[str, pd.DataFrame], arrays: Mapping[str, np.ndarray]) -> Figure:
    """Draw a figure of the exploration of a study.

    kind: balance, moments, histograms, pairs, pca, tsne or doubts. tables: of the study, by name. arrays: what the
    stage exploration stores next to them: means and variances (K, D) and histogram (K, bins) of the classes, and the
    images of the pairs, pairs (P, 2, D), and of the labels in doubt, doubts (at most 18, D). Raises KeyError for
    another kind.
    """
    classes, points = tables["exploration_classes"], tables["exploration_maps"]
    names = classes["class"].tolist()
    return {
        "balance": lambda: balance(classes),
        "moments": lambda: moments(names, arrays["means"], arrays["variances"]),
        "histograms": lambda: histograms(names, arrays["histogram"], classes["images"].to_numpy()),
        "pairs": lambda: pairs(tables["exploration_pairs"], arrays["pairs"]),
        "pca": lambda: pca_plane(points, tables["exploration_components"], names),
        "tsne": lambda: tsne_plane(points, names),
        "doubts": lambda: doubts(tables["exploration_doubts"], arrays["doubts"]),
    }[kind]()


def kinds_of_pairs() -> dict[str, str]:
    """Return what people read for the kinds of pairs, in the order of the figure."""
    return {
        "nearest": _("nearest pairs of images"),
        "nearest_of_two_classes": _("nearest pairs of images of different classes"),
        "farthest_of_one_class": _("farthest pairs of images of one class"),
    }


def _named(name: str, letters: int = 14) -> str:
    """Return the name of a class in short lines."""
    return _folded(plain(_(name)), letters)


def _number(value: float, digits: int = 0) -> str:
    return f"{value:.{digits}f}".replace(".", decimal_mark())


def balance(classes: pd.DataFrame) -> Figure:
    """Draw the number of images of each class as bars, next to them the mean and the deviation of its intensities.

    The deviation has its own marker and is not an interval around the mean: most intensities are near 0 or near 255.

    classes: one row per class with the columns class, images, mean and deviation. Classes beyond the first 24 are left
    out.
    """
    shown = classes.head(MOST_CLASSES)
    places = np.arange(len(shown))
    figure, (left, right) = plt.subplots(
        1, 2, sharey=True, figsize=(plt.rcParams["figure.figsize"][0], 0.8 + 0.24 * len(shown))
    )
    bars = left.barh(places, shown["images"], color=style_of(0)["color"], height=0.7)
    left.bar_label(bars, labels=[str(count) for count in shown["images"]], padding=2, fontsize=7)
    left.margins(x=0.18)
    left.locator_params(axis="x", nbins=4)
    left.set_xlabel(_("training images"))
    for number, (column, title) in enumerate((("mean", _("mean")), ("deviation", _("standard deviation")))):
        right.plot(shown[column], places, label=title, **style_of(number + 4) | {"linestyle": "none", "markersize": 5})
    right.legend(loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2, fontsize=8, handletextpad=0.1)
    right.set_xlabel(_("intensity (0 to 255)"))
    right.set_xlim(0, None)
    right.grid(axis="y", color="0.9")
    left.set_yticks(places, [_named(name, 20) for name in shown["class"]], fontsize=8)
    left.set(ylim=(len(shown) - 0.5, -0.5))
    return figure


def moments(names: Sequence[str], means: np.ndarray, variances: np.ndarray) -> Figure:
    """Draw the mean image of each class and, below it, the image of its variances.

    names: of the classes (K,). means: (K, D), intensities from 0 to 255. variances: (K, D); black is 0 and white the
    largest variance of all classes. Classes that do not fit next to each other continue below; those beyond the first
    24 are left out.
    """
    shown = min(len(names), MOST_CLASSES)
    blocks = ceil(shown / CLASSES["row"])
    columns = ceil(shown / blocks)
    levels = {
        _("mean"): np.rint(means),
        _("variance"): np.rint(255 * variances / max(float(variances[:shown].max()), 1e-12)),
    }
    tile = plt.rcParams["figure.figsize"][0] / max(columns + 1, 7)
    size = ((columns + 1) * tile, blocks * (2 * tile + 0.4))
    figure, grid = plt.subplots(2 * blocks, columns, squeeze=False, figsize=size)
    for axes in grid.flat:
        _blank(axes)
    for number in range(shown):
        block, column = divmod(number, columns)
        for row, images in enumerate(levels.values()):
            _draw_image(grid[2 * block + row, column], images[number])
        grid[2 * block, column].set_title(_named(names[number], int(LETTERS * tile) + 2), fontsize=7)
    for row in range(2 * blocks):
        title = list(levels)[row % 2]
        grid[row, 0].text(-0.12, 0.5, title, ha="right", va="center", fontsize=8, transform=grid[row, 0].transAxes)
    return figure


def _draw_image(axes: Axes, *images: np.ndarray) -> None:
    """Draw images (D,) from 0 to 255 next to each other."""
    levels = np.stack(images).astype(np.uint8)
    axes.imshow(mosaic(levels, scale="none", columns=len(images)), interpolation="nearest")


def histograms(names: Sequence[str], histogram: np.ndarray, images: np.ndarray) -> Figure:
    """Draw the shares of the intensities of each class as an area, those of the images of all classes as a line.

    names: of the classes (K,). histogram: (K, bins), shares of the intensities from 0 to 255, 0 for a class without
    images in the sample. images: their numbers (K,). The vertical axis is logarithmic, as a background of one intensity
    would hide all else. Classes beyond the first 24 have no area.
    """
    shown = min(len(names), MOST_CLASSES)
    columns = min(PANELS, shown)
    rows = ceil(shown / columns)
    figure, grid = plt.subplots(
        *(rows, columns),
        sharex=True,
        sharey=True,
        squeeze=False,
        figsize=(plt.rcParams["figure.figsize"][0], 0.5 + 1.15 * rows),
    )
    edges = np.linspace(0, 256, histogram.shape[1] + 1)
    weights = np.where(histogram.any(axis=1), images, 0)
    all_classes, low = 100 * np.average(histogram, axis=0, weights=weights), 100 * histogram[histogram > 0].min()
    for number, axes in enumerate(grid.flat):
        if number >= shown:
            axes.set_axis_off()
            continue
        shares = np.maximum(100 * histogram[number], 0.5 * low)
        axes.stairs(shares, edges, fill=True, color=style_of(4)["color"], baseline=0.5 * low)
        axes.stairs(np.maximum(all_classes, 0.5 * low), edges, color="black", linewidth=0.7, baseline=None)
        axes.set_title(_named(names[number], 18), fontsize=8)
        axes.set(yscale="log", xticks=[0, 128, 255], xlim=(0, 256), ylim=(0.5 * low, None))
        axes.tick_params(labelsize=7)
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 3)))
        axes.yaxis.set_major_formatter(lambda share, _place: f"{share:g}".replace(".", decimal_mark()))
        axes.yaxis.set_minor_formatter(NullFormatter())
    figure.supxlabel(_("intensity"), fontsize=9)
    figure.supylabel(_("share of the pixels (%)"), fontsize=9)
    return figure


def pairs(table: pd.DataFrame, images: np.ndarray) -> Figure:
    """Draw pairs of images in a row for each kind, with their classes and their distance.

    table: one row per pair with the columns kind, image_class, other_class and distance, sorted by kind. images:
    (P, 2, D) uint8, both images of each pair.
    """
    kinds = {kind: title for kind, title in kinds_of_pairs().items() if (table["kind"] == kind).any()}
    columns = max(4, int(table["kind"].value_counts().max()))
    width = plt.rcParams["figure.figsize"][0]
    figure = plt.figure(figsize=(width, len(kinds) * (0.5 * width / columns + 0.75)))
    parts = figure.subfigures(len(kinds), 1, squeeze=False)[:, 0]
    for part, (kind, title) in zip(parts, kinds.items(), strict=True):
        part.suptitle(title, fontsize=9)
        grid = part.subplots(1, columns, squeeze=False)[0]
        for axes in grid:
            _bare(axes)
        for axes, place in zip(grid, np.flatnonzero(table["kind"] == kind), strict=False):
            row = table.iloc[place]
            _draw_image(axes, *images[place])
            classes = dict.fromkeys(_named(row[column], 12) for column in ("image_class", "other_class"))
            axes.set_xlabel(_pair_title(list(classes), float(row["distance"])), fontsize=7)
    return figure


def _bare(axes: Axes) -> None:
    """Hide the frame and the ticks of a picture, but not the text below it."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)


def _pair_title(classes: Sequence[str], distance: float) -> str:
    return "\n".join([" | ".join(classes), _("distance {distance}").format(distance=_number(distance))])


def plane(points: np.ndarray, labels: Sequence[str], names: Sequence[str], axes_names: tuple[str, str]) -> Figure:
    """Draw images as points of a plane with a colour and a marker for each class, and its name at its median.

    points: (N, 2). labels: names of their classes (N,). names: of all classes in their order (K,). axes_names: of the
    horizontal and the vertical axis. Points of classes beyond the first 24 are grey and have no name.
    """
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(figsize=(width, 0.72 * width))
    own = np.asarray(labels, dtype=object)
    others = ~np.isin(own, list(names[:MOST_CLASSES]))
    axes.scatter(points[others, 0], points[others, 1], s=6, color="0.8", linewidths=0)
    medians: dict[str, np.ndarray] = {}
    for number, name in enumerate(names[:MOST_CLASSES]):
        of_class = points[own == name]
        if not len(of_class):
            continue
        look = _look(number, len(names))
        axes.scatter(of_class[:, 0], of_class[:, 1], s=10, alpha=0.8, linewidths=0, **look)
        axes.plot([], [], linestyle="none", markersize=5, label=_named(name, 24), **look)
        medians[_named(name)] = np.median(of_class, axis=0)
    sizes = _sizes_of_texts(figure, axes, list(medians))
    for name, place in zip(medians, _apart(np.array(list(medians.values())), sizes), strict=True):
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": NAME_SIZE, "zorder": 5}
        axes.annotate(name, tuple(place), path_effects=[withStroke(linewidth=3, foreground="white")], **style)
    axes.set(xlabel=axes_names[0], ylabel=axes_names[1])
    legend(figure, axes, columns=5)
    return figure


def _sizes_of_texts(figure: Figure, axes: Axes, texts: Sequence[str]) -> np.ndarray:
    """Return about the width and height (N, 2) of texts on axes that fill most of a figure, in units of the axes."""
    lines = [text.split("\n") for text in texts]
    letters = np.array([(max(map(len, own)), len(own)) for own in lines], dtype=float)
    inches = letters * np.array([LETTER, LINE]) * NAME_SIZE / 72
    spans = np.array([np.ptp(axes.get_xlim()), np.ptp(axes.get_ylim())])
    return inches * spans / (0.8 * np.asarray(figure.get_size_inches()))


def _apart(places: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Return the places (N, 2) of texts with their sizes (N, 2), moved down where they would cover each other."""
    found = places.copy()
    order = np.argsort(-places[:, 1], kind="stable")
    for turn, number in enumerate(order):
        for other in order[:turn][np.argsort(-found[order[:turn], 1], kind="stable")]:
            needed = (sizes[number] + sizes[other]) / 2
            if (np.abs(found[number] - found[other]) < needed).all():
                found[number, 1] = found[other, 1] - needed[1]
    return found


def _look(number: int, classes: int) -> dict[str, Any]:
    """Return colour and marker of a class by its number, given how many there are."""
    colours = plt.rcParams["axes.prop_cycle"].by_key()["color"]
    colours = colours if classes <= len(colours) else COLOURS
    number, turn = number % len(colours), number // len(colours)
    return {"color": colours[number], "marker": MARKERS[(number + turn) % len(MARKERS)]}


def pca_plane(points: pd.DataFrame, components: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw the scores of the two leading principal components, with their shares of the variance.

    points: columns class, pca_1 and pca_2. components: column explained, one row per component.
    """
    axes_names = [
        _("principal component {number} ({share} % of the variance)").format(
            number=number, share=_number(100 * share, 1)
        )
        for number, share in enumerate(components["explained"].head(2), 1)
    ]
    scores = points[["pca_1", "pca_2"]].to_numpy()
    return plane(scores, points["class"].tolist(), names, (axes_names[0], axes_names[-1]))


def tsne_plane(points: pd.DataFrame, names: Sequence[str]) -> Figure:
    """Draw the coordinates by t-SNE, which have no unit. points: columns class, tsne_1 and tsne_2."""
    axes_names = (_("first coordinate of t-SNE"), _("second coordinate of t-SNE"))
    return plane(points[["tsne_1", "tsne_2"]].to_numpy(), points["class"].tolist(), names, axes_names)


def doubts(table: pd.DataFrame, images: np.ndarray) -> Figure:
    """Draw images whose label is in doubt with the label and what a model predicts; a sentence where there are none.

    table: columns class, predicted and predicted_probability, one row per image (P, D) uint8. Images beyond the first
    18 are left out.
    """
    width = plt.rcParams["figure.figsize"][0]
    if table.empty:
        figure, axes = plt.subplots(figsize=(width, 0.6))
        _blank(axes)
        axes.text(0.5, 0.5, _("no label is in doubt"), ha="center", va="center")
        return figure
    shown = table.head(DOUBTS["all"])
    columns = DOUBTS["row"]
    rows = ceil(len(shown) / columns)
    tile = width / columns
    figure, grid = plt.subplots(rows, columns, squeeze=False, figsize=(width, rows * (0.8 * tile + 0.5)))
    for axes in grid.flat:
        _bare(axes)
    for axes, (_place, row), image in zip(grid.flat, shown.iterrows(), images, strict=False):
        _draw_image(axes, image)
        share = f"{_number(100 * row['predicted_probability'])}\N{NO-BREAK SPACE}%"
        label = _("label: {name}").format(name=_named(row["class"], NAME))
        predicted = _("predicted: {name}").format(name=_named(row["predicted"], NAME))
        axes.set_xlabel("\n".join([label, predicted, _("probability: {share}").format(share=share)]), fontsize=7)
    return figure
