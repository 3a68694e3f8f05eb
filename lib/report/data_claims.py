"""What the report says of the data: sentences that follow from the tables of the data set."""

from __future__ import annotations

import json

import pandas as pd

from lib.report.claims import quoted
from lib.words.language import _, ngettext
from lib.words.latex import escape, integer

OFFICIAL = {"train": 5000, "test": 8000}  # labelled images of the STL-10 that others report on


def published(data: pd.DataFrame) -> str:
    """Whether this study's accuracies may be compared with published ones of STL-10.

    data: a row a split, with its images.
    """
    images = data.set_index("split")["images"]
    if all(int(images[split]) == count for split, count in OFFICIAL.items()):
        return _("The images of this study are as many as theirs on STL-10, so the levels can be compared.")
    return _(
        "This study has {train} training and {test} test images where theirs on STL-10 has {all_train} and {all_test}: "
        "the levels of accuracy cannot be compared, only what a setting changes."
    ).format(
        train=integer(images["train"]),
        test=integer(images["test"]),
        all_train=integer(OFFICIAL["train"]),
        all_test=integer(OFFICIAL["test"]),
    )


def unlabelled(data: pd.DataFrame) -> str:
    """Which images serve where the data set has no unlabelled ones, and nothing where it has.

    data: a row a split, with the column images_of.
    """
    source = data.set_index("split")["images_of"]["unlabeled"]
    if pd.isna(source):
        return ""
    return _("There are no unlabelled images: those of {split} serve as such, without their labels.").format(
        split=quoted(escape(source))
    )


def notes(table: pd.DataFrame) -> str:
    """What was converted, left out or is remarkable in the raw data, and nothing if there is no such note.

    table: columns message and values, one row per note.
    """
    rows = zip(table["message"], table["values"], strict=True)
    found = [_(message).format(**json.loads(values)) for message, values in rows]
    return _("Notes on the data: {list}").format(list=escape(" ".join(found))) if found else ""


def duplicates(table: pd.DataFrame) -> str:
    """Whether images occur twice, and a warning where test images were seen in training.

    table: columns first, second, images, a row a pair of splits.
    """
    found = table[table["images"] > 0]
    if found.empty:
        return _("No image occurs twice, neither within a split nor in two of them.")
    told = []
    for row in found.itertuples():
        if row.first == row.second:
            message = ngettext(
                "in {first}, {images} image equals an earlier one",
                "in {first}, {images} images equal an earlier one",
                row.images,
            )
        else:
            message = ngettext(
                "{images} image of {second} is also in {first}",
                "{images} images of {second} are also in {first}",
                row.images,
            )
        told.append(
            message.format(
                images=integer(row.images), first=quoted(escape(row.first)), second=quoted(escape(row.second))
            )
        )
    text = _("Exact duplicates: {list}.").format(list="; ".join(told))
    if ((found["first"] == "train") & (found["second"] == "test")).any():
        text += " " + _(
            r"\textbf{Warning:} test images that are training images make accuracies look better than they are."
        )
    return text
