"""Count images that occur more than once within a split or in two splits."""

from lib.base.jobs import log_to, logger

log_to(snakemake.log[0], snakemake)

import numpy as np

from lib.base.outputs import job_files
from lib.datasets.duplicates import count_duplicates, digests


def main(images: dict[str, str], table: str) -> None:
    found = {}
    for split, path in images.items():
        logger.info("reading the %s images", split)
        found[split] = digests(np.load(path, mmap_mode="r"))
    count_duplicates(found).to_csv(table, index=False)


with job_files(snakemake) as (files, output):
    main(dict(files.items()), output.table)
