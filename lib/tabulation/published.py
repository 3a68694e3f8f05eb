"""The table of published accuracies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.base.errors import StudyError
from lib.study.labels import Label
from lib.study.learners import LEARNERS, effective
from lib.study.settings import PIXELS, VIEW_SETTINGS, as_text
from lib.tabulation.columns import CLASSIFICATION_COLUMNS

PUBLISHED_SETTINGS = ("learner", "hidden", "layer", "patches", "stride")  # that publications state
DATA = {  # classes of data sets that publications use, and the side of their colour images in pixels
    "STL-10": (("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"), 96),
    "CIFAR-10": (("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"), 32),
}


def _value(key: str, text: str) -> Any:
    """Return a setting from its text in a table: 75 and 100-75-100 are layers, 8 and 8.0 the same number."""
    if key == "learner":
        return text
    return [int(float(size)) for size in text.split("-")] if key == "hidden" else int(float(text))


def published_label(row: Mapping[str, Any]) -> Label:
    """Return the label of published features. row: `PUBLISHED_SETTINGS`, missing where they are not stated."""
    return Label.of({key: _value(key, str(row[key])) for key in PUBLISHED_SETTINGS if not pd.isna(row[key])})


def data_name(facts: Mapping[str, Any]) -> str | None:
    """Return the name of a data set that publications use, None for any other.

    facts: the contents of facts.json. A data set is known by the names of its classes and by the side of its colour
    images.
    """
    train = facts["splits"]["train"]
    names = sorted(facts["class_names"])
    for name, (classes, side) in DATA.items():
        if names == sorted(classes) and (train["side"], train["channels"]) == (side, 3):
            return name
    return None


def published_table(
    published: pd.DataFrame, classification: pd.DataFrame, defaults: Mapping[str, Any], data: str | None
) -> pd.DataFrame:
    """Return published accuracies on the study's data next to those of the study at the same setting.

    published: columns source, data, classifier, accuracy and `PUBLISHED_SETTINGS`; the settings are text. Where one of
    them is missing, and for every other setting, the study's default counts. classification: the table of that name, as
    text. data: the name of the study's data; publications about other data are left out, all of them for None.
    Settings are compared as they take effect for the learner. The result has the columns features, the label of the
    settings, and this_study, a mean over the repetitions after training on all images, missing where the study does not
    have the setting.
    """
    published = published[published["data"] == data]
    trained = classification[classification["fold"] == "all"]
    rows = published.astype(object).where(published.notna(), None).to_dict("records")
    own = []
    for row in rows:
        found = trained[(trained["learner"] == row["learner"]) & (trained["classifier"] == row["classifier"])]
        compared = {"labels": defaults["labels"]} if row["learner"] == PIXELS else _effective(defaults, row)
        if compared is None:
            found = found.iloc[:0]
        for key, value in (compared or {}).items():
            found = found.loc[np.array([_same(text, as_text(value)) for text in found[key]], dtype=bool)]
        own.append(found["accuracy"].astype(float).mean() if len(found) else np.nan)
    features = [str(published_label(row)) for row in rows]
    return published.assign(features=np.array(features, dtype=object), this_study=np.array(own, dtype=float))


def _effective(defaults: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the settings of published features as they take effect, None where a study cannot have them.

    These are the settings that the table of evaluations has and on which the learner and the view depend, without the
    seed.
    """
    if row["learner"] not in LEARNERS:
        return None
    stated = {key: _value(key, str(row[key])) for key in PUBLISHED_SETTINGS if row[key] is not None}
    try:
        settings = effective("published", {**defaults, **stated})
    except StudyError:  # such as a layer that the default network does not have
        return None
    keys = (*LEARNERS[row["learner"]].settings, *VIEW_SETTINGS)
    return {key: settings[key] for key in keys if key in CLASSIFICATION_COLUMNS and key != "seed"}


def _same(text: Any, other: str) -> bool:
    """Return whether two texts mean the same value, as 8 and 8.0 do, or False and false."""
    try:
        return float(text) == float(other)
    except ValueError:
        return str(text).lower() == other.lower()
