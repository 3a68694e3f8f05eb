"""Pictures of filters, and of what excites the units of deeper layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lib.display_layer import mosaic
from lib.evaluation.thresholds import CONSTANT
from lib.figures.pictures import percent, pictures
from lib.figures.style import _blank, _folded
from lib.study import contents
from lib.study.labels import Label
from lib.study.pictured import RESPONSES, deep_models, default_twins, repeated_default, setting_of
from lib.study.study import Study
from lib.words.labels import Form, label_text
from lib.words.language import _, decimal_mark

WEAK = 0.1  # filters whose largest weight is below this share of the reference's are drawn on its scale, too
_NOTE, _TITLE = 0.125, 0.15  # inches of height that a line of a note or a title takes
_LETTERS = 16  # of a title per inch
LAYERS = 3  # hidden layers drawn: up to the narrowest one of the deepest symmetric networks of the study


@dataclass(frozen=True)
class Measured:
    """Filters of models with their measurements.

    Attributes
    ----------
    filters : by model (units, D).
    units : by model, one row per unit with the columns edge_likeness and activation_std.
    measures : the table of measures over the repetitions.
    """

    filters: Mapping[str, np.ndarray]
    units: Mapping[str, pd.DataFrame]
    measures: pd.DataFrame

    def sorted(self, model: str) -> np.ndarray:
        """Return the filters of a model (units, D) from the most edge-like on; those of constant units come last."""
        order = np.lexsort((-self.units[model]["edge_likeness"].to_numpy(), self.constant(model)))
        return np.asarray(self.filters[model])[order]

    def constant(self, model: str) -> np.ndarray:
        """Return which units of a model are constant (units,)."""
        return self.units[model]["activation_std"].to_numpy() < CONSTANT


def means_of(measures: pd.DataFrame, experiment: str, setting: int) -> pd.Series:
    """Return the means of the measures of a setting, by measure, with the number of ``repetitions``.

    measures: the table of measures over the repetitions.
    """
    rows = measures[(measures["experiment"] == experiment) & (measures["setting"] == setting)]
    means = rows.set_index("measure")["mean"].astype(np.float64)
    means["repetitions"] = rows["repetitions"].max() if len(rows) else 1
    return means


def filter_note(means: pd.Series, units: int) -> str:
    """Return the note below the filters of a setting, from its measures: those that are missing are left out.

    means: by measure, with the number of ``repetitions``. units: number of filters.
    """
    templates = {
        "oriented_share": _("{share} oriented"),
        "colour_share": _("{share} opponent colours"),
        "effective_share": _("effective number {number}"),
        "explained_variance": _("explained variance {share}"),
    }
    shares = {key: float(means.get(key, np.nan)) for key in templates}
    lines = [
        templates[key].format(share=percent(share), number=f"{share * units:.1f}".replace(".", decimal_mark()))
        for key, share in shares.items()
        if np.isfinite(share)
    ]
    if lines and means["repetitions"] > 1:
        lines.append(_("mean of {count}").format(count=int(means["repetitions"])))
    return "\n".join(lines)


def on_scale(filters: np.ndarray, limit: float) -> np.ndarray:
    """Return filters (units, D) as intensities, uint8: black is -limit, middle grey is 0, and white is limit."""
    return np.rint(127.5 * (1 + np.clip(np.asarray(filters, dtype=np.float64) / limit, -1, 1))).astype(np.uint8)


def filter_strip(study: Study, experiment: str, measured: Measured) -> Figure:
    """Draw the filters of the models that are pictured for an experiment.

    The reference is the first setting whose units are not all constant: the weights of a collapsed network are small.
    """
    pictured = study.pictured(experiment)
    places = {model: setting_of(study, experiment, model) for model in pictured}
    in_order = sorted(pictured, key=lambda model: places[model])
    reference = next((model for model in in_order if not measured.constant(model).all()), in_order[0])
    limit = float(np.abs(measured.filters[reference]).max())
    panels, notes, rescaled = {}, [], {}
    for model, label in pictured.items():
        filters = measured.sorted(model)
        panels[label] = mosaic(filters)
        notes.append(filter_note(means_of(measured.measures, experiment, places[model]), len(filters)))
        if np.abs(filters).max() < WEAK * limit:
            rescaled[label] = mosaic(on_scale(filters, limit), scale="none")
    return strip(panels, notes, rescaled, pictured[reference])


def strip(
    panels: Mapping[Label, np.ndarray],
    notes: Sequence[str],
    rescaled: Mapping[Label, np.ndarray] | None = None,
    reference: Label | None = None,
    columns: int = 4,
) -> Figure:
    """Draw mosaics of filters under their labels, each above a note, in rows of equal length.

    panels: mosaics (height, width, 3) uint8 by the label of the setting. rescaled: mosaics of some of them on the scale
    of the filters of the reference, each drawn after its panel. columns: of one row at most.
    """
    scale = _("{label} on the scale of {reference}")
    cells: list[tuple[str, np.ndarray, str]] = []
    for (label, picture), note in zip(panels.items(), notes, strict=True):
        text = label_text(label, Form.MATPLOTLIB)
        cells.append((text, picture, note))
        if rescaled and label in rescaled:
            other = label_text(reference or Label(), Form.MATPLOTLIB)
            cells.append((scale.format(label=text, reference=other), rescaled[label], ""))
    rows = ceil(len(cells) / columns)
    columns = ceil(len(cells) / rows)
    size = plt.rcParams["figure.figsize"][0] / max(columns, 3)
    titles = [_folded(title, int(_LETTERS * size)) for title, _picture, _note in cells]
    notes = [note for *_rest, note in cells]
    most = [max(text.count("\n") + 1 for text in texts) for texts in (titles, notes)]
    height = size + _TITLE * most[0] + _NOTE * most[1] + 0.15
    figure, axes = plt.subplots(rows, columns, squeeze=False, figsize=(columns * size, rows * height))
    for axis in axes.flat:
        _blank(axis)
    for axis, title, (_text, picture, note) in zip(axes.flat, titles, cells, strict=False):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(title, fontsize=8)
        axis.text(0.5, -0.03, note, transform=axis.transAxes, ha="center", va="top", fontsize=7)
    return figure


def default_mosaics(study: Study, measured: Measured) -> Figure:
    """Draw the filters of the default model next to those of the network with the same weights before training.

    Filters are sorted by edge-likeness. Titles state how many are oriented, on average over the repetitions. A study
    without the untrained network has one panel.
    """
    twins = default_twins(study)
    if twins is None:
        experiment, setting = repeated_default(study)
        filters = measured.sorted(study.default[0])
        title = _oriented(len(filters), means_of(measured.measures, experiment, setting))
        return pictures({title: mosaic(filters, columns=ceil(sqrt(2 * len(filters))))}, columns=1)
    (untrained,) = study.features[study.experiments[twins.experiment].combinations[twins.untrained].members[0]]
    panels = {}
    for text, model, setting in (
        (_("trained: {count}"), study.default[0], twins.trained),
        (_("untrained: {count}"), untrained[0], twins.untrained),
    ):
        filters = measured.sorted(model)
        count = _oriented(len(filters), means_of(measured.measures, twins.experiment, setting))
        panels[text.format(count=count)] = mosaic(filters)
    return pictures(panels, columns=2)


def _oriented(units: int, means: pd.Series) -> str:
    """Return how many of the units are oriented, on average over the repetitions; how many units if it is unknown."""
    share, repetitions = float(means.get("oriented_share", np.nan)), int(means["repetitions"])
    if not np.isfinite(share):
        return _("{units} filters").format(units=units)
    if repetitions == 1:
        return _("{oriented} of {units} oriented").format(oriented=f"{share * units:.0f}", units=units)
    oriented = f"{round(share * units, 1):g}".replace(".", decimal_mark())
    text = _("{oriented} of {units} oriented (mean of {repetitions})")
    return text.format(oriented=oriented, units=units, repetitions=repetitions)


def activity(study: Study, experiment: str, excite: Mapping[str, np.ndarray], measured: Measured) -> Figure:
    """Draw how active the units of the sparse models of an experiment are on average, and what excites them.

    excite: by model, the mean of the patches that excite each unit most (units, D). One column per model: above, the
    histogram of the mean activations of its units with the target, below, a tile per unit, the least active first.
    """
    models = contents.sparse_models(study, experiment)
    width = plt.rcParams["figure.figsize"][0]
    figure, axes = plt.subplots(
        2, len(models), squeeze=False, figsize=(width, 0.42 * width + width / len(models) * 0.5)
    )
    activations = {model: measured.units[model]["mean_activation"].to_numpy() for model in models}
    bins = np.histogram_bin_edges(np.concatenate([*activations.values(), [0.0]]), 25)
    for (above, below), (model, label) in zip(axes.T, models.items(), strict=True):
        above.hist(activations[model], bins=bins, color="0.6", label=_("units"))
        if study.models[model].settings.get("rho") is not None:
            above.axvline(study.models[model].settings["rho"], linestyle="--", label=_("target"))
        above.set_title(_folded(label_text(label, Form.MATPLOTLIB), 30), fontsize=9)
        above.set_xlabel(_("mean activation of a unit"))
        above.legend(fontsize=8)
        _blank(below)
        order = np.argsort(activations[model], kind="stable")
        below.imshow(mosaic(np.asarray(excite[model])[order][:RESPONSES]), interpolation="nearest")
    axes[0, 0].set_ylabel(_("units"))
    return figure


def responses(study: Study, experiment: str, excite: Mapping[str, np.ndarray], measured: Measured) -> Figure:
    """Draw what excites the units of each layer of the deep networks of an experiment, one row per network.

    excite: by model, the mean of the patches that excite each unit most (units of all layers, D), from layer 1 on.
    """
    models = deep_models(study, experiment)
    columns = min(LAYERS, max(len(study.models[model].layers) for model in models))
    size = plt.rcParams["figure.figsize"][0] / (LAYERS + 1)
    figure, axes = plt.subplots(
        len(models), columns, squeeze=False, figsize=(columns * size + 0.6, len(models) * (size + 0.25))
    )
    for axis in axes.flat:
        _blank(axis)
    for line, (model, label) in zip(axes, models.items(), strict=True):
        means = means_of(measured.measures, experiment, setting_of(study, experiment, model))
        network = Label(tuple(pair for pair in label.settings if pair[0] != "layer"))  # all layers are drawn
        text = _folded(label_text(network, Form.MATPLOTLIB), 26)
        if np.isfinite(explained := float(means.get("explained_variance", np.nan))):
            text += "\n" + _("explained variance {share}").format(share=percent(explained))
        line[0].text(-0.04, 0.5, text, transform=line[0].transAxes, rotation=90, ha="right", va="center", fontsize=8)
        layers = np.split(np.asarray(excite[model]), np.cumsum(study.models[model].layers)[:-1])
        for number, (axis, units) in enumerate(zip(line, layers, strict=False), start=1):
            axis.imshow(mosaic(units[:RESPONSES]), interpolation="nearest")
            axis.set_title(_("layer {number}").format(number=number), fontsize=9)
    return figure
