"""The charts of a study take every number from the row that it belongs to."""

import copy

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from lib.figures.study_charts import StudyCharts
from lib.figures.style import save, set_style
from lib.study import contents
from lib.study.experiments import expand
from lib.study.settings import PIXELS
from tests.unit.study.test_validation import DEFAULT

CLASSES = ["cat", "dog"]
PICTURES = ("filters", "responses", "activity", "classes", "mosaic", "reconstructions")
CLASSIFIERS = ["logistic_regression", "random_forest"]
EXPERIMENTS = {
    "rho": {"vary": {"rho": [0.01, 0.001, 0.1]}, "seeds": 2, "classifiers": ["random_forest"]},
    "beta": {"vary": {"beta": [3.0, 0.0, 300.0]}, "classifiers": []},
    "activation": {"vary": {"activation": ["sigmoid", "relu"]}, "seeds": 2},
    "gain": {"vary": {"learner": ["autoencoder"]}, "seeds": 2},
    "pooling": {"vary": {"pooling": [0, 1, 2], "stride": [8, 4]}, "axis": "pooling"},
    "learners": {"vary": {"learner": ["autoencoder", "pca", "kmeans"]}},
}


@pytest.fixture(autouse=True)
def default_style():
    set_style(DEFAULT["figures"] | {"resolution": 50})
    yield
    plt.close("all")


NETWORK = {
    "label": "network",
    "class": "lib.classifiers.network.NetworkClassifier",
    "parameters": {"network": "head"},
    **{"grid": {}, "standardise": False, "rotate": False, "image_size": 32, "fine_tuned": True},
}


def study(experiments, networks=None, **defaults):
    config = copy.deepcopy(DEFAULT)
    config["experiments"] = experiments
    config["defaults"] |= defaults
    config["classifiers"] = {
        name: value if name in CLASSIFIERS else False for name, value in config["classifiers"].items()
    }
    if networks:
        config["networks"] |= networks
        config["classifiers"]["network"] = NETWORK
    return expand(config)


def filters(found):
    """1, 2, 3, ... of 100 filters of the models are oriented, no filter is opponent-colour."""
    rows = [
        {"model": model, "units": 100, "oriented_units": number, "colour_units": 0, "explained_variance": 0.5}
        | {"effective_filters": number / 2}
        for number, model in enumerate(found.models, start=1)
    ]
    return pd.DataFrame(rows)


def measures(found):
    rows = [
        {"experiment": name, "setting": setting, "measure": measure, "mean": 0.1 * setting, "low": 0.0, "high": 0.9}
        for name, experiment in found.experiments.items()
        for setting in range(len(experiment.combinations))
        for measure in ("oriented_share", "colour_share", "effective_share", "explained_variance")
    ]
    return pd.DataFrame(rows)


def accuracies(found):
    """50 % for the first setting of each experiment, one point more for each one after it, 30 % for pixels."""
    rows = [
        {"experiment": name, "setting": setting, "classifier": classifier}
        | {"accuracy": 0.5 + setting / 100 if setting >= 0 else 0.3, "low": 0.2, "high": 0.8}
        for name, experiment in found.experiments.items()
        for classifier in experiment.classifiers
        for setting in range(-1, len(experiment.combinations))
    ]
    return pd.DataFrame(rows, columns=["experiment", "setting", "classifier", "accuracy", "low", "high"])


def charts(found, histories=True):
    evaluations = pd.DataFrame(found.evaluations, columns=["model", "view", "classifier"])
    cells = pd.DataFrame(
        [(true, predicted) for true in CLASSES for predicted in CLASSES], columns=["true", "predicted"]
    )
    # Pixels: 6 right, 4 wrong; features: all right.
    confusion = evaluations.merge(cells, how="cross")
    right = confusion["true"] == confusion["predicted"]
    confusion["count"] = np.where(confusion["model"] == PIXELS, np.where(right, 6, 4), np.where(right, 10, 0))
    tables = {
        "filters": filters(found),
        "measures": measures(found),
        "accuracy": accuracies(found),
        "confusion": confusion,
        "classification": evaluations.assign(fold="all", accuracy=0.4),
    }

    def history(model):
        rows = 4 if "iterations" in found.models[model].settings and histories else 0
        number = list(found.models).index(model) + 1
        values = {key: number / (1.0 + np.arange(rows)) for key in ("loss", "reconstruction", "decay", "sparsity")}
        return pd.DataFrame(values | {"iteration": range(rows), "seconds": 0.1 * np.arange(rows)})

    return StudyCharts(found, tables, {name: name.replace("_", " ") for name in [*CLASSIFIERS, "network"]}, history)


