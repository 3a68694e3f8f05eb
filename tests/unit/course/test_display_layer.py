"""A mosaic shows every image in its place, upright, with separators."""

import numpy as np
import pytest
from PIL import Image

from lib.display_layer import display_layer, mosaic


@pytest.mark.parametrize(("count", "side", "channels"), [(75, 8, 3), (100, 8, 3), (16, 96, 3), (9, 28, 1)])
def test_every_tile_is_in_its_place(rng, count, side, channels):
    X = rng.integers(0, 256, size=(count, side * side * channels), dtype=np.uint8)
    columns = int(np.ceil(np.sqrt(count)))
    picture = mosaic(X, scale="none", magnify=2, separator=3)
    pitch = 2 * side + 3
    assert picture.shape == (-(-count // columns) * pitch + 3, columns * pitch + 3, 3)
    for number in range(count):
        top, left = 3 + number // columns * pitch, 3 + number % columns * pitch
        tile = picture[top : top + 2 * side : 2, left : left + 2 * side : 2]
        assert (tile == np.broadcast_to(X[number].reshape(side, side, channels), tile.shape)).all()
        picture[top : top + 2 * side, left : left + 2 * side] = 255
    assert (picture == 255).all(), "everything else is separator"


def test_small_tiles_are_magnified_and_large_ones_are_not(rng):
    assert mosaic(rng.normal(size=(75, 192))).shape[1] > 9 * 40
    assert mosaic(rng.normal(size=(16, 27_648))).shape == (4 * 97 + 1, 4 * 97 + 1, 3)


def test_tiles_are_stretched_separately_or_together():
    X = np.array([[0.0, 1.0, 2.0, 1.0], [0.0, 10.0, 20.0, 10.0], [5.0, 5.0, 5.0, 5.0]])
    options = {"magnify": 1, "separator": 0, "columns": 3}
    each, together = mosaic(X, **options), mosaic(X, scale="all", **options)
    assert each[0, 0:4, 0].tolist() == [0, 128, 0, 128], "both tiles reach from black to white"
    assert each[:, :2].tolist() == each[:, 2:4].tolist()
    assert (each[:, 4:] == 128).all(), "a constant tile is middle grey"
    assert together[1, 0, 0] == round(255 * 2 / 20)
    assert together[1, 2, 0] == 255


def test_a_file_is_written(tmp_path, rng):
    X = rng.normal(size=(75, 192))
    display_layer(X, tmp_path / "layer.png")
    assert (np.asarray(Image.open(tmp_path / "layer.png")) == mosaic(X)).all()


@pytest.mark.parametrize(
    ("X", "options", "sentence"),
    [
        (np.zeros((2, 50)), {}, "rows of 50 values"),
        (np.zeros((0, 192)), {}, "X has shape"),
        (np.zeros(192), {}, "X has shape"),
        (np.full((2, 192), np.nan), {}, "NaN"),
        (np.zeros((2, 192)), {"scale": "some"}, "scale is 'some'"),
        (np.zeros((2, 192)), {"scale": "none"}, "expected uint8"),
    ],
)
def test_bad_input_is_refused_in_a_sentence(X, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        mosaic(X, **options)
