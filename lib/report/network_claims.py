"""Sentences on networks that classify images, which follow from the table of networks by rule."""

from __future__ import annotations

from typing import Any

import pandas as pd

from lib.report import accuracy_claims, code_claims, filter_claims
from lib.report.answers import Answer, Outcome
from lib.report.phrases import corrected_p, f1_interval, interval, listed, named, points
from lib.report.results import Results, varies
from lib.study.decoded import has_bounds
from lib.study.learners import LEARNERS
from lib.study.pictured import of_default_learner
from lib.study.settings import DEFAULT
from lib.words.language import _, ngettext
from lib.words.latex import fixed, integer, percent, signed

MOST_STATED = 3  # networks whose accuracies a sentence lists
NEAR = 0.01  # accuracies that differ by at most one point count as equally good


def answer(results: Results, experiment: str) -> Answer:
    """Return the answer of an experiment on networks, an empty one for other experiments.

    Where nothing but the learning without labels and the number of labels vary, it says whether this learning helps.
    Where a number varies, it says how the accuracy follows it. Without classifiers it compares the
    bounds of the likelihood, or the reconstructions.
    """
    study = results.study
    models = [study.models[model] for model in study.pictured(experiment)]
    if not study.experiments[experiment].classifiers and all(LEARNERS[one.learner].is_described for one in models):
        if has_bounds(study, experiment):
            return Answer(code_claims.bounds(results, experiment))
        return Answer(filter_claims.reconstruction(results, experiment))
    best = chosen(results, experiment)
    if not best.text:
        return best
    learning = accuracy_claims.untrained(results, experiment)
    if learning.text and varies(results, experiment) <= {"learner", "labels"}:
        return Answer(learning.text, learning.outcome, f"{best.text} {best.details}")
    trend = accuracy_claims.trend(results, experiment)
    return Answer(" ".join(filter(None, (trend.text, best.text))), Outcome.NONE, best.details)


def network_rows(results: Results, experiment: str) -> pd.DataFrame:
    """Return the rows of an experiment in the table of networks, with the label of each setting as ``name``.

    There are none where its classifiers are not networks. Networks on pixels are left out.
    """
    if "networks" not in results.tables:
        return pd.DataFrame()
    rows = results.of("networks", experiment)
    return rows[rows["setting"] >= 0]


def chosen(results: Results, experiment: str) -> Answer:
    """Return which network of an experiment is best, and how accurate it is on the test images.

    The validation images choose it if the networks have them, else the test images do; of a few networks without
    validation images none is chosen, and the accuracy of each is stated. The answer is empty where a classifier of the
    experiment is no network: what holds among its networks alone does not answer its question.
    """
    rows = network_rows(results, experiment)
    if rows.empty or not set(results.study.experiments[experiment].classifiers) <= set(rows["classifier"]):
        return Answer("")
    validated = rows["validation_accuracy"].notna().all()
    best = rows[rows["chosen"]].iloc[0] if validated else rows.loc[rows["accuracy"].idxmax()]
    if len(rows) == 1:
        text = _("{what} classifies {accuracy} of the test images correctly (macro F1 {f1}).")
    elif validated:
        text = _(
            "The most accurate on the validation images is {what} ({validation}); it classifies {accuracy} of the test "
            "images correctly (macro F1 {f1})."
        )
    elif len(rows) <= MOST_STATED:
        text = _("Classified correctly of the test images: {items}.")
    else:
        text = _("The most accurate on the test images is {what}: {accuracy} (macro F1 {f1}).")
    items = [
        _("{accuracy} by {what} (macro F1 {f1})").format(what=_what(results, rows, row), **_tested(results, row))
        for row in rows.to_dict("records")
    ]
    values = {
        "what": _what(results, rows, best) or named(best["name"]),
        "validation": percent(best["validation_accuracy"]) if validated else "",
        "items": listed(items),
        **_tested(results, best),
    }
    details = [_alone(best)] if len(rows) == 1 else [found(results, rows) for found in (_range, _cost, _time, _gap)]
    return Answer(text.format(**values), details=" ".join(filter(None, details)))


