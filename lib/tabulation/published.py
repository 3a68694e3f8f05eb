"""The table of published accuracies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.study.labels import Label
from lib.study.settings import PIXELS, as_text

PUBLISHED_SETTINGS = ("learner", "hidden", "layer", "patches", "stride")  # that publications state


def _value(key: str, text: str) -> Any:
    """Return a setting from its text in a table: 75 and 100-75-100 are layers, 8 and 8.0 the same number."""
    if key == "learner":
        return text
    return [int(float(size)) for size in text.split("-")] if key == "hidden" else int(float(text))


def published_label(row: Mapping[str, Any]) -> Label:
    """Return the label of published features. row: `PUBLISHED_SETTINGS`, missing where they are not stated."""
    return Label.of({key: _value(key, str(row[key])) for key in PUBLISHED_SETTINGS if not pd.isna(row[key])})


def published_table(published: pd.DataFrame, classification: pd.DataFrame, defaults: Mapping[str, Any]) -> pd.DataFrame:
    """Return published accuracies next to those of this study at the same setting.

    published: columns source, data, classifier, accuracy and `PUBLISHED_SETTINGS`; the settings are text. Where one of
    them is missing, and for every other setting, the study's default counts. classification: the table of that name, as
    text. The result has the columns features, the label of the settings, and this_study, a mean over the repetitions
    after training on all images, missing where the study does not have the setting.
    """
    trained = classification[classification["fold"] == "all"]
    settings = [key for key in defaults if key in trained and key != "learner"]
    rows = published.astype(object).where(published.notna(), None).to_dict("records")
    own = []
    for row in rows:
        found = trained[(trained["learner"] == row["learner"]) & (trained["classifier"] == row["classifier"])]
        for key in settings if row["learner"] != PIXELS else ():
            value = row[key] if row.get(key) is not None else as_text(defaults[key])
            found = found.loc[np.array([_same(text, str(value)) for text in found[key]], dtype=bool)]
        own.append(found["accuracy"].astype(float).mean() if len(found) else None)
    return published.assign(features=[str(published_label(row)) for row in rows], this_study=own)


def _same(text: Any, other: str) -> bool:
    """Return whether two texts mean the same value, as 8 and 8.0 do, or False and false."""
    try:
        return float(text) == float(other)
    except ValueError:
        return str(text).lower() == other.lower()
