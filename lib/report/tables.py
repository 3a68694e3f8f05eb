"""The tables of the report in LaTeX, from the tables of the study."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from lib.evaluation.thresholds import LEVEL
from lib.study.experiments import Study, feature_labels
from lib.study.labels import Label
from lib.study.settings import NETWORK_SETTINGS, PIXELS, stated
from lib.tabulation.published import published_label
from lib.words.labels import Form, label_text
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import escape, fixed, integer, scientific, signed, table

Tables = dict[str, pd.DataFrame]  # the study's tables by name


def data_table(data: pd.DataFrame) -> str:
    """Return one row per split, with the statistics of all channels in one cell."""

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
                _("images per class"): [
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
    """Return the number of files after the name of a folder, nothing after the name of a file."""
    if count == 1:
        return ""
    return " " + ngettext("({count} file)", "({count} files)", count).format(count=integer(count))


def file_table(files: pd.DataFrame) -> str:
    """Return one row per raw file, with all splits that are read from it."""
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
    """Return one row per split: images equal to an earlier one of it, and images that another split has as well."""
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
    """Return the rows of the table of duplicates without splits that use the images of another, equal by definition."""
    own = data.loc[data["images_of"].isna(), "split"]
    return duplicates[duplicates["first"].isin(own) & duplicates["second"].isin(own)]


KNOWN = "known function: "  # how checks of the numerical gradient itself begin
CHECKS = ("reduced network, every parameter", "full network, random directions")  # of every network


def known_table(checks: pd.DataFrame) -> str:
    """Return one row per known function: the largest error of its numerical gradient in the checks of all networks."""
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


def gradient_table(checks: pd.DataFrame, study: Study) -> str:
    """Return one row per network: the error of its gradient for a reduced network and for itself."""
    columns: dict[str, list[str]] = {_("network"): [], _("parameters"): []}
    for network, rows in checks.groupby("network", sort=False):
        found = rows.set_index("check").loc[list(CHECKS)]
        settings = stated(study.networks[str(network)], NETWORK_SETTINGS)
        columns[_("network")].append(label_text(Label.of(settings), Form.LATEX))
        columns[_("parameters")].append(integer(found["parameters"].iloc[0]))
        for check, error in found["relative_error"].items():
            columns.setdefault(_(str(check)), []).append(scientific(error))
    return table(pd.DataFrame(columns), "lrrr")


def fold_table(folds: pd.DataFrame, study: Study, classifiers: Mapping[str, str]) -> str:
    """Return one row per evaluation on folds: mean and standard deviation of the accuracy."""
    labels = feature_labels(study)
    columns = {
        _("features"): [
            label_text(labels[features], Form.LATEX) for features in zip(folds["model"], folds["view"], strict=True)
        ],
        _("classifier"): [escape(_(classifiers[name])) for name in folds["classifier"]],
        _("images"): [integer(n) for n in folds["n_train"]],
        _("accuracy (%)"): [
            f"{fixed(100 * mean, 1)} \\ensuremath{{\\pm}} {fixed(100 * std, 1)}"
            for mean, std in zip(folds["accuracy_mean"], folds["accuracy_std"], strict=True)
        ],
    }
    return table(pd.DataFrame(columns), "p{0.4\\linewidth}lrr")


def _interval(low: float, high: float) -> str:
    return _("[{low}, {high}]").format(low=fixed(100 * low, 1), high=fixed(100 * high, 1))


def _differences(rows: Iterable[Any], comparisons: pd.DataFrame) -> list[str]:
    """Return the difference of each row of the table of accuracies in points, with a star where it is significant.

    comparisons: with one rival.
    """
    found = comparisons.set_index(["setting", "classifier"])
    cells = []
    for row in rows:
        if (row.setting, row.classifier) not in found.index:
            cells.append("–")
            continue
        test = found.loc[(row.setting, row.classifier)]
        star = "\\textsuperscript{*}" if test["p_corrected"] < 1 - LEVEL else ""
        cells.append(f"{signed(100 * test['difference'], 1)}{star}")
    return cells


def accuracy_table(
    accuracy: pd.DataFrame, comparisons: pd.DataFrame, study: Study, classifiers: Mapping[str, str]
) -> str:
    """Return one row per setting of one experiment and classifier, pixels first, with the differences to its rivals."""
    rows = list(accuracy.sort_values(["setting"], kind="stable").itertuples())
    columns = {
        _("setting"): [label_text(study.label(row.experiment, row.setting), Form.LATEX) for row in rows],
        _("features"): [integer(row.n_features) for row in rows],
        _("classifier"): [escape(_(classifiers[row.classifier])) for row in rows],
        _("accuracy (%)"): [f"{fixed(100 * row.accuracy, 1)} {_interval(row.low, row.high)}" for row in rows],
        _("log loss"): [fixed(row.log_loss, 2) for row in rows],
        _("F1"): [fixed(row.f1_macro, 2) for row in rows],
        _("vs. pixels"): _differences(rows, comparisons[comparisons["against"] == PIXELS]),
    }
    if accuracy["setting"].max() > 0:
        columns[_("vs. first")] = _differences(rows, comparisons[comparisons["against"] != PIXELS])
    return table(pd.DataFrame(columns), "p{0.24\\linewidth}rlc" + "r" * (len(columns) - 4))


def published_table(published: pd.DataFrame, classifiers: Mapping[str, str]) -> str:
    """Return one row per published accuracy, next to the accuracy of this study at the same setting, if it has it."""
    columns = {
        _("source"): [f"\\citet{{{source}}}" for source in published["source"]],
        _("data"): [escape(data) for data in published["data"]],
        _("features"): [label_text(published_label(row), Form.LATEX) for row in published.to_dict("records")],
        _("classifier"): [
            "–" if pd.isna(name) else escape(_(classifiers.get(name, name.replace("_", " "))))
            for name in published["classifier"]
        ],
        _("accuracy (%)"): [fixed(100 * value, 1) for value in published["accuracy"]],
        _("this study (%)"): ["–" if pd.isna(value) else fixed(100 * value, 1) for value in published["this_study"]],
    }
    return table(pd.DataFrame(columns), "llllrr")


def stage_name(stage: str) -> str:
    """Return the name of a stage of the workflow in words."""
    return pgettext("stage", stage.replace("_", " "))


def stage_cost_table(costs: pd.DataFrame) -> str:
    """Return one row per stage: jobs, shares of the time of all jobs, processors at work, memory."""
    total = costs["seconds"].sum()
    columns = {
        _("stage"): [escape(stage_name(stage)) for stage in costs["stage"]],
        _("jobs"): [integer(count) for count in costs["jobs"]],
        _("time (%)"): [fixed(100 * seconds / total, 1) for seconds in costs["seconds"]],
        _("longest job (%)"): [fixed(100 * seconds / total, 1) for seconds in costs["longest"]],
        _("processors"): [
            "–" if seconds == 0 or pd.isna(processors) else fixed(processors / seconds, 1)
            for processors, seconds in zip(costs["cpu_seconds"], costs["seconds"], strict=True)
        ],
        _("memory (MB)"): ["–" if pd.isna(memory) else integer(memory) for memory in costs["memory"]],
    }
    return table(pd.DataFrame(columns), "lrrrrr")


def latex_tables(tables: Tables, study: Study, classifiers: Mapping[str, str]) -> dict[str, str]:
    """Return the report's tables by name; tables of gradient checks only where there are checks.

    classifiers: their labels by name.
    """
    accuracy, comparisons = tables["accuracy"], tables["comparisons"]
    result = {
        "data": data_table(tables["data"]),
        "files": file_table(tables["files"]),
        "duplicates": duplicate_table(own_images(tables["duplicates"], tables["data"])),
        "folds": fold_table(tables["folds"], study, classifiers),
        "published": published_table(tables["published"], classifiers),
        "costs": stage_cost_table(tables["costs"]),
    }
    if len(tables["gradient_check"]):
        result["known_functions"] = known_table(tables["gradient_check"])
        result["gradient_check"] = gradient_table(tables["gradient_check"], study)
    for name, rows in accuracy.groupby("experiment", sort=False):
        own = comparisons[comparisons["experiment"] == name]
        result[str(name)] = accuracy_table(rows, own, study, classifiers)
    return result
