"""Experiments have the titles and questions of the configuration, which are markup nowhere."""

import re

import pytest
from snakemake.io import apply_wildcards

from lib.base.errors import StudyError
from lib.study.experiments import expand
from lib.study.schema import read_schema
from lib.study.validation import checked
from lib.words import language
from lib.words.markup import markdown, without_wildcards
from lib.words.names import Heading, heading, stated_headings, without_headings
from tests.unit.hostile import ALL
from tests.unit.study.test_validation import CONFIG, DEFAULT


def test_an_experiment_has_its_title_and_question_or_goes_by_its_name():
    experiments = {"a": {"title": "My title", "question": "Why?", "vary": {}}, "my_own": {"vary": {}}, "off": False}
    stated = stated_headings(experiments)
    assert stated == {"a": {"title": "My title", "question": "Why?"}, "my_own": {}}
    assert without_headings(experiments) == {"a": {"vary": {}}, "my_own": {"vary": {}}, "off": False}
    assert heading("a", stated) == Heading("My title", "Why?")
    assert heading("my_own", stated) == Heading("my own", "")
    assert heading("off", stated) == Heading("off", "")
    assert heading("default", stated).title == "Default settings"


def test_titles_of_the_default_study_are_translated_and_titles_of_users_stay():
    stated = stated_headings(DEFAULT["experiments"]) | {"a": {"title": "My title"}}
    language.use(CONFIG.parent / "report" / "ru.po")
    try:
        assert heading("rho", stated).title == "Средняя активация ρ"
        assert heading("default", stated).question.startswith("Что выучивает")
        assert heading("a", stated) == Heading("My title", "")
    finally:
        language.use()


@pytest.mark.parametrize("kind", ALL)
def test_no_title_is_markup_in_the_notebook(kind):
    """Every character of punctuation has a backslash, which is how CommonMark and Jupyter show it as it is."""
    text = markdown(ALL[kind])
    assert "\n" not in text
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text) == " ".join(ALL[kind].split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[*_`<>$&#\[\]{}|~!]", re.sub(r"\\[!-/:-@\[-`{-~]", "", text))


@pytest.mark.parametrize("kind", ALL)
def test_no_title_is_a_wildcard_in_the_report_of_snakemake(kind):
    shown = apply_wildcards(without_wildcards(ALL[kind]), {})
    assert shown.replace("\u2060", "") == ALL[kind]


def test_a_configuration_may_state_a_title_and_a_question_as_text():
    schema = read_schema(CONFIG / "schema.yaml")
    own = {"title": "Mine", "question": "Why?", "vary": {"rho": [0.1]}}
    assert checked(DEFAULT | {"experiments": {"mine": own}}, schema, DEFAULT)["experiments"]["mine"]["title"] == "Mine"
    with pytest.raises(StudyError, match=r"experiments\.mine\.title is 2026, expected text.*put the text in quotes"):
        checked(DEFAULT | {"experiments": {"mine": own | {"title": 2026}}}, schema, DEFAULT)


def test_titles_change_no_job():
    own = {"vary": {"rho": [0.1, 0.2]}}
    plain, named = (expand(DEFAULT | {"experiments": {"mine": one}}) for one in (own, own | {"title": "Mine"}))
    assert plain == named
