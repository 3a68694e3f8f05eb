"""Answers to questions that state what they compare: verdicts by rule, from the table of contrasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.report import accuracy_claims, network_claims
from lib.report.answers import Answer, Outcome
from lib.report.phrases import interval, listed, named, points, shown_p, significant
from lib.report.results import Results
from lib.study.comparisons import ACCURACY, CLASSIFIER, GAP, LOSS, Comparison
from lib.study.labels import Label
from lib.words.language import _, ngettext
from lib.words.latex import fixed, integer, percent, signed, significant_digits

BETTER, WORSE, AS_GOOD, OPEN = "better", "worse", "as_good", "open"
# What shows, and what contradicts, that something is better than its reference, or as good.
SHOWN = {BETTER: {BETTER}, AS_GOOD: {BETTER, AS_GOOD}}
CONTRADICTED = {BETTER: {WORSE, AS_GOOD}, AS_GOOD: {WORSE}}


def answer(results: Results, experiment: str) -> Answer:
    """Return the answer to the question of an experiment that states what it compares.

    Each comparison that expects something has a sentence that begins with its verdict. Where none does, and the loss is
    not compared, the answer says which setting is best, and the comparisons follow.
    """
    best = network_claims.chosen(results, experiment)
    if not best.text:
        best = accuracy_claims.best(results, experiment)
    rows = results.of("contrasts", experiment)
    texts, outcomes = [], []
    comparisons = results.study.experiments[experiment].comparisons
    for number, comparison in enumerate(comparisons):
        if comparison.measure == LOSS:
            texts.append(loss(results, experiment))
            continue
        own = rows[rows["comparison"] == number]
        found = compared(results, experiment, comparison, own)
        texts.append(found.text)
        outcomes += [found.outcome] if comparison.expect else []
    tests = int(rows["comparisons"].max()) if len(rows) else 0
    correction = ngettext(
        "These p-values are corrected for {count} comparison.",
        "These p-values are corrected for {count} comparisons.",
        tests,
    ).format(count=integer(tests))
    correction = correction if tests > 1 else ""
    if not outcomes and not any(one.measure == LOSS for one in comparisons):
        return Answer(" ".join([best.text, *texts]), Outcome.NONE, " ".join(filter(None, (correction, best.details))))
    details = " ".join(filter(None, (correction, best.text, best.details)))
    return Answer(" ".join(filter(None, texts)), joined(outcomes), details, has_verdict=bool(outcomes))


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of a question with several parts: mixed where some are shown and others are not."""
    if not outcomes:
        return Outcome.NONE
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return Outcome.MIXED if {Outcome.SHOWN, Outcome.MIXED} & set(outcomes) else Outcome.OPEN


def kind(row: Mapping[str, Any], expect: str | None) -> str:
    """Return what a row of the table of contrasts shows: better, worse, as_good or open.

    A difference is as good where its interval is within one point, or one percent of a number. Where a question asks
    whether something is as good, this counts more than whether the difference is significant. Exact numbers without a
    p-value are compared as they are.
    """
    difference = row["difference"] if row["measure"] == ACCURACY else -row["difference"]
    exact = row["measure"] not in (ACCURACY, GAP, "seconds")
    near = row["low"] >= -network_claims.NEAR and row["high"] <= network_claims.NEAR  # False for missing ones
    if exact and not difference:
        return AS_GOOD
    if near and not exact and (expect == AS_GOOD or not significant(row["p_corrected"])):
        return AS_GOOD
    if exact or significant(row["p_corrected"]):
        return BETTER if difference > 0 else WORSE
    return OPEN


def verdict(kinds: Sequence[str], expect: str) -> Outcome:
    """Return whether comparisons show what a question expects: all, some or none of them."""
    shown = [one in SHOWN[expect] for one in kinds]
    if all(shown):
        return Outcome.SHOWN
    if any(shown):
        return Outcome.MIXED
    return Outcome.CONTRADICTED if any(one in CONTRADICTED[expect] for one in kinds) else Outcome.OPEN


