"""tests/fresh/run and .ci/run keep existing files and report what is missing."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUN = ROOT / "tests" / "fresh" / "run"
NOT_ROOT = 65534


def run(program, *arguments, path=os.environ["PATH"], **options):
    options = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL, "timeout": 60} | options
    return subprocess.run([program, *arguments], env=os.environ | {"PATH": path}, **options)


@pytest.fixture
def programs(tmp_path):
    """Return a folder with links to all programs of this machine except debootstrap, apt-get and unshare."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).glob("*") if place else ():
            if program.name not in ("debootstrap", "apt-get", "unshare") and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    return folder


def stub(programs, name, text):
    (programs / name).write_text(f"#!/bin/sh\n{text}\n")
    (programs / name).chmod(0o755)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["full"], "full is not empty, expected a new or empty folder"),
        (["--quick", "full"], "full is not empty, expected a new or empty folder"),
        (["file"], "file is not a folder, expected a new or empty folder"),
        ([""], "FOLDER is empty, expected the path of a new or empty folder"),
        (["a", "b"], "tests/fresh/run a b: expected [--quick | --deep] [FOLDER]"),
        (["--fast"], "tests/fresh/run --fast: expected [--quick | --deep] [FOLDER]"),
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_refused_and_nothing_is_touched(tmp_path, arguments, sentence):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").write_text("years of work")
    (tmp_path / "file").write_text("text")
    process = run(RUN, *arguments, cwd=tmp_path)
    assert (process.returncode, process.stdout, process.stderr) == (1, "", f"error: {sentence}\n")
    assert (tmp_path / "full" / "thesis.tex").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]


@pytest.mark.skipif(os.getuid() != 0, reason="not root, expected it to run as another user")
@pytest.mark.parametrize("script", [RUN, ROOT / ".ci" / "run"], ids=lambda script: script.parent.name)
def test_other_users_than_root_are_refused(script):
    with open(script) as text:  # opened here, because the other user may not read this folder
        process = run("bash", "-s", user=NOT_ROOT, stdin=text, cwd="/")
    assert process.returncode == 1
    assert "runs as nobody, expected root: it makes" in process.stderr
    assert process.stderr.count("\n") == 1


@pytest.mark.skipif(os.getuid() != 0, reason="not root, expected to come so far")
def test_missing_programs_and_permissions_are_reported(tmp_path, programs):
    process = run(RUN, tmp_path / "systems", path=str(programs))
    assert process.stderr == "error: debootstrap not found; install it by: apt-get install debootstrap\n"
    stub(programs, "debootstrap", "exit 0")
    stub(programs, "unshare", "exit 1")
    process = run(RUN, tmp_path / "systems", path=str(programs))
    assert "does not let root mount folders (unshare --mount)" in process.stderr
    assert process.returncode == 1
    assert not (tmp_path / "systems").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="not root, expected to come so far")
@pytest.mark.parametrize("given", [True, False])
def test_a_folder_that_was_given_is_kept_and_a_temporary_one_removed(tmp_path, programs, monkeypatch, given):
    stub(programs, "debootstrap", "exit 0")
    # a step that leaves a file and fails takes the place of the system
    stub(programs, "unshare", 'case $2 in true) ;; *) mkdir "$4/$3" && touch "$4/$3/left" && exit 7 ;; esac')
    folder, temporary = tmp_path / "systems", tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = run(RUN, *([folder] if given else []), path=str(programs))
    assert process.returncode == 7
    assert (folder / "bookworm" / "left").exists() == given
    assert list(temporary.iterdir()) == []


@pytest.mark.skipif(os.getuid() != 0, reason="not root, expected to come so far")
def test_ci_installs_debootstrap_or_reports_why_not(tmp_path, programs):
    copied = tmp_path / "project" / ".ci"
    shutil.copytree(ROOT / ".ci", copied)
    process = run(copied / "run", path=str(programs))
    assert process.stderr == "error: neither debootstrap nor apt-get found, expected Debian or Ubuntu\n"
    stub(programs, "apt-get", "echo E: no network; exit 100")
    process = run(copied / "run", path=str(programs))
    assert process.stderr == "E: no network\nerror: debootstrap was not installed, see install.log\n"
    assert process.returncode == 1
