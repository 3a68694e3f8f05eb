"""What a user may pass by mistake to the course modules works, or is refused in one sentence that names it."""

import re

import numpy as np
import pytest

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize, unpack
from lib.display_layer import display_layer, mosaic
from lib.gradient import compute_gradient, relative_error
from lib.sample_patches import apply_normaliser, fit_normaliser, normalize_data, sample_patches, sample_patches_raw

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


def test_numbers_out_of_range_are_refused_or_right():
    """Squares that vanish or overflow never give a plausible result."""
    noise = np.random.default_rng(2).normal(size=(4, 12))
    for factor in (1e-150, 1e150, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"^images hold "):
            normalize_data(factor * noise)
    np.testing.assert_allclose(normalize_data(1e60 * noise), normalize_data(noise), rtol=1e-12)
    assert relative_error([1e-200], [2e-200]) == pytest.approx(1 / 3)
    assert relative_error([1e160], [1e160 + 1e153]) == pytest.approx(5e-8)
    assert relative_error([0.0], [0.0]) == 0
    with pytest.raises(ValueError, match=r"^estimate holds NaN or infinite values, expected finite numbers"):
        relative_error([np.nan], [1.0])
    tiny = np.zeros((1, 4))
    tiny[0, 3] = 5e-324
    assert mosaic(tiny, magnify=1, separator=0)[..., 0].tolist() == [[0, 0], [0, 255]]
    with pytest.raises(ValueError, match=r"^X holds NaN or infinite values"):
        mosaic(np.full((1, 4), 2, np.longdouble) ** 16000)


def test_a_channel_of_small_values_next_to_large_ones_is_not_constant():
    images = np.random.default_rng(2).uniform(0, 1, size=(50, 4, 3)) * [1e10, 1.0, 1e-10]
    images[..., 1] = 7.0
    rows = normalize_data(images.reshape(50, 12)).reshape(50, 4, 3)
    assert rows[..., 0].std() > 0.1
    assert rows[..., 2].std() > 0.1
    assert (rows[..., 1] == 0.5).all()


def test_a_normaliser_is_not_applied_to_what_it_cannot_map():
    tiny = fit_normaliser(1e-45 * np.random.default_rng(2).normal(size=(9, 12)))
    with pytest.raises(ValueError, match=r"^std of the normaliser is .*expected more for float32 images"):
        apply_normaliser(np.ones((2, 12), np.float32), tiny)
    for value in (np.nan, np.inf, 1e300):
        with pytest.raises(ValueError, match=r"^images hold NaN or infinite values, or magnitudes above 1e"):
            apply_normaliser(np.full((2, 12), value), tiny)


def test_a_loss_that_overflows_is_refused():
    for theta, data, beta in ((1e200 * THETA, DATA, 3), (THETA, 1e200 * DATA, 3), (THETA, DATA, 1e308)):
        with pytest.raises(OverflowError, match=r"^J is .* expected smaller theta, data, lambda_ or beta"):
            loss(theta, data=data, beta=beta, activation="relu")
    with pytest.raises(OverflowError, match=r"^activations of layer 2 are too large, expected smaller theta or data"):
        autoencoder_transform(1e200 * THETA, 12, 3, 2, 1e200 * DATA, activation="relu")
    infinite = THETA.copy()
    infinite[-1] = -np.inf  # a bias: the sigmoid is 0, and the loss would be finite
    with pytest.raises(ValueError, match=r"^theta hold NaN or infinite values"):
        loss(infinite)


@pytest.mark.parametrize("dtype", [np.float16, np.longdouble])
def test_other_floats_are_computed_in_double_precision(dtype):
    data, theta = DATA.astype(dtype), THETA.astype(dtype)
    J, gradient = loss(theta, data=data)
    exact, expected = loss(theta.astype(float), data=data.astype(float))
    assert exact == J
    np.testing.assert_array_equal(gradient, expected)
    assert gradient.dtype == np.float64


def test_units_that_are_always_0_or_1_have_a_finite_divergence():
    """The divergence of a mean activation of exactly 0 or 1 is bounded, and its gradient vanishes as the slope does."""
    for bias in (-800.0, 800.0):
        theta = THETA.copy()
        theta[-15:-12] = bias
        J, gradient = loss(theta)
        assert 0 < J.sparsity < 3 * 3 * 400
        assert np.isfinite(gradient).all()


def test_the_numerical_gradient_uses_the_step_that_is_taken():
    """At 1e11 the step of 1e-4 is rounded to a multiple of 1.5e-5."""
    np.testing.assert_allclose(compute_gradient(lambda x: float(x[0] - 1e11), [1e11]), [1.0], rtol=1e-9)
    with pytest.raises(ValueError, match=r"^J is .* expected a slope that a floating-point number can hold"):
        compute_gradient(lambda x: float(np.sign(x[0])) * 1.5e308, [0.0])

    def changing(x):
        x *= 2
        return float(x[0])

    assert compute_gradient(changing, [1.0])[0] == pytest.approx(2.0)


def test_a_picture_that_no_memory_or_format_holds_is_refused(tmp_path):
    for name in ("columns", "magnify", "separator"):
        with pytest.raises(
            ValueError, match=r"^X, columns, magnify and separator give a picture of .* pixels, expected"
        ):
            mosaic(IMAGES, **{name: 10**12})
    for name in ("layer.psd", "layer.xbm", "layer.h5"):
        with pytest.raises(ValueError, match=r"^filename is .*, expected (the suffix|another format)"):
            display_layer(IMAGES, tmp_path / name)
    assert not list(tmp_path.iterdir())
