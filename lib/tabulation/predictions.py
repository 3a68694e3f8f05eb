"""Tables of evaluations, of experiments and of their comparisons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from lib.evaluation.scores import Bootstrap, MacroF1, confusion, effective_size, holm, metrics, wilson_interval
from lib.study.labels import Label
from lib.study.settings import PIXELS, VIEW_SETTINGS
from lib.study.study import Features, Study
from lib.tabulation.columns import CLASSIFICATION_COLUMNS, MODEL_COLUMNS, joined_settings


def experiment_table(study: Study) -> pd.DataFrame:
    """Return one row per repetition of every setting of every experiment, with its model and view.

    Settings are numbered from 0, the one that the others are compared with.
    """
    rows = [
        {"experiment": name, "setting": number, "label": str(combination.label), "repetition": repetition}
        | {"model": model, "view": view}
        for name, experiment in study.experiments.items()
        for number, combination in enumerate(experiment.combinations)
        for repetition, (model, view) in enumerate(combination.members)
    ]
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class EvaluationResult:
    """Predictions for N test images of K classes, after training on each of F training sets.

    Attributes
    ----------
    labels : predicted classes (F, N).
    probabilities : of each class (F, N, K).
    facts : of each training set: fold, n_train, n_test, n_features, seconds, converged.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    facts: Sequence[Mapping[str, Any]]


Evaluation = tuple[str, str, str]  # model or pixels, view, classifier


def classification_table(
    predictions: Mapping[Evaluation, EvaluationResult],
    study: Study,
    names: Mapping[Features, Label],
    truth: np.ndarray,
    groups: np.ndarray,
) -> pd.DataFrame:
    """Return one row per evaluation and training set, on the test images with labels ``truth`` (N,).

    The column ``fold`` says which training set: "all" training images, or the number of a fold. names: labels of the
    features. groups: (N,) int64, equal for test images that are not independent. The interval of the accuracy is
    Wilson's with the effective number of test images.
    """
    rows = []
    for (model, view, classifier), found in predictions.items():
        parts = study.features.get((model, view), [])
        models = [study.models[part].row for part, _ in parts] or [{"learner": PIXELS}]
        about = (
            joined_settings(models, MODEL_COLUMNS)
            | joined_settings([asdict(study.views[part]) for _, part in parts], VIEW_SETTINGS)
            | {"features": str(names[model, view]), "seed": study.repetitions[model, view]}
            | {"labels": study.labels[model, view]}
            | {"model": model, "view": view, "classifier": classifier}
        )
        for fact, predicted, probability in zip(found.facts, found.labels, found.probabilities, strict=True):
            right = predicted == truth
            low, high = wilson_interval(float(right.mean()), effective_size(right, groups))
            rows.append(
                about
                | {key: fact[key] for key in ("fold", "n_train", "n_test", "n_features", "seconds", "converged")}
                | {"accuracy_low": low, "accuracy_high": high}
                | metrics(truth, predicted, probability)
            )
    return pd.DataFrame(rows, columns=CLASSIFICATION_COLUMNS)


FOLD_KEYS = ["features", "model", "view", "classifier"]


