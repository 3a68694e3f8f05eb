"""Every study in config/ is valid, and a fault is one sentence with key, value and what is allowed."""

import copy
import math
from pathlib import Path

import pytest
import yaml

from lib.base.errors import StudyError
from lib.study.experiments import expand
from lib.study.learners import LEARNERS
from lib.study.validation import (
    allowed,
    canonical,
    check_labels,
    check_switches,
    checked,
    expanded_path,
    read_schema,
    size_of,
    typed_arguments,
    untried,
    validate,
)

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
    config = checked(yaml.safe_load((CONFIG / study).read_text()), SCHEMA, DEFAULT)
    assert config["study"] == {"config.yaml": "photographs"}.get(study, Path(study).stem)


FAULTS = [
    ({"studdy": "x"}, "has the unknown key studdy (did you mean study?); the keys are classes, classifiers, crops"),
    (
        {"defaults": {"lamda": 0.1}},
        "defaults has the unknown key lamda (did you mean lambda?); the keys are activation, batch_size",
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
        'experiments.depth.classifiers is ["linear_svm", "linear_svm"], expected a list without the same entry twice',
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


def properties(schema, path=""):
    for name, inner in schema.get("properties", {}).items():
        yield f"{path}{name}", inner
        yield from properties(inner, f"{path}{name}.")
    for name, inner in schema.get("$defs", {}).items():
        yield from properties(inner, f"{name}.")


def test_every_key_has_a_meaning_and_a_type():
    for name, inner in properties(SCHEMA):
        if not name.startswith(
            ("varied.", "combinations.", "reference.", "compared.")
        ):  # lists of settings that are described elsewhere
            assert inner.get("description"), f"{name} has no description"
            assert {"type", "enum", "allOf", "if"} & set(inner), f"{name} has no type"
            assert allowed(inner)


def test_schema_defaults_and_learners_have_the_same_settings():
    settings = SCHEMA["$defs"]["settings"]["properties"]
    assert set(settings) == set(DEFAULT["defaults"])
    assert {key for learner in LEARNERS.values() for key in learner.settings} - {"seed"} <= set(settings)
    assert set(LEARNERS) == set(settings["learner"]["enum"])


def test_only_existing_entries_can_be_switched_off():
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


def test_labels_of_classifiers_must_be_unique():
    check_labels(DEFAULT)
    check_labels(merged(DEFAULT, {"classifiers": {"random_forest": False, "rbf_svm": {"label": "random forest"}}}))
    with pytest.raises(StudyError) as caught:
        check_labels(merged(DEFAULT, {"classifiers": {"rbf_svm": {"label": "linear SVM"}}}))
    assert caught.value.sentences == (
        "configuration: classifiers.rbf_svm.label is linear SVM, expected another one than that of "
        "classifiers.linear_svm",
    )


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


LOGISTIC = DEFAULT["classifiers"]["logistic_regression"]
FOREST = "sklearn.ensemble.RandomForestClassifier"
KNN = {"class": "sklearn.neighbors.KNeighborsClassifier", "parameters": {}, "grid": {}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"parameters": {"C": 1.0}}, "parameters.C is set under grid, too, expected one of them"),
        ({"parameters": {"random_state": 5}}, "parameters.random_state is given, expected none"),
        ({"grid": {"random_state": [5, 6]}}, "grid.random_state is given, expected none"),
        ({"parameters": {"n_jobs": 100_000}}, "parameters.n_jobs is 100000, expected none, or -1 to 64"),
        ({"grid": {"n_jobs": [1, True]}}, "grid.n_jobs is true, expected none, or -1 to 64"),
        ({"parameters": {"tol": math.nan}}, "parameters.tol is NaN, expected a number"),
        ({"grid": {"C": [1.0, math.nan]}}, "grid.C is NaN, expected a number"),
        ({"grid": {"C": [1.0] * 100, "tol": [1.0] * 30}}, "grid has 3000 combinations, expected at most 500"),
        ({"class": FOREST}, f"rotate is true, expected false: {FOREST} is not known to learn the same"),
        ({"class": "sklearn.naive_bayes.GaussianNB"}, "rotate is true, expected false"),
        ({"parameters": {"penalty": "l1"}}, "rotate is true, expected false: with penalty l1"),
        ({"parameters": {"l1_ratio": 0.5}}, "rotate is true, expected false: with l1_ratio 0.5"),
        ({"grid": {"penalty": ["l2", "elasticnet"]}}, "rotate is true, expected false: with penalty elasticnet"),
        (
            KNN | {"grid": {"metric": ["euclidean", "manhattan"]}},
            "rotate is true, expected false: with metric manhattan",
        ),
        (KNN | {"parameters": {"p": 1}}, "rotate is true, expected false: with p 1"),
    ],
)
def test_parameters_that_contradict_the_entry_are_refused(changes, sentence):
    entry = copy.deepcopy(LOGISTIC) | {"label": "mine"} | {"parameters": {}, "grid": {"C": [1.0]}} | changes
    with pytest.raises(StudyError) as caught:
        checked(merged(DEFAULT, {"classifiers": {"mine": entry}}), SCHEMA, DEFAULT)
    assert caught.value.sentences[0].startswith(f"configuration: classifiers.mine.{sentence}")


