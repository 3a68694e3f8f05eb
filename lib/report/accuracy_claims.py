"""Sentences on accuracies that follow from the tables of an experiment by rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report.answers import Answer, Outcome
from lib.report.phrases import corrected_p, listed, named, points, shown_p, significant
from lib.report.results import Results
from lib.study.model_labels import feature_labels
from lib.study.study import Axis, single_models
from lib.words.labels import Form, setting_name
from lib.words.language import _, ngettext
from lib.words.latex import fixed, integer, number, percent, signed

_MOST_VALUES = 6  # of an axis, whose accuracies a sentence lists


def split(rows: pd.DataFrame, column: str = "difference") -> dict[str, pd.DataFrame]:
    """Return the comparisons that show a gain, that show a loss, and the others."""
    shown = rows["p_corrected"].map(significant).astype(bool)
    return {
        "better": rows[shown & (rows[column] > 0)],
        "worse": rows[shown & (rows[column] < 0)],
        "unclear": rows[~shown],
    }


def outcome_of(parts: dict[str, pd.DataFrame]) -> Outcome:
    """Return whether comparisons, or trends, show a gain: in part where some show a gain and others do not."""
    better, worse, unclear = (len(parts[one]) > 0 for one in ("better", "worse", "unclear"))
    if better:
        return Outcome.MIXED if worse or unclear else Outcome.SHOWN
    return Outcome.CONTRADICTED if worse else Outcome.OPEN


def classifiers_of(results: Results, rows: pd.DataFrame) -> str:
    """Return the classifiers of comparisons, each once."""
    return listed([results.classifier(name) for name in dict.fromkeys(rows["classifier"])])


def starts_from_default(results: Results, experiment: str) -> bool:
    """Return whether the first setting of an experiment has the default features."""
    return results.study.experiments[experiment].combinations[0].members[0] == results.study.default


def accuracy_with(results: Results, row: Any) -> str:
    """Return the accuracy of a row of the table of accuracies and its classifier, in words."""
    return _("{accuracy} with {classifier}").format(
        accuracy=percent(row["accuracy"]), classifier=results.classifier(row["classifier"])
    )


def best(results: Results, experiment: str) -> Answer:
    """Return the most accurate setting of an experiment, and its comparison with the first setting and with pixels."""
    accuracy = results.of("accuracy", experiment)
    own = accuracy[accuracy["setting"] >= 0]
    if own.empty:
        return Answer("")
    top = own.loc[own["accuracy"].idxmax()]
    against_first = results.compared(top, "first")
    against_pixels = results.compared(top, "pixels")
    accuracy_text, label = accuracy_with(results, top), named(top["name"])
    if against_first is None:
        text = _("The most accurate setting is {label}, the first one ({accuracy})").format(
            label=label, accuracy=accuracy_text
        )
        text += _next(results, own, top)
    elif significant(against_first["p_corrected"]):
        text = _("The most accurate setting is {label} ({accuracy}), {points} more than {first} ({p})").format(
            label=label,
            accuracy=accuracy_text,
            points=points(against_first),
            first=named(results.first(experiment)),
            p=corrected_p(against_first),
        )
    else:
        text = _(
            "The most accurate setting is {label} ({accuracy}), but no difference from {first} was detected "
            "({points}, {p})"
        ).format(
            label=label,
            accuracy=accuracy_text,
            points=points(against_first),
            first=named(results.first(experiment)),
            p=corrected_p(against_first),
        )
    if against_pixels is not None:
        text += "; " + _("compared with pixels the difference is {points} ({p})").format(
            points=points(against_pixels), p=corrected_p(against_pixels)
        )
    return Answer(text + ".", Outcome.NONE, untrained(results, experiment).text)


def _next(results: Results, own: pd.DataFrame, top: Any) -> str:
    """Return how the next most accurate setting by the same classifier differs from the first one, the most accurate.

    own: rows of the table of accuracies with the settings of the experiment. top: the row of the first one.
    """
    others = own[(own["classifier"] == top["classifier"]) & (own["setting"] != top["setting"])]
    if others.empty:
        return ""
    second = others.loc[others["accuracy"].idxmax()]
    difference = results.compared(second, "first")
    if difference is None:
        return ""
    return _("; the next, {label}, differs from it by {points} ({p})").format(
        label=named(second["name"]), points=points(difference), p=corrected_p(difference)
    )


def against_first(results: Results, experiment: str) -> str:
    """Return with which classifiers the second setting of an experiment is more accurate than the first."""
    rows = results.rivals(experiment, "first")
    rows = rows[rows["setting"] == 1]
    if rows.empty:
        return ""
    clauses = []
    for verdict, message in (
        ("better", _("higher with {classifiers}")),
        ("worse", _("lower with {classifiers}")),
        ("unclear", _("not shown to differ with {classifiers}")),
    ):
        chosen = split(rows)[verdict]
        items = [
            _("{what} ({difference})").format(
                what=results.classifier(row["classifier"]), difference=f"{points(row)}, {shown_p(row)}"
            )
            for row in chosen.to_dict("records")
        ]
        if items:
            clauses.append(message.format(classifiers=listed(items)))
    return _("Compared with {first}, the accuracy of {second} is {clauses}.").format(
        first=named(results.first(experiment)), second=named(rows["name"].iloc[0]), clauses="; ".join(clauses)
    )


def untrained(results: Results, experiment: str) -> Answer:
    """Return in how many comparisons trained filters are better than untrained ones used in the same way.

    The outcome refers to the hypothesis that learning without labels helps.
    """
    rows = results.rivals(experiment, "untrained")
    if rows.empty:
        return Answer("")
    parts = split(rows)
    better, worse = len(parts["better"]), len(parts["worse"])
    largest = rows.loc[rows["difference"].abs().idxmax()]
    if not better and not worse:
        text = ngettext(
            "No difference between the trained network and the untrained one used in the same way is shown in {count} "
            "comparison; the largest is {points} ({label}, {classifier}).",
            "No difference between the trained network and the untrained one used in the same way is shown in {count} "
            "comparisons; the largest is {points} ({label}, {classifier}).",
            len(rows),
        )
    else:
        text = ngettext(
            "Compared with the untrained network used in the same way, the trained one is more accurate in {better} of "
            "{count} comparison and less accurate in {worse}; the largest difference is {points} ({label}, "
            "{classifier}).",
            "Compared with the untrained network used in the same way, the trained one is more accurate in {better} of "
            "{count} comparisons and less accurate in {worse}; the largest difference is {points} ({label}, "
            "{classifier}).",
            len(rows),
        )
    text = text.format(
        better=integer(better),
        worse=integer(worse),
        count=integer(len(rows)),
        points=points(largest),
        label=named(largest["name"]),
        classifier=results.classifier(largest["classifier"]),
    )
    return Answer(text, outcome_of(parts))


def trend(results: Results, experiment: str, with_numbers: bool = True) -> Answer:
    """Return, by classifier, whether accuracy rises or falls along the axis of an experiment.

    with_numbers: whether the accuracies and slopes are in the text.
    The outcome is shown where accuracy rises with every classifier, and in part where it rises with some.
    """
    rows = results.of("trends", experiment)
    axis = results.study.axis(experiment)
    if rows.empty or axis is None:
        return Answer("")
    parts = split(rows, "slope")
    clauses = []
    for verdict, message in (
        ("better", _("the accuracy rises with {classifiers}")),
        ("worse", _("the accuracy falls with {classifiers}")),
        ("unclear", _("no trend was detected with {classifiers}")),
    ):
        if len(parts[verdict]):
            slopes = [
                f"{results.classifier(row['classifier'])} ({_along(results, experiment, row)}{_slope(row, axis)})"
                if with_numbers
                else results.classifier(row["classifier"])
                for row in parts[verdict].to_dict("records")
            ]
            clauses.append(message.format(classifiers=listed(slopes)))
    low, high = (_value(value) for value in (min(axis.values), max(axis.values)))
    text = _("For values of {setting} from {low} to {high}, {verdicts}.").format(
        setting=setting_name(axis.key, Form.LATEX), low=low, high=high, verdicts="; ".join(clauses)
    )
    return Answer(text, outcome_of(parts))


def _value(value: float) -> str:
    """Return a value of an axis: whole, as a decimal, or as a power of ten."""
    if float(value).is_integer() and abs(value) < 1e6:
        return integer(value)
    return number(value)


def _along(results: Results, experiment: str, row: dict[str, Any]) -> str:
    """Return the accuracies of a classifier along the axis of an experiment, nothing for more than `_MOST_VALUES`."""
    axis = results.study.axis(experiment)
    rows = results.of("accuracy", experiment)
    rows = rows[(rows["classifier"] == row["classifier"]) & (rows["setting"] >= 0)].set_index("setting")
    if axis is None or len(rows) > _MOST_VALUES:
        return ""
    ordered = sorted(rows.index, key=lambda setting: axis.values[setting])
    return listed([percent(rows.loc[setting, "accuracy"]) for setting in ordered]) + "; "


def _slope(row: dict[str, Any], axis: Axis) -> str:
    """Return the slope of a trend per tenfold or, for a linear one, over all values of the axis."""
    tenfold = row["scale"] == "log10"
    span = 1.0 if tenfold else max(axis.values) - min(axis.values)
    values = {key: signed(100 * span * row[key], 2) for key in ("slope", "low", "high")}
    message = (
        _("{slope} points per tenfold [{low}, {high}], {p}")
        if tenfold
        else _("{slope} points over all values [{low}, {high}], {p}")
    )
    return message.format(**values, p=corrected_p(row))


def deeper_settings(results: Results, experiment: str) -> list[int]:
    """Return the settings of an experiment whose networks have more layers than the network of its first setting.

    There are none where a network has fewer layers than the first one, and where features of several are joined.
    """
    study = results.study
    models = [single_models(study, combination) for combination in study.experiments[experiment].combinations]
    layers = [len(study.models[of[0]].layers) for of in models if of]
    if len(layers) < len(models):
        return []
    return [number for number, count in enumerate(layers) if count > layers[0]] if min(layers) == layers[0] else []


def depth(results: Results, experiment: str) -> Answer:
    """Return whether features of deeper networks are more accurate than features of the first setting.

    Settings that collapsed in some repetition do not count, unless all did.
    """
    rows = results.rivals(experiment, "first")
    rows = rows[rows["setting"].isin(deeper_settings(results, experiment))]
    if rows.empty:
        return Answer("")
    collapsed = results.measure(experiment, "collapsed")
    sound = rows[~rows["setting"].isin(collapsed.loc[collapsed["mean"] > 0, "setting"])]
    left_out = _("Collapsed networks do not count.") if 0 < len(sound) < len(rows) else ""
    rows = sound if len(sound) else rows
    parts, top, count = split(rows), rows.loc[rows["difference"].idxmax()], len(rows)
    text = ngettext(
        "In {better} of {count} comparison a deeper network is more accurate than {first}, in {worse} it is less "
        "accurate; the best difference is {points} ({label}, {classifier}, {p}).",
        "In {better} of {count} comparisons a deeper network is more accurate than {first}, in {worse} it is less "
        "accurate; the best difference is {points} ({label}, {classifier}, {p}).",
        count,
    ).format(
        better=integer(len(parts["better"])),
        worse=integer(len(parts["worse"])),
        count=integer(count),
        first=named(results.first(experiment)),
        points=points(top),
        label=named(top["name"]),
        classifier=results.classifier(top["classifier"]),
        p=corrected_p(top),
    )
    return Answer(" ".join(filter(None, (text, left_out))), outcome_of(parts))


def folds(results: Results) -> str:
    """Return how much accuracies vary over the folds of the training images, an empty text without folds."""
    rows = results.tables["folds"].dropna(subset="accuracy_std")  # one fold has no deviation
    if rows.empty:
        return ""
    labels = feature_labels(results.study)
    deviations = rows["accuracy_std"]
    most: dict[str, Any] = rows.loc[deviations.idxmax()].to_dict()
    return _(
        "The accuracies of {count} folds have standard deviations from {low} to {high} points, the largest for "
        "{features} with {classifier}."
    ).format(
        count=integer(rows["folds"].max()),
        low=fixed(100 * deviations.min(), 1),
        high=fixed(100 * deviations.max(), 1),
        features=named(labels[most["model"], most["view"]]),
        classifier=results.classifier(most["classifier"]),
    )
