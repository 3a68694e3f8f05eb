"""The course modules give what slow formulas give, or refuse their input in a sentence, and never change it."""

from fractions import Fraction
from itertools import pairwise
from math import ceil, exp, isqrt, log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.autoencoder import autoencoder_loss, autoencoder_transform, initialize
from lib.display_layer import mosaic
from lib.gradient import compute_gradient, relative_error
from lib.sample_patches import normalize_data, sample_patches_raw
from tests.properties.arrays import arrays, laid_out, mostly, outcome, pictures

CHANNELS = st.sampled_from([1, 3, 2])
IMAGES = CHANNELS.flatmap(
    lambda channels: st.tuples(arrays(pictures(channels)), mostly(st.just(channels), 1, 3, 0, "3"))
)
COUNTS = mostly(st.sampled_from([1, 4, 9, 1e1, 2.0, np.int64(2)]), 0, 2.5, -1, True, None, "3", np.nan)
SIZES = mostly(st.sampled_from([1, 1, 2, 2.0, 3]), 0, -1, 7, 1.5, None)


def whole(value):
    """Whether a value is a positive whole number."""
    return type(value) in (int, float, np.int64) and value >= 1 and value % 1 == 0


@given(IMAGES, COUNTS, SIZES, st.integers(0, 99))
def test_patches_are_pieces_of_the_images(images, count, size, seed):
    (given_, plain), channels = images
    found = outcome(lambda one: sample_patches_raw(one, count, size, rng=seed, channels=channels), given_)
    if found is None:
        width = plain.shape[1] if plain.ndim == 2 else 0
        side = isqrt(width // channels) if channels in (1, 2, 3) else 0
        right = plain.dtype.kind in "iuf" and plain.ndim == 2 and len(plain) and side and side**2 * channels == width
        assert not (right and whole(count) and whole(size) and size <= side), "a right input was refused"
        return
    count, size, side = int(count), int(size), isqrt(plain.shape[1] // channels)
    rng = np.random.default_rng(seed)
    image = rng.integers(len(plain), size=count)
    row, column = (rng.integers(side - size + 1, size=count) for _ in range(2))
    expected = [
        plain[i].reshape(side, side, channels)[r : r + size, c : c + size].ravel()
        for i, r, c in zip(image, row, column, strict=True)
    ]
    np.testing.assert_array_equal(found, np.stack(expected))


def slow_normalised(rows, centre, channels):
    """Normalised rows in the longest floats, and which channels certainly have variance, or certainly have none."""
    pixels = rows.astype(np.longdouble).reshape(len(rows), -1, channels)
    largest = np.abs(pixels).max(axis=(0, 1))
    if centre == "patch":
        pixels = pixels - pixels.mean(axis=1, keepdims=True)
    elif centre == "brightness":
        pixels, largest = pixels - pixels.mean(axis=(1, 2), keepdims=True), np.full(channels, largest.max())
    mean, std = pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1))
    bound = 16 * np.finfo(rows.dtype if rows.dtype == np.float32 else np.float64).eps * largest
    with np.errstate(divide="ignore", invalid="ignore"):
        mapped = np.clip((pixels - mean) / (3 * std) * 0.4 + 0.5, 0.1, 0.9)
    return mapped, std > 1e6 * bound, std <= bound / 1e3


@given(IMAGES, mostly(st.sampled_from(["none", "patch", "brightness"]), "each", None))
def test_normalised_rows_agree_with_the_definition(images, centre):
    (given_, plain), channels = images
    found = outcome(lambda one: normalize_data(one, centre=centre, channels=channels), given_)
    if found is None:
        return
    plain = plain if isinstance(given_, np.ndarray) else np.asarray(given_)
    assert found.dtype == (np.float32 if plain.dtype == np.float32 else np.float64)
    assert ((found >= np.float32(0.1)) & (found <= np.float32(0.9))).all() or found.dtype == np.float64
    assert np.isfinite(found).all()
    expected, varied, constant = slow_normalised(plain, centre, channels)
    found = found.reshape(expected.shape)
    tolerance = 1e-3 if found.dtype == np.float32 else 1e-6
    np.testing.assert_allclose(found[..., varied], expected[..., varied].astype(float), atol=tolerance)
    np.testing.assert_array_equal(found[..., constant], 0.5)


def slow_sigmoid(z):
    return 1 / (1 + exp(-z)) if z > -700 else 0.0


