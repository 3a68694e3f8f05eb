"""A study states its changes: what its experiments inherit, which are evaluated, and in which language texts are."""

import pytest
import yaml

from lib.base.errors import StudyError
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA

KNOWN = DEFAULT["experiments"]
CLASSIFIER = DEFAULT["classifiers"]["random_forest"] | {"label": "trees"}


def study(text):
    """Return the checked configuration of a study in YAML."""
    return checked(yaml.safe_load(text), SCHEMA, DEFAULT)


def on(config):
    """Return the names of the experiments that are evaluated."""
    return [name for name, experiment in config["experiments"].items() if experiment]


def test_an_experiment_without_vary_changes_just_the_keys_that_it_sets():
    rho = study("experiments: {rho: {seeds: 2, set: {beta: 1}}}")["experiments"]["rho"]
    assert rho == KNOWN["rho"] | {"seeds": 2, "set": {"beta": 1.0}}


def test_an_experiment_with_vary_inherits_nothing():
    config = study("experiments: {activation: {vary: {hidden: [[9], [8]]}}}")
    assert config["experiments"]["activation"] == {"vary": {"hidden": [[9], [8]]}}
    config = study("experiments: {rho: {inherit: false, vary: {rho: [0.1]}}}")
    assert config["experiments"]["rho"] == {"vary": {"rho": [0.1]}}


def test_an_experiment_inherits_if_it_says_so():
    config = study("experiments: {activation: {inherit: true, vary: {hidden: [[9], [8]]}}}")
    assert config["experiments"]["activation"] == KNOWN["activation"] | {"vary": {"hidden": [[9], [8]]}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("{mine: {inherit: true, vary: {rho: [0.1]}}}", "the default study has no experiment mine to inherit from"),
        ("{best: {inherit: true, vary: {rho: [0.1]}}}", "the default study has no experiment best to inherit from"),
        (
            "{roh: {inherit: true, vary: {rho: [0.1]}}}",
            r"no experiment roh \(did you mean rho\?\) to inherit from; its",
        ),
        ("{rho: {inherit: false, seeds: 2}}", r"experiments\.rho lacks the key vary$"),
        ("{best: {seeds: 2}}", r"experiments\.best lacks the key vary$"),
    ],
)
def test_there_must_be_something_to_inherit(changes, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(f"experiments: {changes}")


def test_only_the_named_experiments_are_evaluated():
    config = study("{only: [mine, learners], experiments: {mine: {vary: {rho: [0.1]}}, other: {vary: {rho: [0.2]}}}}")
    assert on(config) == ["learners", "mine"]
    assert "only" not in config
    assert on(checked(config, SCHEMA, DEFAULT)) == on(config), "the stored configuration means the same"
    assert on(study("only: []")) == []
    assert on(study("{}")) == [name for name, experiment in KNOWN.items() if experiment]
    assert on(study("{only: [rho], experiments: {pooling: false}}")) == ["rho"], "switching off twice is no fault"


@pytest.mark.parametrize(
    ("changes", "classifiers"),
    [
        ("{only: [one], experiments: {one: {vary: {rho: [0.1]}, classifiers: [linear_svm]}}}", {"linear_svm"}),
        (
            "{only: [one], experiments: {one: {vary: {rho: [0.1]}, classifiers: [linear_svm]}}, "
            "classifiers: {random_forest: {grid: {}}}}",
            {"linear_svm", "random_forest"},
        ),
        ("{only: [one], experiments: {one: {vary: {rho: [0.1]}}}}", set(DEFAULT["classifiers"])),
        ("{only: [one], experiments: {one: {vary: {rho: [0.1]}, classifiers: []}}}", set(DEFAULT["classifiers"])),
        ("only: []", set(DEFAULT["classifiers"])),
    ],
)
def test_only_the_classifiers_of_the_named_experiments_are_trained(changes, classifiers):
    config = study(changes)
    assert {name for name, entry in config["classifiers"].items() if entry} == classifiers
    evaluated = {classifier for _model, _view, classifier in expand(config).evaluations}
    assert evaluated == classifiers, "the default features are evaluated by the same classifiers"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ("only: [lerners]", r"only names lerners \(did you mean learners\?\), expected some of learners, pooling, "),
        ("{only: [rho], experiments: {rho: false}}", r"only names rho, but experiments\.rho is false, expected one of"),
        ("only: [best]", "only names best, which the default study only reserves, expected an entry for it in exp"),
        ("only: rho", 'only is "rho", expected a list'),
        ("only: [rho, rho]", "expected a list of different entries"),
    ],
)
def test_faults_of_only(changes, sentence):
    with pytest.raises(StudyError, match=sentence):
        study(changes)