def compared(results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame) -> Answer:
    """Return the sentence on one comparison. rows: of the table of contrasts, with the label of each setting as name.

    A second sentence has the pairs by which it is not judged.
    """
    kinds = rows.apply(lambda row: kind(row, comparison.expect), axis=1)
    judged = rows["judged"].astype(bool)
    text = _clauses(results, experiment, comparison, rows[judged], kinds[judged])
    outcome = Outcome.NONE
    if comparison.expect is None:
        text = f"{text[0].upper()}{text[1:]}."
    else:
        outcome = verdict(list(kinds[judged]), comparison.expect)
        message = {
            Outcome.SHOWN: _("Yes: {text}."),
            Outcome.MIXED: _("In part: {text}."),
            Outcome.CONTRADICTED: _("No: {text}."),
            Outcome.OPEN: _("Not shown: {text}."),
        }[outcome]
        text = message.format(text=text)
    if not judged.all():
        others = _clauses(results, experiment, comparison, rows[~judged], kinds[~judged])
        text += " " + _("In the other comparisons, {text}.").format(text=others)
    return Answer(text, outcome)


def _messages(measure: str) -> dict[str, str]:
    """Return the clauses on a measure, by kind. A function: a language may be chosen after the import."""
    return {
        "accuracy": {
            BETTER: _("the accuracy is higher with {items} than with {against}"),
            WORSE: _("the accuracy is lower with {items} than with {against}"),
            AS_GOOD: _("the accuracy with {items} is within one point of the accuracy with {against}"),
            OPEN: _("no difference from the accuracy with {against} is shown for {items}"),
        },
        "gap": {
            BETTER: _("the gap between training and test accuracy is smaller with {items} than with {against}"),
            WORSE: _("the gap between training and test accuracy is larger with {items} than with {against}"),
            AS_GOOD: _(
                "the gap between training and test accuracy with {items} is within one point of the gap with {against}"
            ),
            OPEN: _(
                "no difference from the gap between training and test accuracy with {against} is shown for {items}"
            ),
        },
        "parameters": {
            BETTER: _("the network has fewer parameters with {items} than with {against}"),
            WORSE: _("the network has more parameters with {items} than with {against}"),
            AS_GOOD: _("the network has as many parameters with {items} as with {against}"),
        },
        "multiply_adds": {
            BETTER: _("the network needs fewer multiplications with {items} than with {against}"),
            WORSE: _("the network needs more multiplications with {items} than with {against}"),
            AS_GOOD: _("the network needs as many multiplications with {items} as with {against}"),
        },
        "seconds": {
            BETTER: _("the training is faster with {items} than with {against}"),
            WORSE: _("the training is slower with {items} than with {against}"),
            AS_GOOD: _("the time of training with {items} is within one percent of the time with {against}"),
            OPEN: _("no difference from the time of training with {against} is shown for {items}"),
        },
    }[measure]


def _clauses(results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame, kinds: pd.Series) -> str:
    """Return one clause per kind of result, with the rows that show it."""
    messages = _messages(comparison.measure)
    against = _reference(results, comparison.against)
    found = []
    for one in (BETTER, WORSE, AS_GOOD, OPEN):
        chosen = rows[kinds == one].to_dict("records")
        if chosen:
            items = listed([_item(results, experiment, comparison, row, one) for row in chosen])
            found.append(messages[one].format(items=items, against=against))
    return "; ".join(found)


def _reference(results: Results, against: Mapping[str, Any]) -> str:
    """Return the words for the values that others are compared with."""
    settings = {key: value for key, value in against.items() if key != CLASSIFIER}
    parts = [named(Label.of(settings))] if settings else []
    return ", ".join([*parts, *([results.classifier(against[CLASSIFIER])] if CLASSIFIER in against else [])])


