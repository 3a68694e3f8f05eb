"""Check that the workflow can run in its folder, whose path becomes part of commands and scripts.

    python3 -m lib.study.project_folder

prints one sentence and exits with status 1 if it cannot. It runs before anything is installed, so it imports only the
standard library.
"""

import os
import sys
import unicodedata
from pathlib import Path

# A shell expands " $ ` \ in the first line of the programs that pip installs; venv reads : as the end of a path,
# Snakemake reads { } as a wildcard, and scikit-image reads [ ] as a set of characters.
REFUSED = '"$`\\:{}[]'
LONGEST = 3000  # bytes; Linux allows 4095, and the files below the folder need room


def fault(folder: str) -> str | None:
    """Return one sentence if the workflow cannot run in a folder, given by its absolute path, else None.

    Spaces, other punctuation and letters of any language are allowed.
    """
    shown = "".join(_escape(letter) if _is_control(letter) else letter for letter in folder)
    expected = f"expected a path without {' '.join(REFUSED)} and control characters: rename or move the folder"
    if found := sorted({letter for letter in folder if letter in REFUSED}):
        return f"{shown}: the path of the project's folder has {' '.join(found)}, {expected}"
    if any(unicodedata.category(letter) == "Cs" for letter in folder):
        return f"{shown}: the path of the project's folder is not UTF-8, expected UTF-8: rename or move the folder"
    if found := sorted({_escape(letter) for letter in folder if _is_control(letter)}):
        return f"{shown}: the path of the project's folder has {' '.join(found)}, {expected}"
    if (length := len(os.fsencode(folder))) > LONGEST:
        return (
            f"{shown}: the path of the project's folder has {length} bytes, expected at most {LONGEST}: move the folder"
        )
    return None


def _is_control(letter: str) -> bool:
    """Return whether a letter ends a line, is a control character, or represents a byte that is not UTF-8."""
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}


def _escape(letter: str) -> str:
    return ascii(letter)[1:-1]


if __name__ == "__main__":
    if sentence := fault(str(Path.cwd())):
        sys.exit(f"error: {sentence}")
