"""Every rule has words, and jobs are named by their settings."""

import re
from pathlib import Path

import pytest
import yaml

from lib.study.experiments import expand
from lib.words import language
from lib.words.durations import duration
from lib.words.jobs import JobNames, _phrases

ROOT = Path(__file__).parents[3]
CONFIG = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
LABELS = {name: settings["label"] for name, settings in CONFIG["classifiers"].items()}


@pytest.fixture(scope="module")
def names():
    return JobNames(expand(CONFIG), LABELS)


@pytest.fixture(autouse=True)
def english_again():
    yield
    language.use()


def test_every_rule_with_a_script_has_words():
    texts = [path.read_text() for path in (ROOT / "workflow" / "rules").glob("*.smk")]
    bodies = [body for text in texts for body in re.split(r"^ *rule (?=\w+:$)", text, flags=re.MULTILINE)[1:]]
    rules = {body.partition(":")[0] for body in bodies if "script:" in body}
    assert "train_model" in rules
    assert rules <= set(_phrases()), f"lib/words/jobs.py lacks {sorted(rules - set(_phrases()))}"


def test_a_training_is_named_by_what_differs_from_the_default_model(names):
    study = names.study
    default = study.default[0]
    assert names.of("train_model", {"model": default}).done == "trained autoencoder, seed 0"
    for model in study.models:
        words = names.of("train_model", {"model": model})
        assert words.running.removeprefix("training ") == words.done.removeprefix("trained ")
    every = [names.of("train_model", {"model": model}).done for model in study.models]
    assert len(set(every)) == len(every), "two models have the same words"


def test_evaluations_have_different_words(names):
    every = [
        names.of("classify", {"features": features, "view": view, "classifier": classifier}).done
        for features, view, classifier in names.study.evaluations
    ]
    assert len(set(every)) == len(every)
    assert "classified by random forest: pixels, seed 0" in every


def test_a_rule_without_words_and_wildcards_of_another_study_are_named_as_they_are(names):
    assert names.of("my_rule", {"sample": "x1"}).done == "my rule, x1"
    assert names.of("train_model", {"model": "other"}).running == "training other"


def test_words_follow_the_language(names):
    language.use(ROOT / "report" / "ru.po")
    assert names.of("train_model", {"model": names.study.default[0]}).done == "обучено: автокодировщик, зерно 0"
    assert duration(150) == "2,5 мин"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "0 s"), (89, "89 s"), (150, "2.5 min"), (840, "14 min"), (5400, "1.5 h"), (72_000, "20 h")],
)
def test_durations_have_the_unit_that_suits_them(seconds, text):
    assert duration(seconds) == text
