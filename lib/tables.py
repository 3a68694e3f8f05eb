"""Tidy tables of the study: a row a trained model, a row an evaluation, a row a comparison."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.datasets import LABELLED, SPLITS
from lib.datasets.notes import Note
from lib.experiments import Features, Study
from lib.filters import ORIENTED
from lib.scores import Bootstrap, confusion, holm, metrics, wilson_interval
from lib.settings import PIXELS, VIEW_SETTINGS, all_settings, as_text
from lib.units import CONSTANT, summary

# The settings of all learners. The limit of iterations is no column: tables have the iterations that were made.
MODEL_COLUMNS = ["learner", *(key for key in all_settings() if key != "iterations"), "model"]
TRAINING_COLUMNS = [
    *MODEL_COLUMNS[:-2],
    *("device", "seed", "iterations", "evaluations", "loss", "seconds"),
    *("iterations_to_fraction", "seconds_to_fraction", "model"),
]
CLASSIFICATION_COLUMNS = [
    "features",
    *MODEL_COLUMNS,
    *VIEW_SETTINGS,
    *("view", "classifier", "fold", "n_train", "n_test", "n_features"),
    *("accuracy", "accuracy_low", "accuracy_high", "log_loss", "f1_macro", "seconds"),
]
CHECK_COLUMNS = ["check", "parameters", "relative_error", "tolerance", "passed", "network"]
FRACTION = 0.999  # of the improvement of the loss; iterations and seconds to reach it are told


def side_by_side(settings: list[dict[str, Any]], keys: Iterable[str]) -> dict[str, Any]:
    """The settings of features that stand side by side, as text where they differ: "patch + none"."""
    columns: dict[str, Any] = {}
    for key in keys:
        values = list(dict.fromkeys(as_text(part[key]) for part in settings if part.get(key) is not None))
        columns[key] = None if not values else settings[0][key] if len(values) == 1 else " + ".join(values)
        if isinstance(columns[key], list):
            columns[key] = values[0]
    return columns


def training_table(facts: dict[str, dict[str, Any]], histories: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a model from what its training recorded (settings, device, iterations, loss, seconds).

    The columns to_fraction say when `FRACTION` of the improvement of the loss was reached.
    """
    rows = []
    for name, fact in facts.items():
        reached = time_to_fraction(histories[name]) if len(histories[name]) else (None, None)
        rows.append(
            side_by_side([fact["settings"]], MODEL_COLUMNS)
            | {key: fact.get(key) for key in ("device", "iterations", "evaluations", "loss", "seconds")}
            | {"iterations_to_fraction": reached[0], "seconds_to_fraction": reached[1], "model": name}
        )
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS).astype({"iterations_to_fraction": "Int64"})


def time_to_fraction(history: pd.DataFrame, fraction: float = FRACTION) -> tuple[int, float]:
    """Iterations and seconds after which the loss has made this fraction of its whole improvement.

    history: columns iteration, loss and seconds, row 0 the start.
    """
    first, last = history["loss"].iloc[0], history["loss"].iloc[-1]
    row = history[first - history["loss"] >= fraction * (first - last)].iloc[0]
    return int(row["iteration"]), float(row["seconds"])


FILTER_COLUMNS = [
    *MODEL_COLUMNS,
    *("units", "oriented_units", "edge_likeness", "mean_activation"),
    *("constant_units", "dead_units", "explained_variance", "collapsed"),
]


def filter_table(
    filters: dict[str, pd.DataFrame], layers: dict[str, pd.DataFrame], settings: dict[str, dict[str, Any]]
) -> pd.DataFrame:
    """A row a model: filters of the first layer, how many are oriented, means over units; then units of all layers.

    Oriented filters have an edge-likeness of at least `lib.filters.ORIENTED` and belong to a unit that is not
    constant: collapsed networks keep the form of edges at vanishing strength. The columns from constant_units on
    are those of `lib.units.summary`.
    """
    rows = []
    for name, table in filters.items():
        likeness = table["edge_likeness"]
        rows.append(
            side_by_side([settings[name]], MODEL_COLUMNS)
            | {
                "model": name,
                "units": len(table),
                "oriented_units": int(((likeness >= ORIENTED) & (table["activation_std"] >= CONSTANT)).sum()),
                "edge_likeness": likeness.mean(),
                "mean_activation": table["mean_activation"].mean(),
            }
            | summary(layers[name])
        )
    return pd.DataFrame(rows, columns=FILTER_COLUMNS)


