"""A folder whose path would break commands is refused before anything is set up; other folders work."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lib.study.project_folder import LONGEST, fault

ROOT = Path(__file__).parents[3]
ALLOWED = [
    "a b",
    "a(b)",
    "it's",
    "a&b;c",
    "#1",
    "a<b>|c",
    "~a",
    "-a",
    "100%",
    "a,b=c@d!e+f^g",
    "*?",
    "Ёлка",
    "日本",
    "e\u0301",
]
REFUSED = {
    **{'a"b': '"', "a$b": "$", "a`b": "`", "a\\b": "\\", "a:b": ":", "a{b": "{", "a{b}": "{ }", "a[b]": "[ ]"},
    **{"a\nb": "\\n", "a\tb": "\\t", "a\x1bb": "\\x1b", "a\x7fb": "\\x7f", "a\u2028b": "\\u2028"},
}
NOT_UTF8 = os.fsdecode(b"caf\xe9")
LEFT_BEHIND = shutil.ignore_patterns(
    ".git", ".venv", ".rates", ".*_cache", "__pycache__", "results", "data", ".snakemake", "tests", "docs"
)


@pytest.fixture
def copied(tmp_path):
    """Return a function that copies the project, without its environment, into a folder with a given name."""

    def copy(name):
        return Path(shutil.copytree(ROOT, tmp_path / name / "project", ignore=LEFT_BEHIND))

    return copy


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="backslashreplace", timeout=120)


@pytest.mark.parametrize("name", ALLOWED)
def test_punctuation_and_letters_of_any_language_are_allowed(name):
    assert fault(f"/home/{name}/project") is None


@pytest.mark.parametrize("name", REFUSED)
def test_the_sentence_names_folder_and_letters_on_one_line(name):
    sentence = fault(f"/home/{name}/project")
    assert f"the path of the project's folder has {REFUSED[name]}, expected a path without" in sentence
    assert sentence.startswith("/home/a")
    assert "/project: " in sentence
    assert sentence.isprintable()


def test_paths_that_are_not_utf8_are_refused():
    sentence = fault(f"/home/{NOT_UTF8}")
    assert sentence.startswith("/home/caf\\udce9: the path of the project's folder is not UTF-8, expected UTF-8")


def test_the_length_of_a_path_is_counted_in_bytes():
    assert fault("/" + "a" * (LONGEST - 1)) is None
    assert f"has {LONGEST + 1} bytes, expected at most {LONGEST}" in fault("/" + "a" * LONGEST)
    assert f"has {LONGEST + 1} bytes" in fault("/" + "ё" * (LONGEST // 2))


@pytest.mark.parametrize("target", [(), ("plan",), ("setup",), ("test",)], ids=" ".join)
@pytest.mark.parametrize("name", ["a$(touch stolen)b", 'a"b', "a\nb", "a{b}", NOT_UTF8], ids=ascii)
def test_make_refuses_before_it_sets_anything_up(copied, target, name):
    folder = copied(name)
    process = run(["make", *target], folder)
    assert process.returncode == 2
    sentence = fault(str(folder))
    assert f"error: {sentence}\n" in process.stderr
    assert process.stdout == ""
    assert not (folder / ".venv").exists()
    assert not list(folder.parent.parent.rglob("stolen"))


@pytest.mark.parametrize("name", ["a b", "it's (1) & #2; Ёлка"])
def test_make_accepts_spaces_punctuation_and_letters(copied, name):
    process = run(["make", "python", f"PYTHON={sys.executable}"], copied(name))
    assert (process.returncode, process.stderr) == (0, "")


def snakemake(folder, *arguments):
    """Run Snakemake with an interpreter inside the project's folder, as in its environment."""
    (folder / ".venv").symlink_to(sys.prefix)
    command = [".venv/bin/python", "-m", "snakemake", "--cores", "1", *arguments, "--configfile", "config/smoke.yaml"]
    return run([str(folder / command[0]), *command[1:]], folder)


def test_jobs_run_in_a_folder_with_spaces_and_punctuation(copied):
    folder = copied("it's (1) & #2; <x> Ёлка")
    process = snakemake(folder, "results/smoke/dataset/facts.json")
    assert process.returncode == 0, process.stderr
    assert (folder / "results/smoke/dataset/facts.json").stat().st_size > 100


@pytest.mark.parametrize("name", ["a\nb", "a{b}"], ids=ascii)
def test_snakemake_without_make_refuses_with_the_same_sentence(copied, name):
    folder = copied(name)
    process = snakemake(folder)
    assert process.returncode == 1
    assert f"error: {fault(str(folder))}\n" in process.stderr
    assert "Traceback" not in process.stderr
    assert not (folder / "results").exists()
