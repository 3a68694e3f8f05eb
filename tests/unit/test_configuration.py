"""Every configuration file is valid, and every fault is told in one sentence with key, value and what is allowed."""

import copy
import re
from pathlib import Path

import pytest
import yaml

from lib.configuration import allowed, check_labels, check_switches, untried, validate
from lib.errors import StudyError
from lib.experiments import SETTINGS

CONFIG = Path(__file__).parents[2] / "config"
SCHEMA = yaml.safe_load((CONFIG / "schema.yaml").read_text())
DEFAULT = yaml.safe_load((CONFIG / "config.yaml").read_text())
STUDIES = sorted(path.name for path in CONFIG.glob("*.yaml") if path.name != "schema.yaml")


def merged(base, changes):
    """What Snakemake makes of a second configuration file: mappings are merged, all else is replaced."""
    if isinstance(base, dict) and isinstance(changes, dict):
        return base | {key: merged(base.get(key), value) for key, value in changes.items()}
    return changes


@pytest.mark.parametrize("study", STUDIES)
def test_the_studies_are_valid(study):
    config = merged(DEFAULT, yaml.safe_load((CONFIG / study).read_text()))
    validate(config, SCHEMA)
    assert config["study"] == {"config.yaml": "photographs"}.get(study, Path(study).stem)


FAULTS = [
    ({"studdy": "x"}, "has the unknown key studdy; the keys are classifiers, crops"),
    ({"defaults": {"lamda": 0.1}}, "defaults has the unknown key lamda; the keys are activation, beta"),
    (
        {"defaults": {"lambda": "3e-4"}},
        'defaults.lambda is "3e-4", expected a number at least 0; YAML reads 3e-4 as text: write it with a decimal '
        "point and a signed exponent, as in 3.0e-4",
    ),
    ({"defaults": {"rho": 1.0}}, "defaults.rho is 1.0, expected a number above 0 and below 1"),
    ({"defaults": {"hidden": 75}}, "defaults.hidden is 75, expected a list of at least 1 entries"),
    ({"defaults": {"hidden": [0]}}, "defaults.hidden.0 is 0, expected a whole number at least 1 and at most 10000"),
    ({"defaults": {"iterations": 2.5}}, "defaults.iterations is 2.5, expected a whole number"),
    ({"defaults": {"centre": "mean"}}, 'defaults.centre is "mean", expected one of patch, brightness, none'),
    (
        {"experiments": {"centre": {"vary": {"centre": ["patch", "mean"]}}}},
        'experiments.centre.vary.centre.1 is "mean"',
    ),
    ({"experiments": {"centre": {"vary": {"center": ["patch"]}}}}, "vary has the unknown key center"),
    ({"experiments": {"centre": True}}, "experiments.centre is true, expected false or a mapping"),
    ({"experiments": {"centre": {"set": {}}}}, "experiments.centre lacks the key vary"),
    ({"classifiers": {"random_forest": {"class": "os.system"}}}, 'classifiers.random_forest.class is "os.system"'),
    ({"classifiers": {"My SVM!": False}}, 'classifiers has the key "My SVM!", expected one that matches ^[a-z]'),
    ({"experiments": {"a/b": False}}, 'experiments has the key "a/b", expected one that matches ^[a-z]'),
    ({"classifiers": {5: False}}, "classifiers has the key 5, expected text; put it in quotes"),
    (
        {"experiments": {"depth": {"classifiers": ["linear_svm", "linear_svm"]}}},
        'experiments.depth.classifiers is ["linear_svm", "linear_svm"], expected a list without the same entry twice',
    ),
    ({"study": "a/b"}, 'study is "a/b", expected text that matches'),
    ({"seed": -1}, "seed is -1, expected a whole number at least 0"),
    ({"figures": {"colours": ["red"] * 4}}, 'figures.colours.0 is "red"'),
    ({"defaults": {"image_size": 97}}, "defaults.image_size is 97, expected a whole number at least 0 and at most 96"),
    ({"download": True}, "download is true, expected false or a mapping"),
    ({"download": {"md5": "0" * 32}}, "download lacks the key size, url"),
]


