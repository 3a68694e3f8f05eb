"""Grids of patches and the features extracted on them."""

import threading

import numpy as np
import pytest

from lib.base.devices import Compute
from lib.base.errors import StudyError
from lib.features.extraction import Blocks, Grid, extract_features, grid_size, pooling_matrix
from lib.learners.registry import load
from lib.patches.normalisation import fit_whitener, normalise, normaliser_of_grids
from lib.sample_patches import fit_normaliser, sample_patches_raw

AS_THEY_ARE = {"centre": "none", "mean": [127.5] * 3, "std": [42.5] * 3, "low": 0.0, "high": 255.0}  # keeps intensities


def test_the_example_of_the_assignment():
    # an image of 12x16 holds 6 patches of 8x8 at stride 4
    image = np.arange(12 * 16 * 3, dtype=np.uint8).reshape(1, 12, 16, 3)
    patches = normaliser_of_grids(AS_THEY_ARE, 8, "float64")(image, 4, 0, np.empty((6, 192)))
    for number, patch in enumerate(patches):
        row, column = 4 * (number // 3), 4 * (number % 3)
        assert (patch.reshape(8, 8, 3) == image[0, row : row + 8, column : column + 8]).all()


@pytest.mark.parametrize(
    ("length", "patch", "stride", "expected"), [(96, 8, 8, 12), (96, 8, 6, 15), (12, 8, 5, 1), (8, 8, 1, 1)]
)
def test_grid_size(length, patch, stride, expected):
    assert grid_size(length, patch, stride) == expected
    images = np.zeros((7, length * length * 3), np.uint8)
    assert Grid(patch, stride, 75).shape(images) == (7, expected**2 * 75)


@pytest.mark.parametrize(("patch", "stride"), [(97, 1), (0, 1), (8, 0)])
def test_impossible_grids_are_refused(patch, stride):
    with pytest.raises(ValueError, match="expected"):
        grid_size(96, patch, stride)


@pytest.mark.parametrize("pooling", [0, 2])
def test_blocks_give_the_same_features_as_the_whole(rng, pooling):
    images = rng.integers(0, 256, size=(9, 16 * 16 * 3), dtype=np.uint8)
    encode = lambda patches: patches[:, :5].astype(np.float32) ** 2  # noqa: E731
    grid = Grid(8, 4, 5, pooling=pooling)
    whole = np.concatenate([block for _, block in extract_features(images, AS_THEY_ARE, encode, grid)])
    small = extract_features(images, AS_THEY_ARE, encode, grid, blocks=Blocks(1000))
    rows, blocks = zip(*small, strict=True)
    assert len(blocks) > 1
    assert [row for r in rows for row in range(r.start, r.stop)] == list(range(9))
    np.testing.assert_allclose(np.concatenate(blocks), whole, rtol=1e-6)
    assert whole.shape == grid.shape(images) == (9, (4 if pooling else 9) * 5)


@pytest.mark.parametrize("pooling", [1, 2, 3, 5])
def test_pooled_features_are_means_over_cells(rng, pooling):
    images = rng.integers(0, 256, size=(3, 12 * 12 * 3), dtype=np.uint8)
    encode = lambda patches: patches[:, :4].astype(np.float32)  # noqa: E731
    ((_, kept),) = extract_features(images, AS_THEY_ARE, encode, Grid(8, 1, 4))
    ((_, pooled),) = extract_features(images, AS_THEY_ARE, encode, Grid(8, 1, 4, pooling=pooling))
    kept, pooled = kept.reshape(3, 5, 5, 4), pooled.reshape(3, pooling, pooling, 4)
    cells = {1: [(0, 5)], 2: [(0, 2), (2, 5)], 3: [(0, 1), (1, 3), (3, 5)], 5: [(i, i + 1) for i in range(5)]}[pooling]
    for row, (top, bottom) in enumerate(cells):
        for column, (left, right) in enumerate(cells):
            expected = kept[:, top:bottom, left:right].mean(axis=(1, 2))
            np.testing.assert_allclose(pooled[:, row, column], expected, rtol=1e-5)


def test_mirrored_images_follow_in_the_same_order(rng):
    images = rng.integers(0, 256, size=(5, 12 * 12 * 3), dtype=np.uint8)
    mirrored = images.reshape(5, 12, 12, 3)[:, :, ::-1].reshape(5, -1)
    encode = lambda patches: patches[:, :4].astype(np.float32)  # noqa: E731

    def features(pictures, mirror=False):
        grid = Grid(8, 2, 4, mirror=mirror)
        matrix = np.zeros(grid.shape(pictures))
        for rows, block in extract_features(pictures, AS_THEY_ARE, encode, grid, blocks=Blocks(1000)):
            matrix[rows] = block
        return matrix

    expected = np.concatenate([features(images), features(mirrored)])
    np.testing.assert_array_equal(features(images, mirror=True), expected)


def test_cells_cover_the_grid_evenly():
    weights = pooling_matrix(27, 4).reshape(4, 4, 27, 27)
    np.testing.assert_allclose(weights.sum(axis=(2, 3)), 1, rtol=1e-6)
    sizes = (weights > 0).sum(axis=(2, 3))
    assert sizes.sum() == 27 * 27
    assert set(sizes.ravel()) <= {36, 42, 49}


def test_more_cells_than_patches_are_refused():
    with pytest.raises(ValueError, match="pooling is 4, expected 0 to 3: the grid has 3x3 patches"):
        Grid(8, 2, 5, pooling=4).length(12)


@pytest.mark.parametrize("whiten", [False, True])
def test_bits_do_not_depend_on_the_number_of_threads(rng, whiten):
    images = rng.integers(0, 256, size=(40, 32 * 32 * 3), dtype=np.uint8)
    raw = sample_patches_raw(images, 500, 8, rng=rng)
    statistics = (fit_whitener if whiten else fit_normaliser)(raw, centre="patch", channels=3)
    settings = {"hidden": [50], "activation": "sigmoid", "decoder": "linear", "patch_size": 8}
    learner = load("untrained")
    theta = learner.fit(normalise(raw, statistics), settings, rng, Compute()).theta
    encode = learner.encoder(theta, settings, statistics, 1, "cpu")
    found = [
        list(
            extract_features(
                images, statistics, encode, Grid(8, 3, 50, mirror=True), Compute(threads=n), Blocks(100_000)
            )
        )
        for n in (1, 3)
    ]
    assert len(found[0]) > 10
    assert [rows for rows, _ in found[0]] == [rows for rows, _ in found[1]]
    assert b"".join(block.tobytes() for _, block in found[0]) == b"".join(block.tobytes() for _, block in found[1])


@pytest.mark.parametrize("threads", [1, 3])
def test_an_error_of_the_encoder_is_raised_and_ends_every_thread(rng, threads):
    images = rng.integers(0, 256, size=(40, 12 * 12 * 3), dtype=np.uint8)

    def encode(patches):
        raise ValueError("no such layer")

    before = threading.active_count()
    with pytest.raises(ValueError, match="no such layer"):
        list(extract_features(images, AS_THEY_ARE, encode, Grid(8, 2, 4), Compute(threads=threads), Blocks(1000)))
    assert threading.active_count() == before


def test_features_of_a_patch_depend_on_no_other_patch(rng):
    raw = rng.integers(0, 256, size=(300, 192), dtype=np.uint8)
    settings = {"hidden": [7], "activation": "sigmoid", "decoder": "sigmoid", "patch_size": 8}
    learner = load("untrained")
    theta = learner.fit(raw.astype(float), settings, rng, Compute()).theta
    normaliser = fit_normaliser(raw, centre="patch")
    encode = learner.encoder(theta, settings, normaliser, 1, "cpu")
    patches = normalise(raw, normaliser, "float32")
    together, alone = encode(patches), encode(patches[:1])
    assert together.shape == (300, 7)
    assert together.dtype == np.float32
    np.testing.assert_allclose(together[:1], alone, rtol=1e-5)


def test_activations_that_are_not_finite_are_refused(rng):
    images = rng.integers(0, 256, size=(3, 12 * 12 * 3), dtype=np.uint8)
    encode = lambda patches: np.full((len(patches), 2), np.inf, np.float32)  # noqa: E731
    with pytest.raises(StudyError, match=r"^features: activations are NaN or infinite in single precision"):
        list(extract_features(images, AS_THEY_ARE, encode, Grid(8, 4, 2)))