def _tested(results: Results, row: Any) -> dict[str, str]:
    """Return accuracy and f1 of a row of the table of networks, on the test images and with intervals."""
    tested = results.of("accuracy", row["experiment"]).set_index(["setting", "classifier"])
    found = tested.loc[(int(row["setting"]), row["classifier"])]
    accuracy = f"{percent(row['accuracy'])} {interval(found['low'], found['high'], 1)}"
    return {"accuracy": accuracy, "f1": f1_interval(row)}


def _alone(row: Any) -> str:
    """Return the size, the time of training and the gap of a network that nothing is compared with."""
    return _(
        "It has {parameters} parameters and needs {count} multiplications per image. Its training takes {seconds} s of "
        "CPU time, and its accuracy on the training images minus the one on the test images is {gap} points."
    ).format(
        parameters=integer(row["parameters"]),
        count=integer(row["multiply_adds"]),
        seconds=fixed(row["seconds"], 1),
        gap=signed(100 * row["gap"], 1),
    )


def _what(results: Results, rows: pd.DataFrame, row: Any) -> str:
    """Return the words for a row: its setting, its classifier, or both, whichever differ between the rows."""
    parts = [named(row["name"])] if rows["setting"].nunique() > 1 else []
    parts += [results.classifier(row["classifier"])] if rows["classifier"].nunique() > 1 else []
    return ", ".join(parts)


def sizes(results: Results, experiment: str) -> str:
    """Return how many parameters the networks of an experiment have, nothing where all have the same number."""
    rows = network_rows(results, experiment)
    if rows.empty or rows["parameters"].nunique() < 2:
        return ""
    alone = rows.drop_duplicates(["setting", "parameters"])
    if not alone["setting"].duplicated().any():  # the same with every classifier
        rows = alone
    items = [
        _("{what} has {count}").format(what=_what(results, rows, row), count=integer(row["parameters"]))
        for row in rows.to_dict("records")
    ]
    return _("The networks differ in their number of parameters: {items}.").format(items=listed(items))


def headline(results: Results) -> str:
    """Return which network of the whole study is the most accurate, and how it classifies the test images.

    Only networks that start from the default learner and learn from the most labelled images count. The validation
    images choose among them if all have some, else the test images do, and the sentence says so. It is empty where
    there is no such network, or where the test images would have to choose and the default learner learns without
    labels: the features are then what the study is about.
    """
    study = results.study
    if "networks" not in results.tables:
        return ""
    rows = results.tables["networks"]
    rows = rows[of_default_learner(study, rows)]
    validated = bool(rows["validation_accuracy"].notna().all())
    if rows.empty or not (validated or study.learns_from_labels):
        return ""
    members = [
        study.experiments[row["experiment"]].combinations[row["setting"]].members[0] for row in rows.to_dict("records")
    ]
    labels = [study.labels[member] for member in members]
    most = 0 if 0 in labels else max(labels)
    rows = rows.assign(member=members)[[one == most for one in labels]]
    # the default settings may be those of an experiment, too, where they have a name
    rows = rows.sort_values("experiment", key=lambda names: names == DEFAULT, kind="stable")
    best = rows.loc[rows["validation_accuracy" if validated else "accuracy"].idxmax()]
    count = len(set(zip(rows["member"], rows["classifier"], strict=True)))
    if count == 1:
        text = _(
            "{label}, trained with {classifier} {images}, classifies {accuracy} of the test images correctly "
            "(macro F1 {f1})"
        )
    elif validated:
        text = _(
            "Of {count} networks trained {images}, {label}, trained with {classifier}, is the most accurate on the "
            "validation images ({validation}); it classifies {accuracy} of the test images correctly (macro F1 {f1})"
        )
    else:
        text = _(
            "Of {count} networks trained {images}, {label}, trained with {classifier}, is the most accurate on the "
            "test images: {accuracy} (macro F1 {f1})"
        )
    text = text.format(count=integer(count), images=_learnt_from(most), **_words_of_best(results, best))
    text += f"{_on_pixels(results, best)}."
    if count > 1 and not validated:
        text += " " + _("An accuracy that is the best of {count} on the test images is optimistic.").format(
            count=integer(count)
        )
    return text


