"""A file that is not complete is in a hidden folder, which is removed after success, a fault and a killed process."""

import os
import subprocess
import sys

import pytest

from lib.base.unfinished import UNFINISHED, unfinished


def test_the_folder_is_there_for_the_block_alone(tmp_path):
    with unfinished(tmp_path) as folder:
        (folder / "a").write_text("a")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyError), unfinished(tmp_path) as folder:
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_folders_of_processes_that_ended_are_removed(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    for number in (process.pid, os.getppid()):
        (tmp_path / f"{UNFINISHED}{number}").mkdir()
        (tmp_path / f"{UNFINISHED}{number}" / "a").write_text("a")
    with unfinished(tmp_path) as folder:
        assert set(tmp_path.iterdir()) == {folder, tmp_path / f"{UNFINISHED}{os.getppid()}"}
    assert [path.name for path in tmp_path.iterdir()] == [f"{UNFINISHED}{os.getppid()}"], "this process runs"
