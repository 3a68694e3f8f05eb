"""Say what is wrong with configuration files before Snakemake reads them, and runs what they ask for: FILE..."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lib.base.errors import StudyError
from lib.study.configuration_files import study_of


def fault(file: str) -> str | None:
    """One sentence for the first fault of a file, None if it is a mapping in valid YAML and names its study."""
    try:
        study_of(file)
    except StudyError as error:
        return str(error)
    return None


if __name__ == "__main__":
    faults = [f"error: {found}" for file in sys.argv[1:] if (found := fault(file))]
    if faults:
        sys.exit("\n".join(faults))
