"""Every experiment of the project's own studies is valid, those that a study leaves out included."""

import pytest

from lib.datasets.digits import TEST
from lib.study import inheritance
from lib.study.configuration_files import read
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.validation import checked
from tests.unit.study.test_validation import CONFIG, DEFAULT, SCHEMA

STUDIES = sorted(path.name for path in CONFIG.glob("*.yaml") if path.name != "schema.yaml")


def stated(study):
    """What a study changes of the default one, with what the study that it extends changes."""
    return extended(read(CONFIG / study), CONFIG.parent, DEFAULT)


@pytest.mark.parametrize("study", STUDIES)
def test_all_experiments_of_a_study_are_valid(study):
    whole = stated(study)
    own = [name for name, entry in whole.get("experiments", {}).items() if entry]
    only = {"only": own} if "only" in whole else {}
    config = extended(read(CONFIG / study) | only, CONFIG.parent, DEFAULT)
    found = expand(checked(config, SCHEMA, DEFAULT))
    assert set(own) <= set(found.experiments)


@pytest.mark.parametrize("study", STUDIES)
def test_the_listing_of_a_report_gives_the_study_again(study):
    config = checked(stated(study), SCHEMA, DEFAULT)
    assert checked(inheritance.stated(config, DEFAULT), SCHEMA, DEFAULT) == config


@pytest.mark.parametrize("study", ["family", "generative"])
def test_other_digits_can_take_the_place_of_mnist(study):
    mnist, digits = (checked(stated(f"{study}{end}.yaml"), SCHEMA, DEFAULT) for end in ("", "-digits"))
    assert {model.settings["patches"] for model in expand(digits).models.values()} == {1797 - TEST}
    for config in (mnist, digits):  # at the rate of the others, gradient descent does not converge on the other digits
        if "rules" in config["experiments"]:
            del config["experiments"]["rules"]["vary"]
    assert digits["experiments"] == mnist["experiments"]
    assert digits["networks"] == mnist["networks"]


def test_the_networks_of_the_lecture_are_not_trained_on_all_images_by_default():
    assert "all_images" not in stated("networks.yaml")["only"], "it takes long"


@pytest.mark.parametrize("study", ["fashion", "mnist"])
def test_the_networks_of_the_lecture_are_trained_on_all_images_with_its_settings(study):
    config = checked(stated(f"{study}.yaml"), SCHEMA, DEFAULT)
    found = expand(config).experiments["all_images"]
    assert found.classifiers == ["adadelta"]
    assert {one.settings["network"] for one in found.combinations} == {"lecture", "inception"}
    assert {expand(config).labels[member] for one in found.combinations for member in one.members} == {0}, "all"
    printed = {"optimiser": "adadelta", "learning_rate": 1.0, "batch_size": 128, "epochs": 12, "validation": 0.0}
    assert config["classifiers"]["adadelta"]["parameters"].items() >= printed.items()
