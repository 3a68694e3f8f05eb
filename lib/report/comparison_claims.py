"""Answers to questions that state what they compare: verdicts by rule, from the table of contrasts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np
import pandas as pd

from lib.report import accuracy_claims, filter_claims, network_claims
from lib.report.answers import Answer, Outcome
from lib.report.phrases import interval, listed, named, points, shown_p, significant
from lib.report.results import Results
from lib.study.comparisons import ACCURACY, CLASSIFIER, ERROR, EXACT, GAP, LOSS, Comparison
from lib.study.labels import Label
from lib.words.language import _, ngettext
from lib.words.latex import fixed, integer, number, percent, signed, significant_digits

BETTER, WORSE, AS_GOOD, OPEN = "better", "worse", "as_good", "open"
WIDE = "wide"  # open, where a question asks whether something is as good, and the interval cannot say
FEWEST = 3  # repetitions from which a bootstrap over them says how trainings vary
MANY = 3  # unclear differences from which one p-value stands for all of them
# What shows, and what contradicts, that something is better than its reference, or as good.
SHOWN = {BETTER: {BETTER}, AS_GOOD: {BETTER, AS_GOOD}}
CONTRADICTED = {BETTER: {WORSE, AS_GOOD}, AS_GOOD: {WORSE}}


def answer(results: Results, experiment: str) -> Answer:
    """Return the answer to the question of an experiment that states what it compares.

    Each comparison that expects something has a sentence that begins with its verdict, and with its number where there
    are several. Where none does, and the loss is not compared, the answer says which setting is best, after the
    comparisons if these show nothing better than their reference.
    """
    best = _best(results, experiment)
    rows = results.of("contrasts", experiment)
    comparisons = results.study.experiments[experiment].comparisons
    expecting = [place for place, comparison in enumerate(comparisons) if comparison.expect]
    found = []
    for place, comparison in enumerate(comparisons):
        if comparison.measure == LOSS:
            found.append(Answer(loss(results, experiment)))
            continue
        part = compared(results, experiment, comparison, rows[rows["comparison"] == place], bool(expecting))
        if len(expecting) > 1 and place in expecting:
            text = _("({number}) {answer}").format(number=expecting.index(place) + 1, answer=part.text)
            part = replace(part, text=text)
        found.append(part)
    tests = int(rows["comparisons"].max()) if len(rows) else 0
    correction = ngettext(
        "These p-values are corrected for {count} comparison.",
        "These p-values are corrected for {count} comparisons.",
        tests,
    ).format(count=integer(tests))
    correction = correction if tests > 1 else ""
    texts, others = [part.text for part in found], [part.details for part in found]
    warning = few_trainings(comparisons, rows)
    if not expecting and not any(one.measure == LOSS for one in comparisons):
        kinds = _kinds(rows, None)
        texts = (
            [best.text, *texts] if BETTER in set(kinds) else [_none_better(results, comparisons[0]), *texts, best.text]
        )
        text = " ".join(filter(None, (*texts, warning)))
        return Answer(text, Outcome.NONE, " ".join(filter(None, (*others, correction, best.details))))
    sizes = network_claims.sizes(results, experiment) if _asks_for_accuracy(comparisons) else ""
    details = " ".join(filter(None, (*others, correction, sizes, best.text, best.details)))
    outcome = joined([found[place].outcome for place in expecting])
    return Answer(" ".join(filter(None, (*texts, warning))), outcome, details, has_verdict=bool(expecting))


def _best(results: Results, experiment: str) -> Answer:
    """Return which setting of an experiment is best: the most accurate one or, without classifiers, by its error."""
    if not results.study.experiments[experiment].classifiers:
        return Answer(filter_claims.reconstruction(results, experiment))
    chosen = network_claims.chosen(results, experiment)
    return chosen if chosen.text else accuracy_claims.best(results, experiment)


def _none_better(results: Results, comparison: Comparison) -> str:
    """Return that nothing is more accurate than the reference of a comparison, nothing for other measures."""
    if comparison.measure != ACCURACY:
        return ""
    against = _reference(results, comparison.against)
    return _("None is shown to be more accurate than {against}.").format(against=against)


def _asks_for_accuracy(comparisons: Sequence[Comparison]) -> bool:
    """Return whether a question asks which network is more accurate, without asking what that costs."""
    return any(one.measure == ACCURACY and one.expect == BETTER for one in comparisons)


def few_trainings(comparisons: Sequence[Comparison], rows: pd.DataFrame) -> str:
    """Return a warning where differences of accuracies are shown by fewer than `FEWEST` trainings of each setting.

    A bootstrap over so few repetitions cannot say how trainings vary. rows: of the table of contrasts.
    """
    shown = [
        int(row["repetitions"])
        for place, comparison in enumerate(comparisons)
        for row in rows[(rows["comparison"] == place) & (rows["measure"] == ACCURACY)].to_dict("records")
        if kind(row, comparison.expect) != OPEN
    ]
    count = min(shown, default=FEWEST)
    if count >= FEWEST:
        return ""
    if count == 1:
        return _("Each was trained only once: other initial weights could change this.")
    return _("Each was trained only twice: other initial weights could change this.")


def _kinds(rows: pd.DataFrame, expect: str | None) -> pd.Series:
    """Return what each row of the table of contrasts shows."""
    return pd.Series([kind(row, expect) for row in rows.to_dict("records")], index=rows.index, dtype=object)


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
    exact = row["measure"] in EXACT
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


def compared(
    results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame, among_verdicts: bool = False
) -> Answer:
    """Return the sentences on one comparison. rows: of the table of contrasts, with the label of each setting as name.

    The details have the pairs by which it is not judged. among_verdicts: whether another part of the answer has a
    verdict: a comparison without an expectation then says that it adds to it.
    """
    kinds = _kinds(rows, comparison.expect)
    judged = rows["judged"].astype(bool)
    text = _clauses(results, experiment, comparison, rows[judged], kinds[judged])
    outcome = Outcome.NONE
    if comparison.expect is not None:
        outcome = verdict(list(kinds[judged]), comparison.expect)
        word = {
            Outcome.SHOWN: _("Yes"),
            Outcome.MIXED: _("In part"),
            Outcome.CONTRADICTED: _("No"),
            Outcome.OPEN: _("Not shown"),
        }[outcome]
        counts = _counts(list(kinds[judged]))
        message = _("{verdict} ({counts}): {text}.") if counts else _("{verdict}: {text}.")
        text = message.format(verdict=word, counts=counts, text=text)
    elif among_verdicts:
        text = _("In addition, {text}.").format(text=text)
    else:
        text = f"{text[0].upper()}{text[1:]}."
    if judged.all():
        return Answer(text, outcome)
    others = _clauses(results, experiment, comparison, rows[~judged], kinds[~judged])
    return Answer(text, outcome, _("In the other comparisons, {text}.").format(text=others))


def _counts(kinds: Sequence[str]) -> str:
    """Return in how many comparisons something is better, worse, as good or unclear; empty where all show the same."""
    if len(set(kinds)) < 2:
        return ""
    messages = {
        BETTER: _("better in {count}"),
        WORSE: _("worse in {count}"),
        AS_GOOD: _("as good in {count}"),
        OPEN: _("not shown in {count}"),
    }
    parts = [messages[one].format(count=integer(kinds.count(one))) for one in messages if one in kinds]
    return ngettext("of {count} comparison: {parts}", "of {count} comparisons: {parts}", len(kinds)).format(
        count=integer(len(kinds)), parts=", ".join(parts)
    )


def _messages(measure: str) -> dict[str, str]:
    """Return the clauses on a measure, by kind. A function: a language may be chosen after the import."""
    return {
        "accuracy": {
            BETTER: _("the accuracy is higher with {items} than with {against}"),
            WORSE: _("the accuracy is lower with {items} than with {against}"),
            AS_GOOD: _("the accuracy with {items} is within one point of the accuracy with {against}"),
            OPEN: _("the accuracy with {items} is not shown to differ from the accuracy with {against}"),
            WIDE: _("the accuracy with {items} may differ by more than one point from the accuracy with {against}"),
        },
        "gap": {
            BETTER: _("the gap between training and test accuracy is smaller with {items} than with {against}"),
            WORSE: _("the gap between training and test accuracy is larger with {items} than with {against}"),
            AS_GOOD: _(
                "the gap between training and test accuracy with {items} is within one point of the gap with {against}"
            ),
            OPEN: _(
                "the gap between training and test accuracy with {items} is not shown to differ from the gap with "
                "{against}"
            ),
            WIDE: _(
                "the gap between training and test accuracy with {items} may differ by more than one point from the "
                "gap with {against}"
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
            OPEN: _("the time of training with {items} is not shown to differ from the time with {against}"),
            WIDE: _(
                "the time of training with {items} may differ by more than one percent from the time with {against}"
            ),
        },
        ERROR: {
            BETTER: _("the error of reconstructed test images is smaller with {items} than with {against}"),
            WORSE: _("the error of reconstructed test images is larger with {items} than with {against}"),
            AS_GOOD: _(
                "the error of reconstructed test images with {items} is within one percent of the error with {against}"
            ),
            OPEN: _(
                "the error of reconstructed test images with {items} is not shown to differ from the error with "
                "{against}"
            ),
            WIDE: _(
                "the error of reconstructed test images with {items} may differ by more than one percent from the "
                "error with {against}"
            ),
        },
    }[measure]


def _clauses(results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame, kinds: pd.Series) -> str:
    """Return one clause per kind of result, with the rows that show it.

    Many unclear differences begin with the largest, and one p-value stands for all of them.
    """
    messages = _messages(comparison.measure)
    against = _reference(results, comparison.against)
    too_wide = (kinds == OPEN) & (comparison.expect == AS_GOOD) & rows["low"].notna()
    kinds = kinds.mask(too_wide, WIDE)
    found = []
    for one in (BETTER, WORSE, AS_GOOD, OPEN, WIDE):
        chosen = rows[kinds == one]
        if chosen.empty:
            continue
        together = one == OPEN and len(chosen) >= MANY and chosen["p_corrected"].notna().all()
        if together:
            chosen = chosen.sort_values("difference", ascending=comparison.measure != ACCURACY, kind="stable")
        with_p = one not in (AS_GOOD, WIDE) and not together
        items = [_item(results, experiment, comparison, row, with_p) for row in chosen.to_dict("records")]
        clause = messages[one].format(items=listed(items), against=against)
        if together:
            smallest = chosen.loc[chosen["p_corrected"].idxmin()].to_dict()
            clause = _("{clause} (the smallest of {count} p-values: {p})").format(
                clause=clause, count=integer(len(chosen)), p=shown_p(smallest)
            )
        found.append(clause)
    return "; ".join(found)


def _reference(results: Results, against: Mapping[str, Any]) -> str:
    """Return the words for the values that others are compared with."""
    settings = {key: value for key, value in against.items() if key != CLASSIFIER}
    parts = [named(Label.of(settings))] if settings else []
    return ", ".join([*parts, *([results.classifier(against[CLASSIFIER])] if CLASSIFIER in against else [])])


def _item(results: Results, experiment: str, comparison: Comparison, row: Mapping[str, Any], with_p: bool) -> str:
    """Return the words for a row: its setting or classifier, whichever vary, and the difference."""
    found = results.study.experiments[experiment]
    difference = _difference(row, with_p)
    asks_cost = comparison.expect == AS_GOOD and comparison.measure == ACCURACY
    if asks_cost and (cost := _cost(results, experiment, row)):
        difference = f"{difference}; {cost}"
    if comparison.measure == ERROR:
        return _("{what} ({difference})").format(what=named(row["name"]), difference=difference)
    classifier = results.classifier(row["classifier"])
    if len(found.combinations) == 1:
        return _("{what} ({difference})").format(what=classifier, difference=difference)
    if len(found.classifiers) == 1:
        return _("{what} ({difference})").format(what=named(row["name"]), difference=difference)
    message = _("{setting} ({classifier}: {difference})")
    return message.format(setting=named(row["name"]), classifier=classifier, difference=difference)


def _difference(row: Mapping[str, Any], with_p: bool) -> str:
    """Return the difference of a row with its interval, if it has one, and its p-value, if it is asked for."""
    measure, alone = row["measure"], isnan(row["low"])  # one repetition has no interval
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
        message = _("{share} of the error") if measure == ERROR else _("{share} of the CPU time")
        text = message.format(share=share + limits)
    return f"{text}, {shown_p(row)}" if with_p and not isnan(row["p_corrected"]) else text


def _cost(results: Results, experiment: str, row: Mapping[str, Any]) -> str:
    """Return how many fewer or more parameters and multiplications a network has than the reference, if they differ."""
    networks = network_claims.network_rows(results, experiment)
    if networks.empty:
        return ""
    networks = networks.set_index(["setting", "classifier"])
    own = networks.loc[(row["setting"], row["classifier"])]
    other = networks.loc[(row["against_setting"], row["against_classifier"])]
    messages = {
        "parameters": (_("{share} fewer parameters"), _("{share} more parameters")),
        "multiply_adds": (_("{share} fewer multiplications"), _("{share} more multiplications")),
    }
    return ", ".join(
        messages[key][int(own[key] > other[key])].format(share=percent(abs(own[key] / other[key] - 1)))
        for key in messages
        if own[key] != other[key]
    )


def loss(results: Results, experiment: str) -> str:
    """Return after how many epochs, updates and seconds the networks of an experiment reach the same cross-entropy.

    It is that of the training: the largest of the smallest ones of all networks, means over the repetitions. A network
    has reached it at the end of the first epoch whose mean is not larger.
    """
    study, table = results.study, results.tables["network_training"]
    courses = {}
    for cell in study.experiments[experiment].cells():
        members = study.experiments[experiment].combinations[cell.setting].members
        of_setting = np.array([pair in members for pair in zip(table["model"], table["view"], strict=True)], dtype=bool)
        own = table[of_setting & (table["classifier"] == cell.classifier)]
        name = _cell(results, experiment, cell.setting, cell.classifier)
        course = own.groupby("epoch")[["cross_entropy", "updates", "seconds", "learning_rate"]].mean()
        courses[name] = course, results.batches.get(cell.classifier)
    level = max(course["cross_entropy"].min() for course, _batch in courses.values())
    items = [_reached(name, course, batch, level) for name, (course, batch) in courses.items()]
    return _("To a cross-entropy of {level} in training, which all reach, {items}.").format(
        level=fixed(level, 2), items="; ".join(items)
    )


def _reached(name: str, course: pd.DataFrame, batch: int | None, level: float) -> str:
    """Return what a network needs until its cross-entropy is not larger than a level, and how it learns.

    course: cross_entropy, updates, seconds and learning_rate by epoch; the learning rate is stated where it is
    constant. batch: images of a batch, None where the configuration does not have it.
    """
    epoch = (course["cross_entropy"] <= level).idxmax()
    each = int(course["updates"].iloc[0])
    if each == 1:
        how = _("one batch of all images")
    elif batch is None:
        how = _("updates per epoch: {each}").format(each=integer(each))
    else:
        how = ngettext("batches of {count} image", "batches of {count} images", batch).format(count=integer(batch))
    rates = course["learning_rate"]
    if rates.nunique() == 1:
        how = _("{batches}, learning rate {rate}").format(batches=how, rate=number(rates.iloc[0]))
    updates = int(course["updates"][epoch])
    return _("{what} ({how}) needs {epochs}, {updates} and {seconds}\\,s of CPU time").format(
        what=name,
        how=how,
        epochs=ngettext("{count} epoch", "{count} epochs", int(epoch)).format(count=integer(epoch)),
        updates=ngettext("{count} update", "{count} updates", updates).format(count=integer(updates)),
        seconds=significant_digits(course["seconds"][epoch], 2),
    )


def _cell(results: Results, experiment: str, setting: int, classifier: str) -> str:
    """Return the words for a setting and a classifier, whichever vary in an experiment."""
    found = results.study.experiments[experiment]
    parts = [named(results.study.label(experiment, setting))] if len(found.combinations) > 1 else []
    return ", ".join([*parts, *([results.classifier(classifier)] if len(found.classifiers) > 1 else [])])
