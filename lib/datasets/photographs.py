"""A small labelled data set: crops of ten colour photographs that the dependencies ship.

Each photograph is a class: the label of a crop says which photograph it comes from. The longer side of a photograph is
divided into three strips, for training, unlabelled and test crops, so that the splits share no pixel.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

SIDE = 96  # pixels: the side of a crop, as in STL-10
# Splits from one end of a photograph to the other, with the unlabelled crops in the middle. Crops are drawn in this
# order, too: another order would draw other crops.
_STRIPS = ("train", "unlabeled", "test")


def _photographs() -> dict[str, np.ndarray]:
    """Return the photographs by name, each (height, width, 3) uint8."""
    import matplotlib
    import skimage.data
    from PIL import Image
    from sklearn.datasets import load_sample_image

    grace_hopper = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    return {
        "astronaut": skimage.data.astronaut(),
        "cat": skimage.data.chelsea(),
        "china": load_sample_image("china.jpg"),
        "coffee": skimage.data.coffee(),
        "flower": load_sample_image("flower.jpg"),
        "galaxies": skimage.data.hubble_deep_field(),
        "motorcycle": skimage.data.stereo_motorcycle()[0],
        "officer": np.asarray(Image.open(grace_hopper).convert("RGB")),
        "rocket": skimage.data.rocket(),
        "tissue": skimage.data.immunohistochemistry(),
    }


def strips(shape: tuple[int, ...]) -> dict[str, tuple[slice, slice]]:
    """Return the rows and columns of each split's strip of a photograph.

    shape: (height, width, ...) in pixels.
    """
    longer = int(np.argmax(shape[:2]))
    bounds = np.linspace(0, shape[longer], len(_STRIPS) + 1).astype(int)
    whole = slice(0, shape[1 - longer])
    result = {}
    for split, start, stop in zip(_STRIPS, bounds[:-1], bounds[1:], strict=True):
        strip = slice(int(start), int(stop))
        result[split] = (strip, whole) if longer == 0 else (whole, strip)
    return result


def crop(picture: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return ``count`` crops (count, 96*96*3) uint8 at different random positions of a picture.

    picture: (height, width, 3) uint8. Raises ValueError if the picture has fewer than ``count`` positions.
    """
    windows = np.lib.stride_tricks.sliding_window_view(picture, (SIDE, SIDE), axis=(0, 1))
    positions = windows.shape[0] * windows.shape[1]
    if count > positions:
        raise ValueError(f"{count} crops asked for, expected at most {positions}: the photograph has no more positions")
    rows, columns = np.unravel_index(rng.choice(positions, size=count, replace=False), windows.shape[:2])
    # the window axes come last: (count, channels, row, column)
    return windows[rows, columns].transpose(0, 2, 3, 1).reshape(count, -1)


def make_splits(counts: dict[str, int], rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Return the contents of train.pk, test.pk and unlabeled.pk by split.

    counts: crops per photograph, by split. Each split is a dict with ``X`` (N, 27648) uint8; labelled splits also have
    ``y`` (N, 1) uint8, counted from 1, and ``class_names``. The rows are shuffled. Raises ValueError for more crops
    than a photograph has positions.
    """
    photographs = _photographs()
    contents: dict[str, dict[str, Any]] = {}
    for split in _STRIPS:
        crops, labels = [], []
        for label, picture in enumerate(photographs.values(), start=1):
            crops.append(crop(picture[strips(picture.shape)[split]], counts[split], rng))
            labels.append(np.full((counts[split], 1), label, dtype=np.uint8))
        order = rng.permutation(counts[split] * len(photographs))
        contents[split] = {"X": np.concatenate(crops)[order]}
        if split != "unlabeled":
            contents[split] |= {"y": np.concatenate(labels)[order], "class_names": list(photographs)}
    return contents
