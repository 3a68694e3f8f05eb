"""Compare every file of a study with its checksums, and remove damaged ones, so that the next run makes them again.

python workflow/verify.py config/smoke.yaml
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from lib.base.checksums import damage, files_with_checksums
from lib.base.errors import StudyError
from lib.base.run_lock import RunLock
from lib.study.configuration_files import study_of


def main(configfile: str) -> int:
    """Print what was found. Return the exit status: 1 if files were damaged."""
    folder = Path("results", study := study_of(configfile))
    if not folder.is_dir():
        raise StudyError(f"{folder}: no such folder, expected the results of a study")
    lock = RunLock(study)  # until the end of this process: a run could write a file between its check and its removal
    sentences = lock.take()
    if not lock.is_taken and sentences:
        raise StudyError(*sentences)
    intact, damaged = 0, 0
    for path in files_with_checksums(folder):
        if not path.exists():  # removed on purpose
            continue
        if fault := damage(path):
            print(f"{path}: {fault}: removed")
            path.unlink()
            damaged += 1
        else:
            intact += 1
    print(f"{folder}: files as they were written: {intact}, damaged: {damaged}", end="")
    print("; the next run makes them again where it needs them" if damaged else "")
    return int(damaged > 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except (StudyError, OSError) as error:
        sys.exit(f"error: {error}")
