"""Pictures of what autoencoders make of codes and of corrupted inputs, one panel per setting of an experiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from scipy.stats import chi2

from lib.display_layer import mosaic
from lib.evaluation.decoding import STEPS
from lib.figures.pictures import pictures
from lib.figures.style import _folded, plain
from lib.study.decoded import decoded_models
from lib.study.study import Study
from lib.words.labels import Form, label_text
from lib.words.language import _

# Ten colours of the schemes by Okabe and Ito and by Tol. For readers with usual colour vision, protanopia, deuteranopia
# or tritanopia, any two of them differ by at least 23 in CIELAB.
COLOURS = (
    *("#332288", "#E69F00", "#66CCEE", "#228833", "#AA4499", "#000000", "#DDCC77", "#1A85FF", "#999999", "#555555"),
)
SINGLE = 0.6  # of the width of a figure, for a single panel
INSIDE = 0.95  # probability of the circle that shows where the prior has its codes
SHOWN = 0.98  # share of the codes that a panel of the plane holds at least
APART = 0.09  # of the width of a panel, the least distance between two names of classes
_CHARACTERS = 30  # of the title of a small panel

Arrays = Mapping[str, np.ndarray]  # of `lib.evaluation.decoding`, by name


class CodeFigures:
    """The figures of codes of a study, by kind and experiment.

    Parameters
    ----------
    study : the study.
    arrays : returns the arrays of a model.
    names : of the classes.
    """

    def __init__(self, study: Study, arrays: Callable[[str], Arrays], names: Sequence[str]) -> None:
        self.study, self.arrays, self.names = study, arrays, names

    def draw(self, kind: str, experiment: str) -> Figure:
        """Return a figure of an experiment; kind: one of `lib.study.decoded.CODE_FIGURES`."""
        shown = {
            label_text(label, Form.MATPLOTLIB): self.arrays(model)
            for model, label in decoded_models(self.study, experiment, kind).items()
        }
        kinds: dict[str, Callable[[Mapping[str, Arrays]], Figure]] = {
            "samples": samples,
            "manifold": manifolds,
            "interpolations": interpolations,
            "corrections": corrections,
            "plane": lambda models: planes(models, self.names),
        }
        return kinds[kind](shown)


def tiled(patches: np.ndarray, columns: int) -> np.ndarray:
    """Return patches (N, D) uint8 as one picture (height, width, 3), without lines between them and unstretched."""
    return mosaic(np.asarray(patches), scale="none", columns=columns, separator=0, magnify=1)


def _columns(panels: int) -> int:
    """Return how many panels a row has: at most three, and two where two rows of two are full."""
    return {1: 1, 2: 2, 4: 2}.get(panels, 3)


def _width(panels: int) -> float:
    """Return the inches of a figure: a single panel does not need the whole width."""
    return float(plt.rcParams["figure.figsize"][0]) * (SINGLE if panels == 1 else 1)


def _mosaics(panels: Mapping[str, np.ndarray]) -> Figure:
    """Draw pictures under their titles, so many in a row that the rows are full."""
    with plt.rc_context({"figure.figsize": (_width(len(panels)), 1.0)}):
        return pictures(panels, columns=_columns(len(panels)))


def samples(models: Mapping[str, Arrays], columns: int = 10) -> Figure:
    """Draw new patches of models, decoded from the same normal codes. models: arrays by the title of the panel."""
    panels = {title: tiled(arrays["samples"], columns) for title, arrays in models.items()}
    return _mosaics(panels)


def manifolds(models: Mapping[str, Arrays]) -> Figure:
    """Draw the patches that a square grid of codes on the plane stands for, one panel per model."""
    panels = {
        title: tiled(arrays["manifold"], round(len(arrays["manifold"]) ** 0.5)) for title, arrays in models.items()
    }
    return _mosaics(panels)


def interpolations(models: Mapping[str, Arrays]) -> Figure:
    """Draw lines between codes in rows: on the left between two images, on the right along concept vectors."""
    between, along = _("{model}: between two images"), _("{model}: along concept vectors")
    panels = {}
    for title, arrays in models.items():
        panels[between.format(model=title)] = tiled(arrays["lines"], STEPS)
        panels[along.format(model=title)] = tiled(arrays["concepts"], STEPS)
    return pictures(panels, columns=2)


def corrections(models: Mapping[str, Arrays]) -> Figure:
    """Draw three rows per model: patches, the same with noise, and their reconstructions.

    Black is the smallest value of the clean patches and white the largest one, also for the other rows.
    """
    names = [_("clean"), _("corrupted"), _("reconstructed")]
    columns = 1 if len(models) == 1 else 2
    width = plt.rcParams["figure.figsize"][0]
    rows = ceil(len(models) / columns)
    height = (width / columns - 0.8) * len(names) / 10 + 0.35
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(width, rows * height))
    for place, (axis, (title, arrays)) in enumerate(zip(axes.flat, models.items(), strict=False)):
        triple = np.asarray(arrays["corrections"], dtype=np.float64)
        low, high = triple[0].min(), triple[0].max()
        levels = np.rint(255 * np.clip((triple - low) / ((high - low) or 1.0), 0, 1)).astype(np.uint8)
        picture = tiled(levels.reshape(-1, triple.shape[2]), triple.shape[1])
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(_folded(title, _CHARACTERS * 3 // columns), fontsize=9)
        ticks = (np.arange(len(names)) + 0.5) * picture.shape[0] / len(names)
        axis.set_yticks(ticks, names if place % columns == 0 else [""] * len(names), fontsize=8)
        axis.set_xticks([])
        axis.tick_params(length=0)
        axis.spines[:].set_visible(False)
    for axis in axes.flat[len(models) :]:
        axis.set_axis_off()
    return figure


def planes(models: Mapping[str, Arrays], names: Sequence[str]) -> Figure:
    """Draw the codes of unseen patches on the plane, one panel per model, each class with its name and colour.

    Each panel has a scale of its codes; the dashed circle, which holds 95 % of the prior, shows how large it is.

    models: arrays ``codes`` (N, 2) and ``labels`` (N,) by the title of the panel. names: of the classes.
    """
    columns = _columns(len(models))
    rows = ceil(len(models) / columns)
    size = _width(len(models)) / columns
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * size, rows * (size + 0.2)))
    for place, (axis, (title, arrays)) in enumerate(zip(axes.flat, models.items(), strict=False)):
        _draw_plane(axis, np.asarray(arrays["codes"], dtype=np.float64), np.asarray(arrays["labels"]), names)
        axis.set_title(_folded(title, _CHARACTERS), fontsize=9)
        axis.set_xlabel(_("first coding"), fontsize=8)
        axis.set_ylabel(_("second coding") if place % columns == 0 else "", fontsize=8)
    for axis in axes.flat[len(models) :]:
        axis.set_axis_off()
    return figure


def _draw_plane(axis: Axes, codes: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> None:
    radius = float(np.sqrt(chi2.ppf(INSIDE, 2)))
    limit = 1.1 * max(radius, float(np.quantile(np.abs(codes).max(axis=1), SHOWN)))
    classes = np.unique(labels)
    for number in classes:
        own = codes[labels == number]
        axis.scatter(
            own[:, 0], own[:, 1], s=3, color=COLOURS[number % len(COLOURS)], linewidths=0, alpha=0.8, rasterized=True
        )
    axis.add_patch(Circle((0, 0), radius, fill=False, linestyle="--", linewidth=0.8, color="black"))
    axis.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    axis.tick_params(labelsize=7)
    medians = np.clip([np.median(codes[labels == number], axis=0) for number in classes], -limit, limit)
    for number, median, place in zip(classes, medians, spread(medians, APART * 2 * limit), strict=True):
        if np.hypot(*(place - median)) > APART * limit:
            axis.plot(*np.stack([median, place]).T, color="black", linewidth=0.5, linestyle="-", zorder=3)
        edge = COLOURS[number % len(COLOURS)]
        box = {"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": edge, "linewidth": 1.2, "alpha": 0.9}
        name = plain(str(names[number]))
        axis.text(place[0], place[1], name, fontsize=8, ha="center", va="center", zorder=4, bbox=box)


def spread(points: np.ndarray, least: float, rounds: int = 500) -> np.ndarray:
    """Return points (N, 2), moved apart until any two have at least a distance, or the rounds end.

    Equal points are moved in different directions, in their order.
    """
    angles = 2 * np.pi * np.arange(len(points)) / max(len(points), 1)
    places = np.asarray(points, dtype=np.float64) + 1e-3 * least * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    for _round in range(rounds):
        apart = places[:, None] - places[None]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        np.fill_diagonal(distance, np.inf)
        lacking = np.clip(least - distance, 0, None)
        if not lacking.any():
            break
        places += 0.1 * np.sum(apart / distance[..., None] * lacking[..., None], axis=1)
    return places
