"""Examples of what a unit responds to come from the right images and places."""

import numpy as np
import pytest

from lib.evaluation.examples import activation_maps, example_images, map_grid
from lib.patches.normalisation import normalise
from lib.sample_patches import fit_normaliser
from lib.study.settings import Model

MODEL = Model("pca", {"patch_size": 8}, [3])


@pytest.mark.parametrize(("count", "chosen"), [(1, [0]), (2, [0, 1]), (9, [0, 4])])
def test_the_images_are_the_first_and_the_middle_one(count, chosen):
    images = np.arange(count * 12, dtype=np.uint8).reshape(count, 12)
    np.testing.assert_array_equal(example_images(images), images[chosen])


@pytest.mark.parametrize(("side", "stride"), [(96, 4), (32, 1), (8, 1)])
def test_a_map_has_the_activation_of_the_patch_at_each_place(rng, side, stride):
    images = rng.integers(0, 256, (2, side * side * 3), dtype=np.uint8)
    statistics = fit_normaliser(rng.integers(0, 256, (50, 192), dtype=np.uint8), channels=3)
    kernels = rng.normal(size=(192, 3)).astype(np.float32)
    grid = map_grid(images, MODEL, 1, 3)
    assert grid.stride == stride
    maps = activation_maps(images, statistics, lambda patches: patches @ kernels, grid)
    line = (side - 8) // stride + 1
    assert maps.shape == (3, 2, line, line)
    row, column = line // 2, line - 1
    picture = images[1].reshape(side, side, 3)
    patch = picture[row * stride : row * stride + 8, column * stride : column * stride + 8].reshape(1, -1)
    expected = normalise(patch, statistics, "float32") @ kernels
    np.testing.assert_allclose(maps[:, 1, row, column], expected[0], rtol=1e-4)
