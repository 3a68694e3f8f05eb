"""Tables have the numbers of the predictions and trainings."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lib.study.experiments import expand
from lib.study.labels import Label
from lib.study.learners import effective
from lib.study.settings import as_text
from lib.tabulation.controls import control_table
from lib.tabulation.measures import measure_table
from lib.tabulation.models import convergence_of, filter_table, training_table
from lib.tabulation.predictions import (
    EvaluationResult,
    classification_table,
    comparison_tables,
    confusion_table,
    experiment_table,
    resample,
)
from lib.tabulation.published import DATA, PUBLISHED_SETTINGS, data_name, published_table
from lib.tabulation.trends import TREND_COLUMNS, scale_of, trend_table
from tests.unit.study.test_validation import DEFAULT

ROOT = Path(__file__).parents[3]
NAMES = {("m", "layer1"): Label.of({"learner": "autoencoder"})}


def test_confusion_table_counts_the_predictions_after_training_on_all_images():
    truth = np.array([0, 0, 1, 1])
    found = EvaluationResult(np.array([[0, 1, 1, 1], [1, 1, 0, 0]]), np.zeros((2, 4, 2)), [])
    table = confusion_table({("m", "layer1", "svm"): found}, NAMES, truth, ["cat", "dog"])
    assert table.set_index(["true", "predicted"])["count"].to_dict() == {
        ("cat", "cat"): 1,
        ("cat", "dog"): 1,
        ("dog", "cat"): 0,
        ("dog", "dog"): 2,
    }
    assert set(table["features"]) == {"autoencoder"}


def history_of(loss, reconstruction):
    """A history with one row per given value; an iteration takes half a second."""
    steps = np.arange(len(loss))
    return pd.DataFrame({"iteration": steps, "loss": loss, "reconstruction": reconstruction, "seconds": steps / 2})


@pytest.mark.parametrize(
    ("reconstruction", "settled"),
    [
        ([10.0, 6.0, 2.09, 2.05, 2.0], 2),
        ([10.0, 6.0, 2.11, 2.05, 2.0], 3),
        ([10.0, 2.0, 1.8, 1.95, 2.0], 3),  # it was near its last value before, but did not stay there
        ([2.0, 2.0, 2.0, 2.0, 2.0], 0),
        ([10.0, 6.0, 5.0, 4.0, 2.0], 4),
    ],
)
def test_training_settles_when_the_error_stays_near_its_last_value(reconstruction, settled):
    found = convergence_of(history_of([20.0, 10.0, 5.0, 4.0, 3.0], reconstruction))
    assert (found["iterations_to_settle"], found["seconds_to_settle"]) == (settled, settled / 2)
    assert found["reconstruction"] == 2


@pytest.mark.parametrize(("iterations", "earlier"), [(1, 0), (5, 3), (10, 5), (15, 8), (30, 20), (400, 360)])
def test_the_relative_change_is_taken_over_a_tenth_of_the_iterations_and_at_least_ten(iterations, earlier):
    loss = np.geomspace(100, 7, iterations + 1)
    found = convergence_of(history_of(loss, loss))
    assert found["relative_change"] == pytest.approx((loss[earlier] - 7) / 7)


def test_the_table_of_trainings_has_what_a_history_says():
    settings = {"learner": "autoencoder", "hidden": [5], "penalty": "l1", "seed": 0}
    fact = {"settings": settings, "device": "cpu", "iterations": 2, "evaluations": 4, "loss": 1.0, "seconds": 3.0}
    histories = {
        "a": history_of([5.0, 2.0, 1.0], [4.0, 1.0, 0.9]),
        "no terms": history_of([5.0, 2.0, 1.0], [np.nan] * 3),
        "kmeans": history_of([], []),
    }
    table = training_table({name: fact | {"message": name} for name in histories}, histories).set_index("model")
    columns = ["reconstruction", "relative_change", "iterations_to_settle", "seconds_to_settle"]
    assert table.loc["a", columns].tolist() == [0.9, 1.0, 2, 1.0]
    assert table.loc["no terms", "relative_change"] == 1
    assert table.loc["no terms", ["reconstruction", *columns[2:]]].isna().all()
    assert table.loc["kmeans", columns].isna().all()
    assert (table["iterations"] == 2).all()
    assert table["message"].tolist() == list(histories)
    assert (table["penalty"] == "l1").all()


STRIDES = {"vary": {"stride": [4, 8, 12]}, "seeds": 2, "classifiers": ["random_forest"]}


def study_with_predictions(rng, shares, experiments, grouped=1):
    """Return a study, its predictions, and the groups of 400 test images.

    shares: of images that are classified correctly, by setting of an experiment; half of them for all others. grouped:
    neighbouring images that belong to one group and are classified equally.
    """
    study = expand(DEFAULT | {"experiments": experiments})
    expected = {
        member: share
        for name, values in shares.items()
        for combination, share in zip(study.experiments[name].combinations, values, strict=True)
        for member in combination.members
    }
    predictions = {}
    for model, view, classifier in study.evaluations:
        right = np.repeat(rng.random(400 // grouped) < expected.get((model, view), 0.5), grouped)
        facts = {"fold": "all", "n_train": 9, "n_test": 400, "n_features": 7, "seconds": 1.0, "converged": True}
        predictions[model, view, classifier] = EvaluationResult(
            np.where(right, 0, 1)[None], np.full((1, 400, 2), 0.5), [facts]
        )
    return study, predictions, np.arange(400) // grouped


def test_oriented_filters_of_opponent_colours_are_counted():
    units = pd.DataFrame({"edge_likeness": [0.9, 0.9, 0.9, 0.1], "colour_share": [0.5, 0.4, 0.9, 0.9]})
    units = units.assign(mean_activation=0.1, activation_std=[0.1, 0.1, 0.0, 0.1], overlap=[0.5, 0.5, np.nan, 0.8])
    layers = pd.DataFrame(
        {
            "units": [4],
            "constant_units": [1],
            "dead_units": [1],
            "effective_units": [3.0],
            "held_out_error": 0.1,
            "explained_variance": [0.5],
        }
    )
    study = expand(DEFAULT | {"experiments": {}})
    model = study.models[study.default[0]].row
    constant = units.assign(activation_std=0.0, overlap=np.nan)
    table = filter_table(
        {"c": units, "g": units.assign(colour_share=np.nan), "dead": constant},
        dict.fromkeys(["c", "g", "dead"], layers),
        dict.fromkeys(["c", "g", "dead"], model),
    )
    assert table["oriented_units"].tolist() == [2, 2, 0]
    assert table["colour_units"].isna().tolist() == [False, True, False]
    assert table["colour_units"][0] == 1
    np.testing.assert_allclose(table["effective_filters"], [1 / 0.6, 1 / 0.6, 0])


def test_filters_too_small_for_an_edge_have_no_count_of_oriented_ones():
    units = pd.DataFrame({"edge_likeness": np.nan, "colour_share": [0.9, 0.2], "overlap": 0.5, "mean_activation": 0.1})
    layers = pd.DataFrame({"units": [2], "constant_units": [0], "dead_units": [0], "effective_units": [2.0]})
    layers = layers.assign(held_out_error=0.1, explained_variance=0.5)
    study = expand(DEFAULT | {"experiments": {}})
    name = study.default[0]
    table = filter_table({name: units.assign(activation_std=0.1)}, {name: layers}, {name: study.models[name].row})
    assert table[["oriented_units", "colour_units", "edge_likeness"]].isna().all(axis=None)
    measures = measure_table(study, table, pd.DataFrame({"model": [name]}))
    assert not set(measures["measure"]) & {"oriented_share", "colour_share", "edge_likeness"}


def test_control_filters_of_few_pixels_have_no_share(rng):
    (row,) = control_table({"noise": rng.normal(size=(50, 48))}, 3).to_dict("records")
    assert row["filters"] == 50
    assert np.isnan([row["edge_likeness"], row["oriented_share"], row["colour_share"]]).all()


def test_the_variance_that_the_mean_of_each_patch_explains(rng):
    colours, structure = rng.normal(size=(500, 1, 3)), rng.normal(size=(500, 64, 3))
    structure -= structure.mean(axis=1, keepdims=True)
    patches = (2 * colours + structure).reshape(500, -1)
    (row,) = control_table({"patches": patches}, 3).to_dict("records")
    assert row["flat_variance"] == pytest.approx(0.8, abs=0.02)


def test_control_filters_are_measured_as_filters_are():
    edge = np.sign(np.mgrid[:8, :8][1] - 3.5)[..., None]
    filters = np.stack([(edge * colour).ravel() for colour in ([1, 1, 1], [1, -1, 0], [0, 0, 0])])
    (row,) = control_table({"noise": filters}, 3).to_dict("records")
    assert (row["control"], row["filters"]) == ("noise", 3)
    assert (row["oriented_share"], row["colour_share"]) == pytest.approx((2 / 3, 1 / 3))
    assert 0.4 < row["edge_likeness"] < 2 / 3

    assert control_table({"noise": edge.reshape(1, -1)}, 1)["colour_share"].isna().all()


def compared(rng, accuracies):
    """Return the tables of an experiment whose settings are right on these shares of the images, and the study."""
    study, predictions, groups = study_with_predictions(rng, {"a": accuracies}, {"a": STRIDES})
    truth = np.zeros(400, int)
    return comparison_tables(predictions, study, truth, resample(predictions, study, truth, groups, rng)), study


def test_every_setting_is_compared_with_pixels_and_the_others_with_the_first(rng):
    (accuracy, comparisons), _ = compared(rng, (0.8, 0.8, 0.3))
    rows = comparisons.query("experiment == 'a' and rival != 'best_pixels'")
    assert list(zip(rows["label"], rows["against"], strict=True)) == [
        ("stride 4", "pixels"),
        ("stride 8", "pixels"),
        ("stride 8", "stride 4"),
        ("stride 12", "pixels"),
        ("stride 12", "stride 4"),
    ]
    assert list(rows["comparisons"]) == [3, 3, 2, 3, 2]
    shown = dict(zip(zip(rows["label"], rows["against"], strict=True), rows["p_corrected"] < 0.05, strict=True))
    assert shown["stride 4", "pixels"]
    assert not shown["stride 8", "stride 4"]
    assert rows["difference"].iloc[-1] == pytest.approx(-0.5, abs=0.08)
    assert (rows["p_corrected"] >= rows["p_value"]).all()
    of_pixels = accuracy.query("experiment == 'a' and setting == -1").iloc[0]
    assert of_pixels["repetitions"] == 2
    assert of_pixels["low"] < of_pixels["accuracy"] < of_pixels["high"]


def test_intervals_are_wider_where_images_are_not_independent():
    widths = {}
    for grouped in (1, 10):
        rng = np.random.default_rng(5)
        study, predictions, groups = study_with_predictions(rng, {"a": (0.7, 0.7, 0.7)}, {"a": STRIDES}, grouped)
        truth = np.zeros(400, int)
        accuracy, _ = comparison_tables(predictions, study, truth, resample(predictions, study, truth, groups, rng))
        names = dict.fromkeys(study.repetitions, Label.of({"learner": "autoencoder"}))
        classification = classification_table(predictions, study, names, truth, groups)
        widths[grouped] = [
            (accuracy["high"] - accuracy["low"]).mean(),
            (classification["accuracy_high"] - classification["accuracy_low"]).mean(),
        ]
    assert np.divide(widths[10], widths[1]) == pytest.approx([np.sqrt(10)] * 2, rel=0.25)


def test_pixels_with_other_training_images_are_no_rival(rng):
    experiment = {"vary": {"labels": [10, 0]}, "seeds": 2, "classifiers": ["random_forest"]}
    study, predictions, groups = study_with_predictions(rng, {}, {"a": experiment})
    truth = np.zeros(400, int)
    _, comparisons = comparison_tables(predictions, study, truth, resample(predictions, study, truth, groups, rng))
    own = comparisons[comparisons["experiment"] == "a"]
    assert own.loc[own["rival"] == "pixels", "setting"].tolist() == [1]
    assert own.loc[own["rival"] == "first", "setting"].tolist() == [1]


def test_every_setting_is_compared_with_the_best_classifier_of_pixels_in_the_study(rng):
    """Repetitions differ in number, and p-values are corrected for all settings of the study."""
    experiments = {
        "many": {"vary": {"stride": [8, 4]}, "seeds": 3, "classifiers": ["random_forest"]},
        "few": {"vary": {"stride": [8, 6]}, "seeds": 2, "classifiers": ["logistic_regression"]},
    }
    study, predictions, groups = study_with_predictions(rng, {}, experiments)
    truth = np.zeros(400, int)
    accuracy, comparisons = comparison_tables(
        predictions, study, truth, resample(predictions, study, truth, groups, rng)
    )
    pixels = accuracy[(accuracy["setting"] < 0) & (accuracy["repetitions"] > 1)]
    best = pixels.loc[pixels["accuracy"].idxmax()]
    own = comparisons[comparisons["rival"] == "best_pixels"]
    assert set(own["accuracy_against"]) == {best["accuracy"]}
    assert set(own["against_classifier"]) == {best["classifier"]}
    assert own["difference"].tolist() == pytest.approx((own["accuracy"] - best["accuracy"]).tolist())
    assert set(own["comparisons"]) == {len(own)} == {(accuracy["setting"] >= 0).sum()}
    assert (own["p_corrected"] >= own["p_value"]).all()
    assert (own["low"] < own["difference"]).all()
    assert (own["difference"] < own["high"]).all()


TRENDS = {
    "rising": {"vary": {"patches": [1000, 100, 10000]}, "seeds": 2, "classifiers": ["random_forest"]},
    "level": {"vary": {"stride": [8, 4, 6, 12]}, "seeds": 2, "classifiers": ["random_forest", "logistic_regression"]},
    "two_values": {"vary": {"stride": [8, 4]}, "classifiers": ["random_forest"]},
    "words": {"vary": {"centre": ["patch", "none", "brightness"]}, "classifiers": ["random_forest"]},
    "without_pooling": {"vary": {"pooling": [0, 1, 2]}, "seeds": 2, "classifiers": ["random_forest"]},
    "full_size": {"vary": {"image_size": [0, 32, 48]}, "seeds": 2, "classifiers": ["random_forest"]},
    "with_series": {"vary": {"stride": [8, 4, 6], "centre": ["patch", "none"]}, "classifiers": ["random_forest"]},
    "without_classifiers": {"vary": {"rho": [0.01, 0.1, 0.3]}, "classifiers": []},
}


def test_trends_are_slopes_of_the_number_that_varies(rng):
    shares = {"rising": (0.6, 0.5, 0.7)}
    study, predictions, groups = study_with_predictions(rng, shares, TRENDS)
    truth = np.zeros(400, int)
    resampled = resample(predictions, study, truth, groups, rng)
    table = trend_table(study, resampled)
    assert table["experiment"].tolist() == ["rising", "level", "level"]
    rising, level, _ = table.to_dict("records")
    assert (rising["key"], rising["scale"], rising["comparisons"]) == ("patches", "log10", 1)
    accuracy, _ = comparison_tables(predictions, study, truth, resampled)
    own = accuracy.query("experiment == 'rising' and setting >= 0")["accuracy"]
    assert rising["slope"] == pytest.approx(np.polyfit([3, 2, 4], own, 1)[0])
    assert 0.05 < rising["low"] < rising["slope"] < rising["high"] < 0.16
    assert rising["p_corrected"] == rising["p_value"] < 0.01
    assert (level["key"], level["scale"], level["comparisons"]) == ("stride", "linear", 2)
    assert level["low"] < 0 < level["high"]
    assert (table["p_corrected"] >= table["p_value"]).all()


def test_a_study_without_trends_has_an_empty_table(rng):
    study, predictions, groups = study_with_predictions(rng, {}, {})
    resampled = resample(predictions, study, np.zeros(400, int), groups, rng)
    assert trend_table(study, resampled).columns.tolist() == TREND_COLUMNS
    assert trend_table(study, resampled).empty


@pytest.mark.parametrize(
    ("values", "scale"), [([1, 8], "log10"), ([1, 7], "linear"), ([0, 100], "linear"), ([-10, 1], "linear")]
)
def test_numbers_of_different_sizes_are_compared_by_their_logarithm(values, scale):
    assert scale_of(values) == scale


def test_the_table_of_experiments_names_every_repetition(rng):
    _, study = compared(rng, (0.5, 0.5, 0.5))
    table = experiment_table(study).query("experiment == 'a'")
    assert list(table["setting"]) == [0, 0, 1, 1, 2, 2]
    assert list(table["repetition"]) == [0, 1] * 3
    assert table["model"].nunique() == 2


LEARNED = DEFAULT["defaults"] | {"hidden": [75], "patches": 10000, "stride": 8}


def classified(**changes):
    """Return a row of the table of evaluations, as text, for the default settings with changes."""
    settings = effective("test", LEARNED | changes)
    row = {key: as_text(value) for key, value in settings.items()} | {"classifier": "lr", "fold": "all"}
    return row | {key: str(value) for key, value in changes.items() if key in ("fold", "accuracy", "classifier")}


def published(data="STL-10"):
    table = pd.read_csv(ROOT / "report" / "published.csv", dtype=dict.fromkeys(PUBLISHED_SETTINGS, str))
    return table.replace({"classifier": {"logistic_regression": "lr"}}).query("data == @data")


def shown(rows, defaults=LEARNED, data="STL-10"):
    """Return the accuracies of the study next to published ones, by features."""
    found = published_table(published(data), pd.DataFrame(rows), defaults, data)
    return found.dropna(subset="this_study").set_index("features")["this_study"].to_dict()


def test_published_accuracies_are_next_to_accuracies_of_the_same_settings_only():
    rows = [
        classified(accuracy=0.2),
        classified(accuracy=0.4, seed=1),  # another repetition
        classified(accuracy=0.9, fold="0"),
        classified(accuracy=0.9, rho=0.3, stride=6),
        classified(accuracy=0.9, patches=100),  # at the default stride
        classified(accuracy=0.9, hidden=[100, 75, 100], layer=2, stride=6),
        classified(accuracy=0.5, learner="pca"),
    ]
    pixels = {"learner": "pixels", "classifier": "lr", "fold": "all", "accuracy": "0.5", "labels": "0"}
    rows.append(pixels | {"accuracy": "0.1", "labels": "10"})  # fewer training images
    assert shown([*rows, pixels]) == {"pixels": 0.5, "autoencoder, 75 units, stride 8": pytest.approx(0.3)}
    ten = shown([*rows, pixels], LEARNED | {"hidden": [10]})
    assert list(ten) == ["pixels", "autoencoder, 75 units, stride 8"], "publications state the number of units"
    assert "autoencoder, 75 units, stride 6" in shown(rows, LEARNED | {"rho": 0.3})


def test_settings_without_effect_do_not_tell_features_apart():
    rows = [classified(accuracy=0.4), classified(accuracy=0.6, hidden=[100, 75, 100], stride=6, sparsity="narrowest")]
    unusual = LEARNED | {"sparsity": "narrowest", "start": "greedy", "threshold": 0.3}
    assert shown(rows, unusual) == {"autoencoder, 75 units, stride 8": pytest.approx(0.4)}
    deep = LEARNED | {"sparsity": "narrowest"}
    assert shown(rows, deep)["autoencoder, 100-75-100, layer 1, stride 6"] == pytest.approx(0.6)
    kmeans = classified(accuracy=0.7, learner="kmeans", hidden=[1600]) | {"classifier": "svm"}
    known = published("CIFAR-10").assign(classifier="svm")
    found = published_table(known, pd.DataFrame([kmeans]), LEARNED | {"rho": 0.5}, "CIFAR-10")
    assert found["this_study"].tolist() == pytest.approx([0.7, np.nan, np.nan], nan_ok=True)


def test_features_that_a_study_cannot_have_have_no_accuracy_of_their_own():
    third = LEARNED | {"hidden": [75, 50, 75], "layer": 3, "centre": "none"}
    assert shown([classified(accuracy=0.4)], third) == {}, "a layer that one hidden layer does not have"


@pytest.mark.parametrize("data", [None, "CIFAR-10"])
def test_publications_on_other_data_are_left_out(data):
    found = published_table(published(), pd.DataFrame([classified(accuracy=0.4)]), LEARNED, data)
    assert found.empty
    assert {"source", "data", "classifier", "accuracy", "features", "this_study"} <= set(found)


STL, CIFAR = (list(classes) for classes, _ in DATA.values())


@pytest.mark.parametrize(
    ("names", "side", "channels", "expected"),
    [
        (STL, 96, 3, "STL-10"),
        (STL[::-1], 96, 3, "STL-10"),
        (STL, 32, 3, None),
        (STL, 96, 1, None),
        (STL[:9], 96, 3, None),
        (CIFAR, 32, 3, "CIFAR-10"),
        (CIFAR, 96, 3, None),
        (["a", "b"], 96, 3, None),
    ],
)
def test_data_of_publications_are_known_by_their_classes_and_size(names, side, channels, expected):
    facts = {"class_names": names, "splits": {"train": {"side": side, "channels": channels}}}
    assert data_name(facts) == expected
