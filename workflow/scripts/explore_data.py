"""Explore a sample of the labelled training images."""

from lib.base.jobs import log_to, logger, read_json

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.checksums import CheckedRows
from lib.base.outputs import job_files
from lib.base.table_files import write_table
from lib.evaluation.exploration import explore, sampled


def main(files: dict[str, str], seed: int, output: dict[str, str]) -> None:
    labels = np.load(files["labels"])
    chosen = sampled(labels, seed)
    logger.info("exploring %d of %d training images", len(chosen), len(labels))
    names = read_json(files["facts"])["class_names"]
    found = explore(CheckedRows(files["images"])[chosen], chosen, labels, names, seed)
    np.savez(output["moments"], means=found.means, variances=found.variances, histogram=found.histogram)
    for name in ("classes", "pairs", "doubts", "maps", "components"):
        write_table(getattr(found, name), output[f"exploration_{name}"])


with job_files(snakemake, partly=["images"]) as (files, output):
    main(dict(files.items()), snakemake.params.seed, dict(output.items()))