def slow_loss(theta, visible, hidden, lambda_, rho, beta, data, activation):
    """Loss and gradient by the formulas of the notes, one number after the other; None if a number is too large."""
    sizes, functions = [visible, *hidden, visible], [activation] * len(hidden) + ["linear"]
    f = {"sigmoid": slow_sigmoid, "relu": lambda z: max(0.0, z), "linear": lambda z: z}
    slope = {"sigmoid": lambda a: a * (1 - a), "relu": lambda a: float(a > 0), "linear": lambda a: 1.0}
    weights, biases, at = [], [], 0
    for n_in, n_out in pairwise(sizes):
        weights.append([theta[at + row * n_in : at + (row + 1) * n_in] for row in range(n_out)])
        at += n_in * n_out
    for n_out in sizes[1:]:
        biases.append(theta[at : at + n_out])
        at += n_out
    layers = []
    for x in data:
        a = [list(x)]
        for W, b, function in zip(weights, biases, functions, strict=True):
            inputs = [
                sum(w * v for w, v in zip(row, a[-1], strict=True)) + bias for row, bias in zip(W, b, strict=True)
            ]
            a.append([f[function](z) for z in inputs])
        layers.append(a)
    m = len(data)
    J = sum((h - v) ** 2 for a, x in zip(layers, data, strict=True) for h, v in zip(a[-1], x, strict=True)) / (2 * m)
    J += lambda_ / 2 * sum(w * w for W in weights for row in W for w in row)
    rho_hat = [[sum(a[layer][j] for a in layers) / m for j in range(n)] for layer, n in enumerate(sizes)]
    sparse = [[0.0] * n for n in sizes]
    for layer in range(1, len(hidden) + 1):
        for j, mean in enumerate(rho_hat[layer]):
            if activation == "relu":
                J, sparse[layer][j] = J + beta * mean, beta
            else:
                mean = min(max(mean, sqrt(np.finfo(float).tiny)), 1 - float(np.finfo(float).eps))
                J += beta * (rho * log(rho / mean) + (1 - rho) * log((1 - rho) / (1 - mean)))
                sparse[layer][j] = beta * (-rho / mean + (1 - rho) / (1 - mean))
    sums_W = [[[lambda_ * w for w in row] for row in W] for W in weights]
    sums_b = [[0.0] * len(b) for b in biases]
    for a, x in zip(layers, data, strict=True):
        delta = [h - v for h, v in zip(a[-1], x, strict=True)]
        for layer in range(len(weights) - 1, -1, -1):
            for i, d in enumerate(delta):
                sums_b[layer][i] += d / m
                for j, v in enumerate(a[layer]):
                    sums_W[layer][i][j] += d * v / m
            if layer:
                back = [sum(weights[layer][i][j] * d for i, d in enumerate(delta)) for j in range(sizes[layer])]
                delta = [(value + sparse[layer][j]) * slope[activation](a[layer][j]) for j, value in enumerate(back)]
    return J, np.array([w for W in sums_W for row in W for w in row] + [b for B in sums_b for b in B])


HIDDEN = mostly(st.sampled_from([[1], [3], [2, 1, 2], [3, 3], 2, 2.0]), [2, 3], [0], "2", [])
WEIGHTS = mostly(st.sampled_from([0.0, 1e-4, 3.0, 1e9]), 1e300, -1.0, np.nan, None)
SCALES = mostly(st.sampled_from([0.01, 1.0, 30.0, 1e3]), 1e150, np.nan)
DATA = st.integers(1, 4).flatmap(
    lambda visible: st.tuples(
        mostly(st.just(visible), 5, 0, 2.5),
        arrays(
            mostly(st.tuples(st.integers(1, 4), st.just(visible)), (0, 3), (2, 5), (3,)),
            dtypes=mostly(st.sampled_from([np.float32, np.float64, np.int16, np.float16]), np.uint8, bool, object),
        ),
    )
)


@given(
    DATA,
    HIDDEN,
    SCALES,
    st.tuples(WEIGHTS, WEIGHTS, mostly(st.sampled_from([0.05, 1e-9, 0.5]), 1.0, np.nan)),
    st.sampled_from(["sigmoid", "relu"]),
    st.sampled_from(["C", "read-only", "every second", "list"]),
)
def test_loss_and_gradient_agree_with_the_notes(data, hidden, scale, penalties, activation, layout):
    (visible, (given_, _plain)), (lambda_, beta, rho) = data, penalties
    sizes = [hidden] if isinstance(hidden, (int, float)) else hidden
    plain_sizes = sizes and all(isinstance(size, (int, float)) and size >= 1 for size in sizes)
    fits = plain_sizes and sizes == sizes[::-1] and visible in (1, 2, 3, 4, 5)
    theta = scale * initialize(hidden, visible, rng=0) if fits else np.ones(3)

    def loss(theta, one):
        return autoencoder_loss(
            theta, visible, hidden, lambda_, rho, beta, one, activation=activation, decoder="linear"
        )

    found = outcome(loss, laid_out(theta, layout), given_)
    if found is None:
        return
    J, gradient = found
    assert np.isfinite(J)
    assert np.isfinite(gradient).all()
    single = getattr(given_, "dtype", None) == np.float32
    rows = np.asarray(given_, dtype=np.float64).tolist()
    if single or scale > 1e3 or max(map(abs, np.ravel(rows)), default=0) > 1e3 or max(lambda_, beta) > 1e9:
        return  # the slow formula adds in another order, and rounding of huge or short numbers would show
    expected, slopes = slow_loss(theta.tolist(), visible, list(map(int, sizes)), lambda_, rho, beta, rows, activation)
    assert pytest.approx(expected, rel=1e-8, abs=1e-12) == J
    # a saturated unit multiplies a slope that is nearly 0 with one that is nearly infinite
    np.testing.assert_allclose(gradient, slopes, rtol=1e-5, atol=1e-5 * max(1.0, np.abs(slopes).max()))
    every = outcome(
        lambda t, one: autoencoder_transform(t, visible, hidden, 1, one, activation=activation), theta, given_
    )
    assert every.shape == (len(rows), int(sizes[0]))


