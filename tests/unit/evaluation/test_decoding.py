"""Codes that are decoded: grids and lines, and that every patch belongs to its code."""

import numpy as np
import pytest
from scipy.stats import norm

from lib.evaluation import decoding
from lib.evaluation.units import evenly, held_out_patches

D = 16


def coding(codings=2):
    """A model that codes a patch by its first values, and decodes the first coding to a uniform patch."""
    return decoding.Coding(
        lambda patches: patches[:, :codings], lambda codes: np.repeat(norm.cdf(codes[:, :1]), D, axis=1)
    )


def test_the_grid_has_equally_likely_lines():
    codes = decoding.plane_codes(15)
    assert codes.shape == (225, 2)
    np.testing.assert_allclose(norm.cdf(codes[:15, 0]), np.linspace(0.05, 0.95, 15))
    assert (codes[:15, 1] == codes[0, 1]).all()
    assert codes[0, 1] > codes[-1, 1], "the second coding grows upwards"


def test_interpolations_begin_and_end_with_the_codes():
    first, last = np.array([[0.0, 1.0], [2.0, 2.0]]), np.array([[1.0, 0.0], [2.0, -2.0]])
    codes = decoding.interpolated(first, last, 5).reshape(2, 5, 2)
    np.testing.assert_array_equal(codes[:, 0], first)
    np.testing.assert_array_equal(codes[:, -1], last)
    np.testing.assert_allclose(codes[0, 2], [0.5, 0.5])


def test_lines_lead_to_another_class_and_concepts_along_the_difference_of_means():
    codes = np.array([[0.0, 0], [2, 0], [10, 0], [10, 4]])
    first, last, changed = decoding.class_lines(codes, np.array([3, 3, 7, 7]))
    np.testing.assert_array_equal(first, [[0, 0], [10, 0]])
    np.testing.assert_array_equal(last, [[10, 4], [2, 0]])
    np.testing.assert_array_equal(changed, [[9, 2], [1, -2]])


def test_a_single_class_has_a_line_between_its_images():
    first, last, changed = decoding.class_lines(np.array([[0.0], [5.0]]), np.zeros(2, int))
    assert (first, last, changed) == ([[0.0]], [[5.0]], [[0.0]])


def test_decoded_patches_are_those_of_their_codes(rng):
    patches, labels = rng.normal(size=(40, D)), np.arange(40) % 10
    found = decoding.decoded_codes(coding(), patches, labels, np.random.default_rng(3))
    grid = np.rint(255 * norm.cdf(decoding.plane_codes()[:, 0]))
    np.testing.assert_array_equal(found["manifold"], np.repeat(grid[:, None], D, axis=1))
    np.testing.assert_allclose(found["codes"], patches[:, :2], rtol=1e-6)
    np.testing.assert_array_equal(found["labels"], labels)
    normal = np.random.default_rng(3).standard_normal((decoding.SAMPLES, 2))
    np.testing.assert_array_equal(found["samples"][:, 0], np.rint(255 * norm.cdf(normal[:, 0])))
    assert len(found["lines"]) == len(found["concepts"]) == decoding.LINES * decoding.STEPS
    assert found["lines"][0, 0] == found["concepts"][0, 0] == np.rint(255 * norm.cdf(patches[0, 0]))
    assert {one.dtype for name, one in found.items() if name not in ("codes", "labels")} == {np.dtype(np.uint8)}


def test_longer_codes_have_no_plane(rng):
    found = decoding.decoded_codes(coding(3), rng.normal(size=(9, D)), np.arange(9) % 3, rng)
    assert set(found) == {"samples", "lines", "concepts"}


@pytest.mark.parametrize(("count", "taken"), [(100, range(0, 100, 10)), (4, range(4))])
def test_corrections_are_of_patches_from_everywhere(count, taken):
    patches = np.arange(float(count))[:, None] * np.ones((1, D))
    clean, noisy, corrected = decoding.corrections(patches, lambda rows: rows + 1, lambda rows: -rows)
    np.testing.assert_array_equal(clean[:, 0], list(taken))
    np.testing.assert_array_equal(noisy, clean + 1)
    np.testing.assert_array_equal(corrected, -noisy)


def test_images_and_their_labels_are_taken_at_equal_distances():
    images = np.repeat(np.arange(10, dtype=np.uint8)[:, None], 16, axis=1)
    patches = held_out_patches(images, 2, 1, most=4)
    labels = np.repeat(evenly(np.arange(10), 4), len(patches) // 4)
    np.testing.assert_array_equal(patches[:, 0], labels)
