"""Say what is wrong with configuration files before Snakemake reads them, and runs what they ask for: FILE...

The default profile calls `check_command` for the same purpose where people call Snakemake themselves.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lib.base.errors import StudyError
from lib.study.configuration_files import read, study_of


def fault(file: str, reader: Callable[[str], Any] = study_of) -> str | None:
    """Return one sentence for the first fault of a file, None if a function can read it."""
    try:
        reader(file)
    except StudyError as error:
        return str(error)
    return None


def check_command(arguments: Sequence[str]) -> None:
    """End the process with one sentence if a file after --configfile is not a configuration file.

    arguments: of a Snakemake command. A file after another one may be a target, which Snakemake takes for a second
    configuration file.
    """
    parser = ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--configfile", "--configfiles", nargs="*", default=[], dest="files")
    files = parser.parse_known_args(arguments)[0].files
    for number, file in enumerate(files):
        if found := fault(file, read):
            sys.exit(f"error: {found}{'; put targets before --configfile' if number else ''}")


if __name__ == "__main__":
    faults = [f"error: {found}" for file in sys.argv[1:] if (found := fault(file))]
    if faults:
        sys.exit("\n".join(faults))
