"""Cut the embedded photographs into crops and write them as raw pickles."""

from lib.base.jobs import log_to

log_to(snakemake.log[0], snakemake)

import pickle

from lib.base.errors import faults_of
from lib.base.outputs import job_files
from lib.base.randomness import generator
from lib.datasets.photographs import make_splits


def main(files: dict[str, str], crops: dict[str, int], seed: int) -> None:
    with faults_of("configuration key crops"):
        contents = make_splits(crops, generator(seed, "photographs"))
    for split, file in files.items():
        with open(file, "wb") as stream:
            pickle.dump(contents[split], stream, protocol=2)


with job_files(snakemake) as (_, output):
    main(dict(output.items()), snakemake.params.crops, snakemake.params.seed)
