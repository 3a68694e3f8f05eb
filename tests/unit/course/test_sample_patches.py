"""Patches come from all positions, only their own pixels are read, and they are normalised as defined."""

import tracemalloc

import numpy as np
import pytest

from lib.base.devices import to_host
from lib.sample_patches import apply_normaliser, fit_normaliser, normalize_data, sample_patches, sample_patches_raw


def coordinates(count, side):
    """Return images whose channels hold the number of the image, the row and the column of each pixel."""
    image, row, column = np.meshgrid(np.arange(count), np.arange(side), np.arange(side), indexing="ij")
    return np.stack([image, row, column], axis=-1).astype(np.uint8).reshape(count, -1)


def test_patches_are_contiguous_pieces_of_one_image(rng):
    patches = sample_patches_raw(coordinates(7, 20), 500, 6, rng=rng).reshape(500, 6, 6, 3)
    assert (patches[..., 0] == patches[:, :1, :1, 0]).all()
    assert (patches[..., 1] == patches[:, :1, :1, 1] + np.arange(6)[:, None]).all()
    assert (patches[..., 2] == patches[:, :1, :1, 2] + np.arange(6)).all()


def test_every_image_and_position_is_equally_likely(rng):
    patches = sample_patches_raw(coordinates(3, 10), 30_000, 8, rng=rng).reshape(-1, 8, 8, 3)
    corners, counts = np.unique(patches[:, 0, 0], axis=0, return_counts=True)
    assert len(corners) == 3 * 3 * 3, "the last row and column are possible"
    expected = 30_000 / 27
    assert np.abs(counts - expected).max() < 5 * np.sqrt(expected)


def test_patches_keep_dtype_shape_and_seed():
    images = coordinates(4, 12)
    patches = sample_patches_raw(images, 11, 5, rng=3)
    assert patches.shape == (11, 75)
    assert patches.dtype == np.uint8
    assert (patches == sample_patches_raw(images, 11, 5, rng=3)).all()
    assert (patches != sample_patches_raw(images, 11, 5, rng=4)).any()
    assert sample_patches_raw(images, 11, rng=0, patch_size=12).shape == (11, 432), "a patch as large as the image"


def test_fortran_order_gives_the_same_patches():
    images = coordinates(4, 12)
    assert (
        sample_patches_raw(np.asfortranarray(images), 50, 5, rng=1) == sample_patches_raw(images, 50, 5, rng=1)
    ).all()


def test_grey_images():
    images = np.arange(2 * 100, dtype=np.uint8).reshape(2, 100)
    assert sample_patches_raw(images, 5, 4, channels=1, rng=0).shape == (5, 16)


def test_only_the_pixels_of_patches_are_read_from_a_memory_map(tmp_path):
    # a sparse file as large as STL-10: 2.76 GB that take no disk space
    images = np.lib.format.open_memmap(tmp_path / "X.npy", mode="w+", dtype=np.uint8, shape=(100_000, 27_648))
    images[-1] = 255
    tracemalloc.start()
    patches = sample_patches_raw(images, 10_000, 8, rng=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert patches.shape == (10_000, 192)
    assert peak < 4 * patches.nbytes


@pytest.mark.parametrize("centre", ["none", "patch", "brightness"])
def test_normalised_data_stay_in_range_and_reach_its_ends(rng, xp, centre):
    data = rng.normal(100, 20, size=(2000, 48))
    data[0, 0], data[1, 1] = -1000, 1000
    normalised = to_host(normalize_data(xp.asarray(data), centre=centre))
    assert normalised.shape == data.shape
    assert normalised.dtype == np.float64
    assert normalised.min() == 0.1
    assert normalised.max() == 0.9


def test_normalisation_agrees_with_its_definition(rng):
    data = rng.normal(100, 20, size=(500, 12))
    pixels = data.reshape(500, 4, 3)
    mean, std = pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1))
    low, high = mean - 3 * std, mean + 3 * std
    expected = 0.1 + 0.8 * (np.clip(pixels, low, high) - low) / (high - low)
    np.testing.assert_allclose(normalize_data(data), expected.reshape(500, 12), rtol=0, atol=1e-14)


def test_centring_removes_the_brightness_and_colour_of_each_patch(rng):
    data = rng.integers(0, 100, size=(50, 48)).astype(np.uint8)
    shifted = data + np.tile(np.array([1, 50, 100], dtype=np.uint8), 16)
    np.testing.assert_allclose(
        normalize_data(data, centre="patch"), normalize_data(shifted, centre="patch"), atol=1e-12
    )