def fold_table(classification: pd.DataFrame) -> pd.DataFrame:
    """Return one row per evaluation on folds: mean and standard deviation of the accuracy on all test images.

    The standard deviation is the sample's, divided by one less than the number of folds.
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
    predictions: Mapping[Evaluation, EvaluationResult],
    names: Mapping[Features, Label],
    truth: np.ndarray,
    class_names: Sequence[str],
) -> pd.DataFrame:
    """Return one row per evaluation and pair of a true and a predicted class, with its number of test images.

    names: labels of the features. The predictions are those after training on all images.
    """
    rows = []
    for (model, view, classifier), found in predictions.items():
        about = {"features": str(names[model, view]), "model": model, "view": view, "classifier": classifier}
        matrix = confusion(truth, found.labels[0], len(class_names))
        for (true, predicted), count in np.ndenumerate(matrix):
            rows.append(about | {"true": class_names[true], "predicted": class_names[predicted], "count": count})
    return pd.DataFrame(rows, columns=CONFUSION_COLUMNS)


ACCURACY_COLUMNS = [
    *("experiment", "setting", "label", "classifier", "repetitions", "n_features"),
    *("accuracy", "low", "high", "accuracy_std", "log_loss", "f1_macro", "f1_low", "f1_high", "seconds"),
]
COMPARISON_COLUMNS = [
    *("experiment", "setting", "label", "rival", "against", "classifier", "against_classifier"),
    *(
        "accuracy",
        "accuracy_against",
        "difference",
        "low",
        "high",
        "effect_size",
        "p_value",
        "p_corrected",
        "comparisons",
    ),
]
PIXEL_SETTING = -1  # the number of pixels among the settings of an experiment
BEST_PIXELS = "best_pixels"  # the rival that is the most accurate classifier of pixels in the study


@dataclass(frozen=True)
class Compared:
    """One setting of an experiment by one classifier; `PIXEL_SETTING` is the number of pixels."""

    experiment: str
    setting: int
    classifier: str

    def rivals(self, study: Study) -> dict[str, int]:
        """Return the settings that this one is compared with: pixels, the first one, and its untrained twin.

        Pixels are no rival where classifiers see another number of training images with them.
        """
        if self.setting < 0:
            return {}
        twin = study.untrained_twin(self.experiment, self.setting)
        pixels = PIXEL_SETTING if study.sees_as_much_as_pixels(self.experiment, self.setting) else None
        known = {"pixels": pixels, "first": 0 if self.setting else None, "untrained": twin}
        return {rival: setting for rival, setting in known.items() if setting is not None}


def evaluations_of(study: Study) -> dict[Compared, list[Evaluation]]:
    """Return the repetitions of every setting by every classifier of its experiment, and the repetitions of pixels."""
    found: dict[Compared, list[Evaluation]] = {}
    for name, experiment in study.experiments.items():
        for classifier in experiment.classifiers:
            for number, combination in enumerate(experiment.combinations):
                evaluations = [(*member, classifier) for member in combination.members]
                found[Compared(name, number, classifier)] = evaluations
            found[Compared(name, PIXEL_SETTING, classifier)] = [(*pixels, classifier) for pixels in experiment.pixels]
    return found


def _corrected(comparisons: pd.DataFrame) -> pd.DataFrame:
    """Return the comparisons with p-values corrected for their number in one experiment with the same rival.

    Those with the best classifier of pixels are corrected for their number in the whole study, because the most
    accurate of all settings is compared with it.
    """
    within = comparisons["experiment"].where(comparisons["rival"] != BEST_PIXELS, "")
    families = comparisons.groupby([within, comparisons["rival"]], sort=False)["p_value"]
    return comparisons.assign(
        p_corrected=families.transform(lambda values: holm(values.to_numpy())), comparisons=families.transform("size")
    )


@dataclass(frozen=True)
class Resampled:
    """All settings of all experiments on the same resampled test images, after training on all training images.

    Attributes
    ----------
    bootstrap : of the settings in the order of `evaluations`.
    evaluations : the repetitions of every setting by every classifier.
    f1 : intervals of macro F1 on the same test images.
    """

    bootstrap: Bootstrap
    evaluations: Mapping[Compared, Sequence[Evaluation]]
    f1: MacroF1

    @property
    def places(self) -> dict[Compared, int]:
        """Return the number of every setting in the bootstrap."""
        return {compared: place for place, compared in enumerate(self.evaluations)}


def resample(
    predictions: Mapping[Evaluation, EvaluationResult],
    study: Study,
    truth: np.ndarray,
    groups: np.ndarray,
    rng: np.random.Generator,
) -> Resampled:
    """Resample the test images with labels ``truth`` (N,) for all settings of a study.

    groups: (N,) int64, equal for test images that are not independent.
    """
    evaluations = evaluations_of(study)
    right = [np.stack([predictions[one].labels[0] == truth for one in found]) for found in evaluations.values()]
    return Resampled(Bootstrap(right, rng, groups), evaluations, MacroF1(truth, groups, rng))


def _best_pixels(resampled: Resampled) -> Compared | None:
    """Return the most accurate classifier of pixels, the first of equals, None if no classifier sees them.

    A single training may be a lucky one: it counts only if none was repeated.
    """
    pixels = {one: len(found) for one, found in resampled.evaluations.items() if one.setting == PIXEL_SETTING}
    repeated = [one for one, count in pixels.items() if count > 1] or list(pixels)
    accuracies = [resampled.bootstrap.mean(resampled.places[one]).value for one in repeated]
    return repeated[int(np.argmax(accuracies))] if repeated else None


def comparison_tables(
    predictions: Mapping[Evaluation, EvaluationResult], study: Study, truth: np.ndarray, resampled: Resampled
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the accuracy of every setting of every experiment, and the paired comparisons, one row each.

    Predictions are those after training on all images. A setting is compared with pixels, with the first setting of its
    experiment, and with the untrained network that is otherwise the same, if the experiment has it, on the same test
    images and repetitions, by `lib.evaluation.scores.Bootstrap`, and with the most accurate classifier of pixels in the
    study, on the same test images. p-values are corrected by Holm's method for the number of ``comparisons`` of one
    experiment with the same rival; with the most accurate classifier of pixels, of the study. Accuracies are means over
    the repetitions; accuracy_std is their standard deviation.
    """
    bootstrap, evaluations, places = resampled.bootstrap, resampled.evaluations, resampled.places
    accuracies, comparisons, best = [], [], _best_pixels(resampled)
    for compared, place in places.items():
        name, number, classifier = compared.experiment, compared.setting, compared.classifier
        label = str(study.label(name, number))
        about = {"experiment": name, "setting": number, "label": label, "classifier": classifier}
        estimate = bootstrap.mean(place)
        found = [predictions[evaluation] for evaluation in evaluations[compared]]
        f1 = resampled.f1.of(np.stack([one.labels[0] for one in found]))
        scores = pd.DataFrame([metrics(truth, one.labels[0], one.probabilities[0]) for one in found])
        accuracies.append(
            about
            | {"repetitions": len(found), "n_features": found[0].facts[0]["n_features"]}
            | {"accuracy": estimate.value, "low": estimate.low, "high": estimate.high}
            | {"accuracy_std": scores["accuracy"].std() if len(found) > 1 else None}
            | {"log_loss": scores["log_loss"].mean(), "f1_macro": f1.value, "f1_low": f1.low, "f1_high": f1.high}
            | {"seconds": float(np.mean([one.facts[0]["seconds"] for one in found]))}
        )
        for rival, setting in compared.rivals(study).items():
            other = places[Compared(name, setting, classifier)]
            result = bootstrap.compare(place, other)
            comparisons.append(
                about
                | {"rival": rival, "against": str(study.label(name, setting)), "against_classifier": classifier}
                | {"accuracy": estimate.value, "accuracy_against": bootstrap.mean(other).value}
                | {key: getattr(result, key) for key in ("difference", "low", "high", "effect_size", "p_value")}
            )
        if best and number >= 0 and study.sees_as_much_as_pixels(name, number):
            found_best = bootstrap.difference(place, places[best])
            comparisons.append(
                about
                | {"rival": BEST_PIXELS, "against": str(study.label(best.experiment, PIXEL_SETTING))}
                | {"against_classifier": best.classifier}
                | {"accuracy": estimate.value, "accuracy_against": bootstrap.mean(places[best]).value}
                | {"difference": found_best.value, "low": found_best.low, "high": found_best.high}
                | {"effect_size": None, "p_value": found_best.p_value}
            )
    table = _corrected(pd.DataFrame(comparisons, columns=COMPARISON_COLUMNS))
    return pd.DataFrame(accuracies, columns=ACCURACY_COLUMNS), table
