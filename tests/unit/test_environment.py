"""The conda environment, the lock files and pyproject.toml say the same."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
NOT_IN_JOBS = {"snakemake", "pygments"}  # run the jobs and report on them, from outside their environment


def requirement(text):
    return re.match(r"[A-Za-z0-9_.-]+", text).group().lower()


def locked(name):
    """Versions by package for Python 3.11."""
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
def test_locks_hold_what_the_project_asks_for(extra):
    asked = PROJECT["dependencies"] + (PROJECT["optional-dependencies"][extra] if extra else [])
    study, versions = locked("study"), locked(extra or "study")
    assert {requirement(text) for text in asked} <= set(versions)
    assert {name: versions[name] for name in study} == study, "an extra changes a version of the study"


@pytest.mark.parametrize("path", sorted((ROOT / "requirements").iterdir()), ids=lambda path: path.name)
def test_locks_carry_hashes_and_no_addresses(path):
    text = path.read_text()
    assert "://" not in text
    for entry in re.split(r"\n(?=[a-z])", text.strip()):
        assert "--hash=sha256:" in entry, entry.splitlines()[0]
