"""Edge-likeness is high for edges of any colour, and low for blobs and noise."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from lib.autoencoder import initialize, unpack
from lib.evaluation.edges import edge_likeness
from lib.evaluation.thresholds import ORIENTED

Y, X = np.mgrid[:8, :8] - 3.5
COLOURS = {"grey": [1, 1, 1], "blue to yellow": [1, 1, -1], "one channel": [0, 1, 0]}


def coloured(plane, colour):
    return (plane[..., None] * np.array(colour, dtype=float)).reshape(1, -1)


@pytest.mark.parametrize("colour", COLOURS.values(), ids=COLOURS)
@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 9)[:-1])
@pytest.mark.parametrize("offset", [-1.5, 0.01, 1.5])
def test_edges_are_oriented(angle, offset, colour):
    edge = np.sign(X * np.cos(angle) + Y * np.sin(angle) + offset)
    assert edge_likeness(coloured(edge, colour)) > 0.7


@pytest.mark.parametrize("width", [0.7, 1, 1.5, 2, 3, 5])
def test_blobs_are_not_oriented(width):
    blob = np.exp(-(X**2 + Y**2) / (2 * width**2))
    assert edge_likeness(coloured(blob, [1, 1, 1])) < ORIENTED


def test_a_uniform_colour_has_no_edge():
    assert edge_likeness(np.tile([1.0, 0.5, 0.0], 64)[None]) == 0
    assert edge_likeness(np.zeros((1, 192))) == 0


def test_a_slow_ramp_has_lower_likeness_than_a_step():
    ramp, step = coloured(X + Y, [1, 1, 1]), coloured(np.sign(X + Y + 0.01), [1, 1, 1])
    assert edge_likeness(ramp) < edge_likeness(step) - 0.1


def test_edges_in_brightness_and_colour_may_be_at_different_places():
    light, colour = np.sign(X + 0.01), np.sign(X - 1.01)
    assert edge_likeness(coloured(light, [1, 1, 1]) + coloured(colour, [1, 0, -1])) > 0.7


@pytest.mark.parametrize("width", [0, 0.5, 1])
def test_noise_is_not_oriented(rng, width):
    noise = rng.normal(size=(300, 8, 8, 3))
    filters = gaussian_filter(noise, (0, width, width, 0), mode="reflect").reshape(300, -1)
    assert (edge_likeness(filters) < ORIENTED).all()


def test_untrained_networks_are_not_oriented(rng):
    assert edge_likeness(rng.normal(size=(500, 64)), channels=1).max() < ORIENTED
    assert edge_likeness(unpack(initialize(75, 192, rng=0), 192, 75)[0][0]).max() < 0.3


def test_likeness_does_not_depend_on_scale_sign_and_mean_colour(rng):
    filters = rng.normal(size=(20, 192))
    expected = edge_likeness(filters)
    np.testing.assert_allclose(edge_likeness(-7 * filters + np.tile([5, -3, 1], 64)), expected, rtol=1e-9)
    assert ((expected > 0) & (expected < 1)).all()


def test_likeness_does_not_change_when_filters_are_rotated_by_90_degrees(rng):
    filters = rng.normal(size=(20, 8, 8, 3))
    turned = np.rot90(filters, axes=(1, 2)).reshape(20, -1)
    np.testing.assert_allclose(edge_likeness(turned), edge_likeness(filters.reshape(20, -1)), rtol=1e-9)
