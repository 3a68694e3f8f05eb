"""One line per job that ended, the sentences of a failed one, and an end that says how to go on."""

import json
import logging
import threading

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from tests.unit.terminal.conftest import ROOT, ends, fails, record, starts

LOG = "2026-01-01 10:00:00,000 {level} {text}\n"


def test_a_job_that_ended_has_a_line_with_its_time_the_share_and_the_time_left(shown):
    display, stream, clock = shown(jobs=2)
    assert stream.lines == ["mine: 2 jobs on 1 core, about 20 s."]
    display.show(starts(1))
    clock.now = 10.0
    display.show(ends(1))
    assert stream.lines[1] == "50 %, 10 s left           10 s  draw charts"


def test_messages_of_snakemake_are_left_to_its_log_but_warnings_and_errors_are_shown(shown):
    display, stream, _ = shown()
    before = stream.text
    for text in ("Select jobs to execute...", "Execute 1 jobs...", "Using shell: /bin/bash"):
        display.show(record(message=text))
    display.show(record(LogEvent.PROGRESS, done=1, total=3))
    assert stream.text == before
    display.show(record(message="the disk is\nalmost full", level=logging.WARNING))
    display.show(record(LogEvent.ERROR, "WorkflowError:\nnothing fits", logging.ERROR, exception="WorkflowError"))
    assert stream.lines[1:] == ["warning: the disk is", "almost full", "error: WorkflowError:", "nothing fits"]


KILLED = (
    "killed (SIGKILL), most likely because memory ran out: free memory or run fewer jobs at once; "
    "the same command then goes on"
)


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        (
            LOG.format(level="INFO", text="a") + LOG.format(level="ERROR", text="x is 3, expected 2"),
            "x is 3, expected 2",
        ),
        (
            LOG.format(level="CRITICAL", text="unexpected error") + "Traceback (…)\n  File a\nValueError: no\n",
            "unexpected error: ValueError: no",
        ),
        (LOG.format(level="INFO", text="all is well"), KILLED),
        (None, KILLED),
    ],
    ids=["error", "unexpected", "silent", "without a log"],
)
def test_a_failed_job_shows_the_errors_of_its_log_and_the_path_of_the_log(shown, tmp_path, log, sentence):
    path = tmp_path / "job.log"
    if log:
        path.write_text(log)
    display, stream, _ = shown()
    display.show(starts(1, log=str(path)))
    command = "RuleException:\nCalledProcessError in file x, line 3:\nCommand 'python' died with <Signals.SIGKILL: 9>."
    display.show(record(LogEvent.ERROR, command, logging.ERROR, exception="RuleException"))
    display.show(fails(1))
    assert stream.lines[1:] == [f"error: draw charts: {sentence}", f"  log: {path}"]
    display.close()
    assert stream.lines[3:] == [
        "mine: 1 job failed.",
        "2 jobs did not run.",
        "The results of 0 jobs of this run are kept.",
        "Mend what the errors name, then run the same command: it goes on from here.",
        "Snakemake’s full text: full.log",
    ]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("slurmstepd-node1: error: Exceeded job memory limit", "ended by Slurm: Exceeded job memory limit"),
        (
            "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 12:00 DUE TO TIME LIMIT ***",
            "ended by Slurm: *** JOB 7 ON n1 CANCELLED AT 12:00 DUE TO TIME LIMIT ***",
        ),
        ("srun: error: node1: task 0: Exited with exit code 1", "ended without a message"),
    ],
)
def test_why_slurm_ended_a_job_is_found_in_its_own_log(shown, tmp_path, line, sentence):
    ours, theirs = tmp_path / "job.log", tmp_path / "7.log"
    ours.write_text(LOG.format(level="INFO", text="all is well"))
    theirs.write_text(f"host: n1\n{line}\nsrun: error\n")
    display, stream, _ = shown()
    display.show(starts(1, log=str(ours)))
    display.show(record(LogEvent.JOB_ERROR, level=logging.ERROR, jobid=1, log=[str(ours), str(theirs)]))
    assert stream.lines[1:] == [f"error: draw charts: {sentence}", f"  log: {ours}", f"  log: {theirs}"]


