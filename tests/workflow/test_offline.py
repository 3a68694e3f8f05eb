"""Every stage but the download runs without a network, and the download says that it needs one."""

import subprocess
import sys

import pytest

from tests import offline
from tests.workflow.conftest import STARTED

pytestmark = pytest.mark.skipif(bool(offline.reason()), reason=offline.reason() or "possible")
CONNECT = "import socket; socket.create_connection(('{}', {}), timeout=5)"
LISTEN = "import socket; s = socket.create_server(('127.0.0.1', 0)); socket.create_connection(s.getsockname())"


def test_nothing_but_this_machine_can_be_reached():
    """Otherwise the next test would prove nothing."""
    for address in ("192.0.2.1", "1.1.1.1"):
        done = subprocess.run(
            offline.command(sys.executable, "-c", CONNECT.format(address, 443)), capture_output=True, text=True
        )
        assert "Network is unreachable" in done.stderr
    assert subprocess.run(offline.command(sys.executable, "-c", LISTEN)).returncode == 0


def test_the_whole_study_was_made_without_a_network(finished):
    """The fixture has cut the network."""
    results = finished.results()
    for name in ("report.pdf", "explorer.html", "notebook.ipynb", "hand-in.zip", "tables/accuracy.csv", "index.html"):
        assert results[name], name


def test_the_download_says_that_it_reaches_no_server(project):
    official = {"url": "https://example.org/archive.tar.gz", "md5": "0" * 32, "size": 1000}
    config = {"study": "own", "dataset": "data/own", "download": official}
    output = project.snakemake("download", config=config, check=False, without_network=True)
    assert project.status != 0
    assert STARTED.search(output)
    assert "https://example.org/archive.tar.gz: " in output
    assert "download archive.tar.gz yourself and put it at data/own/archive.tar.gz" in output
    assert "Traceback" not in output
    assert not list((project.folder / "data/own").glob("archive.tar.gz"))
