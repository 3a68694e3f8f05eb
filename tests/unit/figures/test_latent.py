"""Pictures of codes: every patch is in its place, every class has its name and colour, one panel per setting."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from lib.figures import latent
from tests.unit.study.test_decoded import generative

SIDE = 4


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def uniform(levels):
    """Return patches (N, D) uint8 of one intensity each."""
    return np.repeat(np.asarray(levels, dtype=np.uint8)[:, None], SIDE**2, axis=1)


def shown(figure, number=0):
    """Return the picture (height, width) of an axis."""
    return np.asarray(figure.axes[number].images[0].get_array())[..., 0]


def titles(figure):
    return [axis.get_title() for axis in figure.axes if axis.get_title()]


def test_samples_and_the_grid_of_codes_are_in_their_order():
    figure = latent.samples({"a": {"samples": uniform([0, 51, 102, 153, 204, 255])}}, columns=3)
    np.testing.assert_array_equal(shown(figure)[::SIDE, ::SIDE], [[0, 51, 102], [153, 204, 255]])
    figure = latent.manifolds({name: {"manifold": uniform(np.arange(9))} for name in "ab"})
    np.testing.assert_array_equal(shown(figure, 1)[::SIDE, ::SIDE], np.arange(9).reshape(3, 3))
    assert titles(figure) == ["a", "b"]


def test_lines_and_concept_vectors_have_a_row_each():
    lines, concepts = uniform(np.arange(20)), uniform(np.arange(100, 120))
    figure = latent.interpolations({"a": {"lines": lines, "concepts": concepts}})
    np.testing.assert_array_equal(shown(figure, 0)[::SIDE, ::SIDE], np.arange(20).reshape(2, 10))
    np.testing.assert_array_equal(shown(figure, 1)[::SIDE, ::SIDE], np.arange(100, 120).reshape(2, 10))
    assert titles(figure) == ["a: between two images", "a: along concept vectors"]


def test_corrections_have_the_scale_of_the_clean_patches():
    clean = np.linspace(-0.4, 0.4, 6)[:, None] * np.ones((6, SIDE**2))
    triple = np.stack([clean, clean + 2, -clean])
    figure = latent.corrections({name: {"corrections": triple} for name in ("a", "b", "c")})
    rows = shown(figure)[::SIDE, ::SIDE]
    np.testing.assert_array_equal(rows[0], np.linspace(0, 255, 6))
    assert (rows[1] == 255).all(), "intensities above the largest clean one are white"
    np.testing.assert_array_equal(rows[2], rows[0][::-1])
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["clean", "corrupted", "reconstructed"]
    assert titles(figure) == ["a", "b", "c"]


def test_the_plane_has_the_name_and_the_colour_of_each_class(rng):
    labels = np.arange(60) % 3
    codes = rng.normal(size=(60, 2)) * 0.1 + np.array([[-1, 0], [1, 0], [0, 9]])[labels]
    (axis,) = latent.planes({"a": {"codes": codes, "labels": labels}}, ["a", "b", "$c"]).axes[:1]
    for number, points in enumerate(axis.collections):
        np.testing.assert_allclose(points.get_offsets(), codes[labels == number])
    colours = [tuple(points.get_facecolor()[0][:3]) for points in axis.collections]
    assert len(set(colours)) == 3
    for number, text in enumerate(axis.texts):
        assert text.get_text() == ["a", "b", r"\$c"][number]
        np.testing.assert_allclose(text.get_position(), np.median(codes[labels == number], axis=0), atol=0.05)
    (circle,) = axis.patches
    assert np.mean(np.hypot(*rng.normal(size=(2, 100_000))) < circle.radius) == pytest.approx(0.95, abs=0.005)
    assert axis.get_xlim()[1] == axis.get_ylim()[1] > 9


def test_names_of_classes_in_one_place_are_moved_apart():
    labels = np.arange(100) % 10
    codes = np.zeros((100, 2))
    (axis,) = latent.planes({"a": {"codes": codes, "labels": labels}}, list("0123456789")).axes[:1]
    places = np.array([text.get_position() for text in axis.texts])
    distance = np.hypot(*(places[:, None] - places[None]).T) + 10 * np.eye(10)
    assert distance.min() > 0.8 * latent.APART * (axis.get_xlim()[1] - axis.get_xlim()[0])
    assert np.abs(places).max() < axis.get_xlim()[1]
    assert len(axis.lines) >= 9, "a line leads from each name to its class"


# Linear light as readers with deficient colour vision see it (Machado, Oliveira and Fernandes, "A physiologically-based
# model for simulation of color vision deficiency", IEEE TVCG 15, 2009).
VISION = {
    "usual": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


@pytest.mark.parametrize("vision", VISION)
def test_colours_differ_in_any_colour_vision(vision):
    values = np.array([to_rgb(colour) for colour in latent.COLOURS])
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    x, y, z = np.cbrt(np.clip(linear @ np.transpose(VISION[vision]), 0, 1) @ XYZ.T / XYZ.sum(axis=1)).T
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=1)
    difference = np.linalg.norm(lab[:, None] - lab[None], axis=2) + 100 * np.eye(len(lab))
    assert difference.min() > 20


def test_figures_have_a_panel_for_each_model_of_their_kind(rng):
    study = generative()
    arrays = {
        "samples": uniform(np.arange(10)),
        "manifold": uniform(np.arange(9)),
        "codes": rng.normal(size=(20, 2)),
        "labels": np.arange(20) % 2,
        "corrections": rng.random((3, 10, SIDE**2)),
    }
    figures = latent.CodeFigures(study, lambda model: arrays, ["a", "b"])
    assert titles(figures.draw("plane", "codes")) == ["variational autoencoder, two"]
    assert len(titles(figures.draw("samples", "codes"))) == 2
    assert titles(figures.draw("corrections", "noise")) == ["Gaussian noise, noise 0.5"]
