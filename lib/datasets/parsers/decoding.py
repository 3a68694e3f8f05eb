"""Decoding of one picture into intensities from 0 to 255: upright, on a white background."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, NamedTuple

import numpy as np

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "WEBP", "TIFF")  # without formats whose decoder runs other programs
MAX_PIXELS = 2**26
GREY = {"1", "L", "LA", "I;16", "I;16B", "I;16L", "I;16N", "I"}
SCALES = {255: 0, 4095: 4, 65535: 8}  # largest values of 8, 12 and 16 bits, and the low bits to drop
WHITE = 255


class Header(NamedTuple):
    """What is known of a picture before its pixels are decoded.

    side: the shorter one, in pixels. deep: whether values have more than 8 bits. transparent: whether parts may be
    transparent. animated: whether it has several frames or pages, of which the first one is used.
    """

    side: int
    grey: bool
    deep: bool
    transparent: bool
    animated: bool = False


@contextmanager
def _opened(file: BinaryIO) -> Iterator[Any]:
    """Open a picture with Pillow. Raises what Pillow raises for damaged files, and ValueError for too many pixels."""
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about odd metadata, which does not matter if the pixels can be read
        with Image.open(file, formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise ValueError(f"{picture.width}x{picture.height} pixels")
            if picture.mode == "F":  # fractions without known bounds cannot be scaled to 0 ... 255
                raise ValueError("pixels that are fractions; save them with 8 or 16 bits")
            yield picture


def read_header(file: BinaryIO) -> Header:
    """Return the header of a picture. Raises exceptions of any kind for damaged files."""
    with _opened(file) as picture:
        deep = picture.mode.startswith("I") or ";16" in _stored(picture)
        grey = picture.mode in GREY or _stored(picture).startswith("LA")
        return Header(min(picture.size), grey, deep, picture.has_transparency_data, _animated(picture))


def _animated(picture: Any) -> bool:
    """Return whether a picture has several frames; a damaged second one is none."""
    try:
        return bool(getattr(picture, "is_animated", False))
    except Exception:  # damaged bytes raise exceptions of any kind
        return False


def _stored(picture: Any) -> str:
    """Return Pillow's name of the layout of the pixels in the file, such as RGB;16B, "" if there is none."""
    arguments = picture.tile[0].args if picture.tile else ""
    first = arguments[0] if isinstance(arguments, tuple) and arguments else arguments
    return first if isinstance(first, str) else ""


def _decoded_as(picture: Any, stored: str) -> Any:
    """Return the picture, to be decoded as if its pixels had another layout in the file."""
    tile = picture.tile[0]
    arguments = (stored, *tile.args[1:]) if isinstance(tile.args, tuple) else stored
    picture.tile = [tile._replace(args=arguments), *(part._replace(args=arguments) for part in picture.tile[1:])]
    return picture


def _upright(picture: Any) -> Any:
    from PIL import ImageOps

    return ImageOps.exif_transpose(picture)


def read_deep_values(file: BinaryIO) -> np.ndarray:
    """Return the values (height, width, channels) int64 of a picture of more than 8 bits.

    The channels are grey, grey and alpha, RGB, or RGBA. Raises exceptions of any kind for damaged files.
    """
    with _opened(file) as picture:
        stored = _stored(picture)
        if picture.mode.startswith("I"):
            return np.asarray(_upright(picture), dtype=np.int64)[..., None]
        if stored.startswith("LA"):  # Pillow has no mode for LA of 16 bits: the four bytes of a pixel pass as RGBA
            pixels = np.asarray(_upright(_decoded_as(picture, "RGBA")), np.int64).reshape(-1, 2)
            high, low = np.split(pixels, 2, axis=1)
            return (high << 8 | low).reshape(picture.height, picture.width, 2)
        high = np.asarray(_upright(picture), dtype=np.int64)
    # Pillow keeps the high byte of each value; with the other byte order it keeps the low byte
    file.seek(0)
    with _opened(file) as picture:
        other = stored.replace("16B", "16L") if "16B" in stored else stored.replace("16L", "16B").replace("16N", "16B")
        return high << 8 | np.asarray(_upright(_decoded_as(picture, other)), dtype=np.int64)


def scale_of(largest: int) -> int:
    """Return the smallest scale, 255, 4095 or 65535, that holds a value. Raises ValueError if none does."""
    for scale in SCALES:
        if largest <= scale:
            return scale
    raise ValueError(f"values up to {largest}, expected at most {max(SCALES)}")


def decode(file: BinaryIO, grey: bool, scale: int | None) -> Any:
    """Return a picture in mode L if grey, else RGB: upright, on a white background.

    scale: the value that becomes white in a picture of more than 8 bits, None for a picture of 8 bits. Raises
    exceptions of any kind for damaged files.
    """
    from PIL import Image

    if scale is not None:
        values = read_deep_values(file)
        bits = SCALES[scale]
        if values.shape[2] in (2, 4):  # the scale is that of the colours: alpha always has 16 bits
            values = np.concatenate([values[..., :-1] >> bits, values[..., -1:] >> 8], axis=2)
        else:
            values = values >> bits
        modes = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
        picture = Image.fromarray(values.squeeze().astype(np.uint8), modes[values.shape[2]])
    else:
        with _opened(file) as opened:
            picture = _upright(opened)
            picture.load()
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        background = Image.new("RGBA", picture.size, (WHITE, WHITE, WHITE, 255))
        picture = Image.alpha_composite(background, picture)
    return picture.convert("L" if grey else "RGB")
