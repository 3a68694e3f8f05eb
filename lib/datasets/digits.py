"""Handwritten digits that scikit-learn ships, enlarged to the size of MNIST's: a stand-in for MNIST."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SIDE = 28  # pixels
DIGIT = 20  # pixels: the side of the box in the middle that holds a digit, as in MNIST
TEST = 500  # the last digits are test images: the file is in the order of the writers
_BRIGHTEST = 16  # intensity of scikit-learn's digits


def enlarged(images: np.ndarray) -> np.ndarray:
    """Return images (N, 8, 8) with intensities from 0 to 16 in the form of MNIST's, (N, 784) uint8."""
    from PIL import Image

    border, scale = (SIDE - DIGIT) // 2, 255 / _BRIGHTEST
    result = np.zeros((len(images), SIDE, SIDE), dtype=np.uint8)
    for place, image in zip(result, images, strict=True):
        picture = Image.fromarray(np.rint(scale * image).astype(np.uint8))
        larger = picture.resize((DIGIT, DIGIT), Image.Resampling.BICUBIC)
        place[border : border + DIGIT, border : border + DIGIT] = np.asarray(larger)
    return result.reshape(len(images), -1)


def write(folder: Path) -> None:
    """Write train.npz and test.npz with images ``X`` (N, 784) uint8 and labels ``y`` (N,) int64.

    There are 1,297 training and 500 test images. Raises OSError for a folder that cannot be written.
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = enlarged(digits.images)
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (("train", slice(None, -TEST)), ("test", slice(-TEST, None))):
        np.savez_compressed(folder / f"{name}.npz", X=images[rows], y=digits.target[rows])


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the digits to the folder that the command line names. Return the exit status."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if len(given) != 1:
        print(f"error: lib.datasets.digits: {len(given)} arguments given, expected a folder", file=sys.stderr)
        return 2
    try:
        write(Path(given[0]))
    except OSError as error:
        print(f"error: {given[0]}: the digits were not written: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