POINTS = mostly(st.sampled_from([(), (1,), (2,), (3,), (4,), (2, 2)]), (0,), (2, 0))
PAIRS = st.sampled_from([(1,), (3,), (2, 2)]).flatmap(
    lambda shape: st.tuples(arrays(st.just(shape)), arrays(mostly(st.just(shape), (5,), (0,))))
)


@given(
    arrays(POINTS),
    mostly(st.sampled_from([1e-4, 1e-2, 1]), 0, -1e-4, np.nan, "1", 1e300),
    st.integers(1, 4),
    st.booleans(),
)
def test_numerical_gradients_of_polynomials(point, epsilon, degree, pair):
    given_ = point[0]

    def J(x):
        with np.errstate(over="ignore", invalid="ignore"):
            value = np.sum(np.asarray(x, float) ** degree)
        return (value, None) if pair else value

    found = outcome(lambda one: compute_gradient(J, one, epsilon=epsilon), given_)
    if found is None:
        return
    x = np.asarray(given_, dtype=np.float64)
    assert found.shape == x.shape
    assert np.isfinite(found).all()
    step, size = float(epsilon), float(np.abs(x).max())
    if size > 1e6 or step > 1:
        return  # rounding of J hides the slope: the result is the right quotient of what J returns
    exact = degree * x ** (degree - 1)
    error = step**2 * 8 * (1 + size) ** 2 + 1e-15 * x.size * (1 + size) ** degree / step
    np.testing.assert_allclose(found, exact, atol=10 * error)


@given(PAIRS)
def test_relative_errors_agree_with_exact_arithmetic(pair):
    one, other = (values for values, _plain in pair)
    found = outcome(relative_error, one, other)
    if found is None:
        return
    one, other = (
        [Fraction(float(value)) for value in np.ravel(np.asarray(values, dtype=np.float64))] for values in (one, other)
    )
    norms = [
        sum(value * value for value in values)
        for values in ([a - b for a, b in zip(one, other, strict=True)], one, other)
    ]
    scale = max(norms, default=0)
    if not scale:
        assert found == 0
        return
    difference, *others = (sqrt(norm / scale) for norm in norms)
    assert found == pytest.approx(difference / sum(others), rel=1e-9, abs=1e-150)


@given(
    st.sampled_from([1, 3]).flatmap(lambda channels: arrays(pictures(channels))),
    mostly(st.sampled_from(["each", "all"]), "none", "both"),
    mostly(st.sampled_from([None, 1, 2.0, 4]), 0, 1.5, "2"),
    mostly(st.sampled_from([None, 1, 3]), 0, 10**9),
)
def test_mosaics_have_the_right_intensities_in_the_right_places(images, scale, columns, magnify):
    given_ = images[0]
    found = outcome(lambda one: mosaic(one, scale=scale, columns=columns, magnify=magnify), given_)
    if found is None:
        return
    X = np.asarray(given_)
    channels = next(c for c in (3, 1) if isqrt(X.shape[1] // c) ** 2 * c == X.shape[1] and X.shape[1] >= c)
    side = isqrt(X.shape[1] // channels)
    magnify = max(1, ceil(40 / side)) if magnify is None else magnify
    columns = ceil(sqrt(len(X))) if columns is None else int(columns)
    pitch = (side + 1) * magnify
    assert found.shape == (ceil(len(X) / columns) * pitch + magnify, columns * pitch + magnify, 3)
    rows = [[Fraction(float(value)) for value in row] for row in X.astype(np.float64)]
    low, high = min(map(min, rows)), max(map(max, rows))
    for number, row in enumerate(rows):
        top, left = (magnify + place * pitch for place in divmod(number, columns))
        tile = found[top : top + side * magnify : magnify, left : left + side * magnify : magnify]
        least, most = (min(row), max(row)) if scale == "each" else (low, high)
        for pixel, shown in enumerate(tile.reshape(side * side, 3)):
            values = row[pixel * channels : (pixel + 1) * channels]
            for value, intensity in zip(values if channels == 3 else values * 3, shown.tolist(), strict=True):
                share = Fraction(1, 2) if most == least else (value - least) / (most - least)
                expected = value if scale == "none" else 255 * share
                assert abs(expected - intensity) <= Fraction(51, 100), (expected, intensity)