def test_why_slurm_refused_a_job_is_shown(shown, tmp_path):
    log = tmp_path / "job.log"
    message = (
        "SLURM sbatch failed. The error message was 'sbatch: error: invalid partition specified: nosuch\n"
        "sbatch: error: Batch job submission failed: Invalid partition name specified'.\n"
        "    sbatch call:\n        sbatch\n"
    )
    display, stream, _ = shown()
    display.show(starts(1, log=str(log)))
    display.show(record(LogEvent.JOB_ERROR, level=logging.ERROR, jobid=1, log=[str(log)], rule_msg=message))
    assert stream.lines[1].startswith(
        "error: draw charts: refused by Slurm: invalid partition specified: nosuch sbatch: error: Batch job submission"
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "OpenBLAS error: Memory allocation still failed after 10 retries, giving up.",
            "not enough memory (OpenBLAS error: Memory allocation still failed after 10 retries, giving up): free "
            "memory or run fewer jobs at once; the same command then goes on",
        ),
        ("terminate called without an active exception", "ended by itself: terminate called without an active exce"),
        ("", "ended without a message"),
    ],
)
def test_the_last_words_of_a_library_explain_the_end_of_a_job(shown, tmp_path, words, sentence):
    log = tmp_path / "job.log"
    log.write_text(LOG.format(level="INFO", text="all is well") + f"\nan earlier line\n{words}\n")
    if not words:
        log.write_text(LOG.format(level="INFO", text="all is well"))
    display, stream, _ = shown()
    display.show(starts(1, log=str(log)))
    display.show(record(LogEvent.JOB_ERROR, level=logging.ERROR, jobid=1, log=[str(log)]))
    assert stream.lines[1].startswith(f"error: draw charts: {sentence}")


def test_a_thread_without_memory_ends_in_silence_and_any_other_error_is_shown(monkeypatch):
    from snakemake_logger_plugin_study import failures

    shown = []
    monkeypatch.setattr(threading, "excepthook", lambda caught: shown.append(caught.exc_value))
    failures.silence_threads()
    for error in (RuntimeError("can't start new thread"), MemoryError(), KeyError("a fault")):

        def run(raised=error):
            raise raised

        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    assert [type(error) for error in shown] == [KeyError]


def test_of_a_failed_group_the_jobs_with_an_error_are_shown(shown, tmp_path):
    (tmp_path / "1.log").write_text(LOG.format(level="INFO", text="done"))
    (tmp_path / "2.log").write_text(LOG.format(level="ERROR", text="it broke"))
    display, stream, _ = shown()
    for number in (1, 2):
        display.show(starts(number, log=str(tmp_path / f"{number}.log")))
    infos = [{"jobid": number} for number in (1, 2)]
    display.show(record(LogEvent.GROUP_ERROR, level=logging.ERROR, aux_logs=["slurm.log"], job_error_info=infos))
    for number in (1, 2):
        display.show(fails(number))
    assert stream.lines[1:] == ["error: draw charts: it broke", f"  log: {tmp_path / '2.log'}"]


def test_a_job_that_fails_and_then_succeeds_is_no_failure(shown):
    display, stream, _ = shown(jobs=1)
    display.show(starts(1))
    display.show(fails(1))
    display.show(starts(1))
    display.show(ends(1))
    display.close()
    assert stream.lines[-1].startswith("mine: 1 job done in")


