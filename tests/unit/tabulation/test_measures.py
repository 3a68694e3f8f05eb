"""Measures are averaged over repetitions, and settings are compared with the first one in the same repetitions."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

from lib.evaluation.scores import holm
from lib.study.comments import OF_MODELS
from lib.study.experiments import expand
from lib.study.study import single_models
from lib.tabulation.convergence import (
    CONVERGENCE_COLUMNS,
    convergence_table,
    error_at,
    iteration_checkpoints,
    second_checkpoints,
)
from lib.tabulation.measures import MEASURE_COLUMNS, measure_table
from tests.unit.study.test_validation import DEFAULT

EXPERIMENTS = {
    "rho": {"vary": {"rho": [0.01, 0.1, 0.3]}, "seeds": 3, "classifiers": []},
    "stride": {"vary": {"stride": [8, 4]}, "seeds": 3, "classifiers": []},
    "deep": {
        "vary": [{"hidden": [[75]]}, {"hidden": [[75, 50, 75]], "layer": [1, 2, 3]}],
        "seeds": 3,
        "classifiers": [],
    },
    "both": {"vary": [{"centre": ["patch"]}, {"together": {"centre": ["patch", "none"]}}], "classifiers": []},
    "learners": {"vary": {"learner": ["pca", "autoencoder"]}, "seeds": 3, "classifiers": []},
    "activation": {"vary": {"activation": ["sigmoid", "relu"]}, "seeds": 3, "classifiers": []},
}


@pytest.fixture(scope="module")
def study():
    return expand(DEFAULT | {"experiments": EXPERIMENTS})


def tables_of(study, rng):
    """Tables of filters and training as the study's models would have them; learners without training have no loss."""
    filters, training = [], []
    for name, model in study.models.items():
        filters.append(
            {"model": name, "units": model.layers[0], "oriented_units": int(rng.integers(20, 60)), "colour_units": 5}
            | {"effective_filters": 15.0}
            | {"edge_likeness": rng.random(), "mean_activation": rng.random(), "constant_units": 10, "dead_units": 20}
            | {
                "explained_variance": rng.random(),
                "held_out_error": rng.random(),
                "elbo": -rng.random(),
                "importance_bound": -rng.random(),
                "collapsed": bool(rng.random() < 0.5),
            }
        )
        trained = model.learner == "autoencoder"
        numbers = ("loss", "reconstruction", "seconds", "relative_change", "seconds_to_settle")
        training.append(
            {"model": name, "iterations": 400, "iterations_to_settle": int(rng.integers(1, 400)) if trained else None}
            | {key: rng.random() if trained else None for key in numbers}
        )
    return pd.DataFrame(filters), pd.DataFrame(training)


@pytest.fixture(scope="module")
def tables(study):
    return tables_of(study, np.random.default_rng(1))


@pytest.fixture(scope="module")
def table(study, tables):
    return measure_table(study, *tables)


def values_of(study, tables, experiment, setting, key, of="filters"):
    models = single_models(study, study.experiments[experiment].combinations[setting])
    return tables[of == "training"].set_index("model").loc[list(models), key].to_numpy(dtype=float)


def rows_of(table, experiment, measure):
    return table[(table["experiment"] == experiment) & (table["measure"] == measure)].set_index("setting")


def test_there_is_a_row_for_every_measure(table):
    assert table.columns.tolist() == MEASURE_COLUMNS
    rows = table[(table["experiment"] == "rho") & (table["setting"] == 1)]
    assert rows["measure"].tolist() == list(OF_MODELS)
    assert (rows["label"] == "rho 0.1").all()
    assert (rows["repetitions"] == 3).all()


def test_shares_are_means_over_the_repetitions(study, tables, table):
    rows, values = rows_of(table, "rho", "oriented_share"), values_of(study, tables, "rho", 1, "oriented_units") / 75
    assert rows.loc[1, "mean"] == pytest.approx(values.mean())
    assert 0 <= rows.loc[1, "low"] < values.mean() < rows.loc[1, "high"] <= 1
    assert rows_of(table, "rho", "colour_share")["mean"].tolist() == pytest.approx([1 / 15] * 3)
    assert rows_of(table, "rho", "effective_share")["mean"].tolist() == pytest.approx([1 / 5] * 3)
    deep = rows_of(table, "deep", "dead_share")["mean"]
    assert deep.tolist() == pytest.approx([20 / 75, 0.1, 0.1, 0.1]), "of the units of all layers"


def test_intervals_of_shares_stay_between_0_and_1(table):
    collapsed = table[table["measure"] == "collapsed"]
    assert ((collapsed["low"].dropna() >= 0) & (collapsed["high"].dropna() <= 1)).all()
    assert (table[table["measure"] == "loss"]["low"] < 0).any(), "a loss is not a share"


def test_differences_are_paired_by_repetition(study, tables, table):
    rows = rows_of(table, "rho", "loss")
    first, *others = (values_of(study, tables, "rho", setting, "loss", "training") for setting in range(3))
    assert rows["difference"].isna().tolist() == [True, False, False]
    for setting, values in enumerate(others, start=1):
        assert rows.loc[setting, "difference"] == pytest.approx((values - first).mean())
        expected = ttest_rel(values, first)
        assert rows.loc[setting, "p_value"] == pytest.approx(expected.pvalue)
        interval = expected.confidence_interval()
        assert rows.loc[setting, ["difference_low", "difference_high"]].tolist() == pytest.approx(list(interval))
    assert rows["p_corrected"].tolist()[1:] == pytest.approx(holm(rows["p_value"].tolist()[1:]))
    assert rows["comparisons"].tolist()[1:] == [2, 2]


