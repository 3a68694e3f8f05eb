"""Contrast normalisation and whitening, compared with their definitions."""

import json

import numpy as np
import pytest

from lib.patches.normalisation import (
    CONTRAST,
    REGULARISER,
    channels_of,
    contrast_normalised,
    fit_whitener,
    middle_of,
    normalise,
    range_normaliser,
)
from lib.sample_patches import apply_normaliser, fit_normaliser


@pytest.fixture
def patches(rng):
    """Correlated intensities (600, 12) of 2x2 patches with three channels."""
    mixing = rng.normal(size=(12, 12)) * 15
    return np.clip(rng.normal(size=(600, 12)) @ mixing + 128, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("centre", ["patch", "brightness", "none"])
def test_whitening_agrees_with_its_definition(patches, xp, centre):
    whitener = fit_whitener(xp.asarray(patches), centre=centre, channels=3)
    pixels = patches.astype(float).reshape(600, 4, 3)
    if centre != "none":
        pixels -= pixels.mean(axis=1 if centre == "patch" else (1, 2), keepdims=True)
    rows = pixels.reshape(600, 12)
    rows /= np.sqrt(rows.var(axis=1, keepdims=True) + CONTRAST)
    covariance = np.cov(rows.T, bias=True)
    matrix = np.array(whitener["matrix"])
    np.testing.assert_allclose(matrix @ matrix @ (covariance + REGULARISER * np.eye(12)), np.eye(12), atol=1e-9)
    np.testing.assert_allclose(matrix, matrix.T, atol=1e-12, err_msg="ZCA is the symmetric root")
    found = normalise(patches, whitener)
    np.testing.assert_allclose(found, (rows - rows.mean(axis=0)) @ matrix, atol=1e-10)


def test_whitening_does_not_depend_on_the_number_of_blocks(patches, monkeypatch):
    whole = fit_whitener(patches, centre="patch", channels=3)
    monkeypatch.setattr("lib.sample_patches.FIT_BLOCK", 7)
    blocks = fit_whitener(patches, centre="patch", channels=3)
    np.testing.assert_allclose(blocks["mean"], whole["mean"], atol=1e-12)
    np.testing.assert_allclose(blocks["matrix"], whole["matrix"], atol=1e-10)


def test_whitened_directions_have_nearly_equal_variance(rng):
    data = 128 + rng.normal(size=(5000, 12)) * np.repeat([40, 10], 6)
    before, after = (
        np.linalg.eigvalsh(np.cov(rows.T))[3:]
        for rows in (
            contrast_normalised(data, "patch", 3),
            normalise(data, fit_whitener(data, centre="patch", channels=3)),
        )
    )
    assert before[-1] / before[0] > 5
    assert after[-1] / after[0] < 2.5


def test_contrast_is_removed_but_noise_of_uniform_patches_is_not_amplified(rng):
    pattern = rng.normal(size=(1, 48))
    strong, stronger, faint = (np.asarray(contrast_normalised(128 + f * pattern, "patch", 3)) for f in (30, 60, 0.1))
    np.testing.assert_allclose(strong, stronger, rtol=0.02)
    assert np.abs(faint).max() < 0.2
    assert (contrast_normalised(np.full((1, 48), 7.0), "patch", 3) == 0).all(), "a patch of one colour"


def test_statistics_survive_json_and_do_not_depend_on_other_patches(patches):
    whitener = fit_whitener(patches, centre="patch", channels=3)
    stored = json.loads(json.dumps(whitener))
    together = normalise(patches, stored)
    np.testing.assert_array_equal(together, normalise(patches, whitener))
    np.testing.assert_allclose(normalise(patches[:1], stored), together[:1], atol=1e-12)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_normalised_patches_have_the_requested_dtype(patches, precision):
    whitener = fit_whitener(patches, centre="patch", channels=3)
    found = normalise(patches, whitener, precision)
    assert found.dtype == precision
    np.testing.assert_allclose(found, normalise(patches, whitener), atol=1e-4)


def test_normalise_accepts_both_kinds_of_statistics(patches):
    clipped = fit_normaliser(patches, centre="patch", output_range=(0.1, 0.7))
    np.testing.assert_allclose(normalise(patches, clipped), apply_normaliser(patches, clipped), rtol=1e-13)
    whitener = fit_whitener(patches, centre="none", channels=3)
    assert channels_of(clipped) == channels_of(whitener) == 3
    assert (middle_of(clipped), middle_of(whitener)) == (pytest.approx(0.4), 0)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        fit_whitener(np.full((5, 12), np.nan), centre="none", channels=3)


def test_pixels_are_mapped_to_a_range_as_they_are():
    raw = np.arange(256, dtype=np.uint8).reshape(4, 64)
    for channels in (1, 4):
        found = normalise(raw, range_normaliser(channels, (-1.0, 1.0)))
        np.testing.assert_allclose(found, raw / 127.5 - 1, atol=1e-12)
    assert (found.min(), found.max()) == (-1, 1)
    np.testing.assert_allclose(normalise(raw, range_normaliser(1, (0.0, 1.0)), "float32"), raw / 255, atol=1e-6)
