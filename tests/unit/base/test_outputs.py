"""Output files appear under their own names only when they are complete, and inputs are verified."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake.iocontainers import InputFiles, OutputFiles

from lib.base.checksums import damage, kept
from lib.base.errors import StudyError
from lib.base.outputs import job_files, whole

ROOT = Path(__file__).parents[3]


def output_files(folder):
    """Snakemake's list of a named file and a named list of two files."""
    files = OutputFiles()
    files.extend(str(folder / name) for name in ("a.csv", "b.png", "c.pdf"))
    files._set_name("table", 0)
    files._set_name("pictures", 1, end=3)
    return files


def test_files_get_their_names_when_all_are_complete(tmp_path):
    output = output_files(tmp_path)
    with whole(output) as parts:
        assert [Path(part).name for part in parts] == ["a.csv", "b.png", "c.pdf"]
        assert list(parts.pictures) == list(parts)[1:]
        for part in parts:
            Path(part).write_text(part)
        assert not any(Path(path).exists() for path in output)
    assert [Path(path).read_text() for path in output] == list(parts)
    assert all(kept(path) and damage(path) is None for path in output)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".checksums", "a.csv", "b.png", "c.pdf"]


def test_a_job_that_fails_leaves_nothing(tmp_path):
    def fail():
        with whole(output_files(tmp_path)) as parts:
            Path(parts.table).write_text("half")
            raise StudyError("wrong")

    with pytest.raises(StudyError):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_job_that_leaves_a_file_out_fails(tmp_path):
    with pytest.raises(FileNotFoundError), whole(output_files(tmp_path)) as parts:
        Path(parts.table).write_text("all")


KILLED = """
import os, signal, sys
from pathlib import Path
from snakemake.iocontainers import OutputFiles
from lib.base.outputs import whole
with whole(OutputFiles(fromdict={"table": sys.argv[1]})) as parts:
    Path(parts.table).write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_job_has_left_is_removed_by_the_next(tmp_path):
    table = tmp_path / "a.csv"
    status = subprocess.run([sys.executable, "-c", KILLED, table], cwd=ROOT).returncode
    assert status == -signal.SIGKILL
    assert not table.exists()
    assert len(list(tmp_path.rglob("a.csv"))) == 1
    other = tmp_path / f".unfinished-{os.getpid() + 1}"  # a running job with another file
    other.mkdir()
    (other / "b.csv").touch()
    with whole(OutputFiles(fromdict={"table": str(table)})) as parts:
        Path(parts.table).write_text("all")
    assert table.read_text() == "all"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".checksums", other.name, "a.csv"]


def test_damaged_inputs_stop_the_job_before_it_writes(tmp_path):
    with whole(output_files(tmp_path)) as parts:
        for part in parts:
            Path(part).write_text("content")
    inputs = InputFiles(fromdict={"table": str(tmp_path / "a.csv"), "picture": str(tmp_path / "b.png")})
    job = SimpleNamespace(input=inputs, output=OutputFiles(fromdict={"page": str(tmp_path / "d.html")}))
    (tmp_path / "a.csv").write_text("Content")
    with pytest.raises(StudyError, match=r"a\.csv: differs"), job_files(job):
        pytest.fail("the job ran")
    with job_files(job, partly=["table"]) as (files, output):
        assert files is inputs
        Path(output.page).write_text("page")
    assert (tmp_path / "d.html").read_text() == "page"
