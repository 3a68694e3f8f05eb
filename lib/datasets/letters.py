"""Capital letters in several typefaces as binary pictures, clean and with noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import ascii_uppercase
from typing import NamedTuple

import numpy as np

SIDE = 29  # pixels
# Matplotlib ships these files: a sans serif, a monospaced and a serif typeface, and another sans serif.
TYPEFACES = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif")
HELD_OUT = "cmss10"  # in validation and test only


@dataclass(frozen=True)
class Noise:
    """Noise of the pictures.

    Attributes
    ----------
    training, validation : share of pixels that flip, in the training pictures and in the others. With the defaults, a
        network with one hidden layer is about as accurate as the lecture's, which does not state its noise.
    copies : noisy copies of each clean picture. With two of them, four typefaces give 312 pictures.
    """

    training: float = 0.25
    validation: float = 0.35
    copies: int = 2


class Letters(NamedTuple):
    """Pictures (N, 29 * 29) of zeros and ones, float64, row by row, and their letters (N,) int64, 0 for A."""

    x: np.ndarray
    labels: np.ndarray


class LetterSplits(NamedTuple):
    """Validation and test pictures differ by the noise alone."""

    training: Letters
    validation: Letters
    test: Letters


def drawn(typeface: str) -> np.ndarray:
    """Return the 26 capital letters of a typeface (26, 29 * 29), float64, ink 1, each in the middle of its picture."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont

    file = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{typeface}.ttf"
    font = ImageFont.truetype(str(file), 26)
    pictures = np.empty((len(ascii_uppercase), SIDE * SIDE))
    for row, letter in zip(pictures, ascii_uppercase, strict=True):
        picture = Image.new("L", (SIDE, SIDE))
        left, top, right, bottom = font.getbbox(letter)
        corner = ((SIDE - right - left) / 2, (SIDE - bottom - top) / 2)
        ImageDraw.Draw(picture).text(corner, letter, fill=255, font=font)
        row[:] = (np.asarray(picture) > 127).ravel()
    return pictures


def _with_copies(typefaces: tuple[str, ...], share: float, copies: int, rng: np.random.Generator) -> Letters:
    clean = np.concatenate([drawn(typeface) for typeface in typefaces])
    parts = [clean, *(np.abs(clean - (rng.random(clean.shape) < share)) for _ in range(copies))]
    labels = np.tile(np.arange(len(ascii_uppercase)), len(typefaces) * len(parts))
    return Letters(np.concatenate(parts), labels)


def letters(rng: np.random.Generator, noise: Noise | None = None) -> LetterSplits:
    """Return pictures in three typefaces for training, and in a fourth one as well, with more noise, for the rest.

    They are made as in chapter 19.3 of the lecture: free typefaces stand in for Arial, Courier, Times and Tahoma.
    """
    noise = noise or Noise()
    training = _with_copies(TYPEFACES, noise.training, noise.copies, rng)
    others = (_with_copies((*TYPEFACES, HELD_OUT), noise.validation, noise.copies, rng) for _ in range(2))
    return LetterSplits(training, *others)
