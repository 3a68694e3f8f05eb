"""Sentences of the report about the data, which follow from the tables of the data set by rule."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from lib.report.phrases import listed, quoted
from lib.study.settings import as_text
from lib.words.language import _, ngettext, pgettext
from lib.words.latex import escape, fixed, integer, percent

OFFICIAL = {"train": 5000, "test": 8000, "unlabeled": 100_000}  # images of STL-10 in published results
EMBEDDED = "photographs"
FEW = 20  # independent test images, below which the percentiles of a bootstrap are known to be too narrow


def published(accuracies: pd.DataFrame, data: pd.DataFrame) -> str:
    """Return whose the published accuracies are, and whether this study's can be compared with them.

    accuracies: one row per published accuracy. data: one row per split, with its number of images.
    """
    return f"{_origin(accuracies)} {_comparable(data)}"


def _origin(accuracies: pd.DataFrame) -> str:
    return _("The published ones are of {sources}, on {data}.").format(
        sources=listed([f"\\citet{{{source}}}" for source in accuracies["source"].unique()]),
        data=listed([escape(name) for name in accuracies["data"].unique()]),
    )


def _comparable(data: pd.DataFrame) -> str:
    images = data.set_index("split")["images"]
    if all(int(images[split]) == OFFICIAL[split] for split in ("train", "test")):
        return _("This study has as many labelled images as STL-10, so accuracies can be compared.")
    return _(
        "This study has {train} training and {test} test images; STL-10 has {all_train} and {all_test}. So only the "
        "differences between settings can be compared, not the accuracies themselves."
    ).format(
        train=integer(images["train"]),
        test=integer(images["test"]),
        all_train=integer(OFFICIAL["train"]),
        all_test=integer(OFFICIAL["test"]),
    )


def sample(data: pd.DataFrame) -> str:
    """Return that the images are a part of STL-10, nothing where they are all of it.

    data: one row per split of images of STL-10, with their number.
    """
    images = data.set_index("split")["images"]
    if all(int(images[split]) == count for split, count in OFFICIAL.items()):
        return ""
    return _(
        "The whole STL-10 has {train} training, {test} test and {unlabelled} unlabelled images, of which this study "
        "has a part."
    ).format(
        train=integer(OFFICIAL["train"]),
        test=integer(OFFICIAL["test"]),
        unlabelled=integer(OFFICIAL["unlabeled"]),
    )


def embedded(dataset: str) -> str:
    """Return what accuracies on the embedded photographs do not say, nothing for other data sets."""
    if dataset != EMBEDDED:
        return ""
    return _(
        "Each class is one photograph, and all splits show parts of it, so that its colours can reveal it. The "
        "photographs teach filters; accuracies on them say little about how good features are."
    )


def unlabelled(data: pd.DataFrame) -> str:
    """Return which images replace unlabelled ones, nothing if the data set has unlabelled images.

    data: one row per split, with the column images_of.
    """
    source = data.set_index("split")["images_of"]["unlabeled"]
    if pd.isna(source):
        return ""
    return _(
        "The data set has no unlabelled images: the images of {split} are used instead, without their labels."
    ).format(split=quoted(escape(source)))


def notes(table: pd.DataFrame) -> str:
    """Return what was converted, left out or is remarkable in the raw data, nothing without such a note.

    table: columns message and values, one row per note.
    """
    rows = zip(table["message"], table["values"], strict=True)
    found = [_(message).format(**json.loads(values)) for message, values in rows]
    return _("Notes on the data: {list}").format(list=escape(" ".join(found))) if found else ""


def duplicates(table: pd.DataFrame) -> str:
    """Return whether images occur twice, with a warning if test images are also training images.

    table: columns first, second, images; one row per pair of splits.
    """
    found = table[table["images"] > 0]
    if found.empty:
        return _("No image occurs twice, within a split or in two splits.")
    counts = []
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
        counts.append(
            message.format(
                images=integer(row.images), first=quoted(escape(row.first)), second=quoted(escape(row.second))
            )
        )
    text = _("Exact duplicates: {list}.").format(list="; ".join(counts))
    if ((found["first"] == "train") & (found["second"] == "test")).any():
        text += " " + _(
            r"\textbf{Warning:} test images that are also training images make accuracies look better than they are."
        )
    return text


def groups(data: pd.DataFrame) -> str:
    """Return which test images are not independent of each other, nothing where all are.

    data: one row per split, with its numbers of images and groups.
    """
    count = data.set_index("split")["groups"]["test"]
    if pd.isna(count):
        return _few(data.set_index("split")["images"]["test"])
    text = ngettext(
        "The test images come from {count} group of images that are not independent of each other, such as crops of "
        "one part of a photograph; intervals and tests resample groups instead of images.",
        "The test images come from {count} groups of images that are not independent of each other, such as crops of "
        "one part of a photograph; intervals and tests resample groups instead of images.",
        int(count),
    ).format(count=integer(count))
    return " ".join(filter(None, (text, _few(count))))


def _few(count: float) -> str:
    """Return a warning if there are few independent test images, or groups of them."""
    if count >= FEW:
        return ""
    return _(
        r"\textbf{{Warning:}} with only {count} independent test images, or groups of them, intervals of the bootstrap "
        "are too narrow and its p-values too small."
    ).format(count=integer(count))


def cost(costs: pd.DataFrame) -> str:
    """Return the CPU time of all jobs, which stage used most of it, and which used the most memory.

    costs: columns stage, jobs, cpu_seconds, memory (MB), one row per stage. The time of a stage is missing if that of
    one of its jobs is unknown; then nothing is said of the sum.
    """
    unknown = costs.loc[costs["cpu_seconds"].isna(), "stage"]
    if len(unknown):
        return ngettext(
            "The CPU time of the stage {stages} is unknown, because some of its jobs left no measurement.",
            "The CPU time of the stages {stages} is unknown, because some of their jobs left no measurement.",
            len(unknown),
        ).format(stages=listed([quoted(pgettext("stage", str(stage).replace("_", " "))) for stage in unknown]))
    total, jobs = costs["cpu_seconds"].sum(), int(costs["jobs"].sum())
    most, largest = costs.loc[costs["cpu_seconds"].fillna(0).idxmax()], costs.loc[costs["memory"].fillna(0).idxmax()]
    text = ngettext(
        "The one job used {time} of CPU time, {share} of it in the stage {stage}; the stage {largest} used the most "
        "memory, {memory} MB.",
        "The {jobs} jobs up to the predictions used {time} of CPU time, {share} of it in the stage {stage}; the stage "
        "{largest} used the most memory, {memory} MB.",
        jobs,
    )
    if most["stage"] == largest["stage"]:
        text = ngettext(
            "The one job used {time} of CPU time, {share} of it in the stage {stage}, and {memory} MB of memory.",
            "The {jobs} jobs up to the predictions used {time} of CPU time; the stage {stage} used {share} of it and "
            "the most memory, {memory} MB.",
            jobs,
        )
    return text.format(
        jobs=integer(jobs),
        time=duration(total),
        share=percent(most["cpu_seconds"] / total, 0) if total else "–",
        stage=quoted(pgettext("stage", str(most["stage"]).replace("_", " "))),
        memory="–" if pd.isna(largest["memory"]) else integer(largest["memory"]),
        largest=quoted(pgettext("stage", str(largest["stage"]).replace("_", " "))),
    )


def classifiers(entries: Mapping[str, Any], used: Sequence[str], labels: Mapping[str, str]) -> str:
    """Return the parameters of the classifiers of a study, and the values among which cross-validation chooses.

    entries: of the configuration, by name. used: names of those that are evaluated. labels: by name.
    """
    texts = []
    for name in used:
        entry = entries[name]
        parts = [f"{key} {as_text(value)}" for key, value in entry["parameters"].items() if not isinstance(value, dict)]
        parts += [
            _("{key} from {values}").format(key=key, values=", ".join(map(as_text, values)))
            for key, values in entry["grid"].items()
        ]
        if entry.get("components"):
            parts.append(_("{count} principal components").format(count=entry["components"]))
        texts.append(escape(f"{_(labels[name])} ({'; '.join(parts)})") if parts else escape(_(labels[name])))
    return _("The classifiers are {classifiers}.").format(classifiers=listed(texts)) if texts else ""


def duration(seconds: float) -> str:
    """Return a time in seconds, minutes or hours."""
    if seconds < 120:
        return _("{time} s").format(time=fixed(seconds, 0))
    if seconds < 7200:
        return _("{time} min").format(time=fixed(seconds / 60, 0))
    return _("{time} h").format(time=fixed(seconds / 3600, 1))
