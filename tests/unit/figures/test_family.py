"""Figures of the experiments of the lecture show their tables."""

import numpy as np
import pandas as pd

from lib.base.table_files import read_table, write_table
from lib.figures.family import DRAWN
from lib.figures.style import save

POINTS = pd.DataFrame({"way": ["pca"] * 3 + ["adam"] * 2, "coding_1": np.arange(5.0), "coding_2": np.arange(5.0) ** 2})
STEPS = pd.DataFrame({"seed": [0, 0, 1, 1], "step": [0, 1, 0, 1], "training_error": [1, 0.1, 2, 0.2]})
NORMS = pd.DataFrame(
    [
        {"activation": a, "depth": d, "seed": s, "layer": n, "norm": 10.0**-n * (1 + 2 * s)}
        for a in ("sigmoid", "tanh", "relu")
        for d in (2, 3)
        for s in (0, 1)
        for n in range(1, d + 1)
    ]
)
ERRORS = pd.DataFrame(
    [
        {
            "epoch": e,
            "training": 1 / e,
            "validation": 2 / e,
            "seed": s,
            "network": n,
            "start": "random",
            "settings": way,
        }
        for s in (0, 1)
        for n, way in (("9-5-4", "printed"), ("machines", "printed"), ("9-6-5-4", "equal"))
        for e in (1, 2, 3)
    ]
)


def test_points_are_drawn_for_both_ways_from_the_file_of_the_table(tmp_path):
    write_table(POINTS, tmp_path / "points.csv")
    figure = DRAWN["points"](pd.DataFrame(), read_table(tmp_path / "points.csv"))
    assert figure.axes[0].get_ylim()[1] < 5, "values are numbers, not names"
    assert [len(axes.collections[0].get_offsets()) for axes in figure.axes] == [3, 2]


def test_errors_of_every_seed_are_drawn_with_the_error_of_components():
    (axes,) = DRAWN["table"](pd.DataFrame({"pca_training_error": [0.01, 0.03]}), STEPS).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[1, 0.1], [2, 0.2], [0.02, 0.02]]


def test_norms_of_the_deepest_networks_are_means_over_seeds():
    (axes,) = DRAWN["gradients"](pd.DataFrame(), NORMS).axes
    assert len(axes.lines) == 3
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.2, 0.02, 0.002])


def test_errors_of_networks_of_the_first_seed_are_drawn_without_machines(tmp_path):
    figure = DRAWN["letters"](pd.DataFrame(), ERRORS)
    titles = [axes.get_title().splitlines() for axes in figure.axes]
    assert titles[0] == ["1 hidden layer", "random start", "settings of the lecture"]
    assert titles[1][0] == "2 hidden layers"
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [[1, 1 / 2, 1 / 3], [2, 1, 2 / 3]]
    save(figure, [str(tmp_path / "letters.png")])
    assert (tmp_path / "letters.png").stat().st_size > 1000


def test_losses_of_batches_are_means_over_seeds():
    rows = [
        {"settings": name, "seed": seed, "update": update, "loss": 1 + seed + update}
        for name in ("printed", "CD-1")
        for seed in (0, 1)
        for update in (0, 10)
    ]
    (axes,) = DRAWN["digits"](pd.DataFrame(), pd.DataFrame(rows)).axes
    assert [list(line.get_ydata()) for line in axes.lines] == [[1.5, 11.5]] * 2
