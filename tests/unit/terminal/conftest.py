"""The logger plugin on recorded events of Snakemake."""

import logging
from pathlib import Path

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from lib.costs.progress import Planned
from lib.words import language

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def plugin(monkeypatch):
    """The package of the plugin."""
    monkeypatch.syspath_prepend(str(ROOT / "workflow" / "terminal"))
    language.use()
    import snakemake_logger_plugin_study

    return snakemake_logger_plugin_study


def record(event=None, message="", level=logging.INFO, **values):
    """A record as Snakemake makes it."""
    found = logging.LogRecord("snakemake.logging", level, "", 0, message, None, None)
    if event is not None:
        found.event = event
    vars(found).update(values)
    return found


def starts(number, rule="draw_charts", log="", **wildcards):
    values = {"rule_name": rule, "wildcards": wildcards, "output": [f"{rule}.out"], "log": [log] if log else []}
    return record(LogEvent.JOB_INFO, jobid=number, **values)


def ends(number):
    return record(LogEvent.JOB_FINISHED, job_id=number)


def fails(number):
    return record(LogEvent.JOB_ERROR, level=logging.ERROR, jobid=number, rule_name="draw_charts")


class Clock:
    """A clock that stands until somebody moves it."""

    now = 0.0

    def __call__(self):
        return self.now


class Stream:
    """Text that is written; a terminal if asked for."""

    encoding = "utf-8"

    def __init__(self, terminal=False):
        self.text, self.terminal = "", terminal

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    @property
    def lines(self):
        return self.text.splitlines()


@pytest.fixture
def shown(plugin, tmp_path, monkeypatch):
    """Function that makes the display of a run: the display, its stream and its clock."""
    monkeypatch.chdir(tmp_path)
    from snakemake_logger_plugin_study.facts import Facts
    from snakemake_logger_plugin_study.handler import Display
    from snakemake_logger_plugin_study.screen import Screen

    def make(jobs=3, **facts):
        planned = {number: Planned("draw_charts", 10.0) for number in range(1, jobs + 1)}
        values = {
            "study": "mine",
            "folder": tmp_path / "results" / "mine",
            "planned": planned,
            "log": "full.log",
        } | facts
        stream, clock = Stream(), Clock()
        display = Display(Screen(stream), lambda: Facts(**values), clock)
        display.show(record(LogEvent.RUN_INFO, "Job stats"))
        return display, stream, clock

    return make
