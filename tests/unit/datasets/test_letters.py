"""Letters are drawn in the middle of binary pictures, and the splits differ as described."""

import numpy as np

from lib.datasets.letters import HELD_OUT, SIDE, TYPEFACES, Noise, drawn, letters


def test_every_letter_is_drawn_whole_and_in_the_middle():
    for typeface in (*TYPEFACES, HELD_OUT):
        pictures = drawn(typeface).reshape(26, SIDE, SIDE)
        assert set(np.unique(pictures)) == {0, 1}
        assert len({picture.tobytes() for picture in pictures}) == 26
        edge = pictures.copy()
        edge[:, 1:-1, 1:-1] = 0
        assert not edge.any(), f"{typeface} reaches the edge"
        rows, columns = (np.arange(SIDE) @ pictures.sum(axis=axis).T / pictures.sum(axis=(1, 2)) for axis in (2, 1))
        assert np.abs(rows - 14).max() < 5
        assert np.abs(columns - 14).max() < 5
    assert (drawn(TYPEFACES[0]) != drawn(HELD_OUT)).any(axis=1).all()


def test_the_splits():
    found = letters(np.random.default_rng(0))
    assert [split.x.shape for split in found] == [(234, 841), (312, 841), (312, 841)]
    assert all((np.bincount(split.labels) == len(split.x) // 26).all() for split in found)
    clean = np.concatenate([drawn(typeface) for typeface in TYPEFACES])
    np.testing.assert_array_equal(found.training.x[:78], clean)
    np.testing.assert_array_equal(found.validation.x[:104], found.test.x[:104], "clean pictures are the same")
    flipped = [
        np.mean(split.x[: split.x.shape[0] // 3] != split.x[split.x.shape[0] // 3 :][: split.x.shape[0] // 3])
        for split in found
    ]
    np.testing.assert_allclose(flipped, [0.25, 0.35, 0.35], atol=0.01)
    assert (found.validation.x[104:] != found.test.x[104:]).any()
    silent = letters(np.random.default_rng(0), Noise(0, 0, 1)).training
    np.testing.assert_array_equal(silent.x[:78], silent.x[78:])
