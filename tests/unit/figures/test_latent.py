"""Pictures of codes: their grids and lines, and that every patch is where its code is."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from scipy.stats import norm

from lib.figures import latent

SIDE = 4


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def decode(codes):
    """Return uniform patches whose intensity is the probability below the first coding."""
    return np.repeat(norm.cdf(codes[:, :1]), SIDE**2, axis=1)


def shown(figure, number=0):
    """Return the picture (height, width) of an axis."""
    return np.asarray(figure.axes[number].images[0].get_array())[..., 0]


def test_the_manifold_has_equally_likely_lines():
    codes = latent.plane_codes(15)
    assert codes.shape == (225, 2)
    np.testing.assert_allclose(norm.cdf(codes[:15, 0]), np.linspace(0.05, 0.95, 15))
    assert (codes[:15, 1] == codes[0, 1]).all()
    picture = shown(latent.manifold(decode))
    assert picture.shape == (15 * SIDE, 15 * SIDE)
    np.testing.assert_array_equal(picture[0, ::SIDE], np.round(255 * np.linspace(0.05, 0.95, 15)))
    assert (picture == picture[0]).all(), "the second coding changes nothing here"


def test_interpolations_begin_and_end_with_the_codes():
    first, last = np.array([[0.0, 1.0], [2.0, 2.0]]), np.array([[1.0, 0.0], [2.0, -2.0]])
    codes = latent.interpolated(first, last, 5).reshape(2, 5, 2)
    np.testing.assert_array_equal(codes[:, 0], first)
    np.testing.assert_array_equal(codes[:, -1], last)
    np.testing.assert_allclose(codes[0, 2], [0.5, 0.5])
    assert shown(latent.interpolations(decode, first, last, 5)).shape == (2 * SIDE, 5 * SIDE)


def test_samples_and_corrections_keep_intensities():
    patches = np.linspace(0, 1, 6)[:, None] * np.ones((6, SIDE**2))
    np.testing.assert_array_equal(shown(latent.samples(patches, 3))[::SIDE, ::SIDE], [[0, 51, 102], [153, 204, 255]])
    figure = latent.corrections(patches, patches + 2, 1 - patches)
    assert [axis.get_title() for axis in figure.axes] == ["clean", "corrupted", "reconstructed"]
    assert (shown(figure, 1) == 255).all(), "intensities above 1 are white"
    np.testing.assert_array_equal(shown(figure, 2)[0], shown(figure, 0)[0, ::-1])


def test_the_plane_has_the_colour_of_each_class(rng):
    codes, labels = rng.normal(size=(30, 3)), np.arange(30) % 3
    (axis,) = latent.latent_plane(codes, labels, ["a", "b", "$c"]).axes
    for number, points in enumerate(axis.collections):
        np.testing.assert_allclose(points.get_offsets(), codes[labels == number, :2])
    assert len({tuple(points.get_facecolor()[0]) for points in axis.collections}) == 3
