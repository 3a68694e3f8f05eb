"""The tables of the report in LaTeX, from the tables of the study."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import pandas as pd

from lib.report import exploration_claims
from lib.report.model_tables import bound_table, error_table, learner_table, loss_table, network_table
from lib.report.phrases import accuracy_interval, ratio_interval, shown_p, significant
from lib.study import contents
from lib.study.labels import Label
from lib.study.model_labels import feature_labels
from lib.study.settings import NETWORK_SETTINGS, stated
from lib.study.study import Study
from lib.tabulation.published import published_label
from lib.words.labels import Form, label_text
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import LEFT, escape, fixed, integer, number, p_value, scientific, signed, significant_digits, table

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


SHORT = 40  # characters of a label in one line
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
    columns: dict[str, list[str]] = {_("network"): [], _("reduced parameters"): []}
    for network, rows in checks.groupby("network", sort=False):
        found = rows.set_index("check").loc[list(CHECKS)]
        settings = stated(study.networks[str(network)], NETWORK_SETTINGS)
        columns[_("network")].append(label_text(Label.of(settings), Form.LATEX))
        columns[_("reduced parameters")].append(integer(found["parameters"].iloc[0]))
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
    return table(pd.DataFrame(columns), f"{LEFT}{{0.4\\linewidth}}lrr")


def _mark(row: Any) -> str:
    """Return the sign of a significant comparison, with pixels or with the first setting; nothing for another one."""
    if not significant(row.p_corrected) or row.rival not in ("pixels", "first"):
        return ""
    sign = "*" if row.rival == "first" else "+" if row.difference > 0 else "−"
    return f"\\textsuperscript{{{sign}}}"


def _difference(row: pd.Series) -> str:
    """Return a difference of accuracies in points with its interval."""
    low, high = (signed(100 * row[end], 1) for end in ("low", "high"))
    return f"{signed(100 * row['difference'], 1)} " + _("[{low}, {high}]").format(low=low, high=high)


def gain_table(accuracy: pd.DataFrame, comparisons: pd.DataFrame, study: Study, classifiers: Mapping[str, str]) -> str:
    """Return one row per classifier of an experiment with one setting: pixels, features, difference, p-value.

    Where all classifiers train the whole network, the columns say so. Features of fewer training images than pixels are
    not compared with them: the difference is a dash.
    """
    own, pixels = (accuracy[accuracy["setting"] == number].set_index("classifier") for number in (0, -1))
    tests = comparisons[comparisons["rival"] == "pixels"].set_index("classifier")
    trained = set(own.index) <= study.fine_tuning
    columns = {
        _("trained with") if trained else _("classifier"): [escape(_(classifiers[name])) for name in own.index],
        _("pixels (%)"): [accuracy_interval(pixels.loc[name]) for name in own.index],
        _("network (%)") if trained else _("features (%)"): [accuracy_interval(own.loc[name]) for name in own.index],
        _("difference (points)"): [_difference(tests.loc[name]) if name in tests.index else "–" for name in own.index],
        "p": [shown_p(tests.loc[name]) if name in tests.index else "–" for name in own.index],
    }
    return table(pd.DataFrame(columns), "lcccr")


def accuracy_table(
    accuracy: pd.DataFrame, comparisons: pd.DataFrame, study: Study, classifiers: Mapping[str, str]
) -> str:
    """Return one row per setting of one experiment, pixels first, and one column of accuracies per classifier.

    A number that varies alone rises from row to row. A plus or minus marks a significant difference from pixels, a star
    one from the first setting. The number of features is that of classifiers that do not train a network on the images
    themselves; without such there is none.
    """
    (experiment,) = accuracy["experiment"].unique()
    marks = {
        key: "".join(map(_mark, rows.itertuples())) for key, rows in comparisons.groupby(["setting", "classifier"])
    }
    cells: dict[int, dict[str, str]] = {}
    extracted = accuracy[~accuracy["classifier"].isin(study.fine_tuning)]
    sizes = extracted.drop_duplicates("setting").set_index("setting")["n_features"]
    order = {setting: place for place, setting in enumerate([-1, *study.ordered(experiment)])}  # -1: pixels
    for row in accuracy.sort_values("setting", key=lambda settings: settings.map(order), kind="stable").itertuples():
        columns = cells.setdefault(
            row.setting,
            {_("setting"): label_text(study.label(experiment, row.setting), Form.LATEX)}
            | ({_("features"): integer(sizes[row.setting])} if len(sizes) else {}),
        )
        mark = marks.get((row.setting, row.classifier), "")
        columns[_(classifiers[row.classifier])] = f"{accuracy_interval(row)}{mark}"
    rows = pd.DataFrame(list(cells.values()))
    longest = max(len(label_text(study.label(experiment, number))) for number in cells)
    setting = "l" if longest <= SHORT else f"{LEFT}{{0.4\\linewidth}}"
    numbers = "r" if len(sizes) else ""
    return table(rows, setting + numbers + "l" * (rows.shape[1] - 1 - len(numbers)))


def convergence_table(rows: pd.DataFrame, study: Study, experiment: str) -> str:
    """Return one row per checkpoint: the error of the first and the second setting, their ratio, and its p-value.

    rows: of the table of convergence, with this experiment.
    """
    first, second_label = (label_text(study.label(experiment, number)) for number in (0, 1))
    cells = []
    for (against, at), own in rows.groupby(["against", "at"], sort=False):
        errors = own.set_index("setting")
        if not {0, 1} <= set(errors.index):
            continue
        second = errors.loc[1]
        cells.append(
            {
                _("at"): _("{count} iterations").format(count=integer(at))
                if against == "iterations"
                else _("{seconds} s").format(seconds=number(at)),
                first: significant_digits(errors.loc[0, "reconstruction"], 4),
                second_label: significant_digits(second["reconstruction"], 4),
                _("ratio"): ratio_interval(second),
                "p": "–" if pd.isna(second["p_corrected"]) else p_value(second["p_corrected"]),
            }
        )
    return table(pd.DataFrame(cells, columns=[_("at"), first, second_label, _("ratio"), "p"]), "rrrcr")


def published_table(published: pd.DataFrame, classifiers: Mapping[str, str]) -> str:
    """Return one row per published accuracy, next to the accuracy of this study at the same setting, if it has it.

    The text names a source or a data set that all have.
    """
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
    shared = [key for key, name in ((_("source"), "source"), (_("data"), "data")) if published[name].nunique() < 2]
    return table(pd.DataFrame(columns).drop(columns=shared), "llllrr"[len(shared) :])


def stage_name(stage: str) -> str:
    """Return the name of a stage of the workflow in words."""
    return pgettext("stage", stage.replace("_", " "))


def stage_cost_table(costs: pd.DataFrame) -> str:
    """Return one row per stage: jobs, CPU time, its share, the largest memory of a job; last one for all stages."""
    total = costs["cpu_seconds"].sum(skipna=False)
    seconds_of = [*costs["cpu_seconds"], total]
    columns = {
        _("stage"): [*(escape(stage_name(stage)) for stage in costs["stage"]), _("all")],
        _("jobs"): [integer(count) for count in [*costs["jobs"], costs["jobs"].sum()]],
        _("CPU time (s)"): ["–" if pd.isna(seconds) else integer(seconds) for seconds in seconds_of],
        _("share (%)"): [
            "–" if pd.isna(seconds) or not total else fixed(100 * seconds / total, 1) for seconds in seconds_of
        ],
        _("memory (MB)"): [
            "–" if pd.isna(memory) else integer(memory) for memory in [*costs["memory"], costs["memory"].max()]
        ],
    }
    return table(pd.DataFrame(columns), "lrrrr")


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
        "costs": stage_cost_table(tables["costs"]),
    }
    if len(tables["gradient_check"]):
        result["known_functions"] = known_table(tables["gradient_check"])
        result["gradient_check"] = gradient_table(tables["gradient_check"], study)
    result["published"] = published_table(tables["published"], classifiers)
    for name, rows in accuracy.groupby("experiment", sort=False):
        own = comparisons[comparisons["experiment"] == name]
        single = rows["setting"].max() == 0
        result[str(name)] = (
            gain_table(rows, own, study, classifiers) if single else accuracy_table(rows, own, study, classifiers)
        )
    for name in filter(partial(contents.compares_learners, study), study.experiments):
        rows, measures = (one[one["experiment"] == name] for one in (accuracy, tables["measures"]))
        result[f"{name}-learners"] = learner_table(rows, measures, study, classifiers)
    for name in filter(partial(contents.compares_errors, study), study.experiments):
        measures = tables["measures"]
        result[f"{name}-errors"] = error_table(measures[measures["experiment"] == name], study, name)
    for name in filter(partial(contents.compares_convergence, study), study.experiments):
        rows = tables["convergence"]
        result[f"{name}-convergence"] = convergence_table(rows[rows["experiment"] == name], study, name)
    for name in filter(partial(contents.compares_log_losses, study), study.experiments):
        result[f"{name}-losses"] = loss_table(accuracy[accuracy["experiment"] == name], study, classifiers)
    for name in filter(study.networks_of, study.experiments):
        rows = tables["networks"]
        result[f"{name}-networks"] = network_table(rows[rows["experiment"] == name], study, classifiers)
    if "bounds" in tables:
        for name, rows in tables["bounds"].groupby("experiment", sort=False):
            result[f"{name}-bounds"] = bound_table(rows, study, str(name))
    return result | exploration_claims.latex_tables(tables)
