"""Tables of the data set: splits, classes, raw files, notes."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from lib.datasets.notes import Note
from lib.datasets.splits import LABELLED, SPLITS

CHANNELS = {1: ("grey",), 3: ("red", "green", "blue")}  # what the channels of an image are called
COUNTS = ("groups", "classes", "smallest_class", "largest_class")  # which a split may lack


def data_table(facts: dict[str, Any]) -> pd.DataFrame:
    """Return one row per split: images, side in pixels, channels, classes, statistics of classes and of channels.

    images_of is the split whose images are used where this one has none. groups is the number of groups of images that
    are not independent, missing where every image is its own. The columns mean_red, std_red, ... or
    mean_grey, std_grey are in intensities from 0 to 255.
    """
    rows = []
    for split in SPLITS:
        fact = facts["splits"][split]
        balance = list(fact.get("images_by_class", {}).values())
        rows.append(
            {
                "split": split,
                "images": fact["count"],
                "images_of": fact.get("images_of"),
                "groups": fact.get("groups"),
                "side": fact["side"],
                "channels": fact["channels"],
                "classes": len(balance) or None,
                "smallest_class": min(balance, default=None),
                "largest_class": max(balance, default=None),
            }
            | {
                f"{what}_{channel}": value
                for what in ("mean", "std")
                for channel, value in zip(CHANNELS[fact["channels"]], fact[what], strict=True)
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(COUNTS, "Int64"))


def class_table(facts: dict[str, Any]) -> pd.DataFrame:
    """Return one row per labelled split and class, in the order of the labels, with its number of images."""
    rows = [
        (split, label, name, facts["splits"][split]["images_by_class"][name])
        for split in LABELLED
        for label, name in enumerate(facts["class_names"])
    ]
    return pd.DataFrame(rows, columns=["split", "label", "class", "images"])


def file_table(facts: dict[str, Any]) -> pd.DataFrame:
    """Return one row per split and raw file that it came from: bytes, and SHA-256 in hexadecimal digits.

    A folder of pictures is one row; ``files`` is the number of its files. Files of all splits, such as one with the
    names of the classes, have the split "all".
    """
    groups = {split: facts["splits"][split]["files"] for split in SPLITS} | {"all": facts["files"]}
    rows = [
        (split, name, fact["files"], fact["bytes"], fact["sha256"])
        for split, files in groups.items()
        for name, fact in sorted(files.items())
    ]
    return pd.DataFrame(rows, columns=["split", "file", "files", "bytes", "sha256"])


def note_table(facts: dict[str, Any]) -> pd.DataFrame:
    """Return one row per note on the data: what was converted, left out or is remarkable.

    note is the sentence in English. message is its template and values, as JSON, what goes into it: the report
    translates the template.
    """
    rows = [
        (split, str(Note(**note)), note["text"], json.dumps(note["values"], ensure_ascii=False, sort_keys=True))
        for split in SPLITS
        for note in facts["splits"][split]["notes"]
    ]
    return pd.DataFrame(rows, columns=["split", "note", "message", "values"])
