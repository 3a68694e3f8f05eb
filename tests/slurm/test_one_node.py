"""The script that starts a Slurm of one node: without accounting, and after a failure."""

import os
from pathlib import Path

import pytest

from tests.slurm.conftest import Project, daemons, one_node

LINKS = [Path("/etc/slurm") / name for name in ("slurm.conf", "gres.conf", "slurmdbd.conf")]


@pytest.fixture(autouse=True)
def nothing_stays():
    """Every daemon is stopped and every link removed, also after a failure."""
    yield
    try:
        assert [process.info["name"] for process in daemons()] == []
        assert not any(link.is_symlink() for link in LINKS)
    finally:
        one_node("stop", check=False)


def test_a_cluster_without_accounting_runs_jobs(tmp_path):
    one_node("start", str(tmp_path / "slurm"), accounting=False)
    try:
        run = Project(tmp_path).submit("describe_study", "--slurm-status-command", "squeue")
        assert run.wait() == 0, run.text()
    finally:
        one_node("stop")


def test_nothing_stays_if_a_daemon_does_not_start(tmp_path):
    broken = tmp_path / "bin" / "slurmd"
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho no node today >&2\nexit 1\n")
    broken.chmod(0o755)
    path = f"{broken.parent}{os.pathsep}{os.environ['PATH']}"
    assert one_node("start", str(tmp_path / "slurm"), check=False, PATH=path).returncode == 1
    assert (tmp_path / "slurm" / "mariadbd.out").exists(), "the daemons before it had started"


def test_a_folder_with_files_is_refused(tmp_path):
    (tmp_path / "file").touch()
    assert one_node("start", str(tmp_path), check=False).returncode == 1
