"""Answers to questions that state what they compare: verdicts by rule, from the table of contrasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from lib.report import accuracy_claims, filter_claims, network_claims
from lib.report.answers import Answer, Outcome
from lib.report.comparison_clauses import clauses, reference
from lib.report.epoch_claims import cross_entropy
from lib.report.results import Results
from lib.report.verdicts import AS_GOOD, BETTER, OPEN, WORSE, joined, kind, kinds_of, verdict
from lib.study.comparisons import ACCURACY, LOSS, Comparison
from lib.study.learners import UNTRAINED
from lib.words.language import _, ngettext
from lib.words.latex import integer

FEWEST = 3  # repetitions from which a bootstrap over them says how trainings vary


def answer(results: Results, experiment: str) -> Answer:
    """Return the answer to the question of an experiment that states what it compares.

    Each comparison that expects something has a sentence that begins with its verdict, and with its number where there
    are several. Where none does, and the loss is not compared, the answer says which setting is best, after the
    comparisons if these show nothing better than their reference.
    """
    best = _best(results, experiment)
    if any(one.against.get("learner") in UNTRAINED for one in results.study.experiments[experiment].comparisons):
        best = replace(best, details="")  # the same comparisons, corrected with others
    axis = results.study.axis(experiment)
    if axis is not None and any(axis.series):
        best = Answer("")  # the best of several series against the smallest value of the first says nothing
    rows = results.of("contrasts", experiment)
    comparisons = results.study.experiments[experiment].comparisons
    expecting = [place for place, comparison in enumerate(comparisons) if comparison.expect]
    found = []
    for place, comparison in enumerate(comparisons):
        if comparison.measure == LOSS:
            found.append(Answer(cross_entropy(results, experiment)))
            continue
        part = _compared(results, experiment, comparison, rows[rows["comparison"] == place], bool(expecting))
        if len(expecting) > 1 and place in expecting:
            text = _("({number}) {answer}").format(number=expecting.index(place) + 1, answer=part.text)
            part = replace(part, text=text)
        found.append(part)
    correction = _correction(comparisons, rows)
    texts, others = [part.text for part in found], [part.details for part in found]
    warning = _few_trainings(comparisons, rows)
    if not expecting and not any(one.measure == LOSS for one in comparisons):
        kinds = kinds_of(rows, None)
        texts = (
            [best.text, *texts] if BETTER in set(kinds) else [_none_better(results, comparisons[0]), *texts, best.text]
        )
        text = " ".join(filter(None, (*texts, warning)))
        return Answer(text, Outcome.NONE, " ".join(filter(None, (*others, correction, best.details))))
    sizes = network_claims.sizes(results, experiment) if _asks_for_accuracy(comparisons) else ""
    details = " ".join(filter(None, (*others, correction, sizes, best.text, best.details)))
    outcome = joined([found[place].outcome for place in expecting])
    return Answer(" ".join(filter(None, (*texts, warning))), outcome, details, has_verdict=bool(expecting))


def _correction(comparisons: Sequence[Comparison], rows: pd.DataFrame) -> str:
    """Return for how many comparisons the p-values of an experiment are corrected, nothing for a single one."""
    answers = [comparisons[row["comparison"]].answers(bool(row["judged"])) for row in rows.to_dict("records")]
    own, others = (
        int(rows.loc[[one is kind for one in answers], "comparisons"].max()) if kind in answers else 0
        for kind in (True, False)
    )
    if max(own, others) < 2:
        return ""
    if own and others:
        return _(
            "The p-values of comparisons that answer the question are corrected for these (their number: {own}), those "
            "of other comparisons for the others ({others})."
        ).format(own=integer(own), others=integer(others))
    return ngettext(
        "These p-values are corrected for {count} comparison.",
        "These p-values are corrected for {count} comparisons.",
        max(own, others),
    ).format(count=integer(max(own, others)))


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
    against = reference(results, comparison.against)
    return _("None is shown to be more accurate than {against}.").format(against=against)


def _asks_for_accuracy(comparisons: Sequence[Comparison]) -> bool:
    """Return whether a question asks which network is more accurate, without asking what that costs."""
    return any(one.measure == ACCURACY and one.expect == BETTER for one in comparisons)


def _few_trainings(comparisons: Sequence[Comparison], rows: pd.DataFrame) -> str:
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


def _compared(
    results: Results, experiment: str, comparison: Comparison, rows: pd.DataFrame, among_verdicts: bool = False
) -> Answer:
    """Return the sentences on one comparison. rows: of the table of contrasts, with the label of each setting as name.

    The details have the pairs by which it is not judged. among_verdicts: whether another part of the answer has a
    verdict: a comparison without an expectation then says that it adds to it.
    """
    kinds = kinds_of(rows, comparison.expect)
    judged = rows["judged"].astype(bool)
    text = clauses(results, experiment, comparison, rows[judged], kinds[judged])
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
    others = clauses(results, experiment, comparison, rows[~judged], kinds[~judged])
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
