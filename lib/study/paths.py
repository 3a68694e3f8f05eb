"""Paths that a configuration names."""

from __future__ import annotations

import os
import re
from pathlib import Path

from lib.base.errors import StudyError
from lib.study.configuration_files import UNPRINTABLE, shortened

_LONGEST_FILE_NAME, _LONGEST_PATH = 255, 3000  # bytes; files below the path need room for their names


def expanded_path(path: str) -> str:
    """Return the path with ``~`` and environment variables expanded, unless the path exists as it is written.

    Raises StudyError if a variable is not set or a user does not exist.
    """
    if os.path.lexists(path):
        return path
    found = os.path.expanduser(os.path.expandvars(path))  # noqa: PTH111 - Path does not expand variables, and would normalise
    if unset := re.search(r"\$(?:(\w+)|\{([^}]*)\})", found):
        name = unset[1] or unset[2]
        raise StudyError(
            f"configuration: dataset is {shortened(path)}, but the environment variable {shortened(name)} is not set"
        )
    if found.startswith("~"):
        raise StudyError(
            f"configuration: dataset is {shortened(path)}, but the user {found.split('/')[0]} does not exist"
        )
    return found


def check_path(path: str, key: str = "dataset") -> None:
    """Raise StudyError for a path that Snakemake would read as a pattern, or that is invalid in a file system."""
    where = f"configuration: {key} is {shortened(path)}"
    if found := UNPRINTABLE.search(path) or re.search(r"[\n\t]", path):
        raise StudyError(f"{where}, with the character U+{ord(found[0]):04X}, expected a path of plain text")
    if found := re.search(r"[{}<>]", path):
        raise StudyError(
            f"{where}, with {found[0]} in it, expected a path without braces and angle brackets: Snakemake would take "
            "them for wildcards; rename the folder or link to it"
        )
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise StudyError(f"{where}, expected a path of at most {_LONGEST_PATH} bytes")
    if any(len(os.fsencode(part)) > _LONGEST_FILE_NAME for part in Path(path).parts):
        raise StudyError(f"{where}, expected names of at most {_LONGEST_FILE_NAME} bytes each")
