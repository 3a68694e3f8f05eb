"""Tidy tables of the study: a row a trained model, a row an evaluation, a row a comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.scores import Bootstrap, confusion, holm, metrics, wilson_interval
from lib.study.experiments import Features, Study
from lib.study.settings import PIXELS, VIEW_SETTINGS
from lib.tabulation.columns import CLASSIFICATION_COLUMNS, MODEL_COLUMNS, side_by_side


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
    repetitions, by `lib.evaluation.scores.Bootstrap`. p-values are corrected by Holm's method for the number of
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
