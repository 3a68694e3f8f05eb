"""Tidy tables of the study: a row a trained model, a row an evaluation, a row a comparison."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from lib.datasets import SPLITS
from lib.experiments import PIXELS, as_text
from lib.statistics import compare_paired, confusion, metrics, wilson_interval

MODEL_COLUMNS = [
    *("learner", "hidden", "activation", "rho", "lambda", "beta", "sparsity"),
    *("patches", "patch_size", "centre", "precision", "seed", "model"),
]
TRAINING_COLUMNS = [*MODEL_COLUMNS[:-2], "device", "seed", "iterations", "evaluations", "loss", "seconds", "model"]
CLASSIFICATION_COLUMNS = [
    "features",
    *MODEL_COLUMNS,
    *("layer", "stride", "pooling", "classifier", "fold", "n_train", "n_test", "n_features"),
    *("accuracy", "accuracy_low", "accuracy_high", "log_loss", "f1_macro", "seconds"),
]


def model_columns(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The columns that say which model a row is about; settings that it does not have are empty."""
    columns = {key: settings.get(key) for key in MODEL_COLUMNS}
    if columns["hidden"] is not None:
        columns["hidden"] = as_text(columns["hidden"])
    return columns | {"model": name}


def training_table(facts: dict[str, dict[str, Any]]) -> pd.DataFrame:
    """A row a model from what its training recorded (settings, device, iterations, loss, seconds)."""
    rows = [
        {key: fact.get(key) for key in ("device", "iterations", "evaluations", "loss", "seconds")}
        | model_columns(name, fact["settings"])
        for name, fact in facts.items()
    ]
    return pd.DataFrame(rows, columns=TRAINING_COLUMNS)


def filter_table(
    filters: dict[str, pd.DataFrame], settings: dict[str, dict[str, Any]], oriented: float
) -> pd.DataFrame:
    """A row a model: units, how many are oriented (edge-likeness of at least ``oriented``), means over units."""
    rows = []
    for name, table in filters.items():
        likeness = table["edge_likeness"]
        rows.append(
            model_columns(name, settings[name])
            | {
                "units": len(table),
                "oriented_units": int((likeness >= oriented).sum()),
                "edge_likeness": likeness.mean(),
                "mean_activation": table["mean_activation"].mean(),
            }
        )
    return pd.DataFrame(rows, columns=[*MODEL_COLUMNS, "units", "oriented_units", "edge_likeness", "mean_activation"])


Evaluation = tuple[str, dict[str, Any], dict[str, Any], str, list[dict[str, Any]], np.ndarray, np.ndarray]


def classification_table(evaluations: Iterable[Evaluation], truth: np.ndarray) -> pd.DataFrame:
    """A row a training set of an evaluation on the test images with labels ``truth`` (N,).

    The column ``fold`` says which: "all" training images, or the number of a fold. An evaluation is (model,
    its settings, name, layer and stride of its features, classifier, facts, predicted labels,
    probabilities), the last three with an entry for each training set. The interval of the accuracy is Wilson's.
    """
    rows = []
    for model, settings, view, classifier, facts, labels, probabilities in evaluations:
        for fact, predicted, probability in zip(facts, labels, probabilities, strict=True):
            low, high = wilson_interval(int(np.sum(predicted == truth)), len(truth))
            rows.append(
                model_columns(model, settings)
                | {"pooling": "none", "classifier": classifier, "accuracy_low": low, "accuracy_high": high}
                | view
                | {key: fact[key] for key in ("fold", "n_train", "n_test", "n_features", "seconds")}
                | metrics(truth, predicted, probability)
            )
    return pd.DataFrame(rows, columns=CLASSIFICATION_COLUMNS)


FOLD_KEYS = ["features", "model", "layer", "stride", "pooling", "classifier"]


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


CONFUSION_COLUMNS = ["features", "model", "layer", "stride", "classifier", "true", "predicted", "count"]


def confusion_table(evaluations: Iterable[Evaluation], truth: np.ndarray, class_names: Sequence[str]) -> pd.DataFrame:
    """A row a pair of true and predicted class of an evaluation, of which ``count`` are the test images.

    Evaluations are those of `classification_table`; counted are predictions after training on all images.
    """
    rows = []
    for model, _, view, classifier, facts, labels, _ in evaluations:
        row = [fact["fold"] for fact in facts].index("all")
        matrix = confusion(truth, labels[row], len(class_names))
        for (true, predicted), count in np.ndenumerate(matrix):
            names = {"true": class_names[true], "predicted": class_names[predicted], "count": count}
            rows.append(view | {"model": model, "classifier": classifier} | names)
    return pd.DataFrame(rows, columns=CONFUSION_COLUMNS)


COMPARISON_COLUMNS = [
    *("features", "model", "layer", "stride", "against", "classifier"),
    *("accuracy", "accuracy_against", "difference", "low", "high", "p_value", "only_first", "only_second"),
]


def comparison_table(
    right: dict[tuple[str, str, str], np.ndarray], kinds: dict[tuple[str, str], dict[str, Any]]
) -> pd.DataFrame:
    """Every kind of features against pixels, a row a model, view and classifier, tested on the same images.

    right: vector (N,) of right answers by (model or pixels, view, classifier). kinds: what to call the
    features, their layer and stride, by (model, view).
    """
    rows = []
    for (model, view, classifier), answers in right.items():
        if model != PIXELS:
            pixels = right[PIXELS, "all", classifier]
            names = kinds[model, view] | {"model": model, "against": PIXELS, "classifier": classifier}
            accuracies = {"accuracy": answers.mean(), "accuracy_against": pixels.mean()}
            rows.append(vars(compare_paired(answers, pixels)) | names | accuracies)
    return pd.DataFrame(rows, columns=COMPARISON_COLUMNS)


def data_table(facts: dict[str, Any]) -> pd.DataFrame:
    """A row a split: images, side in pixels, channels, classes, smallest and largest class, mean and std."""
    rows = []
    for split in SPLITS:
        fact = facts["splits"][split]
        balance = list(fact.get("images_by_class", {}).values())
        rows.append(
            {
                "split": split,
                "images": fact["count"],
                "side": fact["side"],
                "channels": fact["channels"],
                "classes": len(balance) or None,
                "smallest_class": min(balance, default=None),
                "largest_class": max(balance, default=None),
                "mean": float(np.mean(fact["mean"])),
                "std": float(np.mean(fact["std"])),
            }
        )
    return pd.DataFrame(rows).astype(dict.fromkeys(("classes", "smallest_class", "largest_class"), "Int64"))
