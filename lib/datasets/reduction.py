"""Images reduced to fewer pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image

from lib.sample_patches import side_of

BLOCK = 1000  # images in memory at once, so that memory does not grow with their number


def reduce_images(images: np.ndarray, image_size: int, channels: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield the rows of each block and its reduced images (n, image_size**2 * channels) uint8.

    images: (N, D) uint8, square, channels last; may be a memory map. Every new pixel is the mean of the pixels that it
    covers (Pillow's box filter). Raises ValueError for rows that are not square images, and for an image_size that is
    less than 1 or larger than the images.
    """
    side = side_of(images.shape[1], channels)
    if not 1 <= image_size <= side:
        raise ValueError(f"image_size is {image_size}, expected 1 to {side}: the images are {side}x{side}")
    for start in range(0, len(images), BLOCK):
        pictures = np.asarray(images[start : start + BLOCK]).reshape(-1, side, side, channels)
        reduced = np.empty((len(pictures), image_size, image_size, channels), dtype=np.uint8)
        for number, picture in enumerate(pictures):
            for channel in range(channels):
                plane = Image.fromarray(np.ascontiguousarray(picture[..., channel]))
                reduced[number, ..., channel] = np.asarray(plane.resize((image_size, image_size), Image.Resampling.BOX))
        yield slice(start, start + len(pictures)), reduced.reshape(len(pictures), -1)