@pytest.mark.parametrize("changes", [KNN, {"class": FOREST, "components": 5}, {"parameters": {"n_jobs": -1}}])
def test_valid_parameters_are_accepted(changes):
    entry = copy.deepcopy(LOGISTIC) | {"label": "mine", "grid": {}, "parameters": {}} | changes
    checked(merged(DEFAULT, {"classifiers": {"mine": entry}}), SCHEMA, DEFAULT)


def test_paths_have_home_and_variables_expanded(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("PLACE", "b")
    for path, expected in {
        "~/a": "/home/me/a",
        "$HOME/a": "/home/me/a",
        "${HOME}/a/$PLACE.tar": "/home/me/a/b.tar",
        "data/a b": "data/a b",
        "data/~a": "data/~a",
    }.items():
        assert expanded_path(path) == expected
    (tmp_path / "$PLACE").mkdir()
    assert expanded_path("$PLACE") == "$PLACE", "a folder of exactly that name"
    for path, word in {
        "$NOWHERE/a": "NOWHERE is not set",
        "${NO}/a": "NO is not set",
        "~nobody-x/a": "the user ~nobody-x does not exist",
    }.items():
        with pytest.raises(StudyError, match="configuration: dataset is ") as caught:
            expanded_path(path)
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("data/{split}", "with { in it, expected a path without braces"),
        ("data/}", "with } in it, expected a path without braces"),
        ("<results>/x", "with < in it, expected a path without braces"),
        ("a" * 5000, "(5000 characters), expected a path of at most 3000 bytes"),
        ("data/" + "ж" * 128, "expected names of at most 255 bytes each"),
        ("a\nb", "with the character U+000A, expected a path of plain text"),
    ],
)
def test_paths_that_snakemake_or_the_file_system_cannot_use_are_refused(path, sentence):
    with pytest.raises(StudyError) as caught:
        checked(DEFAULT | {"dataset": path}, SCHEMA, DEFAULT)
    assert sentence in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_study_that_is_too_large_is_refused_with_its_size():
    many = [i / 1e6 for i in range(8000)]
    total = 8000 + sum(size["models"] for size in size_of(DEFAULT).values())
    for changes, sentence in (
        ({"vary": {"lambda": many}}, f"ask for {total} models, expected at most 2000; the largest, big, asks for 8000"),
        ({"vary": {"rho": [0.1] * 60, "beta": [1.0] * 97}, "seeds": 8}, "big, asks for 46560"),
        ({"vary": {"together": {"rho": [0.1] * 60, "beta": [1.0] * 50}}, "classifiers": []}, "big, asks for 3000"),
        (
            {"vary": [{"rho": [0.1] * 300}, {"rho": [0.2] * 750}]},
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
