"""Tables of networks: means over repetitions, the gap, and the choice by the validation part alone."""

import pandas as pd
import pytest

from lib.study.experiments import expand
from lib.study.model_labels import feature_labels
from lib.tabulation.networks import network_table, network_training_table
from lib.tabulation.predictions import evaluations_of
from lib.training.optimisation import Epoch, NetworkRecord
from tests.unit.study.test_validation import DEFAULT

EPOCHS = [Epoch(n, 10 * n, 0.1, 1 / n, 0.8 / n, 0.2 / n, 0.0, 0.5, float("nan"), float("nan"), n / 2) for n in (1, 2)]


@pytest.fixture
def study():
    vary = {"vary": {"stride": [8, 4]}, "seeds": 2, "classifiers": ["random_forest", "logistic_regression"]}
    return expand(DEFAULT | {"experiments": {"one": vary}})


def record(training=0.9, validation=0.8):
    history = [EPOCHS[0], EPOCHS[1]._replace(validation=validation)]
    return NetworkRecord(1000, 5000, training, 2, history).plain()


def accuracies(study, values):
    rows = [
        {"experiment": one.experiment, "setting": one.setting, "classifier": one.classifier, "f1_macro": 0.5}
        | {"f1_low": 0.45, "f1_high": 0.55}
        | {"accuracy": values.get(one.setting, 0.1)}
        for one in evaluations_of(study)
    ]
    return pd.DataFrame(rows)


def test_a_record_has_no_number_for_what_was_not_measured():
    plain = NetworkRecord(1, 2, 0.5, 2, EPOCHS).plain()
    assert plain["history"][0]["validation"] is None
    assert plain["history"][1]["updates"] == 20


def test_networks_are_chosen_by_the_validation_part_and_not_by_the_test(study):
    validated = {-1: 0.2, 0: 0.8, 1: 0.7}
    records = {
        evaluation: record(validation=validated[compared.setting])
        for compared, evaluations in evaluations_of(study).items()
        if compared.classifier == "random_forest" and compared.experiment == "one"
        for evaluation in evaluations
    }
    table = network_table(records, study, accuracies(study, {0: 0.6, 1: 0.75})).set_index("setting")
    table = table[table["experiment"] == "one"]
    assert set(table["classifier"]) == {"random_forest"}, "other classifiers have no record"
    assert table["chosen"].to_dict() == {0: True, 1: False, -1: False}
    assert table.loc[0, ["parameters", "multiply_adds", "epochs", "updates"]].tolist() == [1000, 5000, 2, 20]
    assert table.loc[0, "gap"] == pytest.approx(0.9 - 0.6)
    assert table.loc[1, "repetitions"] == 2


def test_the_validation_accuracy_is_that_of_the_weights_that_early_stopping_kept(study):
    history = [EPOCHS[0]._replace(validation=0.7), EPOCHS[1]._replace(validation=0.8)]
    records = {
        evaluation: NetworkRecord(1000, 5000, 0.9, 1, history).plain()
        for evaluations in evaluations_of(study).values()
        for evaluation in evaluations
    }
    table = network_table(records, study, accuracies(study, {}))
    assert set(table["validation_accuracy"]) == {0.7}


def test_the_training_has_a_row_for_each_epoch(study):
    evaluation = study.evaluations[0]
    table = network_training_table({evaluation: record()}, study, feature_labels(study))
    assert table["loss"].tolist() == [1.0, 0.5]
    assert table["cross_entropy"].tolist() == [0.8, 0.4], "the cross-entropy without the weight decay"
    assert table["seconds"].tolist() == [0.5, 1.0]
    assert set(table["classifier"]) == {evaluation[2]}


def test_a_study_without_networks_has_empty_tables(study):
    assert network_table({}, study, accuracies(study, {})).empty
    assert network_training_table({}, study, feature_labels(study)).empty