def test_a_new_classifier_evaluates_the_default_settings_and_experiments_that_have_no_list_or_name_it():
    config = checked(
        {
            "only": ["learners", "classifiers", "stride", "mine"],
            "classifiers": {"trees": CLASSIFIER},
            "experiments": {
                "learners": {"classifiers": ["logistic_regression", "trees"]},
                "mine": {"vary": {"rho": [0.1]}},
            },
        },
        SCHEMA,
        DEFAULT,
    )
    experiments = expand(config).experiments
    has = {name: "trees" in experiment.classifiers for name, experiment in experiments.items()}
    assert has == {"default": True, "learners": True, "classifiers": True, "stride": False, "mine": True}
    assert experiments["learners"].classifiers == ["logistic_regression", "trees"]
    assert len(experiments["learners"].combinations) == 6, "the rest of the default experiment stays"


def test_texts_are_in_the_language_of_the_report():
    texts = """
        report: {language: %s, title: {en: Report, ru: Отчёт}}
        classifiers: {random_forest: {label: {en: trees, ru: деревья}}}
        experiments: {rho: {title: {en: Target, ru: Цель}, question: plain, comment: {en: Fine, ru: Да}}}
    """
    for language, expected in (
        ("en", ["Report", "trees", "Target", "Fine"]),
        ("ru", ["Отчёт", "деревья", "Цель", "Да"]),
    ):
        config = study(texts % language)
        rho = config["experiments"]["rho"]
        found = [config["report"]["title"], config["classifiers"]["random_forest"]["label"], rho["title"]]
        assert [*found, rho["comment"]] == expected
        assert rho["question"] == "plain"
        assert config["experiments"]["lambda"]["title"] == KNOWN["lambda"]["title"]


@pytest.mark.parametrize(
    ("title", "sentence"),
    [
        ("{ru: Цель}", "experiments.rho.title has the languages ru, expected en, too: the report is in that language"),
        ("{}", "experiments.rho.title has the languages none, expected en"),
        ("{en: A, de: B}", "experiments.rho.title has the unknown key de; the keys are en, ru"),
        ("{en: 5}", "experiments.rho.title.en is 5, expected text of at most 200 characters; put the text in quotes"),
        ("[A]", 'experiments.rho.title is ["A"], expected text of at most 200 characters'),
    ],
)
def test_faults_of_texts(title, sentence):
    with pytest.raises(StudyError) as caught:
        study(f"experiments: {{rho: {{title: {title}}}}}")
    assert caught.value.sentences[0].startswith(f"configuration: {sentence}")


def test_a_study_of_another_learner_does_not_inherit_the_title_of_the_report():
    pca = {"study": "components", "defaults": {"learner": "pca"}}
    assert completed_title(pca) == "The study “components”"
    assert completed_title({**pca, "report": {"language": "ru"}}) == "Исследование «components»"
    assert completed_title({**pca, "report": {"title": "Principal components"}}) == "Principal components"
    assert completed_title({"study": "mine", "defaults": {"rho": 0.1}}) == DEFAULT["report"]["title"]


def completed_title(changes):
    return checked(changes, SCHEMA, DEFAULT)["report"]["title"]


def test_names_that_are_spelt_alike_are_suggested():
    for changes, sentence in (
        ("{rho: {classifiers: [linear_svn]}}", r"classifiers names linear_svn \(did you mean linear_svm\?\), expected"),
        ("{rho: {axis: roh}}", r"axis is roh \(did you mean rho\?\), expected one of the settings that vary: rho"),
    ):
        with pytest.raises(StudyError, match=sentence):
            expand(study(f"experiments: {changes}"))


@pytest.fixture
def files(tmp_path):
    """A folder with studies: b extends a, c extends b, and d and e extend each other; config/ has g."""
    texts = {
        "a": "study: a\nfolds: 0\nonly: [one]\nexperiments: {one: {title: One, vary: {stride: [8, 4], rho: [0.1]}}}",
        "b": "study: b\nextends: a.yaml\nonly: [one, two]\n"
        "experiments: {one: {vary: {stride: [2]}}, two: {vary: {beta: [1, 2]}}}",
        "c": "study: c\nextends: b.yaml\nonly: [one, two]\nexperiments: {two: false}\nclassifiers: {linear_svm: false}",
        "d": "study: d\nextends: e.yaml",
        "e": "study: e\nextends: d.yaml",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "g.yaml").write_text("study: g")
    return tmp_path


