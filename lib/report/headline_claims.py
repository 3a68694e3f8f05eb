"""The sentence on the most accurate features of the study, which abstract, answers and pages share."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report.accuracy_claims import accuracy_with
from lib.report.answers import Answer, Outcome
from lib.report.phrases import corrected_p, listed, named, points, significant
from lib.report.results import Results, of_experiment
from lib.study.labels import Label
from lib.study.learners import UNTRAINED
from lib.study.pictured import of_default_learner
from lib.study.settings import DEFAULT
from lib.study.study import Features
from lib.words.labels import Form, label_text
from lib.words.language import _
from lib.words.latex import escape, integer, percent


def headline(results: Results) -> Answer:
    """Return the most accurate features of the study compared with the most accurate classifier of pixels.

    The outcome refers to the hypothesis that they are better than pixels, by that comparison. Another clause has the
    comparison with pixels by the same classifier. Only features of the default learner count.
    """
    top, count = most_accurate(results)
    if top is None:
        return Answer(_("No classifier was trained."))
    message = (
        _("Of {count} settings of the default learner, {label} has the most accurate features: {accuracy}")
        if count > 1
        else _("The features of the default learner reach {accuracy}")
    )
    text = message.format(count=integer(count), label=_setting(results, top), accuracy=accuracy_with(results, top))
    text += _numbers(results, top) + _encoding(results, top)
    against_pixels, outcome = _against_pixels(results, top)
    text += against_pixels
    if (twin := results.compared(top, "untrained")) is not None:
        text += _("; the untrained network used in the same way reaches {accuracy}").format(
            accuracy=percent(twin["accuracy_against"])
        )
    optimistic = _("An accuracy that is the best of {count} on the test images is optimistic.").format(
        count=integer(count)
    )
    sentences = f"{text}.", optimistic if count > 1 else "", _other_learners(results, top)
    return Answer(" ".join(filter(None, sentences)), outcome)


def most_accurate(results: Results) -> tuple[Any, int]:
    """Return the row of the most accurate features of the default learner, None without any, and of how many settings.

    A single repetition may be a lucky one: it counts only if no setting was repeated. A setting from which classifiers
    see other training images than from pixels counts only if there is no other.
    """
    accuracy = results.tables["accuracy"]
    features = accuracy[of_default_learner(results.study, accuracy)]
    if features.empty:
        return None, 0
    if (features["repetitions"] > 1).any():
        features = features[features["repetitions"] > 1]
    sees = results.study.sees_as_much_as_pixels
    comparable = [
        sees(name, int(setting)) for name, setting in zip(features["experiment"], features["setting"], strict=True)
    ]
    if any(comparable):
        features = features[comparable]
    return features.loc[features["accuracy"].idxmax()], _distinct(results, features)


def _member(results: Results, row: Any) -> Features:
    """Return the features of the first repetition of a row of the table of accuracies."""
    return results.study.experiments[row["experiment"]].combinations[int(row["setting"])].members[0]


def filters_of_the_best(results: Results) -> str:
    """Return how many filters of the most accurate features are oriented, and whether the default model has more.

    The text is empty where the most accurate features are those of the default model, or where filters are unknown.
    """
    top, _count = most_accurate(results)
    if top is None or _member(results, top) == results.study.default:
        return ""
    experiment, number = results.repeated_default()
    own, default = results.measure(top["experiment"], "oriented_share"), results.measure(experiment, "oriented_share")
    if top["setting"] not in own.index or number not in default.index:
        return ""
    shares = own.loc[top["setting"], "mean"], default.loc[number, "mean"]
    label = results.study.label(top["experiment"], int(top["setting"]))
    message = (
        _(
            "{share} of the filters of the most accurate features, {label}{experiment}, are oriented, and {default} of "
            "those of the default model: the most accurate features of this study are not those with the most oriented "
            "filters."
        )
        if shares[0] < shares[1]
        else _(
            "{share} of the filters of the most accurate features, {label}{experiment}, are oriented, and {default} of "
            "those of the default model."
        )
    )
    return message.format(
        share=percent(shares[0], 0),
        label=named(label),
        experiment=of_experiment(results, top["experiment"]),
        default=percent(shares[1], 0),
    )


def _against_pixels(results: Results, top: Any) -> tuple[str, Outcome]:
    """Return how the most accurate features compare with pixels, and whether they are shown to be better.

    top: the row of the features in the table of accuracies.
    """
    rival, same = results.compared(top, "best_pixels"), results.compared(top, "pixels")
    if rival is None:
        return "", Outcome.OPEN
    pixels = results.tables["accuracy"].query("setting < 0 and classifier == @rival['against_classifier']")
    text = _("; pixels reach at most {accuracy} with {classifier}{numbers}, a difference of {points} ({p})").format(
        accuracy=percent(rival["accuracy_against"]),
        classifier=results.classifier(rival["against_classifier"]),
        numbers=_numbers(results, pixels.iloc[0]),
        points=points(rival),
        p=corrected_p(rival),
    )
    if same is not None and top["classifier"] != rival["against_classifier"]:
        text += _("; with the same classifier pixels reach {accuracy}, a difference of {points} ({p})").format(
            accuracy=percent(same["accuracy_against"]), points=points(same), p=corrected_p(same)
        )
    if not significant(rival["p_corrected"]):
        return text, Outcome.OPEN
    return text, Outcome.SHOWN if rival["difference"] > 0 else Outcome.CONTRADICTED


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
        tested = results.compared(row, "first") if setting == 0 else None
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
    encodings = {study.views[view].encoding for _model, view in study.features[_member(results, row)]}
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
