"""Reduced images are means of the pixels that they cover, for every size of the blocks."""

import numpy as np
import pytest

from lib.datasets.reduction import reduce_images


def reduced(images, image_size, channels=3):
    return np.concatenate([block for _, block in reduce_images(images, image_size, channels)])


@pytest.mark.parametrize("channels", [1, 3])
def test_every_pixel_is_the_mean_of_those_it_covers(rng, channels):
    images = rng.integers(0, 256, size=(4, 12 * 12 * channels), dtype=np.uint8)
    means = images.reshape(4, 4, 3, 4, 3, channels).mean(axis=(2, 4)).reshape(4, -1)
    found = reduced(images, 4, channels)
    assert found.dtype == np.uint8
    assert np.abs(found - means).max() <= 1, "but for two roundings, along rows and columns"
    np.testing.assert_array_equal(reduced(images, 12, channels), images)


def test_sizes_that_do_not_divide(rng):
    even = np.full((2, 300), 77, dtype=np.uint8)
    assert (reduced(even, 7) == 77).all()
    assert reduced(even, 7).shape == (2, 147)


def test_blocks_give_the_same_images_as_the_whole(rng, monkeypatch):
    images = rng.integers(0, 256, size=(7, 48), dtype=np.uint8)
    whole = reduced(images, 2)
    monkeypatch.setattr("lib.datasets.reduction.BLOCK", 3)
    rows, blocks = zip(*reduce_images(images, 2, 3), strict=True)
    assert [row for r in rows for row in range(r.start, r.stop)] == list(range(7))
    np.testing.assert_array_equal(np.concatenate(blocks), whole)


def test_images_do_not_grow():
    with pytest.raises(ValueError, match="image_size is 11, expected 1 to 10: the images are 10x10"):
        reduced(np.zeros((1, 300), dtype=np.uint8), 11)
