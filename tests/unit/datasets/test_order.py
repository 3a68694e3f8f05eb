"""Rows of colour images in another order than they are read are refused: nothing but noise would show it."""

import numpy as np
import pytest
from scipy.io import savemat

from lib.base.errors import StudyError
from lib.datasets.ingestion import check_files_of
from lib.datasets.photographs import make_splits

ORDERS = {
    "row, column, channel": (0, 1, 2, 3),
    "channel, row, column": (0, 3, 1, 2),
    "channel, column, row": (0, 3, 2, 1),
}


@pytest.fixture(scope="module")
def pictures():
    """Crops of real photographs (N, 96, 96, 3) and their labels, by split."""
    made = make_splits({"train": 5, "test": 5, "unlabeled": 5}, np.random.default_rng(0))
    return {
        split: (np.asarray(made[split]["X"]).reshape(-1, 96, 96, 3), made[split]["y"]) for split in ("train", "test")
    }


def write(folder, pictures, form, order=None, size=96, dtype=np.uint8):
    for split, (images, labels) in pictures.items():
        small = images[:, :: 96 // size, :: 96 // size].astype(dtype)
        stored = small if order is None else small.transpose(ORDERS[order]).reshape(len(small), -1)
        if form == "npz":
            np.savez(folder / f"{split}.npz", X=stored, y=labels)
        else:
            savemat(folder / f"{split}.mat", {"X": stored, "y": labels})


@pytest.mark.parametrize("size", [16, 32, 96])
@pytest.mark.parametrize(
    ("form", "order", "other"),
    [
        ("npz", "channel, row, column", "channel, row, column"),
        ("npz", "channel, column, row", "channel, row, column"),
        ("mat", "row, column, channel", "row, column, channel"),
    ],
)
def test_rows_in_another_order_are_refused(tmp_path, pictures, form, order, other, size):
    write(tmp_path, pictures, form, order, size)
    with pytest.raises(StudyError) as caught:
        check_files_of(str(tmp_path), 0)
    assert len(caught.value.sentences) == 2, "one for each file"
    assert f"train.{form}: X has rows of {3 * size**2} values, which are read in the order" in caught.value.sentences[0]
    assert (
        f"more alike in the order {other}; expected pictures, whose shape says the order" in caught.value.sentences[0]
    )


@pytest.mark.parametrize("dtype", [np.uint8, np.float64])
@pytest.mark.parametrize(
    ("form", "order"),
    [("npz", "row, column, channel"), ("mat", "channel, column, row"), ("npz", None), ("mat", None)],
)
def test_rows_in_their_order_and_pictures_pass(tmp_path, pictures, form, order, dtype):
    write(tmp_path, pictures, form, order, dtype=dtype)
    check_files_of(str(tmp_path), 0)
