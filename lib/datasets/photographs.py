"""A small labelled data set: crops of ten colour photographs that the dependencies ship.

Each photograph is a class: the label of a crop says which photograph it comes from. A photograph is divided into
disjoint blocks, and each block belongs to one split, so that the splits share no pixel. The blocks of the splits are
interleaved, so that every split shows all parts of a photograph. Crops of one block overlap: they are a group of images
that are not independent.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

SIDE = 96  # pixels: the side of a crop, as in STL-10
BLOCK = 128  # pixels: about the side of a block
# The block in row r and column c belongs to the split number (r + c) modulo 3. Crops are drawn in this order, too:
# another order would draw other crops.
_ORDER = ("train", "unlabeled", "test")

Block = tuple[slice, slice]  # rows and columns of a photograph


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


def blocks(shape: tuple[int, ...]) -> dict[str, list[Block]]:
    """Return the blocks of each split of a photograph, row by row; together they are the whole photograph.

    shape: (height, width, ...) in pixels, each at least `SIDE`. The sides of a block are about `BLOCK` pixels, and
    never less than `SIDE`.
    """
    numbers = [max(1, min(round(length / BLOCK), length // SIDE)) for length in shape[:2]]
    bounds = [np.linspace(0, length, count + 1).astype(int) for length, count in zip(shape, numbers, strict=False)]
    rows, columns = ([slice(int(start), int(stop)) for start, stop in pairwise(bound)] for bound in bounds)
    result: dict[str, list[Block]] = {split: [] for split in _ORDER}
    for (r, row), (c, column) in product(enumerate(rows), enumerate(columns)):
        result[_ORDER[(r + c) % len(_ORDER)]].append((row, column))
    return result


def crop(
    picture: np.ndarray, places: Sequence[Block], count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return crops (count, 96*96*3) uint8 at different random positions in blocks, and the number of each one's block.

    picture: (height, width, 3) uint8. The numbers (count,) int64 are places in the list of blocks. Every block has
    equally many crops or one more than others, as far as it has positions. Raises ValueError if the blocks together
    have fewer than ``count`` positions.
    """
    windows = [np.lib.stride_tricks.sliding_window_view(picture[place], (SIDE, SIDE), axis=(0, 1)) for place in places]
    positions = [window.shape[0] * window.shape[1] for window in windows]
    if count > sum(positions):
        raise ValueError(
            f"{count} crops asked for, expected at most {sum(positions)}: the photograph has no more positions"
        )
    # One position of every block, in random order, then a second one of every block, and so on.
    drawn = [
        (rank, tie, number, position)
        for number, (size, tie) in enumerate(zip(positions, rng.permutation(len(places)).tolist(), strict=True))
        for rank, position in enumerate(rng.permutation(size).tolist())
    ]
    crops = np.empty((count, SIDE * SIDE * 3), dtype=np.uint8)
    numbers = np.empty(count, dtype=np.int64)
    for place, (_, _, number, position) in enumerate(sorted(drawn)[:count]):
        row, column = divmod(position, windows[number].shape[1])
        crops[place] = windows[number][row, column].transpose(1, 2, 0).ravel()  # the channels of a window come first
        numbers[place] = number
    return crops, numbers


def make_splits(counts: dict[str, int], rng: np.random.Generator) -> dict[str, dict[str, Any]]:
    """Return the contents of train.pk, test.pk and unlabeled.pk by split.

    counts: crops per photograph, by split. Each split is a dict with ``X`` (N, 27648) uint8; labelled splits also have
    ``y`` (N, 1) uint8, counted from 1, ``class_names``, and ``groups`` (N,) int64, the number of the block of each crop
    among the blocks of all photographs. The rows are shuffled. Raises ValueError for more crops than the blocks of a
    photograph have positions.
    """
    photographs = _photographs()
    contents: dict[str, dict[str, Any]] = {}
    for split in _ORDER:
        crops, labels, groups, known = [], [], [], 0
        for label, picture in enumerate(photographs.values(), start=1):
            places = blocks(picture.shape)[split]
            found, numbers = crop(picture, places, counts[split], rng)
            crops.append(found)
            labels.append(np.full((counts[split], 1), label, dtype=np.uint8))
            groups.append(known + numbers)
            known += len(places)
        order = rng.permutation(counts[split] * len(photographs))
        contents[split] = {"X": np.concatenate(crops)[order]}
        if split != "unlabeled":
            contents[split] |= {"y": np.concatenate(labels)[order], "class_names": list(photographs)}
            contents[split]["groups"] = np.concatenate(groups)[order]
    return contents
