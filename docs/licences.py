"""Write docs/reference/licences.md: the licence of every locked package, as its metadata states it.

    python -m docs.licences

Packages that are not installed here are downloaded for it and not kept, except those that have gigabytes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from importlib.metadata import distributions
from pathlib import Path
from typing import cast

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "licences.md"
LOCKS = ROOT / "requirements"
HEAD = """# Licences of the packages

The project has the [MIT licence](../../LICENSE). These are the licences of all packages in the lock files, as their
metadata states them; `make licences` writes this page. A study uses the packages of `study` alone; `build` serves their
installation, and the others serve the commands of their names. `make audit` looks up known vulnerabilities.

| package | version | licence | lock files |
| --- | --- | --- | --- |
"""
LARGE = "deep-cuda"  # the lock file whose own packages have gigabytes
_LONGEST = 60  # characters of a licence: some packages state its whole text


@dataclass(frozen=True)
class Locked:
    """A package in a lock file.

    Attributes
    ----------
    name, version : of the package.
    marker : where it is installed, empty for everywhere.
    hashes : the lines of its hashes.
    """

    name: str
    version: str
    marker: str
    hashes: str


def locked(text: str) -> list[Locked]:
    """Return the packages of a lock file with this text."""
    pattern = re.compile(
        r"^([a-z0-9][\w.-]*)==([^\s;]+) ?(?:; (.*?))? ?\\\n((?: +--hash=\S+(?: \\)?\n?)+)", re.MULTILINE
    )
    return [Locked(name, version, marker or "", hashes) for name, version, marker, hashes in pattern.findall(text)]


def all_locked() -> dict[str, list[Locked]]:
    """Return the packages of every lock file by its name."""
    return {path.stem: locked(path.read_text(encoding="utf-8")) for path in sorted(LOCKS.glob("*.txt"))}


def licence_of(metadata: Message) -> str:
    """Return the licence that the metadata of a package states: its expression, classifiers, or first line of text."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [entry for entry in metadata.get_all("Classifier", []) if entry.startswith("License :: ")]
    named = [entry.rpartition(" :: ")[2] for entry in classifiers if entry != "License :: OSI Approved"]
    stated = next(iter((metadata.get("License") or "").strip().splitlines()), "")
    return " and ".join(named) or stated[:_LONGEST] or "not stated"


def downloaded(packages: list[Locked]) -> dict[str, Message]:
    """Return the metadata of the wheels of packages by name. Raises CalledProcessError if pip does not find them."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "asked.txt"
        asked.write_text("".join(f"{one.name}=={one.version} \\\n{one.hashes}\n" for one in packages), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "download", "--no-deps"]
        options = ["--only-binary", ":all:", "--require-hashes", "--dest", folder, "-r", str(asked)]
        subprocess.run(command + options, check=True)
        for wheel in Path(folder).glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                name = next(name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
                metadata = message_from_bytes(archive.read(name))
            found[canonical(metadata["Name"])] = metadata
    return found


def from_index(packages: list[Locked]) -> dict[str, Message]:
    """Return the metadata of packages by name, from the package index, without a download.

    Old versions of pip leave out the expression of a licence. Raises CalledProcessError if pip does not find them.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        asked, report = Path(folder) / "asked.txt", Path(folder) / "report.json"
        asked.write_text("".join(f"{one.name}=={one.version} \\\n{one.hashes}\n" for one in packages), encoding="utf-8")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--dry-run"]
        options = ["--no-deps", "--ignore-installed", "--require-hashes", "--report", str(report), "-r", str(asked)]
        subprocess.run(command + options, check=True)
        for one in json.loads(report.read_text(encoding="utf-8"))["install"]:
            stated, metadata = one["metadata"], Message()
            for key in ("name", "license", "license_expression"):
                if key in stated:
                    metadata[key.replace("_", "-")] = stated[key]
            for classifier in stated.get("classifier", []):
                metadata["Classifier"] = classifier
            found[canonical(stated["name"])] = metadata
    return found


def canonical(name: str) -> str:
    """Return the name of a package as lock files have it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def page(locks: dict[str, list[Locked]], licences: dict[str, str]) -> str:
    """Return the text of the page. licences: by name of the package."""
    rows: dict[tuple[str, str], list[str]] = {}
    for lock, packages in locks.items():
        for one in packages:
            rows.setdefault((one.name, one.version), []).append(lock)
    lines = [
        f"| {name} | {version} | {licences[name].replace('|', ' or ')} | {', '.join(found)} |"
        for (name, version), found in sorted(rows.items())
    ]
    return HEAD + "\n".join(lines) + "\n"


def main() -> None:
    """Write the page with the licences of all locked packages."""
    locks = all_locked()
    chosen: dict[str, Locked] = {}
    for one in (one for packages in locks.values() for one in packages):
        if "python_full_version >=" not in one.marker:  # the other version, for the oldest Python, has the same licence
            chosen.setdefault(one.name, one)
    installed = {canonical(one.metadata["Name"]): one.metadata for one in distributions()}
    missing = [one for name, one in chosen.items() if name not in installed]
    elsewhere = {one.name for lock, packages in locks.items() if lock != LARGE for one in packages}
    small, large = ([one for one in missing if (one.name in elsewhere) is wanted] for wanted in (True, False))
    try:
        metadata = installed | downloaded(small) | from_index(large)
    except subprocess.CalledProcessError:
        sys.exit("error: pip did not find all locked packages, expected a package index that has their wheels")
    known = {name: licence_of(cast(Message, stated)) for name, stated in metadata.items()}
    PAGE.write_text(page(locks, known), encoding="utf-8")


if __name__ == "__main__":
    main()
