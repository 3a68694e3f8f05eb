"""Settings as data: what learners, views and classifiers depend on."""

from pathlib import Path

import pytest
import yaml

from lib.autoencoder import ACTIVATIONS, DECODERS, PENALTIES, SPARSITY, hidden_sizes
from lib.base.errors import StudyError
from lib.features.encodings import ENCODINGS, NATURAL
from lib.learners.registry import module_of
from lib.study.learners import LEARNERS, all_settings, effective, model_of
from lib.study.schema import read_schema
from lib.study.settings import NETWORK_SETTINGS, Classifier, View

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
DEFAULTS = CONFIG["defaults"]
SETTINGS = read_schema(ROOT / "config" / "schema.yaml")["$defs"]["settings"]["properties"]


@pytest.mark.parametrize("hidden", [[5], [5, 5], [5, 4, 5], [5, 4], [5, 4, 4], [3, 2, 2, 3], [1, 2, 3]])
def test_hidden_layers_are_checked_as_the_autoencoder_does(hidden):
    try:
        hidden_sizes(hidden)
    except ValueError:
        with pytest.raises(StudyError, match="expected a symmetric list"):
            effective("a", DEFAULTS | {"hidden": hidden})
    else:
        assert effective("a", DEFAULTS | {"hidden": hidden})["hidden"] == hidden


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "kl"),
        ({"penalty": "l1"}, "l1"),
        ({"activation": "relu"}, "l1"),
        ({"activation": "relu", "beta": 0.0}, "l1"),
        ({"penalty": "l1", "beta": 0.0}, "kl"),
    ],
)
def test_the_penalty_takes_effect_where_there_is_a_choice(changes, expected):
    assert effective("a", DEFAULTS | changes)["penalty"] == expected


@pytest.mark.parametrize("name", LEARNERS)
def test_learners_are_described_as_they_are(name):
    learner = LEARNERS[name]
    assert module_of(name).is_file()
    assert learner.settings[-1] == "seed"
    assert set(learner.layers) <= set(learner.settings)
    assert {"patches", "patch_size", "image_size", "centre", "whiten"} <= set(learner.settings)
    if learner.checked:
        assert set(NETWORK_SETTINGS) - {"penalty", "sparsity"} <= set(learner.settings)


def test_the_schema_allows_what_the_code_knows():
    assert set(SETTINGS["activation"]["enum"]) == set(ACTIVATIONS)
    assert set(SETTINGS["decoder"]["enum"]) == set(DECODERS)
    assert set(SETTINGS["sparsity"]["enum"]) == set(SPARSITY)
    assert set(SETTINGS["penalty"]["enum"]) == set(PENALTIES)
    assert set(SETTINGS["encoding"]["enum"]) == {NATURAL, *ENCODINGS}


def test_columns_have_the_settings_of_all_learners_once():
    settings = all_settings()
    assert settings[-1] == "seed"
    assert len(settings) == len(set(settings))
    assert set(settings) == {key for learner in LEARNERS.values() for key in learner.settings}


def test_layers_follow_from_the_settings_that_the_learner_names():
    assert model_of("autoencoder", {"hidden": [9, 5, 9]}).layers == [9, 5, 9]
    assert model_of("kmeans", {"hidden": [9]}).layers == [9]


def test_a_view_has_defaults_for_all_but_layer_and_stride():
    view = View(1, 8)
    assert (view.encoding, view.threshold, view.pooling, view.mirror) == ("natural", 0.0, 0, False)


@pytest.mark.parametrize("name", CONFIG["classifiers"])
def test_a_classifier_is_its_entry_without_the_label(name):
    entry = CONFIG["classifiers"][name]
    classifier = Classifier.of(entry)
    assert classifier == Classifier.of({key: value for key, value in entry.items() if key != "label"})
    assert (classifier.path, classifier.components) == (entry["class"], entry.get("components", 0))
    assert classifier.rotates == (entry["rotate"] or entry.get("components", 0) > 0)
    expected = "standardised_rotated" if entry["standardise"] else "rotated"
    assert classifier.preparation == (expected if classifier.rotates else None)
