"""The page on faults lists what the tests inject, and was written by them."""

from tests.faults.faults import FAULTS
from tests.faults.page import PAGE, outcomes_of, shortened, written


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