def test_an_interruption_reports_no_failures_and_says_how_to_go_on(shown, tmp_path):
    (tmp_path / "1.log").write_text(LOG.format(level="ERROR", text="interrupted; run the same command to resume"))
    display, stream, clock = shown()
    display.show(starts(1, log=str(tmp_path / "1.log")))
    display.show(starts(2))
    clock.now = 30.0
    display.show(ends(2))
    display.show(record(message="Terminating processes on user request, this might take some time."))
    display.show(fails(1))
    display.close()
    assert stream.lines[2:] == [
        "Stopping the jobs that run …",
        "mine: interrupted after 30 s.",
        "The results of 1 job of this run are kept.",
        "2 jobs are left; the same command goes on from here.",
    ]


def test_a_run_that_is_asked_to_end_finishes_its_jobs_and_is_no_failure(shown):
    display, stream, clock = shown()
    display.show(starts(1))
    for _ in range(2):
        display.show(record(message="Will exit after finishing currently running jobs (scheduler)."))
    clock.now = 30.0
    display.show(ends(1))
    display.close()
    assert stream.lines[1] == "Waiting for the jobs that run; no other job starts …"
    assert stream.lines[-3:] == [
        "mine: interrupted after 30 s.",
        "The results of 1 job of this run are kept.",
        "2 jobs are left; the same command goes on from here.",
    ]
    assert len(stream.lines) == 6


def finish(display, jobs):
    for number in range(1, jobs + 1):
        display.show(starts(number))
        display.show(ends(number))
    display.close()


def test_a_complete_study_ends_with_its_main_result_and_what_to_open(shown, tmp_path):
    folder = tmp_path / "results" / "mine"
    (folder / "report").mkdir(parents=True)
    answers = [
        {"leads": False, "answer": "Two."},
        {"leads": True, "answer": "64 % are edges."},
        {"leads": True, "answer": "This study has no experiment on this task."},
        {"leads": True, "answer": "p < 10<sup>−3</sup> &amp; so."},
    ]
    (folder / "report" / "sentences.json").write_text(json.dumps(answers))
    for name in ("report.pdf", "explorer.html", "task1_A_B.zip"):
        (folder / name).touch()
    outputs = frozenset(
        str(folder / name) for name in ("report/sentences.json", "report.pdf", "task1_A_B.zip", "notebook.ipynb")
    )
    display, stream, _ = shown(outputs=outputs)
    finish(display, 3)
    assert stream.lines[-5:] == [
        "mine: 3 jobs done in 0 s.",
        "64 % are edges.",
        "p < 10⁻³ & so.",
        f"  {folder / 'report.pdf'}     the report",
        f"  {folder / 'task1_A_B.zip'}  report, notebook and modules, to hand in",
    ], "neither a file that is not a target nor one that is missing"


def test_a_result_of_an_earlier_run_is_not_stated_if_the_run_does_not_cover_it(shown, tmp_path):
    folder = tmp_path / "results" / "mine"
    (folder / "report").mkdir(parents=True)
    (folder / "report" / "sentences.json").write_text(json.dumps([{"leads": True, "answer": "Old."}]))
    display, stream, _ = shown()
    finish(display, 3)
    assert "Old." not in stream.text


def test_nothing_to_do_is_one_sentence(shown):
    display, stream, _ = shown(jobs=0)
    display.show(record(message="Nothing to be done (all requested files are present and up to date)."))
    display.close()
    assert stream.lines == ["mine: Nothing to be done, all results are up to date."]


def test_the_first_filters_are_announced(shown):
    display, stream, _ = shown()
    display.show(starts(1, rule="draw_default_filters"))
    display.show(ends(1))
    assert stream.lines[-1] == "First filters: draw_default_filters.out"
    assert "rule draw_default_filters:" in (ROOT / "workflow" / "rules" / "figures.smk").read_text()


def test_control_characters_of_a_study_do_not_reach_the_output(shown):
    display, stream, _ = shown()
    display.show(starts(1, rule="evil", name="\x1b[2Jred\nline"))
    display.show(ends(1))
    assert "\x1b" not in stream.text
    assert "[2Jred line" in stream.lines[-1]
