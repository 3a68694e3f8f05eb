"""Tables of the networks that classifiers train: their size, their accuracies and the course of their training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from lib.study.labels import Label
from lib.study.study import Features, Study
from lib.tabulation.predictions import Compared, Evaluation, evaluations_of

NETWORK_TRAINING_COLUMNS = [
    *("features", "seed", "model", "view", "classifier", "epoch", "updates", "learning_rate"),
    *("loss", "cross_entropy", "training", "validation_loss", "validation", "seconds"),
]
NETWORK_COLUMNS = [
    *("experiment", "setting", "label", "classifier", "repetitions", "parameters", "multiply_adds"),
    *(
        "epochs",
        "updates",
        "training_accuracy",
        "validation_accuracy",
        "accuracy",
        "gap",
        "f1_macro",
        "f1_low",
        "f1_high",
        "seconds",
        "chosen",
    ),
]

Records = Mapping[Evaluation, Mapping[str, Any]]  # `NetworkRecord.plain` of the trainings on all training images


def network_training_table(records: Records, study: Study, names: Mapping[Features, Label]) -> pd.DataFrame:
    """Return one row per epoch of every network that was trained on all training images. names: labels of features."""
    rows = [
        {"features": str(names[model, view]), "seed": study.repetitions[model, view]}
        | {"model": model, "view": view, "classifier": classifier}
        | epoch
        | {"cross_entropy": epoch["error"]}
        for (model, view, classifier), record in records.items()
        for epoch in record["history"]
    ]
    return pd.DataFrame(rows, columns=NETWORK_TRAINING_COLUMNS)


def network_table(records: Records, study: Study, accuracy: pd.DataFrame) -> pd.DataFrame:
    """Return one row per setting and classifier of an experiment that is a network, means over the repetitions.

    ``gap`` is the accuracy on the training images minus the one on the test images. ``chosen`` marks the row of each
    experiment with the best accuracy on the validation part, the first among equals: the test images choose nothing.
    Networks on pixels are for comparison, so they are not chosen.

    accuracy: the table of that name, which has the accuracy on the test images.
    """
    known = accuracy.set_index(["experiment", "setting", "classifier"])
    rows = []
    for compared, evaluations in evaluations_of(study).items():
        if not evaluations or any(one not in records for one in evaluations):
            continue
        means = pd.DataFrame([_numbers(records[one]) for one in evaluations]).mean()
        tested = known.loc[(compared.experiment, compared.setting, compared.classifier)]
        rows.append(
            _about(compared, study)
            | {"repetitions": len(evaluations)}
            | means.to_dict()
            | {"accuracy": tested["accuracy"], "gap": means["training_accuracy"] - tested["accuracy"]}
            | {key: tested[key] for key in ("f1_macro", "f1_low", "f1_high")}
        )
    table = pd.DataFrame(rows, columns=NETWORK_COLUMNS)
    whole = ["parameters", "multiply_adds"]
    table[whole] = table[whole].astype("int64")
    candidates = table[table["setting"] >= 0]
    validated = candidates["validation_accuracy"].astype(float)
    best = validated.groupby(candidates["experiment"], sort=False).transform("max")
    equal = np.isclose(validated, best)  # means of the same counts can differ by rounding
    first = ~candidates[equal].duplicated("experiment")
    return table.assign(chosen=table.index.isin(first.index[first]))


def _about(compared: Compared, study: Study) -> dict[str, Any]:
    label = str(study.label(compared.experiment, compared.setting))
    found = {"experiment": compared.experiment, "setting": compared.setting, "label": label}
    return found | {"classifier": compared.classifier}


def _numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """Return the numbers of one training; the accuracy on the validation part belongs to the weights that were kept."""
    last = record["history"][-1]
    validated = record["history"][record["best"] - 1]["validation"]
    return {
        **{key: record[key] for key in ("parameters", "multiply_adds", "training_accuracy")},
        "epochs": last["epoch"],
        "updates": last["updates"],
        "seconds": last["seconds"],
        "validation_accuracy": np.nan if validated is None else validated,
    }
