"""The conda environment, the lock files, the Makefile and pyproject.toml agree."""

import re
import subprocess
import sys
import tomllib
from email import message_from_string
from pathlib import Path

import pytest
import yaml

from docs.licences import PAGE, all_locked, licence_of
from docs.licences import locked as locked_packages

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = SETTINGS["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "zlib-ng": "python-zlib-ng"}
NOT_IN_JOBS = {"snakemake", "pygments"}  # used outside the environment of the jobs


def requirement(text):
    return re.match(r"[A-Za-z0-9_.-]+", text).group().lower()


def locked(name):
    """Return the locked version of each package for Python 3.11."""
    versions = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        match = re.match(r"([a-z0-9_.-]+)==(\S+) ?(.*)", line)
        if match and "python_full_version >= '3.12'" not in match[3]:
            versions[match[1]] = match[2]
    return versions


def test_the_conda_environment_has_the_locked_versions():
    environment = yaml.safe_load((ROOT / "workflow" / "envs" / "study.yaml").read_text())
    found = dict(entry.split("=") for entry in environment["dependencies"])
    needed = {requirement(text) for text in PROJECT["dependencies"]} - NOT_IN_JOBS
    versions = locked("study")
    assert found.pop("python") == "3.11"
    assert found == {CONDA_NAMES.get(name, name): versions[name] for name in needed}


@pytest.mark.parametrize("extra", [None, *PROJECT["optional-dependencies"]])
def test_locks_hold_the_requirements_of_the_project(extra):
    asked = PROJECT["dependencies"] + (PROJECT["optional-dependencies"][extra] if extra else [])
    study, versions = locked("study"), locked(extra or "study")
    assert {requirement(text) for text in asked} <= set(versions)
    assert {name: versions[name] for name in study} == study, "an extra changes a version of the study"


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").iterdir()), ids=lambda path: path.name)
def test_locks_have_hashes_and_no_addresses(path):
    text = path.read_text()
    assert "://" not in text
    for entry in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_both_builds_of_pytorch_are_locked_and_one_needs_no_cuda():
    without, cuda = locked("deep"), locked("deep-cuda")
    more = set(cuda) - set(without)
    assert {name: cuda[name] for name in without} == without
    assert any(name.startswith("nvidia-") for name in more)
    assert not [name for name in without if name.startswith(("nvidia-", "cuda-")) or name == "triton"]
    texts = ((ROOT / "requirements" / f"{name}.txt").read_text() for name in ("deep", "deep-cuda"))
    hashes, of_cuda = (
        set(re.findall("sha256:([0-9a-f]{64})", text.split("\ntorch==")[1].split("\nto")[0])) for text in texts
    )
    assert of_cuda < hashes, "make deep refuses the builds without CUDA"
    # Linux on two processors, Python 3.11 to 3.14
    assert len(hashes - of_cuda) == 8


@pytest.mark.parametrize("choice", ["gpu", "CPU", "cpu cuda", ""])
def test_make_deep_refuses_an_unknown_choice(choice):
    command = ["make", "--no-print-directory", "--assume-old=setup", "deep", f"TORCH={choice}"]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert process.returncode == 2
    assert f"error: TORCH is {choice}, expected cpu or cuda" in process.stderr


def test_build_requirements_are_locked():
    assert set(locked("build")) == {requirement(text) for text in SETTINGS["dependency-groups"]["build"]}


def test_the_oldest_and_newest_python_are_the_same_everywhere():
    makefile = (ROOT / "Makefile").read_text()
    oldest, newest = (re.search(rf"^{name} := 3\.(\d+)$", makefile, re.MULTILINE)[1] for name in ("OLDEST", "NEWEST"))
    assert PROJECT["requires-python"] == f">=3.{oldest},<3.{int(newest) + 1}"
    assert f"--python-version 3.{oldest}\n" in makefile
    assert SETTINGS["tool"]["mypy"]["python_version"] == f"3.{oldest}"
    assert SETTINGS["tool"]["ruff"]["target-version"] == f"py3{oldest}"


@pytest.mark.parametrize("found", ["3.10", "3.15", "4.0"])
def test_make_refuses_other_pythons_and_names_those_it_can_use(tmp_path, found):
    # an interpreter that reports another version
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.version_info = ({found.replace('.', ', ')}, 0)\n")
    (tmp_path / "python").write_text(
        f'#!/bin/sh\n[ "$1" != --version ] || {{ echo Python {found}.0; exit; }}\n'
        f'PYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n'
    )
    (tmp_path / "python").chmod(0o755)
    process = subprocess.run(
        ["make", "python", f"PYTHON={tmp_path}/python"], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert process.returncode == 2
    assert process.stderr.startswith(
        f"error: Python {found}.0 found, expected Python 3.11 to 3.14; name another by make"
    )


def test_lint_finds_names_that_are_newer_than_the_oldest_python(tmp_path):
    (tmp_path / "newer.py").write_text("import tarfile\n\ntarfile.data_filter(None, '.')\n")
    command = [sys.executable, "-m", "ruff", "check", "--config", str(ROOT / "pyproject.toml"), str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert "TID251" in process.stdout
    assert "came with Python 3.11.4" in process.stdout
    (tmp_path / "newer.py").write_text("import itertools\n\nitertools.batched([], 2)\n")
    command = [sys.executable, str(Path(sys.executable).with_name("vermin")), "--target=3.11-", str(tmp_path)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert "3.12" in process.stdout


def test_every_locked_package_has_its_licence_on_the_page():
    """`make licences` writes the page."""
    rows = re.findall(r"^\| (\S+) \| (\S+) \| (.+) \| (.+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    listed = {(name, version, lock) for name, version, _, locks in rows[2:] for lock in locks.split(", ")}
    assert listed == {(one.name, one.version, lock) for lock, found in all_locked().items() for one in found}
    assert all(licence.strip() for _, _, licence, _ in rows)


def test_every_package_of_a_lock_file_is_read():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text(encoding="utf-8")
        found = locked_packages(text)
        assert len(found) == len(re.findall(r"^[a-z]", text, re.MULTILINE))
        assert all(one.hashes.startswith("    --hash=sha256:") for one in found)


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        ("License-Expression: MIT\nLicense: other", "MIT"),
        ("Classifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License", "BSD License"),
        (f"License: {'x' * 99}", "x" * 60),
        ("Name: a", "not stated"),
    ],
)
def test_the_licence_is_what_the_metadata_state(lines, licence):
    assert licence_of(message_from_string(lines)) == licence
