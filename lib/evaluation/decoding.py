"""What models make of codes and of corrupted inputs: the arrays behind the pictures of `lib.figures.latent`.

Intensities of decoded patches are within [0, 1] and stored as uint8.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

SAMPLES = 100  # new patches of a model
SIDE = 15  # of the grid of codes on a plane
QUANTILES = (0.05, 0.95)  # of the normal law of a coding, the margins of the grid
LINES = 6  # pairs of classes between which codes are interpolated
STEPS = 10  # patches on the line between two codes
ENCODED = 2000  # unseen images at most whose codes are stored
CORRECTED = 10  # unseen patches that get noise

Function = Callable[[np.ndarray], np.ndarray]  # from rows to rows


@dataclass(frozen=True)
class Coding:
    """How a model encodes and decodes.

    Attributes
    ----------
    encode : from normalised patches (N, D) to the means of their codes (N, codings).
    decode : from codes (N, codings) to patches (N, D) in [0, 1].
    """

    encode: Function
    decode: Function

    def shown(self, codes: np.ndarray) -> np.ndarray:
        """Return the patches (N, D) uint8 that codes (N, codings) stand for."""
        return np.rint(255 * np.clip(self.decode(codes), 0, 1)).astype(np.uint8)


def plane_codes(side: int = SIDE) -> np.ndarray:
    """Return codes (side², 2) on a grid whose lines are equally likely under N(0, 1).

    The first coding grows from left to right, the second from the bottom to the top, as on axes.
    """
    line = norm.ppf(np.linspace(*QUANTILES, side))
    return np.stack([np.tile(line, side), np.repeat(line[::-1], side)], axis=1)


def interpolated(first: np.ndarray, last: np.ndarray, steps: int = STEPS) -> np.ndarray:
    """Return codes (M · steps, codings) on straight lines from each of the codes (M, codings) to its counterpart."""
    share = np.linspace(0, 1, steps)[None, :, None]
    return ((1 - share) * first[:, None] + share * last[:, None]).reshape(-1, first.shape[1])


def class_lines(codes: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where lines between neighbouring classes begin and end, and where concept vectors lead, (M, codings) each.

    A line begins at the code of the first object of a class and ends at that of the last object of the next class. The
    concept vector of the two classes is the mean code of the second minus the mean code of the first; it is added to
    the start of the line. The first class follows the last one; at most `LINES` pairs are taken.

    codes: (N, codings). labels: classes (N,).
    """
    classes = np.unique(labels)
    pairs = list(zip(classes, np.roll(classes, -1), strict=True))[:LINES]
    members = {one: np.flatnonzero(labels == one) for one in classes}
    first = np.stack([codes[members[a][0]] for a, _b in pairs])
    last = np.stack([codes[members[b][-1]] for _a, b in pairs])
    concepts = np.stack([codes[members[b]].mean(axis=0) - codes[members[a]].mean(axis=0) for a, b in pairs])
    return first, last, first + concepts


def decoded_codes(
    coding: Coding, patches: np.ndarray, labels: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Return what a model with a normal law of codes decodes, and how it encodes unseen patches.

    Parameters
    ----------
    coding : of the model.
    patches : normalised ones (N, D) of unseen images.
    labels : their classes (N,).
    rng : draws the codes of new patches.

    Returns
    -------
    Arrays by name. ``samples`` (SAMPLES, D) uint8 are decoded from codes z ~ N(0, I). ``lines`` and ``concepts``
    (M · STEPS, D) uint8 are decoded on the lines of `class_lines`. Where codes have two codings, ``manifold``
    (SIDE², D) uint8 is decoded from `plane_codes`, and ``codes`` (N, 2) float32 and ``labels`` (N,) int64 are those of
    the patches.
    """
    codes = coding.encode(patches)
    first, last, changed = class_lines(codes, labels)
    found = {
        "samples": coding.shown(rng.standard_normal((SAMPLES, codes.shape[1]))),
        "lines": coding.shown(interpolated(first, last)),
        "concepts": coding.shown(interpolated(first, changed)),
    }
    if codes.shape[1] == 2:
        found |= {"manifold": coding.shown(plane_codes()), "codes": codes.astype(np.float32)}
        found["labels"] = labels.astype(np.int64)
    return found


def corrections(patches: np.ndarray, corrupt: Function, reconstruct: Function) -> np.ndarray:
    """Return normalised patches, the same with noise, and what a model makes of these, (3, CORRECTED, D) float32.

    patches: (N, D), of which at most `CORRECTED` are taken, evenly, each from the beginning of its part.
    """
    some = patches[np.unique(np.linspace(0, len(patches), CORRECTED, endpoint=False).astype(int))]
    noisy = corrupt(some)
    return np.stack([some, noisy, reconstruct(noisy)]).astype(np.float32)
