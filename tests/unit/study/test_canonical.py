"""Equal numbers of configurations are equal, however they are written."""

import pytest
import yaml

from lib.base.errors import StudyError
from lib.study.canonical import canonical, typed_arguments
from lib.study.experiments import expand
from lib.study.validation import checked
from tests.unit.study.test_validation import CONFIG, DEFAULT, SCHEMA, merged


def numbers_as(kind, value):
    """Return the value with every number converted to ``kind``, if the conversion is exact."""
    if isinstance(value, dict):
        return {key: numbers_as(kind, inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [numbers_as(kind, inner) for inner in value]
    return kind(value) if type(value) in (int, float) and kind(value) == value else value


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("study", ["config.yaml", "stl10.yaml", "smoke.yaml"])
def test_equal_numbers_are_equal_however_they_are_written(study, kind):
    config = merged(DEFAULT, yaml.safe_load((CONFIG / study).read_text()))
    other = config | {key: numbers_as(kind, value) for key, value in config.items() if key != "classifiers"}
    expected, found = (checked(one, SCHEMA, DEFAULT) for one in (config, other))
    assert repr(found) == repr(expected), "types must agree, too"
    assert expand(found) == expand(expected)


def test_whole_numbers_are_integers_and_others_floats():
    found = canonical(
        {
            "seed": 1.0e1,
            "crops": {"train": 20.0},
            "defaults": {"hidden": [8.0], "patches": 1.0e5, "beta": 3, "lambda": -0.0, "rho": 0.5},
            "experiments": {"a": {"set": {"hidden": [4.0]}, "vary": [{"hidden": [[4.0, 2.0, 4.0]], "rho": [0.1]}]}},
            "classifiers": {"b": {"components": 2.0, "parameters": {"max_features": 1.0}}},
        },
        SCHEMA,
    )
    assert repr(found["seed"]) == "10"
    assert repr(found["crops"]) == "{'train': 20}"
    assert repr(found["defaults"]) == "{'hidden': [8], 'patches': 100000, 'beta': 3.0, 'lambda': 0.0, 'rho': 0.5}"
    assert (
        repr(found["experiments"]["a"]) == "{'set': {'hidden': [4]}, 'vary': [{'hidden': [[4, 2, 4]], 'rho': [0.1]}]}"
    )
    assert repr(found["classifiers"]["b"]) == "{'components': 2, 'parameters': {'max_features': 1.0}}"
    with pytest.raises(StudyError, match=r"seed is 1\.5, expected a whole number"):
        checked(DEFAULT | {"seed": 1.5}, SCHEMA, DEFAULT)


def test_numeric_keys_name_classes():
    forest = DEFAULT["classifiers"]["random_forest"] | {"parameters": {"class_weight": {3: 1.0, "5": 2.0}}}
    found = checked(merged(DEFAULT, {"classifiers": {"random_forest": forest}}), SCHEMA, DEFAULT)
    assert found["classifiers"]["random_forest"]["parameters"]["class_weight"] == {"3": 1.0, "5": 2.0}


def test_numbers_inside_braces_on_the_command_line_are_numbers():
    loose = {"defaults": {"rho": "0.05", "hidden": ["8", "4"]}, "report": {"title": "5"}, "seed": 1}
    arguments = ["defaults={rho: 0.05, hidden: [8, 4]}", "report={title: '5'}", "seed=1"]
    assert typed_arguments(arguments, loose) == {
        "defaults": {"rho": 0.05, "hidden": [8, 4]},
        "report": {"title": "5"},
    }
    assert typed_arguments(None, {}) == {}
    with pytest.raises(StudyError, match="--config defaults: line 1, column 7: YAML reads 010 as an octal"):
        typed_arguments(["defaults={rho: 010}"], {"defaults": {"rho": "010"}})