def test_centring_on_brightness_keeps_the_colour_of_each_patch(rng):
    data = rng.integers(0, 100, size=(50, 48)).astype(np.uint8)
    brighter, redder = data + np.uint8(50), data + np.tile(np.array([50, 0, 0], dtype=np.uint8), 16)
    statistics = fit_normaliser(data, centre="brightness")
    expected = apply_normaliser(data, statistics)
    np.testing.assert_allclose(apply_normaliser(brighter, statistics), expected, atol=1e-12)
    shift = (apply_normaliser(redder, statistics) - expected).reshape(50, 16, 3).mean(axis=(0, 1))
    assert shift[0] > 0.05
    assert shift[1] < 0
    assert shift[2] < 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("centre", ["none", "patch", "brightness"])
def test_rounding_gives_a_constant_channel_no_variance(centre, dtype):
    normalised = normalize_data(np.full((50, 48), 0.1, dtype), centre=centre)
    np.testing.assert_allclose(normalised, 0.5, rtol=1e-6)


def test_a_constant_channel_becomes_the_middle():
    data = np.zeros((10, 12))
    data.reshape(10, 4, 3)[..., 0] = np.arange(40).reshape(10, 4)
    normalised = normalize_data(data).reshape(10, 4, 3)
    assert (normalised[..., 1:] == 0.5).all()
    assert np.ptp(normalised[..., 0]) > 0.4


def test_statistics_of_training_patches_are_applied_to_later_patches(rng):
    train, later = rng.normal(100, 10, (500, 12)), rng.normal(130, 10, (500, 12))
    normaliser = fit_normaliser(train)
    assert apply_normaliser(later, normaliser).mean() > 0.8, "later patches are brighter and must stay so"
    np.testing.assert_allclose(apply_normaliser(train, normaliser), normalize_data(train))


def test_float32_stays_float32(rng, xp):
    data = xp.asarray(rng.normal(size=(20, 12)).astype(np.float32))
    assert apply_normaliser(data, fit_normaliser(data)).dtype == xp.float32


def test_sample_patches_samples_and_normalises():
    images = coordinates(9, 30)
    np.testing.assert_array_equal(
        sample_patches(images, 40, 8, rng=5), normalize_data(sample_patches_raw(images, 40, 8, rng=5))
    )


@pytest.mark.parametrize(
    ("images", "options", "sentence"),
    [
        (np.zeros((2, 100)), {}, "rows of 100 values, expected 3"),
        (np.zeros((2, 50)), {}, "rows of 50 values"),
        (np.zeros((0, 192)), {}, "images are empty"),
        (np.zeros(192), {}, "1 dimensions, expected 2"),
        (np.zeros((2, 192)), {"patch_size": 9}, "patch_size is 9, expected 1 to 8"),
        (np.zeros((2, 192)), {"patch_size": 0}, "patch_size is 0, expected 1 to 8"),
        (np.zeros((2, 192)), {"num_patches": 0}, "num_patches is 0"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(images, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        sample_patches_raw(images, **options)


def test_nan_and_unknown_centre_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        normalize_data(np.full((2, 12), np.nan))
    with pytest.raises(ValueError, match="centre is 'mean'"):
        normalize_data(np.zeros((2, 12)), centre="mean")


@pytest.mark.parametrize("centre", ["none", "patch"])
def test_statistics_do_not_depend_on_the_number_of_blocks(rng, xp, monkeypatch, centre):
    monkeypatch.setattr("lib.sample_patches.FIT_BLOCK", 7)
    images = rng.integers(0, 256, size=(50, 4 * 4 * 3)).astype(np.uint8)
    pixels = images.reshape(50, 16, 3).astype(float)
    if centre == "patch":
        pixels -= pixels.mean(axis=1, keepdims=True)
    normaliser = fit_normaliser(xp.asarray(images), centre=centre)
    np.testing.assert_allclose(normaliser["mean"], pixels.mean(axis=(0, 1)), atol=1e-12)
    np.testing.assert_allclose(normaliser["std"], pixels.std(axis=(0, 1)), rtol=1e-13)


@pytest.mark.parametrize("centre", ["none", "patch", "brightness"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_constant_value_that_sums_cannot_hold_is_still_constant(centre, dtype):
    for value in (0.0759817261473569, 0.48913841, 123.456):
        rows = np.full((30, 3 * 24**2), value, dtype=dtype)
        np.testing.assert_array_equal(normalize_data(rows, centre=centre), np.float32(0.5))
