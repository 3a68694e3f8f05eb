"""What comparisons show, by rule: what each row of the table of contrasts says, and the verdict on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.report import network_claims
from lib.report.answers import Outcome
from lib.report.phrases import significant
from lib.study.comparisons import EXACT, HIGHER

BETTER, WORSE, AS_GOOD, OPEN = "better", "worse", "as_good", "open"
# What shows, and what contradicts, that something is better than its reference, or as good.
SHOWN = {BETTER: {BETTER}, AS_GOOD: {BETTER, AS_GOOD}}
CONTRADICTED = {BETTER: {WORSE, AS_GOOD}, AS_GOOD: {WORSE}}


def kinds_of(rows: pd.DataFrame, expect: str | None) -> pd.Series:
    """Return what each row of the table of contrasts shows."""
    return pd.Series([kind(row, expect) for row in rows.to_dict("records")], index=rows.index, dtype=object)


def kind(row: Mapping[str, Any], expect: str | None) -> str:
    """Return what a row of the table of contrasts shows: better, worse, as_good or open.

    A difference is as good where its interval is within one point, 0.01 of macro F1, or one percent of a number. Where
    a question asks whether something is as good, this counts more than whether the difference is significant. Exact
    numbers without a p-value are compared as they are.
    """
    difference = row["difference"] if row["measure"] in HIGHER else -row["difference"]
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


def joined(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome of a question with several parts: mixed where some are shown and others are not."""
    if not outcomes:
        return Outcome.NONE
    if len(set(outcomes)) == 1:
        return outcomes[0]
    return Outcome.MIXED if {Outcome.SHOWN, Outcome.MIXED} & set(outcomes) else Outcome.OPEN
