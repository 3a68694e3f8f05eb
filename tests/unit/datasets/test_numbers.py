"""Arrays that are not rows of uint8 are converted if scale and order of axes are not in doubt, else refused."""

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.datasets.facts import facts
from lib.datasets.forms.registry import read_splits

SIDE, COUNT = 5, 6
LABELS = np.arange(COUNT) % 2


def pixels(seed=0, largest=255):
    found = np.random.default_rng(seed).integers(0, largest + 1, (COUNT, SIDE, SIDE, 3))
    found[0, 0, 0, 0] = largest
    return found


def write(folder, train, test=None):
    for split, images in (("train", train), ("test", train if test is None else test)):
        np.savez(folder / f"{split}.npz", X=images, y=LABELS[: len(images)] if images.shape[0] == COUNT else LABELS)


def rows(split):
    return np.asarray(split.images).reshape(-1, SIDE, SIDE, 3)


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.int32, np.int64, np.uint16, np.uint32, np.uint64])
def test_whole_numbers_up_to_255_are_intensities(tmp_path, dtype):
    values = pixels(largest=min(255, np.iinfo(dtype).max))
    write(tmp_path, values.astype(dtype))
    splits = read_splits(tmp_path)
    assert (rows(splits["train"]) == values).all()
    (note,) = map(str, splits["train"].notes)
    assert note == f"Values of train, {np.dtype(dtype)} from 0 to {values.max()}, are read on the scale from 0 to 255."


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", "<f2"])
@pytest.mark.parametrize("parts", [1, 255, 256])
def test_fractions_are_intensities_if_their_scale_is_not_in_doubt(tmp_path, dtype, parts):
    values = pixels()
    stored = (values / parts).astype(dtype)
    write(tmp_path, stored)
    tolerance = 1 if dtype == "<f2" and parts == 255 else 0  # half precision has no more digits
    assert abs(rows(read_splits(tmp_path)["train"]).astype(int) - values).max() <= tolerance


def test_booleans_are_black_and_white(tmp_path):
    write(tmp_path, pixels() > 100)
    assert (rows(read_splits(tmp_path)["train"]) == 255 * (pixels() > 100)).all()


@pytest.mark.parametrize(("largest", "bits"), [(4095, 4), (65535, 8)])
def test_more_than_8_bits_have_one_scale_for_all_splits(tmp_path, largest, bits):
    train, test = pixels(0, 300), pixels(1, largest)
    write(tmp_path, train.astype(np.uint16), test.astype(np.uint16))
    splits = read_splits(tmp_path)
    assert (rows(splits["train"]) == train >> bits).all()
    assert (rows(splits["test"]) == test >> bits).all()


@pytest.mark.parametrize("test", [pixels() * 1.0, pixels() / 200.0])
def test_splits_of_different_scales_are_refused(tmp_path, test):
    write(tmp_path, pixels() / 255.0, test)
    with pytest.raises(StudyError, match=r"train\.npz: X holds fractions from 0 to 1, but another split holds values"):
        read_splits(tmp_path)


@pytest.mark.parametrize(("largest", "dtype"), [(300, np.uint16), (1000, np.int64), (1, np.int64), (1, np.uint8)])
def test_images_that_use_less_than_a_quarter_of_their_scale_are_noted(tmp_path, largest, dtype):
    write(tmp_path, pixels(largest=largest).astype(dtype))
    found = list(map(str, facts(read_splits(tmp_path)["train"], "train").notes))
    assert any(note.startswith("The images of train are dark: no value is above ") for note in found)
    write(tmp_path, pixels(largest=100).astype(np.uint8))
    assert facts(read_splits(tmp_path)["train"], "train").notes == []


