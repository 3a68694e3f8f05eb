"""The plugin leaves the terminal to Snakemake where the user asks for its text, and after an error of its own."""

import logging
import sys

import pytest
from snakemake.settings.enums import Quietness
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.tests import MockOutputSettings, TestLogHandlerBase

from tests.unit.terminal.conftest import ends, record, starts


class TestInterface(TestLogHandlerBase):
    """Snakemake's own tests of logger plugins."""

    __test__ = True

    @pytest.fixture(autouse=True)
    def _package(self, plugin):
        self.plugin = plugin

    def get_log_handler_cls(self):
        return self.plugin.LogHandler

    def get_log_handler_settings(self):
        return None


def handler(plugin, **settings):
    common = MockOutputSettings()
    vars(common).update({"quiet": set()} | settings)
    return plugin.LogHandler(common, None)


BEGIN = record(LogEvent.WORKFLOW_STARTED, level=logging.DEBUG)


@pytest.mark.parametrize("settings", [{"dryrun": True}, {"verbose": True}, {"quiet": {Quietness.PROGRESS}}])
def test_snakemakes_own_text_is_kept_where_the_user_asks_for_it(plugin, settings, capsys):
    own = handler(plugin, **settings)
    own._own.setFormatter(logging.Formatter())
    own.handle(BEGIN)
    own.handle(record(message="Building DAG of jobs..."))
    assert own.display is None
    assert "Building DAG of jobs..." in capsys.readouterr().err


def test_text_before_the_run_is_snakemakes(plugin, capsys):
    own = handler(plugin)
    own.handle(record(message="Congratulations, your workflow is in a good condition!"))
    assert "Congratulations" in capsys.readouterr().err


def test_an_error_in_the_plugin_stops_no_run_and_hides_nothing(plugin, capsys, monkeypatch):
    own = handler(plugin)
    own.handle(BEGIN)
    monkeypatch.setattr(own, "_know", lambda: 1 / 0)
    own.display._know = own._know
    own.handle(record(LogEvent.RUN_INFO, "Job stats: many"))
    own.handle(record(message="a later message"))
    own.handle(ends(1))
    own.close()
    shown = capsys.readouterr().err
    assert "warning: the progress display stopped (ZeroDivisionError: division by zero)" in shown
    assert "Job stats: many" in shown
    assert "a later message" in shown


class Closed:
    """A stream whose reader has gone."""

    encoding = "utf-8"

    def isatty(self):
        return False

    def write(self, text):
        raise BrokenPipeError

    flush = write


def test_a_closed_pipe_stops_no_run(plugin, monkeypatch):
    own = handler(plugin)
    monkeypatch.setattr(sys, "stderr", Closed())
    own.handle(BEGIN)
    own.handle(record(message="careful", level=logging.WARNING))
    own.handle(starts(1))
    own.close()


def test_the_end_is_shown_once(plugin, capsys):
    own = handler(plugin)
    own.handle(BEGIN)
    own.handle(record(message="Nothing to be done (all requested files are present and up to date)."))
    own.close()
    own.close()
    assert capsys.readouterr().err.count("Nothing to be done") == 1
