"""What a user may pass by mistake to the course modules works, or is refused in one sentence that names it."""

import re

import numpy as np
import pytest

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.display_layer import display_layer, mosaic
from lib.gradient import compute_gradient, relative_error
from lib.sample_patches import normalize_data, sample_patches, sample_patches_raw

IMAGES = np.random.default_rng(0).integers(0, 256, size=(5, 3 * 6 * 6), dtype=np.uint8)
DATA = np.random.default_rng(1).uniform(0.1, 0.9, size=(4, 12))
THETA = initialize(3, 12, rng=0)


def loss(theta=THETA, visible=12, hidden=3, lambda_=1e-4, rho=0.05, beta=3, data=DATA, **options):
    return autoencoder_loss(theta, visible, hidden, lambda_, rho, beta, data, **options)


def square(x):
    return np.sum(x**2)


def test_nested_lists_are_arrays(tmp_path):
    images = IMAGES.tolist()
    np.testing.assert_array_equal(sample_patches_raw(images, 9, 2, rng=0), sample_patches_raw(IMAGES, 9, 2, rng=0))
    np.testing.assert_array_equal(sample_patches(images, 9, 2, rng=0), sample_patches(IMAGES, 9, 2, rng=0))
    np.testing.assert_array_equal(normalize_data(images), normalize_data(IMAGES))
    J, gradient = loss(THETA.tolist(), data=DATA.tolist())
    assert loss()[0] == J
    np.testing.assert_array_equal(gradient, loss()[1])
    one, other = (unpack(theta, 12, 3) for theta in (THETA, THETA.tolist()))
    np.testing.assert_array_equal(one[0][0], other[0][0])
    transformed = autoencoder_transform(THETA.tolist(), 12, 3, 1, DATA.tolist())
    np.testing.assert_array_equal(transformed, autoencoder_transform(THETA, 12, 3, 1, DATA))
    np.testing.assert_array_equal(mosaic(images), mosaic(IMAGES))
    display_layer(images, tmp_path / "layer.png")
    np.testing.assert_array_equal(compute_gradient(square, [1, 2]), compute_gradient(square, np.array([1.0, 2.0])))


def test_whole_numbers_may_be_floats():
    assert sample_patches(IMAGES, 1e1, 2.0, channels=3.0).shape == (10, 12)
    assert sample_patches(IMAGES, np.int64(10), np.float32(2)).shape == (10, 12)
    np.testing.assert_array_equal(initialize(3.0, 12.0, rng=0), THETA)
    np.testing.assert_array_equal(initialize([3.0], np.int32(12), rng=0), THETA)
    np.testing.assert_array_equal(mosaic(IMAGES, columns=2.0, magnify=2.0, separator=0.0).shape, (36, 24, 3))


def test_parameters_of_integers_have_a_gradient_of_floats():
    zeros = np.zeros(THETA.size, dtype=int)
    np.testing.assert_array_equal(loss(zeros)[1], loss(zeros.astype(float))[1])


@pytest.mark.parametrize("layout", [np.asfortranarray, lambda array: array[::-1][::-1]], ids=["columns", "reversed"])
def test_layout_and_write_protection_change_nothing(layout):
    images, data = layout(IMAGES.copy()), layout(DATA.copy())
    theta = THETA.copy()
    for array in (images, data, theta):
        array.setflags(write=False)
    np.testing.assert_array_equal(sample_patches(images, 9, 2, rng=0), sample_patches(IMAGES, 9, 2, rng=0))
    np.testing.assert_array_equal(mosaic(images), mosaic(IMAGES))
    np.testing.assert_allclose(loss(theta, data=data)[1], loss()[1], rtol=1e-12, atol=1e-15)
    np.testing.assert_array_equal(compute_gradient(square, theta), compute_gradient(square, THETA))


