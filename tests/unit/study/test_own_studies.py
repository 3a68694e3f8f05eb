"""Every experiment of the project's own studies is valid, those that a study leaves out included."""

import pytest
import yaml

from lib.study.experiments import expand
from lib.study.validation import checked
from tests.unit.study.test_validation import CONFIG, DEFAULT, SCHEMA, merged

STUDIES = sorted(path.name for path in CONFIG.glob("*.yaml") if path.name not in ("schema.yaml", "digits.yaml"))


def stated(study):
    return yaml.safe_load((CONFIG / study).read_text(encoding="utf-8"))


@pytest.mark.parametrize("study", STUDIES)
def test_all_experiments_of_a_study_are_valid(study):
    config = stated(study)
    own = [name for name, entry in config.get("experiments", {}).items() if entry]
    only = {"only": own} if "only" in config else {}
    found = expand(checked(config | only, SCHEMA, DEFAULT))
    assert set(own) <= set(found.experiments)


@pytest.mark.parametrize("study", ["family.yaml", "generative.yaml"])
def test_other_digits_can_take_the_place_of_mnist(study):
    digits = stated("digits.yaml")
    found = expand(checked(merged(stated(study), digits), SCHEMA, DEFAULT))
    assert {model.settings["patches"] for model in found.models.values()} == {digits["defaults"]["patches"]}