REFUSED = {
    "standardised": (pixels() / 100.0 - 1, "from -1 to "),
    "negative": (pixels().astype(np.int64) - 5, "from -5 to 250, expected whole numbers from 0 to 255"),
    "not a number": (np.where(pixels() == 255, np.nan, pixels() / 255.0), "NaN or infinite"),
    "infinite": (np.where(pixels() == 255, np.inf, pixels() / 255.0), "NaN or infinite"),
    "fractions slightly above 1": (pixels() / 250.0, "fractions from 0 to 1.02"),
    "too large": (pixels().astype(np.int64) * 1000, "values up to 255000, expected at most 65535"),
    "complex": (pixels() * 1j, "dtype complex128"),
    "text": (pixels().astype("S3"), r"X has dtype \|S3"),
    "not square": (np.zeros((COUNT, 4, 5, 3), np.uint8), r"X has shape \(6, 4, 5, 3\), expected"),
    "two channels": (np.zeros((COUNT, 4, 4, 2), np.uint8), r"X has shape \(6, 4, 4, 2\)"),
    "volumes": (np.zeros((COUNT, 4, 4, 4, 1), np.uint8), r"X has shape \(6, 4, 4, 4, 1\)"),
    "no images": (np.zeros((0, 48), np.uint8), r"X has shape \(0, 48\) and holds no images"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_numbers_and_shapes_in_doubt_are_refused(tmp_path, case):
    images, sentence = REFUSED[case]
    write(tmp_path, images)
    with pytest.raises(StudyError, match=sentence) as caught:
        read_splits(tmp_path)
    assert "train.npz: " in caught.value.sentences[0]


SHAPES = {
    "(N, d, d, 3)": (0, 1, 2, 3),
    "(N, 3, d, d)": (0, 3, 1, 2),
    "(d, d, 3, N)": (1, 2, 3, 0),
}


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_pictures_of_every_order_of_axes(tmp_path, shape, dtype, order):
    images = np.asarray(pixels().transpose(SHAPES[shape]).astype(dtype), order=order)
    np.save(tmp_path / "train.npy", images)
    np.save(tmp_path / "test.npy", images)
    for split in ("train", "test"):
        np.save(tmp_path / f"{split}_y.npy", LABELS)
    assert (rows(read_splits(tmp_path)["train"]) == pixels()).all()


@pytest.mark.parametrize("axes", [(0, 1, 2), (1, 2, 0)])
def test_grey_pictures_of_both_orders_of_axes(tmp_path, axes):
    grey = pixels()[..., 0].astype(np.uint8)
    write(tmp_path, grey.transpose(axes))
    found = read_splits(tmp_path)["train"].images
    assert found.channels == 1
    assert (np.asarray(found) == grey.reshape(COUNT, -1)).all()


@pytest.mark.parametrize("axes", [(0, 1, 2, 3), (0, 3, 1, 2), (1, 2, 3, 0)])
def test_transparent_parts_of_arrays_are_white(tmp_path, axes):
    alpha = np.zeros((COUNT, SIDE, SIDE, 1), int)
    alpha[:, :2] = 255
    write(tmp_path, np.concatenate([pixels(), alpha], axis=3).astype(np.uint8).transpose(axes))
    images = rows(read_splits(tmp_path)["train"])
    assert (images[:, :2] == pixels()[:, :2]).all()
    assert (images[:, 2:] == 255).all()
    assert "The fourth channel of train is read as transparency" in str(read_splits(tmp_path)["train"].notes[0])


def smooth(channels):
    """Pictures whose neighbouring pixels differ little."""
    ramp = np.add.outer(np.arange(8) * 20, np.arange(8) * 5)
    shades = np.arange(COUNT)[:, None, None, None] + ramp[None, :, :, None] + 40 * np.arange(channels)
    return shades.astype(np.uint8)


@pytest.mark.parametrize("planes", [False, True])
def test_rows_of_four_channels_that_look_grey_are_noted(tmp_path, planes):
    images = smooth(4)
    images[..., 3] = 255
    write(tmp_path, (images.transpose(0, 3, 1, 2) if planes else images).reshape(COUNT, -1))
    (note,) = map(str, read_splits(tmp_path)["train"].notes)
    assert "read as grey images of 16 pixels a side, but look like red, green, blue and alpha of 8 pixels" in note


def test_rows_of_grey_images_are_not_taken_for_four_channels(tmp_path):
    write(tmp_path, smooth(1).reshape(COUNT, -1))
    splits = read_splits(tmp_path)
    assert (splits["train"].images.side, splits["train"].notes) == (8, [])