def test_a_study_extends_another_key_by_key(files):
    assert extended({"study": "x"}, files, DEFAULT) == {"study": "x"}
    found = extended(yaml.safe_load((files / "b.yaml").read_text()), files, DEFAULT)
    one = {"title": "One", "vary": {"stride": [2], "rho": [0.1]}}
    assert found == {"study": "b", "folds": 0, "only": ["one", "two"]} | {
        "experiments": {"one": one, "two": {"vary": {"beta": [1, 2]}}}
    }
    found = extended(yaml.safe_load((files / "c.yaml").read_text()), files, DEFAULT)
    assert found == {"study": "c", "folds": 0, "only": ["one", "two"], "experiments": {"one": one}} | {
        "classifiers": {"linear_svm": False}
    }


def test_an_experiment_that_the_extended_study_would_leave_out_is_refused(files):
    child = {"study": "x", "extends": "a.yaml", "experiments": {"mine": {"vary": {"beta": [1, 2]}}}}
    with pytest.raises(StudyError, match=r"experiments\.mine would not be evaluated: only is \[\"one\"\] in a.yaml"):
        extended(child, files, DEFAULT)
    assert "mine" in extended(child | {"only": ["mine"]}, files, DEFAULT)["experiments"]
    assert extended(child | {"experiments": {"one": {"seeds": 2}}}, files, DEFAULT)["only"] == ["one"]


def test_what_an_experiment_varies_is_replaced_where_it_varies_another_setting(tmp_path):
    parent = {"experiments": {"e": {"title": "A", "vary": {"rho": [0.01, 0.1], "stride": [8, 4]}}}}
    (tmp_path / "parent.yaml").write_text(yaml.safe_dump({"study": "parent"} | parent))
    child = {"study": "child", "extends": "parent.yaml"}
    found = [
        extended(child | {"experiments": {"e": {"vary": vary}}}, tmp_path, DEFAULT)["experiments"]["e"]
        for vary in ({"beta": [3.0, 0.0]}, {"rho": [0.2, 0.3]}, [{"beta": [3.0, 0.0]}])
    ]
    assert found[0] == {"title": "A", "vary": {"beta": [3.0, 0.0]}}
    assert found[1] == {"title": "A", "vary": {"rho": [0.2, 0.3], "stride": [8, 4]}}
    assert found[2] == {"title": "A", "vary": [{"beta": [3.0, 0.0]}]}


def test_only_leaves_out_classifiers_of_the_extended_study_that_no_named_experiment_uses(tmp_path):
    entries = "{lasting: {label: L}, mine: {label: M}, unused: {label: U}, random_forest: {label: F}}"
    experiments = "{one: {vary: {stride: [2]}, classifiers: [lasting]}, two: {vary: {stride: [4]}}}"
    (tmp_path / "a.yaml").write_text(f"study: a\nclassifiers: {entries}\nexperiments: {experiments}")

    def classifiers(**own):
        return list(extended({"study": "x", "extends": "a.yaml", **own}, tmp_path, DEFAULT)["classifiers"])

    everything = ["lasting", "mine", "unused", "random_forest"]
    assert classifiers(only=["one"]) == ["lasting"]
    assert classifiers(only=["one"], classifiers={"mine": {"rotate": True}}) == ["lasting", "mine"]
    assert classifiers() == everything
    assert classifiers(only=["one", "two"]) == everything, "an experiment without a list uses all"
    assert classifiers(only=["one"], experiments={"one": {"classifiers": []}}) == everything
    assert classifiers(only="one") == classifiers(only=[["one"]]) == everything


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"study": "x", "extends": "g.yaml"}, r"is g.yaml \(did you mean config/g.yaml\?\), which does not exist"),
        ({"study": "x", "extends": "f"}, "extends is f, which does not exist, expected the file of a study, as seen"),
        ({"study": "x", "extends": ["a.yaml"]}, r'extends is \["a.yaml"\], expected the file of a study'),
        ({"extends": "a.yaml"}, "has no key study, expected a name other than that of a.yaml"),
        ({"study": "x", "extends": "d.yaml"}, "d.yaml extends e.yaml extends d.yaml, expected no circle"),
        ({"study": "x", "extends": "config/config.yaml"}, "expected another study: every study extends this one"),
    ],
)
def test_a_study_that_cannot_be_extended_is_refused_in_one_sentence(files, changes, sentence):
    with pytest.raises(StudyError, match=sentence):
        extended(changes, files, DEFAULT)
