"""The macros with numbers that the LaTeX sources read."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from lib.base.devices import processor_name
from lib.evaluation.scores import REPLICATES, SMALLEST_P
from lib.evaluation.thresholds import ALIKE, COPIES, ORIENTED
from lib.gradient import EPSILON
from lib.report import data_claims
from lib.report.tables import Tables
from lib.study.settings import as_text
from lib.words.language import _, ngettext
from lib.words.latex import escape, integer, macros, number

PACKAGES = ("snakemake", "numpy", "scipy", "numba", "scikit-learn", "matplotlib", "pandas")


def default_row(frame: pd.DataFrame, model: str) -> pd.Series:
    """Return the row of one model."""
    return frame.set_index("model", drop=False).loc[model]


def processor() -> str:
    """Return what the processor of this machine is called, and its number of cores that the system shows."""
    count = os.cpu_count() or 1
    return ngettext("{name}, {count} core", "{name}, {count} cores", count).format(
        name=escape(processor_name()), count=integer(count)
    )


def numbers(config: dict[str, Any], tables: Tables, history: pd.DataFrame, default: str, commit: str) -> str:
    """Return macros with the settings and results of the default model, and what computed them.

    history: one row per iteration of the default model, without rows for a learner that records none.
    """
    defaults, training = config["defaults"], default_row(tables["training"], default)
    data = tables["data"].set_index("split")
    values = {
        "ReportTitle": escape(_(config["report"]["title"])),
        "ReportAuthor": escape(_(config["report"]["author"])),
        "StudyName": escape(config["study"]),
        "DatasetName": escape(Path(config["dataset"]).name),
        "EmbeddedClaim": data_claims.embedded(config["dataset"]),
        "StudySeed": integer(config["seed"]),
        "ImageKind": _("grey") if data.loc["train", "channels"] == 1 else _("colour"),
        "ImageChannels": ", ".join(_(name.removeprefix("mean_")) for name in data.columns if name.startswith("mean_")),
        "ImageSide": integer(data.loc["train", "side"]),
        "ClassCount": integer(data.loc["train", "classes"]),
        "PatchCount": integer(defaults["patches"]),
        "PatchSize": integer(defaults["patch_size"]),
        "VisibleUnits": integer(data.loc["train", "channels"] * defaults["patch_size"] ** 2),
        "HiddenUnits": as_text(defaults["hidden"]),
        "SettingRho": number(defaults["rho"]),
        "SettingLambda": number(defaults["lambda"]),
        "SettingBeta": number(defaults["beta"]),
        "SettingStride": integer(defaults["stride"]),
        "IterationLimit": integer(defaults["iterations"]),
        "Evaluations": integer(training["evaluations"]),
        "CheckStep": number(EPSILON),
        "CheckCount": str(len(tables["gradient_check"])),
        "PublishedCount": str(len(tables["published"])),
        "GraphicsCount": str(len(tables.get("gpu", ()))),
        "Processor": processor(),
        "IterationCount": str(len(history)),
        "TrainingDevice": escape(training["device"]),
        "FoldCount": str(int(tables["folds"]["folds"].max()) if len(tables["folds"]) else 0),
        "Replicates": integer(REPLICATES),
        "SmallestP": number(round(SMALLEST_P, 6)),
        "OrientedBound": number(ORIENTED),
        "CopiesBound": number(COPIES),
        "AlikeBound": number(ALIKE),
        "Commit": escape(commit),
        "PythonVersion": escape(platform.python_version()),
        "PackageVersions": escape(", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    }
    return macros(values)


def commit_of(folder: str) -> str:
    """Return the commit of a folder's files, marked if they were changed since; "unknown" outside git."""
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
