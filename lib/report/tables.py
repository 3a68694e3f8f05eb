"""The tables of the report in LaTeX, from the tables of the study."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.evaluation.thresholds import LEVEL
from lib.study.settings import PIXELS
from lib.words.labels import words
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import escape, fixed, integer, scientific, signed, table

Tables = dict[str, pd.DataFrame]  # the study's tables by name


def data_table(data: pd.DataFrame) -> str:
    """A row a split, with the statistics of its channels side by side."""

    def per_channel(what: str) -> list[str]:
        columns = [name for name in data.columns if name.startswith(f"{what}_")]
        return [" / ".join(fixed(value, 1) for value in row) for row in data[columns].itertuples(index=False)]

    return table(
        pd.DataFrame(
            {
                _("split"): [escape(_(split)) for split in data["split"]],
                _("images"): [integer(n) for n in data["images"]],
                _("size"): [
                    f"\\ensuremath{{{n}\\times{n}\\times{c}}}"
                    for n, c in zip(data["side"], data["channels"], strict=True)
                ],
                _("classes"): ["–" if pd.isna(n) else integer(n) for n in data["classes"]],
                _("images a class"): [
                    "–" if pd.isna(low) else integer(low) if low == high else f"{integer(low)}–{integer(high)}"
                    for low, high in zip(data["smallest_class"], data["largest_class"], strict=True)
                ],
                _("mean"): per_channel("mean"),
                _("standard deviation"): per_channel("std"),
            }
        ),
        "lrcrrrr",
    )


DIGITS = 16  # of a checksum that are printed
LONGEST = 36  # characters of a file's name that are printed


def _number_of_files(count: int) -> str:
    """What follows a name that stands for several files; nothing where it stands for one."""
    if count == 1:
        return ""
    return " " + ngettext("({count} file)", "({count} files)", count).format(count=integer(count))


def file_table(files: pd.DataFrame) -> str:
    """A row a raw file, with all splits that it serves."""
    groups = files.groupby(["file", "files", "bytes", "sha256"], sort=False)["split"].agg(list).reset_index()
    names = [name if len(name) <= LONGEST else f"{name[: LONGEST - 3]}..." for name in groups["file"]]
    return table(
        pd.DataFrame(
            {
                _("file"): [
                    f"\\texttt{{{escape(name)}}}{_number_of_files(count)}"
                    for name, count in zip(names, groups["files"], strict=True)
                ],
                _("splits"): [escape(", ".join(map(_, splits))) for splits in groups["split"]],
                _("bytes"): [integer(size) for size in groups["bytes"]],
                "SHA-256": [f"\\texttt{{{digest[:DIGITS]}...}}" for digest in groups["sha256"]],
            }
        ),
        "llrl",
    )


def duplicate_table(duplicates: pd.DataFrame) -> str:
    """A row a split: images that equal an earlier one of it, and images that are in another split as well."""
    counts = duplicates.set_index(["first", "second"])["images"]
    splits = list(dict.fromkeys(duplicates["first"]))
    columns = {
        _("split"): [_(split) for split in splits],
        _("repeated within"): [integer(counts[split, split]) for split in splits],
    }
    for first in splits[:-1]:
        columns[_("also in {split}").format(split=_(first))] = [
            integer(counts[first, second]) if (first, second) in counts.index and first != second else "–"
            for second in splits
        ]
    return table(pd.DataFrame(columns), "l" + "r" * (len(columns) - 1))


def own_images(duplicates: pd.DataFrame, data: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table of duplicates without splits that only stand for another: those are equal by definition."""
    own = data.loc[data["images_of"].isna(), "split"]
    return duplicates[duplicates["first"].isin(own) & duplicates["second"].isin(own)]


def network_name(name: str) -> str:
    """A network's name of the tables, such as 75_sigmoid_all, in words."""
    return " ".join(_(part) for part in name.split("_"))


KNOWN = "known function: "  # how checks of the numerical gradient itself begin
CHECKS = ("reduced network, every parameter", "full network, random directions")  # those of a network


def known_table(checks: pd.DataFrame) -> str:
    """The error of the numerical gradient of every known function; all networks are preceded by the same."""
    known = checks[checks["check"].str.startswith(KNOWN)].groupby("check", sort=False)["relative_error"].max()
    return table(
        pd.DataFrame(
            {
                _("function"): [escape(pgettext("function", name.removeprefix(KNOWN))) for name in known.index],
                _("relative error"): [scientific(error) for error in known],
            }
        ),
        "lr",
    )


