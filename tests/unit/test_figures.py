"""Figures show every value where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib.figures import accuracy, convergence, save, set_style, strip
from lib.language import use
from tests.unit.test_configuration import CONFIG, DEFAULT


@pytest.fixture(autouse=True)
def style():
    set_style(DEFAULT["figures"])
    yield
    plt.close("all")


def table(labels, classifiers=("lr",)):
    rows = [
        {"setting": number, "label": label, "classifier": classifier, "accuracy": 0.4 + number / 100}
        for classifier in classifiers
        for number, label in [*enumerate(labels), (-1, "pixels")]
    ]
    found = pd.DataFrame(rows)
    return found.assign(low=found["accuracy"] - 0.02, high=found["accuracy"] + 0.02)


def shown(figure):
    """Points of each series by its label."""
    (axes,) = figure.axes
    return {bars.get_label(): bars.lines[0].get_xydata() for bars in axes.containers}


@pytest.mark.parametrize("font", ["as it is", "not installed"])
def test_russian_letters_are_drawn_beside_formulas_too(font, tmp_path, caplog, monkeypatch):
    if font == "not installed":
        monkeypatch.setattr("lib.figures.has_cyrillic", lambda: False)
    use(CONFIG.parent / "report" / "ru.po")
    try:
        set_style(DEFAULT["figures"])
        history = pd.DataFrame({"iteration": [0, 1, 2], "seconds": [0.0, 1.0, 2.0], "loss": [3.0, 2.0, 1.0]})
        figure = convergence({"default": history})
        assert figure.axes[0].get_ylabel() == "функция потерь $J$"
        save(figure, [str(tmp_path / "figure.png")])
    finally:
        use()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("matplotlib")] == []


def test_settings_without_numbers_stand_side_by_side():
    figure = accuracy(table(["patch", "none"], classifiers=("lr", "rf")))
    assert list(shown(figure)) == ["lr", "rf"]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["patch", "none"]
    np.testing.assert_allclose(shown(figure)["lr"][:, 1], [40, 41])


def test_numbers_are_the_horizontal_axis_in_their_order():
    figure = accuracy(table(["a", "b", "c"]), ("rho", [0.01, 0.3, 0.001], ["", "", ""]))
    points = shown(figure)["lr"]
    np.testing.assert_allclose(points, [[0.001, 42], [0.01, 40], [0.3, 41]])
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_xlabel() == r"$\rho$"


def test_what_varies_beside_a_number_is_a_series():
    series = ["autoencoder", "pca", "autoencoder", "pca"]
    figure = accuracy(table(["w", "x", "y", "z"]), ("hidden", [10.0, 10.0, 20.0, 20.0], series))
    assert list(shown(figure)) == ["autoencoder", "pca"]
    np.testing.assert_allclose(shown(figure)["autoencoder"][:, 1], [40, 42])
    np.testing.assert_allclose(shown(figure)["pca"][:, 1], [41, 43])
    assert figure.axes[0].get_xscale() == "linear"


def test_a_strip_has_a_picture_with_its_note_for_every_setting():
    panels = {f"rho {number}": np.full((8, 8, 3), number, np.uint8) for number in range(5)}
    figure = strip(panels, [f"note {number}" for number in range(5)])
    pictures = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in pictures] == [rf"$\rho = {number}$" for number in range(5)]
    assert [axes.texts[0].get_text() for axes in pictures] == [f"note {number}" for number in range(5)]


def test_convergence_starts_with_the_first_iteration():
    history = pd.DataFrame({"iteration": [0, 1, 2], "loss": [9.0, 3.0, 2.0], "seconds": [0.0, 0.5, 1.0]})
    figure = convergence({"sigmoid": history, "relu": history})
    iterations, seconds = figure.axes
    np.testing.assert_allclose(iterations.lines[0].get_xydata(), [[1, 3], [2, 2]])
    np.testing.assert_allclose(seconds.lines[1].get_xydata(), [[0.5, 3], [1.0, 2]])


def test_a_figure_is_the_same_whatever_formats_are_asked_for(tmp_path):
    for number, suffixes in enumerate((["png"], ["pdf", "png"], ["png", "pdf"])):
        save(accuracy(table(["patch", "none"])), [str(tmp_path / f"{number}.{suffix}") for suffix in suffixes])
    assert len({path.read_bytes() for path in tmp_path.glob("*.png")}) == 1
    assert len({path.read_bytes() for path in tmp_path.glob("*.pdf")}) == 1
    assert plt.get_fignums() == []
