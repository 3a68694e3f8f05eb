"""Figures show every value where it belongs."""

import logging
import unicodedata

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from lib.figures import style
from lib.figures.charts import accuracy
from lib.figures.convergence import terms
from lib.figures.filters import strip
from lib.figures.style import save, set_style
from lib.study.labels import Label
from lib.study.study import Axis
from lib.words.language import use
from tests.unit.hostile import ALL, LETTERS, MARKUP, SHAPELESS
from tests.unit.study.test_validation import CONFIG, DEFAULT

CENTRES = [Label.of({"centre": centre}) for centre in ("patch", "none")]
RHO, LAMBDA = Label.of({"rho": 0.01}), Label.of({"lambda": 1e-05})
SWEEP = [Label.of({"rho": number}) for number in range(5)]


def table(settings, classifiers=("lr",)):
    rows = [
        {"setting": number, "classifier": classifier, "accuracy": 0.4 + number / 100}
        for classifier in classifiers
        for number in [*range(settings), -1]
    ]
    found = pd.DataFrame(rows)
    return found.assign(low=found["accuracy"] - 0.02, high=found["accuracy"] + 0.02)


def shown(figure):
    """Points of each series by its label."""
    (axes,) = figure.axes
    return {bars.get_label(): bars.lines[0].get_xydata() for bars in axes.containers}


@pytest.fixture(params=["as they are", "not installed"])
def installed(request, monkeypatch):
    """Fonts as they are, and without any but those that Matplotlib brings."""
    style.families.cache_clear()
    if request.param == "not installed":
        monkeypatch.setattr(style, "file_of", lambda name: None)
    set_style(DEFAULT["figures"])
    yield request.param
    monkeypatch.undo()
    style.families.cache_clear()


def test_russian_letters_are_drawn_beside_formulas_too(installed, tmp_path, caplog):
    use(CONFIG.parent / "report" / "ru.po")
    try:
        set_style(DEFAULT["figures"])
        history = pd.DataFrame({"iteration": [0, 1, 2], "seconds": [0.0, 1.0, 2.0], "loss": [3.0, 2.0, 1.0]})
        figure = terms(history.assign(reconstruction=1.0, decay=np.nan, sparsity=np.nan))
        assert figure.axes[0].lines[0].get_label() == "функция потерь $J$"
        save(figure, [str(tmp_path / "figure.png")])
    finally:
        use()
    assert [record.getMessage() for record in caplog.records if record.name.startswith("matplotlib")] == []


def drawn(text):
    """What Matplotlib shows for a text, without its ends of lines."""
    shown, formula = Text()._preprocess_math(text)
    assert not formula, "it would be read as a formula"
    return shown.replace("\n", " ")


@pytest.mark.filterwarnings("error")
def test_any_label_of_a_user_can_be_drawn(installed, tmp_path, caplog):
    figure = accuracy(table(2, list(ALL.values())), CENTRES)
    for text in figure.legends[0].get_texts():
        drawn(text.get_text())
    save(figure, [str(tmp_path / "figure.png"), str(tmp_path / "figure.pdf")])
    assert figure.axes[0].get_window_extent().height > 100, "the legend leaves room"
    assert [record.getMessage() for record in caplog.records if record.name.startswith("matplotlib")] == []


@pytest.mark.parametrize("kind", [*LETTERS, *MARKUP])
def test_plain_text_says_what_the_user_wrote(kind):
    wanted = " ".join(unicodedata.normalize("NFC", ALL[kind]).split())
    assert drawn(style.plain(ALL[kind])).replace(" ", "") == wanted.replace(" ", "")


@pytest.mark.parametrize("kind", SHAPELESS)
def test_what_no_font_has_is_a_box(kind):
    expected = [one if one in "abcd" else "□" for one in SHAPELESS[kind]]
    assert style.plain(SHAPELESS[kind]) == "".join(expected)


def test_a_formula_and_a_label_share_a_figure_without_either_losing_its_signs():
    figure = accuracy(table(2, ["$a$", "b"]), [RHO, LAMBDA], Axis("hidden", [1.0, 1.0], [RHO, LAMBDA]))
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == [r"$\rho = 0.01$", r"$\lambda = 10^{-5}$", "pixels"]
    assert [drawn(axes.get_title()) for axes in figure.axes] == ["$a$", "b"]


def test_a_legend_has_as_many_columns_as_fit():
    def columns(names):
        return accuracy(table(1, names), CENTRES[:1]).legends[0]._ncols

    assert columns(["lr", "rf"]) == 3
    assert columns([f"a label as long as a whole line {number}" for number in range(7)]) < 3


def test_settings_without_numbers_have_places_in_a_row():
    figure = accuracy(table(2, classifiers=("lr", "rf")), CENTRES)
    assert list(shown(figure)) == ["lr", "rf"]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["patch mean\nremoved", "patch mean kept"]
    np.testing.assert_allclose(shown(figure)["lr"][:, 1], [40, 41])


def test_numbers_are_the_horizontal_axis_in_their_order():
    figure = accuracy(table(3), SWEEP[:3], Axis("rho", [0.01, 0.3, 0.001], [None, None, None]))
    points = shown(figure)["lr"]
    np.testing.assert_allclose(points, [[0.001, 42], [0.01, 40], [0.3, 41]])
    assert figure.axes[0].get_xscale() == "log"
    assert figure.axes[0].get_xlabel() == r"$\rho$"


def test_what_varies_beside_a_number_is_a_series():
    series = [Label.of({"learner": learner}) for learner in 2 * ("autoencoder", "pca")]
    figure = accuracy(table(4), SWEEP[:4], Axis("hidden", [10.0, 10.0, 20.0, 20.0], series))
    assert list(shown(figure)) == ["autoencoder", "PCA"]
    np.testing.assert_allclose(shown(figure)["autoencoder"][:, 1], [40, 42])
    np.testing.assert_allclose(shown(figure)["PCA"][:, 1], [41, 43])
    assert figure.axes[0].get_xscale() == "linear"


def test_a_strip_has_a_picture_with_its_note_for_every_setting():
    panels = {label: np.full((8, 8, 3), number, np.uint8) for number, label in enumerate(SWEEP)}
    figure = strip(panels, [f"note {number}" for number in range(5)])
    pictures = [axes for axes in figure.axes if axes.images]
    assert [axes.get_title() for axes in pictures] == [rf"$\rho = {number}$" for number in range(5)]
    assert [axes.texts[0].get_text() for axes in pictures] == [f"note {number}" for number in range(5)]


def test_a_figure_does_not_depend_on_the_other_formats(tmp_path):
    for number, suffixes in enumerate((["png"], ["pdf", "png"], ["png", "pdf"])):
        save(accuracy(table(2), CENTRES), [str(tmp_path / f"{number}.{suffix}") for suffix in suffixes])
    assert len({path.read_bytes() for path in tmp_path.glob("*.png")}) == 1
    assert len({path.read_bytes() for path in tmp_path.glob("*.pdf")}) == 1
    assert plt.get_fignums() == []


def test_a_figure_leaves_no_lines_in_the_log_of_its_job(tmp_path, caplog):
    logging.getLogger("fontTools").setLevel(logging.NOTSET)  # other tests may have set it
    caplog.set_level(logging.INFO)
    set_style(DEFAULT["figures"])
    save(accuracy(table(2), CENTRES), [str(tmp_path / "figure.pdf")])
    assert caplog.messages == []
