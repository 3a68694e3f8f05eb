"""Score all predictions and compare the settings of every experiment."""

from lib.base.jobs import log_to, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.base.table_files import read_table, write_table
from lib.study.experiments import expand
from lib.study.model_labels import feature_labels
from lib.tabulation.contrasts import contrast_table
from lib.tabulation.predictions import (
    EvaluationResult,
    classification_table,
    comparison_tables,
    confusion_table,
    experiment_table,
    fold_table,
    resample,
)
from lib.tabulation.trends import trend_table


def main(files: dict, output: dict, plan: dict, seed: int) -> None:
    study = expand(plan)
    truth, groups = np.load(files["labels"]), np.load(files["groups"])
    predictions = {}
    for evaluation, path, facts in zip(study.evaluations, files["predictions"], files["facts"], strict=True):
        with np.load(path) as arrays:
            predictions[evaluation] = EvaluationResult(arrays["labels"], arrays["probabilities"], read_json(facts))
    names = feature_labels(study)
    classification = classification_table(predictions, study, names, truth, groups)
    write_table(classification, output["classification"])
    write_table(fold_table(classification), output["folds"])
    classes = read_json(files["dataset"])["class_names"]
    write_table(confusion_table(predictions, names, truth, classes), output["confusion"])
    write_table(experiment_table(study), output["experiments"])
    resampled = resample(predictions, study, truth, groups, generator(seed, "bootstrap"))
    accuracy, comparisons = comparison_tables(predictions, study, truth, resampled)
    write_table(accuracy, output["accuracy"])
    write_table(comparisons, output["comparisons"])
    write_table(trend_table(study, resampled), output["trends"])
    if "contrasts" in output:
        errors = read_table(files["filters"]).set_index("model")["held_out_error"]
        write_table(contrast_table(predictions, study, truth, resampled, errors), output["contrasts"])


with job_files(snakemake) as (files, output):
    main(dict(files.items()), dict(output.items()), snakemake.params.plan, snakemake.params.seed)
