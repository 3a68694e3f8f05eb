"""What the LaTeX sources read: numbers as macros, tables, and the sentences of `lib.claims`."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version
from typing import Any

import pandas as pd

from lib import claims
from lib.experiments import PIXELS, as_text
from lib.filters import ORIENTED
from lib.latex import escape, fixed, integer, macros, number, p_value, percent, scientific, table

PACKAGES = ("snakemake", "numpy", "scipy", "scikit-learn", "matplotlib", "pandas")
Tables = dict[str, pd.DataFrame]


def default_row(frame: pd.DataFrame, model: str) -> pd.Series:
    """The row of one model."""
    return frame.set_index("model", drop=False).loc[model]


def numbers(config: dict[str, Any], tables: Tables, default: str, commit: str) -> str:
    """Macros with the settings and results of the default model, and what computed them."""
    defaults, training = config["defaults"], default_row(tables["training"], default)
    data = tables["data"].set_index("split")
    filters = default_row(tables["filters"], default)
    values = {
        "ReportTitle": escape(config["report"]["title"]),
        "ReportAuthor": escape(config["report"]["author"]),
        "StudyName": escape(config["study"]),
        "DatasetName": escape(config["dataset"]),
        "StudySeed": integer(config["seed"]),
        "TrainImages": integer(data.loc["train", "images"]),
        "TestImages": integer(data.loc["test", "images"]),
        "UnlabelledImages": integer(data.loc["unlabeled", "images"]),
        "ImageKind": "grey" if data.loc["train", "channels"] == 1 else "colour",
        "ImageChannels": ", ".join(name.removeprefix("mean_") for name in data.columns if name.startswith("mean_")),
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
        "Iterations": integer(training["iterations"]),
        "Evaluations": integer(training["evaluations"]),
        "FinalLoss": fixed(training["loss"], 3),
        "TrainingSeconds": fixed(training["seconds"], 1),
        "TrainingDevice": escape(training["device"]),
        "FoldCount": str(int(tables["folds"]["folds"].max()) if len(tables["folds"]) else 0),
        "OrientedUnits": integer(filters["oriented_units"]),
        "OrientedShare": percent(filters["oriented_units"] / filters["units"], 0),
        "OrientedBound": f"{ORIENTED:g}",
        "MeanEdgeLikeness": fixed(filters["edge_likeness"], 2),
        "MeanActivation": fixed(filters["mean_activation"], 4),
        "DefaultModel": default,
        "Commit": escape(commit),
        "PythonVersion": escape(platform.python_version()),
        "PackageVersions": escape(", ".join(f"{name} {version(name)}" for name in PACKAGES)),
    }
    return macros(values)


def commit_of(folder: str) -> str:
    """The commit that a folder's files come from, marked where they were changed since; "unknown" outside git."""
    command = ["git", "-C", folder, "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _data(data: pd.DataFrame) -> str:
    """A row a split, with the statistics of its channels side by side."""

    def per_channel(what: str) -> list[str]:
        columns = [name for name in data.columns if name.startswith(f"{what}_")]
        return [" / ".join(fixed(value, 1) for value in row) for row in data[columns].itertuples(index=False)]

    return table(
        pd.DataFrame(
            {
                "split": data["split"],
                "images": [integer(n) for n in data["images"]],
                "size": [
                    f"\\ensuremath{{{n}\\times{n}\\times{c}}}"
                    for n, c in zip(data["side"], data["channels"], strict=True)
                ],
                "classes": ["--" if pd.isna(n) else integer(n) for n in data["classes"]],
                "images a class": [
                    "--" if pd.isna(low) else integer(low) if low == high else f"{integer(low)}--{integer(high)}"
                    for low, high in zip(data["smallest_class"], data["largest_class"], strict=True)
                ],
                "mean": per_channel("mean"),
                "standard deviation": per_channel("std"),
            }
        ),
        "lrcrrrr",
    )


DIGITS = 16  # of a checksum that are printed
LONGEST = 36  # characters of a file's name that are printed


def _files(files: pd.DataFrame) -> str:
    """A row a raw file, with all splits that it serves."""
    groups = files.groupby(["file", "files", "bytes", "sha256"], sort=False)["split"].agg(", ".join).reset_index()
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in groups["file"]]
    return table(
        pd.DataFrame(
            {
                "file": [
                    f"\\texttt{{{escape(name)}}}" + ("" if count == 1 else f" ({integer(count)} files)")
                    for name, count in zip(names, groups["files"], strict=True)
                ],
                "splits": [escape(splits) for splits in groups["split"]],
                "bytes": [integer(size) for size in groups["bytes"]],
                "SHA-256": [f"\\texttt{{{digest[:DIGITS]}...}}" for digest in groups["sha256"]],
            }
        ),
        "llrl",
    )


def _duplicates(duplicates: pd.DataFrame) -> str:
    """A row a split: images that equal an earlier one of it, and images that are in another split as well."""
    counts = duplicates.set_index(["first", "second"])["images"]
    splits = list(dict.fromkeys(duplicates["first"]))
    columns = {"split": splits, "repeated within": [integer(counts[split, split]) for split in splits]}
    for first in splits[:-1]:
        columns[f"also in {first}"] = [
            integer(counts[first, second]) if (first, second) in counts.index and first != second else "--"
            for second in splits
        ]
    return table(pd.DataFrame(columns), "l" + "r" * (len(columns) - 1))


