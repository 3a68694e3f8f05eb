"""Draw the filters of models, one mosaic per model."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.outputs import job_files
from lib.display_layer import display_layer


def main(filters: list[str], mosaics: list[str]) -> None:
    for path, mosaic in zip(filters, mosaics, strict=True):
        display_layer(np.load(path), mosaic)


with job_files(snakemake) as (files, output):
    main(list(files.filters), list(output.mosaics))