@pytest.mark.parametrize(("changes", "sentence"), FAULTS)
def test_a_fault_is_one_sentence(changes, sentence):
    with pytest.raises(StudyError) as caught:
        validate(merged(copy.deepcopy(DEFAULT), changes), SCHEMA)
    assert sentence in caught.value.sentences[0]
    assert all(line.startswith("configuration: ") for line in caught.value.sentences)


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_a_missing_key_is_named(key):
    with pytest.raises(StudyError, match=f"lacks the key {key}"):
        validate({k: v for k, v in DEFAULT.items() if k != key}, SCHEMA)


def test_all_faults_are_told_at_once():
    with pytest.raises(StudyError) as caught:
        validate(merged(DEFAULT, {"seed": -1, "defaults": {"rho": 2.0}}), SCHEMA)
    assert len(caught.value.sentences) == 2


def properties(schema, path=""):
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from properties(inner, f"{path}{name}.")
    for name, inner in schema.get("$defs", {}).items():
        yield from properties(inner, f"{name}.")


def test_every_key_has_a_meaning_and_a_type():
    for name, inner in properties(SCHEMA):
        if not name.startswith(("varied.", "combinations.")):  # lists of what is described elsewhere
            assert inner.get("description"), f"{name} has no description"
            assert {"type", "enum", "allOf", "if"} & set(inner), f"{name} has no type"
            assert allowed(inner)


def test_settings_are_the_same_everywhere():
    settings = SCHEMA["$defs"]["settings"]["properties"]
    vary = SCHEMA["$defs"]["varied"]["properties"]
    assert set(settings) == set(vary) == set(DEFAULT["defaults"]) == set(SCHEMA["properties"]["defaults"]["required"])
    assert set(SETTINGS) == set(settings["learner"]["enum"])


def test_a_name_that_is_switched_off_must_be_one():
    config = DEFAULT | {"experiments": DEFAULT["experiments"] | {"leaners": False}}
    with pytest.raises(StudyError, match=r"experiments\.leaners is false, but there is no such entry .* learners"):
        check_switches(config, DEFAULT)
    check_switches(DEFAULT | {"experiments": {"learners": False}}, DEFAULT)


def test_classifiers_that_were_tried_are_not_tried_again():
    tried = DEFAULT["classifiers"]
    assert untried(tried, tried) == {}
    changed = merged(tried, {"linear_svm": {"grid": {"C": [1.0]}}, "rbf_svm": False})
    assert untried(changed, tried) == {"linear_svm": changed["linear_svm"]}
    assert untried(changed, changed) == {}
    assert list(untried(changed, {})) == [name for name in tried if name != "rbf_svm"]
    for value in (1, True):
        equal = merged(changed, {"linear_svm": {"grid": {"C": [value]}}})
        assert list(untried(equal, changed)) == ["linear_svm"], f"{value} is of another type than 1.0"


def test_classifiers_have_labels_of_their_own():
    check_labels(DEFAULT)
    check_labels(merged(DEFAULT, {"classifiers": {"random_forest": False, "rbf_svm": {"label": "random forest"}}}))
    with pytest.raises(StudyError) as caught:
        check_labels(merged(DEFAULT, {"classifiers": {"rbf_svm": {"label": "linear SVM"}}}))
    assert caught.value.sentences == (
        "configuration: classifiers.rbf_svm.label is linear SVM, expected another one than that of "
        "classifiers.linear_svm",
    )


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"report": {"title": "a\ud800b"}}, "report.title"),
        ({"dataset": "data/\udce9"}, "dataset"),
        ({"classifiers": {"own": {"parameters": {"kernel": ["\udfff"]}}}}, "classifiers.own.parameters.kernel"),
        ({"figures": {"\udc80": 1}}, "a key of figures"),
    ],
)
def test_half_of_a_character_is_one_sentence(change, where):
    with pytest.raises(StudyError) as told:
        validate(change, SCHEMA)
    (sentence,) = told.value.sentences
    assert re.fullmatch(rf"configuration: {where} holds U\+D[89A-F].., an unpaired surrogate, expected .*", sentence)