@pytest.mark.parametrize("defaults", [{}, {"learner": "kmeans"}, {"learner": "pca"}, {"hidden": [9, 5, 9]}], ids=str)
def test_every_chart_of_a_study_can_be_drawn(defaults, tmp_path):
    found = study(EXPERIMENTS, **defaults)
    drawn = charts(found)
    kinds = {
        (kind, name) for name in found.experiments for kind in contents.figures(found, name) if kind not in PICTURES
    }
    assert kinds
    for kind, name in kinds:
        save(drawn.draw(kind, name), [str(tmp_path / f"{name}-{kind}.png")])


def test_charts_of_a_study_without_histories_can_be_drawn(tmp_path):
    save(charts(study(EXPERIMENTS), histories=False).draw("convergence", "activation"), [str(tmp_path / "figure.png")])


def test_a_sweep_shows_each_model_at_its_value():
    found = study(EXPERIMENTS)
    figure = charts(found).draw("sweep", "rho")
    dots, _effective = (line for line in figure.axes[0].lines if line.get_marker() == "." and line.get_ydata().any())
    numbers = {model: number for number, model in enumerate(found.models, start=1)}
    expected = [
        (found.models[model].settings["rho"], numbers[model])
        for combination in found.experiments["rho"].combinations
        for model, _view in combination.members
    ]
    shown = sorted(map(tuple, dots.get_xydata()))
    np.testing.assert_allclose([y for _x, y in shown], [y for _x, y in sorted(expected)])
    np.testing.assert_allclose([x for x, _y in shown], [x for x, _y in sorted(expected)], rtol=0.2)
    accuracies_dots = [line for line in figure.axes[2].lines if line.get_marker() == "."]
    np.testing.assert_allclose([line.get_ydata() for line in accuracies_dots], [[40] * 6])


def test_convergence_shows_every_repetition_of_a_setting():
    found = study(EXPERIMENTS)
    figure = charts(found).draw("convergence", "activation")
    assert [line.get_label() for line in figure.axes[0].lines if line.get_label()[0] != "_"] == ["sigmoid", "ReLU"]
    assert len(figure.axes[0].lines) == 2 * (2 + 1)


def test_a_confusion_matrix_is_the_sum_over_the_repetitions_of_the_most_accurate_evaluation():
    figure = charts(study(EXPERIMENTS)).draw("confusion", "default")
    pixels, features = figure.axes[:2]
    np.testing.assert_allclose(pixels.images[0].get_array(), [[60, 40], [40, 60]])
    np.testing.assert_allclose(features.images[0].get_array(), [[100, 0], [0, 100]])
    assert pixels.get_title().startswith("pixels, ")
    # The sixth setting of pooling has 55 %, more than any other.
    assert "2×2 cells, stride 4" in features.get_title().replace("\n", " ")


def test_the_networks_of_an_experiment_have_a_confusion_matrix_each():
    network = {"network": "one_block", "patch_size": 32, "image_size": 32, "stride": 32, "scaling": "range"}
    compared = {"vary": {"network": ["one_block", "other"]}, "seeds": 2, "classifiers": ["network"]}
    found = study(
        {"two": compared, "six": compared | {"vary": {"network": ["one_block", "other"], "maps": [2, 3, 4]}}},
        networks={"other": DEFAULT["networks"]["one_block"], "head": {"layers": ["flatten", {"dense": "classes"}]}},
        **network | {"learner": "untrained_convolutional"},
    )
    assert "confusion" in contents.figures(found, "two")
    assert "confusion" not in contents.figures(found, "six")
    drawn = charts(found)
    counts = drawn.tables["confusion"]
    drawn.tables["confusion"] = counts.assign(count=np.where(counts["model"].str.contains("other"), 1, counts["count"]))
    panels = drawn.draw("confusion", "two").axes
    assert [panel.get_title() for panel in panels[:2]] == ["one block", "other"]
    np.testing.assert_allclose(panels[0].images[0].get_array(), [[100, 0], [0, 100]])
    np.testing.assert_allclose(panels[1].images[0].get_array(), [[50, 50], [50, 50]])


def test_chance_follows_from_the_number_of_classes():
    figure = charts(study(EXPERIMENTS)).draw("gain", "gain")
    (line,) = (line for line in figure.axes[0].lines if line.get_label() == "chance")
    np.testing.assert_allclose(line.get_xdata(), 50)