def gradient_table(checks: pd.DataFrame) -> str:
    """A row a network: the error of its gradient for a reduced network and for itself."""
    columns: dict[str, list[str]] = {_("network"): [], _("parameters"): []}
    for network, rows in checks.groupby("network", sort=False):
        found = rows.set_index("check").loc[list(CHECKS)]
        columns[_("network")].append(escape(network_name(str(network))))
        columns[_("parameters")].append(integer(found["parameters"].iloc[0]))
        for check, error in found["relative_error"].items():
            columns.setdefault(_(str(check)), []).append(scientific(error))
    return table(pd.DataFrame(columns), "lrrr")


def fold_table(folds: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """Mean and standard deviation over the folds."""
    columns = {
        _("features"): [words(name, latex=True) for name in folds["features"]],
        _("classifier"): [escape(_(classifiers[name])) for name in folds["classifier"]],
        _("images"): [integer(n) for n in folds["n_train"]],
        _("accuracy (%)"): [
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
            return "–"
        test = found.loc[(row.setting, rival, row.classifier)]
        star = "\\textsuperscript{*}" if test["p_corrected"] < 1 - LEVEL else ""
        return f"{signed(100 * test['difference'], 1)}{star}"

    rows = list(accuracy.sort_values(["setting"], kind="stable").itertuples())
    columns = {
        _("setting"): [words(str(row.label), latex=True) for row in rows],
        _("features"): [integer(row.n_features) for row in rows],
        _("classifier"): [escape(_(classifiers[row.classifier])) for row in rows],
        _("accuracy (%)"): [
            f"{fixed(100 * row.accuracy, 1)} "
            + _("[{low}, {high}]").format(low=fixed(100 * row.low, 1), high=fixed(100 * row.high, 1))
            for row in rows
        ],
        _("log loss"): [fixed(row.log_loss, 2) for row in rows],
        _("F1"): [fixed(row.f1_macro, 2) for row in rows],
        _("vs. pixels"): [difference(row, PIXELS) for row in rows],
    }
    if len(settings["setting"].unique()) > 1:
        columns[_("vs. first")] = [difference(row, reference) for row in rows]
    return table(pd.DataFrame(columns), "p{0.24\\linewidth}rlc" + "r" * (len(columns) - 4))


def published_table(published: pd.DataFrame, classifiers: dict[str, str]) -> str:
    """What others measured, beside what this study has at the same setting, if it has it."""
    columns = {
        _("source"): [f"\\citet{{{source}}}" for source in published["source"]],
        _("data"): [escape(data) for data in published["data"]],
        _("features"): [words(features, latex=True) for features in published["features"]],
        _("classifier"): [
            "–" if pd.isna(name) else escape(_(classifiers.get(name, name.replace("_", " "))))
            for name in published["classifier"]
        ],
        _("accuracy (%)"): [fixed(100 * value, 1) for value in published["accuracy"]],
        _("this study (%)"): ["–" if pd.isna(value) else fixed(100 * value, 1) for value in published["this_study"]],
    }
    return table(pd.DataFrame(columns), "llllrr")


def stage_name(stage: str) -> str:
    """A stage of the workflow in words."""
    return pgettext("stage", stage.replace("_", " "))


def stage_cost_table(costs: pd.DataFrame) -> str:
    """A row a stage: jobs, share of the time of all jobs, share of the longest, processors at work, memory."""
    total = costs["seconds"].sum()
    columns = {
        _("stage"): [escape(stage_name(stage)) for stage in costs["stage"]],
        _("jobs"): [integer(count) for count in costs["jobs"]],
        _("time (%)"): [fixed(100 * seconds / total, 1) for seconds in costs["seconds"]],
        _("longest job (%)"): [fixed(100 * seconds / total, 1) for seconds in costs["longest"]],
        _("processors"): [
            "–" if seconds == 0 else fixed(processors / seconds, 1)
            for processors, seconds in zip(costs["cpu_seconds"], costs["seconds"], strict=True)
        ],
        _("memory (MB)"): ["–" if pd.isna(memory) else integer(memory) for memory in costs["memory"]],
    }
    return table(pd.DataFrame(columns), "lrrrrr")


def latex_tables(tables: Tables, classifiers: dict[str, str]) -> dict[str, str]:
    """Return the report's tables by name; those of gradient checks only where there are some."""
    accuracy, comparisons = tables["accuracy"], tables["comparisons"]
    result = {
        "data": data_table(tables["data"]),
        "files": file_table(tables["files"]),
        "duplicates": duplicate_table(own_images(tables["duplicates"], tables["data"])),
        "folds": fold_table(tables["folds"], classifiers),
        "published": published_table(tables["published"], classifiers),
        "costs": stage_cost_table(tables["costs"]),
    }
    if len(tables["gradient_check"]):
        result["known_functions"] = known_table(tables["gradient_check"])
        result["gradient_check"] = gradient_table(tables["gradient_check"])
    for name, rows in accuracy.groupby("experiment", sort=False):
        result[str(name)] = accuracy_table(rows, comparisons[comparisons["experiment"] == name], classifiers)
    return result
