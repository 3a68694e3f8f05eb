"""Every study in config/ is valid, and a fault is one sentence with key, value and what is allowed."""

import math
from pathlib import Path

import pytest
import yaml

from lib.base.errors import StudyError
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.schema import read_schema, validate
from lib.study.validation import check_switches, checked, size_of

CONFIG = Path(__file__).parents[3] / "config"
SCHEMA = read_schema(CONFIG / "schema.yaml")
DEFAULT = yaml.safe_load((CONFIG / "config.yaml").read_text())
STUDIES = sorted(path.name for path in CONFIG.glob("*.yaml") if path.name != "schema.yaml")


def merged(base, changes):
    """Merge a second configuration as Snakemake does: mappings are merged, everything else is replaced."""
    if isinstance(base, dict) and isinstance(changes, dict):
        return base | {key: merged(base.get(key), value) for key, value in changes.items()}
    return changes


@pytest.mark.parametrize("study", STUDIES)
def test_the_studies_are_valid(study):
    changes = extended(yaml.safe_load((CONFIG / study).read_text()), CONFIG.parent, DEFAULT)
    config = checked(changes, SCHEMA, DEFAULT)
    assert config["study"] == {"config.yaml": "photographs"}.get(study, Path(study).stem)


FAULTS = [
    ({"report": {"archive": "../../a"}}, 'report.archive is "../../a"'),
    ({"report": {"archive": "report"}}, 'report.archive is "report"'),
    ({"nonsense": "x"}, "has the unknown key nonsense; the keys are classes, classifiers, crops"),
    ({"studdy": "x"}, "has the unknown key studdy (did you mean study?); config/README.md has all keys"),
    (
        {"defaults": {"lamda": 0.1}},
        "defaults has the unknown key lamda (did you mean lambda?); config/README.md has all keys",
    ),
    ({"defaults": {"learner": "Kmean"}}, 'defaults.learner is "Kmean" (did you mean kmeans?), expected one of auto'),
    (
        {"experiments": {"leaner": {"seeds": 2}}},
        "experiments.leaner lacks the key vary: the default study has no experiment leaner (did you mean learners?)",
    ),
    ({"experiments": {"rhoo": False}}, "but there is no such entry to switch off (did you mean rho?); the entries are"),
    (
        {"defaults": {"lambda": "3e-4"}},
        'defaults.lambda is "3e-4", expected a number at least 0 and at most 1000000000; YAML '
        "reads 3e-4 as text: write it with a decimal "
        "point and a signed exponent, as in 3.0e-4",
    ),
    ({"defaults": {"rho": 1.0}}, "defaults.rho is 1.0, expected a number at least 1e-09 and at most 0.999999999"),
    ({"defaults": {"hidden": 75}}, "defaults.hidden is 75, expected a list of at least 1 entries"),
    ({"defaults": {"hidden": [0]}}, "defaults.hidden.0 is 0, expected a whole number at least 1 and at most 10000"),
    ({"defaults": {"iterations": 2.5}}, "defaults.iterations is 2.5, expected a whole number"),
    ({"defaults": {"centre": "mean"}}, 'defaults.centre is "mean", expected one of patch, brightness, none'),
    (
        {"experiments": {"centre": {"vary": {"centre": ["patch", "mean"]}}}},
        'experiments.centre.vary.centre.1 is "mean"',
    ),
    ({"experiments": {"centre": {"vary": {"center": ["patch"]}}}}, "unknown key center (did you mean centre?);"),
    ({"experiments": {"centre": True}}, "experiments.centre is true, expected false or a mapping"),
    ({"experiments": {"centre": {"set": {}}}}, "experiments.centre lacks the key vary"),
    ({"classifiers": {"random_forest": {"class": "os.system"}}}, 'classifiers.random_forest.class is "os.system"'),
    ({"classifiers": {"My SVM!": False}}, 'classifiers has the key "My SVM!", expected one that matches ^[a-z]'),
    ({"experiments": {"a/b": False}}, 'experiments has the key "a/b", expected one that matches ^[a-z]'),
    ({"classifiers": {5: False}}, 'classifiers has the key "5", expected one that matches ^[a-z]'),
    ({"defaults": {5: 1}}, "defaults has the unknown key 5; the keys are activation"),
    ({"classifiers": {True: False}}, "classifiers has the key true, expected text; put it in quotes"),
    (
        {"experiments": {"depth": {"classifiers": ["linear_svm", "linear_svm"]}}},
        'experiments.depth.classifiers is ["linear_svm", "linear_svm"], expected a list of different entries',
    ),
    ({"study": "a/b"}, 'study is "a/b", expected text of at most 100 characters and that matches'),
    ({"seed": -1}, "seed is -1, expected a whole number at least 0"),
    ({"figures": {"colours": ["red"] * 4}}, 'figures.colours.0 is "red"'),
    ({"defaults": {"image_size": 97}}, "defaults.image_size is 97, expected a whole number at least 0 and at most 96"),
    ({"download": True}, "download is true, expected false or a mapping"),
    ({"download": {"md5": "0" * 32}}, "download lacks the key size, url"),
    # infinite numbers, and numbers with which training fails
    ({"defaults": {"lambda": 1e308}}, "defaults.lambda is 1e+308, expected a number at least 0 and at most 1000000000"),
    ({"defaults": {"rho": 1e-320}}, "defaults.rho is 1e-320, expected a number at least 1e-09"),
    ({"defaults": {"beta": math.inf}}, "defaults.beta is Infinity, expected a number"),
    ({"experiments": {"a": {"vary": {"threshold": [0, math.nan]}}}}, "experiments.a.vary.threshold.1 is NaN"),
    ({"defaults": {"patches": math.inf}}, "defaults.patches is Infinity, expected a whole number"),
    ({"figures": {"width": math.nan}}, "figures.width is NaN, expected a number at least 3 and at most 12"),
    ({"seed": 10**30}, "seed is 1000000000000000000000000000000, expected a whole number"),
    # a newline is not part of a name
    ({"study": "f\n"}, 'study is "f\\n", expected text'),
    ({"figures": {"colours": ["#000000\n"] * 4}}, 'figures.colours.0 is "#000000\\n", expected text'),
    ({"experiments": {"rho\n": False}}, 'experiments has the key "rho\\n", expected one that matches'),
    (
        {"download": {"url": "http://a/b\n", "md5": "0" * 32, "size": 1}},
        'download.url is "http://a/b\\n", expected text',
    ),
    ({"download": {"url": "http://a/b", "md5": "0" * 32 + "\n", "size": 1}}, "download.md5 is"),
    # names that the workflow uses itself, or that are invalid for files
    *(
        ({"experiments": {name: {"vary": {"stride": [8]}}}}, f'experiments has the key "{name}", expected another one')
        for name in ("default", "pixels", "data", "folds", "published", "filters")
    ),
    ({"study": "bench"}, 'study is "bench", expected another one: the workflow uses this name itself'),
    ({"study": "f" * 300}, "(302 characters), expected text of at most 100 characters"),
    ({"classifiers": {"f" * 61: False}}, "expected one of at most 60 characters"),
    ({"classifiers": {"random_forest": {"class": "sklearn.ensemble._forest.RandomForestClassifier"}}}, "class is"),
    ({"classifiers": {"random_forest": {"class": "sklearn.ensemble._RandomForestClassifier"}}}, "class is"),
    # values that YAML does not read as text, and characters that are not text
    (
        {"report": {"title": 2026}},
        "report.title is 2026, expected text of at most 1000 characters; put the text in quotes",
    ),
    (
        {"report": {"author": False}},
        "report.author is false, expected text of at most 1000 characters; YAML reads yes, no",
    ),
    ({"report": {"author": "a\ud800"}}, "report.author holds the character U+D800, expected plain text"),
    ({"report": {"author": "a\x00"}}, "report.author holds the character U+0000, expected plain text"),
    ({"experiments": {"a\udcff": False}}, "experiments has a key with the character U+DCFF"),
]


