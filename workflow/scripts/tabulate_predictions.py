"""Score all predictions and compare the settings of every experiment."""

from lib.jobs import log_to, read_json

log_to(snakemake.log[0])

import numpy as np

from lib.experiments import expand, feature_labels
from lib.randomness import generator
from lib.tables import (
    Predictions,
    classification_table,
    comparison_tables,
    confusion_table,
    experiment_table,
    fold_table,
)


def main(files: dict, output: dict, plan: dict, seed: int) -> None:
    study = expand(plan)
    truth = np.load(files["labels"])
    predictions = {}
    for evaluation, path, facts in zip(study.evaluations, files["predictions"], files["facts"], strict=True):
        with np.load(path) as arrays:
            predictions[evaluation] = Predictions(arrays["labels"], arrays["probabilities"], read_json(facts))
    names = feature_labels(study)
    classification = classification_table(predictions, study, names, truth)
    classification.to_csv(output["classification"], index=False)
    fold_table(classification).to_csv(output["folds"], index=False)
    classes = read_json(files["dataset"])["class_names"]
    confusion_table(predictions, names, truth, classes).to_csv(output["confusion"], index=False)
    experiment_table(study).to_csv(output["experiments"], index=False)
    accuracy, comparisons = comparison_tables(predictions, study, truth, generator(seed, "bootstrap"))
    accuracy.to_csv(output["accuracy"], index=False)
    comparisons.to_csv(output["comparisons"], index=False)


main(dict(snakemake.input.items()), dict(snakemake.output.items()), snakemake.params.plan, snakemake.params.seed)
