"""Patches and what models make of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from lib.display_layer import mosaic
from lib.figures.pictures import percent, pictures
from lib.figures.style import _folded
from lib.study.labels import Label
from lib.study.model_labels import labels
from lib.study.pictured import compared_reconstructions
from lib.study.study import Study
from lib.words.labels import Form, label_text
from lib.words.language import _

RECONSTRUCTED = 20  # patches in a row of reconstructions


@dataclass(frozen=True)
class Reconstruction:
    """Patches and what a model makes of them.

    Attributes
    ----------
    label : of the model.
    pairs : the normalised patches and their reconstructions (2, N, D); (0, 0, D) if the model does not reconstruct.
    explained_variance : of the model on its training patches.
    """

    label: Label
    pairs: np.ndarray
    explained_variance: float

    @property
    def known(self) -> bool:
        """Whether there is a reconstruction to draw."""
        return len(self.pairs) == 2 and bool(np.isfinite(self.pairs).all())

    @property
    def title(self) -> str:
        """The text above the row: the label, and the explained variance where it is known."""
        text = label_text(self.label, Form.MATPLOTLIB)
        if np.isfinite(self.explained_variance):
            text = _("{model}: explained variance {share}").format(model=text, share=percent(self.explained_variance))
        return _folded(text, 90)

    def intensities(self, chosen: np.ndarray) -> np.ndarray:
        """Return chosen patches and their reconstructions (2, N, D) uint8, both with the limits of these patches."""
        shown = np.asarray(self.pairs[:, chosen], dtype=np.float64)
        low, high = shown[0].min(), shown[0].max()
        span = high - low if high > low else 1.0
        return np.rint(255 * np.clip((shown - low) / span, 0, 1)).astype(np.uint8)


def compared_models(
    study: Study, experiment: str, pairs: Mapping[str, np.ndarray], explained: Mapping[str, float]
) -> list[Reconstruction]:
    """Return what the models of `lib.study.pictured.compared_reconstructions` make of patches.

    pairs, explained: patches with their reconstructions (2, N, D), and explained variances, by model.
    """
    named = compared_reconstructions(study, experiment, labels(study))
    return [Reconstruction(label, pairs[model], explained[model]) for model, label in named.items()]


def reconstructions(patches: np.ndarray, models: Sequence[Reconstruction]) -> Figure:
    """Draw patches in a row, and below it a row with the reconstructions of each model that has some.

    patches: raw ones (N, D) uint8, drawn only if no model reconstructs. All models have the same patches, which may be
    normalised to different ranges; those with the most contrast are drawn, as others are nearly uniform. Black is the
    smallest value of all drawn patches and white the largest one, also for reconstructions.
    """
    known = [model for model in models if model.known]
    rows = {_("input"): np.asarray(patches[:RECONSTRUCTED])}
    if known:
        contrast = np.std(known[0].pairs[0], axis=1, dtype=np.float64)
        chosen = np.sort(np.argsort(-contrast, kind="stable")[:RECONSTRUCTED])
        rows = {_("input"): known[0].intensities(chosen)[0]}
        rows |= {model.title: model.intensities(chosen)[1] for model in known}
    panels = {title: mosaic(row, scale="none", columns=RECONSTRUCTED) for title, row in rows.items()}
    return pictures(panels, columns=1, loc="left")
