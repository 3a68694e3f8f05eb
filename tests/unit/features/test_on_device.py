"""Features that are computed on the arrays of a GPU's library are those of the CPU."""

import numpy as np
import pytest

from lib.base.devices import to_host
from lib.base.errors import StudyError
from lib.features.encodings import array_encoder_for, encoder_for
from lib.features.extraction import extract_features, grid_of
from lib.features.on_device import extract_on_device, features_of, patches_of_grid
from lib.learners.registry import load
from lib.patches.normalisation import fit_whitener, normalise
from lib.sample_patches import fit_normaliser, sample_patches_raw
from lib.study.settings import Model, View
from tests.unit.study.test_validation import DEFAULT

SIDE, COUNT = 20, 7
KEPT = DEFAULT["defaults"]


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, size=(COUNT, SIDE * SIDE * 3), dtype=np.uint8)


def fitted(images, rng, learner="untrained", whiten=False, centre="patch", **settings):
    """Statistics, parameters and settings of a learner with few units."""
    raw = sample_patches_raw(images, 300, 8, rng=rng)
    statistics = (fit_whitener if whiten else fit_normaliser)(raw, centre=centre, channels=3)
    settings = KEPT | {"hidden": [6], "whiten": whiten, "centre": centre} | settings
    theta = load(learner).fit(normalise(raw, statistics), settings, rng, None).theta
    return statistics, theta, Model(learner, settings, (6,))


def on_cpu(images, statistics, theta, model, view):
    grid = grid_of(model, view, 3)
    encode = encoder_for(theta, model, statistics, view, "cpu")
    found = np.zeros(grid.shape(images), np.float32)
    for rows, block in extract_features(images, statistics, encode, grid):
        found[rows] = block
    return grid, found


@pytest.mark.parametrize(
    "view",
    [
        View(1, stride=4),
        View(1, stride=3, pooling=2),
        View(1, stride=5, encoding="triangle"),
        View(1, stride=5, encoding="sign_split", threshold=0.1),
    ],
    ids=str,
)
@pytest.mark.parametrize("whiten", [False, True])
def test_features_are_those_of_the_cpu(rng, xp, images, view, whiten):
    statistics, theta, model = fitted(images, rng, whiten=whiten)
    grid, expected = on_cpu(images, statistics, theta, model, view)
    encode = array_encoder_for(theta, model, statistics, view)
    pictures = xp.asarray(images.reshape(COUNT, SIDE, SIDE, 3))
    found = features_of(pictures, statistics, encode, grid)
    assert found.dtype == xp.float32
    np.testing.assert_allclose(to_host(found), expected, atol=1e-4)


def test_mirror_images_follow_block_by_block(rng, images, monkeypatch):
    statistics, theta, model = fitted(images, rng, centre="none")
    view = View(1, stride=4, mirror=True)
    grid, expected = on_cpu(images, statistics, theta, model, view)
    monkeypatch.setattr("lib.features.on_device.BLOCK_BYTES", 30_000)
    blocks = list(extract_on_device(images, statistics, array_encoder_for(theta, model, statistics, view), grid, "cpu"))
    assert len(blocks) > 4
    assert [row for rows, _ in blocks for row in range(rows.start, rows.stop)] == list(range(2 * COUNT))
    np.testing.assert_allclose(np.concatenate([block for _, block in blocks]), expected, atol=1e-5)


def test_patches_lie_in_rows_of_pixels(xp):
    picture = np.arange(12 * 12 * 3, dtype=np.int64).reshape(1, 12, 12, 3)
    grid = grid_of(Model("untrained", KEPT | {"hidden": [6]}, (6,)), View(1, stride=4), 3)
    found = to_host(patches_of_grid(xp.asarray(picture), grid))
    assert found.shape == (4, 192)
    for number, (row, column) in enumerate([(0, 0), (0, 4), (4, 0), (4, 4)]):
        np.testing.assert_array_equal(found[number], picture[0, row : row + 8, column : column + 8].ravel())


def test_activations_that_are_not_finite_are_refused(rng, xp, images):
    statistics, theta, model = fitted(images, rng)
    view = View(1, stride=4)
    encode = array_encoder_for(np.full_like(theta, np.nan), model, statistics, View(1, stride=4, encoding="linear"))
    with pytest.raises(StudyError, match="activations are NaN or infinite"):
        features_of(xp.asarray(images.reshape(COUNT, SIDE, SIDE, 3)), statistics, encode, grid_of(model, view, 3))


def test_a_learner_with_an_encoding_that_is_not_for_arrays_says_so(rng, images):
    statistics, theta, model = fitted(images, rng)
    machine = Model("rbm", model.settings, (6,))
    assert array_encoder_for(theta, machine, statistics, View(1, stride=4)) is None
    assert array_encoder_for(theta, model, statistics, View(1, stride=4)) is not None
