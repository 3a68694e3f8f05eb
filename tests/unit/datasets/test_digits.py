"""scikit-learn's digits stand in for MNIST: a data set of the same form."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from lib.datasets.digits import DIGIT, SIDE, TEST, enlarged, main, write
from lib.datasets.forms.registry import read_splits


def test_the_written_digits_are_a_data_set(tmp_path):
    write(tmp_path / "data" / "digits")
    splits = read_splits(str(tmp_path / "data" / "digits"), 0, [])
    known = load_digits().target
    assert splits["train"].images.shape == (1297, SIDE * SIDE)
    assert splits["test"].images.shape == (TEST, SIDE * SIDE)
    assert splits["train"].images.channels == 1
    np.testing.assert_array_equal(splits["train"].labels, known[:-TEST])
    np.testing.assert_array_equal(splits["test"].labels, known[-TEST:])


def test_an_enlarged_digit_fills_the_box_in_the_middle():
    images = load_digits().images[:20]
    large = enlarged(images).reshape(-1, SIDE, SIDE)
    border = (SIDE - DIGIT) // 2
    middle = large[:, border:-border, border:-border]
    assert large.sum() == middle.sum() > 0
    np.testing.assert_allclose(middle.mean(axis=(1, 2)), images.mean(axis=(1, 2)) * 255 / 16, rtol=0.05)
    for image, place in zip(images, middle, strict=True):
        reduced = np.asarray(Image.fromarray(place).resize((8, 8), Image.Resampling.BOX))
        assert np.corrcoef(reduced.ravel(), image.ravel())[0, 1] > 0.97


@pytest.mark.parametrize("arguments", [[], ["one", "two"]])
def test_one_folder_is_expected(arguments, capsys):
    assert main(arguments) == 2
    assert "expected a folder" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main([str(tmp_path / "file" / "digits")]) == 1
    assert f"{tmp_path}/file/digits" in capsys.readouterr().err
