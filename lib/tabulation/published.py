"""The table of published accuracies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.study.settings import PIXELS, as_text

PUBLISHED_SETTINGS = ("hidden", "layer", "patches", "stride")  # that published accuracies are told for


def published_table(published: pd.DataFrame, classification: pd.DataFrame, defaults: Mapping[str, Any]) -> pd.DataFrame:
    """Published accuracies beside those of this study at the same setting, in the column this_study.

    published: columns source, data, features, classifier, accuracy, learner and `PUBLISHED_SETTINGS`; where one of
    these is missing, and for every other setting, the study's default counts. classification: the table of that name,
    as text. The accuracy of this study is the mean over its repetitions, after training on all images.
    """
    trained = classification[classification["fold"] == "all"]
    settings = [key for key in defaults if key in trained and key != "learner"]
    own = []
    for row in published.astype(object).where(published.notna(), None).to_dict("records"):
        found = trained[(trained["learner"] == row["learner"]) & (trained["classifier"] == row["classifier"])]
        for key in settings if row["learner"] != PIXELS else ():
            value = row[key] if row.get(key) is not None else as_text(defaults[key])
            found = found.loc[np.array([_same(text, str(value)) for text in found[key]], dtype=bool)]
        own.append(found["accuracy"].astype(float).mean() if len(found) else None)
    return published.assign(this_study=own)


def _same(text: Any, other: str) -> bool:
    """Whether two texts mean the same value, as 8 and 8.0 do, or False and false."""
    try:
        return float(text) == float(other)
    except ValueError:
        return str(text).lower() == other.lower()
