"""Descriptions of labelled images find what is put into them."""

import numpy as np
import pytest

from lib.base.errors import StudyError
from lib.evaluation.exploration import (
    MOST_IMAGES,
    class_moments,
    class_probabilities,
    class_table,
    doubtful_labels,
    explore,
    extreme_pairs,
    intensity_histogram,
    maps,
    sample_of_classes,
    sampled,
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
    agrees = np.array([1.0, 0.0, 1.0, 1.0])
    labels = np.array([0, 0, 1, 1])
    table = class_table(images, labels, ["dark", "bright", "rare"], np.array([30, 10, 0]), agrees).set_index("class")
    assert table.loc["dark"].tolist() == [30, 0.75, 2, 1.5, pytest.approx(np.std([0, 0, 2, 4])), 0.5, 1, 0.5]
    assert table.loc["bright", "mean"] == 254.5, "uint8 does not overflow"
    assert table.loc["rare", ["images", "sampled"]].tolist() == [0, 0]
    assert table.loc["rare", ["mean", "agreement"]].isna().all()
    means, variances = class_moments(images, labels, 3)
    assert means.tolist() == [[0, 3], [255, 254], [0, 0]]
    assert variances.tolist() == [[0, 1], [0, 1], [0, 0]]


def test_a_sample_has_images_of_rare_classes_and_of_others_in_proportion():
    labels = np.repeat([0, 1, 2, 3], [600, 300, 7, 2])
    chosen = sample_of_classes(labels, 100, np.random.default_rng(0))
    assert (np.diff(chosen) > 0).all()
    counts = np.bincount(labels[chosen])
    assert counts.sum() == 100
    assert counts[3] == 2
    assert counts[2] >= 5
    assert 1.7 < counts[0] / counts[1] < 2.1
    assert not np.array_equal(chosen, sample_of_classes(labels, 100, np.random.default_rng(1)))
    assert len(sample_of_classes(labels, 5000, np.random.default_rng(0))) == len(labels)


def test_the_sample_of_a_study_follows_from_its_seed():
    labels = np.tile(np.arange(10), 400)
    assert sampled(labels, 1).tolist() == sampled(labels, 1).tolist() != sampled(labels, 2).tolist()
    assert len(sampled(labels, 1)) == MOST_IMAGES


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
    assert {tuple(pair) for pair in nearest[["image", "other"]].to_numpy()} == {(3, 7), (40, 70)}
    assert nearest["distance"].tolist() == [0, 0]
    between = table[table["kind"] == "nearest_of_two_classes"].iloc[0]
    assert (between["image"], between["other"], between["image_class"], between["other_class"]) == (40, 70, 1, 2)
    farthest = table[table["kind"] == "farthest_of_one_class"]
    assert (farthest["image_class"] == farthest["other_class"]).all()
    assert farthest["image_class"].is_unique
    assert 5 in farthest[["image", "other"]].iloc[0].tolist()
    assert farthest["distance"].is_monotonic_decreasing


def test_distances_are_euclidean(data):
    images, labels = data
    row = extreme_pairs(images, labels, count=1).iloc[-1]
    first, second = (images[row[column]].astype(float) for column in ("image", "other"))
    assert row["distance"] == pytest.approx(np.linalg.norm(first - second), rel=1e-6)


def test_maps_separate_the_classes_and_are_repeated_by_their_seed(data):
    images, labels = data
    found = maps(images, seed=1)
    assert found.explained[0] > 0.9, "brightness"
    for points in (found.pca, found.tsne):
        centres = np.stack([points[labels == label].mean(axis=0) for label in range(3)])
        nearest = ((points[:, None] - centres) ** 2).sum(axis=2).argmin(axis=1)
        assert (nearest == labels).mean() > 0.95
    assert maps(images, seed=1).tsne.tobytes() == found.tsne.tobytes()


def test_equal_images_are_a_fault():
    with pytest.raises(StudyError, match="all 6 images of the sample are equal, expected different images"):
        maps(np.full((6, 4), 9, dtype=np.uint8), seed=1)


def test_wrong_labels_are_doubted_and_right_ones_are_not(data):
    images, labels = data
    given = labels.copy()
    given[[4, 50]] = 2
    table = doubtful_labels(given, class_probabilities(images, given, 3, seed=1), least=0.5)
    assert set(table["image"]) == {4, 50}
    assert dict(zip(table["image"], table["predicted"], strict=True)) == {4: 0, 50: 1}
    assert table["probability"].is_monotonic_increasing
    assert doubtful_labels(labels, np.eye(3)[labels]).empty


def test_a_class_with_few_images_is_not_doubted(data):
    images, labels = data
    given = np.where(np.arange(90) < 3, 3, labels)  # three images of a fourth class
    found = class_probabilities(images, given, 4, seed=1)
    assert np.isnan(found[:3]).all()
    assert found[3:].sum(axis=1) == pytest.approx(1)
    assert not found[3:, 3].any()
    assert not doubtful_labels(given, found, least=0.5)["image"].isin([0, 1, 2]).any()
    assert np.isnan(class_probabilities(images, np.zeros(90, dtype=int), 1, seed=1)).all()


def test_tables_have_the_numbers_and_names_of_the_whole_split(data):
    images, labels = data
    everything = np.concatenate([labels, labels])
    chosen = np.arange(90) + 90
    images[7] = images[3]
    found = explore(images, chosen, everything, ["001", "b", "c"], seed=1)
    assert found.classes["images"].tolist() == [60, 60, 60]
    assert found.classes["sampled"].tolist() == [30, 30, 30]
    assert found.classes["agreement"].min() > 0.9
    first = found.pairs.iloc[0]
    assert (first["image"], first["other"], first["image_class"]) == (93, 97, "001")
    assert found.maps["image"].tolist() == chosen.tolist()
    assert found.maps["class"].tolist() == ["001"] * 30 + ["b"] * 30 + ["c"] * 30
    assert found.doubts.empty
    assert found.components["cumulative"].iloc[-1] == pytest.approx(1, abs=1e-5)
    assert found.means.shape == found.variances.shape == (3, 20)
