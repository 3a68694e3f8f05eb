"""Use the predefined folds of the data set, or draw folds if it has none."""

from lib.base.jobs import log_to, read_json, write_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import integer_seed
from lib.datasets.folds import check_predefined, draw_folds


def main(fold_indices: str, labels: str, facts: str, folds: str, number: int, seed: int) -> None:
    predefined, classes = read_json(fold_indices), np.load(labels)
    with faults_of("configuration key folds"):
        if number and predefined:
            check_predefined(predefined, classes, read_json(facts)["class_names"])
            write_json(folds, predefined)
            return
        drawn = draw_folds(classes, number, integer_seed(seed, "folds", number))
    write_json(folds, [fold.tolist() for fold in drawn])


with job_files(snakemake) as (files, output):
    main(
        *(files[name] for name in ("fold_indices", "labels", "facts")),
        output.folds,
        snakemake.params.number,
        snakemake.params.seed,
    )
