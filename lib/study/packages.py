"""Optional packages that a study needs.

``python -m lib.study.packages FILE`` ends with status 3 if PyTorch is needed and missing, else with 0: it leaves every
fault of the configuration to the run.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lib.base.errors import StudyError
from lib.study.configuration_files import read
from lib.study.experiments import expand
from lib.study.inheritance import extended
from lib.study.learners import LEARNERS
from lib.study.schema import read_schema
from lib.study.settings import Classifier
from lib.study.study import Study
from lib.study.validation import checked

TORCH = ("torch", "safetensors")
MISSING = 3  # the status for a study whose packages are missing


def users_of_torch(study: Study, classifiers: Mapping[str, Any]) -> list[str]:
    """Return the learners and classifiers of a study that need PyTorch.

    classifiers: entries of the configuration by name, False for those that are switched off.
    """
    learners = {model.learner for model in study.models.values() if LEARNERS[model.learner].is_described}
    networks = [name for name, entry in classifiers.items() if entry and Classifier.of(entry).is_network]
    return [f"the learner {name}" for name in sorted(learners)] + [f"the classifier {name}" for name in networks]


def check_packages(study: Study, classifiers: Mapping[str, Any]) -> None:
    """Raise StudyError if a learner or classifier of the study needs PyTorch and it is not installed."""
    users = users_of_torch(study, classifiers)
    if users and not all(map(find_spec, TORCH)):
        raise StudyError(f"{users[0]} needs PyTorch; install it by: make deep")


def main(file: str, folder: Path) -> int:
    """Return the status for a study file, see above."""
    try:
        default = read(folder / "config" / "config.yaml")
        config = checked(extended(read(file), folder, default), read_schema(folder / "config" / "schema.yaml"), default)
        study = expand(config)
    except StudyError:
        return 0
    try:
        check_packages(study, config["classifiers"])
    except StudyError:
        return MISSING
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path()))
