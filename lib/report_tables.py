"""The tables of the report in LaTeX, from the tables of the study."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.experiments import PIXELS
from lib.latex import escape, fixed, integer, scientific, table
from lib.statistics import LEVEL

Tables = dict[str, pd.DataFrame]  # the study's tables by name


def data_table(data: pd.DataFrame) -> str:
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


def file_table(files: pd.DataFrame) -> str:
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


def duplicate_table(duplicates: pd.DataFrame) -> str:
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


def gradient_table(checks: pd.DataFrame) -> str:
    """The worst error of every kind of gradient check, of known functions once."""
    worst = checks.groupby(["network", "check"], sort=False)[["parameters", "relative_error"]].max().reset_index()
    known = worst["check"].duplicated() & ~worst["check"].str.startswith("loss")
    worst = worst[~known]
    columns = {
        "network": [
            escape(name.replace("_", " ")) if check.startswith("loss") else "--"
            for name, check in zip(worst["network"], worst["check"], strict=True)
        ],
        "check": [escape(check) for check in worst["check"]],
        "parameters": [integer(n) for n in worst["parameters"]],
        "relative error": [scientific(error) for error in worst["relative_error"]],
    }
    return table(pd.DataFrame(columns), "llrr")


def fold_table(folds: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """Mean and standard deviation over the folds."""
    columns = {
        "features": [escape(name) for name in folds["features"]],
        "classifier": [escape(classifiers[name]) for name in folds["classifier"]],
        "images": [integer(n) for n in folds["n_train"]],
        "accuracy (%)": [
            f"{fixed(100 * mean, 1)} \\ensuremath{{\\pm}} {fixed(100 * std, 1)}"
            for mean, std in zip(folds["accuracy_mean"], folds["accuracy_std"], strict=True)
        ],
    }
    return table(pd.DataFrame(columns), "p{0.4\\linewidth}lrr")


def accuracy_table(accuracy: pd.DataFrame, comparisons: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """Accuracy of the settings of one experiment, pixels first, and the comparisons with pixels and the first."""
    found = comparisons.set_index(["setting", "against", "classifier"])
    settings = accuracy[accuracy["setting"] >= 0].sort_values("setting")
    reference = settings["label"].iloc[0]

    def difference(row: Any, rival: str) -> str:
        if (row.setting, rival, row.classifier) not in found.index:
            return "--"
        test = found.loc[(row.setting, rival, row.classifier)]
        star = "\\textsuperscript{*}" if test["p_corrected"] < 1 - LEVEL else ""
        return f"\\ensuremath{{{100 * test['difference']:+.1f}}}{star}"

    rows = list(accuracy.sort_values(["setting"], kind="stable").itertuples())
    columns = {
        "setting": [escape(row.label) for row in rows],
        "features": [integer(row.n_features) for row in rows],
        "classifier": [escape(classifiers[row.classifier]) for row in rows],
        "accuracy (%)": [
            f"{fixed(100 * row.accuracy, 1)} [{fixed(100 * row.low, 1)}, {fixed(100 * row.high, 1)}]" for row in rows
        ],
        "log loss": [fixed(row.log_loss, 2) for row in rows],
        "F1": [fixed(row.f1_macro, 2) for row in rows],
        "vs. pixels": [difference(row, PIXELS) for row in rows],
    }
    if len(settings["setting"].unique()) > 1:
        columns["vs. first"] = [difference(row, reference) for row in rows]
    return table(pd.DataFrame(columns), "p{0.24\\linewidth}rlc" + "r" * (len(columns) - 4))


def latex_tables(tables: Tables, classifiers: dict[str, str]) -> dict[str, str]:
    """The report's tables by name; those of an experiment carry its name."""
    accuracy, comparisons = tables["accuracy"], tables["comparisons"]
    result = {
        "data": data_table(tables["data"]),
        "files": file_table(tables["files"]),
        "duplicates": duplicate_table(own_images(tables["duplicates"], tables["data"])),
        "gradient_check": gradient_table(tables["gradient_check"]),
        "folds": fold_table(tables["folds"], classifiers),
    }
    for name, rows in accuracy.groupby("experiment", sort=False):
        result[str(name)] = accuracy_table(rows, comparisons[comparisons["experiment"] == name], classifiers)
    return result
