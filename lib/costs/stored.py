"""The rates of a machine in a file: measured once by `make plan`, and read by all that needs an estimate."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from lib.base.jobs import read_json
from lib.costs.amounts import kind_of
from lib.costs.estimates import Power, Rates
from lib.costs.networks import NETWORK
from lib.costs.work import Data, trained_by
from lib.datasets.known_facts import UNREADABLE
from lib.study.study import Study

LIBRARIES = ("numpy", "scipy", "numba", "scikit-learn", "pandas", "matplotlib", "snakemake")


def fingerprint() -> str:
    """Return a digest of the machine, its processors and the versions of Python and the libraries."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text().splitlines() if cpu.exists() else []
    model = next((line for line in lines if line.startswith("model name")), platform.processor())
    facts = [platform.node(), platform.machine(), model, os.cpu_count(), sys.version, *map(version, LIBRARIES)]
    return sha256(json.dumps(facts).encode()).hexdigest()[:12]


def digest_of(settings: Mapping[str, Any]) -> str:
    """Return the name of the rates of a classifier, given its settings without the label."""
    return sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]


def stored_rates(file: Path) -> dict[str, Any]:
    """Return what was measured on this machine, {} if nothing was or the file is damaged."""
    try:
        found = read_json(str(file))
        numbers = [found["memory"], *found["amounts"].values()]
        numbers += [*found["startup"].values(), *found["written"].values()]
        if not all(isinstance(number, (int, float)) for number in numbers):
            return {}
        for settings in found["classifiers"].values():
            Power(**settings)
    except UNREADABLE:
        return {}
    return found


def _is_training(name: str, ending: str) -> bool:
    return name.startswith("training ") and name.endswith(", fixed") == bool(ending)


def rates_for(study: Study, classifiers: Mapping[str, Any], data: Data, stored: Mapping[str, Any]) -> Rates:
    """Return rates for all jobs of a study; what was not measured gets the median of its kind.

    Rates of learners differ by orders of magnitude, so a mean would be that of the slowest.

    classifiers: of the configuration, by name. data: sizes of its images. stored: from `stored_rates`, not empty.
    """
    amounts = dict(stored["amounts"])
    for ending in ("", ", fixed"):
        similar = [rate for name, rate in stored["amounts"].items() if _is_training(name, ending)]
        for model in study.models.values():
            amounts.setdefault(f"{kind_of(model)}{ending}", median(similar) if similar else 0.0)
    similar = [rate for name, rate in stored["amounts"].items() if name.startswith(NETWORK)]
    networks, others = trained_by(study, data)
    for name in networks:
        amounts.setdefault(name, median(similar) if similar else 0.0)
    powers = {digest: Power(**settings) for digest, settings in stored["classifiers"].items()}
    usual = sorted(powers.values(), key=lambda power: power.seconds)[len(powers) // 2] if powers else None
    found = {}
    for name in others:
        settings = {key: value for key, value in classifiers[name].items() if key != "label"}
        if power := powers.get(digest_of(settings), usual):
            found[name] = power
    return Rates(stored["startup"], amounts, found, stored["memory"], stored["written"])
