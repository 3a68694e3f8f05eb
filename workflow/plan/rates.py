"""The rates of this machine: measured once, and stored in a file named by machine and library versions."""

import json
import os
import shutil
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from dry_run import ROOT, Job, jobs_of, snakemake
from studies import read_study

from lib.classifiers.parameters import for_scikit_learn
from lib.costs.amounts import kind_of
from lib.costs.estimates import Power, Rates
from lib.costs.rates import (
    BUDGET,
    byte_rate,
    classifier_power,
    corrected,
    encoding_rates,
    network_rate,
    training_rates,
)
from lib.costs.sizes import data_of
from lib.costs.stored import digest_of, fingerprint, stored_rates
from lib.costs.work import Data, trained_by, work_of
from lib.datasets.known_facts import UNREADABLE
from lib.study.configuration_files import read
from lib.study.settings import Classifier
from lib.study.study import Study

CONFIGURATION = Path(__file__).parent / "smallest.yaml"
BUDGET_OF_ALL = 10.0  # CPU seconds for the classifiers of a study together


def measured(benchmark: str | None, folder: Path) -> dict[str, float] | None:
    """Return seconds, sampled CPU seconds and peak memory in bytes of a past job, None without a readable record."""
    path = folder / benchmark if benchmark else None
    if not path or not path.is_file():
        return None
    try:
        table = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).iloc[0]
        found = {"seconds": table["s"], "cpu": table["cpu_time"], "memory": table["max_rss"] * 2**20}
        record = {key: float(np.nan_to_num(float(value))) for key, value in found.items()}
    except UNREADABLE:
        return None
    return record if record["seconds"] > 0 else None


def smallest(file: Path) -> None:
    """Write the configuration of the smallest study, without the experiments and classifiers of the default study."""
    config, defaults = read(CONFIGURATION), read(ROOT / "config" / "config.yaml")
    for table in ("experiments", "classifiers"):
        config[table] = dict.fromkeys(defaults[table], False) | config.get(table, {})
    file.write_text(yaml.safe_dump(config))


def _starts(folder: Path) -> dict[str, Any]:
    """Return start-up, memory and constant output of every rule, from a run of the smallest study in this folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    place, file = ("--directory", str(folder)), folder / CONFIGURATION.name
    smallest(file)
    jobs, listing = jobs_of([str(file)], *place)
    spent = snakemake("--cores", "all", *place, "--configfile", str(file))
    study, config = read_study([str(file)])
    data = data_of(config, folder)
    found = {id(job): record for job in jobs if (record := measured(job.benchmark, folder))}
    # A job's seconds include those in which other jobs have the cores; its share of all CPU time does not.
    share = (spent - listing) / sum(record["seconds"] for record in found.values())
    seconds, written = defaultdict(list), defaultdict(list)
    for job in jobs:
        output = sum((folder / name).stat().st_size for name in job.output)
        written[job.rule_name].append(max(0.0, output - work_of(job.rule_name, study, data, job.wildcards).output))
        seconds[job.rule_name].append(found[id(job)]["seconds"] * share)
    return {
        "startup": {rule: float(np.mean(values)) for rule, values in seconds.items()},
        "written": {rule: float(np.mean(values)) for rule, values in written.items()},
        "memory": max(record["memory"] for record in found.values()),
    }


def _measured_images(folder: Path) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the images and labels for measurements, None if they do not exist yet or are damaged."""
    try:
        train, labels = np.load(folder / "train.npy"), np.load(folder / "train_labels.npy")
    except (OSError, ValueError, EOFError):
        return None
    return (train, labels) if train.ndim == 2 and len(train) == len(labels) > 0 else None


def rates_of(study: Study, config: dict[str, Any], data: Data, folder: Path, again: bool = False) -> tuple[Rates, bool]:
    """Return the rates of all that a study needs, and whether any of them had to be measured now."""
    file = folder / f"{fingerprint()}.json"
    known = {} if again else stored_rates(file)
    before = json.dumps(known, sort_keys=True)
    images = folder / "study" / "results" / "rates" / "dataset"
    found = _measured_images(images)
    if "startup" not in known or found is None:
        print("Measuring this machine, once: one to three minutes …", file=sys.stderr, flush=True)
        known = {"amounts": {}, "classifiers": {}} | known | _starts(folder / "study")
        found = _measured_images(images)
        assert found, "the smallest study has images"
    train, labels = found
    if "byte" not in known["amounts"]:
        known["amounts"]["byte"] = byte_rate(train)
        known["amounts"] |= encoding_rates(train, config["defaults"])
    for model in study.models.values():
        if kind_of(model) not in known["amounts"]:
            known["amounts"] |= training_rates(train, model, min(2, os.cpu_count() or 1))
    networks, others = trained_by(study, data)
    for rate, network in networks.items():
        if rate not in known["amounts"]:
            known["amounts"][rate] = network_rate(train, labels, network)
    powers = {}
    for name in others:
        settings = {key: value for key, value in config["classifiers"][name].items() if key != "label"}
        if Classifier.of(settings).is_network:  # rows of features fit its last layer, if not the others: a lower bound
            last = {"network": ["flatten", {"dense": "classes"}], "validation": 0.0, "patience": 0}
            settings["parameters"] = {**settings["parameters"], **last}
        digest = digest_of(settings)
        if digest not in known["classifiers"]:
            budget = min(BUDGET, BUDGET_OF_ALL / len(others))
            power = classifier_power(train, labels, for_scikit_learn(Classifier.of(settings), None), budget)
            known["classifiers"][digest] = asdict(power)
        powers[name] = Power(**known["classifiers"][digest])
    changed = json.dumps(known, sort_keys=True) != before
    if changed:
        file.write_text(json.dumps(known, indent=1, sort_keys=True))
    return Rates(known["startup"], known["amounts"], powers, known["memory"], known["written"]), changed


def corrections(jobs: Iterable[tuple[Job, float]], folder: Path) -> tuple[dict[str, float], int]:
    """Return the correction factor of each rule from predicted CPU seconds of past jobs, and the number of jobs."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    count = 0
    for job, predicted in jobs:
        if record := measured(job.benchmark, folder):
            values = (predicted, record["cpu"], record["seconds"] * job.threads)
            sums[job.rule_name] = [old + new for old, new in zip(sums[job.rule_name], values, strict=True)]
            count += 1
    return {rule: corrected(*values) for rule, values in sums.items()}, count