def test_settings_with_the_same_models_count_once(table):
    stride = rows_of(table, "stride", "loss")
    assert stride.loc[1, ["difference", "p_value"]].tolist() == [0, 1]
    assert stride["p_corrected"].isna().all(), "the models are those of setting 0"
    deep = rows_of(table, "deep", "loss")
    assert deep["comparisons"].tolist()[1:] == [1, 1, 1], "three layers of one network"
    assert (deep["p_corrected"] == deep["p_value"])[1:].all()


def test_equal_differences_have_no_p_value(table):
    rows = rows_of(table, "deep", "dead_share")
    assert rows.loc[1, "difference"] == pytest.approx(0.1 - 20 / 75)
    assert rows[["p_value", "p_corrected", "comparisons"]].isna().all().all()


def test_concatenated_features_and_missing_measures_have_no_row(table):
    assert table[table["experiment"] == "both"]["setting"].unique().tolist() == [0]
    learners = rows_of(table, "learners", "loss")
    assert learners.index.tolist() == [1], "principal components have no loss"
    assert learners["difference"].isna().all()
    assert rows_of(table, "learners", "iterations").index.tolist() == [0, 1]


def test_one_repetition_has_no_interval_and_no_test(table):
    rows = table[table["experiment"] == "both"]
    assert (rows["repetitions"] == 1).all()
    assert rows[["low", "high", "difference", "p_value"]].isna().all().all()


def test_grey_images_have_no_share_of_colour(study, tables):
    filters, training = tables
    table = measure_table(study, filters.assign(colour_units=pd.array([None] * len(filters), "Int64")), training)
    assert "colour_share" not in table["measure"].unique()
    assert "oriented_share" in table["measure"].unique()


@pytest.mark.parametrize(("last", "expected"), [(24, []), (25, [25]), (400, [25, 50, 100, 200, 400]), (99, [25, 50])])
def test_checkpoints_of_iterations_double(last, expected):
    assert iteration_checkpoints(last) == expected


def test_checkpoints_of_seconds_are_rounded_down():
    assert second_checkpoints(32.5) == [2.0, 4.0, 8.1, 16.0, 32.0]
    assert second_checkpoints(0.016) == [0.001, 0.002, 0.004, 0.008, 0.016]
    assert second_checkpoints(0.0) == []


def curve(errors, step):
    """A history whose error at the start is the first one; each iteration takes ``step`` seconds."""
    return pd.DataFrame(
        {"iteration": range(len(errors)), "seconds": np.arange(len(errors)) * step, "reconstruction": errors}
    )


def test_the_error_at_a_time_is_that_of_the_last_iteration_that_had_ended():
    history = curve([5.0, 4.0, 3.0], 2.0)
    assert [error_at(history, "seconds", at) for at in (0, 1.9, 2, 3, 4, 9)] == [5, 5, 4, 4, 3, 3]
    assert [error_at(history, "iterations", at) for at in (0, 1, 2)] == [5, 4, 3]
    assert np.isnan(error_at(history.assign(seconds=[3.0, 4.0, 5.0]), "seconds", 1)), "the whole network starts later"


@pytest.fixture(scope="module")
def histories(study):
    """Sigmoid units have the error (1 + repetition) * 8 / (1 + iteration); ReLU units half of it, at half the pace."""
    empty = curve([], 1.0)
    found = {}
    for name, model in study.models.items():
        error = (1 + model.settings["seed"]) * 8 / (1 + np.arange(101))
        relu = model.settings.get("activation") == "relu"
        found[name] = (
            (curve(error / 2 * (1 + 0.01 * model.settings["seed"]), 2.0) if relu else curve(error, 1.0))
            if model.learner == "autoencoder"
            else empty
        )
    return found


def test_settings_are_compared_after_equal_iterations_and_times(study, histories):
    table = convergence_table(study, histories)
    assert table.columns.tolist() == CONVERGENCE_COLUMNS
    assert set(table["experiment"]) == {"default", "activation"}
    rows = table[table["experiment"] == "activation"].set_index(["against", "at", "setting"])
    assert [at for against, at, setting in rows.index if against == "iterations" and not setting] == [25, 50, 100]
    assert [at for against, at, setting in rows.index if against == "seconds" and not setting] == [6.2, 12, 25, 50, 100]
    first, other = rows.loc[("iterations", 50, 0)], rows.loc[("iterations", 50, 1)]
    assert first["reconstruction"] == pytest.approx(16 / 51)
    assert first["repetitions"] == 3
    assert np.isnan(first["ratio"])
    assert other["ratio"] == pytest.approx(0.5 * np.exp(np.log([1, 1.01, 1.02]).mean()))
    assert 0.49 < other["ratio_low"] < other["ratio"] < other["ratio_high"] < 0.53
    assert other["p_value"] < 0.001
    late = rows.loc[("seconds", 100, 1)]
    assert late["ratio"] == pytest.approx(0.505 * 101 / 51, rel=0.001), "half as many iterations"
    alone = table[table["experiment"] == "default"]
    assert alone["ratio"].isna().all()
    assert alone["low"].isna().all(), "one repetition"


def test_a_setting_that_had_not_started_has_no_row(study, histories):
    late = {
        name: history.assign(seconds=history["seconds"] + 50) if "relu" in name else history
        for name, history in histories.items()
    }
    table = convergence_table(study, late)
    early = table[(table["experiment"] == "activation") & (table["against"] == "seconds") & (table["at"] < 50)]
    assert early["setting"].unique().tolist() == [0]


def test_a_study_without_trained_models_has_an_empty_table(histories):
    plan = DEFAULT | {"experiments": {}, "defaults": DEFAULT["defaults"] | {"learner": "pca"}}
    study = expand(plan)
    table = convergence_table(study, {name: curve([], 1.0) for name in study.models})
    assert table.empty
    assert table.columns.tolist() == CONVERGENCE_COLUMNS
