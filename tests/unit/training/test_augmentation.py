"""Distortions move or mirror each image by itself, and keep its content."""

import pytest

torch = pytest.importorskip("torch")

from lib.training.augmentation import Augmentation  # noqa: E402


@pytest.fixture
def images():
    torch.manual_seed(0)
    pixels = torch.zeros(200, 2, 7, 9)
    pixels[:, :, 3, 2] = torch.rand(200, 2) + 1  # one bright pixel, left of the middle
    return pixels


def places(images):
    return {tuple(place) for place in images[:, 0].nonzero()[:, 1:].tolist()}


def test_shifts_reach_every_offset_and_no_other(images):
    moved = Augmentation(shift=2)(images)
    assert places(moved) == {(row, column) for row in range(1, 6) for column in range(5)}
    torch.testing.assert_close(moved.amax(dim=(2, 3)), images.amax(dim=(2, 3)))  # all channels move together


def test_about_half_of_the_images_are_mirrored(images):
    mirrored = Augmentation(mirror=True)(images)
    assert places(mirrored) == {(3, 2), (3, 6)}
    assert 70 < (mirrored[:, 0, 3, 6] > 0).sum() < 130


def test_the_border_fills_what_a_shift_leaves():
    moved = Augmentation(shift=3)(torch.full((20, 1, 5, 5), -1.0))
    assert (moved == -1).all()


def test_nothing_changes_by_default_and_a_seed_repeats_the_distortions(images):
    assert Augmentation()(images) is images
    found = []
    for _ in range(2):
        torch.manual_seed(1)
        found.append(Augmentation(2, mirror=True)(images))
    assert torch.equal(*found)