def own_images(duplicates: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table of duplicates without splits that only stand for another: those are equal by definition."""
    own = data.loc[data["images_of"].isna(), "split"]
    return duplicates[duplicates["first"].isin(own) & duplicates["second"].isin(own)]


def latex_tables(tables: Tables, labels: dict[str, str], classifiers: dict[str, str]) -> dict[str, str]:
    """The report's tables by name."""
    data, checks, filters = tables["data"], tables["gradient_check"], tables["filters"]
    results, comparisons = (
        tables["classification"],
        tables["comparisons"].set_index(["model", "layer", "stride", "classifier"]),
    )
    worst = checks.groupby(["network", "check"], sort=False)[["parameters", "relative_error"]].max().reset_index()

    def against_pixels(row: Any) -> tuple[str, str]:
        if row.model == PIXELS:
            return "--", "--"
        test = comparisons.loc[(row.model, row.layer, row.stride, row.classifier)]
        return fixed(100 * test["difference"], 1), p_value(test["p_value"])

    rows = list(results[results["fold"] == "all"].itertuples())
    folds = tables["folds"]
    return {
        "data": _data(data),
        "files": _files(tables["files"]),
        "duplicates": _duplicates(own_images(tables["duplicates"], data)),
        "gradient_check": table(
            pd.DataFrame(
                {
                    "network": [escape(name.replace("_", " ")) for name in worst["network"]],
                    "check": [escape(check) for check in worst["check"]],
                    "parameters": [integer(n) for n in worst["parameters"]],
                    "relative error": [scientific(error) for error in worst["relative_error"]],
                }
            ),
            "llrr",
        ),
        "filters": table(
            pd.DataFrame(
                {
                    "model": [escape(labels[model]) for model in filters["model"]],
                    "units": [integer(n) for n in filters["units"]],
                    "oriented": [integer(n) for n in filters["oriented_units"]],
                    "mean edge-likeness": [fixed(value, 2) for value in filters["edge_likeness"]],
                    "mean activation": [fixed(value, 4) for value in filters["mean_activation"]],
                }
            ),
            "lrrrr",
        ),
        "classification": table(
            pd.DataFrame(
                {
                    "features": [escape(row.features) for row in rows],
                    "number": [integer(row.n_features) for row in rows],
                    "classifier": [escape(classifiers[row.classifier]) for row in rows],
                    "accuracy (%)": [
                        f"{fixed(100 * row.accuracy, 1)} "
                        f"[{fixed(100 * row.accuracy_low, 1)}, {fixed(100 * row.accuracy_high, 1)}]"
                        for row in rows
                    ],
                    "log loss": [fixed(row.log_loss, 2) for row in rows],
                    "F1": [fixed(row.f1_macro, 2) for row in rows],
                    "vs. pixels": [against_pixels(row)[0] for row in rows],
                    "p": [against_pixels(row)[1].replace("p = ", "").replace("p <", "<") for row in rows],
                }
            ),
            "lrlcrrrr",
        ),
        "folds": table(
            pd.DataFrame(
                {
                    "features": [escape(name) for name in folds["features"]],
                    "classifier": [escape(classifiers[name]) for name in folds["classifier"]],
                    "folds": [integer(n) for n in folds["folds"]],
                    "training images": [integer(n) for n in folds["n_train"]],
                    "accuracy (%)": [
                        f"{fixed(100 * mean, 1)} \\ensuremath{{\\pm}} {fixed(100 * std, 1)}"
                        for mean, std in zip(folds["accuracy_mean"], folds["accuracy_std"], strict=True)
                    ],
                }
            ),
            "llrrr",
        ),
    }


def sentences(
    tables: Tables, history: pd.DataFrame, default: str, defaults: dict[str, Any], classifiers: dict[str, str]
) -> str:
    """Macros with every conclusion of the report."""
    filters = tables["filters"]
    untrained = filters[filters["learner"] == "untrained"]
    told = [(row["model"], claims.comparison(row, classifiers)) for row in tables["comparisons"].to_dict("records")]
    centres = set(tables["training"]["centre"])
    return macros(
        {
            "CentringText": claims.centring(defaults["centre"], compared=len(centres) > 1),
            "UnlabelledClaim": claims.unlabelled(tables["data"]),
            "DuplicateClaim": claims.duplicates(own_images(tables["duplicates"], tables["data"])),
            "GradientClaim": claims.gradient(tables["gradient_check"]),
            "FilterClaim": claims.filters(
                default_row(filters, default), None if untrained.empty else untrained.iloc[0]
            ),
            "ConvergenceClaim": claims.convergence(history, defaults["iterations"]),
            "DefaultClassificationClaim": " ".join(sentence for model, sentence in told if model == default),
            "ClassificationClaims": "".join(f"\\item {sentence}\n" for _, sentence in told),
        }
    )
