"""Pictures of what autoencoders make of codes and of corrupted inputs. Patches are rows (N, D) in [0, 1]."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from scipy.stats import norm

from lib.display_layer import mosaic
from lib.figures.pictures import pictures
from lib.figures.style import plain
from lib.words.language import _

Decode = Callable[[np.ndarray], np.ndarray]  # from codes (N, codings) to patches (N, D)
QUANTILES = (0.05, 0.95)  # of the normal law of a coding, the margins of the manifold


def tiled(patches: np.ndarray, columns: int) -> np.ndarray:
    """Return patches as one picture (height, width, 3) uint8, without lines between them and without stretching."""
    levels = np.clip(np.round(255 * np.asarray(patches)), 0, 255).astype(np.uint8)
    return mosaic(levels, scale="none", columns=columns, separator=0, magnify=1)


def plane_codes(side: int = 15) -> np.ndarray:
    """Return codes (side², 2) on a grid whose lines are equally likely under N(0, 1).

    The first coding grows from left to right, the second from the top to the bottom.
    """
    line = norm.ppf(np.linspace(*QUANTILES, side))
    return np.stack([np.tile(line, side), np.repeat(line, side)], axis=1)


def interpolated(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """Return codes (M · steps, codings) on straight lines from each of the codes (M, codings) to its counterpart."""
    share = np.linspace(0, 1, steps)[None, :, None]
    return ((1 - share) * first[:, None] + share * last[:, None]).reshape(-1, first.shape[1])


def samples(patches: np.ndarray, columns: int = 10) -> Figure:
    """Draw new patches, decoded from normal codes."""
    return pictures({_("samples"): tiled(patches, columns)}, columns=1)


def manifold(decode: Decode, side: int = 15) -> Figure:
    """Draw the patches that codes on a grid of the plane stand for; `decode` takes two codings."""
    return pictures({_("decoded plane of codes"): tiled(decode(plane_codes(side)), side)}, columns=1)


def interpolations(decode: Decode, first: np.ndarray, last: np.ndarray, steps: int = 10) -> Figure:
    """Draw a row of patches for each pair of codes (M, codings), decoded on the line between the two."""
    return pictures({_("interpolated codes"): tiled(decode(interpolated(first, last, steps)), steps)}, columns=1)


def corrections(clean: np.ndarray, corrupted: np.ndarray, reconstructed: np.ndarray) -> Figure:
    """Draw patches (N, D), the same with noise, and their reconstructions, in three rows."""
    rows = {_("clean"): clean, _("corrupted"): corrupted, _("reconstructed"): reconstructed}
    return pictures({name: tiled(patches, len(patches)) for name, patches in rows.items()}, columns=1)


def latent_plane(codes: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> Figure:
    """Draw the first two codings of objects, codes (N, codings), in the colours of their classes, labels (N,)."""
    figure, axis = plt.subplots()
    colours = plt.get_cmap("tab10" if len(names) <= 10 else "tab20")
    for number, name in enumerate(names):
        of_class = codes[labels == number]
        axis.scatter(of_class[:, 0], of_class[:, 1], s=4, color=colours(number % colours.N), label=plain(name))
    axis.set_xlabel(_("first coding"))
    axis.set_ylabel(_("second coding"))
    axis.legend(markerscale=3, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure
