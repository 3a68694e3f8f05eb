"""Sprites: many small images in one picture, which a page holds as text (a data URI)."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np
from PIL import Image

from lib.display_layer import mosaic

QUALITY = 82  # of pictures that may lose detail: no difference is visible at the size in which a page shows them
OF_MAPS = 55  # of activations: a map shows where they are, not how large
LARGEST = 16383  # pixels along a side of a WebP picture
RECONSTRUCTED = 16  # patches next to each other in a picture of reconstructions


@dataclass(frozen=True)
class Sprite:
    """Square tiles of one size, row by row in one picture.

    Attributes
    ----------
    source : data URI of the picture.
    width, height : of the picture, in pixels.
    columns : tiles in a row.
    tile : pixels from the left edge of a tile to that of the next one.
    gap : pixels between tiles and around them.
    shown : number of tiles.
    """

    source: str
    width: int
    height: int
    columns: int
    tile: int
    gap: int
    shown: int


def picture_uri(image: np.ndarray, quality: int | None = None) -> str:
    """Return an image (height, width, 3 or 4) uint8 as a data URI, in WebP as far as its size allows, else in PNG.

    quality: up to 100 for a picture that may lose detail, None for one that may not: it is smaller than a PNG, too.
    """
    file = io.BytesIO()
    form = "webp" if max(image.shape) <= LARGEST else "png"
    # Pillow's writers ignore the options of other forms. Method 6 takes thirty times as long and saves nothing.
    options = {"lossless": quality is None, "quality": 100 if quality is None else quality, "method": 4}
    Image.fromarray(image).save(file, form, optimize=True, **options)
    return f"data:image/{form};base64,{base64.b64encode(file.getvalue()).decode()}"


def exact(tiles: np.ndarray) -> Sprite:
    """Return images (N, D), each on its own scale, without loss: one pixel per value, transparent gaps of one pixel."""
    gaps = mosaic(np.zeros(tiles.shape, dtype=np.uint8), scale="none", magnify=1, separator=1)[..., :1]
    image = np.concatenate([mosaic(tiles, magnify=1, separator=1), 255 - gaps], axis=2)
    image[gaps[..., 0] > 0] = 0
    height, width = image.shape[:2]
    columns = ceil(sqrt(len(tiles)))
    return Sprite(picture_uri(image), width, height, columns, (width - 1) // columns, 1, len(tiles))


def compact(tiles: np.ndarray, columns: int, scale: str = "none", quality: int = QUALITY) -> Sprite:
    """Return images (N, D) as a WebP picture without gaps, which may lose detail.

    scale: how values become intensities, as in `lib.display_layer.mosaic`. quality: up to 100.
    """
    image = mosaic(tiles, scale=scale, magnify=1, separator=0, columns=columns)
    height, width = image.shape[:2]
    return Sprite(picture_uri(image, quality), width, height, columns, width // columns, 0, len(tiles))


def patches_of_units(patches: np.ndarray) -> Sprite:
    """Return the raw patches of each unit (units, count, D) uint8, next to each other for a unit."""
    units, count, width = patches.shape
    return compact(patches.reshape(-1, width), count * max(1, round(sqrt(units / count))))


def smooth(tiles: np.ndarray, quality: int = QUALITY) -> Sprite:
    """Return images (N, D), each on its own scale, as a picture that may lose detail."""
    return compact(tiles, ceil(sqrt(len(tiles))), "each", quality)


def maps_of_units(maps: np.ndarray) -> Sprite:
    """Return the activations of each unit on an image (units, rows, columns), each on the unit's own scale."""
    return smooth(maps.reshape(len(maps), -1), OF_MAPS)


def photograph(image: np.ndarray) -> str:
    """Return one image (D,) uint8 as a data URI; it may lose detail."""
    return compact(image[None], 1).source


def reconstructions(pairs: np.ndarray) -> Sprite | None:
    """Return a row of patches and, below it, a row of their reconstructions, all on one scale.

    pairs: normalised patches and their reconstructions (2, N, D). The patches with the most contrast are shown, as
    others are nearly uniform. The result is None for a model that does not reconstruct, or not to finite values.
    """
    if len(pairs) != 2 or not np.isfinite(pairs).all():
        return None
    contrast = np.std(pairs[0], axis=1, dtype=np.float64)
    chosen = np.sort(np.argsort(-contrast, kind="stable")[:RECONSTRUCTED])
    return compact(np.concatenate(pairs[:, chosen]), len(chosen), "all")
