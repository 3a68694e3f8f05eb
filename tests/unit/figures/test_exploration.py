"""Figures of labelled images show all classes, in grey and in colour, however many there are."""

import numpy as np
import pandas as pd
import pytest

from lib.evaluation.exploration import explore
from lib.figures import exploration
from lib.figures.style import save

DOUBTS = pd.DataFrame(
    {
        "image": [0, 1],
        "class": ["class 2", "class 1"],
        "predicted": ["class 0", "class 2"],
        "predicted_probability": [0.991, 0.909],
    }
)


def explored(classes=3, channels=1, of_class=12):
    """Images of classes that differ in brightness, and what is known about them."""
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(classes), of_class)
    images = random.integers(0, 30, size=(len(labels), 16 * channels)) + (220 // classes * labels)[:, None]
    names = [f"class {number}" for number in range(classes)]
    return images.astype(np.uint8), explore(images.astype(np.uint8), np.arange(len(labels)), labels, names, seed=1)


def texts(figure):
    """All texts of a figure."""
    figure.canvas.draw()
    found = [text for axes in figure.axes for text in (*axes.texts, axes.title, axes.xaxis.label, axes.yaxis.label)]
    ticks = [label for axes in figure.axes for label in axes.get_yticklabels()]
    return [text.get_text() for text in (*found, *ticks) if text.get_text()]


@pytest.mark.parametrize("channels", [1, 3])
def test_all_figures_are_drawn_with_the_same_bytes(channels, tmp_path):
    images, found = explored(channels=channels)
    names = found.classes["class"].tolist()
    pictures = images[found.pairs[["image", "other"]].to_numpy().ravel()].reshape(len(found.pairs), 2, -1)
    for turn in ("first", "second"):
        figures = {
            "balance": exploration.balance(found.classes),
            "moments": exploration.moments(names, found.means, found.variances),
            "histograms": exploration.histograms(names, found.histogram, found.classes["images"]),
            "pairs": exploration.pairs(found.pairs, pictures),
            "pca": exploration.pca_plane(found.maps, found.components, names),
            "tsne": exploration.tsne_plane(found.maps, names),
            "doubts": exploration.doubts(DOUBTS, images[DOUBTS["image"]]),
        }
        (tmp_path / turn).mkdir()
        for name, figure in figures.items():
            save(figure, [str(tmp_path / turn / f"{name}.{suffix}") for suffix in ("png", "pdf")])
    for path in (tmp_path / "first").iterdir():
        assert path.read_bytes() == (tmp_path / "second" / path.name).read_bytes(), path.name


def test_bars_have_the_numbers_of_images_of_the_classes():
    _, found = explored(classes=3)
    figure = exploration.balance(found.classes.assign(images=[7, 80, 1000]))
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == [7, 80, 1000]
    assert {"7", "80", "1000", "class 0", "class 1", "class 2"} <= set(texts(figure))


def test_points_of_a_class_have_one_colour_and_marker_and_a_name_at_their_median():
    points = np.array([[0.0, 0.0], [2.0, 2.0], [10.0, 0.0], [5.0, 5.0]])
    figure = exploration.plane(points, ["a", "a", "b", "c"], ["a", "b", "c"], ("x", "y"))
    (axes,) = figure.axes
    assert {note.get_text(): list(note.xy) for note in axes.texts} == {"a": [1, 1], "b": [10, 0], "c": [5, 5]}
    shown = [group for group in axes.collections if len(group.get_offsets())]
    assert [len(group.get_offsets()) for group in shown] == [2, 1, 1]
    assert len({tuple(group.get_facecolor()[0]) for group in shown}) == 3


def test_names_of_a_map_do_not_cover_each_other():
    names = [f"class {number}" for number in range(6)]
    points = np.vstack([[[-10, -10], [10, 10]], np.zeros((6, 2))])
    figure = exploration.plane(points, [names[0], names[0], *names], names, ("x", "y"))
    figure.canvas.draw()
    boxes = [note.get_window_extent() for note in figure.axes[0].texts]
    assert not any(one.overlaps(other) for place, one in enumerate(boxes) for other in boxes[:place])


@pytest.mark.parametrize("classes", [2, 10, 24])
def test_no_two_classes_of_a_map_look_the_same(classes):
    names = [str(number) for number in range(classes)]
    figure = exploration.plane(np.eye(classes, 2), names, names, ("x", "y"))
    groups = figure.axes[0].collections[1:]
    looks = {(*group.get_facecolor()[0], group.get_paths()[0].vertices.tobytes()) for group in groups}
    assert len(looks) == classes


def test_classes_beyond_the_first_24_are_left_out_or_grey():
    _, found = explored(classes=30, of_class=6)
    names = found.classes["class"].tolist()
    assert len(exploration.balance(found.classes).axes[0].patches) == 24
    shown = texts(exploration.moments(names, found.means, found.variances))
    assert "class\n23" in shown
    assert "class\n24" not in shown
    figure = exploration.tsne_plane(found.maps, names)
    assert len(figure.axes[0].texts) == 24
    assert len(figure.axes[0].collections[0].get_offsets()) == 6 * 6


def test_histograms_are_of_each_class():
    _, found = explored(classes=3)
    figure = exploration.histograms(found.classes["class"].tolist(), found.histogram, found.classes["images"])
    areas = [axes.patches[0].get_data().values for axes in figure.axes]
    assert [int(np.argmax(area)) // 8 for area in areas] == [0, 1, 2], "from dark to bright"


def test_the_line_of_histograms_is_that_of_all_images():
    shares = np.zeros((3, 32))
    shares[0, :2], shares[1, 31] = (0.99, 0.01), 1
    figure = exploration.histograms(["black", "white", "not sampled"], shares, np.array([90, 10, 400]))
    line = figure.axes[0].patches[1].get_data().values
    assert (line[0], line[31]) == pytest.approx((89.1, 10))


def test_pairs_are_next_to_each_other_with_classes_and_distance():
    images, found = explored(classes=3)
    pictures = images[found.pairs[["image", "other"]].to_numpy().ravel()].reshape(len(found.pairs), 2, -1)
    figure = exploration.pairs(found.pairs, pictures)
    shown = texts(figure)
    row = found.pairs[found.pairs["kind"] == "nearest_of_two_classes"].iloc[0]
    assert f"{row['image_class']} | {row['other_class']}\ndistance {row['distance']:.0f}" in shown
    assert sum("distance" in text for text in shown) == len(found.pairs)


def test_doubtful_labels_are_shown_with_the_prediction_or_a_sentence():
    images = explored()[0][:2]
    shown = texts(exploration.doubts(DOUBTS, images))
    assert shown == [
        "label: class 2\npredicted: class 0\nprobability: 99\N{NO-BREAK SPACE}%",
        "label: class 1\npredicted: class 2\nprobability: 91\N{NO-BREAK SPACE}%",
    ]
    assert texts(exploration.doubts(DOUBTS.head(0), images[:0])) == ["no label is in doubt"]
