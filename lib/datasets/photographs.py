"""Ten colour photographs that the dependencies ship, cut into a small labelled data set.

Each photograph is a class. Its longer side is divided into three strips, one each for training,
unlabelled and test crops, so that no pixel is shared between the three. The question that the labels
ask is: from which photograph does this crop come?
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

SIDE = 96  # pixels: the side of a crop, as in STL-10
SPLITS = ("train", "unlabeled", "test")  # in the order of the strips: unlabelled crops come from the middle


def _photographs() -> dict[str, np.ndarray]:
    """The photographs, (height, width, 3) uint8, by name."""
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
    """Rows and columns of the strip that each split may use of a photograph (height, width, ...)."""
    longer = int(np.argmax(shape[:2]))
    bounds = np.linspace(0, shape[longer], len(SPLITS) + 1).astype(int)
    whole = slice(0, shape[1 - longer])
    result = {}
    for split, start, stop in zip(SPLITS, bounds[:-1], bounds[1:], strict=True):
        strip = slice(int(start), int(stop))
        result[split] = (strip, whole) if longer == 0 else (whole, strip)
    return result


def crop(picture: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """``count`` crops (count, 96*96*3) at different random positions of a picture (height, width, 3).

    Raises ValueError if the picture has fewer positions than that.
    """
    windows = np.lib.stride_tricks.sliding_window_view(picture, (SIDE, SIDE), axis=(0, 1))
    positions = windows.shape[0] * windows.shape[1]
    if count > positions:
        raise ValueError(f"{count} crops asked for, expected at most {positions}: the photograph has no more positions")
    rows, columns = np.unravel_index(rng.choice(positions, size=count, replace=False), windows.shape[:2])
    # the window axes come last: (count, channels, row, column)
    return windows[rows, columns].transpose(0, 2, 3, 1).reshape(count, -1)


def make_splits(counts: dict[str, int], rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """The contents of train.pk, test.pk and unlabeled.pk.

    counts: crops of each photograph by split. Returns for each split a dict with ``X`` (N, 27648) uint8
    and, but for the unlabelled one, ``y`` (N, 1) uint8 with labels from 1 and ``class_names``. The rows
    are shuffled.
    """
    photographs = _photographs()
    contents: dict[str, dict[str, Any]] = {}
    for split in SPLITS:
        crops, labels = [], []
        for label, picture in enumerate(photographs.values(), start=1):
            crops.append(crop(picture[strips(picture.shape)[split]], counts[split], rng))
            labels.append(np.full((counts[split], 1), label, dtype=np.uint8))
        order = rng.permutation(counts[split] * len(photographs))
        contents[split] = {"X": np.concatenate(crops)[order]}
        if split != "unlabeled":
            contents[split] |= {"y": np.concatenate(labels)[order], "class_names": list(photographs)}
    return contents
