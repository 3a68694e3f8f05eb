"""Whether the workflow can run in the folder that it is in, whose path becomes part of commands and scripts.

    python3 -m lib.study.project_folder

ends with one sentence and status 1 if it cannot. It runs before anything is installed, so it imports the standard
library alone.
"""

import os
import sys
import unicodedata
from pathlib import Path

# A shell replaces " $ ` \ in the first line of the programs that pip installs, venv takes : for the end of a path,
# Snakemake { } for the names of wildcards, and scikit-image [ ] for a set of characters.
REFUSED = '"$`\\:{}[]'
LONGEST = 3000  # bytes: Linux allows 4095, of which files below the folder need their share


def fault(folder: str) -> str | None:
    """One sentence if the workflow cannot run in a folder, given its absolute path; None if it can.

    Spaces, other punctuation and letters of any language are allowed.
    """
    shown = "".join(_escaped(letter) if _is_control(letter) else letter for letter in folder)
    expected = f"expected a path without {' '.join(REFUSED)} and control characters: rename or move the folder"
    if found := sorted({letter for letter in folder if letter in REFUSED}):
        return f"{shown}: the path of the project's folder has {' '.join(found)}, {expected}"
    if any(unicodedata.category(letter) == "Cs" for letter in folder):
        return f"{shown}: the path of the project's folder is not UTF-8, expected that it is: rename or move the folder"
    if found := sorted({_escaped(letter) for letter in folder if _is_control(letter)}):
        return f"{shown}: the path of the project's folder has {' '.join(found)}, {expected}"
    if (length := len(os.fsencode(folder))) > LONGEST:
        return (
            f"{shown}: the path of the project's folder has {length} bytes, expected at most {LONGEST}: move the folder"
        )
    return None


def _is_control(letter: str) -> bool:
    """Whether a letter ends a line, is a control character, or stands for a byte that is not UTF-8."""
    return unicodedata.category(letter) in {"Cc", "Cs", "Zl", "Zp"}


def _escaped(letter: str) -> str:
    return ascii(letter)[1:-1]


if __name__ == "__main__":
    if sentence := fault(str(Path.cwd())):
        sys.exit(f"error: {sentence}")