def check_table(checks: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return one row per gradient check of all networks; no row where no learner has a gradient to check."""
    return pd.concat(checks) if checks else pd.DataFrame(columns=CHECK_COLUMNS)


def experiment_table(study: Study) -> pd.DataFrame:
    """Which features belong to which setting of which experiment: a row a repetition.

    Settings are numbered from 0, the one that the others are compared with.
    """
    rows = [
        {"experiment": name, "setting": number, "label": combination.label, "repetition": repetition}
        | {"model": model, "view": view}
        for name, experiment in study.experiments.items()
        for number, combination in enumerate(experiment.combinations)
        for repetition, (model, view) in enumerate(combination.members)
    ]
    return pd.DataFrame(rows)


@dataclass
class Predictions:
    """Labels (F, N) and probabilities (F, N, K) of the test images after training on each of F training sets."""

    labels: np.ndarray
    probabilities: np.ndarray
    facts: list[dict[str, Any]]  # of each training set: fold, n_train, n_test, n_features, seconds


Evaluation = tuple[str, str, str]  # model or pixels, view, classifier


def classification_table(
    predictions: Mapping[Evaluation, Predictions], study: Study, names: dict[Features, str], truth: np.ndarray
) -> pd.DataFrame:
    """A row a training set of an evaluation on the test images with labels ``truth`` (N,).

    The column ``fold`` says which: "all" training images, or the number of a fold. names: what to call the
    features. The interval of the accuracy is Wilson's.
    """
    rows = []
    for (model, view, classifier), found in predictions.items():
        parts = study.features.get((model, view), [])
        models = [study.models[part] for part, _ in parts] or [{"learner": PIXELS}]
        about = (
            side_by_side(models, MODEL_COLUMNS)
            | side_by_side([study.views[part] for _, part in parts], VIEW_SETTINGS)
            | {"features": names[model, view], "seed": study.repetitions[model, view]}
            | {"model": model, "view": view, "classifier": classifier}
        )
        for fact, predicted, probability in zip(found.facts, found.labels, found.probabilities, strict=True):
            low, high = wilson_interval(int(np.sum(predicted == truth)), len(truth))
            rows.append(
                about
                | {key: fact[key] for key in ("fold", "n_train", "n_test", "n_features", "seconds")}
                | {"accuracy_low": low, "accuracy_high": high}
                | metrics(truth, predicted, probability)
            )
    return pd.DataFrame(rows, columns=CLASSIFICATION_COLUMNS)


FOLD_KEYS = ["features", "model", "view", "classifier"]


def fold_table(classification: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over folds of the accuracy on all test images, a row an evaluation.

    The standard deviation is that of a sample (divided by one less than the number of folds).
    """
    folds = classification[classification["fold"] != "all"]
    return (
        folds.groupby(FOLD_KEYS, sort=False, dropna=False)
        .agg(
            folds=("fold", "size"),
            n_train=("n_train", "max"),
            accuracy_mean=("accuracy", "mean"),
            accuracy_std=("accuracy", "std"),
        )
        .reset_index()
    )


CONFUSION_COLUMNS = ["features", "model", "view", "classifier", "true", "predicted", "count"]


def confusion_table(
    predictions: Mapping[Evaluation, Predictions],
    names: dict[Features, str],
    truth: np.ndarray,
    class_names: Sequence[str],
) -> pd.DataFrame:
    """A row a pair of true and predicted class of an evaluation, of which ``count`` are the test images.

    names: what to call the features. Counted are predictions after training on all images.
    """
    rows = []
    for (model, view, classifier), found in predictions.items():
        about = {"features": names[model, view], "model": model, "view": view, "classifier": classifier}
        matrix = confusion(truth, found.labels[0], len(class_names))
        for (true, predicted), count in np.ndenumerate(matrix):
            rows.append(about | {"true": class_names[true], "predicted": class_names[predicted], "count": count})
    return pd.DataFrame(rows, columns=CONFUSION_COLUMNS)


ACCURACY_COLUMNS = [
    *("experiment", "setting", "label", "classifier", "repetitions", "n_features"),
    *("accuracy", "low", "high", "accuracy_std", "log_loss", "f1_macro"),
]
COMPARISON_COLUMNS = [
    *("experiment", "setting", "label", "against", "classifier", "accuracy", "accuracy_against"),
    *("difference", "low", "high", "effect_size", "p_value", "p_corrected", "comparisons"),
]


def comparison_tables(
    predictions: Mapping[Evaluation, Predictions], study: Study, truth: np.ndarray, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Accuracy of every setting of every experiment, and the paired comparisons, after training on all images.

    A setting is compared with pixels and with the first setting of its experiment on the same test images and
    repetitions, by `lib.scores.Bootstrap`. p-values are corrected by Holm's method for the number of
    ``comparisons`` of one experiment with the same rival. Accuracies are means over the repetitions,
    accuracy_std their standard deviation.
    """
    settings: dict[tuple[str, int, str], list[Evaluation]] = {}  # the repetitions of a setting by a classifier
    for name, experiment in study.experiments.items():
        for classifier in experiment.classifiers:
            members = [combination.members for combination in experiment.combinations]
            for number, features in enumerate(members):
                settings[name, number, classifier] = [(*member, classifier) for member in features]
            if members:
                settings[name, -1, classifier] = [
                    (PIXELS, f"seed{study.repetitions[member]}", classifier) for member in members[0]
                ]
    order = {key: place for place, key in enumerate(settings)}
    right = [
        np.stack([predictions[evaluation].labels[0] == truth for evaluation in evaluations])
        for evaluations in settings.values()
    ]
    if not settings:
        return pd.DataFrame(columns=ACCURACY_COLUMNS), pd.DataFrame(columns=COMPARISON_COLUMNS)
    bootstrap = Bootstrap(right, rng)

    accuracies, comparisons = [], []
    for (name, number, classifier), place in order.items():
        label = PIXELS if number < 0 else study.experiments[name].combinations[number].label
        about = {"experiment": name, "setting": number, "label": label, "classifier": classifier}
        estimate = bootstrap.mean(place)
        found = [predictions[evaluation] for evaluation in settings[name, number, classifier]]
        scores = pd.DataFrame([metrics(truth, one.labels[0], one.probabilities[0]) for one in found])
        accuracies.append(
            about
            | {"repetitions": len(found), "n_features": found[0].facts[0]["n_features"]}
            | {"accuracy": estimate.value, "low": estimate.low, "high": estimate.high}
            | {"accuracy_std": scores["accuracy"].std() if len(found) > 1 else None}
            | scores[["log_loss", "f1_macro"]].mean().to_dict()
        )
        for rival in (-1, 0) if number > 0 else (-1,) if number == 0 else ():
            other = order[name, rival, classifier]
            result = bootstrap.compare(place, other)
            comparisons.append(
                about
                | {"against": PIXELS if rival < 0 else study.experiments[name].combinations[0].label}
                | {"accuracy": estimate.value, "accuracy_against": bootstrap.mean(other).value}
                | {key: getattr(result, key) for key in ("difference", "low", "high", "effect_size", "p_value")}
            )
    table = pd.DataFrame(comparisons, columns=COMPARISON_COLUMNS)
    families = table.groupby(["experiment", "against"], sort=False)["p_value"]
    table["p_corrected"] = families.transform(lambda values: holm(values.to_numpy()))
    table["comparisons"] = families.transform("size")
    return pd.DataFrame(accuracies, columns=ACCURACY_COLUMNS), table


CHANNELS = {1: ("grey",), 3: ("red", "green", "blue")}  # what the channels of an image are called
BALANCE = ("classes", "smallest_class", "largest_class")


def data_table(facts: dict[str, Any]) -> pd.DataFrame:
    """A row a split: images, side in pixels, channels, classes, smallest and largest class, mean and std per channel.

    images_of: the split whose images serve where there are none for this one. The columns mean_red, std_red, ...
    or mean_grey, std_grey are in intensities from 0 to 255.
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
    return pd.DataFrame(rows).astype(dict.fromkeys(BALANCE, "Int64"))


def class_table(facts: dict[str, Any]) -> pd.DataFrame:
    """A row a labelled split and class, in the order of the labels: how many images it has."""
    rows = [
        (split, label, name, facts["splits"][split]["images_by_class"][name])
        for split in LABELLED
        for label, name in enumerate(facts["class_names"])
    ]
    return pd.DataFrame(rows, columns=["split", "label", "class", "images"])


def file_table(facts: dict[str, Any]) -> pd.DataFrame:
    """A row a split and raw file that it came from: bytes, and SHA-256 in hexadecimal digits.

    A folder of pictures is one row; ``files`` counts what it holds. Files of all splits, such as those with
    the names of the classes, have the split "all".
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

    note is the sentence in English; message and values, as JSON, are its parts, from which the report translates it.
    """
    rows = [
        (split, str(Note(**note)), note["text"], json.dumps(note["values"], ensure_ascii=False, sort_keys=True))
        for split in SPLITS
        for note in facts["splits"][split]["notes"]
    ]
    return pd.DataFrame(rows, columns=["split", "note", "message", "values"])


def cost_table(benchmarks: Mapping[str, Sequence[pd.DataFrame]]) -> pd.DataFrame:
    """A row a stage from the benchmarks of its jobs: what they took in seconds and in memory (MB).

    benchmarks: tables of Snakemake, with the columns s, cpu_time and max_rss, a row a run; processor time and
    memory are missing for jobs that ended before they were measured, and count as none.
    """
    rows = []
    for stage, tables in benchmarks.items():
        runs = pd.concat([table.tail(1) for table in tables])[["s", "cpu_time", "max_rss"]]
        runs = runs.apply(pd.to_numeric, errors="coerce")
        rows.append(
            {"stage": stage, "jobs": len(runs), "seconds": runs["s"].sum(), "longest": runs["s"].max()}
            | {"cpu_seconds": runs["cpu_time"].sum(), "memory": runs["max_rss"].max()}
        )
    return pd.DataFrame(rows)


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