NOT_NUMBERS = [None, "text", [["a", "b"]], [[None, 1]], [[1, 2], [3]], np.zeros((2, 12), complex), [], 3, True]
NOT_COUNTS = [None, "3", [3], 2.5, np.nan, np.inf, -1, 0, True, 1 + 0j]
CALLS = {
    "images": [sample_patches, sample_patches_raw, normalize_data],
    "data": [lambda data: loss(data=data), lambda data: autoencoder_transform(THETA, 12, 3, 1, data)],
    "theta": [
        lambda theta: loss(theta),
        lambda theta: unpack(theta, 12, 3),
        lambda theta: autoencoder_transform(theta, 12, 3, 1, DATA),
        lambda theta: compute_gradient(square, theta) if isinstance(theta, (str, bool, type(None))) else loss(theta),
    ],
    "X": [mosaic],
    "num_patches": [lambda count: sample_patches(IMAGES, count, 2)],
    "patch_size": [lambda size: sample_patches(IMAGES, 9, size)],
    "channels": [lambda channels: sample_patches(IMAGES, 9, 2, channels=channels)],
    "visible_size": [
        lambda size: initialize(3, size),
        lambda size: loss(visible=size) if size != [3] else initialize(3, size),
    ],
    "hidden_size": [lambda size: initialize(size, 12), lambda size: loss(hidden=size)],
    "columns": [lambda columns: mosaic(IMAGES, columns=columns)],
    "magnify": [lambda magnify: mosaic(IMAGES, magnify=magnify)],
}
ARRAYS = ("images", "data", "theta", "X")
DEFAULT_IF_NONE = ("columns", "magnify")
FAULTS = [
    (name, number, value)
    for name, calls in CALLS.items()
    for number in range(len(calls))
    for value in (NOT_NUMBERS if name in ARRAYS else NOT_COUNTS)
    if not (value is None and name in DEFAULT_IF_NONE) and not (name == "hidden_size" and value == [3])
]


@pytest.mark.parametrize(("name", "number", "value"), FAULTS, ids=lambda value: str(value)[:30])
def test_a_fault_is_one_sentence_that_names_the_argument(name, number, value):
    with pytest.raises((TypeError, ValueError)) as caught:
        CALLS[name][number](value)
    assert re.match(f"{name} (is|are|hold|holds|have|has) .*, expected ", str(caught.value)), str(caught.value)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: loss(data=np.ones((4, 12), np.uint8)), "data are raw intensities of type uint8, expected normalised"),
        (lambda: autoencoder_transform(THETA, 12, 3, 1, IMAGES[:, :12]), "data are raw intensities of type uint8"),
        (lambda: loss(data=np.full((4, 12), np.nan)), "data hold NaN or infinite values"),
        (lambda: loss(lambda_="a"), "lambda_ is 'a', expected a number"),
        (lambda: loss(beta=None), "beta is None, expected a number"),
        (lambda: loss(beta=np.inf), "beta is inf, expected a finite number"),
        (lambda: loss(rho=[0.1]), r"sparsity_param \(rho\) is \[0.1\], expected a number"),
        (lambda: loss(rho=True), r"sparsity_param \(rho\) is True, expected a number"),
        (lambda: autoencoder_transform(THETA, 12, 3, "1", DATA), "layer_number is '1', expected 0 to 2"),
        (lambda: autoencoder_transform(THETA, 12, 3, True, DATA), "layer_number is True, expected 0 to 2"),
        (lambda: initialize(3, 12, rng="seed"), "rng is 'seed', expected a Generator"),
        (lambda: sample_patches(IMAGES, 9, 2, rng=-1), "rng is -1, expected a Generator"),
        (lambda: sample_patches(IMAGES, 9, 2, centre=None), "centre is None, expected one of none"),
        (lambda: sample_patches(np.full((2, 108), np.nan), 9, 2), "images hold NaN or infinite values"),
        (lambda: compute_gradient(3, [1.0]), "J is 3, expected a function"),
        (lambda: compute_gradient(lambda x: "a", [1.0]), "J holds values of type <U1, expected real numbers"),
        (lambda: compute_gradient(lambda x: x, [1.0, 2.0]), "J returns 2 values, expected one number"),
        (lambda: compute_gradient(lambda x: np.nan, [1.0]), "J is nan near theta, expected a finite number"),
        (lambda: compute_gradient(square, [1.0], epsilon=0), "epsilon is 0, expected a positive number"),
        (lambda: compute_gradient(square, [1e20]), "epsilon is 0.0001, expected a larger step"),
        (lambda: relative_error([1.0, 2.0], [1.0]), "estimate has 2 values, expected 1 as exact has"),
        (lambda: mosaic(IMAGES, separator=-1), "separator is -1, expected at least 0"),
        (lambda: display_layer(IMAGES, None), "filename is None, expected a path"),
        (lambda: display_layer(IMAGES, "layer.pngg"), r"filename is 'layer\.pngg', expected the suffix"),
        (lambda: display_layer(IMAGES, ""), "filename is '', expected the suffix"),
    ],
)
def test_other_faults(call, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{sentence}"):
        call()


def test_patches_that_do_not_fit_into_memory_are_refused():
    for count in (10**16, 10**30):
        with pytest.raises(MemoryError, match=f"num_patches is {count}, expected fewer: patches of 12 values"):
            sample_patches_raw(IMAGES, count, 2)


@pytest.mark.filterwarnings("error")
def test_huge_values_keep_their_contrast():
    tiles = np.full((1, 4), -1.5e308)
    tiles[0, 3] = 1.5e308
    assert mosaic(tiles, magnify=1, separator=0)[..., 0].tolist() == [[0, 0], [0, 255]]