def _item(results: Results, experiment: str, comparison: Comparison, row: Mapping[str, Any], one: str) -> str:
    """Return the words for a row: its setting or classifier, whichever vary, and the difference."""
    found = results.study.experiments[experiment]
    difference = _difference(row, with_p=one != AS_GOOD)
    asks_cost = comparison.expect == AS_GOOD and comparison.measure == ACCURACY
    if asks_cost and (cost := _cost(results, experiment, row)):
        difference = f"{difference}; {cost}"
    classifier = results.classifier(row["classifier"])
    if len(found.combinations) == 1:
        return _("{what} ({difference})").format(what=classifier, difference=difference)
    if len(found.classifiers) == 1:
        return _("{what} ({difference})").format(what=named(row["name"]), difference=difference)
    message = _("{setting} ({classifier}: {difference})")
    return message.format(setting=named(row["name"]), classifier=classifier, difference=difference)


def _difference(row: Mapping[str, Any], with_p: bool) -> str:
    """Return the difference of a row with its interval, if it has one, and its p-value, if it is asked for."""
    measure, alone = row["measure"], row["low"] != row["low"]  # missing: one repetition
    if measure in (ACCURACY, GAP):
        single = _("{difference} points").format(difference=signed(100 * row["difference"], 1))
        text = single if alone else points(row)
    else:
        share = percent(1 + row["difference"])
        if measure == "parameters":
            return _("{share} of the parameters").format(share=share)
        if measure == "multiply_adds":
            return _("{share} of the multiplications").format(share=share)
        limits = "" if alone else f" {interval(1 + row['low'], 1 + row['high'], 1)}"
        text = _("{share} of the CPU time").format(share=share + limits)
    return f"{text}, {shown_p(row)}" if with_p and row["p_corrected"] == row["p_corrected"] else text


def _cost(results: Results, experiment: str, row: Mapping[str, Any]) -> str:
    """Return the shares of parameters and multiplications of the reference that a network has, if they differ."""
    networks = network_claims.network_rows(results, experiment)
    if networks.empty:
        return ""
    networks = networks.set_index(["setting", "classifier"])
    own = networks.loc[(row["setting"], row["classifier"])]
    other = networks.loc[(row["against_setting"], row["against_classifier"])]
    messages = {"parameters": _("{share} of the parameters"), "multiply_adds": _("{share} of the multiplications")}
    return ", ".join(
        message.format(share=percent(own[key] / other[key]))
        for key, message in messages.items()
        if own[key] != other[key]
    )


def loss(results: Results, experiment: str) -> str:
    """Return after how many epochs, updates and seconds the networks of an experiment reach the same training loss.

    It is the largest of the smallest losses of all networks, means over the repetitions. A network has reached it at
    the end of the first epoch whose mean loss is not larger.
    """
    study, table = results.study, results.tables["network_training"]
    courses = {}
    for cell in study.experiments[experiment].cells:
        members = study.experiments[experiment].combinations[cell.setting].members
        of_setting = np.array([pair in members for pair in zip(table["model"], table["view"], strict=True)], dtype=bool)
        own = table[of_setting & (table["classifier"] == cell.classifier)]
        name = _cell(results, experiment, cell.setting, cell.classifier)
        courses[name] = own.groupby("epoch")[["loss", "updates", "seconds"]].mean()
    slowest = max(courses, key=lambda name: courses[name]["loss"].min())
    level = courses[slowest]["loss"].min()
    items = []
    for name, course in courses.items():
        epoch = (course["loss"] <= level).idxmax()
        items.append(
            _("{what} (epochs: {epochs}, updates: {updates}, CPU time: {seconds}\\,s)").format(
                what=name,
                epochs=integer(epoch),
                updates=integer(course["updates"][epoch]),
                seconds=significant_digits(course["seconds"][epoch], 2),
            )
        )
    return _("The training loss falls to {level}, the smallest value with {slowest}, with {items}.").format(
        level=fixed(level, 2), slowest=slowest, items=listed(items)
    )


def _cell(results: Results, experiment: str, setting: int, classifier: str) -> str:
    """Return the words for a setting and a classifier, whichever vary in an experiment."""
    found = results.study.experiments[experiment]
    parts = [named(results.study.label(experiment, setting))] if len(found.combinations) > 1 else []
    return ", ".join([*parts, *([results.classifier(classifier)] if len(found.classifiers) > 1 else [])])
