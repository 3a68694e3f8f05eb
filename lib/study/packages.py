"""Optional packages that a study needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from lib.base.errors import StudyError
from lib.study.experiments import Study
from lib.study.learners import LEARNERS
from lib.study.settings import Classifier

TORCH = ("torch", "safetensors")


def check_packages(study: Study, classifiers: Mapping[str, Any]) -> None:
    """Raise StudyError if a learner or classifier of the study needs PyTorch and it is not installed.

    classifiers: entries of the configuration by name, False for those that are switched off.
    """
    learners = {model.learner for model in study.models.values() if LEARNERS[model.learner].is_described}
    networks = [name for name, entry in classifiers.items() if entry and Classifier.of(entry).is_network]
    users = [f"the learner {name}" for name in sorted(learners)] + [f"the classifier {name}" for name in networks]
    if users and not all(map(find_spec, TORCH)):
        raise StudyError(f"{users[0]} needs PyTorch; install it by: make deep")
