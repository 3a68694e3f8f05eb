"""Edge-likeness is high for edges of any colour, and low for blobs and noise."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from lib.autoencoder import initialize, unpack
from lib.evaluation.controls import CONTROLS, SIZES, blobs, control_filters, noise, ramps
from lib.evaluation.edges import colour_share, edge_likeness, fitted_templates, overlap, unit_table
from lib.evaluation.thresholds import EDGE_SIDE, ORIENTED

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


@pytest.mark.parametrize("channels", [1, 3])
def test_small_filters_have_no_edge_likeness(rng, channels):
    for side in range(1, 9):
        likeness = edge_likeness(rng.normal(size=(500, side * side * channels)), channels)
        assert np.isnan(likeness).all() if side < EDGE_SIDE else np.mean(likeness >= ORIENTED) < 0.05


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


def test_the_fitted_template_has_the_energy_that_the_likeness_states(rng):
    filters = np.concatenate([rng.normal(size=(20, 192)), coloured(np.sign(X + 0.01), [1, 0, -1]), np.zeros((1, 192))])
    fitted = fitted_templates(filters)
    assert fitted.shape == filters.shape
    centred = filters.reshape(-1, 64, 3) - filters.reshape(-1, 64, 3).mean(axis=1, keepdims=True)
    energy, rest = np.sum(centred**2, axis=(1, 2)), np.sum((centred - fitted.reshape(-1, 64, 3)) ** 2, axis=(1, 2))
    np.testing.assert_allclose(energy - rest, edge_likeness(filters) * energy, atol=1e-9)
    edge = fitted[20].reshape(8, 8, 3)
    assert np.corrcoef(edge[..., 0].ravel(), np.sign(X + 0.01).ravel())[0, 1] > 0.8
    np.testing.assert_allclose(edge[..., 2], -edge[..., 0])
    np.testing.assert_array_equal(fitted[21], 0)


EDGE = np.sign(X + 0.01)


@pytest.mark.parametrize(
    ("colour", "share"),
    [([1, 1, 1], 0), ([-2, -2, -2], 0), ([1, -1, 0], 1), ([1, 1, -2], 1), ([1, 0, 0], 2 / 3), ([1, 1, -1], 8 / 9)],
)
def test_the_share_of_colour_is_the_energy_off_the_grey_axis(colour, share):
    shifted = coloured(EDGE, colour) + np.tile([5.0, -3.0, 1.0], 64)
    assert colour_share(shifted) == pytest.approx([share], abs=1e-12)


def test_the_share_of_colour_of_constant_and_of_grey_filters():
    assert colour_share(np.tile([1.0, 0.5, 0.0], 64)[None]) == 0
    assert np.isnan(colour_share(EDGE.reshape(1, -1), channels=1)).all()
    with pytest.raises(ValueError, match="rows of 191 values, expected 3"):
        colour_share(np.zeros((1, 191)))


def effective(filters, channels):
    return 1 / overlap(filters, channels).mean()


def test_the_effective_number_of_filters_counts_copies_once(rng):
    basis = np.linalg.qr(rng.normal(size=(64, 20)))[0].T
    basis -= basis.mean(axis=1, keepdims=True)
    different = np.linalg.svd(basis, full_matrices=False)[2]
    assert effective(different, 1) == pytest.approx(20)
    assert effective(np.concatenate([different, -3 * different]) + 7, 1) == pytest.approx(20), "signs, scales, means"
    assert effective(np.tile(different[:1], (9, 1)), 1) == pytest.approx(1)
    assert effective(np.concatenate([different[:2], np.tile(different[:1], (2, 1))]), 1) == pytest.approx(16 / 10)
    np.testing.assert_allclose(overlap(different, 1), 1 / 20)


def test_constant_filters_are_copies_of_each_other(rng):
    filters = np.concatenate([rng.normal(size=(1, 64)), np.full((3, 64), 2.0)])
    np.testing.assert_allclose(overlap(filters, 1), [1 / 4, *[3 / 4] * 3])


def test_filters_of_constant_units_do_not_count_as_different(rng):
    basis = np.linalg.qr(rng.normal(size=(64, 12)))[0].T
    filters = np.linalg.svd(basis - basis.mean(axis=1, keepdims=True), full_matrices=False)[2]
    activations = rng.random((50, 12))
    activations[:, 8:] = 0.5
    table = unit_table(filters, activations, 1)
    assert table["overlap"].isna().tolist() == [False] * 8 + [True] * 4
    assert 1 / table["overlap"].mean() == pytest.approx(8)
    assert unit_table(filters, np.ones((50, 12)), 1)["overlap"].isna().all()


def test_more_filters_than_values_have_the_same_overlap_as_by_their_cosines(rng):
    filters = rng.normal(size=(300, 75))
    filters[5] = 1.0
    planes = filters.reshape(300, 25, 3) - filters.reshape(300, 25, 3).mean(axis=1, keepdims=True)
    rows = np.delete(planes.reshape(300, 75), 5, axis=0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    expected = np.insert(np.sum((rows @ rows.T) ** 2, axis=1), 5, 1) / 300
    np.testing.assert_allclose(overlap(filters, 3), expected)


@pytest.mark.parametrize("channels", [1, 3])
def test_controls_have_the_form_of_filters(rng, channels):
    patches = rng.integers(0, 256, size=(1200, 64 * channels), dtype=np.uint8)
    found = control_filters(patches, channels, 8, rng)
    assert list(found) == ["noise", "blobs", "ramps", "patches"]
    assert {filters.shape for filters in found.values()} == {(CONTROLS, 64 * channels)}
    assert (found["patches"] == patches[:CONTROLS]).all()
    assert all(np.isfinite(filters).all() for filters in found.values())


def test_a_ramp_is_a_linear_function_of_the_place(rng):
    columns = np.stack([np.ones(64), X.ravel(), Y.ravel()], axis=1)
    planes = ramps(50, 8, 1, rng)
    residuals = planes.T - columns @ np.linalg.lstsq(columns, planes.T)[0]
    assert np.abs(residuals).max() < 1e-12
    angles = np.arctan2(planes[:, 63] - planes[:, 7], planes[:, 63] - planes[:, 56])
    assert len(np.unique(np.floor(angles / (np.pi / 4)))) == 8, "angles of all directions"


def test_a_blob_is_round(rng):
    """The logarithm of a blob is a paraboloid with equal curvature in both directions."""
    planes = np.log(np.abs(blobs(50, 8, 1, rng)))
    squares = X**2 + Y**2
    columns = np.stack([np.ones(64), X.ravel(), Y.ravel(), squares.ravel()], axis=1)
    fit, *_ = np.linalg.lstsq(columns, planes.T)
    assert np.abs(planes.T - columns @ fit).max() < 1e-9
    sizes = np.sqrt(-1 / (2 * fit[3])) / 8
    assert SIZES[0] < sizes.min() < 0.2 < 0.4 < sizes.max() < SIZES[1]


def test_channels_of_controls_differ_in_amplitude_alone(rng):
    for draw in (blobs, ramps):
        planes = draw(20, 8, 3, rng).reshape(20, 64, 3)
        assert all(np.linalg.matrix_rank(plane) == 1 for plane in planes)
    assert np.linalg.matrix_rank(noise(1, 8, 3, rng).reshape(64, 3)) == 3


def test_filters_of_any_size_have_the_same_measures_and_none_that_is_not_finite(rng):
    filters = rng.normal(size=(3, 108))
    for factor in (2.0**-600, 2.0**600):
        np.testing.assert_array_equal(edge_likeness(factor * filters), edge_likeness(filters))
        np.testing.assert_array_equal(colour_share(factor * filters), colour_share(filters))
        np.testing.assert_array_equal(overlap(factor * filters), overlap(filters))
        np.testing.assert_allclose(fitted_templates(factor * filters) / factor, fitted_templates(filters))
    for value in (np.nan, np.inf):
        filters[1, 5] = value
        for measure in (edge_likeness, colour_share, fitted_templates, overlap):
            with pytest.raises(ValueError, match=r"^filters hold NaN or infinite values, expected finite numbers"):
                measure(filters)
