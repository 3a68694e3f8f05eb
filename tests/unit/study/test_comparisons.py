"""What the question of an experiment compares: pairs that differ in the keys of the comparison alone."""

import pytest

from lib.base.errors import StudyError
from lib.study.comparisons import Comparison, pairs
from lib.study.experiments import expand
from lib.study.validation import checked
from tests.unit.study.test_validation import DEFAULT, SCHEMA

BOTH = ["random_forest", "logistic_regression"]
VARY = {"stride": [8, 4], "rho": [0.01, 0.05]}


def experiment(*comparisons, classifiers=BOTH, vary=VARY):
    stated = {"vary": vary, "classifiers": classifiers, "compare": list(comparisons)}
    return expand(checked({"study": "s", "experiments": {"one": stated}}, SCHEMA, DEFAULT)).experiments["one"]


def found(entry, **changes):
    one = experiment(entry, **changes)
    return [
        ((pair.cell.setting, pair.cell.classifier), (pair.reference.setting, pair.reference.classifier), pair.judged)
        for pair in pairs(one.comparisons[0], one.cells(one.comparisons[0].measure))
    ]


def test_settings_are_compared_at_each_level_of_the_other_keys():
    # settings: (8, 0.01), (8, 0.05), (4, 0.01), (4, 0.05)
    assert found({"measure": "accuracy", "with": {"stride": 8}}, classifiers=BOTH[:1]) == [
        ((2, "random_forest"), (0, "random_forest"), True),
        ((3, "random_forest"), (1, "random_forest"), True),
    ]


def test_classifiers_are_a_key_as_the_settings_are():
    stated = {"measure": "accuracy", "with": {"classifier": "random_forest"}}
    assert found(stated, vary={"stride": [8, 4]}) == [
        ((0, "logistic_regression"), (0, "random_forest"), True),
        ((1, "logistic_regression"), (1, "random_forest"), True),
    ]


def test_settings_that_one_of_two_learners_does_not_have_do_not_distinguish_them():
    vary = [{"learner": ["pca"]}, {"learner": ["hebbian"], "rule": ["oja", "sanger"], "learning_rate": [0.05]}]
    one = {"classifiers": BOTH[:1], "vary": vary}
    stated = {"measure": "accuracy", "with": {"learner": "pca"}}
    places = [(number, 0) for number in (1, 2)]
    assert [(cell[0], other[0]) for cell, other, _ in found(stated, **one)] == places
    at_oja = found(stated | {"at": {"rule": ["oja"]}}, **one)
    assert [judged for *_, judged in at_oja] == [True, False]
    rules = found({"measure": "accuracy", "with": {"rule": "oja"}}, **one)
    assert [(cell[0], other[0]) for cell, other, _ in rules] == [(2, 1)], "PCA has no rule that could differ"


def test_errors_in_different_units_are_not_compared():
    stated = {"measure": "held_out_error", "with": {"whiten": False}}
    with pytest.raises(StudyError, match="expected settings with the same centre, whiten, scaling: these set the unit"):
        experiment(stated, vary={"whiten": [False, True], "decoder": ["linear"]})


def test_an_answer_is_judged_at_the_stated_levels_alone():
    stated = {"measure": "accuracy", "with": {"stride": 8}, "at": {"rho": [0.05]}}
    assert [judged for *_, judged in found(stated, classifiers=BOTH[:1])] == [False, True]


def test_only_the_stated_values_are_compared():
    stated = {"measure": "accuracy", "with": {"stride": 8}, "of": {"stride": [4]}}
    assert [pair[0][0] for pair in found(stated, classifiers=BOTH[:1], vary={"stride": [8, 2, 4]})] == [2]


def test_an_experiment_without_comparisons_has_none():
    assert experiment({"measure": "accuracy", "with": {"stride": 8}}).comparisons == [
        Comparison("accuracy", {"stride": 8})
    ]
    assert expand(DEFAULT | {"experiments": {"one": {"vary": VARY}}}).experiments["one"].comparisons == []


ACCURACY = {"measure": "accuracy"}


@pytest.mark.parametrize(
    ("entry", "part"),
    [
        (ACCURACY, "compare.0 lacks the key with"),
        (ACCURACY | {"with": {"beta": 3.0}}, "compare.0.with has the key beta, expected some of those that vary: stri"),
        (ACCURACY | {"with": {"stride": 5}}, "compare.0.with.stride has 5, expected a value that occurs: 8, 4"),
        (ACCURACY | {"with": {"stride": 8}, "of": {"rho": [0.05]}}, "compare.0.of has the key rho, expected keys of"),
        (ACCURACY | {"with": {"stride": 8}, "at": {"stride": [4]}}, "compare.0.at has the key stride, expected other"),
        (ACCURACY | {"with": {"classifier": "random_forests"}}, "random_forests (did you mean random_forest?), expec"),
        (ACCURACY | {"with": {"stride": 8}, "of": {"stride": [8]}}, "compare.0 compares nothing"),
        ({"measure": "gap", "with": {"stride": 8}}, "compare.0.measure is gap, which only networks that are fine_tun"),
        ({"measure": "loss", "with": {"stride": 8}}, "compare.0 has the measure loss and other keys"),
        (
            {"measure": "size", "with": {"stride": 8}},
            'compare.0.measure is "size", expected one of accuracy, macro_f1, gap',
        ),
        (ACCURACY | {"with": {"stride": "wide"}}, 'compare.0.with.stride is "wide", expected a whole number'),
        (ACCURACY | {"with": {"colour": 8}}, "with has the unknown key colour"),
        (ACCURACY | {"with": {"stride": 8}, "expect": "worse"}, 'compare.0.expect is "worse", expected one of bette'),
    ],
)
def test_a_comparison_that_means_nothing_is_one_sentence(entry, part):
    with pytest.raises(StudyError) as caught:
        experiment(entry)
    assert part in " ".join(caught.value.sentences)
    assert "one" in caught.value.sentences[0]


def test_without_classifiers_there_is_nothing_to_compare():
    with pytest.raises(StudyError, match="the experiment has no classifiers"):
        experiment(ACCURACY | {"with": {"stride": 8}}, classifiers=[])


ERROR = {"measure": "held_out_error"}


@pytest.mark.parametrize("classifiers", [[], BOTH])
def test_errors_of_models_are_compared_without_classifiers(classifiers):
    stated = ERROR | {"with": {"rho": 0.01}}
    assert found(stated, classifiers=classifiers, vary={"rho": [0.01, 0.05]}) == [((1, ""), (0, ""), True)]


@pytest.mark.parametrize(
    ("entry", "vary", "part"),
    [
        (
            ERROR | {"with": {"classifier": "random_forest"}},
            VARY,
            "with has the key classifier, expected some of those",
        ),
        (ERROR | {"with": {"learner": "autoencoder"}}, {"learner": ["autoencoder", "ica", "kmeans"]}, ": ica, kmeans"),
        (ERROR | {"with": {"rho": 0.01}}, [{"rho": [0.01]}, {"together": {"rho": [0.01, 0.05]}}], "which these do not"),
    ],
)
def test_only_settings_that_reconstruct_have_an_error(entry, vary, part):
    with pytest.raises(StudyError) as caught:
        experiment(entry, vary=vary)
    assert part in caught.value.sentences[0]
