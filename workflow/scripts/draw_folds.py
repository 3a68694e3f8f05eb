"""Use the predefined folds of the data set, or draw folds if it has none."""

from lib.base.jobs import log_to, read_json, write_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import integer_seed
from lib.datasets.folds import draw_folds


def main(fold_indices: str, labels: str, folds: str, number: int, seed: int) -> None:
    predefined = read_json(fold_indices)
    if number and predefined:
        write_json(folds, predefined)
        return
    with faults_of("configuration key folds"):
        drawn = draw_folds(np.load(labels), number, integer_seed(seed, "folds", number))
    write_json(folds, [fold.tolist() for fold in drawn])


with job_files(snakemake) as (files, output):
    main(files.fold_indices, files.labels, output.folds, snakemake.params.number, snakemake.params.seed)
