"""The page on faults lists what the tests inject, and was written by them; its stages are those of the study."""

from pathlib import PurePath

import yaml

from lib.study.experiments import expand
from lib.study.settings import Classifier
from lib.study.validation import checked
from tests.faults.faults import FAULTS, MODEL, PREPARED
from tests.faults.page import PAGE, outcomes_of, shortened, written
from tests.faults.project import MORE
from tests.unit.study.test_own_studies import stated
from tests.unit.study.test_validation import DEFAULT, SCHEMA, merged


def test_the_page_lists_the_faults_that_are_tried():
    page = PAGE.read_text(encoding="utf-8")
    assert list(outcomes_of(page)) == [fault.name for fault in FAULTS], "run `make test-faults`"
    assert written(outcomes_of(page)) == page, "run `make test-faults`"


def test_every_fault_has_a_name_and_a_pattern_of_its_own_kind():
    names = [fault.name for fault in FAULTS]
    assert len(set(names)) == len(names)
    assert all(fault.says for fault in FAULTS)


def test_lines_of_different_runs_are_equal_on_the_page():
    lines = [
        f"error: the study smoke is being run by process {number} on host since 2026-01-0{number} 00:00:00; wait"
        for number in (1, 2)
    ]
    assert shortened(lines[0]) == shortened(lines[1]) == "error: the study smoke is being run by process …; wait"
    assert shortened("36 %, 3.2 min left         3 s  drew the filters") == "… drew the filters"
    assert shortened("no memory (/home/a/.venv/lib/python3.11/site-packages/b.so: failed)") == (
        "no memory (…/site-packages/b.so: failed)"
    )


def test_the_stages_that_the_smoke_study_lacks_are_jobs_of_the_changed_one():
    config = checked(merged(stated("smoke.yaml"), yaml.safe_load(MORE)), SCHEMA, DEFAULT)
    study = expand(config)
    path = PurePath(PREPARED)
    where = (path.parts[-4], path.parts[-3])  # features and view
    entries = [Classifier.of(config["classifiers"][name]) for *one, name in study.evaluations if tuple(one) == where]
    assert [one.preparation for one in entries].count(path.stem) > 1, "several classifiers share the prepared objects"
    assert {model.settings["image_size"] for model in study.models.values()} == {32}


def test_the_model_that_faults_hit_is_one_of_the_smoke_study():
    assert MODEL in expand(checked(stated("smoke.yaml"), SCHEMA, DEFAULT)).models
