"""Descriptions of labelled images find what is put into them."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from lib.evaluation.exploration import (
    class_moments,
    class_table,
    doubtful_labels,
    extreme_pairs,
    intensity_histogram,
    maps,
)


@pytest.fixture
def data(rng):
    """Three classes of 30 images with 20 pixels: dark, middle and bright; the last pixel is always 0."""
    labels = np.repeat([0, 1, 2], 30)
    images = rng.integers(0, 40, size=(90, 20)) + 100 * labels[:, None]
    images[:, -1] = 0
    return images.astype(np.uint8), labels


def test_the_table_of_classes_has_their_numbers_of_images_and_intensities():
    images = np.array([[0, 2], [0, 4], [255, 255], [255, 253]], dtype=np.uint8)
    table = class_table(images, np.array([0, 0, 1, 1]), ["dark", "bright"]).set_index("class")
    assert table.loc["dark"].tolist() == [2, 0.5, 1.5, pytest.approx(np.std([0, 0, 2, 4])), 0.5, 1]
    assert table.loc["bright", "mean"] == 254.5, "uint8 does not overflow"
    means, variances = class_moments(images, np.array([0, 0, 1, 1]), 2)
    assert means.tolist() == [[0, 3], [255, 254]]
    assert variances.tolist() == [[0, 1], [0, 1]]


def test_histograms_are_shares(data):
    images, labels = data
    found = intensity_histogram(images, labels, 3, bins=4)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found[0].argmax() == 0
    assert found[2, 3] > 0.9


def test_pairs_are_found(data):
    images, labels = data
    images[7] = images[3]  # an exact copy
    images[40] = images[70]  # a copy with another label
    images[5, :-1] = 255  # an outlier of the first class
    table = extreme_pairs(images, labels, count=2)
    nearest = table[table["kind"] == "nearest"]
    assert {tuple(pair) for pair in nearest[["first", "second"]].to_numpy()} == {(3, 7), (40, 70)}
    assert nearest["distance"].tolist() == [0, 0]
    between = table[table["kind"] == "nearest_of_two_classes"].iloc[0]
    assert (between["first"], between["second"], between["first_class"], between["second_class"]) == (40, 70, 1, 2)
    farthest = table[table["kind"] == "farthest_of_one_class"]
    assert (farthest["first_class"] == farthest["second_class"]).all()
    assert (farthest[["first", "second"]] == 5).any(axis=1).all()


def test_maps_separate_the_classes_and_are_repeated_by_their_seed(data):
    images, labels = data
    found = maps(images, seed=1)
    assert found.explained[0] > 0.9, "brightness"
    for points in (found.pca, found.tsne):
        centres = np.stack([points[labels == label].mean(axis=0) for label in range(3)])
        nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        assert (nearest == labels).mean() > 0.95
    assert maps(images, seed=1).tsne.tobytes() == found.tsne.tobytes()


def test_wrong_labels_are_doubted_and_right_ones_are_not(data):
    images, labels = data
    given = labels.copy()
    given[[4, 50]] = 2
    model = LogisticRegression(max_iter=200)
    table = doubtful_labels(given, cross_val_predict(model, images / 255, given, method="predict_proba"), least=0.5)
    assert set(table["image"]) == {4, 50}
    assert dict(zip(table["image"], table["predicted"], strict=True)) == {4: 0, 50: 1}
    assert table["probability"].is_monotonic_increasing
    assert doubtful_labels(labels, np.eye(3)[labels]).empty
