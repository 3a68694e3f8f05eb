"""Sentences on accuracies that follow from the tables of an experiment by rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report.answers import Answer, Outcome
from lib.report.phrases import corrected_p, listed, named, points, shown_p, significant
from lib.report.results import Results, of_experiment
from lib.study.labels import Label
from lib.study.learners import UNTRAINED
from lib.study.pictured import of_default_learner
from lib.study.settings import DEFAULT
from lib.words.labels import Form, label_text, setting_name
from lib.words.language import _, ngettext
from lib.words.latex import escape, integer, percent, scientific, signed

_MOST_VALUES = 6  # of an axis, whose accuracies a sentence lists


def _split(rows: pd.DataFrame, column: str = "difference") -> dict[str, pd.DataFrame]:
    """Return the comparisons that show a gain, that show a loss, and the others."""
    shown = rows["p_corrected"].map(significant).astype(bool)
    return {
        "better": rows[shown & (rows[column] > 0)],
        "worse": rows[shown & (rows[column] < 0)],
        "unclear": rows[~shown],
    }


def _outcome(parts: dict[str, pd.DataFrame]) -> Outcome:
    """Return whether comparisons, or trends, show a gain: in part where some show a gain and others show a loss."""
    better, worse = len(parts["better"]) > 0, len(parts["worse"]) > 0
    if better and worse:
        return Outcome.MIXED
    return Outcome.SHOWN if better else Outcome.CONTRADICTED if worse else Outcome.OPEN


def _classifiers(results: Results, rows: pd.DataFrame) -> str:
    return listed([results.classifier(name) for name in dict.fromkeys(rows["classifier"])])


def gain(results: Results, experiment: str) -> Answer:
    """Return with which classifiers the first setting of an experiment is more accurate than pixels, and by how much.

    The outcome refers to the hypothesis that features are better than pixels.
    """
    rows = results.rivals(experiment, "pixels")
    rows = rows[rows["setting"] == 0]
    if rows.empty:
        return Answer("")
    parts = _split(rows)
    clauses = []
    for verdict, message in (
        ("better", _("more accurate than pixels with {classifiers}")),
        ("worse", _("less accurate with {classifiers}")),
        ("unclear", _("not detectably different with {classifiers}")),
    ):
        if len(parts[verdict]):
            clauses.append(message.format(classifiers=_classifiers(results, parts[verdict])))
    largest: dict[str, Any] = rows.loc[rows["difference"].abs().idxmax()].to_dict()
    text = _(
        "The features of the default model are {verdicts}; the largest difference is {points} ({classifier}, {p})."
    )
    return Answer(
        text.format(
            verdicts=listed(clauses),
            points=points(largest),
            classifier=results.classifier(largest["classifier"]),
            p=corrected_p(largest),
        ),
        _outcome(parts),
    )


def _accuracy(results: Results, row: Any) -> str:
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
    against_first = _with_rival(results, experiment, top, "first")
    against_pixels = _with_rival(results, experiment, top, "pixels")
    accuracy_text, label = _accuracy(results, top), named(top["name"])
    if against_first is None:
        text = _("The most accurate setting is {label}, the first one ({accuracy})").format(
            label=label, accuracy=accuracy_text
        )
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
        chosen = _split(rows)[verdict]
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


def _with_rival(results: Results, experiment: str, row: Any, rival: str) -> dict[str, Any] | None:
    """Return the comparison of a setting and classifier with a rival, None where there is none."""
    rows = results.rivals(experiment, rival)
    rows = rows[(rows["setting"] == row["setting"]) & (rows["classifier"] == row["classifier"])]
    return None if rows.empty else rows.iloc[0].to_dict()


def untrained(results: Results, experiment: str) -> Answer:
    """Return in how many comparisons trained filters are better than untrained ones used in the same way.

    The outcome refers to the hypothesis that learning without labels helps.
    """
    rows = results.rivals(experiment, "untrained")
    if rows.empty:
        return Answer("")
    parts = _split(rows)
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
    return Answer(text, _outcome(parts))


def against_pixels(results: Results, experiment: str) -> str:
    """Return in how many comparisons the settings of an experiment are more accurate than pixels, and less accurate."""
    rows = results.rivals(experiment, "pixels")
    if rows.empty:
        return ""
    parts = _split(rows)
    messages = {
        "better": _("significantly higher in {count}"),
        "worse": _("significantly lower in {count}"),
        "unclear": _("not detectably different in {count}"),
    }
    clauses = [messages[one].format(count=integer(len(found))) for one, found in parts.items() if len(found)]
    return ngettext(
        "Of {count} comparison with pixels by the same classifier, the accuracy is {clauses}.",
        "Of {count} comparisons with pixels by the same classifier, the accuracy is {clauses}.",
        len(rows),
    ).format(count=integer(len(rows)), clauses=listed(clauses))


def trend(results: Results, experiment: str) -> Answer:
    """Return, by classifier, whether accuracy rises or falls along the axis of an experiment.

    The outcome is shown where accuracy rises with a classifier and falls with none.
    """
    rows = results.of("trends", experiment)
    axis = results.study.axis(experiment)
    if rows.empty or axis is None:
        return Answer("")
    parts = _split(rows, "slope")
    clauses = []
    for verdict, message in (
        ("better", _("the accuracy rises with {classifiers}")),
        ("worse", _("the accuracy falls with {classifiers}")),
        ("unclear", _("no trend was detected with {classifiers}")),
    ):
        if len(parts[verdict]):
            slopes = [
                f"{results.classifier(row['classifier'])} ({_along(results, experiment, row)}{_slope(row)})"
                for row in parts[verdict].to_dict("records")
            ]
            clauses.append(message.format(classifiers=listed(slopes)))
    low, high = (_value(value) for value in (min(axis.values), max(axis.values)))
    text = _("For values of {setting} from {low} to {high}, {verdicts}.").format(
        setting=setting_name(axis.key, Form.LATEX), low=low, high=high, verdicts="; ".join(clauses)
    )
    return Answer(text, _outcome(parts))


def _value(value: float) -> str:
    """Return a value of an axis: whole, as a decimal, or as a power of ten."""
    if float(value).is_integer() and abs(value) < 1e6:
        return integer(value)
    return f"\\num{{{value:g}}}" if abs(value) >= 1e-3 else scientific(value, 0)


def _along(results: Results, experiment: str, row: dict[str, Any]) -> str:
    """Return the accuracies of a classifier along the axis of an experiment, nothing for more than `_MOST_VALUES`."""
    axis = results.study.axis(experiment)
    rows = results.of("accuracy", experiment)
    rows = rows[(rows["classifier"] == row["classifier"]) & (rows["setting"] >= 0)].set_index("setting")
    if axis is None or len(rows) > _MOST_VALUES:
        return ""
    ordered = sorted(rows.index, key=lambda setting: axis.values[setting])
    return listed([percent(rows.loc[setting, "accuracy"]) for setting in ordered]) + "; "


def _slope(row: dict[str, Any]) -> str:
    values = {key: signed(100 * row[key], 2) for key in ("slope", "low", "high")}
    message = (
        _("{slope} points per tenfold [{low}, {high}], {p}")
        if row["scale"] == "log10"
        else _("{slope} points per unit [{low}, {high}], {p}")
    )
    return message.format(**values, p=corrected_p(row))


def headline(results: Results) -> Answer:
    """Return the most accurate features of the study compared with the most accurate classifier of pixels.

    The two may use different classifiers, so no test belongs to the difference. The second sentence has the paired
    comparison with pixels by the same classifier. Only features of the default learner count. The outcome refers to
    the hypothesis that they are better than pixels.
    """
    accuracy = results.tables["accuracy"]
    features = accuracy[of_default_learner(results.study, accuracy)]
    if features.empty:
        return Answer(_("No classifier was trained."))
    pixels = accuracy[accuracy["setting"] < 0]
    repeated = pixels[pixels["repetitions"] > 1]  # a single repetition may be a lucky one
    pixels = repeated if len(repeated) else pixels
    top, rival = (rows.loc[rows["accuracy"].idxmax()] for rows in (features, pixels))
    comparison = _with_rival(results, top["experiment"], top, "pixels")
    text = _("Of {count} settings of the default learner, {label} has the most accurate features: {accuracy}").format(
        count=integer(_distinct(results, features)),
        label=_setting(results, top),
        accuracy=_accuracy(results, top),
    )
    text += _numbers(results, top) + _encoding(results, top)
    outcome = Outcome.OPEN
    if comparison is not None:
        text += _("; pixels reach {own} with the same classifier, a difference of {points} ({p})").format(
            own=percent(comparison["accuracy_against"]), points=points(comparison), p=corrected_p(comparison)
        )
        if significant(comparison["p_corrected"]):
            more = comparison["difference"] > 0 and top["accuracy"] > rival["accuracy"]
            outcome = Outcome.SHOWN if more else Outcome.OPEN if comparison["difference"] > 0 else Outcome.CONTRADICTED
    text += _("; pixels reach at most {pixels}").format(pixels=_accuracy(results, rival))
    text += _numbers(results, rival)
    if (twin := _with_rival(results, top["experiment"], top, "untrained")) is not None:
        text += _("; the untrained network used in the same way reaches {accuracy}").format(
            accuracy=percent(twin["accuracy_against"])
        )
    return Answer(" ".join(filter(None, (f"{text}.", _other_learners(results, top)))), outcome)


def _distinct(results: Results, rows: pd.DataFrame) -> int:
    """Return how many settings the rows of the table of accuracies are; experiments may share some."""
    experiments = results.study.experiments
    places = set(zip(rows["experiment"], rows["setting"], strict=True))
    return len({experiments[name].combinations[setting].members[0] for name, setting in places})


def _other_learners(results: Results, top: Any) -> str:
    """Return how accurate other learners are with as many features and the same classifier as a setting.

    top: the row of the setting in the table of accuracies. Whether their difference is significant is known where the
    setting is the first one of its experiment. Untrained networks are left out.
    """
    experiment, setting = top["experiment"], int(top["setting"])
    combinations = results.study.experiments[experiment].combinations
    learner = combinations[setting].settings.get("learner")
    rows = results.of("accuracy", experiment)
    rows = rows[(rows["classifier"] == top["classifier"]) & (rows["n_features"] == top["n_features"])]
    learners = {one: combinations[one].settings.get("learner") for one in rows["setting"] if one >= 0}
    rows = rows[[learners.get(one) not in (None, learner, *UNTRAINED) for one in rows["setting"]]]
    if rows.empty:
        return ""
    clauses: dict[str, list[str]] = {}
    for row in rows.sort_values("accuracy", ascending=False, kind="stable").to_dict("records"):
        tested = _with_rival(results, experiment, row, "first") if setting == 0 else None
        kind = "unknown"
        if tested is not None:
            shown = significant(tested["p_corrected"])
            kind = "unclear" if not shown else "higher" if tested["difference"] > 0 else "lower"
        clauses.setdefault(kind, []).append(f"{named(row['name'])} ({percent(row['accuracy'])})")
    messages = {
        "higher": _("significantly higher with {learners}"),
        "unclear": _("not detectably different with {learners}"),
        "lower": _("significantly lower with {learners}"),
        "unknown": _("not tested with {learners}"),
    }
    found = [messages[kind].format(learners=listed(clauses[kind])) for kind in messages if kind in clauses]
    return _("With as many numbers from another learner the accuracy is {clauses}.").format(clauses=listed(found))


def _setting(results: Results, row: Any) -> str:
    """Return the words for a setting of the default learner: its label and experiment, or the experiment alone.

    A label that names just the learner does not tell its settings apart.
    """
    label = results.study.label(row["experiment"], int(row["setting"]))
    if row["experiment"] != DEFAULT and {key for key, _value in label.settings} == {"learner"}:
        return _("the one in the experiment “{title}”").format(title=escape(results.headings[row["experiment"]].title))
    return named(label) + of_experiment(results, row["experiment"])


def _encoding(results: Results, row: Any) -> str:
    """Return how features are encoded where they are not the activations of the learner."""
    study = results.study
    member = study.experiments[row["experiment"]].combinations[int(row["setting"])].members[0]
    encodings = {study.views[view].encoding for _model, view in study.features[member]}
    if encodings == {study.views[study.default[1]].encoding}:
        return ""
    return _("; these features are not the activations ({encoding})").format(
        encoding=listed([label_text(Label.of({"encoding": one}), Form.LATEX) for one in sorted(encodings)])
    )


def _numbers(results: Results, row: Any) -> str:
    """Return how many numbers per image the features have, nothing for a network, which sees the image itself."""
    if row["classifier"] in results.study.fine_tuning:
        return ""
    return " " + _("({count} numbers per image)").format(count=integer(row["n_features"]))


def depth(results: Results, experiment: str) -> Answer:
    """Return whether features of several hidden layers are more accurate than features of the first setting.

    Settings that collapsed in some repetition do not count, unless all did.
    """
    rows = results.rivals(experiment, "first")
    if rows.empty:
        return Answer("")
    collapsed = results.measure(experiment, "collapsed")
    sound = rows[~rows["setting"].isin(collapsed.loc[collapsed["mean"] > 0, "setting"])]
    left_out = _("Collapsed networks do not count.") if 0 < len(sound) < len(rows) else ""
    rows = sound if len(sound) else rows
    parts, top, count = _split(rows), rows.loc[rows["difference"].idxmax()], len(rows)
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
    return Answer(" ".join(filter(None, (text, left_out))), _outcome(parts))
