"""The time left follows from the work of the jobs, corrected by what the run has measured."""

import pytest

from lib.costs.progress import PRIOR_SECONDS, PRIOR_SHARE, Planned, Progress


def test_the_time_left_is_the_work_spread_over_the_cores_or_the_longest_chain():
    apart = Progress({number: Planned("a", 10.0) for number in range(6)}, cores=2)
    assert apart.seconds_left(0.0) == pytest.approx(30.0)
    chain = {number: Planned("a", 10.0, after=frozenset([number - 1] if number else [])) for number in range(6)}
    assert Progress(chain, cores=2).seconds_left(0.0) == pytest.approx(60.0)
    wide = Progress({number: Planned("a", 10.0, cores=2) for number in range(6)}, cores=2)
    assert wide.seconds_left(0.0) == pytest.approx(60.0)


def test_measured_jobs_correct_their_own_kind_most():
    jobs = {f"{kind}{number}": Planned(kind, 10.0) for kind in "ab" for number in range(20)}
    progress = Progress(jobs, cores=1)
    assert progress.factor("a") == progress.factor("b") == 1.0
    for number in range(10):
        progress.finish(f"a{number}", 30.0)
    prior = PRIOR_SECONDS + PRIOR_SHARE * 400.0
    general = (300.0 + prior) / (100.0 + prior)
    assert progress.factor("b") == pytest.approx(general)
    assert progress.factor("a") == pytest.approx((300.0 + 10.0 * general) / 110.0)
    left = 10 * 10.0 * progress.factor("a") + 20 * 10.0 * progress.factor("b")
    assert progress.seconds_left(0.0) == pytest.approx(left)


def test_short_jobs_at_the_start_say_little_about_long_ones():
    jobs = {f"short{number}": Planned("train", 1.0) for number in range(5)}
    jobs |= {f"long{number}": Planned("train", 600.0) for number in range(20)}
    progress = Progress(jobs, cores=1)
    for number in range(5):
        progress.finish(f"short{number}", 20.0)
    assert 12_000.0 < progress.seconds_left(0.0) < 24_000.0, "not twenty times as long as predicted"


def test_the_share_grows_while_a_job_runs_never_falls_and_is_whole_at_the_end_alone():
    progress = Progress({"a": Planned("a", 10.0), "b": Planned("b", 10.0)}, cores=1)
    assert progress.share(0.0) == 0.0
    progress.start("a", 0.0)
    assert progress.share(5.0) == pytest.approx(0.25)
    before = progress.share(9.0)
    progress.stop("a")
    assert progress.share(9.0) == before, "a failed job takes nothing back"
    progress.finish("a", 1000.0)
    progress.start("b", 10.0)
    assert progress.share(1e9) < 1.0
    progress.finish("b", 1.0)
    assert progress.share(1e9) == 1.0
    assert progress.seconds_left(1e9) == 0.0


def test_a_job_that_takes_longer_than_predicted_is_expected_to_go_on():
    progress = Progress({"a": Planned("a", 10.0)}, cores=1)
    progress.start("a", 0.0)
    assert progress.seconds_left(100.0) == pytest.approx(10.0)


def test_a_second_end_and_an_unknown_job_count_for_nothing():
    progress = Progress({"a": Planned("a", 10.0)}, cores=1)
    for job in ("a", "a", "other"):
        progress.finish(job, 10.0)
    assert progress.finished == 1
    assert progress.factor("a") == pytest.approx(1.0)


def test_jobs_that_wait_for_each_other_are_refused():
    with pytest.raises(ValueError, match="2 jobs wait for each other"):
        Progress({"a": Planned("a", 1.0, after=frozenset("b")), "b": Planned("b", 1.0, after=frozenset("a"))}, cores=1)
