"""Tasks wait for their predecessors and for free cores."""

import pytest

from lib.costs.schedule import Task, schedule


def test_independent_tasks_share_the_cores():
    found = schedule([Task(2.0, 1, 10, set()) for _ in range(4)], 2)
    assert (found.seconds, found.memory, found.chain) == (4.0, 20, 2.0)


def test_a_chain_takes_as_long_on_many_cores():
    chain = [Task(1.0, 1, 5, {number - 1} if number else set()) for number in range(3)]
    assert (schedule(chain, 8).seconds, schedule(chain, 8).chain, schedule(chain, 8).memory) == (3.0, 3.0, 5)


def test_a_task_that_asks_for_too_many_cores_gets_all_of_them():
    assert schedule([Task(1.0, 4, 1, set()), Task(1.0, 1, 1, set())], 2).seconds == 2.0


def test_a_small_task_overtakes_a_large_one_that_does_not_fit():
    assert schedule([Task(2.0, 1, 1, set()), Task(1.0, 2, 1, set()), Task(2.0, 1, 1, set())], 2).seconds == 3.0


def test_no_tasks_take_no_time():
    assert schedule([], 2).seconds == 0


def test_tasks_that_wait_for_each_other_are_refused():
    with pytest.raises(ValueError, match="2 tasks wait for each other"):
        schedule([Task(1.0, 1, 1, {1}), Task(1.0, 1, 1, {0})], 2)
