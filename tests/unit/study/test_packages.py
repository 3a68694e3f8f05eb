"""A study that needs PyTorch says so before anything is computed."""

from pathlib import Path

import pytest

from lib.base.errors import StudyError
from lib.study import packages
from lib.study.experiments import expand
from lib.study.packages import MISSING, check_packages, main, users_of_torch
from lib.study.validation import checked
from tests.unit.study.test_networks import HEAD, NETWORK
from tests.unit.study.test_validation import DEFAULT, SCHEMA

ROOT = Path(__file__).parents[3]


def test_learners_with_described_layers_and_networks_need_pytorch():
    changes = {"study": "s", "only": [], "networks": HEAD, "classifiers": {"net": NETWORK}}
    config = checked(changes, SCHEMA, DEFAULT)
    assert users_of_torch(expand(config), config["classifiers"]) == ["the classifier net"]
    config = checked({"study": "s", "only": [], "defaults": {"learner": "convolutional"}}, SCHEMA, DEFAULT)
    assert users_of_torch(expand(config), config["classifiers"]) == ["the learner convolutional"]
    config = checked({"study": "s"}, SCHEMA, DEFAULT)
    assert users_of_torch(expand(config), config["classifiers"]) == []


def test_a_missing_package_is_one_sentence_and_a_status_for_make(monkeypatch):
    config = checked({"study": "s", "only": [], "defaults": {"learner": "convolutional"}}, SCHEMA, DEFAULT)
    monkeypatch.setattr(packages, "TORCH", ("a_package_that_does_not_exist",))
    with pytest.raises(StudyError, match="the learner convolutional needs PyTorch; install it by: make deep"):
        check_packages(expand(config), config["classifiers"])
    assert main(str(ROOT / "config" / "convolutional.yaml"), ROOT) == MISSING
    assert main(str(ROOT / "config" / "smoke.yaml"), ROOT) == 0
    assert main(str(ROOT / "config" / "no_such_study.yaml"), ROOT) == 0, "the run reports it"
