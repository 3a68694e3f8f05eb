"""The study file of a setting is accepted, and gives the features of the setting and no other experiment."""

import copy

import pytest
import yaml

from lib.study.configuration_files import changes
from lib.study.experiments import expand
from lib.study.settings import DEFAULT as DEFAULT_EXPERIMENT
from lib.study.single_setting import CONCATENATED, Origin, study_file
from lib.study.validation import checked
from tests.unit.study.test_validation import CONFIG, DEFAULT, SCHEMA, merged

SMOKE = yaml.safe_load((CONFIG / "smoke.yaml").read_text(encoding="utf-8"))
OWN = {**DEFAULT["classifiers"]["random_forest"], "label": "own forest", "parameters": {"n_estimators": 7}}
CHANGES = {"study": "own" * 33, "seed": 3, "crops": {"train": 7}, "classifiers": {"own_forest": OWN}}
CONFIGURED = merged(copy.deepcopy(DEFAULT), CHANGES)


def origin(config):
    classifiers = [name for name, one in DEFAULT["classifiers"].items() if one]
    return Origin(config["study"], DEFAULT["defaults"], classifiers, changes(config, DEFAULT))


@pytest.mark.parametrize("config", [CONFIGURED, merged(copy.deepcopy(DEFAULT), SMOKE)], ids=["own", "smoke"])
def test_the_file_of_every_setting_gives_its_features(config):
    study = expand(config)
    files = set()
    for name, experiment in study.experiments.items():
        for setting, combination in enumerate(experiment.combinations):
            contents = yaml.safe_load(study_file(study, name, setting, origin(config)))
            files.add(contents["study"])
            single = checked(merged(copy.deepcopy(DEFAULT), contents), SCHEMA, DEFAULT)
            found = expand(single)
            parts = study.features[combination.members[0]]
            made = CONCATENATED if len(parts) > 1 else DEFAULT_EXPERIMENT
            assert set(found.experiments) == {DEFAULT_EXPERIMENT, made}
            assert found.features[found.experiments[made].combinations[0].members[0]] == parts
            if experiment.classifiers:
                assert found.experiments[made].classifiers == experiment.classifiers
            assert (single["seed"], single["crops"]) == (config["seed"], config["crops"])
    assert len(files) == sum(len(one.combinations) for one in study.experiments.values()), "each has its own results"


@pytest.mark.parametrize(
    "experiment",
    [
        {"set": {"rho": 0.1, "patches": 1000}, "vary": {"together": {"learner": ["pca", "autoencoder"]}}},
        {"vary": {"together": {"activation": ["sigmoid", "relu"]}}},
        {
            "set": {"hidden": [75, 50, 75], "sparsity": "narrowest"},
            "vary": {"together": {"learner": ["autoencoder", "kmeans"]}},
        },
        {"vary": {"stride": [4, 8], "together": {"learner": ["pca", "kmeans"], "rho": [0.1, 0.2]}}},
    ],
)
def test_the_file_of_joined_features_states_what_the_experiment_states(experiment):
    changes_ = {
        "study": "own",
        "defaults": {"lambda": 0.002},
        "experiments": {"joined": experiment},
        "only": ["joined"],
    }
    config = checked(merged(copy.deepcopy(DEFAULT), changes_), SCHEMA, DEFAULT)
    study = expand(config)
    for setting, combination in enumerate(study.experiments["joined"].combinations):
        contents = yaml.safe_load(study_file(study, "joined", setting, origin(config)))
        found = expand(checked(merged(copy.deepcopy(DEFAULT), contents), SCHEMA, DEFAULT))
        made = found.experiments[CONCATENATED].combinations[0].members[0]
        assert found.features[made] == study.features[combination.members[0]]


def test_the_file_states_only_what_differs():
    config = merged(copy.deepcopy(DEFAULT), {"study": "own"})
    study = expand(config)
    experiment = study.experiments["rho"]
    setting = next(n for n, one in enumerate(experiment.combinations) if one.settings["rho"] == 0.03)
    contents = yaml.safe_load(study_file(study, "rho", setting, origin(config)))
    assert contents["defaults"] == {"rho": 0.03, "precision": "float32"}
    assert set(contents["classifiers"].values()) == {False}
    assert set(contents) == {"study", "classifiers", "defaults", "only"}
    assert contents["only"] == []