def _learnt_from(labels: int) -> str:
    """Return on how many images a network is trained. labels: those of each class, 0 for all."""
    if labels == 0:
        return _("on all training images")
    return ngettext("on {count} image per class", "on {count} images per class", labels).format(count=integer(labels))


def _words_of_best(results: Results, best: Any) -> dict[str, str]:
    """Return the words for a row of the table of networks: label, classifier, validation, accuracy with macro F1."""
    validation = best["validation_accuracy"]
    return {
        "label": named(results.study.label(best["experiment"], int(best["setting"]))),
        "classifier": results.classifier(best["classifier"]),
        "validation": percent(validation) if validation == validation else "",
        **_tested(results, best),
    }


def _on_pixels(results: Results, best: Any) -> str:
    """Return how the layers of the classifier alone classify pixels, compared with a row of the table of networks."""
    tests = results.rivals(best["experiment"], "pixels")
    tests = tests[(tests["setting"] == int(best["setting"])) & (tests["classifier"] == best["classifier"])]
    return "".join(
        _("; on pixels the layers of the classifier alone reach {own}, a difference of {points} ({p})").format(
            own=percent(row["accuracy_against"]), points=points(row), p=corrected_p(row)
        )
        for row in tests.to_dict("records")
    )


def _range(results: Results, rows: pd.DataFrame) -> str:
    low, high = (rows.loc[found] for found in (rows["accuracy"].idxmin(), rows["accuracy"].idxmax()))
    return _("Accuracies on the test images range from {low} ({worst}) to {high} ({best}).").format(
        low=percent(low["accuracy"]),
        worst=_what(results, rows, low),
        high=percent(high["accuracy"]),
        best=_what(results, rows, high),
    )


def _cost(results: Results, rows: pd.DataFrame) -> str:
    """Return which network within one point of the most accurate needs the fewest multiplications."""
    if rows["multiply_adds"].nunique() < 2:
        return ""
    top = rows.loc[rows["accuracy"].idxmax()]
    near = rows[rows["accuracy"] >= top["accuracy"] - NEAR]
    cheapest = near.loc[near["multiply_adds"].idxmin()]
    if cheapest["multiply_adds"] == top["multiply_adds"]:
        return _("No network within one point of the most accurate one needs fewer multiplications.")
    message = (
        _(
            "{what} is less accurate than the most accurate network by {points} points, with {share} of its "
            "multiplications ({count} per image)."
        )
        if cheapest["accuracy"] < top["accuracy"]
        else _("{what} is as accurate, with {share} of the multiplications ({count} per image).")
    )
    return message.format(
        what=_what(results, rows, cheapest),
        points=fixed(100 * (top["accuracy"] - cheapest["accuracy"]), 1),
        share=percent(cheapest["multiply_adds"] / top["multiply_adds"]),
        count=integer(cheapest["multiply_adds"]),
    )


def _time(results: Results, rows: pd.DataFrame) -> str:
    low, high = (rows.loc[found] for found in (rows["seconds"].idxmin(), rows["seconds"].idxmax()))
    return _("A training takes from {low} s ({fastest}) to {high} s ({slowest}) of CPU time.").format(
        low=fixed(low["seconds"], 1),
        fastest=_what(results, rows, low),
        high=fixed(high["seconds"], 1),
        slowest=_what(results, rows, high),
    )


def _gap(results: Results, rows: pd.DataFrame) -> str:
    """Return where the accuracies on training and test images differ least and most."""
    low, high = (rows.loc[found] for found in (rows["gap"].idxmin(), rows["gap"].idxmax()))
    return _(
        "The accuracy on the training images minus the one on the test images is between {low} ({least}) and {high} "
        "points ({most})."
    ).format(
        low=signed(100 * low["gap"], 1),
        least=_what(results, rows, low),
        high=signed(100 * high["gap"], 1),
        most=_what(results, rows, high),
    )