@pytest.mark.parametrize(("changes", "sentence"), FAULTS)
def test_a_fault_is_one_sentence(changes, sentence):
    with pytest.raises(StudyError) as caught:
        checked(changes, SCHEMA, DEFAULT)
    assert sentence in caught.value.sentences[0]
    assert all(len(line) < 1000 for line in caught.value.sentences)
    assert all(line.startswith("configuration: ") for line in caught.value.sentences)


@pytest.mark.parametrize("key", SCHEMA["required"])
def test_a_missing_key_is_named(key):
    with pytest.raises(StudyError, match=f"lacks the key {key}"):
        validate({k: v for k, v in DEFAULT.items() if k != key}, SCHEMA)


def test_all_faults_are_reported_at_once():
    with pytest.raises(StudyError) as caught:
        validate(merged(DEFAULT, {"seed": -1, "defaults": {"rho": 2.0}}), SCHEMA)
    assert len(caught.value.sentences) == 2


def test_only_existing_entries_can_be_switched_off():
    config = DEFAULT | {"experiments": DEFAULT["experiments"] | {"leaners": False}}
    with pytest.raises(StudyError, match=r"experiments\.leaners is false, but there is no such entry .* learners"):
        check_switches(config, DEFAULT)
    check_switches(DEFAULT | {"experiments": {"learners": False}}, DEFAULT)


def test_a_study_that_is_too_large_is_refused_with_its_size():
    many = [i / 1e6 for i in range(8000)]
    total = 8000 + sum(size["models"] for size in size_of(DEFAULT).values())
    for changes, sentence in (
        ({"vary": {"lambda": many}}, f"ask for {total} models, expected at most 2000; the largest, big, asks for 8000"),
        ({"vary": {"rho": many[1:61], "beta": many[:97]}, "seeds": 8}, "big, asks for 46560"),
        ({"vary": {"together": {"rho": [0.1] * 60, "beta": [1.0] * 50}}, "classifiers": []}, "big, asks for 3000"),
        (
            {"vary": [{"rho": many[1:301]}, {"rho": many[301:1051]}]},
            "evaluations, expected at most 5000; the largest, big",
        ),
    ):
        with pytest.raises(StudyError) as caught:
            checked(merged(DEFAULT, {"experiments": {"big": changes}}), SCHEMA, DEFAULT)
        assert sentence in str(caught.value)


def test_the_size_of_a_study_is_that_of_its_jobs():
    config = merged(DEFAULT, {"experiments": dict.fromkeys(DEFAULT["experiments"], False)})
    vary = [{"rho": [0.1, 0.2], "stride": [8, 4]}, {"beta": [1.0], "together": {"centre": ["patch", "none"]}}]
    config["experiments"]["a"] = {"vary": vary, "seeds": 3, "classifiers": ["linear_svm", "rbf_svm"]}
    config = checked(config, SCHEMA, DEFAULT)
    assert size_of(config) == {"a": {"models": 18, "evaluations": 30}}
    experiment = expand(config).experiments["a"]
    assert sum(len(one.members) for one in experiment.combinations) * 2 == 30
